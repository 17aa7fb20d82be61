//! A player: clips one after the other, or a tone.
//!
//! ```text
//!  Awaiting ──Play──▶ Ready ──(not paused)──▶ Sounding ──end──▶ Over
//!                                              │    ▲
//!                                            Pause Resume
//! ```

use std::time::Duration;

use crate::media::clip::Clip;
use crate::media::frame::{Frame, samples_of};
use crate::media::tone::{self, ToneScript, Tones};

/// Most markers of a player.
const MOST_MARKERS: usize = 100;

/// What a player is to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sound {
    /// It comes later, with an [`Order::Play`].
    Awaited,
    Tones(ToneScript),
}

/// What a player can be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// These, one after the other.
    Play(Vec<Clip>),
    Pause,
    Resume,
    /// To so many milliseconds from the start of all clips.
    Jump {
        ms: u64,
    },
    /// In thousandths; 1000 is as it is. At most 4000.
    Volume {
        permille: u32,
    },
    Loop(bool),
    /// A [`News::Marker`] when it comes to this place.
    Mark {
        ms: u64,
    },
}

/// What a player tells.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum News {
    /// Its first sound.
    Started,
    Marker {
        ms: u64,
    },
    /// It has come to its end, and does nothing any more.
    Finished,
}

#[derive(Debug)]
pub struct Player {
    stage: Stage,
    paused: bool,
    looped: bool,
    permille: u32,
    /// Milliseconds, those ahead.
    markers: Vec<u64>,
}

#[derive(Debug)]
enum Stage {
    Awaiting,
    Tones {
        tones: Tones,
        script: ToneScript,
        started: bool,
        played: u64,
    },
    Clips {
        clips: Vec<Clip>,
        place: Place,
        started: bool,
    },
    Over,
}

/// A place in a list of clips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    clip: usize,
    sample: usize,
}

impl Player {
    pub fn new(sound: Sound, looped: bool, paused: bool) -> Player {
        let stage = match sound {
            Sound::Awaited => Stage::Awaiting,
            Sound::Tones(script) => Stage::Tones {
                tones: Tones::new(script.clone()),
                script,
                started: false,
                played: 0,
            },
        };
        Player {
            stage,
            paused,
            looped,
            permille: 1_000,
            markers: Vec::new(),
        }
    }

    /// Whether its next frame is due 20 ms after the last.
    pub fn sounds(&self) -> bool {
        !self.paused && matches!(self.stage, Stage::Tones { .. } | Stage::Clips { .. })
    }

    pub fn obey(&mut self, order: Order) {
        match order {
            Order::Play(clips) => {
                self.stage = Stage::Clips {
                    clips,
                    place: Place::default(),
                    started: false,
                }
            }
            Order::Pause => self.paused = true,
            Order::Resume => self.paused = false,
            Order::Loop(looped) => self.looped = looped,
            Order::Volume { permille } => self.permille = permille.min(4_000),
            Order::Jump { ms } => {
                if let Stage::Clips { clips, place, .. } = &mut self.stage {
                    *place = place_at(clips, ms);
                }
            }
            Order::Mark { ms } => {
                if self.markers.len() < MOST_MARKERS {
                    self.markers.push(ms);
                }
            }
        }
    }

    /// The next 20 ms. At the end there is less, which silence fills up, or nothing.
    pub fn make(&mut self, frame: &mut Frame, news: &mut Vec<News>) {
        let before = self.elapsed_ms();
        let ended = match &mut self.stage {
            Stage::Awaiting | Stage::Over => return frame.clear(),
            Stage::Tones {
                tones,
                script,
                started,
                played,
            } => {
                if !std::mem::replace(started, true) {
                    news.push(News::Started);
                }
                *frame = Frame::empty(tone::RATE_HZ);
                tones.fill(frame);
                *played += frame.len() as u64;
                let ended = frame.len() < samples_of(frame.rate_hz);
                if ended && self.looped {
                    *tones = Tones::new(script.clone());
                    let before = frame.len();
                    tones.fill(frame);
                    *played = (frame.len() - before) as u64;
                }
                ended && (!self.looped || frame.is_empty())
            }
            Stage::Clips {
                clips,
                place,
                started,
            } => {
                if !std::mem::replace(started, true) {
                    news.push(News::Started);
                }
                fill(clips, place, self.looped, frame);
                clips.get(place.clip).is_none()
            }
        };
        if self.permille != 1_000 {
            for sample in frame.samples_mut() {
                let louder = i64::from(*sample) * i64::from(self.permille) / 1_000;
                *sample = louder.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
            }
        }
        let whole = samples_of(frame.rate_hz);
        if !frame.is_empty() && frame.len() < whole {
            let silence = Frame::silence(frame.rate_hz);
            let missing = whole - frame.len();
            frame.extend(silence.samples().get(..missing).unwrap_or_default());
        }
        self.pass_markers(before, ended, news);
        if ended {
            self.stage = Stage::Over;
            news.push(News::Finished);
        }
    }

