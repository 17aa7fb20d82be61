//! What phones hear: the last moments of it, decoded, to be asked for its frequencies and levels, and to be compared
//! with what was said. Phones that say nothing are heard by identity (see [`super::sound`]).

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::media::Payload;
use crate::media::codec::{Coding, Decoder};
use crate::media::measure::{self, Likeness, Peak, level_at};
use crate::media::resample::Resampler;

/// How much is kept.
const KEPT: Duration = Duration::from_secs(3);
/// How much of it is asked for its frequencies.
const LATELY: Duration = Duration::from_millis(400);
/// Less of it tells no frequency.
const SHORTEST: Duration = Duration::from_millis(50);
/// Whoever got nothing for this long hears nothing.
const SILENT: Duration = Duration::from_millis(100);
/// How far below all of it a tone of a chord is at most, in dB: one of ten alike is 10 below.
const BELOW_DB: f64 = 13.0;
/// Below it there is silence.
const SILENCE_DBFS: f64 = -50.0;
/// How late what was said may come.
const MOST_DELAY: Duration = Duration::from_millis(600);

/// The tapes of all phones: what they hear, by the address at which they hear, and what they say, by name.
#[derive(Default)]
pub struct Tapes {
    heard: BTreeMap<SocketAddr, Heard>,
    said: BTreeMap<String, Track>,
}

struct Heard {
    payload: Payload,
    decoder: Decoder,
    track: Track,
}

/// Whose sound something may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Original {
    /// What a phone says.
    Phone(String),
    /// What is played, from so long after the start of the world on.
    Clip { name: String, since: Duration },
}

/// Sound up to a moment.
#[derive(Clone)]
pub struct Track {
    rate_hz: u32,
    samples: VecDeque<i16>,
    end: Instant,
}

impl Tapes {
    /// A packet that goes to `to`.
    pub fn record(&mut self, to: SocketAddr, payload: &Payload, body: &[u8], now: Instant) {
        let known = self
            .heard
            .remove(&to)
            .filter(|tape| tape.payload == *payload);
        let tape = known.or_else(|| {
            let coding = Coding::of(payload.name, payload.clock_hz)?;
            Some(Heard {
                payload: payload.clone(),
                decoder: Decoder::new(coding),
                track: Track::new(coding.rate_hz(), now),
            })
        });
        let Some(mut tape) = tape else { return };
        let mut samples = Vec::new();
        if tape.decoder.decode(body, &mut samples).is_err() {
            return;
        }
        tape.track.add(&samples, now);
        self.heard.insert(to, tape);
    }

    /// What a phone says at this moment.
    pub fn say(&mut self, phone: &str, rate_hz: u32, samples: &[i16], now: Instant) {
        let known = self.said.entry(phone.to_string());
        known
            .or_insert_with(|| Track::new(rate_hz, now))
            .add(samples, now);
    }

    /// Whether what is heard at `address` is loud at all.
    pub fn sounds(&self, address: SocketAddr, now: Instant) -> bool {
        self.recent(address, now)
            .is_some_and(|(_, sound)| measure::dbfs(&sound) > SILENCE_DBFS)
    }

    /// The level of this frequency, in dBFS, where it is one of those that are heard at `address`.
    pub fn tone(&self, address: SocketAddr, hz: u32, now: Instant) -> Option<f64> {
        let (rate_hz, sound) = self.recent(address, now)?;
        let (all, level) = (
            measure::dbfs(&sound),
            level_at(rate_hz, f64::from(hz), &sound),
        );
        (all > SILENCE_DBFS && level > all - BELOW_DB).then_some(level)
    }

    /// The frequencies that are heard at `address`, loudest first.
    pub fn tones(&self, address: SocketAddr, now: Instant) -> Vec<Peak> {
        let recent = self.recent(address, now);
        recent.map_or_else(Vec::new, |(rate_hz, sound)| measure::peaks(rate_hz, &sound))
    }

