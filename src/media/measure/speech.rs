//! Something like speech, made by rule: syllables of a gliding voice with the resonances of vowels, hisses and bursts
//! before them, words, phrases and pauses. It says nothing; but a detector of voices, keys or beeps, and a codec, take it
//! for what it imitates. The same seed speaks the same.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use super::peak_of;
use crate::base::Dice;
use crate::media::resample::Resampler;

/// The rate at which it is made.
pub const SPEECH_HZ: u32 = 16_000;
/// How loud vowels are, in dBFS.
const LEVEL_DBFS: f64 = -20.0;
/// The highest overtone.
const HIGHEST_HZ: f64 = 7_000.0;
/// The resonances of vowels, in Hz (Peterson and Barney, men).
const VOWELS: [[f64; 3]; 6] = [
    [730.0, 1_090.0, 2_440.0],
    [270.0, 2_290.0, 3_010.0],
    [300.0, 870.0, 2_240.0],
    [530.0, 1_840.0, 2_480.0],
    [570.0, 840.0, 2_410.0],
    [490.0, 1_350.0, 1_690.0],
];
/// How often the throat is moved, in samples: 5 ms.
const MOVE: u32 = 80;

/// A voice that goes on and on.
#[derive(Debug)]
pub struct Speech {
    dice: Dice,
    /// Of the resting voice, in Hz.
    pitch: f64,
    /// In turns.
    phase: f64,
    plan: VecDeque<Part>,
    part: Part,
    /// Samples since it began.
    at: u32,
    /// Of each overtone, from the first on.
    overtones: Vec<f64>,
    hiss: [f64; 2],
}

#[derive(Clone, Copy, Debug)]
struct Part {
    kind: Kind,
    /// In samples.
    lasts: u32,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Vowel {
        from: [f64; 3],
        to: [f64; 3],
        /// In Hz.
        pitch: (f64, f64),
    },
    /// `s`, `f`, `sh`: noise around a frequency in Hz, softer than vowels by so many dB.
    Hiss {
        hz: f64,
        softer: f64,
    },
    Pause,
}

/// So many seconds of it.
pub fn speech(rate_hz: u32, seed: u64, seconds: f64) -> Vec<i16> {
    let mut sound = vec![0; (seconds * f64::from(SPEECH_HZ)) as usize];
    Speech::new(seed).fill(&mut sound);
    match Resampler::new(SPEECH_HZ, rate_hz) {
        Ok(mut resampler) => {
            let mut out = Vec::new();
            resampler.resample(&sound, &mut out);
            out
        }
        Err(_) => Vec::new(),
    }
}

impl Speech {
    pub fn new(seed: u64) -> Speech {
        let mut dice = Dice::from_seed(seed);
        let pitch = between(&mut dice, 95.0, 210.0);
        Speech {
            dice,
            pitch,
            phase: 0.0,
            plan: VecDeque::new(),
            part: Part {
                kind: Kind::Pause,
                lasts: 0,
            },
            at: 0,
            overtones: Vec::new(),
            hiss: [0.0; 2],
        }
    }

    /// The next samples, at [`SPEECH_HZ`]. It begins to speak at once.
    pub fn fill(&mut self, sound: &mut [i16]) {
        for sample in sound {
            *sample = self.next() as i16;
        }
    }

    fn next(&mut self) -> f64 {
        while self.at >= self.part.lasts {
            if self.plan.is_empty() {
                self.plan_phrase();
            }
            self.part = self.plan.pop_front().unwrap_or(self.part);
            self.at = 0;
        }
        let Part { kind, lasts } = self.part;
        let gone = f64::from(self.at) / f64::from(lasts);
        let swells = envelope(self.at, lasts);
        let sample = match kind {
            Kind::Pause => 0.0,
            Kind::Vowel { from, to, pitch } => {
                let pitch = pitch.0 + (pitch.1 - pitch.0) * gone;
                if self.at.is_multiple_of(MOVE) {
                    self.shape(pitch, &from, &to, gone);
                }
                self.phase = (self.phase + pitch / f64::from(SPEECH_HZ)).fract();
                self.sing() * swells
            }
            Kind::Hiss { hz, softer } => self.noise(hz) * peak_of(LEVEL_DBFS - softer) * swells,
        };
        self.at += 1;
        sample.clamp(-32_768.0, 32_767.0)
    }

    /// Two to five words of one to three syllables, and a pause.
    fn plan_phrase(&mut self) {
        let words = 2 + self.dice.below(4);
        for word in 0..words {
            // The voice falls towards the end.
            let falls = 1.12 - 0.25 * word as f64 / words as f64;
            for _ in 0..=self.dice.below(3) {
                self.plan_syllable(falls);
            }
            self.pause(20.0, 90.0);
        }
        self.pause(300.0, 800.0);
    }

