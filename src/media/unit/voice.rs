//! A voice: sound that comes from elsewhere in pieces, more of it at a time than is heard at once, and is played
//! without a gap.
//!
//! ```text
//!  Silent ──a piece──▶ Waiting ──40 ms, or the end, or 60 ms later──▶ Speaking ──stop, or 1 s of nothing──▶ Silent
//! ```

use std::collections::{BTreeMap, VecDeque};

use crate::media::clip::Clip;
use crate::media::frame::{Frame, samples_of};

/// So much is there before it is played, so that pieces may come a little late.
const LEAD_MS: u64 = 40;
/// Ticks that a shorter piece waits for more.
const PATIENCE: u32 = 3;
/// Ticks without sound after which a stream is over: 1 s.
const SILENCE: u32 = 50;
/// Pieces that wait, however short.
const MOST_PIECES: usize = 4_000;

/// What a voice is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Feed {
    /// A stream begins.
    Start {
        tag: Option<String>,
        encoding: Option<String>,
        custom: BTreeMap<String, String>,
    },
    Sound {
        tag: Option<String>,
        clip: Clip,
    },
    /// A stream has come to its end.
    Stop {
        tag: Option<String>,
    },
    /// What waits is not played: of one stream, or of all.
    Clear {
        tag: Option<String>,
    },
}

impl Feed {
    /// How much sound it has, in milliseconds.
    pub fn ms(&self) -> u64 {
        match self {
            Feed::Sound { clip, .. } => clip.duration().as_millis() as u64,
            Feed::Start { .. } | Feed::Stop { .. } | Feed::Clear { .. } => 0,
        }
    }
}

/// What a voice tells.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum News {
    /// A stream's first sound is played.
    Started {
        tag: Option<String>,
        encoding: Option<String>,
        custom: BTreeMap<String, String>,
    },
    /// A stream has been played, or nothing has come for a second.
    Ended { tag: Option<String>, ms: u64 },
    /// More came than may wait; it is left out. Told once until everything is played.
    Overrun,
}

#[derive(Debug)]
pub struct Voice {
    pieces: VecDeque<Feed>,
    /// Of the first piece, samples that are played.
    played: usize,
    waiting_ms: u64,
    most_ms: u64,
    state: State,
    overrun: bool,
    /// To be told at the next tick.
    owed: bool,
    /// Ticks for which a piece after a gap has waited for more.
    held: u32,
}

#[derive(Debug)]
enum State {
    Silent,
    /// Ticks since the first piece came.
    Waiting {
        ticks: u32,
        stream: Option<Stream>,
    },
    Speaking {
        stream: Stream,
        /// Ticks without sound.
        silent: u32,
    },
}

#[derive(Clone, Debug, Default)]
struct Stream {
    tag: Option<String>,
    encoding: Option<String>,
    custom: BTreeMap<String, String>,
    /// Its start was told.
    told: bool,
    ms: u64,
}

impl Voice {
    /// `most_ms`: how much sound may wait.
    pub fn new(most_ms: u32) -> Voice {
        Voice {
            pieces: VecDeque::new(),
            played: 0,
            waiting_ms: 0,
            most_ms: most_ms.into(),
            state: State::Silent,
            overrun: false,
            owed: false,
            held: 0,
        }
    }

    /// Whether it has ticks.
    pub fn sounds(&self) -> bool {
        !matches!(self.state, State::Silent) || !self.pieces.is_empty()
    }

    pub fn obey(&mut self, feed: Feed) {
        match &feed {
            Feed::Clear { tag } => return self.clear(tag.as_deref()),
            Feed::Sound { clip, .. } => {
                let ms = clip.duration().as_millis() as u64;
                let full = self.waiting_ms + ms > self.most_ms;
                if full || self.pieces.len() >= MOST_PIECES {
                    self.owed |= !std::mem::replace(&mut self.overrun, true);
                    return;
                }
                self.waiting_ms += ms;
            }
            Feed::Start { .. } | Feed::Stop { .. } => {
                if self.pieces.len() >= MOST_PIECES {
                    return;
                }
            }
        }
        self.pieces.push_back(feed);
    }

    fn clear(&mut self, tag: Option<&str>) {
        self.played = 0;
        self.pieces.retain(|piece| match piece {
            Feed::Sound { tag: of, .. } => tag.is_some() && of.as_deref() != tag,
            Feed::Start { .. } | Feed::Stop { .. } | Feed::Clear { .. } => true,
        });
        let left = self.pieces.iter().map(|piece| match piece {
            Feed::Sound { clip, .. } => clip.duration().as_millis() as u64,
            _ => 0,
        });
        self.waiting_ms = left.sum();
    }

    /// The next 20 ms. Between two pieces of a stream there is silence, before and after it nothing.
    pub fn make(&mut self, frame: &mut Frame, news: &mut Vec<News>) {
        frame.clear();
        if std::mem::take(&mut self.owed) {
            news.push(News::Overrun);
        }
        match std::mem::replace(&mut self.state, State::Silent) {
            State::Silent => self.wait(1, None, frame, news),
            State::Waiting { ticks, stream } => self.wait(ticks + 1, stream, frame, news),
            State::Speaking { stream, silent } => self.speak(stream, silent, frame, news),
        }
    }

