//! What a leg's sound means beyond words: whether somebody speaks, the tones of exchanges and answering machines, and
//! who has picked up. All of it is counted in ticks of 20 ms, whether packets come or not, and costs only where a
//! script has asked for it.
//!
//! ```text
//! Ear ─▸ Frame ─▸ 8 kHz ─▸ Sight: how loud, a voice, one tone, a pair of tones ─┬▸ Detector  somebody speaks
//!                                                                              ├▸ Progress  busy, ringback, a beep
//!                                                                              ├▸ Beep      what a script waits for
//!                                                                              └▸ Party     a human or a machine
//! ```
//!
//! There is no model here that was trained on anything: these are measurements and rules, each with its numbers beside
//! it, and they err as such rules do.

mod beep;
mod party;
mod progress;
mod sight;
mod sine;
pub mod speech;

use serde::{Deserialize, Serialize};

use crate::media::frame::Frame;
use crate::media::resample::Resampler;

pub use beep::{Beep, Heard};
pub use party::{Party, Verdict, Who};
pub use progress::Tone;
use sight::Sight;
use speech::Detector;

/// What the detectors hear; resample before.
pub const RATE_HZ: u32 = 8_000;
/// Samples of a tick.
const TICK: usize = 160;
/// How long a tick lasts, in milliseconds.
const TICK_MS: u32 = 20;

/// What is to be listened for on a leg from now on, or no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Each change between speech and silence.
    Voice(bool),
    /// The first tone of an exchange or an answering machine.
    Tones(bool),
    Beep(Option<Beep>),
    /// Who has picked up; while it is being found out, what is asked for takes the place of what was.
    Party(Option<Party>),
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// Somebody begins to speak, or has fallen silent.
    Voice { active: bool },
    /// Said once; then it is listened for no more.
    Tone(Tone),
    /// As above.
    Beep(Heard),
    /// As above.
    Party(Verdict),
}

/// All that is listened for on one leg.
#[derive(Debug, Default)]
pub struct Senses {
    resampler: Option<Resampler>,
    samples: Vec<i16>,
    sight: sight::Eye,
    voice: Option<Detector>,
    tones: Option<progress::Progress>,
    beep: Option<beep::Wait>,
    party: Option<party::Judge>,
}

impl Senses {
    pub fn obey(&mut self, wish: Wish) {
        match wish {
            Wish::Voice(true) => drop(self.voice.get_or_insert_default()),
            Wish::Voice(false) => self.voice = None,
            Wish::Tones(true) => drop(self.tones.get_or_insert_default()),
            Wish::Tones(false) => self.tones = None,
            Wish::Beep(beep) => self.beep = beep.map(beep::Wait::new),
            Wish::Party(None) => self.party = None,
            Wish::Party(Some(party)) => match &mut self.party {
                Some(judge) => judge.ask_again(party),
                None => self.party = Some(party::Judge::new(party)),
            },
        }
    }

    /// Nothing is listened for.
    pub fn are_idle(&self) -> bool {
        self.voice.is_none() && self.tones.is_none() && self.beep.is_none() && self.party.is_none()
    }

    /// The frame of a tick, at any rate.
    pub fn hear(&mut self, frame: &Frame, mut found: impl FnMut(Found)) {
        if frame.rate_hz == RATE_HZ {
            self.samples.extend_from_slice(frame.samples());
        } else {
            let known = self.resampler.take();
            let known = known.filter(|known| known.from_hz() == frame.rate_hz);
            // A rate that cannot be brought to ours is not heard.
            self.resampler = known.or_else(|| Resampler::new(frame.rate_hz, RATE_HZ).ok());
            if let Some(resampler) = &mut self.resampler {
                resampler.resample(frame.samples(), &mut self.samples);
            }
        }
        while self.samples.len() >= TICK {
            let tonal = self.tones.is_some() || self.beep.is_some() || self.party.is_some();
            let tick = self.samples.get(..TICK).unwrap_or_default();
            let sight = self.sight.look(tick, tonal);
            self.samples.drain(..TICK);
            self.judge(sight, &mut found);
        }
    }

    fn judge(&mut self, sight: Sight, found: &mut impl FnMut(Found)) {
        let voice = self.voice.as_mut();
        if let Some(active) = voice.and_then(|voice| voice.hear(sight.band_dbfs)) {
            found(Found::Voice { active });
        }
        if let Some(tone) = self.tones.as_mut().and_then(|tones| tones.hear(&sight)) {
            self.tones = None;
            found(Found::Tone(tone));
        }
        if let Some(heard) = self.beep.as_mut().and_then(|beep| beep.hear(&sight)) {
            self.beep = None;
            found(Found::Beep(heard));
        }
        if let Some(verdict) = self.party.as_mut().and_then(|party| party.hear(&sight)) {
            self.party = None;
            found(Found::Party(verdict));
        }
    }
}

/// So many ticks as there are in so many milliseconds.
const fn ticks(ms: u32) -> u32 {
    ms / TICK_MS
}

#[cfg(test)]
mod tests;
