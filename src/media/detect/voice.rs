//! Whether somebody speaks: what is louder than the line's own noise, for as long as a syllable lasts.
//!
//! ```text
//! Silent ──3 ticks of 4 are 8 dB above the floor──▶ Speaking ──20 ticks (400 ms) below 5 dB──▶ Silent
//! ```
//!
//! The floor follows the quietest of the last second and a half, and noise that begins is the floor after that long.

use std::collections::VecDeque;

use super::sight::Sight;
use super::ticks;

/// How far above the floor speech begins, and below what it may end, in dB.
const BEGINS_DB: f32 = 8.0;
const ENDS_DB: f32 = 5.0;
/// Quieter than this nobody speaks, in dBFS.
const FAINTEST_DBFS: f32 = -48.0;
/// The floor before anything was heard: a quiet line.
const FLOOR_DBFS: f32 = -58.0;
/// Of the latest ticks so many are loud.
const LOOKS: u32 = 4;
const LOUD: u32 = 3;
/// Pauses within speech are shorter.
const HANGOVER: u32 = ticks(400);
/// The floor is the quietest of so long.
const MEMORY: u32 = ticks(1_500);

#[derive(Clone, Debug)]
pub struct Voice {
    speaks: bool,
    /// Of the latest ticks, whether each was loud; the latest is the lowest bit.
    loud: u32,
    quiet_for: u32,
    /// In dBFS, the latest last.
    memory: VecDeque<f32>,
    floor: f32,
}

impl Default for Voice {
    fn default() -> Voice {
        Voice {
            speaks: false,
            loud: 0,
            quiet_for: 0,
            memory: VecDeque::with_capacity(MEMORY as usize),
            floor: FLOOR_DBFS,
        }
    }
}

impl Voice {
    /// The next tick. Says so where somebody begins to speak or falls silent.
    pub fn hear(&mut self, sight: &Sight) -> Option<bool> {
        let level = sight.band_dbfs;
        self.follow(level);
        let margin = if self.speaks { ENDS_DB } else { BEGINS_DB };
        let loud = level > (self.floor + margin).max(FAINTEST_DBFS);
        self.loud = self.loud << 1 | u32::from(loud);
        self.quiet_for = if loud { 0 } else { self.quiet_for + 1 };
        let begins = (self.loud & ((1 << LOOKS) - 1)).count_ones() >= LOUD;
        let speaks = match self.speaks {
            false => begins,
            true => self.quiet_for < HANGOVER,
        };
        let changes = std::mem::replace(&mut self.speaks, speaks) != speaks;
        changes.then_some(speaks)
    }

    fn follow(&mut self, level: f32) {
        if self.memory.len() >= MEMORY as usize {
            self.memory.pop_front();
        }
        self.memory.push_back(level);
        let quietest = self.memory.iter().copied().fold(f32::INFINITY, f32::min);
        let whole = self.memory.len() >= MEMORY as usize;
        // The mean of noise lies some dB above the quietest of its ticks.
        let floor = quietest + 3.0;
        self.floor = match whole {
            true => floor.max(-90.0),
            false => floor.min(FLOOR_DBFS),
        };
    }
}
