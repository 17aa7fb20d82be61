//! What came of a crowd, for people and for machines. The same crowd gives the same bytes.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::json;

use super::tally::{Found, Tally};
use crate::scenario::coverage::{self, Coverage};

/// What the report says besides the tally.
#[derive(Clone, Copy, Debug)]
pub struct Heading<'a> {
    pub seed: u64,
    /// As it was chosen.
    pub chaos: &'a str,
    /// Rules for which no number was found.
    pub unreached: &'a [String],
    /// What of the scenarios ran.
    pub coverage: &'a Coverage,
    /// The command that plays one caller again, without the caller's number.
    pub again: &'a str,
}

/// For people.
pub fn pretty(tally: &Tally, heading: &Heading<'_>) -> String {
    let mut text = String::new();
    let calls: u64 = tally.rules.values().map(|ended| ended.calls).sum();
    let _ = writeln!(
        text,
        "{} callers, {calls} calls · seed {} · chaos {}\n",
        tally.callers, heading.seed, heading.chaos
    );
    let names = tally.rules.keys().map(|name| title(name).chars().count());
    let width = names.max().unwrap_or(0).max("rule".len());
    let _ = writeln!(
        text,
        "  {:width$}  {:>7}  {:>8}  {:>7}  {:>8}",
        "rule", "calls", "answered", "refused", "given up"
    );
    for (name, ended) in &tally.rules {
        let _ = writeln!(
            text,
            "  {:width$}  {:>7}  {:>8}  {:>7}  {:>8}",
            title(name),
            ended.calls,
            ended.answered,
            ended.refused,
            ended.given_up
        );
    }
    text.push('\n');
    let mut line = |what: &str, told: Vec<String>| {
        if !told.is_empty() {
            let _ = writeln!(text, "  {what:11}  {}", told.join(" · "));
        }
    };
    line("refused", codes("", &tally.refused));
    let mut transfers = codes("", &tally.verdicts);
    transfers.extend(codes("refused with ", &tally.refers_refused));
    if tally.open > 0 {
        transfers.push(format!("left open ×{}", tally.open));
    }
    line("transfers", transfers);
    for rule in heading.unreached {
        line(
            "no number",
            vec![format!("was found for the rule `{rule}`")],
        );
    }
    let mut findings: Vec<&Found> = tally.findings.iter().collect();
    findings.sort_by_key(|found| found.finding.kind);
    for found in &findings {
        told(&mut text, found, heading);
    }
    if tally.more > 0 {
        let _ = writeln!(text, "\n… and {} findings of other kinds", tally.more);
    }
    let ran = coverage::report::text(heading.coverage);
    let _ = write!(text, "\n{ran}");
    let failed = findings.iter().filter(|found| found.finding.kind.fails());
    let failed: u64 = failed.map(|found| found.times).sum();
    let sum = match (failed, tally.has_failed()) {
        (0, false) => "nothing is wrong".to_string(),
        (failed, _) => format!("{failed} findings"),
    };
    let _ = writeln!(text, "\n{sum}");
    text
}

fn told(text: &mut String, found: &Found, heading: &Heading<'_>) {
    let kind = found.finding.kind;
    let mark = if kind.fails() { "✗" } else { "!" };
    let first = found.callers.first().copied().unwrap_or_default();
    let _ = writeln!(
        text,
        "\n{mark} {} ×{} · {}",
        kind.name(),
        found.times,
        named(&found.callers, found.times)
    );
    let _ = writeln!(text, "{}", indented(&found.finding.text, "    "));
    if kind.fails() {
        let _ = writeln!(text, "    again: {} --caller {first}", heading.again);
        let _ = writeln!(text, "\n{}", indented(&found.ladder, "      "));
    }
}

/// One JSON object a line: rules, codes, findings, the sum.
pub fn json(tally: &Tally, heading: &Heading<'_>) -> String {
    let mut text = String::new();
    let mut line = |value: serde_json::Value| {
        let _ = writeln!(text, "{value}");
    };
    for (name, ended) in &tally.rules {
        line(json!({
            "rule": (!name.is_empty()).then_some(name), "calls": ended.calls, "answered": ended.answered,
            "refused": ended.refused, "givenUp": ended.given_up,
        }));
    }
    for found in &tally.findings {
        let first = found.callers.first().copied().unwrap_or_default();
        line(json!({
            "finding": found.finding.kind.name(), "fails": found.finding.kind.fails(), "text": found.finding.text,
            "times": found.times, "callers": found.callers, "again": format!("{} --caller {first}", heading.again),
            "ladder": found.ladder.lines().collect::<Vec<_>>(),
        }));
    }
    text.push_str(&coverage::report::json(heading.coverage));
    let mut line = |value: serde_json::Value| {
        let _ = writeln!(text, "{value}");
    };
    line(json!({
        "callers": tally.callers, "seed": heading.seed, "chaos": heading.chaos, "refused": tally.refused,
        "verdicts": tally.verdicts, "transfersRefused": tally.refers_refused, "transfersOpen": tally.open,
        "rulesWithoutNumber": heading.unreached, "findingsNotKept": tally.more, "failed": tally.has_failed(),
    }));
    text
}

fn title(rule: &str) -> &str {
    match rule {
        "" => "(no rule)",
        rule => rule,
    }
}

fn codes(what: &str, codes: &BTreeMap<u16, u64>) -> Vec<String> {
    let codes = codes.iter();
    codes
        .map(|(code, times)| format!("{what}{code} ×{times}"))
        .collect()
}

fn named(callers: &[u64], times: u64) -> String {
    let numbers: Vec<_> = callers.iter().map(u64::to_string).collect();
    let more = if times > callers.len() as u64 {
        ", …"
    } else {
        ""
    };
    let what = if numbers.len() == 1 {
        "caller"
    } else {
        "callers"
    };
    format!("{what} {}{more}", numbers.join(", "))
}

/// What a script writes cannot steer a terminal.
fn indented(text: &str, by: &str) -> String {
    let plain = |c: char| if c.is_control() && c != '\t' { '·' } else { c };
    let lines = text.lines().map(|line| {
        let line: String = line.chars().map(plain).collect();
        format!("{by}{line}")
    });
    lines.collect::<Vec<_>>().join("\n")
}
