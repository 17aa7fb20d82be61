//! Every script of `tests/hostile`, run in the handler of an incoming call as a tenant without mercy
//! would: each ends within its budget, by itself, by the engine or by the bounds on built-ins.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::*;
use crate::script::fault::FaultKind;

/// What the engine can stop late at best; the watchdog outside the thread is for these.
/// None of the scripts; but arithmetic on huge BigInts, comparisons of huge strings and spreads of
/// huge lists are operators, which nothing of ours stands before.
const UNSTOPPABLE: &[(&str, &str)] = &[];

const BUDGET: Duration = Duration::from_millis(50);
/// Above the budget, in CPU time: one built-in call at its bound, in an unoptimised host.
const OVERHEAD: Duration = Duration::from_millis(500);

fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// How many times slower this machine is than those for which the bounds were found, by a script that does nothing but work.
fn slowness() -> u32 {
    const USUAL: Duration = Duration::from_millis(100);
    let mut stage = Stage::started(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, () => { let n = 0; for (let i = 0; i < 1e6; i++) n += i; });",
    );
    let began = cpu();
    stage.turn(alerting(), Box::new(|| false));
    let times = (cpu() - began).as_micros() / USUAL.as_micros() + 1;
    times as u32
}

fn scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut scripts: Vec<_> = fs::read_dir(folder)
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "js"))
        .map(|path| {
            let name = path.file_stem().expect("it has a name").to_string_lossy();
            (
                name.into_owned(),
                fs::read_to_string(&path).expect("it is text"),
            )
        })
        .collect();
    scripts.sort();
    scripts
}

#[test]
fn every_hostile_script_ends_within_its_budget() {
    let scripts = scripts();
    assert_eq!(scripts.len(), 51);
    let mut faults = Vec::new();
    let (budget, overhead) = (BUDGET * slowness(), OVERHEAD * slowness());
    for (name, body) in &scripts {
        if UNSTOPPABLE
            .iter()
            .any(|(unstoppable, _)| unstoppable == name)
        {
            continue;
        }
        let source =
            format!("VoxEngine.addEventListener(AppEvents.CallAlerting, () => {{\n{body}\n}});");
        let Ok(scenario) = compiled("hostile.js", &source) else {
            // What cannot be compiled cannot do harm.
            continue;
        };
        drop(scenario);
        let mut stage = Stage::started(&source);
        assert_eq!(stage.told, "", "{name}");
        let began = cpu();
        let turn = stage.turn(alerting(), Box::new(move || cpu() - began > budget));
        let took = cpu() - began;
        if took > budget + overhead {
            faults.push(format!("{name} took {took:?}: {:?}", turn.fault));
        }
        let held = stage.isolate.memory_bytes();
        if held > 17 << 20 {
            faults.push(format!("{name} holds {held} bytes"));
        }
        // The last words of even such a session are taken down, within a budget of their own.
        let began = cpu();
        stage.turn(Event::Terminating, Box::new(move || cpu() - began > budget));
        stage.turn(Event::Terminated, Box::new(move || cpu() - began > budget));
        drop(stage);
        let took = cpu() - began;
        if took > budget + overhead {
            faults.push(format!("{name} took {took:?} to end"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn what_the_engine_stops_is_out_of_time_and_what_is_too_much_is_an_error() {
    let budget = BUDGET * slowness();
    let kind = |name: &str| {
        let body = scripts()
            .into_iter()
            .find(|(script, _)| script == name)
            .expect("the script exists")
            .1;
        let mut stage = Stage::started(&format!(
            "VoxEngine.addEventListener(AppEvents.CallAlerting, () => {{\n{body}\n}});"
        ));
        let began = cpu();
        let turn = stage.turn(alerting(), Box::new(move || cpu() - began > budget));
        turn.fault.map(|fault| fault.kind)
    };
    for name in [
        "loop",
        "loop-catch",
        "loop-finally",
        "gen",
        "promise-loop",
        "promise-block",
        "promise-sync-inf",
        "regex",
        "date",
        "mem-catch",
    ] {
        assert_eq!(kind(name), Some(FaultKind::OutOfTime), "{name}");
    }
    for name in ["mem-ab", "normalize"] {
        assert_eq!(kind(name), Some(FaultKind::OutOfMemory), "{name}");
    }
    for name in ["recursion", "eval-big", "join", "fill", "json-deep"] {
        assert_eq!(kind(name), Some(FaultKind::Exception), "{name}");
    }
}
