//! Sound at one rate to sound at another: a polyphase low-pass filter, a windowed sinc.
//!
//! For `up`/`down` in lowest terms, sample `n` of the output lies at `n × down / up` of the input; the filter has one
//! set of taps for each of the `up` places between two samples. What the lower of the two rates can carry passes up
//! to 0.42 of it (3.4 kHz at 8 kHz) within 0.1 dB; what it cannot, from half of it, is 55 dB down and more.
//!
//! Delay: 24 samples of the lower rate, 3 ms at 8 kHz; any number of samples goes in, and as many times `up`/`down`
//! come out at once.

use std::f64::consts::PI;
use std::sync::{Arc, Mutex, PoisonError};

/// Taps for each output sample, counted in samples of the lower rate.
const TAPS: usize = 48;
/// Kaiser's β for 60 dB.
const BETA: f64 = 5.65;
/// Where the filter is 6 dB down, of the lower rate's half: the band above it ends at the half.
const CUTOFF: f64 = 0.925;
/// Most places between two samples: 44.1 kHz to 48 kHz has 160, 22.05 kHz to 48 kHz 320, 11.025 kHz 640.
const MOST_PLACES: u32 = 640;
/// Rates of sound, in Hz.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
/// Filters that are remembered, each for all who resample alike.
const REMEMBERED: usize = 64;
/// Sums that go on side by side, so that the compiler can take them together.
const LANES: usize = 8;

pub struct Resampler {
    from_hz: u32,
    to_hz: u32,
    filter: Option<Arc<Filter>>,
    /// The latest of the input, as many as the filter looks back.
    past: Vec<f32>,
    /// Where the next output sample lies behind the first of the input that comes, in input samples and in
    /// `up`ths of one.
    ahead: usize,
    place: usize,
}

/// The rates have no ratio that the filter can be made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sound at {from_hz} Hz cannot be brought to {to_hz} Hz")]
pub struct NoRatio {
    pub from_hz: u32,
    pub to_hz: u32,
}

impl Resampler {
    /// Rates in Hz; alike, nothing is changed or delayed.
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Resampler, NoRatio> {
        let filter = match from_hz == to_hz {
            true => None,
            false => Some(Filter::of(from_hz, to_hz).ok_or(NoRatio { from_hz, to_hz })?),
        };
        let looks_back = filter.as_ref().map_or(0, |filter| filter.taps - 1);
        Ok(Resampler {
            from_hz,
            to_hz,
            past: vec![0.0; looks_back],
            filter,
            ahead: 0,
            place: 0,
        })
    }

    pub fn from_hz(&self) -> u32 {
        self.from_hz
    }

    pub fn to_hz(&self) -> u32 {
        self.to_hz
    }

    /// Samples at the rate of the output by which what comes out is late.
    pub fn delay(&self) -> usize {
        self.filter
            .as_ref()
            .map_or(0, |filter| filter.taps * filter.up / filter.down / 2)
    }

    /// Appends what `samples` become.
    pub fn resample(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        let Some(filter) = &self.filter else {
            out.extend_from_slice(samples);
            return;
        };
        self.past
            .extend(samples.iter().map(|&sample| f32::from(sample)));
        let Filter { up, down, taps, .. } = **filter;
        while self.ahead < samples.len() {
            let heard = self
                .past
                .get(self.ahead..self.ahead + taps)
                .unwrap_or_default();
            let sum = dot(filter.at(self.place), heard);
            out.push(sum.round().clamp(-32_768.0, 32_767.0) as i16);
            self.place += down;
            self.ahead += self.place / up;
            self.place %= up;
        }
        self.ahead -= samples.len();
        self.past.drain(..samples.len());
    }
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Resampler({} to {} Hz)", self.from_hz, self.to_hz)
    }
}

/// The taps of all places, in the order in which they meet the input, oldest first.
struct Filter {
    up: usize,
    down: usize,
    taps: usize,
    coefficients: Vec<f32>,
}

/// A filter by the rates that it leads from and to.
type Known = ((u32, u32), Arc<Filter>);

