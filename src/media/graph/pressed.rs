//! What comes beside the talk: packets of keys, which go on in their listener's time, and comfort noise.

use std::time::Duration;

use crate::media::dtmf::Event;
use crate::media::rtp::Header;

/// The name of a key's packets (RFC 4733).
pub(super) const EVENT: &str = "telephone-event";
/// The name of comfort noise (RFC 3389).
pub(super) const COMFORT: &str = "CN";
/// So long after a packet of an event there may be another: they come every 20 to 50 ms.
pub(super) const EVENT_GOES_ON: Duration = Duration::from_millis(60);

/// A packet of an event as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pressed {
    event: Event,
    /// Where its payload begins.
    at: usize,
}

impl Pressed {
    pub(super) fn read(packet: &[u8]) -> Option<Pressed> {
        let body = Header::body(packet);
        // What is behind the payload is padding, which says its own length.
        let padding = match packet.first()? & 0x20 {
            0 => 0,
            _ => usize::from(*packet.last()?),
        };
        let at = packet.len().checked_sub(body.len() + padding)?;
        let event = Event::read(body)?;
        Some(Pressed { event, at })
    }

    /// Its duration is counted by the listener's clock.
    pub(super) fn write(&self, packet: &mut [u8], from_hz: u32, to_hz: u32) {
        let ticks = u64::from(self.event.duration) * u64::from(to_hz) / u64::from(from_hz.max(1));
        let event = Event {
            duration: ticks.min(u64::from(u16::MAX)) as u16,
            ..self.event
        };
        // Also where the clocks are the same: another listener may have had it by its own.
        if let Some(payload) = packet.get_mut(self.at..self.at + Event::LENGTH) {
            payload.copy_from_slice(&event.write());
        }
    }
}
