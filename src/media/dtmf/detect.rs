//! Hears keys in the sound itself: eight frequencies over 12.75 ms at 8 kHz, twice in that time (Goertzel), and the
//! questions that a voice does not answer rightly: is it one of each group, are the two about as loud, is there
//! little else, and does all that stay as it is for 25 ms at least (Q.24).
//!
//! Sound is passed on 25.5 ms late, and from the first block that may be a key on it is silent: nobody hears the start
//! of a key while it is not yet known to be one.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use super::Key;

/// What it hears; resample before.
pub const RATE_HZ: u32 = 8_000;
/// The eight frequencies fall between each other's nulls.
const BLOCK: usize = 102;
/// How often a block is looked at.
const HOP: usize = BLOCK / 2;
/// So many blocks in a row, each half over the last, make a key.
const ALIKE: u32 = 3;
/// By how much the power of each tone may change from one of them to the next.
const STEADY: f32 = 1.8;
const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
/// Quietest tone of a pair: about -36 dBm0, as its mean square.
const QUIETEST: f32 = 180.0 * 180.0;
/// How much louder one group may be than the other (Q.24 table A-1: 4 to 8 dB high, 4 to 10 low), as power.
const HIGH_LOUDER: f32 = 4.0;
const LOW_LOUDER: f32 = 8.0;
/// How much louder a tone is than the others of its group.
const STANDS_OUT: f32 = 6.3;
/// The share of the two tones in the whole block.
const SHARE: f32 = 0.80;
/// Power of the second harmonics, against their tones: a voice has them.
const HARMONIC: f32 = 0.10;

/// What a piece of sound brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A key began.
    Key(Key),
}

pub struct Detector {
    block: Vec<f32>,
    /// What the last block may have been, and how many before it were the same.
    last: Option<Pair>,
    alike: u32,
    /// Blocks in a row that were no key.
    nothing: u32,
    /// The key that was told and still sounds.
    sounding: Option<Key>,
    /// What waits to be passed on.
    delayed: VecDeque<i16>,
    rows: [Tuned; 4],
    columns: [Tuned; 4],
    row_harmonics: [Tuned; 4],
    column_harmonics: [Tuned; 4],
}

/// A key and the powers of its tones.
#[derive(Clone, Copy, Debug)]
struct Pair {
    key: Key,
    low: f32,
    high: f32,
}

/// A frequency: twice its cosine.
#[derive(Clone, Copy, Debug)]
struct Tuned(f32);

impl Default for Detector {
    fn default() -> Detector {
        let tuned = |hz: f64| Tuned((2.0 * (TAU * hz / f64::from(RATE_HZ)).cos()) as f32);
        Detector {
            block: Vec::with_capacity(BLOCK),
            last: None,
            alike: 0,
            nothing: 0,
            sounding: None,
            delayed: VecDeque::from(vec![0; Detector::DELAY]),
            rows: ROWS.map(tuned),
            columns: COLUMNS.map(tuned),
            row_harmonics: ROWS.map(|hz| tuned(hz * 2.0)),
            column_harmonics: COLUMNS.map(|hz| tuned(hz * 2.0)),
        }
    }
}

impl Detector {
    /// By how many samples what is passed on is late.
    pub const DELAY: usize = BLOCK * 2;

    /// Takes sound at [`RATE_HZ`] and writes what is to be passed on in its place: as much, later, without the keys.
    pub fn hear(&mut self, samples: &mut [i16], mut told: impl FnMut(Heard)) {
        for sample in samples {
            self.delayed.push_back(*sample);
            self.block.push(f32::from(*sample));
            if self.block.len() == BLOCK {
                let pair = self.measure();
                self.block.drain(..HOP);
                if let Some(key) = self.judge(pair) {
                    told(Heard::Key(key));
                }
            }
            *sample = self.delayed.pop_front().unwrap_or_default();
        }
    }

    /// The key that the block may be.
    fn measure(&self) -> Option<Pair> {
        let energy: f32 = self.block.iter().map(|sample| sample * sample).sum();
        if energy < QUIETEST * BLOCK as f32 {
            return None;
        }
        let rows = self.rows.map(|tuned| tuned.power(&self.block));
        let columns = self.columns.map(|tuned| tuned.power(&self.block));
        let (row, low) = stands_out(&rows)?;
        let (column, high) = stands_out(&columns)?;
        if low < QUIETEST || high < QUIETEST {
            return None;
        }
        let twisted = high > low * HIGH_LOUDER || low > high * LOW_LOUDER;
        let little_else = low + high > energy / BLOCK as f32 * SHARE;
        if twisted || !little_else {
            return None;
        }
        let harmonics = self.row_harmonics.get(row)?.power(&self.block) / low
            + self.column_harmonics.get(column)?.power(&self.block) / high;
        if harmonics > HARMONIC {
            return None;
        }
        Key::at(row, column).map(|key| Pair { key, low, high })
    }

