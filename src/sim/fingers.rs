//! The keys of phones: those that they press go to the switchboard's sound as telephone-events, and those that they
//! are sent are noted, by the address at which they hear.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::base::LegId;
use crate::media::Payload;
use crate::media::dtmf::{Key, Receiver, Said, Sender, Stroke};
use crate::media::rtp::Header;

const STEP: Duration = Duration::from_millis(20);

#[derive(Default)]
pub struct Fingers {
    pressing: Vec<Pressing>,
    pressed: u32,
    heard: BTreeMap<SocketAddr, (Receiver, String)>,
}

/// What one phone presses on one of its calls.
struct Pressing {
    leg: LegId,
    from: SocketAddr,
    payload: u8,
    clock_hz: u32,
    sender: Sender,
    due: Instant,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
}

impl Fingers {
    /// On the switchboard's `leg`, from the phone's `from`.
    pub fn press(
        &mut self,
        leg: LegId,
        from: SocketAddr,
        events: &Payload,
        strokes: &[Stroke],
        now: Instant,
    ) {
        let mut sender = Sender::default();
        sender.press(strokes);
        self.pressed += 1;
        self.pressing.push(Pressing {
            leg,
            from,
            payload: events.receive,
            clock_hz: events.clock_hz,
            sender,
            due: now,
            ssrc: self.pressed,
            sequence: 0,
            timestamp: self.pressed * 10_000_000,
        });
    }

    pub fn next_due(&self) -> Option<Instant> {
        self.pressing.iter().map(|pressing| pressing.due).min()
    }

    /// The next packet that is due: for whose socket, from where.
    pub fn take_due(&mut self, now: Instant) -> Option<(LegId, SocketAddr, Vec<u8>)> {
        loop {
            let place = self
                .pressing
                .iter()
                .position(|pressing| pressing.due <= now)?;
            let pressing = self.pressing.get_mut(place)?;
            pressing.due += STEP;
            let Some(said) = pressing.sender.step(pressing.clock_hz) else {
                self.pressing.remove(place);
                continue;
            };
            if let Said::Event { first, event, .. } = said {
                return Some((
                    pressing.leg,
                    pressing.from,
                    pressing.packet(first, &event.write()),
                ));
            }
        }
    }

    /// Whether keys are pressed on the switchboard's `leg` just now: a phone says nothing beside them.
    pub fn is_pressing(&self, leg: LegId) -> bool {
        self.pressing.iter().any(|pressing| pressing.leg == leg)
    }

    /// A packet of events on its way to a phone at `to`.
    pub fn hear(&mut self, to: SocketAddr, packet: &[u8], now: Instant) {
        let Some(header) = Header::read(packet) else {
            return;
        };
        let (receiver, heard) = self.heard.entry(to).or_default();
        let key = receiver.hear(&header, Header::payload(packet), now);
        heard.extend(key.map(Key::as_char));
    }

    /// All keys that came to `address`.
    pub fn heard(&self, address: SocketAddr) -> &str {
        self.heard.get(&address).map_or("", |(_, heard)| heard)
    }
}

impl Pressing {
    fn packet(&mut self, first: bool, body: &[u8]) -> Vec<u8> {
        self.sequence = self.sequence.wrapping_add(1);
        if first {
            self.timestamp = self.timestamp.wrapping_add(self.clock_hz);
        }
        let header = Header {
            marker: first,
            payload: self.payload,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        let mut packet = Vec::new();
        header.begin(&mut packet);
        packet.extend_from_slice(body);
        packet
    }
}