    /// Milliseconds from the start of all that it plays.
    fn elapsed_ms(&self) -> u64 {
        match &self.stage {
            Stage::Awaiting | Stage::Over => 0,
            Stage::Tones { played, .. } => played / 8,
            Stage::Clips { clips, place, .. } => {
                let before: Duration = clips.iter().take(place.clip).map(Clip::duration).sum();
                let rate = clips
                    .get(place.clip)
                    .map_or(1, |clip| u64::from(clip.rate_hz()));
                before.as_millis() as u64 + place.sample as u64 * 1_000 / rate
            }
        }
    }

    fn pass_markers(&mut self, before: u64, ended: bool, news: &mut Vec<News>) {
        if self.markers.is_empty() {
            return;
        }
        let now = self.elapsed_ms();
        // A loop begins again below where it was: what lay up to its end was passed.
        let passed = |ms: u64| match now >= before {
            true => (before..now).contains(&ms),
            false => ms >= before || ms < now,
        };
        let mut reached: Vec<u64> = self
            .markers
            .iter()
            .copied()
            .filter(|ms| passed(*ms) || ended && *ms >= before)
            .collect();
        reached.sort_unstable();
        self.markers.retain(|ms| !reached.contains(ms));
        news.extend(reached.into_iter().map(|ms| News::Marker { ms }));
    }
}

/// As much as a frame takes: clips of the same rate follow each other without a gap, one of another rate
/// begins with the next frame.
fn fill(clips: &[Clip], place: &mut Place, looped: bool, frame: &mut Frame) {
    frame.clear();
    let all_empty = clips.iter().all(|clip| clip.samples().is_empty());
    loop {
        let Some(clip) = clips.get(place.clip) else {
            if !looped || all_empty {
                return;
            }
            *place = Place::default();
            continue;
        };
        if frame.is_empty() {
            frame.rate_hz = clip.rate_hz();
        }
        if frame.rate_hz != clip.rate_hz() {
            return;
        }
        let missing = samples_of(frame.rate_hz).saturating_sub(frame.len());
        let ahead = clip.samples().get(place.sample..).unwrap_or_default();
        let taken = frame.extend(ahead.get(..missing.min(ahead.len())).unwrap_or_default());
        place.sample += taken;
        if place.sample >= clip.samples().len() {
            *place = Place {
                clip: place.clip + 1,
                sample: 0,
            };
        }
        if frame.len() >= samples_of(frame.rate_hz) {
            if looped && clips.get(place.clip).is_none() {
                *place = Place::default();
            }
            return;
        }
    }
}