    /// What stays the same for some blocks is a key; two blocks without it end it.
    fn judge(&mut self, pair: Option<Pair>) -> Option<Key> {
        let before = std::mem::replace(&mut self.last, pair);
        let Some(pair) = pair else {
            (self.alike, self.nothing) = (0, self.nothing + 1);
            if self.sounding.is_some() {
                // The end of a key fills a part of this block.
                self.mute(BLOCK);
            }
            if self.nothing >= 2 {
                self.sounding = None;
            }
            return None;
        };
        self.mute(BLOCK + HOP);
        self.nothing = 0;
        let same = before.is_some_and(|before| before.is_like(pair));
        self.alike = if same { self.alike + 1 } else { 1 };
        let told = self.alike >= ALIKE && self.sounding != Some(pair.key);
        if told {
            self.sounding = Some(pair.key);
        }
        told.then_some(pair.key)
    }

    /// The latest samples are not passed on.
    fn mute(&mut self, samples: usize) {
        let from = self.delayed.len().saturating_sub(samples);
        self.delayed
            .range_mut(from..)
            .for_each(|sample| *sample = 0);
    }
}

impl Pair {
    fn is_like(self, other: Pair) -> bool {
        let steady = |a: f32, b: f32| a < b * STEADY && b < a * STEADY;
        self.key == other.key && steady(self.low, other.low) && steady(self.high, other.high)
    }
}

impl Tuned {
    /// The mean square of what the block has of this frequency.
    fn power(self, block: &[f32]) -> f32 {
        let (mut now, mut before) = (0f32, 0f32);
        for sample in block {
            (now, before) = (sample + self.0 * now - before, now);
        }
        let square = now * now + before * before - self.0 * now * before;
        square * 2.0 / (block.len() * block.len()) as f32
    }
}

