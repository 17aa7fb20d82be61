//! `switchhook replay`: a recorded session played again, against the scenarios as they are now.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use super::journal::{one_line, open};
use crate::cli;
use crate::config;
use crate::io::folder::{self, Compile, read_regular};
use crate::journal::file::Recording;
use crate::replay::{self, Difference, Given, Replayed};
use crate::scenario::Catalog;
use crate::scenario::load::{Contents, load};
use crate::settings::Settings;

/// A scenario's file, in bytes.
const MOST_SOURCE: u64 = 4 << 20;
/// Lines of the ladder before and after the first difference.
const AROUND: usize = 6;
/// Differences that are told after the first.
const MOST_TOLD: usize = 20;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Same,
    Differs,
    /// No journal, no scenario of its names, or one with a fault.
    Cannot,
}

/// Plays the journal and writes what differs, or the test that it makes.
pub fn replay(options: &cli::Replay, compile: Compile, out: &mut impl Write) -> io::Result<Ended> {
    if options.as_test {
        return as_test(options, out);
    }
    match play(options, compile, out)? {
        Ok(ended) => Ok(ended),
        Err(reason) => {
            writeln!(
                out,
                "{}",
                reason.lines().map(one_line).collect::<Vec<_>>().join("\n")
            )?;
            Ok(Ended::Cannot)
        }
    }
}

/// A test of what was recorded, for the scenarios' folder.
fn as_test(options: &cli::Replay, out: &mut impl Write) -> io::Result<Ended> {
    let recording = open(&options.file);
    let prepared = recording.and_then(|recording| {
        let settings = settings(&options.file, &recording)?;
        Ok(replay::as_test::write(&recording, &settings))
    });
    match prepared {
        Ok(test) => {
            out.write_all(test.as_bytes())?;
            Ok(Ended::Same)
        }
        Err(reason) => {
            writeln!(out, "{}", one_line(&reason))?;
            Ok(Ended::Cannot)
        }
    }
}

fn play(
    options: &cli::Replay,
    compile: Compile,
    out: &mut impl Write,
) -> io::Result<Result<Ended, String>> {
    let prepared = open(&options.file).and_then(|recording| {
        let (catalog, changed) = catalog(options, &recording, compile)?;
        Ok((
            settings(&options.file, &recording)?,
            catalog,
            changed,
            recording,
        ))
    });
    let (settings, catalog, changed, recording) = match prepared {
        Ok(prepared) => prepared,
        Err(reason) => return Ok(Err(reason)),
    };
    let given = Given {
        start: Instant::now(),
        settings,
        catalog,
    };
    let replayed = match replay::play(&recording, given) {
        Ok(replayed) => replayed,
        Err(reason) => return Ok(Err(format!("{}: {reason}", options.file.display()))),
    };
    for scenario in changed {
        writeln!(out, "{scenario}")?;
    }
    tell(&options.file, &recording, &replayed, out)?;
    Ok(Ok(match replayed.differences.is_empty() {
        true => Ended::Same,
        false => Ended::Differs,
    }))
}

/// The settings of the recording, read as strictly as a configuration.
fn settings(file: &Path, recording: &Recording) -> Result<Settings, String> {
    let text = recording.settings.to_string();
    let no_secret = |_: &str| Err("a journal names no files".to_string());
    config::read("settings", text.as_bytes(), &no_secret).map_err(|faults| {
        let faults: Vec<_> = faults
            .iter()
            .map(|fault| format!("{}:1: {fault}", file.display()))
            .collect();
        faults.join("\n")
    })
}

