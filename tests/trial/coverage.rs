//! `switchhook test --coverage`: which lines of a scenario its tests have run.

use expect_test::expect;
use switchhook::cli::{CoverageForm, Reporter, test::Ended};

use crate::folder::played;
use crate::planted::{SOUND, TRANSFER};

#[test]
fn lines_that_no_test_runs_are_named() {
    let files = [
        ("desk.js", SOUND),
        ("desk.test.js", TRANSFER),
        ("other.js", "Logger.write(1);"),
    ];
    let rules = r#"[{"ruleName": "all", "scenarios": ["desk"]}]"#;
    let files = [&files[..], &[("rules.json", rules)]].concat();
    let (ended, text) = played(&files, |options| {
        options.coverage = Some(CoverageForm::Text)
    });
    assert_eq!(ended, Ended::Passed);
    expect![[r#"
        desk.test.js
          ok    a transfer  1.16 s

        1 passed

        lines that ran
          desk.js   16 of 16 100 % · in part: 4:60, 16:62
          other.js   0 of 1    0 % · never: 1
    "#]]
    .assert_eq(&text);
}

#[test]
fn lcov_is_written_where_it_is_wanted() {
    let at = tempfile::tempdir().unwrap();
    let file = at.path().join("lcov.info");
    let scenario = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {\n  if (call.callerid() === 'nobody') call.reject(603);\n  else call.answer();\n});\n";
    let source =
        "test('x', async (t) => { await (await t.phone('alice').call('1')).answered(); });";
    let (ended, text) = played(
        &[("ivr.js", scenario), ("ivr.test.js", source)],
        |options| {
            options.coverage = Some(CoverageForm::Lcov);
            options.coverage_out = Some(file.clone());
            options.reporter = Reporter::Junit;
        },
    );
    assert_eq!(ended, Ended::Passed, "{text}");
    assert!(!text.contains("DA:"));
    let lcov = std::fs::read_to_string(file).unwrap();
    let (head, lines) = lcov.split_once('\n').unwrap();
    let (source, lines) = lines.split_once('\n').unwrap();
    assert_eq!(head, "TN:");
    assert!(
        source.starts_with("SF:/") && source.ends_with("/ivr.js"),
        "{source}"
    );
    expect![[r#"
        BRDA:2,0,0,1
        BRDA:2,0,1,0
        BRF:2
        BRH:1
        DA:1,1
        DA:2,1
        DA:3,1
        LF:3
        LH:3
        end_of_record
    "#]]
    .assert_eq(lines);
}

#[test]
fn machines_get_one_document() {
    let files = [("desk.js", SOUND), ("desk.test.js", TRANSFER)];
    let (ended, text) = played(&files, |options| {
        options.coverage = Some(CoverageForm::Lcov);
        options.reporter = Reporter::Json;
    });
    assert_eq!(ended, Ended::Cannot);
    assert!(text.contains("--coverage-out"), "{text}");
}

/// With marks in it a scenario fails at the same place.
#[test]
fn a_fault_has_the_same_place() {
    let broken = SOUND.replace(
        "call.answer();",
        "if (callee) { call.number(), cal.answer(); }",
    );
    let message = |coverage| {
        let files = [("desk.js", broken.as_str()), ("desk.test.js", TRANSFER)];
        let (ended, text) = played(&files, |options| options.coverage = coverage);
        assert_eq!(ended, Ended::Failed);
        let log = text
            .lines()
            .find(|line| line.contains("ReferenceError: cal "));
        log.map(str::to_string)
    };
    let plain = message(None);
    assert!(
        plain
            .as_ref()
            .is_some_and(|line| line.contains("desk.js:6:34")),
        "{plain:?}"
    );
    assert_eq!(message(Some(CoverageForm::Text)), plain);
}
