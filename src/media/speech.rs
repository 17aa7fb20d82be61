//! Whether somebody speaks, by loudness: a frame counts where it stands out of what is always there.

use std::collections::VecDeque;

/// Quieter than this is never speech, in dB of full scale.
const LEAST: f64 = -50.0;
/// What is always there is no quieter than this, in dB of full scale.
const STILL: f64 = -65.0;
/// By so many dB speech is louder than what is always there.
const ABOVE: f64 = 8.0;
/// Frames of a slot, and slots that are remembered: the quietest 20 ms of three seconds are what is always there.
const SLOT: u32 = 25;
const SLOTS: usize = 12;
/// So many slots are heard before anything is known.
const TO_KNOW: usize = 4;

/// Hears frame after frame of 20 ms.
#[derive(Debug)]
pub struct Loudness {
    /// The quietest of each slot, oldest first, in dB of full scale.
    slots: VecDeque<f64>,
    quietest: f64,
    frames: u32,
}

impl Default for Loudness {
    fn default() -> Loudness {
        Loudness {
            slots: VecDeque::new(),
            quietest: 0.0,
            frames: 0,
        }
    }
}

impl Loudness {
    /// Whether this frame is loud enough to be speech.
    pub fn hear(&mut self, samples: &[i16]) -> bool {
        let level = level_of(samples);
        self.quietest = self.quietest.min(level);
        self.frames += 1;
        if self.frames == SLOT {
            self.slots.push_back(self.quietest);
            if self.slots.len() > SLOTS {
                self.slots.pop_front();
            }
            (self.quietest, self.frames) = (0.0, 0);
        }
        level > LEAST.max(self.floor() + ABOVE)
    }

    /// What is always there.
    fn floor(&self) -> f64 {
        if self.slots.len() < TO_KNOW {
            return STILL;
        }
        let slots = self.slots.iter().copied();
        // A slot that has just begun knows nothing yet.
        let quietest = slots.fold(0.0, f64::min);
        quietest.max(STILL)
    }
}

/// In dB of full scale; -100 at least.
fn level_of(samples: &[i16]) -> f64 {
    let power = samples.iter().map(|sample| f64::from(*sample).powi(2));
    let power = power.sum::<f64>() / samples.len().max(1) as f64;
    10.0 * (power / f64::from(i16::MAX).powi(2)).max(1e-10).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::measure::tone;

    #[test]
    fn what_stands_out_is_loud_and_what_is_always_there_is_not() {
        let mut loudness = Loudness::default();
        let quiet = tone(8_000, 300.0, 300.0, 160);
        let loud = tone(8_000, 300.0, 3_000.0, 160);
        assert!(!loudness.hear(&[0; 160]));
        assert!(loudness.hear(&quiet), "nothing is known yet");
        for _ in 0..340 {
            loudness.hear(&quiet);
        }
        assert!(!loudness.hear(&quiet));
        assert!(loudness.hear(&loud));
        // 2 dB louder than what is there.
        assert!(!loudness.hear(&tone(8_000, 300.0, 380.0, 160)));
        assert!(!loudness.hear(&[]));
    }
}
