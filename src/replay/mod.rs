//! A journal played again: the very same switchboard, stack, session and isolate in virtual time, told what
//! came in when it came in, and compared in what they say.
//!
//! ```text
//! recording ─ what came in ─▸ stage (switchboard, isolates) ─ what goes out ─▸ compared with the recording
//! ```
//!
//! Chance is not repeated but recognized: tags, branches and Call-IDs of ours are paired with those of the
//! recording ([`alike`]), and what a peer said of the old ones it says of the new ones.

pub mod alike;
pub mod as_test;
mod expected;
pub mod ladder;
mod stage;

use std::time::{Duration, Instant};

use crate::journal::Entry;
use crate::journal::file::Recording;
use crate::scenario::Catalog;
use crate::scenario::load::{Contents, Snapshot};
use crate::settings::Settings;

pub use stage::play;

/// What a replay needs besides the recording.
pub struct Given {
    /// The first moment.
    pub start: Instant,
    /// Those of the recording.
    pub settings: Settings,
    /// With the rules of the recording ([`rules`]).
    pub catalog: Catalog,
}

/// What a replay came to.
#[derive(Debug, Default)]
pub struct Replayed {
    /// In the order of their times.
    pub differences: Vec<Difference>,
    /// Who said what, as it went this time, with the time of each line.
    pub lines: Vec<(Duration, String)>,
    /// What a reader should know.
    pub remarks: Vec<String>,
}

/// Something that went another way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub at: Duration,
    pub what: What,
    /// A line, and more below it where that helps.
    pub text: String,
}

/// Where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Sip,
    Event,
    Command,
    Log,
}

impl What {
    pub fn label(self) -> &'static str {
        match self {
            What::Sip => "SIP",
            What::Event => "event",
            What::Command => "script",
            What::Log => "log",
        }
    }
}

/// The names of the scenarios that the recording ran, with the versions of their sources.
pub fn scenarios(recording: &Recording) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (_, entry) in &recording.entries {
        if let Entry::Session { scenarios, .. } = entry {
            all.extend(scenarios.iter().cloned());
        }
    }
    all.sort();
    all.dedup();
    all
}

/// A folder with these scenarios, whose rules lead where those of the recording led.
pub fn folder(
    recording: &Recording,
    files: impl IntoIterator<Item = (String, Vec<u8>)>,
) -> Snapshot {
    let files = files
        .into_iter()
        .map(|(file, bytes)| (file, Contents::Bytes(bytes)));
    let mut snapshot = Snapshot {
        files: files.collect(),
    };
    let rules = Contents::Bytes(rules(recording).into_bytes());
    snapshot.files.insert("rules.json".to_string(), rules);
    snapshot
}

/// As `rules.json` has them: each rule takes the numbers that it took.
fn rules(recording: &Recording) -> String {
    let mut rules: Vec<(&str, Vec<&str>, Vec<&str>, bool)> = Vec::new();
    for (_, entry) in &recording.entries {
        let Entry::Session {
            rule,
            destination,
            scenarios,
            conference,
            ..
        } = entry
        else {
            continue;
        };
        let names = scenarios.iter().map(|(name, _)| name.as_str()).collect();
        match rules.iter_mut().find(|known| known.0 == rule) {
            Some(known) if known.1.contains(&destination.as_str()) => {}
            Some(known) => known.1.push(destination),
            None => rules.push((rule, vec![destination], names, *conference)),
        }
    }
    let rules = rules.iter().map(|(name, numbers, scenarios, conference)| {
        let numbers: Vec<_> = numbers.iter().map(|number| literally(number)).collect();
        serde_json::json!({"ruleName": name, "rulePattern": numbers.join("|"), "scenarios": scenarios, "conference": conference})
    });
    serde_json::Value::Array(rules.collect()).to_string()
}

/// A pattern that only this text matches.
fn literally(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
