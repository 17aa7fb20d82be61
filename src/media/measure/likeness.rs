//! How like what came is to what was said: how late it is, how much softer, and how different it sounds.

use std::fmt;
use std::time::Duration;

use super::decibels;
use super::spectrum::{powers, transform};

/// The edges of the critical bands that a telephone passes, in Hz, and beyond for wideband (Zwicker).
const EDGES_HZ: [f64; 21] = [
    100.0, 200.0, 300.0, 400.0, 510.0, 630.0, 770.0, 920.0, 1_080.0, 1_270.0, 1_480.0, 1_720.0,
    2_000.0, 2_320.0, 2_700.0, 3_150.0, 3_700.0, 4_400.0, 5_300.0, 6_400.0, 7_700.0,
];
/// The highest that counts, of the rate: what is above it no filter of a codec keeps.
const PASSED: f64 = 0.42;
/// How much softer than the loudest band of its moment a band is when it is no longer heard.
const MASKED: f64 = 1e-3;
/// And of the loudest of all moments.
const SILENT: f64 = 3e-5;

/// The correlation of what was the same: noise and filters lower it.
const ALIKE: f64 = 0.7;
/// The distance of what was the same.
const CLEAR_DB: f64 = 2.5;

/// What came, beside what was said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    pub delay: Duration,
    /// 1 where the waves are the same, 0 where they have nothing in common.
    pub correlation: f64,
    /// By how much it is louder.
    pub gain_db: f64,
    /// See [`distance`].
    pub distance_db: f64,
}

impl Likeness {
    /// Whether it is the same, as far as a listener is concerned: a codec or two may lie between.
    pub fn is_the_same(&self) -> bool {
        self.correlation > ALIKE && self.distance_db < CLEAR_DB
    }
}

impl fmt::Display for Likeness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Likeness {
            delay,
            correlation,
            gain_db,
            distance_db,
        } = self;
        let ms = delay.as_secs_f64() * 1_000.0;
        write!(
            f,
            "it {ms:.1} ms late, {gain_db:+.1} dB, correlation {correlation:.2}, {distance_db:.1} dB away"
        )
    }
}

/// How like `heard` is to `said`, which begins at the same moment and may come up to `most` later. `None` where one of
/// them is silence.
pub fn liken(rate_hz: u32, said: &[i16], heard: &[i16], most: Duration) -> Option<Likeness> {
    let most = (most.as_secs_f64() * f64::from(rate_hz)) as usize;
    let (late, correlation) = delay(said, heard, most)?;
    let heard = heard.get(late..)?;
    let length = heard.len().min(said.len());
    let (said, heard) = (said.get(..length)?, heard.get(..length)?);
    Some(Likeness {
        delay: Duration::from_secs_f64(late as f64 / f64::from(rate_hz)),
        correlation,
        gain_db: decibels(super::rms(heard) / super::rms(said).max(1e-9)),
        distance_db: distance(rate_hz, said, heard),
    })
}

