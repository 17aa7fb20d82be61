//! What is dealt in worlds of chance.

use std::time::Duration;

use crate::base::Dice;

/// Dice in the words of whoever throws them.
pub struct Chance(pub Dice);

impl Chance {
    /// Below `bound`, which must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// One of several, of which there must be some.
    pub fn one_of<'a>(&mut self, names: &[&'a str]) -> &'a str {
        names[self.below(names.len() as u64) as usize]
    }

    /// From so many milliseconds to so many, both ends included.
    pub fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from + 1))
    }
}
