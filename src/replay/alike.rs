//! Whether two texts are the same but for chance. Words that only chance can have made (tags, branches,
//! Call-IDs: hex of the dice's lengths) are paired as they are met; a word is paired once and for all, so
//! that two dialogs never pass for each other.

use std::collections::{HashMap, HashSet};

/// How a branch of ours begins (RFC 3261 §8.1.1.7).
const COOKIE: &str = "z9hG4bK";

/// The pairs so far.
#[derive(Debug, Default)]
pub struct Alike {
    now_of: HashMap<String, String>,
    then_of: HashMap<String, String>,
    /// Words of the peers', which are no chance of ours.
    theirs: HashSet<String>,
    ours: HashSet<String>,
}

/// Words and what is between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let bytes = rest.as_bytes();
        let is_word = bytes.first()?.is_ascii_alphanumeric();
        let mut end = 0;
        while let Some(byte) = bytes.get(end)
            && byte.is_ascii_alphanumeric() == is_word
        {
            // An escape belongs to what is between words: `to-tag%3Dabc`.
            let escapes = *byte == b'%'
                && bytes
                    .get(end + 1..end + 3)
                    .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
            end += if escapes { 3 } else { 1 };
        }
        let (word, after) = rest.split_at(end);
        rest = after;
        Some(word)
    })
}

fn is_chance(word: &str) -> bool {
    let word = word.strip_prefix(COOKIE).unwrap_or(word);
    matches!(word.len(), 16 | 24 | 32)
        && word
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

impl Alike {
    /// A peer said this in the recording.
    pub fn heard(&mut self, text: &str) {
        for word in words(text).filter(|word| is_chance(word)) {
            if !self.ours.contains(word) {
                self.theirs.insert(word.to_string());
            }
        }
    }

    /// We said this in the recording.
    pub fn said(&mut self, text: &str) {
        for word in words(text).filter(|word| is_chance(word)) {
            if !self.theirs.contains(word) {
                self.ours.insert(word.to_string());
            }
        }
    }

    /// What a word of the recording is now, where it has met its pair.
    pub fn now(&self, then: &str) -> Option<&str> {
        self.now_of.get(then).map(String::as_str)
    }

    /// What a word was in the recording.
    pub fn then<'a>(&'a self, now: &'a str) -> Option<&'a str> {
        match self.then_of.get(now) {
            Some(then) => Some(then),
            None if self.theirs.contains(now) || !is_chance(now) => Some(now),
            None => None,
        }
    }

    /// A text of the recording as its sender would say it now.
    pub fn translate(&self, then: &str) -> String {
        let mut now = String::with_capacity(then.len());
        for line in then.split_inclusive('\n') {
            let is_rack = line
                .get(..5)
                .is_some_and(|name| name.eq_ignore_ascii_case("RAck:"));
            let mut first = is_rack;
            for word in words(line) {
                let key = match first && is_number(word) {
                    true => {
                        first = false;
                        format!("RSeq {word}")
                    }
                    false => word.to_string(),
                };
                now += self.now_of.get(&key).map_or(word, String::as_str);
            }
        }
        now
    }

    /// Whether the two are the same; what had to be paired for that is paired from now on.
    pub fn are(&mut self, then: &str, now: &str) -> bool {
        let mut pairs = Vec::new();
        let same = self.compare(then, now, &mut pairs);
        if same {
            for (then, now) in pairs {
                self.then_of.insert(now.clone(), then.clone());
                self.now_of.insert(then, now);
            }
        }
        same
    }

    fn compare(&self, then: &str, now: &str, pairs: &mut Vec<(String, String)>) -> bool {
        if then == now && !words(then).any(|word| self.now_of.contains_key(word)) {
            return true;
        }
        let loose = Loose::of(then);
        let (mut olds, mut news) = (words(then), words(now));
        let mut numbers = 0;
        loop {
            let (old, new) = match (olds.next(), news.next()) {
                (None, None) => return true,
                (Some(old), Some(new)) => (old, new),
                _ => return false,
            };
            let both_numbers = is_number(old) && is_number(new);
            numbers += usize::from(both_numbers);
            if both_numbers && old != new && loose == Loose::RSeq && numbers == 1 {
                pairs.push((format!("RSeq {old}"), new.to_string()));
                continue;
            }
            if both_numbers && loose.lets(numbers) {
                continue;
            }
            if !self.are_one(old, new, pairs) {
                return false;
            }
        }
    }

    fn are_one(&self, old: &str, new: &str, pairs: &mut Vec<(String, String)>) -> bool {
        let paired = pairs.iter().find(|(then, now)| then == old || now == new);
        if let Some((then, now)) = paired {
            return then == old && now == new;
        }
        match (self.now_of.get(old), self.then_of.get(new)) {
            (Some(now), _) => now == new,
            (None, Some(_)) => false,
            (None, None) if old == new => true,
            (None, None) => {
                let free = is_chance(old)
                    && is_chance(new)
                    && old.len() == new.len()
                    && old.starts_with(COOKIE) == new.starts_with(COOKIE)
                    && !self.theirs.contains(old)
                    && !self.theirs.contains(new);
                if free {
                    pairs.push((old.to_string(), new.to_string()));
                }
                free
            }
        }
    }
}

/// Lines with numbers that are chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loose {
    No,
    /// So many of its numbers.
    First(usize),
    RSeq,
}