    fn plan_syllable(&mut self, falls: f64) {
        let dice = &mut self.dice;
        match dice.below(10) {
            0..4 => {
                let kind = Kind::Hiss {
                    hz: between(dice, 2_200.0, 6_000.0),
                    softer: between(dice, 8.0, 16.0),
                };
                let lasts = length(dice, 50.0, 110.0);
                self.plan.push_back(Part { kind, lasts });
            }
            4..7 => {
                self.pause(30.0, 60.0);
                let dice = &mut self.dice;
                let kind = Kind::Hiss {
                    hz: between(dice, 900.0, 4_000.0),
                    softer: between(dice, 4.0, 9.0),
                };
                let lasts = length(dice, 10.0, 20.0);
                self.plan.push_back(Part { kind, lasts });
            }
            _ => {}
        }
        let dice = &mut self.dice;
        let vowel = |dice: &mut Dice| {
            let which = dice.below(VOWELS.len() as u64) as usize;
            VOWELS
                .get(which)
                .copied()
                .unwrap_or([500.0, 1_500.0, 2_500.0])
        };
        let start = self.pitch * falls * between(dice, 0.92, 1.12);
        let kind = Kind::Vowel {
            from: vowel(dice),
            to: vowel(dice),
            pitch: (start, start * between(dice, 0.85, 1.08)),
        };
        let lasts = length(dice, 110.0, 230.0);
        self.plan.push_back(Part { kind, lasts });
    }

    fn pause(&mut self, from_ms: f64, to_ms: f64) {
        let lasts = length(&mut self.dice, from_ms, to_ms);
        self.plan.push_back(Part {
            kind: Kind::Pause,
            lasts,
        });
    }

    /// The overtones of a moment, whose sum is as loud at every moment.
    fn shape(&mut self, pitch: f64, from: &[f64; 3], to: &[f64; 3], gone: f64) {
        let mut formants: Vec<(f64, f64, f64)> = from
            .iter()
            .zip(to)
            .zip([(1.0, 70.0), (0.6, 90.0), (0.3, 130.0)])
            .map(|((from, to), (gain, width))| (from + (to - from) * gone, gain, width))
            .collect();
        formants.extend([(3_600.0, 0.15, 200.0), (5_200.0, 0.05, 400.0)]);
        let strength = |hz: f64| -> f64 {
            let resonances = formants.iter();
            resonances
                .map(|(at, gain, width)| gain / (1.0 + ((hz - at) / width).powi(2)))
                .sum::<f64>()
                + 0.01
        };
        let count = (HIGHEST_HZ / pitch) as u32;
        self.overtones.clear();
        self.overtones
            .extend((1..=count).map(|nth| strength(f64::from(nth) * pitch)));
        let power: f64 = self.overtones.iter().map(|x| x * x).sum();
        let loud = peak_of(LEVEL_DBFS) / power.sqrt().max(1e-9);
        self.overtones.iter_mut().for_each(|x| *x *= loud);
    }

    /// All overtones together: each sine from the two before it.
    fn sing(&self) -> f64 {
        let (sin, cos) = (TAU * self.phase).sin_cos();
        let (mut before, mut sine, mut sum) = (0.0, sin, 0.0);
        for strength in &self.overtones {
            sum += strength * sine;
            (before, sine) = (sine, 2.0 * cos * sine - before);
        }
        sum
    }

    /// Noise around a frequency, as loud as a sine of peak 1.
    fn noise(&mut self, hz: f64) -> f64 {
        const SHARP: f64 = 0.8;
        let white = self.dice.below(1 << 20) as f64 / f64::from(1u32 << 19) - 1.0;
        let turn = TAU * hz / f64::from(SPEECH_HZ);
        let [one, two] = self.hiss;
        let out = white + 2.0 * SHARP * turn.cos() * one - SHARP * SHARP * two;
        self.hiss = [out, one];
        out * 0.55
    }
}

/// It swells within 15 ms, and fades as fast.
fn envelope(at: u32, lasts: u32) -> f64 {
    let edge = (SPEECH_HZ * 15 / 1_000).min(lasts / 3).max(1);
    let near = at.min(lasts.saturating_sub(at));
    let gone = (f64::from(near) / f64::from(edge)).min(1.0);
    0.5 - 0.5 * (gone * TAU / 2.0).cos()
}

fn between(dice: &mut Dice, low: f64, high: f64) -> f64 {
    low + (high - low) * dice.below(1 << 20) as f64 / f64::from(1u32 << 20)
}

/// In samples.
fn length(dice: &mut Dice, from_ms: f64, to_ms: f64) -> u32 {
    (between(dice, from_ms, to_ms) * f64::from(SPEECH_HZ) / 1_000.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::{dbfs, peaks};

    #[test]
    fn it_is_as_loud_as_a_voice_and_pauses_like_one() {
        for seed in 1..6 {
            let sound = speech(8_000, seed, 20.0);
            let moments: Vec<f64> = sound.chunks(160).map(dbfs).collect();
            let share = |from: f64, to: f64| {
                let within = moments.iter().filter(|db| (from..to).contains(*db));
                within.count() as f64 / moments.len() as f64
            };
            let (loud, silent) = (share(-25.0, -12.0), share(-300.0, -60.0));
            assert!((0.3..0.7).contains(&loud), "{seed}: {loud} loud");
            assert!((0.15..0.5).contains(&silent), "{seed}: {silent} silent");
            let loudest = sound.iter().map(|x| x.unsigned_abs()).max();
            assert!(loudest < Some(32_000), "{seed}: {loudest:?}");
        }
    }

    #[test]
    fn the_same_seed_speaks_the_same_and_another_has_another_voice() {
        assert_eq!(speech(8_000, 7, 1.0), speech(8_000, 7, 1.0));
        assert_ne!(speech(8_000, 7, 1.0), speech(8_000, 8, 1.0));
        let sound = speech(8_000, 7, 4.0);
        assert!(peaks(8_000, &sound[..4_000]).len() > 5);
    }
}