/// The one that is louder than all others.
fn stands_out(powers: &[f32; 4]) -> Option<(usize, f32)> {
    let (place, &loudest) = powers
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))?;
    let alone = powers
        .iter()
        .enumerate()
        .all(|(n, power)| n == place || loudest > power * STANDS_OUT);
    alone.then_some((place, loudest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::rms;

    #[test]
    fn every_key_is_heard_at_every_level_that_a_line_has() {
        for level in [-30.0, -20.0, -10.0, -3.0] {
            assert_eq!(
                keys(&dialled("0123456789*#ABCD", level, 0.0, 50, 50)),
                "0123456789*#ABCD",
                "{level}"
            );
        }
    }

    #[test]
    fn keys_of_40_ms_are_heard_and_of_20_are_not() {
        assert_eq!(keys(&dialled("159D", -10.0, 0.0, 42, 40)), "159D");
        assert_eq!(keys(&dialled("1111", -10.0, 0.0, 60, 45)), "1111");
        assert_eq!(keys(&dialled("159D", -10.0, 0.0, 18, 80)), "");
    }

    #[test]
    fn one_tone_may_be_louder_than_the_other_within_bounds() {
        assert_eq!(keys(&dialled("147*", -12.0, 4.0, 60, 60)), "147*");
        assert_eq!(keys(&dialled("147*", -12.0, -6.0, 60, 60)), "147*");
        assert_eq!(keys(&dialled("147*", -12.0, 12.0, 60, 60)), "");
        assert_eq!(keys(&dialled("147*", -12.0, -14.0, 60, 60)), "");
    }

    #[test]
    fn frequencies_may_be_off_by_a_percent_and_a_half_and_not_by_four() {
        for (off, heard) in [(0.985, true), (1.015, true), (0.96, false), (1.04, false)] {
            let mut sound = Vec::new();
            let (low, high) = Key::of('5').unwrap().tones();
            pair(&mut sound, low * off, high * off, 4_000.0, 4_000.0, 800);
            assert_eq!(keys(&sound) == "5", heard, "{off}");
        }
    }

    #[test]
    fn noise_20_db_below_does_no_harm() {
        let mut sound = dialled("0123456789", -10.0, 0.0, 60, 60);
        let mut chance = 7u32;
        for sample in &mut sound {
            chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *sample = sample.saturating_add((((chance >> 16) as i32 - 32_768) / 40) as i16);
        }
        assert_eq!(keys(&sound), "0123456789");
    }

    #[test]
    fn single_tones_silence_and_noise_are_no_keys() {
        assert_eq!(keys(&[0; 8_000]), "");
        for hz in [440.0, 697.0, 1_209.0, 1_000.0, 1_633.0] {
            let mut sound = Vec::new();
            pair(&mut sound, hz, hz, 4_000.0, 4_000.0, 8_000);
            assert_eq!(keys(&sound), "", "{hz}");
        }
        let mut chance = 7u32;
        let noise: Vec<i16> = (0..160_000)
            .map(|_| {
                chance = chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                ((chance >> 16) as i32 - 32_768) as i16 / 2
            })
            .collect();
        assert_eq!(keys(&noise), "");
    }

    /// Two minutes of vowels that glide through pitches and formants. (Four hours of espeak-ng in ten voices, at three
    /// levels, gave no key either.)
    #[test]
    fn a_voice_presses_no_keys() {
        let mut phase = 0f64;
        let sound: Vec<i16> = (0..120 * 8_000)
            .map(|n| {
                let t = f64::from(n) / 8_000.0;
                let pitch = 90.0 + 80.0 * (1.0 + (t * 0.37).sin()) + 40.0 * (t * 2.9).sin();
                phase += pitch / 8_000.0;
                let first = 500.0 + 300.0 * (t * 1.7).sin();
                let second = 1_450.0 + 500.0 * (t * 1.1).sin();
                let near = |hz: f64, formant: f64, width: f64| {
                    1.0 / (1.0 + ((hz - formant) / width).powi(2))
                };
                let sum: f64 = (1..=(3_600.0 / pitch) as u32)
                    .map(|k| {
                        let hz = pitch * f64::from(k);
                        (near(hz, first, 120.0)
                            + 0.7 * near(hz, second, 150.0)
                            + 0.3 * near(hz, 2_600.0, 250.0))
                            * (phase * f64::from(k) * TAU).sin()
                    })
                    .sum();
                (sum * 5_000.0 * (0.6 + 0.4 * (t * 5.0).sin())) as i16
            })
            .collect();
        assert_eq!(keys(&sound), "");
    }

    #[test]
    fn what_is_passed_on_has_no_keys_and_is_whole_otherwise() {
        let mut sound = crate::media::measure::tone(RATE_HZ, 500.0, 3_000.0, 4_000);
        let from = sound.len();
        sound.extend(dialled("5", -10.0, 0.0, 100, 0));
        let to = sound.len();
        sound.extend(crate::media::measure::tone(RATE_HZ, 500.0, 3_000.0, 4_000));
        let mut passed = sound.clone();
        passed.extend([0; Detector::DELAY]);
        let mut detector = Detector::default();
        passed
            .chunks_mut(160)
            .for_each(|frame| detector.hear(frame, |_| {}));
        let passed = &passed[Detector::DELAY..];
        assert_eq!(passed[..from - 2 * BLOCK], sound[..from - 2 * BLOCK]);
        assert_eq!(passed[to + 3 * BLOCK..], sound[to + 3 * BLOCK..]);
        // At most a block's part of the key is left.
        let left = rms(&passed[from..to]) / rms(&sound[from..to]);
        assert!(left < 0.3, "{left}");
    }

    fn keys(sound: &[i16]) -> String {
        let mut heard = String::new();
        let mut detector = Detector::default();
        let mut sound = sound.to_vec();
        sound.extend([0; 400]);
        for frame in sound.chunks_mut(160) {
            detector.hear(frame, |Heard::Key(key)| heard.push(key.as_char()));
        }
        heard
    }

    /// `level` in dB below full scale for each tone; the high one is louder by `twist`.
    fn dialled(text: &str, level: f64, twist: f64, on_ms: usize, off_ms: usize) -> Vec<i16> {
        let mut sound = vec![0; 333];
        let peak = |db: f64| 14_000.0 * 10f64.powf(db / 20.0);
        for key in text.chars().filter_map(Key::of) {
            let (low, high) = key.tones();
            pair(
                &mut sound,
                low,
                high,
                peak(level),
                peak(level + twist),
                on_ms * 8,
            );
            sound.resize(sound.len() + off_ms * 8, 0);
        }
        sound
    }

    fn pair(
        sound: &mut Vec<i16>,
        low: f64,
        high: f64,
        low_peak: f64,
        high_peak: f64,
        count: usize,
    ) {
        for n in 0..count {
            let t = n as f64 / f64::from(RATE_HZ) * TAU;
            sound.push((low_peak * (low * t).sin() + high_peak * (high * t).sin()) as i16);
        }
    }
}
