//! The ticks: each source that makes its sound has one every 20 ms, at a moment of its own within them, so that
//! a thousand players never speak at once.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::media::Node;

pub const TICK: Duration = Duration::from_millis(20);
/// Whoever is later than this lets go of what it missed: it would be heard as a rush.
const TOO_LATE: Duration = Duration::from_millis(200);
/// How the moments of those that begin together are spread, in milliseconds within a tick; prime to it.
const SPREAD_MS: u64 = 7;

/// Who is due when.
#[derive(Debug, Default)]
pub struct Clock {
    due: BTreeSet<(Instant, Node)>,
    begun: u64,
}

impl Clock {
    /// The first tick is within 20 ms; it says when.
    pub fn start(&mut self, node: Node, now: Instant) -> Instant {
        let phase = Duration::from_millis(self.begun * SPREAD_MS % 20);
        self.begun = self.begun.wrapping_add(1);
        self.due.insert((now + phase, node));
        now + phase
    }

    /// `at`: when it would be due.
    pub fn stop(&mut self, node: Node, at: Instant) {
        self.due.remove(&(at, node));
    }

    /// Its next tick is at `to` instead of `at`.
    pub fn shift(&mut self, node: Node, at: Instant, to: Instant) {
        self.stop(node, at);
        self.due.insert((to, node));
    }

    /// The next that is due, and when it was.
    pub fn take(&mut self, now: Instant) -> Option<(Instant, Node)> {
        let due = self.due.first().filter(|(at, _)| *at <= now)?;
        let due = *due;
        self.due.remove(&due);
        Some(due)
    }

    /// After a tick at `at`: when the next is due.
    pub fn go_on(&mut self, node: Node, at: Instant, now: Instant) -> Instant {
        let next = match now.saturating_duration_since(at) > TOO_LATE {
            true => now + TICK,
            false => at + TICK,
        };
        self.due.insert((next, node));
        next
    }

    pub fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    pub fn len(&self) -> usize {
        self.due.len()
    }

    pub fn is_empty(&self) -> bool {
        self.due.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::LegId;

    #[test]
    fn those_that_begin_together_are_spread_over_the_tick() {
        let (mut clock, now) = (Clock::default(), Instant::now());
        let mut counts = [0; 20];
        for n in 0..1_000 {
            let at = clock.start(LegId(n).into(), now);
            counts[at.duration_since(now).as_millis() as usize] += 1;
        }
        assert_eq!(counts, [50; 20]);
    }

    #[test]
    fn a_tick_that_was_late_is_caught_up_with_and_a_long_sleep_is_not() {
        let (mut clock, start) = (Clock::default(), Instant::now());
        let node = LegId(1).into();
        clock.start(node, start);
        let ms = |ms| start + Duration::from_millis(ms);
        let mut ticks = Vec::new();
        for now in [ms(0), ms(65), ms(1_000), ms(1_020)] {
            while let Some((at, node)) = clock.take(now) {
                ticks.push((now - start).as_millis());
                clock.go_on(node, at, now);
            }
        }
        assert_eq!(ticks, [0, 65, 65, 65, 1_000, 1_020]);
    }
}
