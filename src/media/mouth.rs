//! What speaks to a leg's peer in our own words: frames become packets of its codec, as long as it wants them. Where the
//! peer has agreed to it, pauses are told of instead.

use std::time::Instant;

use crate::media::Payload;
use crate::media::codec::{Coding, Encoder};
use crate::media::frame::{FRAME_MS, Frame};
use crate::media::lull::{self, Lull, Turn};
use crate::media::resample::Resampler;
use crate::media::rtp::Header;
use crate::media::stream::Stream;

/// What a packet holds where the peer does not say, in milliseconds.
const USUAL_MS: u32 = 20;

/// Most payload that goes over any network in one piece, in bytes: only L16 is ever longer.
const WHOLE: u32 = 1_400;

pub struct Mouth {
    payload: Payload,
    coding: Coding,
    encoder: Encoder,
    /// From the rate of the frames that came last.
    resampler: Option<Resampler>,
    packet_ms: u32,
    /// What waits for a packet to be full, at the codec's rate.
    waiting: Vec<i16>,
    written: Vec<u8>,
    /// Till then the peer hears a key, and no sound beside it.
    held_until: Option<Instant>,
    /// Where pauses are told of, with the number of comfort noise.
    lull: Option<(u8, Lull)>,
    /// So many packets of a hundred are expected to be lost.
    loss: u8,
}

impl Mouth {
    /// `None` where we cannot write this format.
    pub fn of(payload: &Payload, ptime_ms: Option<u32>) -> Option<Mouth> {
        let coding = Coding::of(payload.name, payload.clock_hz)?;
        let packet_ms = match (ptime_ms.unwrap_or(USUAL_MS) / 10 * 10, coding) {
            // Opus has no packets of 30 and 50 ms.
            (30, Coding::Opus) => 20,
            (50, Coding::Opus) => 40,
            (ms, Coding::L16 { rate_hz }) => ms
                .clamp(10, WHOLE / (rate_hz / 1_000 * 2) / 10 * 10)
                .min(60),
            (ms, _) => ms.clamp(10, 60),
        };
        Some(Mouth {
            payload: payload.clone(),
            coding,
            encoder: Encoder::new(coding),
            resampler: None,
            packet_ms,
            waiting: Vec::new(),
            written: Vec::new(),
            held_until: None,
            lull: None,
            loss: 0,
        })
    }

    /// Pauses are told of by packets of this number (RFC 3389), where that goes with the codec.
    pub fn with_comfort(mut self, number: Option<u8>) -> Mouth {
        let fits = self.coding.rate_hz() == lull::RATE_HZ;
        let number = number.filter(|_| fits);
        self.lull = number.map(|number| (number, Lull::default()));
        self
    }

    /// From the next packet on: so many of a hundred are expected to be lost, and the peer takes copies.
    pub fn expect_loss(&mut self, percent: u8) {
        if self.loss != percent {
            self.loss = percent;
            self.encoder.expect_loss(percent);
        }
    }

    /// Says nothing till then: the packets of one event are known by their timestamp, which must not go on
    /// between them.
    pub fn hold_until(&mut self, until: Instant) {
        self.held_until = Some(until);
        self.waiting.clear();
        if let Some((_, lull)) = &mut self.lull {
            *lull = Lull::default();
        }
    }

    /// Takes the frame of a tick.
    pub fn hear(&mut self, frame: &Frame, at: Instant) {
        if self.is_held(at) {
            return;
        }
        let rate_hz = self.coding.rate_hz();
        if frame.rate_hz == rate_hz {
            return self.waiting.extend_from_slice(frame.samples());
        }
        let known = self.resampler.take();
        let resampler = known.filter(|resampler| resampler.from_hz() == frame.rate_hz);
        // A rate that cannot be brought to another is not heard.
        self.resampler = resampler.or_else(|| Resampler::new(frame.rate_hz, rate_hz).ok());
        if let Some(resampler) = &mut self.resampler {
            resampler.resample(frame.samples(), &mut self.waiting);
        }
    }

