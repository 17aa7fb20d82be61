//! Plays the tests of a file, each in a world of its own: promises first, then one thing that has come, then
//! one step of the world, until the test is over.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::engine::{self, Engine, Wrong};
use super::kept::{self, Kept};
use super::outcome::{Failure, Outcome, Verdict};
use super::stage::Stage;
use crate::scenario::Catalog;
use crate::script::bytecode::Bytecode;
use crate::script::marks::Ran;
use crate::settings::Settings;

/// Steps of the world that one test may take; a transfer takes a hundred.
const MOST_STEPS: u32 = 200_000;
/// A test may last so long, in the world's time.
const LONGEST: Duration = Duration::from_secs(30 * 86_400);
/// A report shows the end of a longer ladder.
const MOST_LINES: usize = 400;

/// What every test of a folder is played on.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The first moment of every world.
    pub start: Instant,
    pub seed: u64,
    pub settings: Settings,
    pub catalog: Catalog,
    /// The ladders of each file are to be kept as they are now.
    pub updates: bool,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    skipped: bool,
}

/// What the driver says after a look at what is awaited.
#[derive(Deserialize)]
struct Tick {
    #[serde(default)]
    given: bool,
    never: Option<Wrong>,
    /// The world may go on until then, in microseconds.
    wake: Option<u64>,
}

#[derive(Deserialize)]
struct Ended {
    error: Option<Wrong>,
    #[serde(rename = "faultsAllowed")]
    faults_allowed: bool,
}

/// Plays the tests of a file whose names `wanted` takes, in the order of the file. A file that cannot be run is
/// one failed test without a name.
pub fn play(
    bench: &Bench,
    file: &str,
    source: &str,
    kept: &Kept,
    wanted: &dyn Fn(&str) -> bool,
) -> Vec<Outcome> {
    let compiled = engine::compile(file, source);
    let named = compiled.and_then(|program| Ok((names(&program)?, program)));
    let (names, program) = match named {
        Ok(named) => named,
        Err(wrong) => {
            let verdict = Verdict::Failed(failure(file, wrong, String::new()));
            return vec![outcome(file, "", verdict, Duration::ZERO, Vec::new())];
        }
    };
    let numbered = names.iter().enumerate();
    let wanted = numbered.filter(|(_, named)| wanted(&named.name));
    let played = wanted.map(|(index, named)| match named.skipped {
        true => outcome(
            file,
            &named.name,
            Verdict::Skipped,
            Duration::ZERO,
            Vec::new(),
        ),
        false => {
            let of_test = || kept.get(&kept::title(&named.name)).cloned();
            let kept = (!bench.updates).then(|| of_test().unwrap_or_default());
            play_one(bench, (file, &named.name), &program, index, kept)
        }
    });
    played.collect()
}

fn names(program: &Bytecode) -> Result<Vec<Named>, Wrong> {
    let engine = Engine::new(program, None)?;
    engine.drain()?;
    let names = engine.dispatch("names", "")?;
    serde_json::from_str(&names).map_err(|fault| Wrong::of(&fault.to_string()))
}

fn play_one(
    bench: &Bench,
    (file, name): (&str, &str),
    program: &Bytecode,
    index: usize,
    kept: Option<Vec<String>>,
) -> Outcome {
    let seed = seed_of(bench.seed, file, name);
    let (settings, catalog) = (bench.settings.clone(), bench.catalog.clone());
    let stage = Stage::new(bench.start, seed, settings, catalog, kept);
    let stage = Rc::new(RefCell::new(stage));
    let ended = Engine::new(program, Some(stage.clone()))
        .and_then(|engine| conduct(&engine, &stage, index));
    let mut stage = stage.borrow_mut();
    let (lasted, ladder) = (stage.elapsed(), stage.ladder());
    let unstubbed = stage.unstubbed();
    let wrong = match ended {
        ended if !unstubbed.is_empty() => {
            let besides = ended.map_or_else(Some, |ended| ended.error);
            Some((asked_of_nobody(&unstubbed, besides), ladder))
        }
        Ok(Ended {
            error: Some(wrong), ..
        })
        | Err(wrong) => Some((wrong, ladder)),
        Ok(Ended {
            error: None,
            faults_allowed,
        }) => {
            let faults = stage.script_faults();
            let broken = faults.first().filter(|_| !faults_allowed);
            match broken {
                Some(fault) => Some((Wrong::of(&format!("the scenario broke: {fault}")), ladder)),
                None => left(stage.clear()).map(|wrong| (wrong, stage.ladder())),
            }
        }
    };
    let verdict = match wrong {
        Some((wrong, ladder)) => Verdict::Failed(failure(file, wrong, ladder)),
        None => Verdict::Passed,
    };
    Outcome {
        used: stage.used(),
        ran: stage.ran(),
        ..outcome(file, name, verdict, lasted, stage.compared())
    }
}

