//! Planted faults, of scenarios and of tests, and what an author is told of each.

use expect_test::{Expect, expect};
use serde_json::Value;
use switchhook::cli::{Reporter, test::Ended};

use crate::folder::played;

/// A scenario without a fault: whoever is dialled is called, and may transfer.
pub const SOUND: &str = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => {
  const callee = VoxEngine.callUser(destination);
  callee.addEventListener(CallEvents.Ringing, () => call.ring());
  callee.addEventListener(CallEvents.Failed, ({ code }) => call.reject(code));
  callee.addEventListener(CallEvents.Connected, () => {
    call.answer();
    VoxEngine.sendMediaBetween(call, callee);
    callee.handleBlindTransfer(true);
  });
  callee.addEventListener(CallEvents.BlindTransferRequested, ({ transferTo }) => {
    const target = VoxEngine.callUser(transferTo);
    target.addEventListener(CallEvents.Connected, () => {
      callee.notifyBlindTransferSuccess();
      VoxEngine.sendMediaBetween(call, target);
    });
    target.addEventListener(CallEvents.Failed, ({ code }) => callee.notifyBlindTransferFailed(code));
    target.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
";

/// Alice talks to Bob, and Bob transfers her to Carol.
pub const TRANSFER: &str = "\
test('a transfer', async (t) => {
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => t.phone(name));
  const call = await alice.call('bob');
  await bob.answer();
  expect(alice).toTalkTo(bob);
  const transfer = bob.refer('carol');
  await carol.incoming();
  expect(transfer.notifies).toEqual([100]);
  await carol.answer();
  expect(await transfer.verdict()).toEqual({ code: 200, notifies: [100, 200] });
  expect(alice).toTalkTo(carol);
  await call.hangUp();
  await t.sleep(1);
  expect(carol).toHaveCalls(0);
});
";

