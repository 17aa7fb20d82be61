//! Every story is recorded, and every journal of it replays to the same: what goes out, what the scripts hear
//! and do, and what is logged.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use expect_test::expect;
use sha2::{Digest, Sha256};
use switchhook::config;
use switchhook::journal::{Journal, file};
use switchhook::replay::{self, Given, Replayed};
use switchhook::scenario::Catalog;
use switchhook::scenario::load::{Contents, Snapshot, load};
use switchhook::script::program::Scenario;
use switchhook::settings::Record;
use switchhook::sim::story::{Played, Story, play};
use switchhook::trial::kept::Kept;
use switchhook::trial::{self, Bench};

/// What replays to something else, and why.
const OTHERWISE: &[(&str, &str)] = &[
    (
        "firewall-counts-by-the-minute",
        "the transfers of others are in no journal",
    ),
    (
        "firewall-anonymous-caller-on-loopback",
        "settings that change during a session are in no journal",
    ),
    (
        "glare-while-the-codec-changes",
        "how long a retry waits is chance (RFC 3261 §14.1)",
    ),
];

/// Threads that share the stories.
const HANDS: usize = 2;

#[test]
fn what_a_story_recorded_replays_to_the_same() {
    let only = std::env::var("STORY").ok();
    let (mut faults, mut journals) = (Vec::new(), 0);
    std::thread::scope(|scope| {
        let hands = (0..HANDS).map(|hand| {
            let only = only.as_deref();
            scope.spawn(move || {
                let stories = stories().into_iter().skip(hand).step_by(HANDS);
                let told = stories.map(|path| replayed_to_the_same(&path, only));
                told.collect::<Vec<_>>()
            })
        });
        let hands: Vec<_> = hands.collect();
        for hand in hands {
            for (count, told) in hand.join().expect("a replay never panics") {
                journals += count;
                faults.extend(told);
            }
        }
    });
    let only_here = |name: &str| {
        only.as_ref()
            .is_none_or(|only| name.contains(only.as_str()))
    };
    for (name, why) in OTHERWISE.iter().filter(|(name, _)| only_here(name)) {
        let before = faults.len();
        faults.retain(|fault| !fault.starts_with(&format!("{name}: ")));
        assert_eq!(
            before - faults.len(),
            1,
            "{name} replays to the same now, though {why}"
        );
    }
    assert!(
        faults.is_empty(),
        "{} of {journals}\n{}\n",
        faults.len(),
        faults.join("\n")
    );
    assert!(journals > 0);
}

/// How many journals a story leaves, and what replays to something else.
fn replayed_to_the_same(path: &Path, only: Option<&str>) -> (usize, Vec<String>) {
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    if only.is_some_and(|only| !name.contains(only)) {
        return (0, Vec::new());
    }
    let mut faults = Vec::new();
    let played = recorded(path);
    for journal in &played.journals {
        let text = written(journal);
        if only.is_some() {
            println!("{text}");
        }
        let replayed = match replayed(&text, &played) {
            Ok(replayed) => replayed,
            Err(fault) => {
                faults.push(format!("{name}: {fault}"));
                continue;
            }
        };
        let Some(first) = replayed.differences.first() else {
            continue;
        };
        faults.push(format!(
            "{name}: {} differences; {:.3} {}: {}",
            replayed.differences.len(),
            first.at.as_secs_f64(),
            first.what.label(),
            first.text
        ));
        if only.is_some() {
            for difference in &replayed.differences {
                println!(
                    "{:.3} {} {}",
                    difference.at.as_secs_f64(),
                    difference.what.label(),
                    difference.text
                );
            }
            for (_, line) in &replayed.lines {
                println!("{line}");
            }
        }
    }
    (played.journals.len(), faults)
}

