//! Many channels become one, and their length is kept in bounds while they come.

use super::Fault;

/// The longest sound that is kept, in seconds.
pub const LONGEST_S: u32 = 3600;

/// The most samples that are kept: 128 MiB; 23 minutes at 48 kHz.
const MOST_SAMPLES: usize = 64 << 20;

/// What has been decoded so far.
#[derive(Default)]
pub struct Mono {
    rate_hz: u32,
    channels: usize,
    samples: Vec<i16>,
}

impl Mono {
    /// One packet's sound. All of a file has the same rate and channels.
    pub fn take(
        &mut self,
        rate_hz: u32,
        channels: usize,
        interleaved: &[i16],
    ) -> Result<(), Fault> {
        if interleaved.is_empty() {
            return Ok(());
        }
        if self.samples.is_empty() {
            if !(4000..=192_000).contains(&rate_hz) {
                return Err(Fault::Rate(rate_hz));
            }
            if !(1..=32).contains(&channels) {
                return Err(Fault::Channels(channels));
            }
            (self.rate_hz, self.channels) = (rate_hz, channels);
        }
        if (self.rate_hz, self.channels) != (rate_hz, channels) {
            let message = "its rate or its channels change on the way";
            return Err(Fault::Broken(message.to_string()));
        }
        let most = MOST_SAMPLES.min(rate_hz as usize * LONGEST_S as usize);
        if self.samples.len() + interleaved.len() / channels > most {
            return Err(Fault::TooLong(most as u32 / rate_hz));
        }
        match channels {
            1 => self.samples.extend_from_slice(interleaved),
            _ => {
                let mixed = interleaved.chunks_exact(channels).map(|together| {
                    let sum: i32 = together.iter().map(|sample| i32::from(*sample)).sum();
                    (sum / channels as i32) as i16
                });
                self.samples.extend(mixed);
            }
        }
        Ok(())
    }

    /// All of it. Where there is nothing, `fault` says why.
    pub fn whole(self, fault: Option<Fault>) -> Result<(u32, Vec<i16>), Fault> {
        match self.samples.is_empty() {
            true => Err(fault.unwrap_or(Fault::Empty)),
            false => Ok((self.rate_hz, self.samples)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_mixed_to_their_mean() {
        let mut mono = Mono::default();
        mono.take(8000, 2, &[100, 300, i16::MIN, i16::MIN]).unwrap();
        assert_eq!(mono.whole(None).unwrap(), (8000, vec![200, i16::MIN]));
        let mut mono = Mono::default();
        mono.take(8000, 8, &[i16::MAX; 16]).unwrap();
        assert_eq!(mono.whole(None).unwrap().1, [i16::MAX; 2]);
    }

    #[test]
    fn what_cannot_be_is_named() {
        let mut mono = Mono::default();
        assert_eq!(mono.take(1, 1, &[0]), Err(Fault::Rate(1)));
        assert_eq!(mono.take(8000, 0, &[0]), Err(Fault::Channels(0)));
        assert_eq!(mono.take(8000, 33, &[0; 33]), Err(Fault::Channels(33)));
        mono.take(8000, 1, &[0]).unwrap();
        assert!(matches!(mono.take(8000, 2, &[0, 0]), Err(Fault::Broken(_))));
        assert_eq!(Mono::default().whole(None), Err(Fault::Empty));
    }

    #[test]
    fn an_hour_is_the_longest() {
        let mut mono = Mono::default();
        let minute = vec![0; 8000 * 60];
        for _ in 0..60 {
            mono.take(8000, 1, &minute).unwrap();
        }
        let fault = mono.take(8000, 1, &[0]).unwrap_err();
        assert_eq!(
            fault.to_string(),
            "the audio file is longer than 60 minutes"
        );
    }
}
