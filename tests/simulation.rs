//! Two thousand worlds of chance: phones that call, cancel, answer, reject, refer, transfer attended, take
//! calls over, hold, vanish and hang up at random times, over a network that loses, doubles and reorders,
//! with scenarios that behave and scenarios that do not. What must always hold is watched; a seed that breaks
//! it prints its ladder.
//!
//! `SEEDS=5000 cargo test --test simulation` plays more, `FROM=2000` others; `SEED=17` plays one and prints it.

use std::fs;
use std::path::Path;
use std::time::Instant;

use switchhook::scenario::Catalog;
use switchhook::scenario::load::{Contents, Snapshot, load};
use switchhook::script::program::Scenario;
use switchhook::sim::chaos::{Outcome, play};

/// Scenario, and whether it joins its calls for as long as they last and dials a target once.
const SCENARIOS: &[(&str, bool)] = &[
    ("scenarios/transfer.js", true),
    ("tests/guides/call-transfer-user.js", true),
    ("tests/stories/scripts/chaotic.js", false),
    ("tests/guides/call-transfer-sip.js", true),
    ("scenarios/forward.js", true),
    ("scenarios/transfer-sip.js", true),
];

/// Threads that share the seeds.
const HANDS: u64 = 2;

#[test]
fn whatever_phones_scripts_and_the_network_do_every_world_comes_to_rest() {
    let seeds = number("SEEDS").unwrap_or(2000);
    let from = number("FROM").unwrap_or(0);
    if let Some(seed) = number("SEED") {
        let outcome = world(seed, &catalogs());
        println!("{}", outcome.ladder);
        assert!(
            outcome.faults.is_empty(),
            "\n{}\n",
            outcome.faults.join("\n")
        );
        return;
    }
    let (mut calls, mut verdicts, mut broken) = (0, 0, Vec::new());
    let (mut outcomes, mut moved) = (0, 0);
    std::thread::scope(|scope| {
        let hands = (0..HANDS).map(|hand| {
            scope.spawn(move || {
                let catalogs = catalogs();
                let seeds = (from + hand..from + seeds).step_by(HANDS as usize);
                seeds
                    .map(|seed| (seed, world(seed, &catalogs)))
                    .collect::<Vec<_>>()
            })
        });
        let hands: Vec<_> = hands.collect();
        for hand in hands {
            for (seed, outcome) in hand.join().expect("a world never panics") {
                calls += outcome.calls;
                verdicts += outcome.verdicts;
                outcomes += outcome.outcomes.0;
                moved += outcome.outcomes.1;
                if !outcome.faults.is_empty() {
                    broken.push((seed, outcome));
                }
            }
        }
    });
    println!(
        "{seeds} worlds, {calls} calls, {verdicts} transfers with a verdict, {outcomes} asked for by a script, \
         {moved} of them well"
    );
    broken.sort_by_key(|(seed, _)| *seed);
    if let Some((seed, outcome)) = broken.first() {
        let others: Vec<_> = broken.iter().map(|(seed, _)| seed.to_string()).collect();
        panic!(
            "\nSEED={seed}\n{}\n{}\n{} worlds broken: {}",
            outcome.ladder,
            outcome.faults.join("\n"),
            broken.len(),
            others.join(" ")
        );
    }
    assert!(
        verdicts as u64 > seeds / 2,
        "hardly any transfer was asked for"
    );
    assert!(
        outcomes as u64 > seeds / 5 && moved as u64 > seeds / 40,
        "hardly any script asked for a transfer"
    );
}

#[test]
fn the_same_seed_prints_the_same_ladder() {
    let catalogs = catalogs();
    for seed in 1000..1024 {
        assert_eq!(
            world(seed, &catalogs).ladder,
            world(seed, &catalogs).ladder,
            "SEED={seed}"
        );
    }
}

fn world(seed: u64, catalogs: &[(Catalog, bool)]) -> Outcome {
    let (catalog, behaves) = &catalogs[(seed % catalogs.len() as u64) as usize];
    play(seed, Instant::now(), catalog.clone(), *behaves)
}

fn catalogs() -> Vec<(Catalog, bool)> {
    let catalog = |path: &str| {
        let source = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path);
        let files = [("scenario.js".to_string(), Contents::Bytes(source))].into();
        let loaded = load(&Snapshot { files }, &Catalog::default(), &Scenario::compile);
        assert!(loaded.faults.is_empty(), "{path}: {:?}", loaded.faults);
        loaded.catalog
    };
    SCENARIOS
        .iter()
        .map(|(path, behaves)| (catalog(path), *behaves))
        .collect()
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}
