//! Who talks: how loud a source is, over a little time, and which of many are the loudest.

/// A talker is as loud as somebody who is not heard and this much louder, in percent of its level: nobody is cut off
/// by a cough.
const HOLD_PERCENT: u64 = 200;

/// How loud a source is: the mean of its samples' size, over a little time. It rises at once and falls within a second,
/// so that nobody loses the floor between two words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Level {
    /// In 256ths of a sample's step.
    smoothed: u64,
    /// Of the last tick.
    now: u64,
}

impl Level {
    /// What it says in a tick.
    pub fn hear(&mut self, said: &[i16]) {
        let sum: u64 = said
            .iter()
            .map(|sample| u64::from(sample.unsigned_abs()))
            .sum();
        self.now = (sum * 256).checked_div(said.len() as u64).unwrap_or(0);
        // Half way up with each tick, and a thirtieth of the way down.
        self.smoothed = match self.now > self.smoothed {
            true => (self.smoothed + self.now).div_ceil(2),
            false => self.smoothed - (self.smoothed - self.now).div_ceil(30),
        };
    }

    /// Whether it was anything but silence in this tick.
    pub fn sounds(self) -> bool {
        self.now > 0
    }
}

/// The loudest of those that are given by name, level and whether they are heard already.
pub(super) fn loudest(all: impl Iterator<Item = (usize, Level, bool)>, most: usize) -> Vec<usize> {
    let mut all: Vec<(u64, bool, usize)> = all
        .map(|(name, level, heard)| {
            let loud = match heard {
                true => level.smoothed * HOLD_PERCENT / 100,
                false => level.smoothed,
            };
            (loud, heard, name)
        })
        .collect();
    // Of those that are as loud, whoever is heard goes on being heard.
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.truncate(most);
    all.into_iter().map(|(_, _, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(ticks: &[(i16, usize)]) -> Level {
        let mut level = Level::default();
        for (size, times) in ticks {
            for _ in 0..*times {
                level.hear(&[*size, -*size]);
            }
        }
        level
    }

    #[test]
    fn a_level_rises_at_once_and_falls_within_a_second() {
        let loud = after(&[(1_000, 5)]).smoothed / 256;
        assert!((900..=1_000).contains(&loud), "{loud}");
        let between_words = after(&[(1_000, 50), (0, 15)]).smoothed / 256;
        assert!(between_words > 550, "{between_words}");
        let quiet = after(&[(1_000, 50), (0, 75)]).smoothed / 256;
        assert!(quiet < 100, "{quiet}");
        assert_eq!(after(&[(1_000, 50), (0, 2_000)]).smoothed, 0);
        assert!(!after(&[(1_000, 1), (0, 1)]).sounds());
    }

    #[test]
    fn who_is_heard_keeps_the_floor_until_somebody_is_clearly_louder() {
        let levels = |a: i16, b: i16| [(0, after(&[(a, 50)]), true), (1, after(&[(b, 50)]), false)];
        assert_eq!(loudest(levels(1_000, 1_500).into_iter(), 1), [0]);
        assert_eq!(loudest(levels(1_000, 2_500).into_iter(), 1), [1]);
        assert_eq!(loudest(levels(0, 0).into_iter(), 1), [0]);
        assert_eq!(loudest(levels(0, 0).into_iter(), 2).len(), 2);
    }
}