#[test]
fn a_sound_scenario_passes() {
    let (ended, text) = played(&[("desk.js", SOUND), ("desk.test.js", TRANSFER)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
    expect![[r#"
        desk.test.js
          ok    a transfer  1.16 s

        1 passed
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_fault_of_the_scenario_is_told_where_the_test_sees_it() {
    let link = "VoxEngine.sendMediaBetween(call, target);";
    planted(
        link,
        "",
        expect![[r#"
        desk.test.js:11:26
        expected alice to talk to carol
             but alice hears nobody, and carol hears nobody
    "#]],
    );
    planted(
        "callee.notifyBlindTransferSuccess();",
        "",
        expect![[r#"
        desk.test.js:10:36
        expected { code: 200, notifies: [100, 200] }
             got { code: 408, notifies: [100, 180, 408] }
              at .code: expected 200, got 408
              at .notifies[1]: expected 200, got 180
              at .notifies[2]: expected nothing, got 408
    "#]],
    );
    planted(
        "const target = VoxEngine.callUser(transferTo);",
        "callee.notifyBlindTransferSuccess();\nconst target = VoxEngine.callUser(transferTo);",
        expect![[r#"
            desk.test.js:8:29
            expected [100]
                 got [100, 200]
                  at [1]: expected nothing, got 200
        "#]],
    );
    planted(
        "const callee = VoxEngine.callUser(destination);",
        "const callee = VoxEngine.callUser('dave');",
        expect![[r#"
            desk.test.js:4:13
            waited for bob to be called, to answer, in vain
                 alice is refused: 404
                 bob has seen nothing
                 carol has seen nothing
        "#]],
    );
    planted(
        "call.answer();",
        "",
        expect![[r#"
        desk.test.js:5:26
        expected alice to talk to bob
             but alice hears nobody, and bob hears nobody
    "#]],
    );
    let end = "  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);";
    planted(
        end,
        "",
        expect![[r#"
        desk.test.js:14:17
        expected carol to have 0 calls
             but it has 1: with anonymous (up)
    "#]],
    );
    // What breaks when everything has been looked at fails the test as well.
    planted(
        end,
        "  call.addEventListener(CallEvents.Disconnected, () => { VoxEngine.terminate(); target.hangup(); });",
        expect![[r#"
            nowhere
            the scenario broke: desk.js:19:81: ReferenceError: target is not defined
                at <anonymous> (desk.js:19:81)
        "#]],
    );
}

#[test]
fn a_failed_test_shows_all_that_was_said() {
    let scenario = SOUND.replace(
        "VoxEngine.sendMediaBetween(call, target);",
        "Logger.write(`${target.number()} is there`);",
    );
    let (ended, text) = played(
        &[("desk.js", &scenario), ("desk.test.js", TRANSFER)],
        |_| {},
    );
    assert_eq!(ended, Ended::Failed);
    expect![[r#"
        desk.test.js
          FAIL  a transfer  0.13 s

        desk.test.js › a transfer
          desk.test.js:11:26
          expected alice to talk to carol
               but alice hears nobody, and carol hears nobody

            00.000  alice      ─▸ switchhook  INVITE sip:bob@switchhook
            00.010  switchhook ─▸ alice       100 Trying (INVITE)
            00.010  switchhook ─▸ bob         INVITE sip:bob@bob
            00.020  bob        ─▸ switchhook  100 Trying (INVITE)
            00.020  bob        ─▸ switchhook  180 Ringing (INVITE)
            00.030  switchhook ─▸ alice       180 Ringing (INVITE)
            00.040  bob        ─▸ switchhook  200 OK (INVITE)
            00.050  switchhook ─▸ bob         ACK sip:bob@bob
            00.050  switchhook ─▸ alice       200 OK (INVITE)
            00.060  alice      ─▸ switchhook  ACK sip:bob@switchhook
            00.070  bob        ─▸ switchhook  REFER sip:anonymous@switchhook · to sip:carol@switchhook
            00.080  switchhook    log: call1 asks for a transfer to c****
            00.080  switchhook ─▸ bob         202 Accepted (REFER)
            00.080  switchhook ─▸ bob         NOTIFY sip:bob@bob · active;expires=180 · SIP/2.0 100 Trying
            00.080  switchhook ─▸ carol       INVITE sip:carol@carol · Referred-By: <sip:bob@127.0.0.1>
            00.090  bob        ─▸ switchhook  200 OK (NOTIFY)
            00.090  carol      ─▸ switchhook  100 Trying (INVITE)
            00.090  carol      ─▸ switchhook  180 Ringing (INVITE)
            00.100  carol      ─▸ switchhook  200 OK (INVITE)
            00.110  switchhook ─▸ carol       ACK sip:carol@carol
            00.110  switchhook    log: call1: transfer to c**** ends with 200, by the script
            00.110  switchhook    log: carol is there
            00.110  switchhook ─▸ bob         NOTIFY sip:bob@bob · terminated;reason=noresource · SIP/2.0 200 OK · CSeq 3
            00.120  bob        ─▸ switchhook  200 OK (NOTIFY) · CSeq 3
            00.130  switchhook    log: call1: blind transfer to c****: 202 0.000, rings 0.020, answered 0.030, verdict 200 0.030, NOTIFY 100 0.020, NOTIFY…

        0 passed, 1 failed
    "#]].assert_eq(&text);
}

#[test]
fn a_fault_of_the_test_is_told_with_its_place() {
    for (body, expect) in [
        (
            "await bob.answer();",
            expect![[r#"
                desk.test.js:3:13
                waited for bob to be called, to answer, in vain
                     alice has seen nothing
                     bob has seen nothing
                     carol has seen nothing
            "#]],
        ),
        (
            "bob.refer('carol');",
            expect![[r#"
            desk.test.js:3:7
            bob cannot refer: it has no call that is up
        "#]],
        ),
        (
            "carol.reject(486);",
            expect![[r#"
            desk.test.js:3:9
            the test has ended and still waits for carol to be called, to reject
        "#]],
        ),
        (
            "await new Promise(() => {});",
            expect![[r#"
            nowhere
            the test waits for a promise that nobody keeps: none of what it awaits comes from a phone or from `t`
        "#]],
        ),
        (
            "for (;;);",
            expect![[r#"
            desk.test.js:2:57
            the test runs for ever without waiting for anything
        "#]],
        ),
        (
            "for (;;) await null;",
            expect![[r#"
            nowhere
            the test runs for ever without waiting for anything
        "#]],
        ),
        (
            "for (;;) await t.sleep(0.001);",
            expect![[r#"
            nowhere
            the test is not over after 200000 steps of the world
        "#]],
        ),
        (
            "for (;;) await t.sleep(86400);",
            expect![[r#"
            nowhere
            the test lasts for more than thirty days
        "#]],
        ),
        (
            "const many = []; for (;;) many.push('x'.repeat(1e6) + many.length);",
            expect![[r#"
                desk.test.js:3:43
                InternalError: out of memory
            "#]],
        ),
        (
            "(async () => { expect(1).toBe(2); })();",
            expect![[r#"
            desk.test.js:3:28
            expected 2
                 got 1
            (in something that the test did not await)
        "#]],
        ),
        (
            "throw null;",
            expect![[r#"
            nowhere
            null was thrown
        "#]],
        ),
        (
            "throw { get message() { throw 1; } };",
            expect![[r#"
            nowhere
            something without a text was thrown
        "#]],
        ),
        (
            "nobody.call('bob');",
            expect![[r#"
            desk.test.js:3:3
            ReferenceError: nobody is not defined
        "#]],
        ),
        (
            "t.phone('bob');",
            expect![[r#"
            desk.test.js:3:5
            Error: there are two phones `bob`
        "#]],
        ),
        (
            "await alice.call(17);",
            expect![[r#"
            desk.test.js:3:15
            TypeError: phone.call: 17 is no text
        "#]],
        ),
        (
            "await (await alice.call('dave')).answered();",
            expect![[r#"
                desk.test.js:3:36
                alice's call with dave was not answered: alice is refused: 404
            "#]],
        ),
        (
            "t.network.lose('HELLO');",
            expect![[r#"
            desk.test.js:3:13
            Error: `HELLO` is no message, such as "BYE", "486" or "200 INVITE"
        "#]],
        ),
        (
            "t.setting('transfer.grace', 1);",
            expect![[r#"
            desk.test.js:3:5
            Error: there is no setting `transfer.grace`
        "#]],
        ),
        (
            "await t.until(() => t.now > 1e9, 'the end of days');",
            expect![[r#"
                desk.test.js:3:11
                waited for the end of days, in vain
                     alice has seen nothing
                     bob has seen nothing
                     carol has seen nothing
            "#]],
        ),
        (
            "expect({ a: [1, { b: 2 }], c: 3 }).toEqual({ a: [1, { b: '2' }], d: 4 });",
            expect![[r#"
                desk.test.js:3:38
                expected { a: [1, { b: "2" }], d: 4 }
                     got { a: [1, { b: 2 }], c: 3 }
                      at .a[1].b: expected "2", got 2
                      at .d: expected 4, got nothing
                      at .c: expected nothing, got 3
            "#]],
        ),
        (
            "expect(() => {}).toThrow(/never/);",
            expect![[r#"
            desk.test.js:3:20
            expected it to throw /never/
                 got a function
               which threw nothing
        "#]],
        ),
        (
            "expect(alice).toHaveCalls(1);",
            expect![[r#"
            desk.test.js:3:17
            expected alice to have 1 call
                 but it has none
        "#]],
        ),
        (
            "expect(['some line']).not.toContain('line');",
            expect![[r#"
                desk.test.js:3:29
                expected not something with "line"
                     got ["some line"]
            "#]],
        ),
        (
            "expect(alice).toHear('bob');",
            expect![[r#"
            desk.test.js:3:17
            TypeError: expect(…).toHear: "bob" is no phone
        "#]],
        ),
    ] {
        let source = format!(
            "test('x', async (t) => {{\n  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map((name) => t.phone(name));\n  {body}\n}});\n"
        );
        check(&[("desk.js", SOUND), ("desk.test.js", &source)], expect);
    }
}

#[test]
fn a_file_that_cannot_be_run_is_a_failed_test() {
    for (source, expect) in [
        (
            "test('x', async (t) => {\n  let = = 2;\n});",
            expect![[r#"
                desk.test.js:2:9
                SyntaxError: unexpected token in expression: '='
            "#]],
        ),
        (
            "test('x', () => {});\ntest('x', () => {});",
            expect![[r#"
                desk.test.js:2:1
                Error: there are two tests "x"
            "#]],
        ),
        (
            "const now = Date.now();",
            expect![[r#"
            desk.test.js:1:13
            ReferenceError: Date is not defined
        "#]],
        ),
        (
            "import { x } from './x.js';",
            expect![[r#"
            desk.test.js:1:8
            SyntaxError: Unexpected token '{'
        "#]],
        ),
        (
            "console.log('too early');",
            expect![[r#"
            desk.test.js:1:8
            Error: phones and time are there inside a test only
        "#]],
        ),
        (
            "for (;;);",
            expect![[r#"
            desk.test.js:1:1
            the test runs for ever without waiting for anything
        "#]],
        ),
    ] {
        check(&[("desk.js", SOUND), ("desk.test.js", source)], expect);
    }
}

#[test]
fn a_fault_of_the_folder_is_told_and_nothing_is_played() {
    let (ended, text) = played(
        &[("desk.js", "let = = 2;"), ("desk.test.js", TRANSFER)],
        |_| {},
    );
    assert_eq!(ended, Ended::Cannot);
    expect![[r#"
        scenarios/desk.js:1:7: SyntaxError: unexpected token in expression: '='
    "#]]
    .assert_eq(&text);
}

#[test]
fn the_report_for_ci_servers_says_the_same() {
    let source = "test('<a> & \"b\"', () => expect(1).toBe(2));\ntest.skip('later', () => {});\ntest('good', () => {});";
    let files = [("desk.js", SOUND), ("desk.test.js", source)];
    let (ended, text) = played(&files, |options| options.reporter = Reporter::Junit);
    assert_eq!(ended, Ended::Failed);
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites tests="3" failures="1" skipped="1">
          <testsuite name="desk.test.js" tests="3" failures="1" skipped="1">
            <testcase classname="desk.test.js" name="&lt;a&gt; &amp; &quot;b&quot;" time="0.000"><failure message="expected 2">desk.test.js:1:34
        expected 2
             got 1

        </failure></testcase>
            <testcase classname="desk.test.js" name="later" time="0.000"><skipped/></testcase>
            <testcase classname="desk.test.js" name="good" time="0.000"/>
          </testsuite>
        </testsuites>
    "#]].assert_eq(&text);
    let (_, text) = played(&files, |options| options.reporter = Reporter::Json);
    expect![[r#"
        {"file":"desk.test.js","ladder":[],"lastedS":0.0,"message":"expected 2\n     got 1","name":"<a> & \"b\"","place":{"column":34,"file":"desk.test.js","line":1},"verdict":"failed"}
        {"file":"desk.test.js","lastedS":0.0,"name":"later","verdict":"skipped"}
        {"file":"desk.test.js","lastedS":0.0,"name":"good","verdict":"passed"}
        {"failed":1,"passed":1,"skipped":1}
    "#]].assert_eq(&text);
}

/// Plants a fault in the sound scenario.
#[track_caller]
fn planted(sound: &str, fault: &str, expect: Expect) {
    assert!(SOUND.contains(sound), "{sound}");
    let scenario = SOUND.replace(sound, fault);
    check(
        &[("desk.js", &scenario), ("desk.test.js", TRANSFER)],
        expect,
    );
}

/// The message of the only test, with its place.
#[track_caller]
fn check(files: &[(&str, &str)], expect: Expect) {
    let (ended, text) = played(files, |options| options.reporter = Reporter::Json);
    assert_eq!(ended, Ended::Failed, "{text}");
    let line = text.lines().next().unwrap();
    let outcome: Value = serde_json::from_str(line).unwrap();
    let place = &outcome["place"];
    let place = match place.is_null() {
        true => "nowhere".to_string(),
        false => format!(
            "{}:{}:{}",
            place["file"].as_str().unwrap(),
            place["line"],
            place["column"]
        ),
    };
    expect.assert_eq(&format!(
        "{place}\n{}\n",
        outcome["message"].as_str().unwrap()
    ));
}
