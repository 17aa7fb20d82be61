//! The disk of a world: what recorders have written, in memory, and a disk that is full or cannot be written.

use crate::base::SoundId;
use std::f64::consts::TAU;
use std::time::Duration;

use crate::base::recording::{Format, News, Wish};
use crate::media::Cut;
use crate::media::measure::level_at;
use crate::settings::sound::Recordings;

/// Below this amplitude a tone is not there: -50 dB of full scale.
const FAINT: f64 = 100.0;
/// The part of the power that a tone has at least.
const SHARE: f64 = 0.1;

/// What makes links of a simulation ones of ours is this, again and again; no log and no journal tells it.
pub const SEAL: &str = "5ea1";
/// Samples that are kept of all recordings; of what comes later only how long it is.
const MOST_SAMPLES: usize = 32 << 20;

/// All recordings, in the order in which they have begun.
#[derive(Debug, Default)]
pub struct Disk {
    recordings: Vec<Recording>,
    samples: usize,
    fault: Option<String>,
}

/// What is in a file, as it was recorded.
#[derive(Clone, Debug)]
pub struct Recording {
    unit: SoundId,
    /// It takes more.
    is_open: bool,
    pub format: Format,
    pub rate_hz: u32,
    /// Samples of each side.
    length: usize,
    /// All of it, or its left side.
    pub left: Vec<i16>,
    pub right: Option<Vec<i16>>,
}

/// Of a recording; one that is mono has but a left one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Either,
    Left,
    Right,
}

impl Side {
    /// `left` or `right`.
    pub fn named(name: Option<&str>) -> Option<Side> {
        match name {
            None => Some(Side::Either),
            Some("left") => Some(Side::Left),
            Some("right") => Some(Side::Right),
            Some(_) => None,
        }
    }
}

impl Recording {
    pub fn lasts(&self) -> Duration {
        Duration::from_secs_f64(self.length as f64 / f64::from(self.rate_hz.max(1)))
    }

    /// Whether this frequency has a part in it, between two moments of it or in all of it.
    pub fn has_tone(&self, side: Side, hz: u32, within: Option<(Duration, Duration)>) -> bool {
        self.tone(side, hz, within).is_some()
    }

    /// How loud it is there, in dBFS; `None` where it has no part in it.
    pub fn tone(&self, side: Side, hz: u32, within: Option<(Duration, Duration)>) -> Option<f64> {
        let rate = f64::from(self.rate_hz);
        let right = self.right.as_deref().unwrap_or_default();
        let sides = match side {
            Side::Either => vec![&self.left[..], right],
            Side::Left => vec![&self.left[..]],
            Side::Right => vec![right],
        };
        sides.into_iter().find_map(|samples| {
            let (from, to) = match within {
                Some((from, to)) => (from.as_secs_f64() * rate, to.as_secs_f64() * rate),
                None => (0.0, samples.len() as f64),
            };
            let piece = samples.get(from as usize..to as usize)?;
            let is_there = has_tone(piece, rate, hz);
            is_there.then(|| level_at(self.rate_hz, f64::from(hz), piece))
        })
    }
}

impl Disk {
    /// From now on nothing can be written; `None`: it works again. Returns whose recordings end by it.
    pub fn set_fault(&mut self, fault: Option<String>) -> Vec<(SoundId, News)> {
        self.fault = fault.clone();
        let Some(fault) = fault else {
            return Vec::new();
        };
        let open = self.recordings.iter_mut().filter(|own| own.is_open);
        let ended = open.map(|own| {
            own.is_open = false;
            let fault = Some(fault.clone());
            (own.unit, News::Ended { fault })
        });
        ended.collect()
    }

    pub fn handle(&mut self, unit: SoundId, wish: Wish, settings: &Recordings) -> Option<News> {
        match wish {
            Wish::Begin(sleeve) => {
                if let Some(fault) = self.fault.clone() {
                    let fault = Some(fault);
                    return Some(News::Ended { fault });
                }
                let format = sleeve.format.unwrap_or(settings.format);
                self.recordings.push(Recording {
                    unit,
                    is_open: true,
                    format,
                    rate_hz: sleeve.rate_hz,
                    length: 0,
                    left: Vec::new(),
                    right: sleeve.is_stereo.then(Vec::new),
                });
                let (count, prefix) = (self.recordings.len(), sleeve.prefix);
                let url = format!(
                    "http://127.0.0.1:8060/recordings/2025-01-01/{prefix}{count}.{}?expires=1735776000&signature={}",
                    format.ending(),
                    SEAL.repeat(16)
                );
                Some(News::Begun { url })
            }
            Wish::End => {
                if let Some(own) = self.open(unit) {
                    own.is_open = false;
                }
                None
            }
        }
    }

    /// 20 ms of a recorder's sound.
    pub fn take(&mut self, unit: SoundId, cut: &Cut) {
        let has_room = self.samples < MOST_SAMPLES;
        let Some(own) = self.open(unit) else {
            return;
        };
        own.length += cut.frame.len();
        if !has_room {
            return;
        }
        own.left.extend(cut.frame.samples());
        let mut taken = cut.frame.len();
        if let (Some(all), Some(right)) = (&mut own.right, &cut.right) {
            all.extend(right.samples());
            taken += right.len();
        }
        self.samples += taken;
    }

    /// In the order in which they have begun.
    pub fn recordings(&self) -> &[Recording] {
        &self.recordings
    }

    /// How many take more.
    pub fn open_files(&self) -> usize {
        self.recordings.iter().filter(|own| own.is_open).count()
    }

    fn open(&mut self, unit: SoundId) -> Option<&mut Recording> {
        let mut all = self.recordings.iter_mut();
        all.find(|own| own.unit == unit && own.is_open)
    }
}

/// Whether this frequency has a part in the sound: one bin of a Fourier transform.
fn has_tone(samples: &[i16], rate_hz: f64, hz: u32) -> bool {
    let step = TAU * f64::from(hz) / rate_hz;
    let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (sin, cos) = (step * n as f64).sin_cos();
        let sample = f64::from(*sample);
        re += sample * cos;
        im += sample * sin;
        power += sample * sample;
    }
    let count = samples.len().max(1) as f64;
    let amplitude = 2.0 * re.hypot(im) / count;
    amplitude > FAINT && amplitude * amplitude / 2.0 > SHARE * power / count
}