    /// What is heard at `address`; `None` where nothing is just now.
    pub fn heard(&self, address: SocketAddr, now: Instant) -> Option<&Track> {
        let track = &self.heard.get(&address)?.track;
        track.is_fresh(now).then_some(track)
    }

    /// What a phone says; `None` where it says nothing just now.
    pub fn said(&self, phone: &str, now: Instant) -> Option<&Track> {
        let track = self.said.get(phone)?;
        track.is_fresh(now).then_some(track)
    }

    fn recent(&self, address: SocketAddr, now: Instant) -> Option<(u32, Vec<i16>)> {
        let track = &self.heard.get(&address)?.track;
        if now.duration_since(track.end) > SILENT || track.samples.len() < track.count(SHORTEST) {
            return None;
        }
        let count = track.count(LATELY).min(track.samples.len());
        let sound = track.samples.range(track.samples.len() - count..);
        Some((track.rate_hz, sound.copied().collect()))
    }
}

impl Track {
    /// The latest of some sound that ends at this moment.
    pub fn ending(rate_hz: u32, sound: &[i16], end: Instant) -> Track {
        let mut track = Track::new(rate_hz, end);
        let most = track.count(KEPT);
        let latest = sound.get(sound.len().saturating_sub(most)..);
        track.samples.extend(latest.unwrap_or_default());
        track
    }

    /// Sound that begins at a moment.
    pub fn beginning(rate_hz: u32, sound: &[i16], start: Instant) -> Track {
        let mut track = Track::new(rate_hz, start);
        track.samples.extend(sound);
        track.end = start + track.duration(sound.len());
        track
    }

    /// How like this is to what was said; `None` where either is silent, or they have nothing in common.
    pub fn liken(&self, said: &Track) -> Option<Likeness> {
        // What is above the telephone's band is lost wherever a line is narrow.
        let rate_hz = 8_000;
        let start = self.start().max(said.start());
        let (said, heard) = (said.since(start, rate_hz)?, self.since(start, rate_hz)?);
        measure::liken(rate_hz, &said, &heard, MOST_DELAY)
    }

    fn is_fresh(&self, now: Instant) -> bool {
        now.duration_since(self.end) <= SILENT
    }

    fn new(rate_hz: u32, now: Instant) -> Track {
        Track {
            rate_hz,
            samples: VecDeque::new(),
            end: now,
        }
    }

    /// A pause before is silence, and a long one a new beginning.
    fn add(&mut self, samples: &[i16], now: Instant) {
        let lasts = self.duration(samples.len());
        let pause = now.duration_since(self.end).saturating_sub(lasts);
        if pause > SILENT {
            self.samples.clear();
        } else if !self.samples.is_empty() && pause > lasts / 2 {
            let missing = self.count(pause);
            self.samples.extend(std::iter::repeat_n(0, missing));
        }
        self.samples.extend(samples);
        let most = self.count(KEPT);
        let over = self.samples.len().saturating_sub(most);
        self.samples.drain(..over);
        self.end = now;
    }

    fn start(&self) -> Instant {
        self.end - self.duration(self.samples.len())
    }

    /// At another rate.
    fn since(&self, start: Instant, rate_hz: u32) -> Option<Vec<i16>> {
        let skipped = self.count(start.saturating_duration_since(self.start()));
        let sound: Vec<i16> = self.samples.iter().skip(skipped).copied().collect();
        let mut out = Vec::new();
        Resampler::new(self.rate_hz, rate_hz)
            .ok()?
            .resample(&sound, &mut out);
        Some(out)
    }

    fn count(&self, time: Duration) -> usize {
        (time.as_secs_f64() * f64::from(self.rate_hz)).round() as usize
    }

    fn duration(&self, count: usize) -> Duration {
        Duration::from_secs_f64(count as f64 / f64::from(self.rate_hz))
    }
}
