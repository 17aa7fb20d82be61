//! The words of a story's line: how it is split, and times, numbers and methods.

use std::time::Duration;

use super::sentence::Said;
use crate::sip::message::Method;

/// Splits at white space and drops commas; what stands in quotes, double or single, is one word.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = match first {
            '"' | '\'' => rest[1..].split_once(first),
            _ => None,
        };
        let (word, after) = match quoted {
            Some((word, after)) => (word, after),
            None => {
                let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                (word.trim_end_matches(','), after)
            }
        };
        if quoted.is_some() || !word.is_empty() {
            words.push(word.to_string());
        }
        rest = after.trim_start_matches(',').trim_start();
    }
    words
}

pub(super) fn seconds(word: &str) -> Result<Duration, String> {
    let seconds = word
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| format!("`{word}` is no time in seconds"))
}

pub(super) fn number<T: std::str::FromStr>(word: &str) -> Result<T, String> {
    word.parse()
        .map_err(|_| format!("`{word}` is no number that fits"))
}

pub(super) fn ordinal(word: &str) -> Result<u32, String> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let nth = digits.parse().ok().filter(|nth| *nth > 0);
    nth.ok_or_else(|| format!("`{word}` is no number such as 1st, 2nd or 3rd"))
}

/// Methods are written in capitals, names are not.
pub(super) fn is_method(word: &str) -> Option<Method> {
    let is = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase());
    is.then(|| Method::from(word))
}

pub(super) fn not_understood(words: &[&str]) -> Said {
    Err(format!("not understood: `{}`", words.join(" ")))
}
