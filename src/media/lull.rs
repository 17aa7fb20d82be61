//! When what we say to a peer need not be said: silence and steady noise are told of (RFC 3389) instead.
//!
//! ```text
//! Talking ──400 ms of silence, or of noise that stays as it is──▶ Resting ──anything that stands out──▶ Talking
//!                                                   └ tells of it: at once, when it changes, and once a second
//! ```
//!
//! It is careful: what is louder than a quiet room, changes or has a pitch is said as it is. A packet in which something
//! begins is said whole, so that of an onset at most what is softer than the noise before it may be missing.

use crate::media::comfort::Noise;

/// Samples a second: comfort noise goes with codecs of 8 kHz.
pub const RATE_HZ: u32 = 8_000;

/// So much of it is looked at, in samples: 400 ms. Pauses within speech are shorter.
const WINDOW: usize = 3_200;
/// What stands out is looked for in pieces of 5 ms, steadiness in pieces of 20.
const PIECE: usize = 40;
const STEADY_PIECE: usize = 160;
/// Below it is silence, whatever it is; above it nothing is taken for noise. In dB of overload.
const SILENT: f64 = -66.0;
const LOUDEST: f64 = -45.0;
/// By how much a piece of noise may be louder than the noise, and 20 ms of it louder or softer, in dB.
const PIECE_STANDS_OUT: f64 = 9.0;
const STANDS_OUT: f64 = 5.0;
/// What can be foreseen as well as that has a pitch, in dB.
const HAS_PITCH: f64 = 8.0;
/// A change of the level that is told of at once, in dB.
const CHANGES: f64 = 1.5;
/// It is told no sooner than the one, and no later than the other, after it was told last.
const SOONEST: usize = 1_600;
const LATEST: usize = 8_000;

/// What to do with a packet's worth of sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Turn {
    /// It is said. `begins`: after a rest.
    Say { begins: bool },
    /// The noise is told of in its place.
    Tell(Noise),
    /// Nothing is sent; what was told of goes on.
    Rest,
}

/// What we say to one peer that has agreed to comfort noise.
#[derive(Debug, Default)]
pub struct Lull {
    stage: Stage,
    /// The latest, [`WINDOW`] at most.
    lately: Vec<i16>,
}

#[derive(Debug, Default)]
enum Stage {
    #[default]
    Talking,
    Resting {
        told: Noise,
        /// Samples since then.
        ago: usize,
    },
}

impl Lull {
    /// The samples of the next packet.
    pub fn hear(&mut self, packet: &[i16]) -> Turn {
        self.lately.extend_from_slice(packet);
        let old = self.lately.len().saturating_sub(WINDOW);
        self.lately.drain(..old);
        match &mut self.stage {
            Stage::Talking => {
                match restful(&self.lately).filter(|noise| !stands_out(packet, noise)) {
                    Some(told) => {
                        self.stage = Stage::Resting { told, ago: 0 };
                        Turn::Tell(told)
                    }
                    None => Turn::Say { begins: false },
                }
            }
            Stage::Resting { told, .. } if stands_out(packet, told) => {
                self.lately.clear();
                self.stage = Stage::Talking;
                Turn::Say { begins: true }
            }
            Stage::Resting { told, ago } => {
                *ago += packet.len();
                if *ago < SOONEST {
                    return Turn::Rest;
                }
                let (was, is) = (-f64::from(told.level()), level_of(&self.lately));
                let changes = (is.max(SILENT) - was.max(SILENT)).abs() >= CHANGES;
                if *ago < LATEST && !changes {
                    return Turn::Rest;
                }
                let noise = Noise::of(&self.lately);
                (*told, *ago) = (noise, 0);
                Turn::Tell(noise)
            }
        }
    }
}

/// The noise that may be told of in the place of [`WINDOW`] of sound, if it is one.
fn restful(sound: &[i16]) -> Option<Noise> {
    // Most speech is loud, and its latest piece tells so.
    let latest = sound.rchunks(STEADY_PIECE).next().unwrap_or_default();
    if sound.len() < WINDOW || level_of(latest) > LOUDEST {
        return None;
    }
    let level = level_of(sound);
    if level > LOUDEST {
        return None;
    }
    let loudest = loudest_of(sound);
    if loudest < SILENT {
        return Some(Noise::of(sound));
    }
    let mut pieces = sound.chunks_exact(STEADY_PIECE).map(level_of);
    let steady = pieces.all(|piece| (piece - level).abs() < STANDS_OUT);
    let noise = Noise::of(sound);
    let is_noise = steady && loudest < level + PIECE_STANDS_OUT && noise.pitch_db() < HAS_PITCH;
    is_noise.then_some(noise)
}

/// Whether it is more than the noise that was told of.
fn stands_out(packet: &[i16], told: &Noise) -> bool {
    let (level, noise) = (level_of(packet), -f64::from(told.level()));
    let noise = noise.max(SILENT);
    level > LOUDEST
        || level > noise + STANDS_OUT
        || loudest_of(packet) > noise + PIECE_STANDS_OUT
        || level > SILENT && Noise::of(packet).pitch_db() > HAS_PITCH
}

/// The level of the loudest piece.
fn loudest_of(sound: &[i16]) -> f64 {
    let pieces = sound.chunks(PIECE).map(level_of);
    pieces.fold(f64::NEG_INFINITY, f64::max)
}

