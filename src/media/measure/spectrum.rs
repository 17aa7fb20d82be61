//! Which frequencies a sound has.

use std::f64::consts::TAU;

use super::{FULL_SCALE, decibels};

/// The most sound that is looked at, in samples, from its beginning.
const MOST: usize = 1 << 16;
/// Whatever is so far below the loudest is no peak: the window itself leaves traces 31 dB below.
const BELOW_DB: f64 = 25.0;
/// What is below that is silence.
const SILENCE_DBFS: f64 = -65.0;

/// A frequency that stands out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    pub hz: f64,
    pub dbfs: f64,
}

/// The frequencies that stand out, loudest first, those that are 25 dB below it left out. 50 ms of sound tell tones
/// 80 Hz apart, half a second such as are 8 Hz apart.
pub fn peaks(rate_hz: u32, sound: &[i16]) -> Vec<Peak> {
    let sound = sound.get(..MOST).unwrap_or(sound);
    let size = (sound.len() * 4).next_power_of_two();
    let powers = powers(sound, size);
    // A sine of peak 1 comes out as half the sum of the window, which is half of its length.
    let whole = FULL_SCALE * sound.len() as f64 / 4.0;
    let level = |power: f64| decibels(power.sqrt() / whole);
    let mut found: Vec<Peak> = powers
        .windows(3)
        .enumerate()
        .filter_map(|(before, three)| {
            let [left, top, right] =
                [three.first()?, three.get(1)?, three.get(2)?].map(|p| level(*p));
            if top <= left || top < right || top < SILENCE_DBFS {
                return None;
            }
            // The parabola through the three.
            let off = 0.5 * (left - right) / (left - 2.0 * top + right);
            Some(Peak {
                hz: (before as f64 + 1.0 + off) * f64::from(rate_hz) / size as f64,
                dbfs: top - 0.25 * (left - right) * off,
            })
        })
        .collect();
    found.sort_by(|a, b| b.dbfs.total_cmp(&a.dbfs));
    let loudest = found.first().map_or(0.0, |peak| peak.dbfs);
    found.retain(|peak| peak.dbfs > loudest - BELOW_DB);
    found
}

/// The level at this very frequency, in dBFS: what lies 4 turns of the whole length beside it does not count.
pub fn level_at(rate_hz: u32, hz: f64, sound: &[i16]) -> f64 {
    let step = TAU * hz / f64::from(rate_hz);
    let (mut re, mut im, mut whole) = (0.0, 0.0, 0.0);
    for (n, (sample, window)) in sound.iter().zip(window(sound.len())).enumerate() {
        let (sin, cos) = (step * n as f64).sin_cos();
        re += f64::from(*sample) * window * cos;
        im += f64::from(*sample) * window * sin;
        whole += window;
    }
    decibels(2.0 * f64::hypot(re, im) / whole.max(1.0) / FULL_SCALE)
}

/// The power at each of the lower half of `size` places, through the window of Hann.
pub(super) fn powers(sound: &[i16], size: usize) -> Vec<f64> {
    let windowed = sound.iter().zip(window(sound.len()));
    let mut re: Vec<f64> = windowed.map(|(x, window)| f64::from(*x) * window).collect();
    re.resize(size, 0.0);
    let mut im = vec![0.0; size];
    transform(&mut re, &mut im);
    let both = re.iter().zip(&im).take(size / 2);
    both.map(|(re, im)| re * re + im * im).collect()
}

fn window(length: usize) -> impl Iterator<Item = f64> {
    let step = TAU / length.max(1) as f64;
    (0..length).map(move |n| 0.5 - 0.5 * (step * (n as f64 + 0.5)).cos())
}

/// Fourier's, in place. Both have the same length, a power of two.
pub(super) fn transform(re: &mut [f64], im: &mut [f64]) {
    let size = re.len();
    for n in 0..size {
        let other = n.reverse_bits() >> (usize::BITS - size.trailing_zeros()).min(usize::BITS - 1);
        if n < other {
            re.swap(n, other);
            im.swap(n, other);
        }
    }
    let mut half = 1;
    while half < size {
        let (turn_im, turn_re) = (-TAU / (2 * half) as f64).sin_cos();
        for start in (0..size).step_by(2 * half) {
            let (mut w_re, mut w_im) = (1.0, 0.0);
            for low in start..start + half {
                let high = low + half;
                let (x, y) = (
                    re[high] * w_re - im[high] * w_im,
                    re[high] * w_im + im[high] * w_re,
                );
                (re[high], im[high]) = (re[low] - x, im[low] - y);
                (re[low], im[low]) = (re[low] + x, im[low] + y);
                (w_re, w_im) = (
                    w_re * turn_re - w_im * turn_im,
                    w_re * turn_im + w_im * turn_re,
                );
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::{peak_of, tone};

    #[test]
    fn tones_are_found_with_their_levels() {
        let mut sound = tone(8_000, 440.0, peak_of(-15.0), 4_000);
        for (sample, other) in sound
            .iter_mut()
            .zip(tone(8_000, 1_333.3, peak_of(-25.0), 4_000))
        {
            *sample += other;
        }
        let found = peaks(8_000, &sound);
        let [first, second] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert!(
            (first.hz - 440.0).abs() < 0.2 && (first.dbfs + 15.0).abs() < 0.1,
            "{first:?}"
        );
        assert!(
            (second.hz - 1_333.3).abs() < 0.2 && (second.dbfs + 25.0).abs() < 0.1,
            "{second:?}"
        );
        assert!((level_at(8_000, 440.0, &sound) + 15.0).abs() < 0.1);
        assert!(level_at(8_000, 500.0, &sound) < -60.0);
        assert_eq!(peaks(8_000, &[0; 800]), []);
        assert_eq!(peaks(8_000, &[]), []);
        assert_eq!(peaks(8_000, &[1]), []);
    }
}
