//! Cuts utterances out of what it hears, for whoever recognises speech elsewhere.
//!
//! ```text
//!          loud often enough                quiet for so long, or it lasts too long
//!  Quiet ───────────────────▶ Speech ─────────────────────────────────────────────▶ Quiet
//!             News::Began      frames leave       an empty frame leaves, News::Ended
//! ```
//!
//! What leaves is behind by [`AHEAD`] frames, so that an utterance begins a little before it was noticed. Time goes on
//! whether anything is heard or not: who is cut off in the middle of a word has ended.

use std::collections::VecDeque;

use super::mixer::Mixer;
use super::recorder::Cut;
use crate::media::Node;
use crate::media::detect::speech::{self, Among, Detector, Pace};
use crate::media::frame::{FRAME_MS, Frame};

/// Frames that are kept of what was before speech was noticed: 280 ms.
const AHEAD: usize = 14;
/// So many frames are loud where speech begins: a click is none.
const BEGINS: Among = Among { loud: 5, of: 8 };
/// So many are while it goes on: a click in a pause is no word.
const GOES_ON: Among = Among { loud: 2, of: 3 };

/// How utterances are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cutting {
    /// Of what leaves.
    pub rate_hz: u32,
    /// Silence that ends an utterance, in milliseconds; 300 at least.
    pub quiet_ms: u32,
    /// An utterance is cut off then, in milliseconds.
    pub longest_ms: u32,
    /// All that is heard leaves, at once, and no empty frame: for whoever finds utterances himself. What is told is the
    /// same.
    pub whole: bool,
}

/// What a cutter tells.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum News {
    /// Somebody speaks.
    Began,
    /// An utterance is over.
    Ended {
        /// How long it is, with the silence that ended it.
        ms: u64,
        /// When it ended, since the cutter is there.
        at_ms: u64,
    },
}

pub struct Cutter {
    cutting: Cutting,
    source: Option<Node>,
    sound: Mixer,
    speech: Detector,
    /// What has not left.
    ahead: VecDeque<Frame>,
    stage: Stage,
    /// Frames since it is there.
    ticks: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Quiet,
    /// Counted in frames.
    Speech {
        long: u32,
    },
}

impl Cutter {
    pub fn new(cutting: Cutting) -> Cutter {
        Cutter {
            cutting,
            source: None,
            sound: Mixer::new(cutting.rate_hz),
            speech: Detector::new(Pace {
                begins: BEGINS,
                goes_on: GOES_ON,
                pause: cutting.quiet_ms / FRAME_MS,
            }),
            ahead: VecDeque::new(),
            stage: Stage::Quiet,
            ticks: 0,
        }
    }

    /// The newest source is the one that is heard.
    pub fn take(&mut self, source: Node, frame: &Frame) {
        if self.source != Some(source) {
            if let Some(before) = self.source.replace(source) {
                self.sound.part(before);
            }
            self.sound.join(source);
        }
        self.sound.take(source, frame);
    }

    pub fn part(&mut self, source: Node) {
        self.sound.part(source);
        if self.source == Some(source) {
            self.source = None;
        }
    }

    /// The next 20 ms: what leaves, if anything. An empty frame ends an utterance.
    pub fn make(&mut self, news: &mut Vec<News>) -> Option<Cut> {
        let mut frame = Frame::empty(self.cutting.rate_hz);
        self.sound.mix();
        self.sound.write(None, &mut frame);
        if self.cutting.whole {
            self.cut(frame.clone(), news);
            return Some(Cut { frame, right: None });
        }
        self.cut(frame, news)
    }

