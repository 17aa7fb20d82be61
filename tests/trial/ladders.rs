//! Ladders that are kept beside the tests.

use std::fs;
use std::path::Path;

use expect_test::expect;
use switchhook::cli::{Reporter, test::Ended};

use crate::folder::played;

const TESTS: &str = "\
test('a call', async (t) => {
  const [alice, bob] = [t.phone('alice'), t.phone('bob')];
  await alice.call('bob');
  await bob.reject(486);
  expect(t.ladder).toMatchLadder();
});
test('nothing', async (t) => {});
";

fn update(at: &Path, update: bool) -> (Ended, String) {
    played(&[], |options| {
        options.folder.scenarios = at.to_path_buf();
        options.reporter = Reporter::Json;
        options.update = update;
    })
}

#[test]
fn a_ladder_is_kept_and_compared_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let scenario = include_str!("../../scenarios/forward.js");
    fs::write(at.join("desk.js"), scenario).unwrap();
    fs::write(at.join("desk.test.js"), TESTS).unwrap();
    let kept = at.join("desk.test.ladders");

    let (ended, text) = update(at, false);
    assert_eq!(ended, Ended::Failed);
    assert!(text.contains("no ladder is kept for this yet"), "{text}");
    assert!(!kept.exists());

    assert_eq!(update(at, true).0, Ended::Passed);
    expect![[r#"
        # a call
        00.000  alice      ─▸ switchhook  INVITE sip:bob@switchhook
        00.010  switchhook ─▸ alice       100 Trying (INVITE)
        00.010  switchhook ─▸ bob         INVITE sip:bob@bob
        00.020  bob        ─▸ switchhook  100 Trying (INVITE)
        00.020  bob        ─▸ switchhook  180 Ringing (INVITE)
        00.030  switchhook ─▸ alice       180 Ringing (INVITE)
        00.040  bob        ─▸ switchhook  486 Busy Here (INVITE)
        00.050  switchhook ─▸ bob         ACK sip:bob@bob
        00.050  switchhook ─▸ alice       486 Busy Here (INVITE)
        00.060  alice      ─▸ switchhook  ACK sip:bob@switchhook
    "#]]
    .assert_eq(&fs::read_to_string(&kept).unwrap());
    assert_eq!(update(at, false).0, Ended::Passed);

    let late = TESTS.replace("486", "603");
    fs::write(at.join("desk.test.js"), &late).unwrap();
    let (ended, text) = update(at, false);
    assert_eq!(ended, Ended::Failed);
    let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    expect![[r#"
        expected the ladder that is kept; it differs from line 7 on
            kept 00.040  bob        ─▸ switchhook  486 Busy Here (INVITE)
             got 00.040  bob        ─▸ switchhook  603 Decline (INVITE)"#]]
    .assert_eq(line["message"].as_str().unwrap());

    assert_eq!(update(at, true).0, Ended::Passed);
    assert_eq!(update(at, false).0, Ended::Passed);
    fs::write(at.join("desk.test.js"), "test('nothing', () => {});").unwrap();
    assert_eq!(update(at, true).0, Ended::Passed);
    assert!(!kept.exists());
}