/// In dB of overload.
fn level_of(sound: &[i16]) -> f64 {
    let power: f64 = sound.iter().map(|&s| f64::from(s).powi(2)).sum();
    10.0 * (power / sound.len().max(1) as f64 / 32_768f64.powi(2))
        .max(1e-13)
        .log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Dice;
    use crate::media::measure::{peak_of, speech, tone};
    use expect_test::{Expect, expect};

    /// What becomes of sound in packets of 20 ms: "say", "tell -50" and "rest", with how often each comes.
    #[track_caller]
    fn check(sound: &[i16], expect: Expect) {
        let mut lull = Lull::default();
        let mut told: Vec<(String, u32)> = Vec::new();
        for packet in sound.chunks_exact(160) {
            let turn = match lull.hear(packet) {
                Turn::Say { begins: true } => "begin".to_string(),
                Turn::Say { begins: false } => "say".to_string(),
                Turn::Tell(noise) => format!("tell -{}", noise.level()),
                Turn::Rest => "rest".to_string(),
            };
            match told.last_mut().filter(|(last, _)| *last == turn) {
                Some((_, count)) => *count += 1,
                None => told.push((turn, 1)),
            }
        }
        let told: Vec<String> = (told.into_iter())
            .map(|(turn, count)| match count {
                1 => turn,
                _ => format!("{turn} ×{count}"),
            })
            .collect();
        expect.assert_eq(&told.join(", "));
    }

    /// White noise, of so many dB of overload.
    fn noise(db: f64, ms: usize, seed: u64) -> Vec<i16> {
        let mut dice = Dice::from_seed(seed);
        let peak = 32_768.0 * 10f64.powf(db / 20.0) * 3f64.sqrt();
        (0..ms * 8)
            .map(|_| ((dice.u64() as f64 / u64::MAX as f64 * 2.0 - 1.0) * peak).round() as i16)
            .collect()
    }

    #[test]
    fn silence_is_told_of_once_a_second_and_the_word_after_it_is_said() {
        let mut sound = speech(8_000, 5, 1.0);
        sound.extend(vec![0; 8 * 3_000]);
        sound.extend(speech(8_000, 5, 0.4));
        check(
            &sound,
            expect![
                "say ×62, tell -127, rest ×49, tell -127, rest ×49, tell -127, rest ×39, begin, say ×17"
            ],
        );
    }

    #[test]
    fn steady_noise_is_told_of_and_again_when_it_changes() {
        let mut sound = noise(-55.0, 2_000, 1);
        sound.extend(noise(-52.0, 2_000, 2));
        sound.extend(noise(-62.0, 2_000, 3));
        check(
            &sound,
            expect![
                "say ×19, tell -55, rest ×49, tell -55, rest ×37, tell -53, rest ×49, tell -52, rest ×48, tell -54, rest ×9, tell -58, rest ×9, tell -62, rest ×49, tell -62, rest ×23"
            ],
        );
    }

    #[test]
    fn what_is_loud_changes_or_has_a_pitch_is_said() {
        // As loud as a fan nearby; a ringing tone far away; a room in which somebody taps four times a second.
        let mut sound = noise(-40.0, 2_000, 1);
        sound.extend(tone(8_000, 425.0, peak_of(-50.0), 16_000));
        let mut taps = noise(-60.0, 2_000, 2);
        for tap in taps.chunks_mut(2_000) {
            for (sample, knock) in tap.iter_mut().zip(noise(-45.0, 5, 3)) {
                *sample = knock;
            }
        }
        sound.extend(taps);
        check(&sound, expect!["say ×300"]);
    }

    #[test]
    fn a_faint_tone_or_chord_that_fades_in_ends_the_rest() {
        for hz in [
            [300.0, 300.0, 300.0],
            [262.0, 330.0, 392.0],
            [1_200.0, 1_800.0, 3_000.0],
        ] {
            let mut sound = noise(-66.0, 1_000, 1);
            let mut chord = noise(-66.0, 3_000, 2);
            let tones = hz.map(|hz| tone(8_000, hz, peak_of(-45.0), chord.len()));
            for (n, sample) in chord.iter_mut().enumerate() {
                let level = (n as f64 / 12_000.0).min(1.0);
                let sum: f64 = tones.iter().map(|tone| f64::from(tone[n])).sum();
                *sample += (sum * level / 3.0).round() as i16;
            }
            sound.extend(chord);
            let mut lull = Lull::default();
            let turns: Vec<Turn> = sound.chunks_exact(160).map(|p| lull.hear(p)).collect();
            assert_eq!(turns[49], Turn::Rest, "{hz:?}");
            let begins = turns
                .iter()
                .position(|turn| *turn == Turn::Say { begins: true });
            // From 1 s on it fades in; at 2.5 s it is as loud as it gets.
            assert!(begins.is_some_and(|n| n < 125), "{hz:?}: {begins:?}");
            assert!(
                turns[130..]
                    .iter()
                    .all(|turn| *turn == Turn::Say { begins: false }),
                "{hz:?}"
            );
        }
    }

    #[test]
    fn no_sound_makes_it_panic() {
        let mut dice = Dice::from_seed(3);
        for _ in 0..200 {
            let mut lull = Lull::default();
            for _ in 0..30 {
                let length = dice.below(700) as usize;
                let level = dice.below(16);
                let packet: Vec<i16> = (0..length).map(|_| dice.u64() as i16 >> level).collect();
                lull.hear(&packet);
                assert!(lull.lately.len() <= WINDOW);
            }
        }
    }
}
