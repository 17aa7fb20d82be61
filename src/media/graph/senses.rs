//! What a leg's peer says is listened to for what it means (see [`crate::media::detect`]).

use std::time::Instant;

use super::{Event, Graph};
use crate::base::LegId;
use crate::media::detect::Wish;

impl Graph {
    /// While something is listened for, the leg is decoded.
    pub(super) fn detect(&mut self, id: LegId, wish: Wish, now: Instant) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        leg.senses.get_or_insert_default().obey(wish);
        self.rest_senses(id, now);
    }

    /// The frame of a tick of this leg's.
    pub(super) fn sense(&mut self, id: LegId, now: Instant) {
        let leg = self.legs.get_mut(&id);
        let Some(senses) = leg.and_then(|leg| leg.senses.as_mut()) else {
            return;
        };
        let events = &mut self.events;
        senses.hear(&self.frame, |found| {
            events.push_back(Event::Detected { leg: id, found });
        });
        if senses.are_idle() {
            self.rest_senses(id, now);
        }
    }

    fn rest_senses(&mut self, id: LegId, now: Instant) {
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.senses = leg.senses.take().filter(|senses| !senses.are_idle());
        }
        self.prick_ear(id, now);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::Dice;
    use crate::media::detect::{Beep, Found, Heard};
    use crate::media::{Command, Port};

    #[test]
    fn a_leg_is_decoded_while_something_is_listened_for_and_time_goes_on_without_packets() {
        let (mut graph, now) = (Graph::new(Dice::from_seed(1)), Instant::now());
        let leg = LegId(1);
        graph.handle_command(
            Command::Open {
                leg,
                port: Port { rtp: 4_000 },
            },
            now,
        );
        assert_eq!(graph.next_tick(), None);
        let beep = Beep {
            frequencies: Vec::new(),
            timeout_ms: Some(1_000),
        };
        let wish = Wish::Beep(Some(beep));
        graph.handle_command(Command::Detect { leg, wish }, now);
        let mut found = Vec::new();
        for ms in 0..2_000 {
            graph.handle_timeout(now + Duration::from_millis(ms));
            while let Some(event) = graph.poll() {
                found.push((ms, event));
            }
        }
        let [(ms, Event::Detected { found, .. })] = found[..] else {
            panic!("{found:?}");
        };
        assert_eq!(found, Found::Beep(Heard::TooLate));
        assert!((980..1_060).contains(&ms), "{ms}");
        assert_eq!(graph.next_tick(), None, "nothing is left to do");
    }
}
