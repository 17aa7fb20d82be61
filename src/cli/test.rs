//! `switchhook test`: plays the tests beside the scenarios and says how they ended.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use crate::cli::{self, Reporter};
use crate::io::folder::{self, Compile, Folder, Paths};
use crate::scenario::load::Contents;
use crate::scenario::{Fault, source};
use crate::trial::kept::{self, Kept};
use crate::trial::{Bench, Outcome, Verdict, play, report};

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Passed,
    Failed,
    /// The folder has a fault, or no test that is wanted.
    Cannot,
}

/// Plays what is wanted and writes the report to `out`.
pub fn test(options: &cli::Test, compile: Compile, out: &mut impl Write) -> io::Result<Ended> {
    let at = options.folder.scenarios.clone();
    let mut folder = Folder::new(
        Paths::new(at.clone(), options.folder.config.clone()),
        compile,
    );
    let reading = folder.read();
    let (files, refused) = sources(options);
    let faults: Vec<_> = reading.faults.into_iter().chain(refused).collect();
    for fault in &faults {
        writeln!(out, "{fault}")?;
    }
    if !faults.is_empty() {
        return Ok(Ended::Cannot);
    }
    let bench = Bench {
        start: Instant::now(),
        seed: options.seed,
        settings: (**folder.settings()).clone(),
        catalog: (**folder.catalog()).clone(),
        updates: options.update,
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (file, source) in files.iter().filter(|(file, _)| is_test(file)) {
        let wanted = |name: &str| match &options.filter {
            Some(filter) => format!("{file} › {name}").contains(filter.as_str()),
            None => true,
        };
        let beside = kept::file_of(file);
        let known = files.get(&beside).map(|text| kept::read(text));
        let known = known.unwrap_or_default();
        let played = play(&bench, file, source, &known, &wanted);
        if options.update {
            keep(&at.join(beside), known, &played, options.filter.is_none())?;
        }
        outcomes.extend(played);
    }
    if outcomes.is_empty() {
        writeln!(
            out,
            "{}: no tests (NAME.test.js, NAME.test.ts){}",
            at.display(),
            among(options)
        )?;
        return Ok(Ended::Cannot);
    }
    let text = match options.reporter {
        Reporter::Pretty => report::pretty(&outcomes),
        Reporter::Junit => report::junit(&outcomes),
        Reporter::Json => report::json(&outcomes),
    };
    out.write_all(text.as_bytes())?;
    Ok(
        match outcomes.iter().any(|outcome| outcome.failure().is_some()) {
            true => Ended::Failed,
            false => Ended::Passed,
        },
    )
}

/// Keeps what the tests that passed have compared; of the others what was kept before, but for tests that are
/// gone where `all` were played.
fn keep(at: &Path, mut kept: Kept, played: &[Outcome], all: bool) -> io::Result<()> {
    let before = kept.clone();
    let is_there = |title: &str| {
        played
            .iter()
            .any(|outcome| kept::title(&outcome.name) == title)
    };
    kept.retain(|title, _| !all || is_there(title));
    for outcome in played
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::Passed)
    {
        let title = kept::title(&outcome.name);
        match outcome.ladders.is_empty() {
            true => kept.remove(&title),
            false => kept.insert(title, outcome.ladders.clone()),
        };
    }
    match (kept == before, kept.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => fs::remove_file(at),
        (false, false) => fs::write(at, kept::write(&kept)),
    }
}

fn among(options: &cli::Test) -> String {
    let filter = options.filter.iter();
    filter
        .map(|filter| format!(" with `{filter}` in file or name"))
        .collect()
}

/// Whether it is a file of tests, and not one of ladders.
fn is_test(file: &str) -> bool {
    source::ENDINGS.iter().any(|ending| file.ends_with(ending))
}

/// The test files by name, and what is wrong with the others.
fn sources(options: &cli::Test) -> (BTreeMap<String, String>, Vec<Fault>) {
    let (mut sources, mut faults) = (BTreeMap::new(), Vec::new());
    let at = &options.folder.scenarios;
    // That the folder cannot be read has been told already.
    for (name, contents) in folder::tests(at).unwrap_or_default() {
        let text = match contents {
            Contents::Bytes(bytes) => {
                String::from_utf8(bytes).map_err(|_| "the file is not UTF-8".to_string())
            }
            Contents::Refused(reason) => Err(reason),
        };
        match text {
            Ok(text) if is_test(&name) => match source::script(&name, text.as_bytes()) {
                Ok(script) => {
                    let script = String::from_utf8_lossy(&script);
                    let script = script.trim_start_matches('\u{feff}');
                    sources.insert(name, script.to_string());
                }
                Err(wrongs) => faults.extend(wrongs.into_iter().map(|mut fault| {
                    fault.place.file = at.join(&name).display().to_string();
                    fault
                })),
            },
            Ok(text) => {
                sources.insert(name, text);
            }
            Err(reason) => {
                let path = at.join(name);
                faults.push(Fault::new(&path.display().to_string(), 1, 1, reason));
            }
        }
    }
    (sources, faults)
}