/// By how many samples `heard` is later than `said`, at most `most`, and the correlation there. `None` where one of
/// them is silence.
pub fn delay(said: &[i16], heard: &[i16], most: usize) -> Option<(usize, f64)> {
    let size = (said.len() + heard.len()).next_power_of_two();
    let spectrum = |sound: &[i16]| {
        let mut re: Vec<f64> = sound.iter().map(|x| f64::from(*x)).collect();
        re.resize(size, 0.0);
        let mut im = vec![0.0; size];
        transform(&mut re, &mut im);
        (re, im)
    };
    let ((a, b), (c, d)) = (spectrum(said), spectrum(heard));
    // The product of one and the other turned round, turned back.
    let pairs = a.iter().zip(&b).zip(c.iter().zip(&d));
    let (mut re, mut im): (Vec<f64>, Vec<f64>) = pairs
        .map(|((a, b), (c, d))| (a * c + b * d, -(a * d - b * c)))
        .unzip();
    transform(&mut re, &mut im);
    let (of_said, of_heard) = (energies(said), energies(heard));
    // A few samples that happen to fit are no match.
    let most = most.min(heard.len() / 2);
    let fits = (0..=most).filter_map(|late| {
        let length = said.len().min(heard.len() - late);
        let said = *of_said.get(length)?;
        let heard = of_heard.get(late + length)? - of_heard.get(late)?;
        let energy = (said * heard).sqrt();
        (energy > length as f64).then(|| {
            (
                late,
                re.get(late).copied().unwrap_or(0.0) / size as f64 / energy,
            )
        })
    });
    fits.max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The energy of the first samples, for each number of them.
fn energies(sound: &[i16]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut energies = vec![0.0];
    energies.extend(sound.iter().map(|x| {
        sum += f64::from(*x).powi(2);
        sum
    }));
    energies
}

/// How different it sounds: the distance of the two in each critical band of each moment of 32 ms, in dB, squared,
/// averaged and rooted; levels are made alike before, and what is masked does not count. Both begin with the same sound.
///
/// 0 is the same; G.711 is at 0.1, Opus and G.722 at 1 to 1.5. Where every tenth packet is missing it is 2.8, where the
/// sound is clipped 6, where it is another 13.
pub fn distance(rate_hz: u32, said: &[i16], heard: &[i16]) -> f64 {
    let (said, heard) = (moments(rate_hz, said), moments(rate_hz, heard));
    let sum = |moments: &[Vec<f64>]| moments.iter().flatten().sum::<f64>();
    let count = said.len().min(heard.len());
    let (said, heard) = (
        said.get(..count).unwrap_or_default(),
        heard.get(..count).unwrap_or_default(),
    );
    let gain = sum(said) / sum(heard).max(1e-9);
    let loudest = said.iter().flatten().fold(0.0, |a: f64, b| a.max(*b));
    let (mut squares, mut counted) = (0.0, 0.0);
    for (said, heard) in said.iter().zip(heard) {
        let heard: Vec<f64> = heard.iter().map(|power| power * gain).collect();
        let top = said.iter().chain(&heard).fold(0.0, |a: f64, b| a.max(*b));
        // A moment that is silent in both tells nothing.
        if top <= loudest * SILENT * 10.0 {
            continue;
        }
        let floor = (top * MASKED).max(loudest * SILENT);
        for (said, heard) in said.iter().zip(&heard) {
            squares += (10.0 * ((heard + floor) / (said + floor)).log10()).powi(2);
            counted += 1.0;
        }
    }
    match counted > 0.0 {
        true => f64::sqrt(squares / counted),
        false => 0.0,
    }
}

/// The power of each band in each moment.
fn moments(rate_hz: u32, sound: &[i16]) -> Vec<Vec<f64>> {
    let length = (rate_hz / 1_000 * 32) as usize;
    let size = length.next_power_of_two();
    let place = |hz: f64| (hz * size as f64 / f64::from(rate_hz)).round() as usize;
    let bands: Vec<_> = EDGES_HZ
        .windows(2)
        .filter_map(|edges| Some((*edges.first()?, *edges.last()?)))
        .filter(|(_, high)| *high <= f64::from(rate_hz) * PASSED)
        .map(|(low, high)| place(low)..place(high).max(place(low) + 1))
        .collect();
    let starts = (0..).step_by((length / 2).max(1));
    let moments = starts.map_while(|start| sound.get(start..start + length));
    let powers_of = |moment: &[i16]| {
        let powers = powers(moment, size);
        let of = |band: &std::ops::Range<usize>| {
            powers.get(band.clone()).unwrap_or_default().iter().sum()
        };
        bands.iter().map(of).collect()
    };
    moments.map(powers_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::codec::{Coding, Decoder, Encoder};
    use crate::media::measure::{speech, tone};
    use crate::media::resample::Resampler;

    const TEN: Duration = Duration::from_millis(200);

    fn through(coding: Coding, sound: &[i16]) -> Vec<i16> {
        let (mut encoder, mut decoder) = (Encoder::new(coding), Decoder::new(coding));
        let (mut payload, mut packet, mut out) = (Vec::new(), Vec::new(), Vec::new());
        for samples in sound.chunks_exact(coding.rate_hz() as usize / 50) {
            encoder.encode(samples, &mut payload).unwrap();
            decoder.decode(&payload, &mut packet).unwrap();
            out.extend_from_slice(&packet);
        }
        out
    }

    fn resampled(from: u32, to: u32, sound: &[i16]) -> Vec<i16> {
        let mut out = Vec::new();
        Resampler::new(from, to).unwrap().resample(sound, &mut out);
        out
    }

    #[test]
    fn what_is_late_and_softer_is_found_to_be_so() {
        let said = speech(8_000, 1, 2.0);
        let mut heard = vec![0; 333];
        heard.extend(said.iter().map(|sample| sample / 2));
        let like = liken(8_000, &said, &heard, TEN).unwrap();
        assert_eq!(like.delay, Duration::from_micros(41_625));
        assert!(
            like.correlation > 0.99 && like.distance_db < 0.1,
            "{like:?}"
        );
        assert!((like.gain_db + 6.0).abs() < 0.2, "{like:?}");
        assert_eq!(liken(8_000, &said, &vec![0; 16_000], TEN), None);
        assert_eq!(liken(8_000, &said, &[], TEN), None);
    }

    #[test]
    fn a_good_codec_is_near_and_what_is_broken_is_far() {
        let said = speech(8_000, 1, 4.0);
        let of = |heard: &[i16]| liken(8_000, &said, heard, TEN).unwrap().distance_db;
        let wide = speech(16_000, 1, 4.0);
        let full = resampled(8_000, 48_000, &said);
        let good = [
            ("PCMU", of(&through(Coding::Pcmu, &said))),
            ("PCMA", of(&through(Coding::Pcma, &said))),
            (
                "opus",
                of(&resampled(48_000, 8_000, &through(Coding::Opus, &full))),
            ),
            (
                "G722",
                liken(16_000, &wide, &through(Coding::G722, &wide), TEN)
                    .unwrap()
                    .distance_db,
            ),
        ];
        let with = |change: &dyn Fn(usize, i16) -> i16| -> Vec<i16> {
            said.iter()
                .enumerate()
                .map(|(n, x)| change(n, *x))
                .collect()
        };
        let bad = [
            (
                "gaps",
                of(&with(&|n, x| if n / 160 % 10 == 3 { 0 } else { x })),
            ),
            (
                "clicks",
                of(&with(&|n, x| if n % 331 == 0 { 12_000 } else { x })),
            ),
            ("clipped", of(&with(&|_, x| x.clamp(-600, 600)))),
            ("coarse", of(&with(&|_, x| x / 1_024 * 1_024))),
            ("another", of(&speech(8_000, 2, 4.0))),
            ("tone", of(&tone(8_000, 440.0, 3_000.0, said.len()))),
        ];
        assert!(good.iter().all(|(_, distance)| *distance < 2.0), "{good:?}");
        assert!(bad.iter().all(|(_, distance)| *distance > 2.5), "{bad:?}");
    }
}
