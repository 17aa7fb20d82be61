//! Status codes and their standard phrases, from rsip.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rsip::StatusCode;

/// Where rsip's name of a code is not the phrase of its RFC, or where it has no such code.
const CORRECTED: &[(u16, &str)] = &[
    (202, "Accepted"),
    (406, "Not Acceptable"),
    (414, "Request-URI Too Long"),
    (416, "Unsupported URI Scheme"),
    (430, "Flow Failed"),
    (440, "Max-Breadth Exceeded"),
    (470, "Consent Needed"),
    (480, "Temporarily Unavailable"),
    (481, "Call/Transaction Does Not Exist"),
    (500, "Server Internal Error"),
    (504, "Server Time-out"),
    (606, "Not Acceptable"),
    (608, "Rejected"),
];

static PHRASES: LazyLock<BTreeMap<u16, String>> = LazyLock::new(|| {
    let known = (100..700).filter_map(|code| match StatusCode::from(code) {
        // No RFC defines 201 for SIP.
        StatusCode::Other(..) | StatusCode::Accepted => None,
        named => Some((code, phrase_of(&named))),
    });
    let corrected = CORRECTED
        .iter()
        .map(|(code, phrase)| (*code, phrase.to_string()));
    known.chain(corrected).collect()
});

/// rsip prints `183 SessionProgress`: the words are taken apart.
fn phrase_of(status: &StatusCode) -> String {
    let printed = status.to_string();
    let name = printed.split_once(' ').map_or("", |(_, name)| name);
    let mut phrase = String::new();
    let mut after_lower = false;
    for letter in name.chars() {
        if letter.is_uppercase() && after_lower {
            phrase.push(' ');
        }
        after_lower = letter.is_lowercase();
        phrase.push(letter);
    }
    phrase
}

/// The standard phrase, or a general one of its class.
pub fn reason(code: u16) -> &'static str {
    match PHRASES.get(&code) {
        Some(phrase) => phrase,
        None => match code {
            100..=199 => "Session Progress",
            200..=299 => "OK",
            300..=399 => "Multiple Choices",
            400..=499 => "Bad Request",
            500..=599 => "Server Internal Error",
            _ => "Decline",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_those_of_the_rfcs() {
        fn check(code: u16, phrase: &str) {
            assert_eq!(reason(code), phrase, "{code}");
        }
        check(100, "Trying");
        check(180, "Ringing");
        check(181, "Call Is Being Forwarded");
        check(183, "Session Progress");
        check(200, "OK");
        check(202, "Accepted");
        check(302, "Moved Temporarily");
        check(401, "Unauthorized");
        check(405, "Method Not Allowed");
        check(407, "Proxy Authentication Required");
        check(414, "Request-URI Too Long");
        check(416, "Unsupported URI Scheme");
        check(420, "Bad Extension");
        check(422, "Session Interval Too Small");
        check(423, "Interval Too Brief");
        check(480, "Temporarily Unavailable");
        check(481, "Call/Transaction Does Not Exist");
        check(486, "Busy Here");
        check(487, "Request Terminated");
        check(488, "Not Acceptable Here");
        check(489, "Bad Event");
        check(491, "Request Pending");
        check(500, "Server Internal Error");
        check(503, "Service Unavailable");
        check(505, "Version Not Supported");
        check(513, "Message Too Large");
        check(580, "Precondition Failure");
        check(600, "Busy Everywhere");
        check(603, "Decline");
        check(606, "Not Acceptable");
        check(607, "Unwanted");
    }

    #[test]
    fn an_unknown_code_gets_a_phrase_of_its_class() {
        assert_eq!(reason(201), "OK");
        assert_eq!(reason(199), "Early Dialog Terminated");
        assert_eq!(reason(470), "Consent Needed");
        assert_eq!(reason(499), "Bad Request");
        assert_eq!(reason(699), "Decline");
    }
}
