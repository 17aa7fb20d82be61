//! A whole sound at another rate, where media does not take its own: 11.025 kHz, 96 kHz and the like. A
//! sinc under a Kaiser window, computed once for the file; what changes rates on the way is elsewhere.

use std::f64::consts::PI;

use crate::media::Clip;

/// Zero crossings of the sinc to each side.
const REACH: f64 = 24.0;
/// Some 80 dB down beyond the edge.
const BETA: f64 = 8.0;
/// How finely the filter is kept between two samples.
const STEPS: usize = 256;

/// As it is where media takes it; else at the next rate above that media takes, at most 48 kHz.
pub fn to_one_that_media_takes(rate_hz: u32, samples: Vec<i16>) -> (u32, Vec<i16>) {
    if Clip::takes(rate_hz) {
        return (rate_hz, samples);
    }
    let taken = [8000, 16_000, 24_000, 32_000, 48_000];
    let to = taken
        .into_iter()
        .find(|to| *to >= rate_hz)
        .unwrap_or(48_000);
    (to, change(&samples, rate_hz, to))
}

fn change(samples: &[i16], from: u32, to: u32) -> Vec<i16> {
    let ratio = f64::from(to) / f64::from(from);
    // Where the rate falls the filter is that much longer and lower.
    let edge = ratio.min(1.0) * 0.95;
    let reach = REACH / edge;
    let filter = filter(edge, reach);
    let length = (samples.len() as f64 * ratio).round() as usize;
    let at = |place: i64| {
        let sample = usize::try_from(place).ok().and_then(|at| samples.get(at));
        sample.map_or(0.0, |sample| f64::from(*sample))
    };
    let one = |n: usize| {
        let centre = n as f64 / ratio;
        let (first, last) = (
            (centre - reach).ceil() as i64,
            (centre + reach).floor() as i64,
        );
        let sum: f64 = (first..=last)
            .map(|place| {
                let away = (place as f64 - centre).abs() * STEPS as f64;
                let step = away as usize;
                let low = filter.get(step).copied().unwrap_or(0.0);
                let high = filter.get(step + 1).copied().unwrap_or(0.0);
                at(place) * (low + (high - low) * (away - step as f64))
            })
            .sum();
        sum.round().clamp(-32_768.0, 32_767.0) as i16
    };
    (0..length).map(one).collect()
}

/// One side of the filter, [`STEPS`] values for each sample.
fn filter(edge: f64, reach: f64) -> Vec<f64> {
    let length = (reach * STEPS as f64) as usize + 1;
    let one = |n: usize| {
        let x = n as f64 / STEPS as f64;
        let sinc = match n {
            0 => 1.0,
            _ => (PI * edge * x).sin() / (PI * edge * x),
        };
        let inside = (1.0 - (x / reach).powi(2)).max(0.0);
        edge * sinc * bessel(BETA * inside.sqrt()) / bessel(BETA)
    };
    (0..length).map(one).collect()
}

/// The modified Bessel function of order 0.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..40 {
        term *= (x / 2.0 / f64::from(n)).powi(2);
        sum += term;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::tests::{level, tone};
    use super::*;

    #[test]
    fn a_tone_keeps_its_pitch_its_level_and_its_length() {
        check(11_025, 16_000, 1000.0);
        check(96_000, 48_000, 10_000.0);
        check(44_110, 48_000, 440.0);
        check(4000, 8000, 1500.0);
    }

    #[test]
    fn what_the_new_rate_cannot_carry_is_gone() {
        let (rate, samples) = to_one_that_media_takes(96_000, tone(96_000, 30_000.0, 9600));
        assert_eq!(rate, 48_000);
        let middle = &samples[480..samples.len() - 480];
        let loudest = middle.iter().map(|sample| sample.unsigned_abs()).max();
        assert!(loudest < Some(10), "{loudest:?}");
    }

    #[test]
    fn a_rate_that_media_takes_is_left_alone() {
        let samples = tone(44_100, 440.0, 100);
        let (rate, same) = to_one_that_media_takes(44_100, samples.clone());
        assert_eq!((rate, same), (44_100, samples));
    }

    #[track_caller]
    fn check(from: u32, to: u32, hz: f64) {
        let (rate, samples) = to_one_that_media_takes(from, tone(from, hz, from as usize));
        assert_eq!((rate, samples.len()), (to, to as usize));
        let middle = &samples[to as usize / 4..to as usize * 3 / 4];
        let (heard, wanted) = (level(middle, rate, hz), 10_000.0);
        assert!((heard / wanted - 1.0).abs() < 0.01, "{heard}");
        assert!(level(middle, rate, hz * 0.8) < 100.0);
    }
}
