//! The one tone that a piece of sound may be: its frequency, and what part of the sound it is.

use std::f32::consts::TAU;

use super::RATE_HZ;

/// How far from the first guess its neighbours are asked, in Hz.
const NEAR: f32 = 20.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sine {
    pub hz: f32,
    /// Of all the power, 0 to 1.
    pub share: f32,
}

/// `energy` is the sum of the squares.
pub fn fit(samples: &[f32], energy: f32) -> Sine {
    let guess = guess(samples);
    let power = |hz: f32| power_at(samples, hz);
    let (low, mid, high) = (power(guess - NEAR), power(guess), power(guess + NEAR));
    // The top of the parabola through the three.
    let bend = low - 2.0 * mid + high;
    let off = match bend < 0.0 {
        true => (0.5 * (low - high) / bend * NEAR).clamp(-NEAR, NEAR),
        false => 0.0,
    };
    let hz = guess + off;
    let share = 2.0 * power(hz) / (energy * samples.len() as f32).max(1.0);
    Sine { hz, share }
}

/// By Pisarenko: for one sine the two nearest lags of the autocorrelation tell its frequency, whatever white noise there
/// is besides.
fn guess(samples: &[f32]) -> f32 {
    let lag = |by: usize| -> f32 {
        let later = samples.iter().skip(by);
        later.zip(samples).map(|(a, b)| a * b).sum()
    };
    let (one, two) = (lag(1), lag(2));
    let root = (two * two + 8.0 * one * one).sqrt();
    let cosine = match one.abs() > 1.0 {
        true => ((two + root) / (4.0 * one)).clamp(-1.0, 1.0),
        false => 0.0,
    };
    cosine.acos() / TAU * RATE_HZ as f32
}

/// The square of the sum against a turning pointer (Goertzel).
fn power_at(samples: &[f32], hz: f32) -> f32 {
    let twice = 2.0 * (TAU * hz / RATE_HZ as f32).cos();
    let (mut now, mut before) = (0f32, 0f32);
    for sample in samples {
        (now, before) = (sample + twice * now - before, now);
    }
    (now * now + before * before - twice * now * before).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::tone;

    #[test]
    fn a_tone_is_told_by_its_frequency_also_in_noise() {
        let mut chance = 1u32;
        for hz in (400..2_700).step_by(37) {
            for noise in [0.0, 0.1] {
                let samples: Vec<f32> = tone(RATE_HZ, f64::from(hz), 6_000.0, 160)
                    .into_iter()
                    .map(|sample| {
                        chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        let other = (chance >> 16) as f32 - 32_768.0;
                        f32::from(sample) + noise * 0.3 * other
                    })
                    .collect();
                let energy = samples.iter().map(|x| x * x).sum();
                let sine = fit(&samples, energy);
                assert!((sine.hz - hz as f32).abs() < 6.0, "{hz}, {noise}: {sine:?}");
                assert!(sine.share > 0.9, "{hz}, {noise}: {sine:?}");
            }
        }
    }
}
