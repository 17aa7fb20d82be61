//! Every `tests/stories/NAME.story` is played and ends as it says, with the ladder that lies beside it
//! as `NAME.ladder`. `UPDATE_EXPECT=1 cargo test --test stories` writes the ladders anew;
//! `STORY=part-of-a-name` plays some and prints them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use expect_test::{expect, expect_file};
use switchhook::sim::net::{Harm, Pattern, Which, Wrong};
use switchhook::sim::story::{Played, Story, play};

#[test]
fn every_story_ends_as_it_says() {
    let only = std::env::var("STORY").ok();
    let mut faults = Vec::new();
    for path in stories() {
        let name = name_of(&path);
        if only.as_ref().is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let played = match played(&path, &[]) {
            Ok(played) => played,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        if only.is_some() {
            println!("{name}\n{}", played.ladder);
        }
        faults.extend(played.faults.iter().map(|fault| format!("{name}: {fault}")));
        let ladder = path.with_extension("ladder");
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            expect_file![ladder].assert_eq(&played.ladder);
        } else if fs::read_to_string(&ladder).unwrap_or_default() != played.ladder {
            let difference = difference(
                &fs::read_to_string(&ladder).unwrap_or_default(),
                &played.ladder,
            );
            faults.push(format!("{name}.ladder is another:\n{difference}"));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_ladder_has_its_story() {
    let lonely: Vec<_> = files("ladder")
        .into_iter()
        .filter(|ladder| !ladder.with_extension("story").exists())
        .collect();
    assert_eq!(lonely, Vec::<PathBuf>::new());
}

/// `tests/stories/README.md` says where each rule is told. Every row tells somewhere, T1 to T27, the
/// checklist from 1 to 80 and V1 to V7 are all there, and so is whatever is named.
#[test]
fn every_rule_of_transfers_is_told_somewhere() {
    let table = fs::read_to_string(folder("tests/stories/README.md")).expect("it is there");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("told in"))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect();
    let firsts: Vec<&str> = rows.iter().map(|row| row[0]).collect();
    let named = (1..=27).map(|nth| format!("T{nth}"));
    let numbered = (1..=80).map(|nth| nth.to_string());
    let of_sound = (1..=7).map(|nth| format!("V{nth}"));
    let mut faults: Vec<String> = named
        .chain(numbered)
        .chain(of_sound)
        .filter(|name| firsts.iter().filter(|first| *first == name).count() != 1)
        .map(|name| format!("there is no row {name}, or more than one"))
        .collect();
    for row in &rows {
        let places: Vec<&str> = row[row.len() - 1].split('`').skip(1).step_by(2).collect();
        if places.is_empty() {
            faults.push(format!("{} is told nowhere", row[0]));
        }
        for place in places {
            let is_there = match place.split_once("::") {
                Some((file, test)) => fs::read_to_string(folder(file))
                    .is_ok_and(|text| text.contains(&format!("fn {test}("))),
                None => folder("tests/stories")
                    .join(format!("{place}.story"))
                    .exists(),
            };
            if !is_there {
                faults.push(format!("{}: there is no {place}", row[0]));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn the_same_story_prints_the_same_ladder() {
    for path in stories().into_iter().step_by(5) {
        let (Ok(one), Ok(other)) = (played(&path, &[]), played(&path, &[])) else {
            panic!("{} cannot be played", path.display());
        };
        assert_eq!(one.ladder, other.ladder, "{}", path.display());
    }
}

/// The tester is tested: what is expected and is not so is told, with what is so instead.
#[test]
fn a_story_that_expects_too_much_says_what_is_so_instead() {
    let text = "scenario forward\nphones alice bob carol\nusers bob\nbob answers after 1\nat 0 alice calls bob\n\
                at 2 expect alice talks to carol\nat 2 expect alice hears nobody\nat 2 expect carol has 1 call\n\
                at 3 bob refers to carol\nat 5 alice hangs up\nexpect bob is told 100, 200\n\
                expect alice is refused: 486\nexpect never bob is called by alice\n\
                expect log \"all is well\"\nexpect 3 messages \"ACK\"";
    let story = Story::parse("s.story", text).unwrap();
    let played = play(&story, Instant::now(), &[], &scenario).unwrap();
    expect![[r#"
        s.story:6: expected: alice talks to carol; alice does not hear carol, carol does not hear alice
        s.story:7: expected: alice hears nobody; alice hears ["bob"]
        s.story:8: expected: carol has 1 call; carol has 0
        s.story:11: expected: bob is told 100 200; bob was told [100, 404]
        s.story:12: expected: alice is refused: 486; alice: is connected; hangs up
        s.story:13: expected: never bob is called by alice; bob: is called by alice; answers; has its REFER answered: 202; is told: 100; is told the verdict: 404; has lost its call: hung up
        s.story:14: expected: log all is well; the log: call1 asks for a transfer to c****; call1: call0 goes to session 08e04edd56a28752, rule default; call1 not placed: 404 Not Found; call1: transfer to c**** ends with 404, by the session that it went to; call1: blind transfer to c****: 202 0.000, verdict 404 0.000, NOTIFY 100 0.020, NOTIFY 404 0.040
        s.story:15: expected: 3 messages ACK; there are 2
    "#]]
    .assert_eq(&(played.faults.join("\n") + "\n"));
}

#[test]
fn whatever_single_message_is_lost_a_transfer_ends_the_same() {
    each_message_of(TRANSFERS, Harm::Lose);
}

#[test]
fn whatever_single_message_is_doubled_a_transfer_ends_the_same() {
    each_message_of(TRANSFERS, Harm::Double);
}

#[test]
fn whatever_single_message_is_two_seconds_late_a_transfer_ends_the_same() {
    each_message_of(TRANSFERS, Harm::Delay(Duration::from_secs(2)));
}

/// Their times leave room for what is lost to be repeated.
const TRANSFERS: &[&str] = &[
    "patient-transfer",
    "patient-transfer-to-a-busy-target",
    "patient-transfer-and-an-early-bye",
    "patient-guide-transfer",
    "patient-default-mode",
    "patient-default-mode-to-a-busy-target",
    "patient-default-mode-and-an-early-bye",
    "patient-attended",
    "patient-attended-and-an-early-bye",
    "patient-attended-elsewhere",
    "patient-semi-attended",
    "patient-replaces",
    "patient-refer-out",
    "patient-refer-out-busy",
    "patient-refer-out-attended",
];

/// Harms one message after the other; what the story expects must hold every time.
#[track_caller]
fn each_message_of(names: &[&str], harm: Harm) {
    let mut faults = Vec::new();
    for name in names {
        let path = folder("tests/stories").join(format!("{name}.story"));
        let packets = played(&path, &[]).expect("it is played above").packets;
        for nth in 1..=packets {
            let wrong = Wrong {
                harm,
                which: Which::Nth(nth),
                pattern: Pattern::default(),
            };
            let played = played(&path, &[wrong]).expect("it is played above");
            if !played.faults.is_empty() {
                let said = played.faults.join("\n");
                faults.push(format!(
                    "{name}, message {nth} of {packets}, {harm:?}:\n{said}\n{}",
                    played.ladder
                ));
            }
        }
    }
    assert!(faults.is_empty(), "{} of them\n{}", faults.len(), faults[0]);
}

fn played(path: &Path, wrongs: &[Wrong]) -> Result<Played, String> {
    let text = fs::read_to_string(path).map_err(|fault| format!("{}: {fault}", path.display()))?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let story = Story::parse(&file, &text).map_err(|fault| fault.to_string())?;
    play(&story, Instant::now(), wrongs, &scenario).map_err(|fault| fault.to_string())
}

/// A scenario's text by its name: one that is shipped, one of the guides, or one made for a story.
fn scenario(name: &str) -> Option<String> {
    ["scenarios", "tests/guides", "tests/stories/scripts"]
        .iter()
        .map(|place| folder(place).join(format!("{name}.js")))
        .find_map(|path| fs::read_to_string(path).ok())
}

fn stories() -> Vec<PathBuf> {
    files("story")
}

fn files(ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder("tests/stories")).expect("the folder is there");
    let paths = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|e| e == ending))
        .collect();
    files.sort();
    files
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn name_of(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The first line that differs, with what stands around it.
fn difference(before: &str, now: &str) -> String {
    let same = before
        .lines()
        .zip(now.lines())
        .take_while(|(before, now)| before == now)
        .count();
    let around = |text: &str| {
        let lines = text.lines().skip(same.saturating_sub(3)).take(8);
        lines
            .map(|line| format!("    {line}"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    format!(
        "  it says\n{}\n  now it is\n{}",
        around(before),
        around(now)
    )
}
