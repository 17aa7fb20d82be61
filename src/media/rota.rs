//! What each leg does by the clock: its report (RFC 3550 §6.2), and the sample that somebody asked for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::{Duration, Instant};

use crate::base::{Dice, LegId};

/// The shortest time between two reports, on average (§6.2).
pub const INTERVAL: Duration = Duration::from_secs(5);
/// In 2^20ths: e − 3/2, for which the randomised interval is made up (§6.3.1).
const COMPENSATION: u64 = 1_277_446;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    Report,
    Sample,
}

/// Who has what to do, soonest first. A leg that is gone is found out when its turn comes.
#[derive(Debug, Default)]
pub struct Rota {
    turns: BinaryHeap<Reverse<(Instant, LegId, Duty)>>,
}

impl Rota {
    pub fn put(&mut self, at: Instant, leg: LegId, duty: Duty) {
        self.turns.push(Reverse((at, leg, duty)));
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.turns.peek().map(|Reverse((at, _, _))| *at)
    }

    /// What is due by now, with the moment it was put down for.
    pub fn take(&mut self, now: Instant) -> Option<(Instant, LegId, Duty)> {
        self.next_deadline().filter(|at| *at <= now)?;
        self.turns.pop().map(|Reverse(turn)| turn)
    }
}

/// How long a leg waits for its next report: by chance, so that the reports of many do not come at once (§6.3.1);
/// half as long before the first.
pub fn pause(first: bool, dice: &mut Dice) -> Duration {
    let mean = if first { INTERVAL / 2 } else { INTERVAL };
    // A half to one and a half of it.
    let part = (1 << 19) + dice.below(1 << 20);
    mean.mul_f64(part as f64 / COMPENSATION as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_come_in_order_and_not_before_their_time() {
        let start = Instant::now();
        let later = |s| start + Duration::from_secs(s);
        let mut rota = Rota::default();
        rota.put(later(2), LegId(1), Duty::Report);
        rota.put(later(1), LegId(2), Duty::Sample);
        assert_eq!(rota.next_deadline(), Some(later(1)));
        assert_eq!(rota.take(start), None);
        assert_eq!(
            rota.take(later(3)),
            Some((later(1), LegId(2), Duty::Sample))
        );
        assert_eq!(
            rota.take(later(3)),
            Some((later(2), LegId(1), Duty::Report))
        );
        assert_eq!(rota.take(later(3)), None);
    }

    #[test]
    fn reports_are_five_seconds_apart_on_average_of_many_and_never_in_step() {
        let mut dice = Dice::from_seed(1);
        let pauses: Vec<_> = (0..1_000).map(|_| pause(false, &mut dice)).collect();
        let (least, most) = (Duration::from_millis(2_050), Duration::from_millis(6_160));
        assert!(pauses.iter().all(|pause| (least..most).contains(pause)));
        let mean = pauses.iter().sum::<Duration>() / 1_000;
        assert!((Duration::from_millis(3_950)..Duration::from_millis(4_250)).contains(&mean));
        assert!(pause(true, &mut dice) < most / 2);
    }
}