    fn wait(
        &mut self,
        ticks: u32,
        stream: Option<Stream>,
        frame: &mut Frame,
        news: &mut Vec<News>,
    ) {
        let mut stream = stream;
        // What stands before the first sound.
        while let Some(Feed::Start { .. } | Feed::Stop { .. }) = self.pieces.front() {
            match self.pieces.pop_front() {
                Some(Feed::Start {
                    tag,
                    encoding,
                    custom,
                }) => {
                    stream = Some(Stream {
                        tag,
                        encoding,
                        custom,
                        ..Stream::default()
                    });
                }
                _ => stream = None,
            }
        }
        if self.pieces.is_empty() {
            // It was only announced, or taken back.
            if stream.is_some() && ticks < SILENCE {
                self.state = State::Waiting { ticks, stream };
            }
        } else if !self.is_scant() || ticks > PATIENCE {
            self.speak(stream.unwrap_or_default(), 0, frame, news);
        } else {
            self.state = State::Waiting { ticks, stream };
        }
    }

    /// Whether more should come before it is played.
    fn is_scant(&self) -> bool {
        let is_stop = |piece: &Feed| matches!(piece, Feed::Stop { .. });
        self.waiting_ms < LEAD_MS && !self.pieces.iter().any(is_stop)
    }

    fn speak(&mut self, mut stream: Stream, silent: u32, frame: &mut Frame, news: &mut Vec<News>) {
        let mut next = None;
        let mut over = false;
        let holds = silent > 0 && self.is_scant() && self.held < PATIENCE;
        self.held = match holds && !self.pieces.is_empty() {
            true => self.held + 1,
            false => 0,
        };
        loop {
            match self.pieces.front() {
                None => break,
                Some(Feed::Sound { .. }) if holds => break,
                Some(Feed::Sound { clip, tag }) => {
                    if frame.is_empty() {
                        frame.rate_hz = clip.rate_hz();
                    }
                    let missing = samples_of(frame.rate_hz).saturating_sub(frame.len());
                    if frame.rate_hz != clip.rate_hz() || missing == 0 {
                        break;
                    }
                    if !stream.told {
                        if stream.tag.is_none() {
                            stream.tag.clone_from(tag);
                        }
                        stream.told = true;
                        news.push(News::Started {
                            tag: stream.tag.clone(),
                            encoding: stream.encoding.clone(),
                            custom: stream.custom.clone(),
                        });
                    }
                    let ahead = clip.samples().get(self.played..).unwrap_or_default();
                    let taken =
                        frame.extend(ahead.get(..missing.min(ahead.len())).unwrap_or_default());
                    self.played += taken;
                    if self.played >= clip.samples().len() {
                        let ms = clip.duration().as_millis() as u64;
                        self.waiting_ms = self.waiting_ms.saturating_sub(ms);
                        self.pieces.pop_front();
                        self.played = 0;
                    }
                }
                Some(Feed::Start { .. }) if !frame.is_empty() => break,
                Some(Feed::Start { .. } | Feed::Stop { .. } | Feed::Clear { .. }) => {
                    if let Some(Feed::Start {
                        tag,
                        encoding,
                        custom,
                    }) = self.pieces.pop_front()
                    {
                        next = Some(Stream {
                            tag,
                            encoding,
                            custom,
                            ..Stream::default()
                        });
                    }
                    over = true;
                    break;
                }
            }
        }
        if self.pieces.is_empty() {
            self.overrun = false;
        }
        let rate_hz = frame.rate_hz;
        let heard = frame.len();
        stream.ms += heard as u64 * 1_000 / u64::from(rate_hz.max(1));
        let silent = if heard > 0 { 0 } else { silent + 1 };
        if over || silent >= SILENCE {
            if stream.told {
                let (tag, ms) = (stream.tag.take(), stream.ms);
                news.push(News::Ended { tag, ms });
            }
            pad(frame);
            if let Some(stream) = next {
                let stream = Some(stream);
                self.state = State::Waiting { ticks: 0, stream };
            }
            return;
        }
        if heard == 0 {
            *frame = Frame::silence(rate_hz);
        }
        pad(frame);
        self.state = State::Speaking { stream, silent };
    }
}

