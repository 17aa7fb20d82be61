//! The table of `docs/transfers.md` that says what the options of others are here: it has each of them, and
//! each row names stories that there are.

use std::fs;
use std::path::{Path, PathBuf};

/// Every option and field of the guides of jambonz, VG, SignalWire and SIP.js, as its guide writes it.
const THEIRS: &[(&str, &[&str])] = &[
    (
        "jambonz, VG",
        &[
            "referTo",
            "referredBy",
            "actionHook",
            "eventHook",
            "headers",
            "referStatus",
            "final_referred_call_status",
            "event",
            "call_status",
        ],
    ),
    (
        "SignalWire",
        &[
            "device",
            "device.type",
            "device.params",
            "statusUrl",
            "refer()",
            "calling.call.refer",
            "sip_refer_response_code",
            "sip_notify_response_code",
        ],
    ),
    (
        "SIP.js",
        &[
            "session.refer(target)",
            "session.refer(session)",
            "UserAgent.makeURI",
            "new Inviter",
            "onRefer(referral)",
            "referral.accept()",
            "referral.makeInviter()",
            "referral.reject()",
        ],
    ),
];

/// One row: whose it is, what it is called there, and the cells beside it.
struct Row {
    whose: String,
    theirs: String,
    here: String,
    stories: Vec<String>,
}

#[test]
fn every_option_of_the_others_is_in_the_table() {
    let rows = table();
    for (whose, options) in THEIRS {
        for option in *options {
            let named = format!("`{option}`");
            let found = rows
                .iter()
                .any(|row| row.whose == *whose && row.theirs.contains(&named));
            assert!(found, "{whose}: {option} has no row");
        }
    }
}

#[test]
fn every_row_says_what_it_is_here_and_names_stories_that_there_are() {
    let rows = table();
    assert!(rows.len() > 25, "{} rows", rows.len());
    for row in rows {
        let Row { whose, theirs, .. } = &row;
        assert!(!row.here.is_empty(), "{whose}: {theirs} is nothing here");
        assert!(!row.stories.is_empty(), "{whose}: {theirs} has no story");
        for story in &row.stories {
            let path = path("tests/stories").join(format!("{story}.story"));
            assert!(path.exists(), "{whose}: {theirs}: there is no {story}");
        }
    }
}

/// What a row says to be a parameter, an event or a field of ours is declared.
#[test]
fn what_the_table_names_of_ours_is_declared() {
    let declared = fs::read_to_string(path("js-api.d.ts")).expect("js-api.d.ts is there");
    let posted = fs::read_to_string(path("docs/transfers.md")).expect("it was read before");
    let ours: Vec<String> = table()
        .iter()
        .flat_map(|row| quoted(&row.here))
        .flat_map(|text| {
            let words = text.split(|c: char| !c.is_ascii_alphanumeric());
            words.map(str::to_string).collect::<Vec<_>>()
        })
        .filter(|word| word.len() > 3 && word.chars().any(|c| c.is_ascii_uppercase()))
        .filter(|word| word != "Refer")
        .collect();
    assert!(ours.len() > 30, "{ours:?}");
    for word in ours {
        let known = declared.contains(&word) || posted.contains(&format!("\"{word}\":"));
        assert!(known, "nothing here is called {word}");
    }
}

/// The rows of the table whose heads are `theirs`, `here` and `story`.
fn table() -> Vec<Row> {
    let text = fs::read_to_string(path("docs/transfers.md")).expect("docs/transfers.md is there");
    let lines = text
        .lines()
        .skip_while(|line| *line != "| theirs | here | story |");
    let rows = lines.skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [theirs, here, stories] = cells[..] else {
            panic!("three cells are wanted: {line}");
        };
        let (whose, theirs) = theirs.split_once(": ").expect("it says whose it is");
        Row {
            whose: whose.to_string(),
            theirs: theirs.to_string(),
            here: here.to_string(),
            stories: quoted(stories),
        }
    })
    .collect()
}

/// What stands between backquotes.
fn quoted(text: &str) -> Vec<String> {
    let parts = text.split('`').skip(1).step_by(2);
    parts.map(str::to_string).collect()
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
