//! `switchhook test`: plays the tests beside the scenarios and says how they ended.

use std::io::{self, Write};
use std::time::Instant;

use crate::cli::{self, Reporter};
use crate::io::folder::{self, Compile, Folder, Paths};
use crate::scenario::Fault;
use crate::scenario::load::Contents;
use crate::trial::{Bench, Outcome, play, report};

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
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (file, source) in &files {
        let wanted = |name: &str| match &options.filter {
            Some(filter) => format!("{file} › {name}").contains(filter.as_str()),
            None => true,
        };
        outcomes.extend(play(&bench, file, source, &wanted));
    }
    if outcomes.is_empty() {
        writeln!(
            out,
            "{}: no tests (NAME.test.js){}",
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

fn among(options: &cli::Test) -> String {
    let filter = options.filter.iter();
    filter
        .map(|filter| format!(" with `{filter}` in file or name"))
        .collect()
}

/// The test files by name, and what is wrong with the others.
fn sources(options: &cli::Test) -> (Vec<(String, String)>, Vec<Fault>) {
    let (mut sources, mut faults) = (Vec::new(), Vec::new());
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
            Ok(text) => sources.push((name, text.trim_start_matches('\u{feff}').to_string())),
            Err(reason) => {
                let path = at.join(name);
                faults.push(Fault::new(&path.display().to_string(), 1, 1, reason));
            }
        }
    }
    (sources, faults)
}
