//! The two ends of a call between two sessions. Neither has packets: a frame that comes to the one is heard by all who
//! hear the other, within the same tick.

use std::time::Instant;

use super::{Graph, Leg};
use crate::base::LegId;
use crate::media::Node;

/// Through so many such calls a frame goes at most. A ring of them hears nobody, since each has one source.
const MOST_CROSSED: u32 = 16;

impl Graph {
    pub(super) fn tie(&mut self, one: LegId, other: LegId) {
        if one == other || self.legs.contains_key(&one) || self.legs.contains_key(&other) {
            return;
        }
        for (end, far) in [(one, other), (other, one)] {
            let mut leg = Leg::new(&mut self.dice);
            leg.tied = Some(far);
            self.legs.insert(end, leg);
        }
    }

    /// The frame has come to a leg: where that is an end, it goes on from the other.
    pub(super) fn cross(&mut self, end: LegId, speaks: bool, at: Instant) {
        let far = self.legs.get(&end).and_then(|leg| leg.tied);
        if let Some(far) = far.filter(|_| self.crossed < MOST_CROSSED) {
            self.crossed += 1;
            self.pass_round(Node::Leg(far), None, speaks, at);
            self.crossed -= 1;
        }
    }
}
