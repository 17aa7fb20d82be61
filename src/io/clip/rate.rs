//! A whole sound at another rate, where media does not take its own: 11.025 kHz, 96 kHz and the like.

use super::Fault;
use crate::media::Clip;
use crate::media::resample::Resampler;

/// As it is where media takes it; else at the next rate above that media takes, at most 48 kHz.
pub fn to_one_that_media_takes(rate_hz: u32, samples: Vec<i16>) -> Result<Clip, Fault> {
    if Clip::takes(rate_hz) {
        return Clip::new(rate_hz, samples).ok_or(Fault::Rate(rate_hz));
    }
    let taken = [8000, 16_000, 24_000, 32_000, 48_000];
    let to = taken
        .into_iter()
        .find(|to| *to >= rate_hz)
        .unwrap_or(48_000);
    let mut resampler = Resampler::new(rate_hz, to).map_err(|_| Fault::Rate(rate_hz))?;
    let length = samples.len() as u64 * u64::from(to) / u64::from(rate_hz);
    let mut out = Vec::new();
    let mut all = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    // What the filter holds back at the end comes with the silence behind it.
    let silence = [0; 1024];
    let mut late = resampler.delay();
    for piece in samples.chunks(4096).chain([&silence[..], &silence[..]]) {
        out.clear();
        resampler.resample(piece, &mut out);
        let skipped = late.min(out.len());
        late -= skipped;
        all.extend_from_slice(out.get(skipped..).unwrap_or_default());
    }
    all.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    Clip::new(to, all).ok_or(Fault::Rate(to))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{level, tone};
    use super::*;

    #[test]
    fn a_tone_keeps_its_pitch_its_level_and_its_length() {
        check(11_025, 16_000, 1000.0);
        check(96_000, 48_000, 10_000.0);
        check(4000, 8000, 1500.0);
    }

    #[test]
    fn a_rate_that_has_no_ratio_is_named() {
        let fault = to_one_that_media_takes(44_111, vec![0; 100]).unwrap_err();
        assert_eq!(fault, Fault::Rate(44_111));
    }

    #[test]
    fn a_rate_that_media_takes_is_left_alone() {
        let samples = tone(44_100, 440.0, 100);
        let clip = to_one_that_media_takes(44_100, samples.clone()).unwrap();
        assert_eq!((clip.rate_hz(), clip.samples()), (44_100, &samples[..]));
    }

    #[track_caller]
    fn check(from: u32, to: u32, hz: f64) {
        let clip = to_one_that_media_takes(from, tone(from, hz, from as usize)).unwrap();
        assert_eq!((clip.rate_hz(), clip.samples().len()), (to, to as usize));
        let middle = &clip.samples()[to as usize / 4..to as usize * 3 / 4];
        let heard = level(middle, to, hz);
        assert!((heard / 10_000.0 - 1.0).abs() < 0.02, "{heard}");
        assert!(level(middle, to, hz * 0.8) < 100.0);
    }
}