/// The scenarios of the recording as they are now, and what is to be said of them.
fn catalog(
    options: &cli::Replay,
    recording: &Recording,
    compile: Compile,
) -> Result<(Catalog, Vec<String>), String> {
    let wanted = replay::scenarios(recording);
    let mut names: Vec<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    let mut files: BTreeMap<String, (String, Vec<u8>)> = BTreeMap::new();
    for path in &options.scenario {
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let name = match (names.contains(&stem.as_str()), names.as_slice()) {
            (true, _) => stem,
            (false, [only]) => only.to_string(),
            (false, _) => {
                return Err(format!(
                    "{}: the recording ran {}; name the file as the one that it replaces",
                    path.display(),
                    names.join(", ")
                ));
            }
        };
        let ending = path
            .extension()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let bytes = read_regular(path, MOST_SOURCE)
            .map_err(|reason| format!("{}: {reason}", path.display()))?;
        files.insert(name.clone(), (format!("{name}.{ending}"), bytes));
    }
    if names.iter().any(|name| !files.contains_key(*name)) {
        let at = &options.scenarios;
        let there = folder::snapshot(at).map_err(|reason| format!("{}: {reason}", at.display()))?;
        for (file, contents) in there.files {
            let stem = Path::new(&file)
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let is_script = !file.ends_with(".json");
            if let (true, true, Contents::Bytes(bytes)) =
                (is_script, names.contains(&stem.as_str()), contents)
            {
                files.entry(stem).or_insert((file, bytes));
            }
        }
        if let Some(missing) = names.iter().find(|name| !files.contains_key(**name)) {
            return Err(format!(
                "{}: there is no scenario `{missing}`, which the recording ran; say where with --scenario",
                at.display()
            ));
        }
    }
    let loaded = load(
        &replay::folder(recording, files.into_values()),
        &Catalog::default(),
        &compile,
    );
    if !loaded.faults.is_empty() {
        let faults: Vec<_> = loaded.faults.iter().map(ToString::to_string).collect();
        return Err(faults.join("\n"));
    }
    let known = loaded
        .catalog
        .scenarios()
        .map(|scenario| (scenario.name.clone(), scenario.version.clone()));
    let known: Vec<_> = known.collect();
    let changed = wanted.iter().filter(|scenario| !known.contains(scenario));
    let changed = changed.map(|(name, then)| {
        let now = known
            .iter()
            .find(|(own, _)| own == name)
            .map_or("", |(_, now)| now.as_str());
        format!("{name} is another than in the recording: {then} then, {now} now")
    });
    Ok((loaded.catalog, changed.collect()))
}

fn tell(
    file: &Path,
    recording: &Recording,
    replayed: &Replayed,
    out: &mut impl Write,
) -> io::Result<()> {
    for remark in &replayed.remarks {
        writeln!(out, "{}", one_line(remark))?;
    }
    let differences = &replayed.differences;
    let Some(first) = differences.first() else {
        return writeln!(
            out,
            "{}: the same, {} entries",
            file.display(),
            recording.entries.len()
        );
    };
    writeln!(
        out,
        "{}: differences: {}; the first:\n",
        file.display(),
        differences.len()
    )?;
    difference(first, out)?;
    writeln!(out, "\nas it went now:")?;
    let at = replayed.lines.iter().position(|(at, _)| *at >= first.at);
    let at = at.unwrap_or(replayed.lines.len());
    let until = replayed.lines.iter().position(|(at, _)| *at > first.at);
    let until = until.unwrap_or(replayed.lines.len()).saturating_add(AROUND);
    let from = at.saturating_sub(AROUND);
    for (_, line) in replayed
        .lines
        .iter()
        .take(until)
        .skip(from)
        .take(10 * AROUND)
    {
        writeln!(out, "  {line}")?;
    }
    if differences.len() > 1 {
        writeln!(out, "\nand then:")?;
    }
    for other in differences.iter().skip(1).take(MOST_TOLD) {
        difference(other, out)?;
    }
    match differences.len().saturating_sub(1 + MOST_TOLD) {
        0 => Ok(()),
        more => writeln!(out, "… and {more} more"),
    }
}

fn difference(difference: &Difference, out: &mut impl Write) -> io::Result<()> {
    let Difference { at, what, text } = difference;
    let mut lines = text.lines();
    let first = one_line(lines.next().unwrap_or_default());
    writeln!(
        out,
        "{:06.3}  {:<6}  {first}",
        at.as_secs_f64(),
        what.label()
    )?;
    for line in lines.take(40) {
        writeln!(out, "        {}", one_line(line))?;
    }
    Ok(())
}
