//! Packets of our own making, till the shell sends them. One buffer serves them all.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::Range;

use crate::base::LegId;

#[derive(Debug, Default)]
pub struct Outbox {
    bytes: Vec<u8>,
    packets: VecDeque<Packet>,
}

#[derive(Debug)]
struct Packet {
    leg: LegId,
    to: SocketAddr,
    range: Range<usize>,
}

impl Outbox {
    /// Where the next packet is written to, at the end.
    pub fn room(&mut self) -> &mut Vec<u8> {
        if self.packets.is_empty() {
            self.bytes.clear();
        }
        &mut self.bytes
    }

    /// All that was written from `from` on is a packet.
    pub fn seal(&mut self, from: usize, leg: LegId, to: SocketAddr) {
        let range = from..self.bytes.len();
        self.packets.push_back(Packet { leg, to, range });
    }

    pub fn take(&mut self) -> Option<(LegId, SocketAddr, &[u8])> {
        let packet = self.packets.pop_front()?;
        let bytes = self.bytes.get(packet.range).unwrap_or_default();
        Some((packet.leg, packet.to, bytes))
    }
}
