//! Sound to payloads and back: one file per codec, mono, 16 bits a sample.
//!
//! Samples go at [`Coding::rate_hz`], which is the codec's own; timestamps count by [`Coding::clock_hz`].

mod conceal;
mod g711;
mod g722;
mod hush;
mod l16;
mod opus;

use conceal::Concealer;

/// What a codec says beyond its name and clock is not needed: one channel, and packets that tell their own length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// 64 kbit/s.
    G722,
    /// RFC 3551 §4.5.11: big-endian samples as they are.
    L16 { rate_hz: u32 },
    /// RFC 7587.
    Opus,
}

/// Most sound that one packet may hold, in milliseconds: the longest packet of Opus (RFC 6716 §3.2).
pub const LONGEST_MS: u32 = 120;

/// A payload that its codec cannot read; what the decoder knows is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no payload of this codec")]
pub struct Unreadable;

/// A length that the codec has no packet for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no packet of this codec holds so much sound")]
pub struct WrongLength;

impl Coding {
    /// By the name and clock of an rtpmap; `None` for what is no sound, or none that is spoken here.
    pub fn of(name: &str, clock_hz: u32) -> Option<Coding> {
        let named = |known: &str| name.eq_ignore_ascii_case(known);
        match clock_hz {
            8_000 if named("PCMU") => Some(Coding::Pcmu),
            8_000 if named("PCMA") => Some(Coding::Pcma),
            // RFC 3551 §4.5.2: the clock is a mistake that was kept. 16000 is what some phones write.
            8_000 | 16_000 if named("G722") => Some(Coding::G722),
            8_000 | 16_000 | 48_000 if named("L16") => Some(Coding::L16 { rate_hz: clock_hz }),
            48_000 if named("opus") => Some(Coding::Opus),
            _ => None,
        }
    }

    /// Samples a second, of what goes into the encoder and comes out of the decoder.
    pub fn rate_hz(self) -> u32 {
        match self {
            Coding::Pcmu | Coding::Pcma => 8_000,
            Coding::G722 => 16_000,
            Coding::L16 { rate_hz } => rate_hz,
            Coding::Opus => 48_000,
        }
    }

    /// Ticks a second of the timestamps: for G.722 it is not the rate.
    pub fn clock_hz(self) -> u32 {
        match self {
            Coding::G722 => 8_000,
            _ => self.rate_hz(),
        }
    }

    /// How many samples a payload holds, without decoding it; `None` where it is none of this codec's.
    pub fn samples_in(self, payload: &[u8]) -> Option<usize> {
        let samples = match self {
            Coding::Pcmu | Coding::Pcma => payload.len(),
            Coding::G722 => payload.len() * 2,
            Coding::L16 { .. } => l16::samples_in(payload)?,
            Coding::Opus => opus::samples_in(payload)?,
        };
        (1..=self.most()).contains(&samples).then_some(samples)
    }

    fn most(self) -> usize {
        (self.rate_hz() / 1_000 * LONGEST_MS) as usize
    }
}

/// Makes the payloads of one stream.
pub enum Encoder {
    Pcmu,
    Pcma,
    G722(Box<audio_codec::g722::G722Encoder>),
    L16,
    Opus(Box<opus::Encoder>),
}

impl Encoder {
    pub fn new(coding: Coding) -> Encoder {
        match coding {
            Coding::Pcmu => Encoder::Pcmu,
            Coding::Pcma => Encoder::Pcma,
            Coding::G722 => Encoder::G722(Box::default()),
            Coding::L16 { .. } => Encoder::L16,
            Coding::Opus => Encoder::Opus(Box::new(opus::Encoder::new())),
        }
    }

    /// From the next packet on: so many of a hundred packets are expected to be lost. Opus puts copies into packets of 10
    /// to 40 ms then (RFC 7587 §3.3), which only a receiver that takes them has use for; the others know no such thing.
    pub fn expect_loss(&mut self, percent: u8) {
        if let Encoder::Opus(encoder) = self {
            encoder.expect_loss(percent);
        }
    }

