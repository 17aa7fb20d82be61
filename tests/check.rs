//! `switchhook check` finds what is planted: each file and folder of `tests/check` with what is said of it beside it.
//! `UPDATE_EXPECT=1` writes what is said now.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use switchhook::cli::check::check;
use switchhook::cli::{self, CheckReporter};
use switchhook::script::program::Scenario;

#[test]
fn every_planted_fault_is_found_and_nothing_else() {
    let mut cases = 0;
    for entry in fs::read_dir(path("tests/check")).unwrap().flatten() {
        let case = entry.path();
        if case.extension().is_some_and(|ending| ending == "txt") {
            continue;
        }
        let (_, text) = checked(&case, |_| {});
        expect_file![case.with_extension("txt")].assert_eq(&text);
        cases += 1;
    }
    assert!(cases > 12);
}

#[test]
fn what_is_sound_is_clean_with_warnings_counted() {
    let (sound, text) = checked(&path("tests/check/sound.js"), |options| {
        options.strict = true;
    });
    assert!(sound, "{text}");
}

#[test]
fn warnings_alone_fail_where_they_are_not_wanted() {
    let case = path("tests/check/unsupported.js");
    assert!(checked(&case, |_| {}).0);
    assert!(!checked(&case, |options| options.strict = true).0);
    assert!(!checked(&path("tests/check/constant.js"), |_| {}).0);
}

#[test]
fn editors_get_a_line_of_json_for_each_finding() {
    let (_, text) = checked(&path("tests/check/constant.js"), |options| {
        options.reporter = CheckReporter::Json;
    });
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    let first = serde_json::json!({
        "file": "constant.js", "line": 3, "column": 1, "endLine": 3, "endColumn": 6, "severity": "error",
        "code": "constant", "message": "`limit` is a constant: it cannot be assigned again",
    });
    assert_eq!(lines[0], first);
}

/// What is said of a scenario, or of a folder of them; the name of the folder is left out.
fn checked(case: &Path, change: impl FnOnce(&mut cli::Check)) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let files: Vec<PathBuf> = match case.is_dir() {
        true => fs::read_dir(case)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect(),
        false => vec![case.to_path_buf()],
    };
    for file in files {
        fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let mut options = cli::Check {
        folder: cli::Folder {
            scenarios: folder.path().to_path_buf(),
            config: None,
        },
        types: false,
        strict: false,
        reporter: CheckReporter::Pretty,
    };
    change(&mut options);
    let mut out = Vec::new();
    let sound = check(&options, Scenario::compile, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let prefix = format!("{}/", folder.path().display());
    (sound, text.replace(&prefix, ""))
}

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}
