//! How sound is made and judged where it must be proved: by frequency, level, delay and likeness. For tests here and in
//! `tests/`, and for the phones of [`crate::sim`].
//!
//! Levels are in dBFS: a sine whose peak is full scale is at 0 (AES17), so a voice at -20 is a loud one.

mod likeness;
mod spectrum;
mod speech;

use std::f64::consts::TAU;

pub use likeness::{Likeness, delay, distance, liken};
pub use spectrum::{Peak, level_at, peaks};
pub use speech::{SPEECH_HZ, Speech, speech};

/// The peak of a sine at 0 dBFS.
const FULL_SCALE: f64 = 32_767.0;

/// The peak of a sine at this level.
pub fn peak_of(dbfs: f64) -> f64 {
    FULL_SCALE * 10f64.powf(dbfs / 20.0)
}

/// The level of all of it together; what has no samples is as silent as can be.
pub fn dbfs(sound: &[i16]) -> f64 {
    decibels(rms(sound) * 2f64.sqrt() / FULL_SCALE)
}

/// A sine of `level` (its peak) at `hz`.
pub fn tone(rate_hz: u32, hz: f64, level: f64, count: usize) -> Vec<i16> {
    let step = TAU * hz / f64::from(rate_hz);
    (0..count)
        .map(|n| (level * (step * n as f64).sin()).round() as i16)
        .collect()
}

/// Of a tone at `hz` whose peak should be 10,000: by how many dB it is off, and what else there is, in dB below it.
pub fn level_of(rate_hz: u32, hz: f64, sound: &[i16]) -> (f64, f64) {
    let (peak, rest) = fit(rate_hz, hz, sound);
    (
        decibels(peak / 10_000.0),
        decibels(rest / (peak / 2f64.sqrt())),
    )
}

/// The peak of the sine at `hz` that fits best, and the root mean square of what is left without it.
pub fn fit(rate_hz: u32, hz: f64, sound: &[i16]) -> (f64, f64) {
    let step = TAU * hz / f64::from(rate_hz);
    let (mut ss, mut cc, mut sc, mut ys, mut yc) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (n, &y) in sound.iter().enumerate() {
        let (s, c) = (step * n as f64).sin_cos();
        let y = f64::from(y);
        (ss, cc, sc, ys, yc) = (ss + s * s, cc + c * c, sc + s * c, ys + y * s, yc + y * c);
    }
    let whole = ss * cc - sc * sc;
    let (a, b) = ((ys * cc - yc * sc) / whole, (yc * ss - ys * sc) / whole);
    let rest = sound.iter().enumerate().map(|(n, &y)| {
        let (s, c) = (step * n as f64).sin_cos();
        (f64::from(y) - a * s - b * c).powi(2)
    });
    let rest = (rest.sum::<f64>() / sound.len() as f64).sqrt();
    (a.hypot(b), rest)
}

pub fn decibels(ratio: f64) -> f64 {
    20.0 * ratio.max(1e-9).log10()
}

pub fn rms(sound: &[i16]) -> f64 {
    let sum: f64 = sound.iter().map(|&s| f64::from(s).powi(2)).sum();
    (sum / sound.len().max(1) as f64).sqrt()
}
