//! What phones hear of the switchboard's own making: the last moments of it, decoded, to be asked for its
//! frequencies. Phones themselves are heard by identity (see [`super::sound`]).

use std::collections::{BTreeMap, VecDeque};
use std::f64::consts::TAU;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::media::Payload;
use crate::media::codec::{Coding, Decoder};

/// How much is kept.
const KEPT: Duration = Duration::from_millis(400);
/// Whoever got nothing for this long hears nothing.
const SILENT: Duration = Duration::from_millis(100);
/// The share of all power that a tone of a chord has at least.
const SHARE: f64 = 0.1;
/// Mean power below which there is silence: -50 dB of full scale.
const SILENCE: f64 = 10_000.0;

/// The tapes of all phones, by the address at which they hear.
#[derive(Default)]
pub struct Tapes {
    by_address: BTreeMap<SocketAddr, Tape>,
}

struct Tape {
    payload: Payload,
    decoder: Decoder,
    samples: VecDeque<i16>,
    last: Instant,
}

impl Tapes {
    /// A packet that goes to `to`.
    pub fn record(&mut self, to: SocketAddr, payload: &Payload, body: &[u8], now: Instant) {
        let known = self
            .by_address
            .remove(&to)
            .filter(|tape| tape.payload == *payload && now.duration_since(tape.last) <= SILENT);
        let tape = known.or_else(|| {
            Some(Tape {
                payload: payload.clone(),
                decoder: Decoder::new(Coding::of(payload.name, payload.clock_hz)?),
                samples: VecDeque::new(),
                last: now,
            })
        });
        let Some(mut tape) = tape else { return };
        let mut samples = Vec::new();
        if tape.decoder.decode(body, &mut samples).is_err() {
            return;
        }
        tape.samples.extend(samples);
        let most = tape.decoder.coding().rate_hz() as usize * KEPT.as_millis() as usize / 1_000;
        while tape.samples.len() > most {
            tape.samples.pop_front();
        }
        tape.last = now;
        self.by_address.insert(to, tape);
    }

    /// Whether what is heard at `address` is loud at all.
    pub fn sounds(&self, address: SocketAddr, now: Instant) -> bool {
        self.recent(address, now)
            .is_some_and(|tape| tape.power() > SILENCE)
    }

    /// Whether this frequency is one of those that are heard at `address`.
    pub fn has_tone(&self, address: SocketAddr, hz: u32, now: Instant) -> bool {
        let tape = self.recent(address, now);
        tape.is_some_and(|tape| tape.power() > SILENCE && tape.share_of(hz) > SHARE)
    }

    fn recent(&self, address: SocketAddr, now: Instant) -> Option<&Tape> {
        let tape = self.by_address.get(&address)?;
        (now.duration_since(tape.last) <= SILENT).then_some(tape)
    }
}

impl Tape {
    fn power(&self) -> f64 {
        let squares = self.samples.iter().map(|sample| f64::from(*sample).powi(2));
        squares.sum::<f64>() / self.samples.len().max(1) as f64
    }

    /// Which part of the power is at this frequency: one bin of a Fourier transform.
    fn share_of(&self, hz: u32) -> f64 {
        let step = TAU * f64::from(hz) / f64::from(self.decoder.coding().rate_hz());
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in self.samples.iter().enumerate() {
            let (sin, cos) = (step * n as f64).sin_cos();
            re += f64::from(*sample) * cos;
            im += f64::from(*sample) * sin;
        }
        let length = self.samples.len().max(1) as f64;
        let at_hz = 2.0 * (re * re + im * im) / (length * length);
        at_hz / self.power().max(1.0)
    }
}
