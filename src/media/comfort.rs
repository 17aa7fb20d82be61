//! Comfort noise: what a line sounds like on which nobody speaks, told in a few bytes (RFC 3389).
//!
//! ```text
//! | level: 0 to 127 dB below overload | reflection coefficient 1 | 2 | … 10
//! ```

/// Most reflection coefficients that are read, and how many are written.
const ORDER: usize = 10;
/// Full scale.
const OVERLOAD: f64 = 32_768.0;
/// The coefficients are told in steps of this from 127, which is none (RFC 3389 §3.2).
const STEP: f64 = 258.0 / 32_768.0;

/// What a noise sounds like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// In dB below overload.
    level: u8,
    /// Between -1 and 1.
    reflections: [f64; ORDER],
}

impl Noise {
    /// `None` for no bytes. Coefficients beyond those that are known are left out, as the RFC allows.
    pub fn read(payload: &[u8]) -> Option<Noise> {
        let (level, told) = payload.split_first()?;
        let mut reflections = [0.0; ORDER];
        for (reflection, &told) in reflections.iter_mut().zip(told) {
            // 255 is reserved; the edge is not quite reached, or the filter would ring for ever.
            *reflection = (STEP * (f64::from(told) - 127.0)).clamp(-0.98, 0.98);
        }
        Some(Noise {
            level: level & 0x7f,
            reflections,
        })
    }

    /// Over what lies in `payload`.
    pub fn write(&self, payload: &mut Vec<u8>) {
        payload.clear();
        payload.push(self.level & 0x7f);
        payload.extend(
            self.reflections
                .iter()
                .map(|k| (k / STEP + 127.0).round().clamp(0.0, 254.0) as u8),
        );
    }

    /// What `samples` sound like, which should be noise: 20 ms or more.
    pub fn of(samples: &[i16]) -> Noise {
        let mut alike = [0.0; ORDER + 1];
        for (lag, alike) in alike.iter_mut().enumerate() {
            let later = samples.get(lag..).unwrap_or_default();
            *alike = samples
                .iter()
                .zip(later)
                .map(|(&a, &b)| f64::from(a) * f64::from(b))
                .sum();
        }
        let mean = alike.first().copied().unwrap_or_default() / samples.len().max(1) as f64;
        let level = -20.0 * (mean.sqrt() / OVERLOAD).max(1e-9).log10();
        Noise {
            level: level.round().clamp(0.0, 127.0) as u8,
            reflections: reflections(&alike),
        }
    }

    /// In dB below overload.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// How well it can be foreseen, in dB: white noise not at all, that of a room by a few, a tone by 14 and more.
    pub fn pitch_db(&self) -> f64 {
        let left: f64 = self.reflections.iter().map(|k| 1.0 - k * k).product();
        -10.0 * left.max(1e-9).log10()
    }
}

/// Levinson's and Durbin's recursion: from how a noise is like itself, later, to the reflections of a pipe that
/// makes it.
fn reflections(alike: &[f64; ORDER + 1]) -> [f64; ORDER] {
    let mut reflections = [0.0; ORDER];
    let mut predictor = [0.0; ORDER + 1];
    let mut error = alike.first().copied().unwrap_or_default() * 1.0001;
    for order in 1..=ORDER {
        if error <= 0.0 {
            break;
        }
        let told: f64 = (1..order).map(|n| predictor[n] * alike[order - n]).sum();
        let k = ((alike[order] - told) / error).clamp(-0.98, 0.98);
        let before = predictor;
        predictor[order] = k;
        for n in 1..order {
            predictor[n] = before[n] - k * before[order - n];
        }
        error *= 1.0 - k * k;
        reflections[order - 1] = k;
    }
    reflections
}

/// Makes noise for as long as it is asked.
pub struct Source {
    noise: Noise,
    /// What white noise must measure to come out at the level.
    gain: f64,
    /// The pipe: what runs back in it.
    back: [f64; ORDER],
    chance: u32,
}

impl Source {
    pub fn new(noise: Noise) -> Source {
        let mut source = Source {
            noise,
            gain: 0.0,
            back: [0.0; ORDER],
            chance: 0x9e37_79b9,
        };
        source.turn_to(noise);
        source
    }

    /// Another noise, without a click.
    pub fn turn_to(&mut self, noise: Noise) {
        let level = OVERLOAD * 10f64.powf(-f64::from(noise.level) / 20.0);
        let through: f64 = noise.reflections.iter().map(|k| 1.0 - k * k).product();
        self.gain = level * through.sqrt();
        self.noise = noise;
    }

