//! The stock of free ports. The shell binds them and brings them in; a leg takes one and gives it back,
//! and it rests before the next leg gets it, so that a late packet of the old call reaches nobody.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::Port;

/// How long a port rests after a call.
const REST: Duration = Duration::from_secs(2);

/// Free ports, first in, first out.
#[derive(Debug, Default)]
pub struct Stock {
    free: VecDeque<Port>,
    resting: VecDeque<(Instant, Port)>,
    in_use: usize,
}

impl Stock {
    pub fn add(&mut self, ports: Vec<Port>) {
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

    pub fn in_use(&self) -> usize {
        self.in_use
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
}