/// Drives one test to its end.
fn conduct(engine: &Engine, stage: &RefCell<Stage>, index: usize) -> Result<Ended, Wrong> {
    engine.dispatch("run", &index.to_string())?;
    for _ in 0..MOST_STEPS {
        engine.drain()?;
        if let Some(ended) = answer::<Option<Ended>>(engine, "outcome", "")? {
            return Ok(ended);
        }
        let calm = if stage.borrow().is_calm() { "calm" } else { "" };
        match answer::<Tick>(engine, "tick", calm)? {
            Tick { given: true, .. } => {}
            Tick {
                never: Some(wrong), ..
            } => return Err(wrong),
            Tick {
                wake: Some(wake), ..
            } => {
                let wake = Duration::from_micros(wake);
                if wake > LONGEST {
                    return Err(Wrong::of("the test lasts for more than thirty days"));
                }
                stage.borrow_mut().step(wake);
            }
            Tick { wake: None, .. } => {
                return Err(Wrong::of(
                    "the test waits for a promise that nobody keeps: none of what it awaits comes from a phone or \
                     from `t`",
                ));
            }
        }
    }
    Err(Wrong::of(&format!(
        "the test is not over after {MOST_STEPS} steps of the world"
    )))
}

fn answer<T: serde::de::DeserializeOwned>(
    engine: &Engine,
    kind: &str,
    argument: &str,
) -> Result<T, Wrong> {
    let answer = engine.dispatch(kind, argument)?;
    serde_json::from_str(&answer).map_err(|fault| Wrong::of(&fault.to_string()))
}

/// What a scenario asked of the world outside and the test does not answer; what went wrong besides may well come
/// of it.
fn asked_of_nobody(unstubbed: &[String], besides: Option<Wrong>) -> Wrong {
    let told = unstubbed.iter().take(20).cloned().collect::<Vec<_>>();
    let mut wrong = besides.unwrap_or_else(|| Wrong::of(""));
    if !wrong.message.is_empty() {
        wrong.message.insert_str(0, "\nand: ");
    }
    wrong.message.insert_str(0, &told.join("\n"));
    wrong
}

fn left(faults: Vec<String>) -> Option<Wrong> {
    let message = format!(
        "after the test everybody hung up, and this is wrong:\n  {}",
        faults.join("\n  ")
    );
    (!faults.is_empty()).then(|| Wrong::of(&message))
}

fn failure(file: &str, wrong: Wrong, ladder: String) -> Failure {
    let lines: Vec<&str> = ladder.lines().collect();
    let before = lines.len().saturating_sub(MOST_LINES);
    let ladder = match before {
        0 => ladder,
        before => format!("… {before} lines\n{}\n", lines[before..].join("\n")),
    };
    Failure {
        place: wrong.place(file),
        message: wrong.message,
        ladder,
    }
}

fn outcome(
    file: &str,
    name: &str,
    verdict: Verdict,
    lasted: Duration,
    ladders: Vec<String>,
) -> Outcome {
    Outcome {
        file: file.to_string(),
        name: name.to_string(),
        verdict,
        ladders,
        lasted,
        used: BTreeSet::new(),
        ran: Ran::new(),
    }
}

/// Of each test its own (FNV-1a), so that a new one leaves the others as they were.
fn seed_of(seed: u64, file: &str, name: &str) -> u64 {
    let bytes = file.bytes().chain([0]).chain(name.bytes());
    bytes.fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
