//! What came of all callers, added up in their order.

use std::collections::BTreeMap;

use super::told::{CallTold, Finding, Kind, Told, TransferTold};
use crate::script::marks::{self, Ran};
use crate::sim::world::Slow;

/// Different findings that are kept; more are counted only.
const MOST_FINDINGS: usize = 40;
/// Callers that are named with one finding.
const MOST_NAMED: usize = 8;
/// A finding shows the end of a longer ladder.
const MOST_LINES: usize = 200;
/// Turns that are remembered for the time that they took.
const MOST_SLOW: usize = 10;

/// The sum so far.
#[derive(Debug, Default)]
pub struct Tally {
    pub(super) callers: u64,
    /// By rule; the empty name stands for none.
    pub(super) rules: BTreeMap<String, Ended>,
    /// Refused calls by their final code.
    pub(super) refused: BTreeMap<u16, u64>,
    pub(super) verdicts: BTreeMap<u16, u64>,
    pub(super) refers_refused: BTreeMap<u16, u64>,
    /// Transfers without a verdict: the transferor had left.
    pub(super) open: u64,
    pub(super) findings: Vec<Found>,
    by_key: BTreeMap<(Kind, String), usize>,
    /// Of those that are not kept.
    pub(super) more: u64,
    failed: bool,
    ran: Ran,
    /// With the caller's number.
    slow: Vec<(u64, Slow)>,
}

/// How calls ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ended {
    pub calls: u64,
    pub answered: u64,
    pub refused: u64,
    pub given_up: u64,
}

/// A finding with the callers that it was made with.
#[derive(Debug)]
pub(super) struct Found {
    pub finding: Finding,
    pub times: u64,
    /// The first of them.
    pub callers: Vec<u64>,
    /// What was said in the first.
    pub ladder: String,
}

impl Tally {
    pub fn add(&mut self, told: Told) {
        self.callers += 1;
        for call in &told.calls {
            self.add_call(call);
        }
        for transfer in &told.transfers {
            match transfer {
                TransferTold::Refused(code) => *self.refers_refused.entry(*code).or_default() += 1,
                TransferTold::Verdict(code) => *self.verdicts.entry(*code).or_default() += 1,
                TransferTold::Open => self.open += 1,
            }
        }
        for (file, counts) in &told.ran {
            marks::add(&mut self.ran, file, counts);
        }
        for slow in told.slow {
            self.slow.push((told.number, slow));
        }
        self.slow
            .sort_by_key(|(_, slow)| std::cmp::Reverse(slow.took));
        self.slow.truncate(MOST_SLOW);
        for finding in told.findings {
            self.find(told.number, finding, &told.ladder);
        }
    }

    /// Whether something was found that must not be.
    pub fn has_failed(&self) -> bool {
        self.failed
    }

    /// How often the spots of marked scenarios have run.
    pub fn ran(&self) -> &Ran {
        &self.ran
    }

    /// The turns that took longest with the callers that had them.
    pub fn slow(&self) -> &[(u64, Slow)] {
        &self.slow
    }

    fn add_call(&mut self, call: &CallTold) {
        let rule = call.rule.clone().unwrap_or_default();
        let ended = self.rules.entry(rule).or_default();
        ended.calls += 1;
        match (call.answered, call.code) {
            (true, _) => ended.answered += 1,
            (false, 487) => ended.given_up += 1,
            (false, code) => {
                ended.refused += 1;
                *self.refused.entry(code).or_default() += 1;
            }
        }
    }

    fn find(&mut self, caller: u64, finding: Finding, ladder: &str) {
        self.failed |= finding.kind.fails();
        let key = (finding.kind, alike(&finding.text));
        if let Some(found) = self
            .by_key
            .get(&key)
            .and_then(|at| self.findings.get_mut(*at))
        {
            found.times += 1;
            if found.callers.last() != Some(&caller) && found.callers.len() < MOST_NAMED {
                found.callers.push(caller);
            }
            return;
        }
        if self.findings.len() >= MOST_FINDINGS {
            self.more += 1;
            return;
        }
        self.by_key.insert(key, self.findings.len());
        self.findings.push(Found {
            finding,
            times: 1,
            callers: vec![caller],
            ladder: end_of(ladder),
        });
    }
}

fn end_of(ladder: &str) -> String {
    let lines: Vec<&str> = ladder.lines().collect();
    let before = lines.len().saturating_sub(MOST_LINES);
    let gap = match before {
        0 => String::new(),
        before => format!("… {before} lines\n"),
    };
    format!("{gap}{}\n", lines[before..].join("\n"))
}

/// Two findings are alike where they differ in names, numbers and tags only; a place in a file is none of these.
fn alike(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let is_place = word.contains(".js:") || word.contains(".ts:");
        let is_name = word.chars().any(|c| c.is_ascii_digit()) || word.contains(['@', '*']);
        let is_phone = word.ends_with("'s");
        match !is_place && (is_name || is_phone) {
            true => "#",
            false => word,
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(number: u64, kind: Kind, text: &str) -> Told {
        Told {
            number,
            rule: "r".to_string(),
            dialled: "1".to_string(),
            calls: Vec::new(),
            transfers: Vec::new(),
            findings: vec![Finding {
                kind,
                text: text.to_string(),
            }],
            ladder: format!("ladder of {number}\n"),
            lasted: std::time::Duration::ZERO,
            slow: Vec::new(),
            ran: Ran::new(),
        }
    }

    #[test]
    fn findings_that_are_alike_are_one() {
        let mut tally = Tally::default();
        tally.add(told(1, Kind::Warning, "call1: x"));
        assert!(!tally.has_failed());
        tally.add(told(2, Kind::Fault, "a.js:1:2: x"));
        tally.add(told(3, Kind::Fault, "a.js:1:3: x"));
        tally.add(told(4, Kind::Warning, "call2: x"));
        assert!(tally.has_failed());
        let found: Vec<_> = tally.findings.iter().map(|found| found.times).collect();
        assert_eq!(found, [2, 1, 1]);
        assert_eq!(tally.findings[0].callers, [1, 4]);
        assert_eq!(tally.findings[0].ladder, "ladder of 1\n");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut tally = Tally::default();
        for number in 0..1000 {
            let text = format!("a.js:{number}:1: x");
            tally.add(told(number, Kind::Fault, &text));
            tally.add(told(number, Kind::Broken, "the same"));
        }
        assert_eq!(tally.findings.len(), MOST_FINDINGS);
        assert_eq!(tally.more, 1000 - (MOST_FINDINGS as u64 - 1));
        assert_eq!(tally.findings[1].times, 1000);
        assert_eq!(tally.findings[1].callers.len(), MOST_NAMED);
    }
}
