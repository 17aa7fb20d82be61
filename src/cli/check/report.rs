//! How findings are written: for people, and for editors and CI.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use serde::Serialize;

use crate::scenario::check::{Finding, Severity, missed};
use crate::scenario::load::count;
use crate::scenario::syntax::excerpt;

/// A finding as programs read it, one a line; lines and columns count from 1.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'f> {
    file: &'f str,
    line: u32,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_column: Option<u32>,
    severity: &'static str,
    code: &'static str,
    message: &'f str,
}

/// Each finding with its line of the source; what is not supported yet together, with all its places.
pub fn pretty(
    findings: &[Finding],
    texts: &BTreeMap<String, String>,
    scenarios: usize,
    rules: usize,
) -> String {
    let mut out = String::new();
    for finding in findings.iter().filter(|finding| finding.missed.is_none()) {
        let (place, message) = (&finding.place, &finding.message);
        let kind = match finding.severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        let _ = writeln!(out, "{place}: {kind}{message}");
        let text = texts.get(&place.file);
        let is_line = place.line > 1 || place.column > 1 || finding.end.is_some();
        let shown = text.filter(|_| is_line);
        let shown = shown.and_then(|text| excerpt(text, place.line, place.column));
        out.push_str(&shown.unwrap_or_default());
    }
    out.push_str(&import(findings));
    let errors = of(findings, Severity::Error);
    let warnings = of(findings, Severity::Warning);
    let (scenarios, rules) = (count(scenarios, "scenario"), count(rules, "rule"));
    let faults = match errors {
        0 => "no faults".to_string(),
        n => count(n, "fault"),
    };
    let warnings = match warnings {
        0 => String::new(),
        n => format!(", {}", count(n, "warning")),
    };
    let _ = writeln!(out, "{scenarios}, {rules}, {faults}{warnings}");
    out
}

/// What a folder made for VoxEngine uses and does not find here.
fn import(findings: &[Finding]) -> String {
    let missed = missed(findings);
    if missed.is_empty() {
        return String::new();
    }
    let mut out = "Of VoxEngine, and not supported yet:\n".to_string();
    let widest = missed
        .iter()
        .map(|(member, ..)| member.chars().count())
        .max();
    let width = widest.unwrap_or(0);
    for (member, uses, files) in missed {
        let places = files.iter().map(|(file, lines)| {
            let name = Path::new(file).file_name().and_then(|name| name.to_str());
            let lines: Vec<String> = lines.iter().map(u32::to_string).collect();
            format!("{}:{}", name.unwrap_or(file), lines.join(","))
        });
        let places: Vec<String> = places.collect();
        let _ = writeln!(out, "{uses:>5}  {member:width$}  {}", places.join(" "));
    }
    out
}

/// One JSON object a line.
pub fn json(findings: &[Finding]) -> String {
    let lines = findings.iter().map(|finding| {
        let line = Line {
            file: &finding.place.file,
            line: finding.place.line,
            column: finding.place.column,
            end_line: finding.end.map(|(line, _)| line),
            end_column: finding.end.map(|(_, column)| column),
            severity: finding.severity.as_str(),
            code: finding.code.as_str(),
            message: &finding.message,
        };
        let json = serde_json::to_string(&line).expect("texts and numbers are JSON");
        json + "\n"
    });
    lines.collect()
}

fn of(findings: &[Finding], severity: Severity) -> usize {
    let all = findings.iter();
    all.filter(|finding| finding.severity == severity).count()
}