/// A frame is whole, or there is none.
fn pad(frame: &mut Frame) {
    let whole = samples_of(frame.rate_hz);
    if !frame.is_empty() {
        while frame.len() < whole {
            frame.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// A piece whose every sample is its number of milliseconds since `from`.
    fn sound(tag: Option<&str>, from: i16, ms: usize) -> Feed {
        let samples = (0..ms * 8).map(|n| from + (n / 8) as i16).collect();
        Feed::Sound {
            tag: tag.map(str::to_string),
            clip: Clip::new(8_000, samples).unwrap(),
        }
    }

    fn start(tag: &str) -> Feed {
        Feed::Start {
            tag: Some(tag.into()),
            encoding: Some("PCM16".into()),
            custom: BTreeMap::new(),
        }
    }

    fn stop(tag: Option<&str>) -> Feed {
        let tag = tag.map(str::to_string);
        Feed::Stop { tag }
    }

    /// Feeds at the given ticks; what each tick plays, runs of the same kind shortened.
    #[track_caller]
    fn check(mut voice: Voice, feeds: Vec<(usize, Feed)>, ticks: usize, expect: Expect) {
        let mut told = String::new();
        let mut frame = Frame::empty(8_000);
        let (mut last, mut again) = (String::new(), 0);
        for n in 0..ticks {
            for (_, feed) in feeds.iter().filter(|(at, _)| *at == n) {
                voice.obey(feed.clone());
            }
            let line = match voice.sounds() {
                false => "-".to_string(),
                true => {
                    let mut news = Vec::new();
                    voice.make(&mut frame, &mut news);
                    let news: String = news.iter().map(|news| format!(" {news:?}")).collect();
                    match (frame.samples().first(), frame.samples().last()) {
                        (Some(0), Some(0)) => format!("silence{news}"),
                        (Some(first), Some(last)) => format!("{first}..{last}{news}"),
                        _ => format!("nothing{news}"),
                    }
                }
            };
            if line == last {
                again += 1;
                continue;
            }
            if again > 0 {
                told += &format!("  {again} times more\n");
            }
            told += &format!("{n} {line}\n");
            (last, again) = (line, 0);
        }
        expect.assert_eq(&told);
    }

    #[test]
    fn what_comes_at_once_is_played_one_after_the_other_and_its_end_is_told_when_it_is_heard() {
        let feeds = vec![
            (0, start("a")),
            (0, sound(Some("a"), 1, 50)),
            (0, sound(Some("a"), 101, 30)),
            (0, stop(Some("a"))),
        ];
        check(
            Voice::new(10_000),
            feeds,
            8,
            expect![[r#"
            0 1..20 Started { tag: Some("a"), encoding: Some("PCM16"), custom: {} }
            1 21..40
            2 41..110
            3 111..130 Ended { tag: Some("a"), ms: 80 }
            4 -
        "#]],
        );
    }

    #[test]
    fn a_stream_without_a_start_begins_with_its_sound_and_ends_after_a_second_of_nothing() {
        let feeds = vec![(0, sound(None, 1, 40)), (10, sound(None, 101, 20))];
        check(
            Voice::new(10_000),
            feeds,
            70,
            expect![[r#"
            0 1..20 Started { tag: None, encoding: None, custom: {} }
            1 21..40
            2 silence
              10 times more
            13 101..120
            14 silence
              48 times more
            63 nothing Ended { tag: None, ms: 60 }
            64 -
        "#]],
        );
    }

    #[test]
    fn a_short_piece_waits_for_more_but_not_for_long() {
        let feeds = vec![(0, sound(None, 1, 20))];
        check(
            Voice::new(10_000),
            feeds,
            5,
            expect![[r#"
            0 nothing
              2 times more
            3 1..20 Started { tag: None, encoding: None, custom: {} }
            4 silence
        "#]],
        );
    }

    #[test]
    fn what_is_cleared_is_not_played_and_another_stream_is_left() {
        let feeds = vec![
            (0, start("a")),
            (0, sound(Some("a"), 1, 100)),
            (0, sound(Some("b"), 501, 40)),
            (
                2,
                Feed::Clear {
                    tag: Some("a".into()),
                },
            ),
            (4, Feed::Clear { tag: None }),
            (4, stop(None)),
        ];
        check(
            Voice::new(10_000),
            feeds,
            8,
            expect![[r#"
            0 1..20 Started { tag: Some("a"), encoding: Some("PCM16"), custom: {} }
            1 21..40
            2 501..520
            3 521..540
            4 nothing Ended { tag: Some("a"), ms: 80 }
            5 -
        "#]],
        );
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_told_once() {
        let mut voice = Voice::new(100);
        for n in 0..1_000 {
            voice.obey(sound(None, n, 20));
        }
        voice.obey(stop(None));
        check(
            voice,
            Vec::new(),
            9,
            expect![[r#"
            0 0..19 Overrun Started { tag: None, encoding: None, custom: {} }
            1 1..20
            2 2..21
            3 3..22
            4 4..23 Ended { tag: None, ms: 100 }
            5 -
        "#]],
        );
    }

    #[test]
    fn a_new_stream_follows_the_old_one() {
        let feeds = vec![
            (0, start("a")),
            (0, sound(Some("a"), 1, 40)),
            (0, start("b")),
            (0, sound(Some("b"), 101, 40)),
            (0, stop(Some("b"))),
        ];
        check(
            Voice::new(10_000),
            feeds,
            8,
            expect![[r#"
            0 1..20 Started { tag: Some("a"), encoding: Some("PCM16"), custom: {} }
            1 21..40
            2 nothing Ended { tag: Some("a"), ms: 40 }
            3 101..120 Started { tag: Some("b"), encoding: Some("PCM16"), custom: {} }
            4 121..140 Ended { tag: Some("b"), ms: 40 }
            5 -
        "#]],
        );
    }
}
