//! `switchhook test --watch`: plays the tests again that a change concerns, until Ctrl-C.
//!
//! ```text
//!  change ▸ read all ▸ fault? told, and what is concerned stays so
//!                      else: play what is concerned
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::Round;
use crate::cli;
use crate::io::folder::{Compile, Paths};
use crate::io::watch::{Changes, Pace};
use crate::scenario::Rules;
use crate::settings::Settings;
use crate::trial::{Outcome, kept};

/// Clears a terminal and goes to its top.
const CLEAR: &str = "\x1b[2J\x1b[H";

/// What tests depend on, as it was when it was looked at last.
#[derive(Default)]
struct Seen {
    /// The text of each file of tests with its ladders.
    tests: BTreeMap<String, (String, Option<String>)>,
    /// By scenario name.
    versions: BTreeMap<String, String>,
    rules: Rules,
    settings: Settings,
}

/// Files of tests that are to be played, and what is known of those that were.
#[derive(Default)]
struct Desk {
    seen: Seen,
    /// The scenarios that the tests of a file have run.
    used: BTreeMap<String, BTreeSet<String>>,
    concerned: BTreeSet<String>,
}

/// Plays everything, and after each change what it concerns. `is_terminal`: each round begins on an empty screen.
/// Ends with the first change after `stop` is set.
pub fn watch(
    options: &cli::Test,
    compile: Compile,
    is_terminal: bool,
    stop: &AtomicBool,
    out: &mut impl Write,
) -> io::Result<()> {
    let at = options.folder.scenarios.clone();
    let paths = Paths::new(at, options.folder.config.clone());
    // Before the first reading, so that nothing written afterwards is missed.
    let mut changes = Changes::new(paths, Pace::default());
    let mut desk = Desk::default();
    let mut first = true;
    while !stop.load(Ordering::Acquire) {
        let round = Round::read(options, compile);
        desk.look(&round);
        // What lines ran is known where all tests have been played.
        if options.coverage.is_some() && !desk.concerned.is_empty() {
            desk.concerned.extend(round.tests().map(str::to_string));
        }
        if first || !round.faults.is_empty() || !desk.concerned.is_empty() {
            if is_terminal {
                write!(out, "{CLEAR}")?;
            }
            let concerned = &desk.concerned;
            let (_, outcomes) = round.play(options, &|file| concerned.contains(file), out)?;
            writeln!(out, "\nwatching {}", options.folder.scenarios.display())?;
            out.flush()?;
            if round.faults.is_empty() {
                desk.note(&outcomes);
            }
        }
        first = false;
        changes.wait();
    }
    Ok(())
}

impl Desk {
    /// Which tests a change concerns: by their own text, a scenario that they ran, the rules, the settings.
    fn look(&mut self, round: &Round) {
        let now = Seen::of(round);
        let all = now.rules != self.seen.rules || now.settings != self.seen.settings;
        let scenarios = now.versions.keys().chain(self.seen.versions.keys());
        let changed: Vec<&String> = scenarios
            .filter(|name| now.versions.get(*name) != self.seen.versions.get(*name))
            .collect();
        for (file, text) in &now.tests {
            let used = self.used.get(file);
            let ran = |name: &String| used.is_some_and(|used| used.contains(name));
            let own = |name: &String| file.starts_with(&format!("{name}.test."));
            let concerns = all
                || self.seen.tests.get(file) != Some(text)
                || changed.iter().any(|name| ran(name) || own(name));
            if concerns {
                self.concerned.insert(file.clone());
            }
        }
        self.concerned.retain(|file| now.tests.contains_key(file));
        self.seen = now;
    }

    /// All that was concerned has been played.
    fn note(&mut self, outcomes: &[Outcome]) {
        for file in std::mem::take(&mut self.concerned) {
            let of_file = outcomes.iter().filter(|outcome| outcome.file == file);
            let used = of_file.flat_map(|outcome| outcome.used.iter().cloned());
            let used = used.collect();
            self.used.insert(file, used);
        }
    }
}

impl Seen {
    fn of(round: &Round) -> Seen {
        let tests = round.tests().map(|file| {
            let text = round.files.get(file).cloned().unwrap_or_default();
            let ladders = round.files.get(&kept::file_of(file)).cloned();
            (file.to_string(), (text, ladders))
        });
        let catalog = &round.bench.catalog;
        let versions = catalog.scenarios();
        let versions = versions.map(|scenario| (scenario.name.clone(), scenario.version.clone()));
        Seen {
            tests: tests.collect(),
            versions: versions.collect(),
            rules: catalog.rules().clone(),
            settings: round.bench.settings.clone(),
        }
    }
}
