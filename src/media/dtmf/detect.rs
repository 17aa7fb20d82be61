//! Hears keys in the sound itself: eight frequencies over 12.75 ms at 8 kHz, twice in that time (Goertzel), and the
//! questions that a voice does not answer rightly: is it one of each group, are the two about as loud, is there
//! little else, and does all that stay as it is for 25 ms at least (Q.24).
//!
//! From the first block that may be a key on the sound is to be silenced: of a key at most 20 ms are passed on, and
//! no receiver takes that for one.

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
/// So many in a row without it end it: 10 ms that are missing do not (Q.24), 40 ms between two keys do.
const NOTHING: u32 = 4;
/// So many where it has not become quieter meanwhile: what a lost packet leaves of a key is no pause.
const NOISE: u32 = 14;
/// What is quieter than a key, as a share of its power.
const QUIETER: f32 = 0.25;
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
    /// Blocks in a row that were no key, and whether one of them was quiet.
    nothing: u32,
    quiet: bool,
    /// The key that was told and still sounds.
    sounding: Option<Pair>,
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
            quiet: false,
            sounding: None,
            rows: ROWS.map(tuned),
            columns: COLUMNS.map(tuned),
            row_harmonics: ROWS.map(|hz| tuned(hz * 2.0)),
            column_harmonics: COLUMNS.map(|hz| tuned(hz * 2.0)),
        }
    }
}

impl Detector {
    /// Takes sound at [`RATE_HZ`]. Says whether a part of it may be a key, so that it is not to be passed on.
    pub fn hear(&mut self, samples: &[i16], mut told: impl FnMut(Heard)) -> bool {
        // The end of a key fills a part of what comes after its last block.
        let mut suspect = self.last.is_some();
        for sample in samples {
            self.block.push(f32::from(*sample));
            if self.block.len() == BLOCK {
                let energy: f32 = self.block.iter().map(|sample| sample * sample).sum();
                let pair = self.measure(energy);
                suspect |= pair.is_some();
                self.block.drain(..HOP);
                if let Some(key) = self.judge(pair, energy / BLOCK as f32) {
                    told(Heard::Key(key));
                }
            }
        }
        suspect
    }

    /// Whether the latest that was heard may be a key.
    pub fn suspects(&self) -> bool {
        self.last.is_some()
    }

    /// The key that the block may be.
    fn measure(&self, energy: f32) -> Option<Pair> {
        if energy < QUIETEST * BLOCK as f32 {
            return None;
        }
        let rows = self.rows.map(|tuned| tuned.power(&self.block));
        let (row, low) = stands_out(&rows)?;
        // Most of what a voice says ends here: its part of one row is small.
        let least = energy / BLOCK as f32 * SHARE / (1.0 + HIGH_LOUDER);
        if low < QUIETEST.max(least) {
            return None;
        }
        let columns = self.columns.map(|tuned| tuned.power(&self.block));
        let (column, high) = stands_out(&columns)?;
        if high < QUIETEST {
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

    /// What stays the same for some blocks is a key; some without it end it.
    fn judge(&mut self, pair: Option<Pair>, power: f32) -> Option<Key> {
        let before = std::mem::replace(&mut self.last, pair);
        let Some(pair) = pair else {
            (self.alike, self.nothing) = (0, self.nothing + 1);
            let key = self.sounding.map_or(0.0, |key| key.low + key.high);
            self.quiet |= power < key * QUIETER;
            if self.nothing >= if self.quiet { NOTHING } else { NOISE } {
                self.sounding = None;
            }
            return None;
        };
        (self.nothing, self.quiet) = (0, false);
        let same = before.is_some_and(|before| before.is_like(pair));
        self.alike = if same { self.alike + 1 } else { 1 };
        let sounds = self.sounding.is_some_and(|key| key.key == pair.key);
        let told = self.alike >= ALIKE && !sounds;
        if told {
            self.sounding = Some(pair);
        }
        told.then_some(pair.key)
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

    /// A key of a real phone under a talker, at every place within a packet.
    #[test]
    fn of_a_key_20_ms_are_passed_on_at_most_and_of_the_rest_little_is_lost() {
        let own = |count| crate::media::measure::tone(RATE_HZ, 500.0, 3_000.0, count);
        for shift in 0..160 {
            let mut sound = own(4_000 + shift);
            let from = sound.len();
            sound.extend(dialled("5", -10.0, 0.0, 100, 0).split_off(333));
            let to = sound.len();
            sound.extend(own(4_000));
            let mut detector = Detector::default();
            let mut passed = Vec::new();
            for frame in sound.chunks(160) {
                match detector.hear(frame, |_| {}) {
                    true => passed.extend(vec![0; frame.len()]),
                    false => passed.extend_from_slice(frame),
                }
            }
            let left = passed[from..to]
                .iter()
                .filter(|sample| **sample != 0)
                .count();
            assert!(left <= 160, "{left} samples of the key at {shift}");
            assert_eq!(passed[..from - 320], sound[..from - 320]);
            assert_eq!(passed[to + 320..], sound[to + 320..]);
        }
    }

    #[test]
    fn a_key_with_a_hole_of_10_ms_is_one_and_with_one_of_40_two() {
        let mut sound = dialled("5", -10.0, 0.0, 60, 10);
        sound.extend(&dialled("5", -10.0, 0.0, 60, 10)[333..]);
        assert_eq!(keys(&sound), "5");
        let mut sound = dialled("5", -10.0, 0.0, 60, 40);
        sound.extend(&dialled("5", -10.0, 0.0, 60, 40)[333..]);
        assert_eq!(keys(&sound), "55");
    }

    fn keys(sound: &[i16]) -> String {
        let mut heard = String::new();
        let mut detector = Detector::default();
        let mut sound = sound.to_vec();
        sound.extend([0; 400]);
        for frame in sound.chunks(160) {
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
