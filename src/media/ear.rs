//! What hears a leg's peer for those who cannot take its packets as they are: packets become a frame at each tick.

use std::time::Instant;

use crate::media::codec::{Coding, Decoder};
use crate::media::comfort::{Noise, Source};
use crate::media::frame::{Frame, samples_of};
pub use crate::media::jitter::LEAST;
use crate::media::jitter::{Jitter, Next};
use crate::media::rtp::Header;

/// The clock of comfort noise.
const NOISE_HZ: u32 = 8_000;

/// The rate of silence before anybody spoke.
const USUAL_HZ: u32 = 8_000;

/// Listens to one leg.
#[derive(Default)]
pub struct Ear {
    talk: Option<Talk>,
}

/// What it makes of one codec's packets.
struct Talk {
    jitter: Jitter,
    decoder: Decoder,
    payload: Vec<u8>,
    decoded: Vec<i16>,
    /// Decoded, and not heard yet.
    ahead: Vec<i16>,
    /// What was left out just now: the next fades in from it.
    left_out: Vec<i16>,
    /// The samples of the last packet.
    usual: usize,
    /// The payload number of comfort noise, once there was some.
    comfort: Option<u8>,
    /// What is heard between what the peer says, since it told of it.
    pause: Option<Source>,
}

impl Ear {
    /// A packet of sound in a format that we read; `body` is its payload.
    /// Says whether somebody begins to speak: then a tick [`LEAST`] from now hears it soonest.
    pub fn take(&mut self, coding: Coding, header: &Header, body: &[u8], now: Instant) -> bool {
        let known = self
            .talk
            .as_mut()
            .filter(|talk| talk.decoder.coding() == coding);
        let talk = match known {
            Some(talk) => talk,
            None => self.talk.insert(Talk::new(coding)),
        };
        let begins = talk.jitter.is_idle() && talk.ahead.is_empty();
        talk.jitter.push(header, body, now);
        begins
    }

    /// A packet of comfort noise (RFC 3389): what the pause sounds like that begins with it.
    pub fn rest(&mut self, header: &Header, body: &[u8], now: Instant) {
        let talk = self.talk.get_or_insert_with(|| Talk::new(Coding::Pcmu));
        if talk.decoder.coding().clock_hz() == NOISE_HZ {
            talk.comfort = Some(header.payload);
            talk.jitter.push(header, body, now);
        }
    }

    /// The frame of a tick. Says whether somebody speaks; else it is silence.
    pub fn make(&mut self, now: Instant, frame: &mut Frame) -> bool {
        match &mut self.talk {
            Some(talk) => talk.make(now, frame),
            None => {
                *frame = Frame::silence(USUAL_HZ);
                false
            }
        }
    }
}

impl Talk {
    fn new(coding: Coding) -> Talk {
        Talk {
            jitter: Jitter::new(coding.clock_hz(), coding == Coding::Opus),
            decoder: Decoder::new(coding),
            payload: Vec::new(),
            decoded: Vec::new(),
            ahead: Vec::new(),
            left_out: Vec::new(),
            usual: samples_of(coding.rate_hz()),
            comfort: None,
            pause: None,
        }
    }

    fn make(&mut self, now: Instant, frame: &mut Frame) -> bool {
        let rate_hz = self.decoder.coding().rate_hz();
        let whole = samples_of(rate_hz);
        // A pause that ends in this tick, and where.
        let mut ended: Option<(usize, Source)> = None;
        // A packet of no sound does not hold the tick up.
        for _ in 0..16 {
            if self.ahead.len() >= whole {
                break;
            }
            let next = self.jitter.next(now, &mut self.payload);
            match next {
                Next::Payload | Next::Excess if self.comfort == Some(self.jitter.played()) => {
                    self.begin_pause();
                }
                Next::Starved | Next::Nothing if self.pause.is_some() || ended.is_some() => break,
                Next::Payload => {
                    if let Some(pause) = self.pause.take() {
                        ended = Some((self.ahead.len(), pause));
                    }
                    self.decode();
                    self.fade_in();
                    self.ahead.extend_from_slice(&self.decoded);
                }
                Next::Excess => {
                    self.decode();
                    std::mem::swap(&mut self.left_out, &mut self.decoded);
                }
                Next::Lost => {
                    // Opus may have a copy of it in the packet that follows.
                    let (decoded, usual) = (&mut self.decoded, self.usual);
                    match self.jitter.following() {
                        Some(next) => self.decoder.recover(next, usual, decoded),
                        None => self.decoder.conceal(usual, decoded),
                    }
                    self.ahead.extend_from_slice(&self.decoded);
                }
                Next::Starved => {
                    let missing = whole - self.ahead.len();
                    self.decoder.conceal(missing, &mut self.decoded);
                    self.ahead.extend_from_slice(&self.decoded);
                }
                Next::Nothing => break,
            }
        }
        if let Some((at, mut pause)) = ended {
            // Packets shorter than a tick: the first of the talk is at its end.
            self.decoded.clear();
            pause.make(whole.saturating_sub(self.ahead.len()), &mut self.decoded);
            self.ahead.splice(at..at, self.decoded.drain(..));
        }
        if let Some(pause) = &mut self.pause {
            pause.make(whole.saturating_sub(self.ahead.len()), &mut self.ahead);
        }
        if self.ahead.is_empty() {
            *frame = Frame::silence(rate_hz);
            return false;
        }
        let taken = self.ahead.len().min(whole);
        *frame = Frame::of(rate_hz, self.ahead.get(..taken).unwrap_or_default());
        self.ahead.drain(..taken);
        while frame.len() < whole {
            frame.push(0);
        }
        true
    }

    fn begin_pause(&mut self) {
        let Some(noise) = Noise::read(&self.payload) else {
            return;
        };
        match &mut self.pause {
            Some(pause) => pause.turn_to(noise),
            None => self.pause = Some(Source::new(noise)),
        }
    }

    /// What cannot be read is taken for lost.
    fn decode(&mut self) {
        match self.decoder.decode(&self.payload, &mut self.decoded) {
            Ok(()) => self.usual = self.decoded.len(),
            Err(_) => self.decoder.conceal(self.usual, &mut self.decoded),
        }
    }

    /// A packet was left out: from its beginning the sound goes over to that of the next within 5 ms.
    fn fade_in(&mut self) {
        let length = (self.decoder.coding().rate_hz() / 200) as i32;
        let pairs = self.decoded.iter_mut().zip(self.left_out.drain(..));
        for (n, (new, old)) in (0..length).zip(pairs) {
            let mixed = (i32::from(*new) * n + i32::from(old) * (length - n)) / length;
            *new = mixed as i16;
        }
    }
}

impl std::fmt::Debug for Ear {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let coding = self.talk.as_ref().map(|talk| talk.decoder.coding());
        write!(f, "Ear({coding:?})")
    }
}