    fn cut(&mut self, frame: Frame, news: &mut Vec<News>) -> Option<Cut> {
        let turns = self.speech.hear(speech::level(frame.samples()));
        self.ahead.push_back(frame);
        self.ticks += 1;
        match self.stage {
            Stage::Quiet if turns == Some(true) => {
                self.stage = Stage::Speech { long: 0 };
                news.push(News::Began);
            }
            Stage::Quiet => {
                while self.ahead.len() > AHEAD {
                    self.ahead.pop_front();
                }
                return None;
            }
            Stage::Speech { long } => {
                let long = long + 1;
                self.stage = Stage::Speech { long };
                let is_over = turns == Some(false);
                if is_over || long >= self.cutting.longest_ms / FRAME_MS {
                    self.speech.cut_off();
                    self.stage = Stage::Quiet;
                    let in_ms = |frames: u64| frames * u64::from(FRAME_MS);
                    news.push(News::Ended {
                        ms: in_ms(long.into()),
                        at_ms: in_ms(self.ticks),
                    });
                    return Some(Cut {
                        frame: Frame::empty(self.cutting.rate_hz),
                        right: None,
                    });
                }
            }
        }
        // One leaves for one that came; what an end has held up is lost rather than late.
        while self.ahead.len() > 2 * AHEAD {
            self.ahead.pop_front();
        }
        let frame = self.ahead.pop_front()?;
        Some(Cut { frame, right: None })
    }
}

