//! The payload of a telephone-event (RFC 4733 §2.3).
//!
//! ```text
//! | event |E|R| volume | duration, in ticks of the clock |
//! ```

/// One packet's word of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Keys are 0 to 15; above them are others.
    pub code: u8,
    pub end: bool,
    /// In dB below 0 dBm0: 0 to 63.
    pub volume: u8,
    /// Since the event's timestamp, in ticks.
    pub duration: u16,
}

impl Event {
    pub const LENGTH: usize = 4;

    /// The first of the events in a payload; `None` where there is not even one. `payload` is without header and
    /// padding.
    pub fn read(payload: &[u8]) -> Option<Event> {
        let &[code, flags, d0, d1] = payload.first_chunk::<4>()?;
        Some(Event {
            code,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: u16::from_be_bytes([d0, d1]),
        })
    }

    pub fn write(&self) -> [u8; Event::LENGTH] {
        let [d0, d1] = self.duration.to_be_bytes();
        let end = if self.end { 0x80 } else { 0 };
        [self.code, end | self.volume & 0x3f, d0, d1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_and_written() {
        let event = Event {
            code: 11,
            end: true,
            volume: 10,
            duration: 800,
        };
        assert_eq!(event.write(), [11, 0x8a, 3, 0x20]);
        assert_eq!(Event::read(&event.write()), Some(event));
        // The reserved bit is not looked at, nor is a second event.
        assert_eq!(Event::read(&[11, 0xca, 3, 0x20, 1, 2, 3, 4]), Some(event));
        assert!((0..4).all(|len| Event::read(&[0; 4][..len]).is_none()));
    }
}
