//! A mix that several legs hear alike is put into words once for each format: who only listens among a hundred costs a
//! packet and no encoder. Whoever is in the mix has it in words of its own, without its voice.

use std::time::Instant;

use super::{Graph, Leg};
use crate::base::{LegId, SoundId};
use crate::media::Node;
use crate::media::frame::Frame;
use crate::media::mouth::Mouth;
use crate::media::outbox::Outbox;

/// So many formats at most; further ones are spoken by each leg itself.
const MOST_VOICES: usize = 8;

/// Who speaks for many, a voice for each format.
#[derive(Debug, Default)]
pub(super) struct Choir {
    voices: Vec<Voice>,
}

#[derive(Debug)]
struct Voice {
    mouth: Mouth,
    /// The tick that it has spoken of last.
    at: Option<Instant>,
}

impl Choir {
    /// What everybody hears in this tick, in the format of `mouth`; `None` where it is spoken by each leg itself.
    fn sing(&mut self, mouth: &Mouth, frame: &Frame, at: Instant) -> Option<&[u8]> {
        let known = self
            .voices
            .iter()
            .position(|voice| voice.mouth.speaks_like(mouth));
        let place = match known {
            Some(place) => place,
            None if self.voices.len() < MOST_VOICES => {
                self.voices.push(Voice {
                    mouth: mouth.anew(),
                    at: None,
                });
                self.voices.len() - 1
            }
            None => return None,
        };
        let voice = self.voices.get_mut(place)?;
        if voice.at != Some(at) {
            voice.at = Some(at);
            voice.mouth.hear(frame, at);
            voice.mouth.put_into_words();
        }
        Some(voice.mouth.words())
    }
}

impl Graph {
    /// The common mix of a tick goes to a leg. `false`: it has to be spoken to by itself.
    pub(super) fn sing_to(&mut self, room: SoundId, id: LegId, at: Instant) -> bool {
        let (Some(seat), Some(leg)) = (self.units.get_mut(&room), self.legs.get_mut(&id)) else {
            return false;
        };
        // The frame itself is wanted there.
        if leg.tied.is_some() || !leg.taps.is_empty() {
            return false;
        }
        leg.keys.sounds() || leg.listen_to(id, &mut seat.choir, &self.frame, at, &mut self.outbox)
    }

    /// Whether `listener` hears what everybody hears, and is a leg.
    pub(super) fn hears_all(&self, room: SoundId, listener: Node) -> Option<LegId> {
        let Node::Leg(leg) = listener else {
            return None;
        };
        let seat = self.units.get(&room)?;
        seat.unit.is_common_to(listener).then_some(leg)
    }
}

impl Leg {
    fn listen_to(
        &mut self,
        id: LegId,
        choir: &mut Choir,
        frame: &Frame,
        at: Instant,
        outbox: &mut Outbox,
    ) -> bool {
        let Some(to) = self.ready_to_speak() else {
            return true;
        };
        let Some(mouth) = self
            .mouth
            .as_mut()
            .filter(|mouth| mouth.speaks_by_the_tick())
        else {
            return false;
        };
        if mouth.is_held(at) {
            return true;
        }
        let Some(words) = choir.sing(mouth, frame, at) else {
            return false;
        };
        if words.is_empty() {
            return true;
        }
        let room = outbox.room();
        let from = room.len();
        let bytes = mouth.repeat(words, &mut self.stream, at, room);
        outbox.seal(from, id, to);
        self.counters.sent += 1;
        self.reporting.said(bytes, mouth.clock_hz());
        true
    }
}