impl std::fmt::Debug for Cutter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cutter")
            .field("stage", &self.stage)
            .field("ahead", &self.ahead.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LegId;
    use crate::media::measure::{fit, tone};

    const A: Node = Node::Leg(LegId(1));
    const B: Node = Node::Leg(LegId(2));
    const CUTTING: Cutting = Cutting {
        rate_hz: 16_000,
        quiet_ms: 500,
        longest_ms: 3_000,
        whole: false,
    };

    /// Who hears 20 ms after the other: news with their moments in milliseconds, and utterances.
    struct Heard {
        cutter: Cutter,
        ms: u64,
        told: Vec<(u64, News)>,
        open: Vec<i16>,
        utterances: Vec<Vec<i16>>,
    }

    impl Heard {
        fn new() -> Heard {
            Heard {
                cutter: Cutter::new(CUTTING),
                ms: 0,
                told: Vec::new(),
                open: Vec::new(),
                utterances: Vec::new(),
            }
        }

        fn hear(&mut self, source: Option<Node>, sound: &[i16]) {
            for piece in sound.chunks(160) {
                if let Some(source) = source {
                    self.cutter.take(source, &Frame::of(8_000, piece));
                }
                self.ms += 20;
                let mut news = Vec::new();
                if let Some(cut) = self.cutter.make(&mut news) {
                    match cut.frame.is_empty() {
                        true => self.utterances.push(std::mem::take(&mut self.open)),
                        false => self.open.extend_from_slice(cut.frame.samples()),
                    }
                }
                let ms = self.ms;
                self.told.extend(news.into_iter().map(|news| (ms, news)));
            }
        }
    }

    fn silence(ms: usize) -> Vec<i16> {
        vec![0; ms * 8]
    }

    fn voice(ms: usize) -> Vec<i16> {
        tone(8_000, 600.0, 6_000.0, ms * 8)
    }

    #[test]
    fn an_utterance_has_all_that_was_said_with_a_little_before_and_after() {
        let mut heard = Heard::new();
        heard.hear(Some(A), &silence(1_000));
        heard.hear(Some(A), &voice(1_000));
        heard.hear(Some(A), &silence(1_000));
        let ended = News::Ended {
            ms: 1_440,
            at_ms: 2_540,
        };
        assert_eq!(heard.told, [(1_100, News::Began), (2_540, ended)]);
        let [utterance] = &heard.utterances[..] else {
            panic!("{}", heard.utterances.len())
        };
        // 280 ms before it was noticed at 1,100; held back by as much of the silence after it.
        assert_eq!(utterance.len(), 72 * 320);
        let begins = utterance.iter().position(|sample| sample.abs() > 500);
        let ends = utterance.iter().rposition(|sample| sample.abs() > 500);
        let (begins, ends) = (begins.unwrap() / 16, ends.unwrap() / 16);
        assert!((170..=220).contains(&begins), "{begins}");
        assert!((990..=1_010).contains(&(ends - begins)), "{begins}–{ends}");
        let (level, rest) = fit(16_000, 600.0, &utterance[6_400..12_800]);
        assert!((5_700.0..6_300.0).contains(&level), "{level} {rest}");
    }

    #[test]
    fn who_wants_all_gets_all_of_it_at_once() {
        let mut heard = Heard::new();
        heard.cutter = Cutter::new(Cutting {
            whole: true,
            ..CUTTING
        });
        heard.hear(Some(A), &silence(1_000));
        heard.hear(Some(A), &voice(1_000));
        heard.hear(Some(A), &silence(1_000));
        assert_eq!(heard.open.len(), 3_000 * 16);
        let begins = heard.open.iter().position(|sample| sample.abs() > 500);
        let ms = begins.unwrap() / 16;
        assert!((995..=1_025).contains(&ms), "{ms}");
        assert_eq!(heard.told.len(), 2);
    }

    #[test]
    fn a_click_is_no_utterance_and_a_pause_within_a_sentence_ends_none() {
        let mut heard = Heard::new();
        for (loud, quiet) in [(40, 1_000), (300, 300), (300, 300), (300, 1_000)] {
            heard.hear(Some(A), &voice(loud));
            heard.hear(Some(A), &silence(quiet));
        }
        assert_eq!(heard.utterances.len(), 1, "{:?}", heard.told);
        assert_eq!(heard.told[0], (1_140, News::Began));
    }

    #[test]
    fn who_speaks_without_end_is_cut_and_nothing_is_lost_between() {
        let mut heard = Heard::new();
        // Syllables: a tone that never changes is no speech.
        for _ in 0..35 {
            heard.hear(Some(A), &voice(160));
            heard.hear(Some(A), &silence(40));
        }
        heard.hear(Some(A), &silence(1_000));
        assert_eq!(heard.utterances.len(), 3, "{:?}", heard.told);
        let all = heard.utterances.concat();
        let loud = all.iter().filter(|sample| sample.abs() > 3_000).count();
        // A sine is above half its peak for two thirds of the time.
        let ms = loud / 16 * 3 / 2;
        assert!((5_500..=5_700).contains(&ms), "{ms} of 5600 ms");
    }

    #[test]
    fn a_tone_that_goes_on_and_a_noise_that_is_always_there_are_no_speech() {
        let mut heard = Heard::new();
        heard.hear(Some(A), &voice(10_000));
        assert_eq!(
            heard.utterances.len(),
            1,
            "and then it is known: {:?}",
            heard.told
        );
        let mut heard = Heard::new();
        let mut dice = crate::base::Dice::from_seed(1);
        let noise = |count| -> Vec<i16> {
            let mut noise = Vec::new();
            noise.resize_with(count, || (dice.u64() % 800) as i16 - 400);
            noise
        };
        let mut noise = noise;
        heard.hear(Some(A), &noise(8 * 5_000));
        let before = heard.told.len();
        heard.hear(Some(A), &noise(8 * 10_000));
        assert_eq!(heard.told.len(), before, "{:?}", heard.told);
        let spoken: Vec<i16> = voice(1_000)
            .iter()
            .zip(noise(8_000))
            .map(|(a, b)| a + b)
            .collect();
        heard.hear(Some(A), &spoken);
        heard.hear(Some(A), &noise(8_000));
        assert_eq!(heard.told.len(), before + 2, "{:?}", heard.told);
    }

    #[test]
    fn who_is_cut_off_or_falls_silent_has_ended_and_the_newest_source_is_heard() {
        let mut heard = Heard::new();
        heard.hear(Some(A), &voice(600));
        heard.cutter.part(A);
        heard.hear(None, &silence(1_000));
        assert_eq!(heard.utterances.len(), 1);
        heard.hear(Some(A), &silence(200));
        heard.cutter.take(B, &Frame::of(8_000, &voice(20)));
        heard.hear(Some(B), &voice(580));
        heard.hear(None, &silence(1_000));
        assert_eq!(heard.utterances.len(), 2);
    }
}
