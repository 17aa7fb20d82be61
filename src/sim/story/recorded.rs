//! What a story expects of a recording.

use std::time::Duration;

use super::alike::{self, Alike};
use super::words::{not_understood, number, seconds};
use crate::base::recording::Format;
use crate::sim::disk::{Recording, Side};
use crate::sim::world::World;

/// A recorder begins and ends between two ticks, and what it hears is up to two late.
const LATE: Duration = Duration::from_millis(60);

/// A tone may be so much louder or softer.
const NEAR_DB: f64 = 1.5;

/// What it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Recorded {
    Tone {
        side: Side,
        hz: u32,
        /// In dBFS.
        level: Option<i32>,
        within: Option<(Duration, Duration)>,
    },
    Alike {
        side: Side,
        alike: Alike,
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
        ["left", "holds", rest @ ..] => held(Side::Left, rest),
        ["right", "holds", rest @ ..] => held(Side::Right, rest),
        ["holds", rest @ ..] => held(Side::Either, rest),
        words => {
            not_understood(words)?;
            Err("nothing is expected of it".to_string())
        }
    }
}

fn held(side: Side, words: &[&str]) -> Result<Recorded, String> {
    if let Some(alike) = alike::read(words)? {
        return Ok(Recorded::Alike { side, alike });
    }
    let [hz, "Hz", rest @ ..] = words else {
        not_understood(words)?;
        return Err("it holds a tone, speech or a clip".to_string());
    };
    let (level, rest) = match rest {
        ["at", level, "dB", rest @ ..] => (Some(number(level)?), rest),
        rest => (None, rest),
    };
    let within = match rest {
        [] => None,
        ["from", from, "to", to] => Some((seconds(from)?, seconds(to)?)),
        words => {
            not_understood(words)?;
            None
        }
    };
    Ok(Recorded::Tone {
        side,
        hz: number(hz)?,
        level,
        within,
    })
}

impl Recorded {
    /// Whether it is so, and what is so.
    pub(super) fn judge(&self, recording: &Recording, world: &World) -> (bool, String) {
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
            Recorded::Tone {
                side,
                hz,
                level,
                within,
            } => match recording.tone(*side, *hz, *within) {
                None => (false, "it does not hold it".to_string()),
                Some(dbfs) => {
                    let near = level.is_none_or(|level| (dbfs - f64::from(level)).abs() < NEAR_DB);
                    (near, format!("it holds it at {dbfs:.1} dB"))
                }
            },
            Recorded::Alike { side, alike } => {
                let like = world.recorded_likeness(recording, *side, &alike.original);
                let (is_so, holds) = alike.judge(like);
                (is_so, format!("it holds {holds}"))
            }
        }
    }
}