/// Made once for a pair of rates: 44.1 kHz to 8 kHz takes 28,000 sines.
static FILTERS: Mutex<Vec<Known>> = Mutex::new(Vec::new());

impl Filter {
    fn of(from_hz: u32, to_hz: u32) -> Option<Arc<Filter>> {
        if !RATES.contains(&from_hz) || !RATES.contains(&to_hz) {
            return None;
        }
        let common = common_divisor(from_hz, to_hz);
        let (up, down) = (to_hz / common, from_hz / common);
        if up > MOST_PLACES {
            return None;
        }
        let mut known = FILTERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, filter)) = known.iter().find(|(ratio, _)| *ratio == (up, down)) {
            return Some(filter.clone());
        }
        let filter = Arc::new(Filter::new(up as usize, down as usize));
        if known.len() < REMEMBERED {
            known.push(((up, down), filter.clone()));
        }
        Some(filter)
    }

    fn new(up: usize, down: usize) -> Filter {
        // Input samples for one of the lower rate.
        let stretch = (down as f64 / up as f64).max(1.0);
        let taps = ((TAPS as f64 * stretch).ceil() as usize).next_multiple_of(LANES);
        let half = TAPS as f64 * stretch / 2.0;
        let cutoff = CUTOFF / stretch;
        let mut coefficients = Vec::with_capacity(up * taps);
        for place in 0..up {
            let start = coefficients.len();
            for tap in 0..taps {
                // From the middle of the filter, in input samples.
                let at = taps as f64 / 2.0 - 1.0 - tap as f64 + place as f64 / up as f64;
                coefficients.push((cutoff * sinc(cutoff * at) * kaiser(at / half)) as f32);
            }
            // Each place lets a constant through as it is, or there would be a hum at the input's rate.
            let places = coefficients.get_mut(start..).unwrap_or_default();
            let sum: f32 = places.iter().sum();
            places.iter_mut().for_each(|tap| *tap /= sum);
        }
        Filter {
            up,
            down,
            taps,
            coefficients,
        }
    }

    fn at(&self, place: usize) -> &[f32] {
        self.coefficients
            .get(place * self.taps..(place + 1) * self.taps)
            .unwrap_or_default()
    }
}

fn dot(taps: &[f32], heard: &[f32]) -> f32 {
    let mut sums = [0f32; LANES];
    let (taps, _) = taps.as_chunks::<LANES>();
    let (heard, _) = heard.as_chunks::<LANES>();
    for (taps, heard) in taps.iter().zip(heard) {
        for ((sum, tap), sample) in sums.iter_mut().zip(taps).zip(heard) {
            *sum += tap * sample;
        }
    }
    sums.iter().sum()
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}

/// The window, over -1..=1.
fn kaiser(x: f64) -> f64 {
    if x.abs() > 1.0 {
        return 0.0;
    }
    bessel(BETA * (1.0 - x * x).sqrt()) / bessel(BETA)
}

/// The modified Bessel function of order 0, by its series.
fn bessel(x: f64) -> f64 {
    let mut term = 1.0;
    (1..40).fold(1.0, |sum, n| {
        term *= (x / (2.0 * f64::from(n))).powi(2);
        sum + term
    })
}