/// The golden difference: a script that answers before it has called, and no longer says who is busy.
#[test]
fn a_changed_script_shows_what_it_changes() {
    let mut played = recorded(&folder("tests/stories").join("rejected-call.story"));
    let text = written(&played.journals[0]);
    for (_, source) in &mut played.texts {
        *source = source.replace("caller.reject(code)", "caller.reject(603)");
    }
    let shown = shown(&replayed_as_is(&text, &played).unwrap());
    expect![[r#"
        0.520 script the script's turn
          then {"Reject":{"call":0,"code":486,"headers":{}}}
          now  {"Reject":{"call":0,"code":603,"headers":{}}}
        0.520 event the script is told
          then {"Call":{"call":0,"news":{"Disconnected":{"direction":"Outgoing","duration_s":0,"headers":{},"internal_code":486,"reason":"Busy Here"}},"state":"TERMINATED"}}
          now  {"Call":{"call":0,"news":{"Disconnected":{"direction":"Outgoing","duration_s":0,"headers":{},"internal_code":603,"reason":"Decline"}},"state":"TERMINATED"}}
        0.520 SIP 486 Busy Here (INVITE)
          then SIP/2.0 486 Busy Here
          now  SIP/2.0 603 Decline
    "#]]
    .assert_eq(&shown);
}

#[test]
fn a_script_whose_lines_have_moved_replays_to_the_same() {
    let mut played = recorded(&folder("tests/stories").join("guide-user-busy.story"));
    let text = written(&played.journals[0]);
    assert!(text.contains("\"place\":{"), "a verdict has its place");
    for (_, source) in &mut played.texts {
        source.insert_str(0, "// A line more.\n");
    }
    let shown = shown(&replayed_as_is(&text, &played).unwrap());
    expect![""].assert_eq(&shown);
}

/// A script that calls one more throws the dice once more; its peers are still understood.
#[test]
fn a_script_that_throws_the_dice_more_often_still_hears_its_peers() {
    let mut played = recorded(&folder("tests/stories").join("plain-call.story"));
    let text = written(&played.journals[0]);
    for (_, source) in &mut played.texts {
        *source = source.replace(
            "const callee",
            "VoxEngine.callUser({ username: \"nobody\", callerid });\n  const callee",
        );
    }
    let replayed = replayed_as_is(&text, &played).unwrap();
    let lines: Vec<_> = replayed
        .lines
        .iter()
        .map(|(_, line)| line.as_str())
        .collect();
    assert!(!replayed.differences.is_empty());
    assert!(
        lines.iter().any(|line| line.contains("200 OK (INVITE)")),
        "{lines:#?}"
    );
    assert!(lines.iter().any(|line| line.contains("BYE")), "{lines:#?}");
}

/// Digests of phones and of trunks, keys and whole numbers: none of it is in the file, and it replays all the same.
#[test]
fn no_password_and_no_number_is_in_a_journal() {
    let mut journals = 0;
    for path in stories() {
        let story = fs::read_to_string(&path).unwrap();
        let renamed = story.replace("alice", "4930123456");
        if renamed == story
            || ![
                "plain-call",
                "record",
                "registration",
                "guide-user-success",
                "refer-out-challenged-by-a-trunk",
                "replaces-needs-a-right-to",
                "two-devices",
                "trunk-brings-a-call",
            ]
            .iter()
            .any(|part| path.file_stem().is_some_and(|stem| stem == *part))
        {
            continue;
        }
        let Ok(mut story) = Story::parse("renamed.story", &renamed) else {
            continue;
        };
        story.record();
        let Ok(played) = play(&story, Instant::now(), &[], &scenario) else {
            continue;
        };
        for journal in &played.journals {
            journals += 1;
            let text = written(journal);
            for user in story.settings.users.values() {
                let password = user
                    .password
                    .as_ref()
                    .map(|own| format!("{:?}", own.reveal()));
                assert!(password.is_none_or(|own| !text.contains(&own)), "{text}");
            }
            let responses = text.split("response=\\\"").skip(1);
            assert!(
                responses
                    .into_iter()
                    .all(|rest| rest.starts_with("00000000")),
                "{text}"
            );
            assert!(!text.contains("4930123456"), "{text}");
            assert!(!text.contains("0123456"), "{text}");
            assert!(!text.contains(switchhook::sim::disk::SEAL), "{text}");
            let replayed = replayed(&text, &played).unwrap();
            assert_eq!(shown(&replayed), "");
        }
    }
    assert!(journals >= 3, "{journals}");
}

#[test]
fn what_is_no_journal_is_refused_with_its_line() {
    let played = recorded(&folder("tests/stories").join("plain-call.story"));
    let good = written(&played.journals[0]);
    let lines: Vec<&str> = good.lines().collect();
    let refused = |text: &str| file::read(text.as_bytes()).unwrap_err().to_string();
    let with = |line: usize, text: &str| {
        let mut lines = lines.clone();
        lines[line] = text;
        refused(&lines.join("\n"))
    };
    assert_eq!(
        refused(""),
        "1: this is no journal of switchhook: EOF while parsing a value at line 1 column 0"
    );
    assert_eq!(refused("{}"), "1: this is no journal of switchhook");
    assert_eq!(
        refused(r#"{"switchhook_journal": 2}"#),
        "1: a journal of form 2; this program reads form 1"
    );
    assert!(with(1, "[0,{\"in\":7}]").starts_with("2: "));
    assert!(with(2, "[0,{\"unheard\":{}}]").starts_with("3: unknown variant `unheard`"));
    assert_eq!(
        with(1, "[99999999999,{\"due\":{}}]"),
        "3: the time 0 is before the one above, or too late"
    );
    assert!(with(1, "[18446744073709551615,{\"due\":{}}]").starts_with("2: the time"));
    let cut = &lines[..lines.len() - 3];
    assert!(refused(&cut.join("\n")).ends_with("it is cut off"));
    let product = lines[0].replace("\"product\":\"switchhook\"", "\"product\":\"a\\r\\nX: y\"");
    assert_eq!(refused(&product), "1: the product is no text for a header");
}

/// Whatever is done to a journal, it is refused or played, and nothing panics.
#[test]
fn a_journal_that_was_tampered_with_does_no_harm() {
    let played = recorded(&folder("tests/stories").join("guide-user-success.story"));
    let good = written(&played.journals[0]);
    let lines: Vec<&str> = good.lines().collect();
    let mut dice = switchhook::base::Dice::from_seed(1);
    let mut counted = 0;
    for _ in 0..150 {
        let mut text: Vec<String> = lines.iter().map(|line| line.to_string()).collect();
        for _ in 0..=dice.below(3) {
            let line = 1 + dice.below(text.len() as u64 - 1) as usize;
            match dice.below(4) {
                // Said again, at the same time.
                0 => text.insert(line, text[line].clone()),
                1 => drop(text.remove(line)),
                2 => {
                    let other = 1 + dice.below(text.len() as u64 - 1) as usize;
                    let at = text[line].split_once(',').unwrap().0.to_string();
                    let what = text[other].split_once(',').unwrap().1.to_string();
                    text[line] = format!("{at},{what}");
                }
                _ => {
                    let bytes = another_byte(&mut dice, &text[line]);
                    text[line] = bytes;
                }
            }
        }
        let entries = text.len() - 1;
        let head: serde_json::Value = serde_json::from_str(&text[0]).unwrap();
        let mut head = head;
        head["entries"] = entries.into();
        text[0] = head.to_string();
        if let Ok(replayed) = replayed(&text.join("\n"), &played) {
            counted += replayed.differences.len();
        }
    }
    assert!(counted > 0, "what was done is seen");
}

/// A digit or letter of a line becomes another.
fn another_byte(dice: &mut switchhook::base::Dice, line: &str) -> String {
    let mut bytes = line.as_bytes().to_vec();
    let at = dice.below(bytes.len() as u64) as usize;
    if bytes[at].is_ascii_alphanumeric() {
        bytes[at] = b"0aZ9"[dice.below(4) as usize];
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_journal_is_as_large_as_it_may_be_and_replays_up_to_there() {
    let text =
        fs::read_to_string(folder("tests/stories").join("guide-user-success.story")).unwrap();
    let mut story = Story::parse("guide-user-success.story", &text).unwrap();
    story.record();
    story.settings.limits.journal_kb = 16;
    let played = play(&story, Instant::now(), &[], &scenario).unwrap();
    let journal = &played.journals[0];
    assert!(journal.left_out > 0);
    let text = written(journal);
    assert!(text.len() < 40 << 10, "{}", text.len());
    let replayed = replayed(&text, &played).unwrap();
    assert_eq!(shown(&replayed), "");
    assert!(
        replayed.remarks[0].contains("the journal was full"),
        "{:?}",
        replayed.remarks
    );
}

#[test]
fn only_sessions_in_which_something_failed_are_kept_where_failures_are_wanted() {
    let of = |name: &str| {
        let text =
            fs::read_to_string(folder("tests/stories").join(format!("{name}.story"))).unwrap();
        let mut story = Story::parse(name, &text).unwrap();
        story.settings.record = Record::Failures;
        let played = play(&story, Instant::now(), &[], &scenario).unwrap();
        let failures = played
            .journals
            .iter()
            .flat_map(|journal| journal.failures.clone());
        failures.collect::<Vec<_>>()
    };
    assert_eq!(of("plain-call"), [""; 0]);
    assert_eq!(of("rejected-call"), [""; 0]);
    assert!(of("script-throws-at-the-call")[0].starts_with("script fault: "));
    assert_eq!(of("guide-user-busy"), ["a transfer ended with 486"]);
}

/// Calls, holds, refusals, transfers of both kinds: what a story's phones did, a test's phones do again.
#[test]
fn a_journal_becomes_a_test_that_passes() {
    for name in AS_TESTS {
        let path = folder("tests/stories").join(format!("{name}.story"));
        let played = recorded(&path);
        let text = fs::read_to_string(&path).unwrap();
        let story = Story::parse(name, &text).unwrap();
        for journal in &played.journals {
            let recording = file::read(written(journal).as_bytes()).unwrap();
            let test = replay::as_test::write(&recording, &story.settings);
            let files = played.texts.iter().map(|(file, text)| {
                let contents = Contents::Bytes(text.clone().into_bytes());
                (file.clone(), contents)
            });
            let snapshot = Snapshot {
                files: files.collect(),
            };
            let loaded = load(&snapshot, &Catalog::default(), &Scenario::compile);
            let mut settings = story.settings.clone();
            settings.users.clear();
            let bench = Bench {
                start: Instant::now(),
                seed: 1,
                settings,
                catalog: loaded.catalog,
                updates: false,
            };
            let outcomes = trial::play(&bench, "as.test.js", &test, &Kept::default(), &|_| true);
            assert_eq!(outcomes.len(), 1, "{name}\n{test}");
            for outcome in outcomes {
                let told = trial::report::pretty(std::slice::from_ref(&outcome));
                assert!(outcome.failure().is_none(), "{name}\n{test}\n{told}");
            }
        }
    }
}

/// What a test has no words for fails it there, with the reason.
#[test]
fn what_a_test_cannot_say_it_says_and_fails() {
    let played = recorded(&folder("tests/stories").join("drain.story"));
    let texts = played.journals.iter().map(|journal| {
        let recording = file::read(written(journal).as_bytes()).unwrap();
        replay::as_test::write(&recording, &journal.settings)
    });
    let texts: Vec<_> = texts.collect();
    let loud = "throw new Error(\"the recording has what a test cannot say: the program was on its way out\");";
    assert!(texts.iter().any(|text| text.contains(loud)), "{texts:#?}");
}

const AS_TESTS: &[&str] = &[
    "plain-call",
    "rejected-call",
    "guide-user-success",
    "guide-user-busy",
    "guide-sip-success",
    "attended-success",
    "hold",
    "cancelled-call",
    "shipped-lookup",
    "plain-call-ended-by-the-callee",
];

fn shown(replayed: &Replayed) -> String {
    let lines = replayed.differences.iter().map(|difference| {
        let at = difference.at.as_secs_f64();
        format!("{at:.3} {} {}\n", difference.what.label(), difference.text)
    });
    lines.collect()
}

fn recorded(path: &Path) -> Played {
    let text = fs::read_to_string(path).unwrap();
    let mut story = Story::parse(&path.file_name().unwrap().to_string_lossy(), &text).unwrap();
    story.record();
    play(&story, Instant::now(), &[], &scenario).unwrap()
}

fn written(journal: &Journal) -> String {
    let settings = journal.settings.written(&journal.users);
    file::write(journal, settings, [7; 32])
}

/// With the scenarios of then.
fn replayed(text: &str, played: &Played) -> Result<Replayed, String> {
    replayed_with(text, played, true)
}

/// With the first scenarios of their names.
fn replayed_as_is(text: &str, played: &Played) -> Result<Replayed, String> {
    replayed_with(text, played, false)
}

fn replayed_with(text: &str, played: &Played, of_then: bool) -> Result<Replayed, String> {
    let recording = file::read(text.as_bytes()).map_err(|fault| fault.to_string())?;
    let settings = recording.settings.to_string();
    let no_secret = |_: &str| Err("no file is read".to_string());
    let settings = config::read("journal", settings.as_bytes(), &no_secret)
        .map_err(|faults| faults[0].to_string())?;
    let files = replay::scenarios(&recording)
        .into_iter()
        .map(|(name, version)| {
            let is_it = |(file, text): &&(String, String)| {
                let digest = Sha256::digest(text.as_bytes());
                let digest: String = digest[..6]
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
                *file == format!("{name}.js") && (digest == version || !of_then)
            };
            let found = played.texts.iter().find(is_it);
            let (file, text) = found.ok_or(format!("there is no {name} {version}"))?;
            Ok((file.clone(), text.clone().into_bytes()))
        });
    let files: Vec<_> = files.collect::<Result<_, String>>()?;
    let loaded = load(
        &replay::folder(&recording, files),
        &Catalog::default(),
        &Scenario::compile,
    );
    if let Some(fault) = loaded.faults.first() {
        return Err(fault.to_string());
    }
    let given = Given {
        start: Instant::now(),
        settings,
        catalog: loaded.catalog,
    };
    replay::play(&recording, given)
}

fn scenario(name: &str) -> Option<String> {
    ["scenarios", "tests/guides", "tests/stories/scripts"]
        .iter()
        .map(|place| folder(place).join(format!("{name}.js")))
        .find_map(|path| fs::read_to_string(path).ok())
}

fn stories() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder("tests/stories")).unwrap();
    let paths = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<_> = paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "story"))
        .collect();
    files.sort();
    files
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
