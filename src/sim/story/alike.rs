//! What a story expects to be heard, or recorded, as it was said: late by little, as loud, and hardly changed.

use std::time::Duration;

use super::words::{not_understood, seconds};
use crate::media::measure::Likeness;
use crate::sim::tape::Original;

/// It may be so much louder or softer.
const NEAR_DB: f64 = 1.5;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alike {
    pub original: Original,
    /// Later it may not be.
    pub within: Option<Duration>,
}

/// `alice's speech` or `clip NAME since T`, and `within T` after it; `None`: something else is meant.
pub(super) fn read(words: &[&str]) -> Result<Option<Alike>, String> {
    let (original, rest) = match words {
        [whose, "speech", rest @ ..] if whose.ends_with("'s") => {
            let name = whose.trim_end_matches("'s").to_string();
            (Original::Phone(name), rest)
        }
        ["clip", name, "since", since, rest @ ..] => {
            let (name, since) = (name.to_string(), seconds(since)?);
            (Original::Clip { name, since }, rest)
        }
        _ => return Ok(None),
    };
    let within = match rest {
        [] => None,
        ["within", time] => Some(seconds(time)?),
        words => {
            not_understood(words)?;
            None
        }
    };
    Ok(Some(Alike { original, within }))
}

impl Alike {
    /// Whether it is so, and what is so.
    pub(super) fn judge(&self, like: Option<Likeness>) -> (bool, String) {
        let Some(like) = like else {
            return (false, "nothing of it".to_string());
        };
        let in_time = self.within.is_none_or(|within| like.delay <= within);
        let is_so = like.is_the_same() && like.gain_db.abs() < NEAR_DB && in_time;
        (is_so, like.to_string())
    }
}