fn common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::{level_of, tone};

    const IN: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
    const OUT: [u32; 3] = [8_000, 16_000, 48_000];

    #[test]
    fn a_tone_keeps_its_frequency_and_level() {
        for from in IN {
            for to in OUT {
                let band = from.min(to) as f64 * 0.42;
                for hz in [300.0, 1_000.0, 0.6 * band, band] {
                    let out = resampled(from, to, &tone(from, hz, 10_000.0, 12_800));
                    let heard = out.get(out.len() / 2..).unwrap();
                    let (level, rest) = level_of(to, hz, heard);
                    assert!(level.abs() < 0.1, "{from} to {to}, {hz}: {level} dB");
                    assert!(
                        rest < -55.0,
                        "{from} to {to}, {hz}: {rest} dB of something else"
                    );
                }
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_gone() {
        for (from, to) in IN
            .iter()
            .flat_map(|from| OUT.map(|to| (*from, to)))
            .filter(|(a, b)| a > b)
        {
            for share in [0.505, 0.55, 0.65, 0.8] {
                let hz = f64::from(to) * share;
                if hz > f64::from(from) / 2.0 {
                    continue;
                }
                let out = resampled(from, to, &tone(from, hz, 20_000.0, 12_800));
                let heard = out.get(out.len() / 2..).unwrap();
                let mean =
                    heard.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / heard.len() as f64;
                let down = 20.0 * (mean.sqrt() * 2f64.sqrt() / 20_000.0).max(1e-9).log10();
                assert!(down < -50.0, "{from} to {to}, {hz}: {down} dB");
            }
        }
    }

    #[test]
    fn how_it_is_cut_into_frames_is_not_heard() {
        for (from, to) in [
            (8_000, 48_000),
            (48_000, 8_000),
            (44_100, 16_000),
            (22_050, 48_000),
        ] {
            let sound = tone(from, 700.0, 12_000.0, from as usize / 2);
            let whole = resampled(from, to, &sound);
            let mut resampler = Resampler::new(from, to).unwrap();
            let mut cut = Vec::new();
            for (n, frame) in sound.chunks(from as usize / 50).enumerate() {
                let before = cut.len();
                resampler.resample(frame, &mut cut);
                assert_eq!(cut.len() - before, to as usize / 50, "frame {n}");
            }
            assert_eq!(cut, whole);
            let mut resampler = Resampler::new(from, to).unwrap();
            let mut odd = Vec::new();
            sound
                .chunks(7)
                .for_each(|frame| resampler.resample(frame, &mut odd));
            assert_eq!(odd, whole);
        }
    }

    #[test]
    fn it_is_late_by_what_it_says() {
        for from in IN {
            for to in OUT {
                let mut click = vec![0; from as usize / 10];
                click[from as usize / 50] = 30_000;
                let out = resampled(from, to, &click);
                let loudest = (0..out.len())
                    .max_by_key(|&n| i32::from(out[n]).abs())
                    .unwrap();
                let late = loudest as i64 - i64::from(to) / 50;
                let said = Resampler::new(from, to).unwrap().delay() as i64;
                let slack = i64::from(to / from) + 1;
                assert!(
                    (late - said).abs() <= slack,
                    "{from} to {to}: {late}, not {said}"
                );
            }
        }
    }

    #[test]
    fn a_constant_stays_and_the_loudest_does_not_wrap() {
        for (from, to) in [(8_000, 48_000), (44_100, 8_000)] {
            let out = resampled(from, to, &vec![1_000; 8_000]);
            let settled = out.get(out.len() / 2..).unwrap();
            assert!(settled.iter().all(|sample| (999..=1_001).contains(sample)));
            let square: Vec<i16> = (0..8_000)
                .map(|n| if n / 40 % 2 == 0 { 32_767 } else { -32_768 })
                .collect();
            let out = resampled(from, to, &square);
            // Where the square stays high, no sample is low.
            let (plus, minus) = (out.contains(&32_767), out.contains(&-32_768));
            assert!(plus && minus, "it overshoots, so it was cut");
            let high = out.iter().filter(|sample| **sample > 20_000).count();
            assert!(high * 5 > out.len() * 2, "{high} of {}", out.len());
        }
    }

    #[test]
    fn rates_without_a_ratio_are_refused() {
        assert_eq!(
            Resampler::new(44_101, 48_000)
                .err()
                .map(|fault| fault.to_string())
                .as_deref(),
            Some("sound at 44101 Hz cannot be brought to 48000 Hz")
        );
        assert!(Resampler::new(0, 8_000).is_err());
        assert!(Resampler::new(8_000, 0).is_err());
        assert!(Resampler::new(1_000_000, 8_000).is_err());
        for from in [11_025, 12_000, 32_000, 88_200, 96_000, 192_000] {
            assert!(
                OUT.iter().all(|&to| Resampler::new(from, to).is_ok()),
                "{from}"
            );
        }
    }

    fn resampled(from: u32, to: u32, sound: &[i16]) -> Vec<i16> {
        let mut out = Vec::new();
        Resampler::new(from, to).unwrap().resample(sound, &mut out);
        out
    }
}
