//! The mark on calls that are placed because of a transfer: how many transfers have led there.
//!
//! `Switchhook-Hop: 2;by=5f0c1a2e00d3b1f7`, with the session that places the call. A script neither sees nor sets it (only `X-*` are a script's). A peer that
//! leaves it out, or writes a lower number, gains what a new call of its own would give it, and nothing
//! more: Max-Forwards and the rates hold for that as well. A higher number only hurts who writes it.

use crate::base::SessionId;
use crate::sip::message::{Headers, Name};

/// The name on the wire.
pub const HOP: &str = "Switchhook-Hop";

/// How many marks of an INVITE are looked at.
const MOST_MARKS: usize = 8;

/// The number of transfers that have led to a call, by the marks of its INVITE; any switchhook's mark
/// counts. What is no mark counts as none.
pub fn depth(headers: &Headers) -> u32 {
    let name = name();
    let marks = headers.all(&name).take(MOST_MARKS);
    let depths = marks.filter_map(|mark| {
        let mark = std::str::from_utf8(mark).ok()?;
        let number = mark.split(';').next()?.trim();
        // Beyond what a u32 holds it is deep enough as well.
        let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| number.parse().unwrap_or(u32::MAX))
    });
    depths.max().unwrap_or(0)
}

/// Marks a call that so many transfers have led to; one that none has led to bears no mark.
pub fn mark(headers: &mut Headers, depth: u32, by: SessionId) {
    if depth > 0 {
        headers.push(name(), format!("{depth};by={by}"));
    }
}

fn name() -> Name {
    Name::parse(HOP.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_mark_counts_and_nonsense_does_not() {
        for (marks, expected) in [
            (vec![], 0),
            (vec!["2;by=5f0c1a2e"], 2),
            (vec!["1;by=a", "3;by=b"], 3),
            (vec!["7"], 7),
            (vec!["-1", "x", "", " ;by=a", "1e3"], 0),
            (vec!["99999999999999999999"], u32::MAX),
        ] {
            let mut headers = Headers::new();
            for mark in &marks {
                headers.push(Name::parse(b"switchhook-hop"), *mark);
            }
            assert_eq!(depth(&headers), expected, "{marks:?}");
        }
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let mut headers = Headers::new();
        mark(&mut headers, 0, SessionId(7));
        assert_eq!(headers.iter().count(), 0);
        mark(&mut headers, 4, SessionId(7));
        assert_eq!(depth(&headers), 4);
    }
}
