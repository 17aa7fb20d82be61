//! `switchhook test`: plays the tests beside the scenarios and says how they ended.

pub mod watch;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use crate::cli::{self, CoverageForm, Reporter};
use crate::io::folder::{self, Compile, Folder, Paths};
use crate::scenario::coverage::{self, Coverage};
use crate::scenario::load::Contents;
use crate::scenario::{Fault, source};
use crate::script::marks::{self, Ran};
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
    let round = Round::read(options, compile);
    Ok(round.play(options, &|_| true, out)?.0)
}

/// What lies in the folder at one time.
struct Round {
    faults: Vec<Fault>,
    /// Tests and their ladders by name.
    files: BTreeMap<String, String>,
    bench: Bench,
}

impl Round {
    fn read(options: &cli::Test, compile: Compile) -> Round {
        let at = options.folder.scenarios.clone();
        // Only where lines are to be counted does the source have marks in it.
        let compile = match options.coverage {
            Some(_) => coverage::compile,
            None => compile,
        };
        let mut folder = Folder::new(Paths::new(at, options.folder.config.clone()), compile);
        let reading = folder.read();
        let (files, refused) = sources(options);
        Round {
            faults: reading.faults.into_iter().chain(refused).collect(),
            files,
            bench: Bench {
                start: Instant::now(),
                seed: options.seed,
                settings: (**folder.settings()).clone(),
                catalog: (**folder.catalog()).clone(),
                updates: options.update,
            },
        }
    }

    /// The names of the files of tests.
    fn tests(&self) -> impl Iterator<Item = &str> {
        let names = self.files.keys().map(String::as_str);
        names.filter(|file| is_test(file))
    }

    /// Plays the files that are wanted.
    fn play(
        &self,
        options: &cli::Test,
        wanted_files: &dyn Fn(&str) -> bool,
        out: &mut impl Write,
    ) -> io::Result<(Ended, Vec<Outcome>)> {
        let at = &options.folder.scenarios;
        let cannot = |ended| Ok((ended, Vec::new()));
        for fault in &self.faults {
            writeln!(out, "{fault}")?;
        }
        if !self.faults.is_empty() {
            return cannot(Ended::Cannot);
        }
        if options.coverage.is_some()
            && options.coverage_out.is_none()
            && options.reporter != Reporter::Pretty
        {
            writeln!(
                out,
                "--coverage with such a --reporter wants --coverage-out FILE"
            )?;
            return cannot(Ended::Cannot);
        }
        let mut outcomes: Vec<Outcome> = Vec::new();
        for file in self.tests().filter(|file| wanted_files(file)) {
            let wanted = |name: &str| match &options.filter {
                Some(filter) => format!("{file} › {name}").contains(filter.as_str()),
                None => true,
            };
            let beside = kept::file_of(file);
            let known = self.files.get(&beside).map(|text| kept::read(text));
            let known = known.unwrap_or_default();
            let source = self.files.get(file).map_or("", String::as_str);
            let played = play(&self.bench, file, source, &known, &wanted);
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
            return cannot(Ended::Cannot);
        }
        let text = match options.reporter {
            Reporter::Pretty => report::pretty(&outcomes),
            Reporter::Junit => report::junit(&outcomes),
            Reporter::Json => report::json(&outcomes),
        };
        out.write_all(text.as_bytes())?;
        self.cover(options, &outcomes, out)?;
        let ended = match outcomes.iter().any(|outcome| outcome.failure().is_some()) {
            true => Ended::Failed,
            false => Ended::Passed,
        };
        Ok((ended, outcomes))
    }

    /// Says which lines ran, where that is wanted.
    fn cover(
        &self,
        options: &cli::Test,
        outcomes: &[Outcome],
        out: &mut impl Write,
    ) -> io::Result<()> {
        let Some(form) = options.coverage else {
            return Ok(());
        };
        let mut ran = Ran::new();
        for (file, counts) in outcomes.iter().flat_map(|outcome| &outcome.ran) {
            marks::add(&mut ran, file, counts);
        }
        let covered = Coverage::new(&self.bench.catalog, &ran);
        let text = match form {
            CoverageForm::Text => coverage::report::text(&covered),
            CoverageForm::Lcov => {
                let folder = options.folder.scenarios.display().to_string();
                coverage::report::lcov(&covered, folder.trim_end_matches('/'))
            }
        };
        match &options.coverage_out {
            Some(file) => fs::write(file, text),
            None => write!(out, "\n{text}"),
        }
    }
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
