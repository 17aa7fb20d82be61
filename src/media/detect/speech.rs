//! Whether somebody speaks: what is louder than the line's own noise, for long enough. There is one set of thresholds, for
//! whoever asks; what differs is the [`Pace`] at which he wants to know, and what he measures: who tells of voices as they
//! come measures where they have their power (`sight.rs`), who cuts words out measures all of it, as a hiss is a
//! part of a word.
//!
//! ```text
//!         a tick is loud: 8 dB above the floor, and -48 dBFS at least
//! Silent ──so many ticks of the latest are loud──▶ Speaking ──so many ticks without──▶ Silent
//!                                  a tick is loud: 5 dB above the floor
//! ```
//!
//! The floor follows the quietest of the last second and a half, so a sound that begins and never changes, noise or a tone,
//! is the floor after that long.

use std::collections::VecDeque;

use crate::media::frame::FRAME_MS;

/// How far above the floor speech begins, and below what it may end, in dB.
const BEGINS_DB: f32 = 8.0;
const ENDS_DB: f32 = 5.0;
/// Quieter than this nobody speaks, in dBFS.
const FAINTEST_DBFS: f32 = -48.0;
/// The floor before anything was heard: a quiet line.
const FLOOR_DBFS: f32 = -58.0;
/// The mean of noise lies by so much above the quietest of its ticks, in dB.
const NOISE_DB: f32 = 3.0;
/// The floor is the quietest of so many ticks: a second and a half.
const MEMORY: usize = 1_500 / FRAME_MS as usize;

/// How soon somebody is said to speak, and how late to have fallen silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Speech begins where so many of the latest ticks are loud.
    pub begins: Among,
    /// It goes on where so many are.
    pub goes_on: Among,
    /// Ticks without that end it: pauses within speech are shorter.
    pub pause: u32,
}

/// So many of the latest ticks, of which there are 32 at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Among {
    pub loud: u32,
    pub of: u32,
}

impl Pace {
    /// For what is told as it happens: 60 ms of a voice begin it, and 400 ms without end it.
    pub const AT_ONCE: Pace = Pace {
        begins: Among { loud: 3, of: 4 },
        goes_on: Among { loud: 1, of: 1 },
        pause: 400 / FRAME_MS,
    };
}

/// Hears tick after tick of 20 ms.
#[derive(Clone, Debug)]
pub struct Detector {
    pace: Pace,
    floor: Floor,
    speaks: bool,
    /// Of the latest ticks, whether each was loud; the latest is the lowest bit.
    loud: u32,
    /// Ticks since it went on.
    quiet_for: u32,
}

/// What is always there.
#[derive(Clone, Debug)]
struct Floor {
    /// In dBFS, the latest last.
    memory: VecDeque<f32>,
    dbfs: f32,
}

impl Default for Detector {
    fn default() -> Detector {
        Detector::new(Pace::AT_ONCE)
    }
}

impl Detector {
    pub fn new(pace: Pace) -> Detector {
        Detector {
            pace,
            floor: Floor {
                memory: VecDeque::with_capacity(MEMORY),
                dbfs: FLOOR_DBFS,
            },
            speaks: false,
            loud: 0,
            quiet_for: 0,
        }
    }

    /// The next tick, by its level in dBFS. Says so where somebody begins to speak or falls silent.
    pub fn hear(&mut self, dbfs: f32) -> Option<bool> {
        let loud = self.is_loud(dbfs);
        self.loud = self.loud << 1 | u32::from(loud);
        let speaks = match self.speaks {
            false => {
                self.quiet_for = 0;
                self.has_been(self.pace.begins)
            }
            true => {
                let goes_on = self.has_been(self.pace.goes_on);
                self.quiet_for = if goes_on { 0 } else { self.quiet_for + 1 };
                self.quiet_for < self.pace.pause
            }
        };
        let changes = std::mem::replace(&mut self.speaks, speaks) != speaks;
        changes.then_some(speaks)
    }

    /// What was said so far is over, whether its speaker goes on or not: he begins anew then.
    pub fn cut_off(&mut self) {
        self.speaks = false;
    }

    fn is_loud(&mut self, dbfs: f32) -> bool {
        self.floor.follow(dbfs);
        let margin = if self.speaks { ENDS_DB } else { BEGINS_DB };
        dbfs > (self.floor.dbfs + margin).max(FAINTEST_DBFS)
    }

    fn has_been(&self, Among { loud, of }: Among) -> bool {
        let latest = u32::MAX >> 32u32.saturating_sub(of).min(31);
        (self.loud & latest).count_ones() >= loud
    }
}

impl Floor {
    fn follow(&mut self, dbfs: f32) {
        if self.memory.len() >= MEMORY {
            self.memory.pop_front();
        }
        self.memory.push_back(dbfs);
        let quietest = self.memory.iter().copied().fold(f32::INFINITY, f32::min);
        let floor = quietest + NOISE_DB;
        self.dbfs = match self.memory.len() >= MEMORY {
            true => floor.max(-90.0),
            // Nothing is known yet: the line is taken for a quiet one.
            false => floor.min(FLOOR_DBFS),
        };
    }
}

/// The level of so many samples by the sum of their squares: a sine of full scale is 0 dBFS, silence -120.
pub fn dbfs(energy: f32, count: usize) -> f32 {
    let mean = energy / count.max(1) as f32 * 2.0 / (32_768.0 * 32_768.0);
    10.0 * mean.max(1e-12).log10()
}

/// The level of samples, in dBFS.
pub fn level(samples: &[i16]) -> f32 {
    let squares = samples.iter().map(|sample| f32::from(*sample).powi(2));
    dbfs(squares.sum(), samples.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::tone;

    #[test]
    fn what_stands_out_is_loud_and_what_is_always_there_is_not() {
        let mut detector = Detector::default();
        let mut is_loud = |samples: &[i16]| detector.is_loud(level(samples));
        let quiet = tone(8_000, 300.0, 300.0, 160);
        let loud = tone(8_000, 300.0, 3_000.0, 160);
        assert!(!is_loud(&[0; 160]));
        assert!(is_loud(&quiet), "nothing is known yet");
        for _ in 0..340 {
            is_loud(&quiet);
        }
        assert!(!is_loud(&quiet));
        assert!(is_loud(&loud));
        // 2 dB louder than what is there.
        assert!(!is_loud(&tone(8_000, 300.0, 380.0, 160)));
        assert!(!is_loud(&[]));
    }

    #[test]
    fn who_is_cut_off_begins_anew() {
        let mut detector = Detector::default();
        let loud: Vec<_> = (0..5).filter_map(|_| detector.hear(-20.0)).collect();
        assert_eq!(loud, [true]);
        detector.cut_off();
        assert_eq!(detector.hear(-20.0), Some(true));
        let until = (1..).find(|_| detector.hear(-96.0) == Some(false));
        assert_eq!(until, Some(20));
    }
}
