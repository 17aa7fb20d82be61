//! What a story's phone says.

use super::words::{not_understood, number, seconds};
use crate::media::dtmf::strokes;
use crate::sim::voices::{USUAL_DBFS, Utterance, What};

/// After `says`.
pub(super) fn utterance(words: &[&str]) -> Result<Utterance, String> {
    let (what, mut rest) = match words {
        ["speech", rest @ ..] => (What::Speech, rest),
        ["silence", rest @ ..] => (What::Silence, rest),
        ["keys", keys, rest @ ..] => (What::Keys(strokes(keys)?), rest),
        words => {
            let end = words.iter().position(|word| *word == "Hz");
            let (tones, rest) = match end {
                Some(end) => (&words[..end], &words[end + 1..]),
                None => {
                    not_understood(words)?;
                    return Err("nothing is said".to_string());
                }
            };
            let tones = tones.iter().filter(|word| **word != "and");
            let tones = tones
                .map(|hz| number(hz))
                .collect::<Result<Vec<u32>, _>>()?;
            if tones.is_empty() || tones.iter().any(|hz| !(20..=7_500).contains(hz)) {
                return Err("a tone has 20 to 7500 Hz".to_string());
            }
            (What::Tones(tones), rest)
        }
    };
    let mut utterance = Utterance {
        what,
        dbfs: USUAL_DBFS,
        lasts: None,
    };
    while !rest.is_empty() {
        rest = match rest {
            ["at", level, "dB", rest @ ..] => {
                utterance.dbfs = number(level)?;
                rest
            }
            ["for", time, rest @ ..] => {
                utterance.lasts = Some(seconds(time)?);
                rest
            }
            words => {
                not_understood(words)?;
                return Err("nothing is said".to_string());
            }
        };
    }
    Ok(utterance)
}
