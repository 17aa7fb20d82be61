//! What a story expects of a recording.

use std::f64::consts::TAU;
use std::time::Duration;

use super::words::{not_understood, number, seconds};
use crate::base::recording::Format;
use crate::sim::disk::Recording;

/// Below this amplitude a tone is not there: -50 dB of full scale.
const FAINT: f64 = 100.0;
/// The part of the power that a tone has at least.
const SHARE: f64 = 0.1;
/// A recorder begins and ends between two ticks, and what it hears is up to two late.
const LATE: Duration = Duration::from_millis(60);

/// What it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Recorded {
    Tone {
        side: Side,
        hz: u32,
        within: Option<(Duration, Duration)>,
    },
    Lasts(Duration),
    Shape {
        is_stereo: bool,
        format: Format,
        rate_hz: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Either,
    Left,
    Right,
}

/// What stands behind `recording N`.
pub(super) fn read(words: &[&str]) -> Result<Recorded, String> {
    let shape = |is_stereo, format: &str, rate: &str| {
        Ok(Recorded::Shape {
            is_stereo,
            format: Format::named(format).ok_or("mp3, wav or flac")?,
            rate_hz: number(rate)?,
        })
    };
    match words {
        ["lasts", time] => Ok(Recorded::Lasts(seconds(time)?)),
        ["is", "stereo", format, "at", rate, "Hz"] => shape(true, format, rate),
        ["is", "mono", format, "at", rate, "Hz"] => shape(false, format, rate),
        ["left", rest @ ..] => tone(Side::Left, rest),
        ["right", rest @ ..] => tone(Side::Right, rest),
        rest => tone(Side::Either, rest),
    }
}

fn tone(side: Side, words: &[&str]) -> Result<Recorded, String> {
    let (hz, within) = match words {
        ["holds", hz, "Hz"] => (hz, None),
        ["holds", hz, "Hz", "from", from, "to", to] => (hz, Some((seconds(from)?, seconds(to)?))),
        words => {
            not_understood(words)?;
            return Err("nothing is expected of it".to_string());
        }
    };
    let hz = number(hz)?;
    Ok(Recorded::Tone { side, hz, within })
}

impl Recorded {
    /// Whether it is so, and what is so.
    pub(super) fn judge(&self, recording: &Recording) -> (bool, String) {
        let rate = f64::from(recording.rate_hz);
        match self {
            Recorded::Lasts(long) => {
                let lasts = Duration::from_secs_f64(recording.left.len() as f64 / rate);
                let said = format!("it lasts {lasts:?}");
                (lasts.abs_diff(*long) <= LATE, said)
            }
            Recorded::Shape {
                is_stereo,
                format,
                rate_hz,
            } => {
                let sides = match recording.right {
                    Some(_) => "stereo",
                    None => "mono",
                };
                let (own, hz) = (recording.format, recording.rate_hz);
                let is_so =
                    recording.right.is_some() == *is_stereo && (own, hz) == (*format, *rate_hz);
                let said = format!("it is {sides} {} at {hz} Hz", own.ending());
                (is_so, said)
            }
            Recorded::Tone { side, hz, within } => {
                let none = Vec::new();
                let right = recording.right.as_ref().unwrap_or(&none);
                let sides = match side {
                    Side::Either => vec![&recording.left, right],
                    Side::Left => vec![&recording.left],
                    Side::Right => vec![right],
                };
                let found = sides.into_iter().any(|samples| {
                    let (from, to) = match within {
                        Some((from, to)) => (from.as_secs_f64() * rate, to.as_secs_f64() * rate),
                        None => (0.0, samples.len() as f64),
                    };
                    let piece = samples.get(from as usize..to as usize);
                    piece.is_some_and(|piece| has_tone(piece, rate, *hz))
                });
                let said = match found {
                    true => "it holds it",
                    false => "it does not hold it",
                };
                (found, said.to_string())
            }
        }
    }
}

/// Whether this frequency has a part in the sound: one bin of a Fourier transform.
fn has_tone(samples: &[i16], rate_hz: f64, hz: u32) -> bool {
    let step = TAU * f64::from(hz) / rate_hz;
    let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let (sin, cos) = (step * n as f64).sin_cos();
        let sample = f64::from(*sample);
        re += sample * cos;
        im += sample * sin;
        power += sample * sample;
    }
    let count = samples.len().max(1) as f64;
    let amplitude = 2.0 * re.hypot(im) / count;
    amplitude > FAINT && amplitude * amplitude / 2.0 > SHARE * power / count
}
