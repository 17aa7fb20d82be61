//! Regular expressions as people write them in rules and trunks: JavaScript's syntax as far as it goes,
//! look-around included, matched against the whole of a number or user name, with a limit on the work.

use std::fmt;

use fancy_regex::{Regex, RegexBuilder};

/// Steps that one match may take; a pattern that needs more is refused for that number.
const MOST_STEPS: usize = 100_000;
/// Numbers and user names are short; a longer text matches nothing.
const MOST_BYTES: usize = 1024;
/// Patterns are written by hand.
const MOST_PATTERN_BYTES: usize = 4096;

/// A compiled pattern that must match the whole text: `123` does not match `123456`.
#[derive(Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a regular expression: {reason}")]
pub struct PatternFault {
    pub pattern: String,
    pub reason: String,
}

/// What became of one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    Yes,
    No,
    /// The text is too long, or the pattern backtracks without end.
    GivenUp,
}

impl Pattern {
    pub fn new(text: &str) -> Result<Pattern, PatternFault> {
        let fault = |reason: String| PatternFault {
            pattern: text.chars().take(100).collect(),
            reason,
        };
        if text.len() > MOST_PATTERN_BYTES {
            return Err(fault(format!("longer than {MOST_PATTERN_BYTES} bytes")));
        }
        // Alone first: `a)|(b` is only well-formed inside the brackets that the anchors bring.
        Regex::new(text).map_err(|error| fault(first_line(&error.to_string())))?;
        let regex = RegexBuilder::new(&format!(r"\A(?:{text})\z"))
            .backtrack_limit(MOST_STEPS)
            .build()
            .map_err(|error| fault(first_line(&error.to_string())))?;
        Ok(Pattern {
            text: text.to_string(),
            regex,
        })
    }

    /// Matches anything.
    pub fn any() -> Pattern {
        Pattern::new("(?s).*").expect("a constant that compiles")
    }

    pub fn test(&self, text: &str) -> Match {
        if text.len() > MOST_BYTES {
            return Match::GivenUp;
        }
        match self.regex.is_match(text) {
            Ok(true) => Match::Yes,
            Ok(false) => Match::No,
            Err(_) => Match::GivenUp,
        }
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.test(text) == Match::Yes
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/", self.text)
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_text_or_nothing() {
        check("123", "123", Match::Yes);
        check("123", "123456", Match::No);
        check("123.+", "123456", Match::Yes);
        check("1|23", "123", Match::No);
        check("alice|bob", "bob", Match::Yes);
        check("", "", Match::Yes);
        check("123", "123\n", Match::No);
    }

    #[test]
    fn look_around_and_back_references_work_as_in_javascript() {
        check("(?!99)\\d+", "1234", Match::Yes);
        check("(?!99)\\d+", "9912", Match::No);
        check("(\\d)\\1+", "777", Match::Yes);
        check("\\+?49\\d{3,}", "+4930123", Match::Yes);
    }

    #[test]
    fn a_pattern_that_never_ends_and_an_endless_text_are_given_up() {
        let endless = format!("{}xc", "a".repeat(64));
        check("(?:(a|aa))+(?=\\1c)xc", &endless, Match::GivenUp);
        check(".*", &"1".repeat(2000), Match::GivenUp);
    }

    #[test]
    fn a_broken_pattern_says_what_is_wrong() {
        assert!(Pattern::new("(").is_err());
        assert!(Pattern::new("a)|(b").is_err());
        assert!(Pattern::new(&"a".repeat(5000)).is_err());
        let fault = Pattern::new("[0-9").unwrap_err().to_string();
        assert!(fault.starts_with("`[0-9` is not a regular expression: "));
    }

    #[track_caller]
    fn check(pattern: &str, text: &str, expect: Match) {
        assert_eq!(Pattern::new(pattern).unwrap().test(text), expect);
    }
}