impl Loose {
    fn of(line: &str) -> Loose {
        let begins = |with: &str| {
            let start = line.get(..with.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(with))
        };
        // The port, and the length of what holds it, follow from which ports were free.
        let first = [
            "m=audio",
            "a=rtcp:",
            "Content-Length:",
            "Retry-After:",
            "o=",
        ];
        if begins("RSeq:") {
            return Loose::RSeq;
        }
        match first.iter().any(|name| begins(name)) {
            true => Loose::First(1),
            false => Loose::No,
        }
    }

    fn lets(self, nth: usize) -> bool {
        matches!(self, Loose::First(most) if nth <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef";
    const TWO: &str = "fedcba9876543210";

    #[test]
    fn chance_is_paired_once_and_what_a_peer_said_of_it_is_translated() {
        let mut alike = Alike::default();
        let line = |tag: &str| format!("From: <sip:a@h>;tag={tag}");
        assert!(alike.are(&line(ONE), &line(TWO)));
        assert!(alike.are(&line(ONE), &line(TWO)));
        assert!(!alike.are(&line(ONE), &line(ONE)), "it has another pair");
        assert!(
            !alike.are(&line("aaaaaaaaaaaaaaaa"), &line(TWO)),
            "two dialogs are not one"
        );
        assert_eq!(
            alike.translate(&format!("To: <sip:a@h>;tag={ONE}")),
            format!("To: <sip:a@h>;tag={TWO}")
        );
    }

    #[test]
    fn what_a_peer_chose_is_no_chance_and_what_is_said_must_be_the_same() {
        let mut alike = Alike::default();
        alike.heard(&format!("Call-ID: {ONE}"));
        assert!(!alike.are(&format!("Call-ID: {ONE}"), &format!("Call-ID: {TWO}")));
        assert!(alike.are(&format!("Call-ID: {ONE}"), &format!("Call-ID: {ONE}")));
        assert!(!alike.are("SIP/2.0 486 Busy Here", "SIP/2.0 603 Decline"));
        assert!(!alike.are("CSeq: 1 INVITE", "CSeq: 2 INVITE"));
    }

    #[test]
    fn the_number_of_a_reliable_response_is_translated_where_it_is_acknowledged() {
        let mut alike = Alike::default();
        assert!(alike.are("RSeq: 17", "RSeq: 4711"));
        assert_eq!(
            alike.translate("RAck: 17 1 INVITE\r\nCSeq: 17 PRACK"),
            "RAck: 4711 1 INVITE\r\nCSeq: 17 PRACK"
        );
        assert!(alike.are("m=audio 4000 RTP/AVP 0", "m=audio 4002 RTP/AVP 0"));
        assert!(!alike.are("m=audio 4000 RTP/AVP 0", "m=audio 4000 RTP/AVP 8"));
    }
}
