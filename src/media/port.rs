//! The ports of the range. The shell binds pairs of a [`Range`] as they are needed and brings them in; a
//! leg takes one from the [`Stock`] and gives it back, and it rests before the next leg gets it, so that
//! a late packet of the old call reaches nobody. A pair stays bound for good.
//!
//! ```text
//!  Range ──bound──▶ free ──take──▶ in use ──put_back──▶ resting
//!                     ▲────────────── after a pause ───────┘
//! ```

use std::collections::{HashSet, VecDeque};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use super::Port;

/// How long a port rests after a call.
pub const REST: Duration = Duration::from_secs(2);

/// When a port that another program uses is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// Free ports, first in, first out.
#[derive(Debug, Default)]
pub struct Stock {
    free: VecDeque<Port>,
    resting: VecDeque<(Instant, Port)>,
    in_use: usize,
    /// All that were ever added.
    own: HashSet<Port>,
}

impl Stock {
    pub fn add(&mut self, ports: Vec<Port>) {
        self.own.extend(&ports);
        self.free.extend(ports);
    }

    /// `None` where there is none: the caller answers 503.
    pub fn take(&mut self, now: Instant) -> Option<Port> {
        while let Some((since, port)) = self.resting.front().copied() {
            if since + REST > now {
                break;
            }
            self.resting.pop_front();
            self.free.push_back(port);
        }
        let port = self.free.pop_front()?;
        self.in_use += 1;
        Some(port)
    }

    pub fn put_back(&mut self, port: Port, now: Instant) {
        self.in_use = self.in_use.saturating_sub(1);
        self.resting.push_back((now, port));
    }

    /// Whether the number is one of ours, for RTP or for RTCP.
    pub fn knows(&self, port: u16) -> bool {
        let rtp = port & !1;
        self.own.contains(&Port { rtp })
    }

    pub fn in_use(&self) -> usize {
        self.in_use
    }
}

/// The numbers of a range that are not bound.
#[derive(Debug)]
pub struct Range {
    /// The next even number, and the last one that still has a number above it.
    fresh: Option<RangeInclusive<u16>>,
    /// Used by another program, with the time to try again, in the order of time.
    taken: VecDeque<(Instant, Port)>,
}

impl Range {
    /// The pairs of an inclusive range; an odd first or a lone last number is left out, and 0.
    pub fn new(ports: RangeInclusive<u16>) -> Range {
        let (first, last) = ports.into_inner();
        let first = first.checked_add(first % 2).map(|first| first.max(2));
        let last = last.checked_sub(1);
        let fresh = first.zip(last).filter(|(first, last)| first <= last);
        Range {
            fresh: fresh.map(|(first, last)| first..=last),
            taken: VecDeque::new(),
        }
    }

    /// A number to bind.
    pub fn take(&mut self, now: Instant) -> Option<Port> {
        if let Some((rtp, last)) = self.fresh.clone().map(RangeInclusive::into_inner) {
            let next = rtp.checked_add(2).filter(|next| *next <= last);
            self.fresh = next.map(|next| next..=last);
            return Some(Port { rtp });
        }
        match self.taken.front().copied() {
            Some((again, port)) if again <= now => {
                self.taken.pop_front();
                Some(port)
            }
            Some(_) | None => None,
        }
    }

    /// Another program uses this number: it is tried again when no fresh one is left.
    pub fn put_off(&mut self, port: Port, now: Instant) {
        self.taken.push_back((now + TRY_AGAIN, port));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_rests_before_the_next_leg_gets_it() {
        let start = Instant::now();
        let mut stock = Stock::default();
        stock.add(vec![Port { rtp: 10_000 }]);
        let port = stock.take(start).expect("there is one");
        assert_eq!(stock.take(start), None);
        assert_eq!(stock.in_use(), 1);
        stock.put_back(port, start);
        assert_eq!(stock.in_use(), 0);
        assert_eq!(stock.take(start + REST / 2), None);
        assert_eq!(stock.take(start + REST), Some(port));
    }

    #[test]
    fn a_range_is_cut_into_even_pairs() {
        let now = Instant::now();
        let pairs = |ports| {
            let mut range = Range::new(ports);
            let all = std::iter::from_fn(|| range.take(now));
            all.map(|port| port.rtp).collect::<Vec<_>>()
        };
        assert_eq!(pairs(10_000..=10_005), [10_000, 10_002, 10_004]);
        assert_eq!(pairs(10_001..=10_004), [10_002]);
        assert!(pairs(10_000..=10_000).is_empty());
        assert_eq!(pairs(65_532..=65_535), [65_532, 65_534]);
        assert!(pairs(65_535..=65_535).is_empty());
        assert_eq!(pairs(0..=3), [2]);
    }

    #[test]
    fn a_number_that_another_program_uses_is_tried_again_later() {
        let now = Instant::now();
        let mut range = Range::new(10_000..=10_003);
        let port = range.take(now).unwrap();
        range.put_off(port, now);
        assert_eq!(range.take(now), Some(Port { rtp: 10_002 }));
        assert_eq!(range.take(now), None);
        assert_eq!(range.take(now + TRY_AGAIN), Some(port));
    }
}