fn place_at(clips: &[Clip], ms: u64) -> Place {
    let mut left = Duration::from_millis(ms);
    for (n, clip) in clips.iter().enumerate() {
        match left.checked_sub(clip.duration()) {
            Some(rest) if !rest.is_zero() || n + 1 < clips.len() => left = rest,
            _ => {
                let sample = left.as_micros() * u128::from(clip.rate_hz()) / 1_000_000;
                let sample = (sample as usize).min(clip.samples().len());
                return Place { clip: n, sample };
            }
        }
    }
    Place {
        clip: clips.len(),
        sample: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    /// A clip that counts: every sample is the number of milliseconds since `from`.
    fn counting(rate_hz: u32, from: i16, ms: usize) -> Clip {
        let per_ms = rate_hz as usize / 1_000;
        let samples: Vec<i16> = (0..ms * per_ms)
            .map(|n| from + (n / per_ms) as i16)
            .collect();
        Clip::new(rate_hz, samples).unwrap()
    }

    /// Plays until the end or so many frames: the first and last sample of each, and the news.
    #[track_caller]
    fn check(mut player: Player, orders: &[(usize, Order)], frames: usize, expect: Expect) {
        let mut told = String::new();
        let mut frame = Frame::empty(8_000);
        for n in 0..frames {
            for (_, order) in orders.iter().filter(|(at, _)| *at == n) {
                told += &format!("{n} {order:?}\n");
                player.obey(order.clone());
            }
            if !player.sounds() {
                told += &format!("{n} -\n");
                continue;
            }
            let mut news = Vec::new();
            player.make(&mut frame, &mut news);
            let (first, last) = (frame.samples().first(), frame.samples().last());
            told += &match (first, last) {
                (Some(first), Some(last)) => format!("{n} {first}..{last}"),
                _ => format!("{n} nothing"),
            };
            told += &news
                .iter()
                .map(|news| format!(" {news:?}"))
                .collect::<String>();
            told += "\n";
        }
        expect.assert_eq(&told);
    }

    fn awaiting(looped: bool, paused: bool) -> Player {
        Player::new(Sound::Awaited, looped, paused)
    }

    #[test]
    fn clips_of_one_rate_follow_without_a_gap_and_the_end_is_told_once() {
        let clips = vec![counting(8_000, 0, 30), counting(8_000, 100, 30)];
        check(
            awaiting(false, false),
            &[(1, Order::Play(clips))],
            6,
            expect![[r#"
                0 -
                1 Play([Clip(30ms at 8000 Hz), Clip(30ms at 8000 Hz)])
                1 0..19 Started
                2 20..109
                3 110..129 Finished
                4 -
                5 -
            "#]],
        );
    }

    #[test]
    fn a_clip_of_another_rate_begins_with_the_next_frame() {
        let clips = vec![counting(8_000, 1, 30), counting(16_000, 100, 20)];
        check(
            awaiting(false, false),
            &[(0, Order::Play(clips))],
            4,
            expect![[r#"
                0 Play([Clip(30ms at 8000 Hz), Clip(20ms at 16000 Hz)])
                0 1..20 Started
                1 21..0
                2 100..119 Finished
                3 -
            "#]],
        );
    }

    #[test]
    fn a_loop_has_no_gap_and_a_pause_loses_nothing() {
        let clips = vec![counting(8_000, 0, 50)];
        check(
            awaiting(true, true),
            &[
                (0, Order::Play(clips)),
                (1, Order::Resume),
                (4, Order::Pause),
                (5, Order::Resume),
                (6, Order::Loop(false)),
            ],
            10,
            expect![[r#"
                0 Play([Clip(50ms at 8000 Hz)])
                0 -
                1 Resume
                1 0..19 Started
                2 20..39
                3 40..9
                4 Pause
                4 -
                5 Resume
                5 10..29
                6 Loop(false)
                6 30..49 Finished
                7 -
                8 -
                9 -
            "#]],
        );
    }

    #[test]
    fn a_jump_a_volume_and_markers() {
        let clips = vec![counting(16_000, 0, 100), counting(16_000, 1_000, 100)];
        check(
            awaiting(false, false),
            &[
                (0, Order::Play(clips)),
                (0, Order::Mark { ms: 0 }),
                (0, Order::Mark { ms: 150 }),
                (0, Order::Mark { ms: 900 }),
                (1, Order::Jump { ms: 130 }),
                (1, Order::Volume { permille: 500 }),
                (3, Order::Jump { ms: 190 }),
            ],
            5,
            expect![[r#"
                0 Play([Clip(100ms at 16000 Hz), Clip(100ms at 16000 Hz)])
                0 Mark { ms: 0 }
                0 Mark { ms: 150 }
                0 Mark { ms: 900 }
                0 0..19 Started Marker { ms: 0 }
                1 Jump { ms: 130 }
                1 Volume { permille: 500 }
                1 515..524
                2 525..534 Marker { ms: 150 }
                3 Jump { ms: 190 }
                3 545..0 Marker { ms: 900 } Finished
                4 -
            "#]],
        );
    }

    #[test]
    fn nothing_to_play_is_over_at_once() {
        let empty = Clip::new(8_000, Vec::new()).unwrap();
        check(
            awaiting(true, false),
            &[(0, Order::Play(vec![empty]))],
            2,
            expect![[r#"
                0 Play([Clip(0ns at 8000 Hz)])
                0 nothing Started Finished
                1 -
            "#]],
        );
    }
}
