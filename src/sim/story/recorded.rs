//! What a story expects of a recording.

use std::time::Duration;

use super::words::{not_understood, number, seconds};
use crate::base::recording::Format;
use crate::sim::disk::{Recording, Side};

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
        match self {
            Recorded::Lasts(long) => {
                let lasts = recording.lasts();
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
                let found = recording.has_tone(*side, *hz, *within);
                let said = match found {
                    true => "it holds it",
                    false => "it does not hold it",
                };
                (found, said.to_string())
            }
        }
    }
}
