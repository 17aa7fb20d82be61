//! `switchhook simulate`: many callers against the folder, each in a world of its own, and what came of them.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::cli::{self, Form};
use crate::io::clock;
use crate::io::folder::{Folder, Paths};
use crate::scenario::coverage::{self, Coverage};
use crate::sim::crowd::report::{self, Heading};
use crate::sim::crowd::{Crowd, Tally, Told};
use crate::sim::world::Stopwatch;

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Well,
    /// Something was found that must not be.
    Found,
    /// The folder has a fault, or no rule that anybody could call.
    Cannot,
}

/// Callers that are played before the next are taken up: what waits to be added up is bounded so.
const BATCH: u64 = 64;
/// The compiler of the scripts recurses, and scripts have a stack of their own.
const STACK_BYTES: usize = 4 << 20;

/// Plays the callers and writes the report to `out`; what depends on the machine goes to `aside`.
pub fn simulate(
    options: &cli::Simulate,
    out: &mut impl Write,
    aside: &mut impl Write,
) -> io::Result<Ended> {
    let paths = Paths::new(
        options.folder.scenarios.clone(),
        options.folder.config.clone(),
    );
    let mut folder = Folder::new(paths, coverage::compile);
    let reading = folder.read();
    for fault in &reading.faults {
        writeln!(out, "{fault}")?;
    }
    if !reading.faults.is_empty() {
        return Ok(Ended::Cannot);
    }
    let crowd = Crowd::new(
        (**folder.settings()).clone(),
        (**folder.catalog()).clone(),
        options.seed,
        options.chaos.clone(),
    );
    if crowd.is_empty() {
        let at = options.folder.scenarios.display();
        writeln!(out, "{at}: there is no rule that anybody could call")?;
        return Ok(Ended::Cannot);
    }
    let stopwatch: Option<Stopwatch> = options.timings.then_some(clock::thread_cpu);
    let mut tally = Tally::default();
    match options.caller {
        Some(number) => {
            let told = crowd.play(number, Instant::now(), stopwatch);
            alone(&told, options, out)?;
            tally.add(told);
        }
        None => play_all(&crowd, options, stopwatch, &mut tally)?,
    }
    let coverage = Coverage::new(folder.catalog(), tally.ran());
    let (chaos, again) = (options.chaos.to_string(), again(options));
    let heading = Heading {
        seed: options.seed,
        chaos: &chaos,
        unreached: crowd.unreached(),
        coverage: &coverage,
        again: &again,
    };
    let text = match options.reporter {
        Form::Pretty => report::pretty(&tally, &heading),
        Form::Json => report::json(&tally, &heading),
    };
    out.write_all(text.as_bytes())?;
    for (caller, slow) in tally.slow() {
        let took = slow.took.as_secs_f64() * 1000.0;
        writeln!(aside, "{took:8.3} ms  caller {caller}: {}", slow.what)?;
    }
    Ok(match tally.has_failed() {
        true => Ended::Found,
        false => Ended::Well,
    })
}

/// In batches, each in the order of its numbers: whoever plays them, the sum is the same.
fn play_all(
    crowd: &Arc<Crowd>,
    options: &cli::Simulate,
    stopwatch: Option<Stopwatch>,
    tally: &mut Tally,
) -> io::Result<()> {
    let available = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = options.workers.map_or_else(available, NonZeroUsize::get);
    let start = Instant::now();
    let mut first = 0;
    while first < options.calls {
        let end = options.calls.min(first + BATCH);
        let next = AtomicU64::new(first);
        let played: Mutex<Vec<Told>> = Mutex::default();
        thread::scope(|scope| {
            let work = || {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        break;
                    }
                    let told = crowd.play(number, start, stopwatch);
                    let mut played = played.lock().unwrap_or_else(PoisonError::into_inner);
                    played.push(told);
                }
            };
            let hands = (0..workers).map(|_| {
                let worker = thread::Builder::new().stack_size(STACK_BYTES);
                worker.spawn_scoped(scope, work).map(drop)
            });
            hands.collect::<io::Result<Vec<()>>>()
        })?;
        let mut played = played.into_inner().unwrap_or_else(PoisonError::into_inner);
        played.sort_by_key(|told| told.number);
        for told in played {
            tally.add(told);
        }
        first = end;
    }
    Ok(())
}

/// One caller, with all that was said.
fn alone(told: &Told, options: &cli::Simulate, out: &mut impl Write) -> io::Result<()> {
    if options.reporter == Form::Json {
        return Ok(());
    }
    let (number, dialled, rule) = (told.number, &told.dialled, &told.rule);
    writeln!(
        out,
        "caller {number} dials {dialled}, for the rule `{rule}`\n"
    )?;
    for line in told.ladder.lines() {
        writeln!(out, "  {line}")?;
    }
    writeln!(out)
}

/// The command that plays one caller again, but for the number.
fn again(options: &cli::Simulate) -> String {
    let mut words = vec![
        "switchhook simulate".to_string(),
        quoted(&options.folder.scenarios.display().to_string()),
    ];
    if let Some(config) = &options.folder.config {
        words.push(format!(
            "--config {}",
            quoted(&config.display().to_string())
        ));
    }
    words.push(format!("--seed {} --chaos {}", options.seed, options.chaos));
    words.join(" ")
}

/// For a shell.
fn quoted(path: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    match path.chars().all(is_plain) {
        true => path.to_string(),
        false => format!("'{}'", path.replace('\'', "'\\''")),
    }
}