    /// Writes the payload of one packet over what lies in `payload`. Opus has packets of 2.5, 5, 10, 20, 40 and
    /// 60 ms; G.722 of an even number of samples; the others of any.
    pub fn encode(&mut self, samples: &[i16], payload: &mut Vec<u8>) -> Result<(), WrongLength> {
        payload.clear();
        match self {
            Encoder::Pcmu => payload.extend(samples.iter().copied().map(g711::to_ulaw)),
            Encoder::Pcma => payload.extend(samples.iter().copied().map(g711::to_alaw)),
            Encoder::G722(encoder) => g722::encode(encoder, samples, payload)?,
            Encoder::L16 => payload.extend(samples.iter().copied().flat_map(i16::to_be_bytes)),
            Encoder::Opus(encoder) => encoder.encode(samples, payload)?,
        }
        Ok(())
    }
}

/// Reads the payloads of one stream, and makes up what is lost of it.
pub struct Decoder {
    coding: Coding,
    state: State,
}

enum State {
    /// The codecs that have no concealment of their own.
    Plain {
        reader: Reader,
        concealer: Box<Concealer>,
    },
    Opus(Box<opus::Decoder>),
}

enum Reader {
    Pcmu,
    Pcma,
    G722(Box<audio_codec::g722::G722Decoder>),
    L16,
}

impl Decoder {
    pub fn new(coding: Coding) -> Decoder {
        let reader = match coding {
            Coding::Pcmu => Reader::Pcmu,
            Coding::Pcma => Reader::Pcma,
            Coding::G722 => Reader::G722(Box::default()),
            Coding::L16 { .. } => Reader::L16,
            Coding::Opus => {
                let state = State::Opus(Box::new(opus::Decoder::new()));
                return Decoder { coding, state };
            }
        };
        let concealer = Box::new(Concealer::new(coding.rate_hz()));
        let state = State::Plain { reader, concealer };
        Decoder { coding, state }
    }

    pub fn coding(&self) -> Coding {
        self.coding
    }

    /// Writes the sound of one packet over what lies in `samples`: at most [`LONGEST_MS`].
    pub fn decode(&mut self, payload: &[u8], samples: &mut Vec<i16>) -> Result<(), Unreadable> {
        samples.clear();
        let count = self.coding.samples_in(payload).ok_or(Unreadable)?;
        match &mut self.state {
            State::Opus(decoder) => decoder.decode(payload, count, samples),
            State::Plain { reader, concealer } => {
                match reader {
                    Reader::Pcmu => {
                        samples.extend(payload.iter().map(|&code| g711::from_ulaw(code)))
                    }
                    Reader::Pcma => {
                        samples.extend(payload.iter().map(|&code| g711::from_alaw(code)))
                    }
                    Reader::G722(decoder) => g722::decode(decoder, payload, count, samples)?,
                    Reader::L16 => l16::decode(payload, samples),
                }
                concealer.hear(samples);
                Ok(())
            }
        }
    }

    /// `count` samples in the place of a packet that did not come, over what lies in `samples`: what was heard
    /// last goes on and fades.
    pub fn conceal(&mut self, count: usize, samples: &mut Vec<i16>) {
        let count = count.min(self.coding.most());
        samples.clear();
        match &mut self.state {
            State::Opus(decoder) => decoder.conceal(count, samples),
            State::Plain { concealer, .. } => concealer.conceal(count, samples),
        }
    }

    /// As [`Decoder::conceal`], where the packet after the lost one is there already: Opus may carry a copy of
    /// what was lost (RFC 7587 §3.3). `next` is still to be decoded.
    pub fn recover(&mut self, next: &[u8], count: usize, samples: &mut Vec<i16>) {
        match &mut self.state {
            State::Opus(decoder) if Coding::Opus.samples_in(next).is_some() => {
                samples.clear();
                decoder.recover(next, count.min(Coding::Opus.most()), samples);
            }
            _ => self.conceal(count, samples),
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub use tests::SPEECH_WITH_COPIES;
