//! Sound that lies in memory, decoded and mixed down: what a player plays. Cheap to clone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Mono samples with their rate, which is a whole number of samples in each 20 ms.
#[derive(Clone, PartialEq, Eq)]
pub struct Clip {
    rate_hz: u32,
    samples: Arc<[i16]>,
}

impl Clip {
    /// `None` where [`Clip::takes`] says no.
    pub fn new(rate_hz: u32, samples: Vec<i16>) -> Option<Clip> {
        Clip::takes(rate_hz).then(|| Clip {
            rate_hz,
            samples: samples.into(),
        })
    }

    /// Nothing to hear, for so long; at 8 kHz.
    pub fn silence(duration: Duration) -> Clip {
        let samples = usize::try_from(duration.as_millis() * 8).unwrap_or(0);
        Clip {
            rate_hz: 8000,
            samples: vec![0; samples].into(),
        }
    }

    /// 8 to 48 kHz, and a whole number of samples in 20 ms.
    pub fn takes(rate_hz: u32) -> bool {
        (8000..=48_000).contains(&rate_hz) && rate_hz.is_multiple_of(50)
    }

    pub fn rate_hz(&self) -> u32 {
        self.rate_hz
    }

    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    pub fn duration(&self) -> Duration {
        let micros = self.samples.len() as u64 * 1_000_000 / u64::from(self.rate_hz);
        Duration::from_micros(micros)
    }

    /// What it holds in memory, in bytes.
    pub fn weight(&self) -> usize {
        self.samples.len() * 2
    }
}

impl fmt::Debug for Clip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clip({:?} at {} Hz)", self.duration(), self.rate_hz)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_has_whole_frames_of_20_ms() {
        for (rate, taken) in [
            (8000, true),
            (22_050, true),
            (44_100, true),
            (48_000, true),
            (11_025, false),
            (96_000, false),
            (4000, false),
            (0, false),
        ] {
            assert_eq!(Clip::new(rate, vec![]).is_some(), taken, "{rate}");
        }
    }

    #[test]
    fn its_length_is_that_of_its_samples() {
        let clip = Clip::new(16_000, vec![0; 8000]).unwrap();
        assert_eq!(clip.duration(), Duration::from_millis(500));
        assert_eq!(clip.weight(), 16_000);
        let silence = Clip::silence(Duration::from_millis(30));
        assert_eq!(silence.duration(), Duration::from_millis(30));
    }
}
