//! What a journal does not tell. Digest responses, keys of sound and passwords are overwritten; numbers get
//! pseudonyms, the same everywhere in one journal, so that a replay goes the same way.
//!
//! A pseudonym has the length of its number, and the first two and the last two of its digits. A number
//! stays as it is where the scenario itself names it (the source tells it anyway), and keeps more of its
//! first digits where a pattern of the configuration would judge it otherwise.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::base::pattern::{Match, Pattern};
use crate::base::pii::with_zeroed_seals;

/// Shorter ones are extensions, and nobody's.
const SHORTEST: usize = 7;

/// What stands for a password.
pub const REDACTED: &str = "redacted";

/// Gives pseudonyms.
pub struct Mask<'a> {
    key: [u8; 32],
    patterns: Vec<&'a Pattern>,
    /// Whether the scenario names it.
    is_named: &'a dyn Fn(&str) -> bool,
    /// The last digits of every number that was seen.
    ends: BTreeSet<Vec<u8>>,
    known: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl<'a> Mask<'a> {
    /// `key` is forgotten with the mask: no pseudonym leads back.
    pub fn new(
        key: [u8; 32],
        patterns: Vec<&'a Pattern>,
        is_named: &'a dyn Fn(&str) -> bool,
    ) -> Mask<'a> {
        Mask {
            key,
            patterns,
            is_named,
            ends: BTreeSet::new(),
            known: BTreeMap::new(),
        }
    }

    /// Learns the numbers in the addresses of a message.
    pub fn learn_addresses(&mut self, text: &[u8]) {
        for scheme in [&b"sip:"[..], b"sips:", b"tel:"] {
            let mut at = 0;
            while let Some(found) = find(&text[at..], scheme) {
                at += found + scheme.len();
                let rest = &text[at..];
                let stop = |byte: &u8| b"@;>?,\r\n \"".contains(byte);
                let end = rest.iter().position(stop).unwrap_or(rest.len());
                self.learn(&rest[..end]);
            }
        }
    }

    /// Learns a number; other names are none.
    pub fn learn(&mut self, name: &[u8]) {
        let name = name.strip_prefix(b"%2B").unwrap_or(name);
        let is_number = name
            .iter()
            .all(|byte| byte.is_ascii_digit() || b"+-.()".contains(byte));
        let digits: Vec<u8> = name.iter().copied().filter(u8::is_ascii_digit).collect();
        if is_number && digits.len() >= SHORTEST {
            self.ends.insert(digits[digits.len() - SHORTEST..].to_vec());
        }
    }

    /// Every string of a value, names of fields included.
    pub fn cover(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(&with_zeroed_seals(text)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.cover(item)),
            Value::Object(fields) => {
                let taken = std::mem::take(fields);
                for (name, mut field) in taken {
                    self.cover(&mut field);
                    fields.insert(self.text(&name), field);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A text with pseudonyms for the numbers that were learned.
    pub fn text(&mut self, text: &str) -> String {
        // Digits for digits: what was UTF-8 still is.
        String::from_utf8(self.bytes(text.as_bytes())).unwrap_or_default()
    }

    /// As [`Mask::text`].
    pub fn bytes(&mut self, text: &[u8]) -> Vec<u8> {
        let mut masked = text.to_vec();
        let mut at = 0;
        while at < text.len() {
            if !text[at].is_ascii_digit() {
                at += 1;
                continue;
            }
            let end = self.end_of_number(text, at);
            let digits: Vec<u8> = text[at..end]
                .iter()
                .copied()
                .filter(u8::is_ascii_digit)
                .collect();
            if digits.len() >= SHORTEST
                && stands_alone(text, at, end)
                && self.ends.contains(&digits[digits.len() - SHORTEST..])
            {
                let mut pseudonym = self.pseudonym(&digits).into_iter();
                for byte in masked[at..end]
                    .iter_mut()
                    .filter(|byte| byte.is_ascii_digit())
                {
                    *byte = pseudonym.next().unwrap_or(*byte);
                }
            }
            at = end;
        }
        masked
    }

    /// Digits, with single separators between them where the whole is a number that was learned.
    fn end_of_number(&self, text: &[u8], at: usize) -> usize {
        let run = |from: usize| {
            let rest = text.get(from..).unwrap_or_default();
            from + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let plain = run(at);
        let mut end = plain;
        while text.get(end).is_some_and(|byte| b"-.() /".contains(byte))
            && text.get(end + 1).is_some_and(u8::is_ascii_digit)
            && end - at < 40
        {
            end = run(end + 1);
            let digits: Vec<u8> = text[at..end]
                .iter()
                .copied()
                .filter(u8::is_ascii_digit)
                .collect();
            if digits.len() >= SHORTEST && self.ends.contains(&digits[digits.len() - SHORTEST..]) {
                return end;
            }
        }
        plain
    }

    fn pseudonym(&mut self, digits: &[u8]) -> Vec<u8> {
        if let Some(known) = self.known.get(digits) {
            return known.clone();
        }
        let plain = String::from_utf8_lossy(digits).into_owned();
        let pseudonym = match (self.is_named)(&plain) {
            true => digits.to_vec(),
            false => {
                let verdicts = self.verdicts(&plain);
                let mut leads = 2..digits.len().saturating_sub(2);
                let fitting = leads.find_map(|lead| {
                    let candidate = self.candidate(digits, lead);
                    let text = String::from_utf8_lossy(&candidate).into_owned();
                    (self.verdicts(&text) == verdicts).then_some(candidate)
                });
                fitting.unwrap_or_else(|| digits.to_vec())
            }
        };
        self.known.insert(digits.to_vec(), pseudonym.clone());
        pseudonym
    }

    /// The digits between the first `lead` and the last two are chance, by their place from the end: a
    /// number with and without its prefix has the same ones.
    fn candidate(&self, digits: &[u8], lead: usize) -> Vec<u8> {
        let end = &digits[digits.len() - SHORTEST..];
        let count = digits.len();
        let digit = |(at, own): (usize, &u8)| {
            if at < lead || at + 2 >= count {
                return *own;
            }
            let mut hash = Sha256::new();
            hash.update(self.key);
            hash.update(end);
            hash.update([(count - at) as u8]);
            b'0' + hash.finalize()[0] % 10
        };
        digits.iter().enumerate().map(digit).collect()
    }

    fn verdicts(&self, digits: &str) -> Vec<bool> {
        let forms = [digits.to_string(), format!("+{digits}")];
        let matches = |pattern: &&Pattern| {
            let verdict = forms.iter().map(|form| pattern.test(form) == Match::Yes);
            verdict.collect::<Vec<_>>()
        };
        self.patterns.iter().flat_map(matches).collect()
    }
}

/// Not a part of a word such as a tag or a branch.
fn stands_alone(text: &[u8], from: usize, to: usize) -> bool {
    let before = from.checked_sub(1).and_then(|at| text.get(at));
    let escaped = from >= 3 && text[from - 3..from].eq_ignore_ascii_case(b"%2B");
    let alone = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    (escaped || alone(before)) && alone(text.get(to))
}

/// A message without its digest responses and without the keys of its sound. Its length stays.
pub fn without_secrets(text: &[u8]) -> Vec<u8> {
    let mut masked = text.to_vec();
    let mut from = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let to = from + line.len();
        cover_line(&mut masked[from..to]);
        from = to;
    }
    masked
}

fn cover_line(line: &mut [u8]) {
    let lower = line.to_ascii_lowercase();
    let begins = |with: &[u8]| lower.starts_with(with);
    if begins(b"authorization") || begins(b"proxy-authorization") {
        let is_digest = find(&lower, b"digest").is_some();
        match (is_digest, find(&lower, b"response=")) {
            (true, Some(at)) => {
                let value = at + b"response=".len();
                let quoted = line.get(value) == Some(&b'"');
                let value = value + usize::from(quoted);
                overwrite(line, value, b"\",\r\n ", b'0');
            }
            (true, None) => {}
            (false, _) => {
                let colon = lower.iter().position(|byte| *byte == b':').unwrap_or(0);
                overwrite(line, colon + 1, b"\r\n", b'0');
            }
        }
    } else if begins(b"a=crypto:") {
        let mut at = 0;
        while let Some(found) = find(&lower[at..], b"inline:") {
            at += found + b"inline:".len();
            overwrite(line, at, b"|; \r\n", b'A');
        }
    } else if begins(b"k=") || begins(b"a=ice-pwd:") {
        let value = lower
            .iter()
            .position(|byte| b"=:".contains(byte))
            .unwrap_or(0);
        overwrite(line, value + 1, b"\r\n", b'A');
    }
}

fn overwrite(line: &mut [u8], from: usize, stop: &[u8], with: u8) {
    let rest = line.get_mut(from..).unwrap_or_default();
    for byte in rest.iter_mut().take_while(|byte| !stop.contains(byte)) {
        *byte = with;
    }
}

/// Passwords, tokens and what an URL carries, wherever a script's wish or answer has them.
pub fn cover_fields(value: &mut Value) {
    match value {
        // A header's name and value.
        Value::Array(items) => match items.as_mut_slice() {
            [Value::String(name), Value::String(value)] if is_secret(name) => {
                *value = REDACTED.to_string();
            }
            items => items.iter_mut().for_each(cover_fields),
        },
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if is_secret(name) && !text.is_empty() => {
                        *text = REDACTED.to_string();
                    }
                    Value::String(text) if ["status_url", "url"].contains(&name.as_str()) => {
                        *text = plain_url(text);
                    }
                    other => cover_fields(other),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A field or header by whose name its value is nobody's.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let parts = [
        "password",
        "passwd",
        "authorization",
        "cookie",
        "token",
        "secret",
        "api-key",
        "apikey",
    ];
    parts.iter().any(|part| name.contains(part))
}

/// Without user, password, query and fragment.
fn plain_url(url: &str) -> String {
    let (front, had_more) = match url.find(['?', '#']) {
        Some(at) => (&url[..at], true),
        None => (url, false),
    };
    let plain = match front.split_once("://") {
        Some((scheme, rest)) => {
            let host = rest.find('/').unwrap_or(rest.len());
            let from = rest[..host].rfind('@').map_or(0, |at| at + 1);
            format!("{scheme}://{}", &rest[from..])
        }
        None => front.to_string(),
    };
    match had_more {
        true => format!("{plain}?{REDACTED}"),
        false => plain,
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_pseudonym_everywhere_and_extensions_have_none() {
        let mut mask = Mask::new([7; 32], Vec::new(), &|_| false);
        mask.learn_addresses(
            b"INVITE sip:+4930123456@h SIP/2.0\r\nFrom: <sip:1000@h>\r\nTo: <tel:+49-171-7654321>",
        );
        let text =
            mask.text("+4930123456 or 4930123456, %2B4930123456@h; sip:1000@h z9hG4bK4930123456");
        let pseudonym = text[1..11].to_string();
        assert_ne!(pseudonym, "4930123456");
        assert!(
            pseudonym.starts_with("49") && pseudonym.ends_with("56"),
            "{pseudonym}"
        );
        let expected =
            format!("+{pseudonym} or {pseudonym}, %2B{pseudonym}@h; sip:1000@h z9hG4bK4930123456");
        assert_eq!(text, expected);
        assert!(!mask.text("tel:+49-171-7654321").contains("171-76543"));
        assert_eq!(mask.text("at 1735689600000 ms"), "at 1735689600000 ms");
    }

    #[test]
    fn what_the_scenario_names_stays_and_a_pattern_judges_the_pseudonym_as_the_number() {
        let pattern = Pattern::new(r"\+?4930\d+").unwrap();
        let mut mask = Mask::new([7; 32], vec![&pattern], &|number| number == "4989111222");
        mask.learn(b"+4930123456");
        mask.learn(b"4989111222");
        assert_eq!(mask.text("4989111222"), "4989111222");
        let text = mask.text("4930123456");
        assert!(text.starts_with("4930") && text != "4930123456", "{text}");
    }

    #[test]
    fn a_link_of_ours_is_told_without_its_seal() {
        let mut mask = Mask::new([7; 32], Vec::new(), &|_| false);
        let mut told = serde_json::json!({"url": ["http://h/a.wav?expires=9&signature=0aF9"]});
        mask.cover(&mut told);
        let covered = serde_json::json!({"url": ["http://h/a.wav?expires=9&signature=0000"]});
        assert_eq!(told, covered);
    }

    #[test]
    fn neither_digest_response_nor_key_is_left_and_the_length_is() {
        let text = b"REGISTER sip:h SIP/2.0\r\nAuthorization: Digest username=\"a\", response=\"d41d8cd98f\", nc=1\r\n\
                     Proxy-Authorization: Bearer sesame\r\n\r\na=crypto:1 AES inline:c2VjcmV0|2^20\r\nm=audio 1 RTP/AVP 0\r\n";
        let masked = without_secrets(text);
        assert_eq!(masked.len(), text.len());
        let masked = String::from_utf8(masked).unwrap();
        assert!(masked.contains("response=\"0000000000\", nc=1"), "{masked}");
        assert!(masked.contains("inline:AAAAAAAA|2^20"), "{masked}");
        assert!(!masked.contains("sesame"), "{masked}");
    }
}