    /// Appends the next packet to `out`, where one is full and has to be sent; says how many bytes of payload it has.
    pub fn speak(&mut self, stream: &mut Stream, at: Instant, out: &mut Vec<u8>) -> Option<u32> {
        let header = loop {
            match self.turn()? {
                Turn::Say { begins } => {
                    if !self.put_into_words() {
                        return None;
                    }
                    let header = self.next_header(stream, at);
                    let marker = header.marker || begins;
                    break Header { marker, ..header };
                }
                Turn::Tell(noise) => {
                    noise.write(&mut self.written);
                    self.leave_out();
                    let header = self.next_header(stream, at);
                    let payload = self.lull.as_ref().map_or(0, |(number, _)| *number);
                    break Header {
                        // It marks where talk begins.
                        marker: false,
                        payload,
                        ..header
                    };
                }
                Turn::Rest => {
                    self.leave_out();
                    stream.rest(self.ticks(), at);
                }
            }
        };
        header.begin(out);
        out.extend_from_slice(&self.written);
        Some(self.written.len() as u32)
    }

    /// What to do with the next packet; `None`: none is full.
    fn turn(&mut self) -> Option<Turn> {
        let packet = self.waiting.get(..self.packet_samples())?;
        Some(match &mut self.lull {
            Some((_, lull)) => lull.hear(packet),
            None => Turn::Say { begins: false },
        })
    }

    fn leave_out(&mut self) {
        let samples = self.packet_samples().min(self.waiting.len());
        self.waiting.drain(..samples);
    }

    fn packet_samples(&self) -> usize {
        (self.coding.rate_hz() / 1_000 * self.packet_ms) as usize
    }

    fn ticks(&self) -> u32 {
        self.payload.clock_hz / 1_000 * self.packet_ms
    }

    /// The next packet's payload, where one is full.
    pub fn put_into_words(&mut self) -> bool {
        self.written.clear();
        let samples = self.packet_samples();
        let Some(packet) = self.waiting.get(..samples) else {
            return false;
        };
        let encoded = self.encoder.encode(packet, &mut self.written);
        self.waiting.drain(..samples);
        encoded.is_ok()
    }

    /// What was put into words last; nothing where no packet was full.
    pub fn words(&self) -> &[u8] {
        &self.written
    }

    /// Appends a packet of what another mouth of this format has put into words; says how many bytes of payload it has.
    pub fn repeat(
        &mut self,
        words: &[u8],
        stream: &mut Stream,
        at: Instant,
        out: &mut Vec<u8>,
    ) -> u32 {
        // What waits was heard before, and is not to be said after this.
        self.waiting.clear();
        let header = self.next_header(stream, at);
        header.begin(out);
        out.extend_from_slice(words);
        words.len() as u32
    }

    fn next_header(&self, stream: &mut Stream, at: Instant) -> Header {
        let header = stream.next(self.ticks(), self.payload.clock_hz, at);
        let payload = self.payload.send;
        Header { payload, ..header }
    }

    /// Another of the same format.
    pub fn anew(&self) -> Mouth {
        let mut encoder = Encoder::new(self.coding);
        encoder.expect_loss(self.loss);
        Mouth {
            payload: self.payload.clone(),
            coding: self.coding,
            encoder,
            resampler: None,
            packet_ms: self.packet_ms,
            waiting: Vec::new(),
            written: Vec::new(),
            held_until: None,
            lull: None,
            loss: self.loss,
        }
    }

    /// Whether what the one puts into words the other could have said.
    pub fn speaks_like(&self, other: &Mouth) -> bool {
        self.coding == other.coding && self.packet_ms == other.packet_ms && self.loss == other.loss
    }

    /// Whether its packets are as long as a tick, and there is one in each.
    pub fn speaks_by_the_tick(&self) -> bool {
        self.packet_ms == FRAME_MS && self.lull.is_none()
    }

    pub fn is_held(&self, at: Instant) -> bool {
        self.held_until.is_some_and(|until| at < until)
    }

    /// The clock of its timestamps.
    pub fn clock_hz(&self) -> u32 {
        self.payload.clock_hz
    }
}

impl std::fmt::Debug for Mouth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mouth({:?}, {} ms)", self.payload, self.packet_ms)
    }
}

#[cfg(test)]
mod tests;
