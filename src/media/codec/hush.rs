//! Payloads of silence, in the place of others.

use super::Coding;

impl Coding {
    /// Writes as much silence over a payload as it holds sound. Says how long it is now, which is never more; `None`
    /// where it cannot be read, or silence does not fit.
    pub fn hush(self, payload: &mut [u8]) -> Option<usize> {
        let samples = self.samples_in(payload)?;
        let whole = payload.len();
        match self {
            Coding::Pcmu => payload.fill(0xff),
            Coding::Pcma => payload.fill(0xd5),
            // The smallest step in both bands: about -60 dBFS, once a decoder has calmed down.
            Coding::G722 => payload.fill(0xfd),
            Coding::L16 { .. } => payload.fill(0),
            Coding::Opus => return hush_opus(payload, samples),
        }
        Some(whole)
    }
}

/// RFC 6716 §3.1: frames of CELT, mono, full band, each of which says that it is silent.
fn hush_opus(payload: &mut [u8], samples: usize) -> Option<usize> {
    const SILENT: [u8; 2] = [0xff, 0xfe];
    const FRAME: usize = 960;
    let config: u8 = match samples {
        120 => 28,
        240 => 29,
        480 => 30,
        _ if samples.is_multiple_of(FRAME) => 31,
        _ => return None,
    };
    let frames = (samples / FRAME).max(1);
    let mut silence = match frames {
        1 => vec![config << 3],
        // Code 3: so many frames of the same size.
        _ => vec![config << 3 | 3, frames as u8],
    };
    silence.extend(SILENT.repeat(frames));
    payload.get_mut(..silence.len())?.copy_from_slice(&silence);
    Some(silence.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::codec::{Decoder, Encoder};
    use crate::media::measure::{rms, tone};

    #[test]
    fn what_is_hushed_is_as_long_and_silent() {
        for coding in [
            Coding::Pcmu,
            Coding::Pcma,
            Coding::G722,
            Coding::L16 { rate_hz: 48_000 },
            Coding::Opus,
        ] {
            for ms in [10, 20, 40, 60] {
                let (mut encoder, mut decoder) = (Encoder::new(coding), Decoder::new(coding));
                let length = coding.rate_hz() as usize / 1_000 * ms;
                let sound = tone(coding.rate_hz(), 1_000.0, 10_000.0, length * 10);
                let (mut payload, mut heard) = (Vec::new(), Vec::new());
                for (n, samples) in sound.chunks(length).enumerate() {
                    encoder.encode(samples, &mut payload).unwrap();
                    let before = coding.samples_in(&payload);
                    if n > 4 {
                        let length = coding.hush(&mut payload).unwrap();
                        payload.truncate(length);
                        assert_eq!(coding.samples_in(&payload), before, "{coding:?}");
                    }
                    decoder.decode(&payload, &mut heard).unwrap();
                    // G.722 takes some time to calm down.
                    if (n - n.min(5)) * ms >= 60 {
                        assert!(rms(&heard) < 50.0, "{coding:?}, {ms} ms: {}", rms(&heard));
                    } else if n > 5 {
                        assert!(rms(&heard) < 700.0, "{coding:?}, {ms} ms: {}", rms(&heard));
                    } else if n == 4 {
                        assert!(rms(&heard) > 3_000.0, "{coding:?}: {}", rms(&heard));
                    }
                }
            }
        }
    }
}