    /// Appends `count` samples.
    pub fn make(&mut self, count: usize, samples: &mut Vec<i16>) {
        for _ in 0..count {
            // An all-pole lattice: from its far end to its mouth.
            let mut forth = self.white() * self.gain;
            for n in (0..ORDER).rev() {
                let k = self.noise.reflections[n];
                forth += k * self.back[n];
                if let Some(next) = self.back.get(n).map(|back| back - k * forth)
                    && let Some(place) = self.back.get_mut(n + 1)
                {
                    *place = next;
                }
            }
            self.back[0] = forth;
            samples.push(forth.round().clamp(-32_768.0, 32_767.0) as i16);
        }
    }

    /// Between -√3 and √3, so that its root mean square is 1.
    fn white(&mut self) -> f64 {
        self.chance ^= self.chance << 13;
        self.chance ^= self.chance >> 17;
        self.chance ^= self.chance << 5;
        (f64::from(self.chance) / f64::from(u32::MAX) * 2.0 - 1.0) * 3f64.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::{decibels, rms};

    #[test]
    fn noise_that_is_told_sounds_as_it_was() {
        for (tilt, loudness) in [(0.0, 300.0), (0.7, 300.0), (-0.6, 1_000.0), (0.9, 40.0)] {
            let original = hiss(tilt, loudness);
            let told = Noise::of(&original);
            let mut payload = Vec::new();
            told.write(&mut payload);
            assert_eq!(payload.len(), 11);
            let read = Noise::read(&payload).unwrap();
            let mut again = Vec::new();
            Source::new(read).make(16_000, &mut again);
            let again = &again[1_000..];
            let off = decibels(rms(again) / rms(&original));
            assert!(off.abs() < 1.5, "{tilt}: {off} dB");
            let (was, is) = (likeness(&original), likeness(again));
            assert!((was - is).abs() < 0.08, "{tilt}: {was} became {is}");
        }
    }

    #[test]
    fn a_level_alone_is_white_noise_of_that_level() {
        let noise = Noise::read(&[50]).unwrap();
        assert_eq!(noise.level(), 50);
        let mut samples = Vec::new();
        Source::new(noise).make(16_000, &mut samples);
        let level = decibels(rms(&samples) / OVERLOAD);
        assert!((-50.5..-49.5).contains(&level), "{level} dB");
        assert!(likeness(&samples).abs() < 0.05);
        assert_eq!(Noise::read(&[]), None);
    }

    #[test]
    fn no_payload_makes_it_howl() {
        let mut chance = 1u32;
        for _ in 0..2_000 {
            let payload: Vec<u8> = (0..14)
                .map(|_| {
                    chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    if chance >> 30 == 0 {
                        255
                    } else {
                        (chance >> 24) as u8
                    }
                })
                .collect();
            let noise = Noise::read(&payload).unwrap();
            let mut samples = Vec::new();
            Source::new(noise).make(800, &mut samples);
            let told = OVERLOAD * 10f64.powf(-f64::from(noise.level()) / 20.0);
            assert!(rms(&samples) <= told * 3.0 + 1.0, "{payload:?}");
        }
    }

    #[test]
    fn silence_is_told_as_silence() {
        let noise = Noise::of(&[0; 160]);
        assert_eq!(noise.level(), 127);
        let mut samples = Vec::new();
        Source::new(noise).make(160, &mut samples);
        assert!(samples.iter().all(|sample| *sample == 0));
        assert_eq!(Noise::of(&[]).level(), 127);
    }

    /// Noise in which each sample takes `tilt` of the one before.
    fn hiss(tilt: f64, loudness: f64) -> Vec<i16> {
        let mut white = Source::new(Noise::read(&[0]).unwrap());
        let mut last = 0.0;
        let level = loudness * (1.0f64 - tilt * tilt).sqrt();
        (0..8_000)
            .map(|_| {
                last = tilt * last + white.white() * level;
                last as i16
            })
            .collect()
    }

    /// Of each sample to the one before it.
    fn likeness(sound: &[i16]) -> f64 {
        let product: f64 = sound
            .windows(2)
            .map(|p| f64::from(p[0]) * f64::from(p[1]))
            .sum();
        product / sound.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>()
    }
}
