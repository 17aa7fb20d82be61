//! What breaks in a scenario, and what is said of it.

use expect_test::{Expect, expect};

use super::*;
use crate::script::fault::FaultKind;

fn check(source: &str, events: Vec<Event>, told: Expect) {
    let mut stage = Stage::new(source);
    for event in events {
        stage.play(event);
    }
    told.assert_eq(&stage.told);
}

#[test]
fn an_exception_names_file_line_column_and_the_scenarios_own_frames() {
    check(
        "function route(call) {\n  return call.nothing.here;\n}\nVoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {\n  route(e.call);\n});",
        vec![started(), alerting()],
        expect![[r#"
            ▸ call0 alerting
              FAULT Exception test.js:2:10: TypeError: cannot read property 'here' of undefined
                at route (test.js:2:10)
                at <anonymous> (test.js:5:9)
        "#]],
    );
}

#[test]
fn an_exception_in_any_handler_is_a_fault() {
    let handlers: [(&str, Vec<Event>); 8] = [
        ("BOOM;", vec![started()]),
        (
            "VoxEngine.addEventListener(AppEvents.Started, () => { BOOM });",
            vec![started()],
        ),
        (
            "VoxEngine.addEventListener(AppEvents.CallAlerting, () => { BOOM });",
            vec![started(), alerting()],
        ),
        (
            "VoxEngine.addEventListener(AppEvents.CallAlerting, e => e.call.addEventListener(CallEvents.Disconnected, () => { BOOM }));",
            vec![started(), alerting(), disconnected(0)],
        ),
        (
            "VoxEngine.addEventListener(AppEvents.CallAlerting, e => e.call.addEventListener(CallEvents.StateChanged, () => { BOOM }));",
            vec![started(), alerting(), connected(0)],
        ),
        (
            "setTimeout(() => { BOOM });",
            vec![started(), Event::Timer { id: 1 }],
        ),
        ("Promise.resolve().then(() => { BOOM });", vec![started()]),
        (
            "VoxEngine.addEventListener(AppEvents.CallAlerting, async () => { await null; BOOM });",
            vec![started(), alerting()],
        ),
    ];
    let throws = [
        ("throw new Error('boom')", "Error: boom"),
        (
            "throw null",
            "null was thrown, by the script or by the engine at its limit of 16 MiB",
        ),
        ("throw undefined", "undefined was thrown"),
        ("throw 'boom'", "\"boom\" was thrown"),
        (
            "throw {toString() { throw 1 }}",
            "an object without a text was thrown",
        ),
        (
            "throw {get stack() { throw 1 }}",
            "[object Object] was thrown",
        ),
        (
            "throw Object.assign(new Error('x'), {stack: 'mine', name: null, message: {toString() { throw 1 }}})",
            "Error",
        ),
    ];
    for (handler, events) in &handlers {
        for (throw, message) in throws {
            let mut stage = Stage::new(&handler.replace("BOOM", throw));
            let mut fault = None;
            for event in events.clone() {
                assert_eq!(fault, None, "{handler}");
                fault = stage.turn(event, Box::new(|| false)).fault;
            }
            let fault = fault.unwrap_or_else(|| panic!("{handler} {throw}: no fault"));
            assert!(
                fault.message.ends_with(message),
                "{handler} {throw}: {fault}"
            );
            let rejected = handler.contains("async") || handler.contains("Promise");
            let kind = match rejected {
                true => FaultKind::UnhandledRejection,
                false => FaultKind::Exception,
            };
            assert_eq!(fault.kind, kind, "{handler} {throw}");
            // Where there is neither a stack nor a listener, nobody knows the place.
            if throw.contains("'boom')") || (!rejected && !handler.starts_with("BOOM")) {
                let place = fault
                    .place
                    .unwrap_or_else(|| panic!("{handler} {throw}: no place"));
                assert_eq!(
                    (place.file.as_str(), place.line),
                    ("test.js", 1),
                    "{handler}"
                );
            }
        }
    }
}

#[test]
fn a_rejection_that_is_handled_in_the_same_turn_is_none() {
    check(
        "const p = Promise.reject(new Error('x'));\nsetTimeout(() => {});\nPromise.resolve().then(() => p.catch(() => trace('caught')));",
        vec![started()],
        expect![[r#"
            ▸ Started
              timer 1 in 0 ms
              log caught
        "#]],
    );
    check(
        "Promise.reject(new Error('late'));",
        vec![started()],
        expect![[r#"
            ▸ Started
              FAULT UnhandledRejection test.js:1:20: unhandled rejection: Error: late
                at the top level (test.js:1:20)
        "#]],
    );
}

#[test]
fn after_a_fault_only_the_last_words_are_heard() {
    check(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, () => { undefinedThing() });\n\
         VoxEngine.addEventListener(AppEvents.Terminating, (e) => { Logger.write('ending ' + JSON.stringify(e)); throw new Error('too') });\n\
         VoxEngine.addEventListener(AppEvents.Terminated, (e) => Logger.write('ended'));",
        vec![
            started(),
            alerting(),
            connected(0),
            Event::Timer { id: 1 },
            Event::Terminating,
            Event::Terminated,
        ],
        expect![[r#"
            ▸ Started
              watches the end
              watches the end
            ▸ call0 alerting
              FAULT Exception test.js:1:60: ReferenceError: undefinedThing is not defined
                at <anonymous> (test.js:1:60)
            ▸ Terminating
              log ending {"systemError":true}
              ERROR test.js:2:115: Error: too
            ▸ Terminated
              log ended
        "#]],
    );
}

#[test]
fn what_was_asked_before_a_fault_counts() {
    check(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => { e.call.ring(); e.call.answer(); throw new Error('after') });",
        vec![started(), alerting()],
        expect![[r#"
            ▸ call0 alerting
              ring call0
              answer call0
              FAULT Exception test.js:1:103: Error: after
                at <anonymous> (test.js:1:103)
        "#]],
    );
}

#[test]
fn a_syntax_error_has_its_place() {
    let fault = compiled("broken.js", "let a = 1;\nlet b = ;\n").expect_err("it is broken");
    expect!["Syntax broken.js:2:9: SyntaxError: unexpected token in expression: ';'"]
        .assert_eq(&format!("{:?} {fault}", fault.kind));
    let fault = compiled("module.js", "import x from 'y';\n").expect_err("it is a module");
    expect!["Syntax module.js:1:8: SyntaxError: Unexpected identifier 'x'"]
        .assert_eq(&format!("{:?} {fault}", fault.kind));
}

#[test]
fn a_source_that_is_no_text_or_too_long_is_refused() {
    let check = |source: &[u8], told: Expect| {
        let fault = Scenario::compile("x", "x.js", source).expect_err("it is refused");
        assert_eq!(fault.kind, FaultKind::Source);
        told.assert_eq(&fault.to_string());
    };
    check(b"a\n\xff", expect!["x.js:2: the file is not UTF-8"]);
    check(
        &vec![b' '; 256 * 1024 + 1],
        expect!["x.js: a scenario may have 262144 characters, this one has 262145"],
    );
    assert!(Scenario::compile("x", "x.js", &vec![b' '; 256 * 1024]).is_ok());
    assert!(Scenario::compile("x", "x.js", b"\xef\xbb\xbfLogger.write(1)").is_ok());
}

#[test]
fn a_listener_that_is_no_function_is_an_error_when_its_event_fires() {
    check(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {\n  e.call.addEventListener(CallEvents.Disconnected);\n});",
        vec![started(), alerting(), connected(0), disconnected(0)],
        expect![[r#"
            ▸ call0 alerting
              call0 listens to Disconnected: true
            ▸ call0 Disconnected
              FAULT Exception test.js:2:27: TypeError: the listener of Call.Disconnected is undefined, not a function
                at <anonymous> (test.js:2:27)
        "#]],
    );
}

#[test]
fn an_event_that_is_misspelt_is_an_error_at_once() {
    check(
        "VoxEngine.addEventListener(AppEvents.CallAlertin, () => {});",
        vec![started()],
        expect![[r#"
            ▸ Started
              FAULT Exception test.js:1:28: TypeError: VoxEngine.addEventListener: the event is undefined, not one of the event names; is it spelt right?
                at the top level (test.js:1:28)
        "#]],
    );
}

#[test]
fn what_does_not_exist_yet_says_so() {
    check(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => { e.call.answerDirect() });",
        vec![started(), alerting()],
        expect![[r#"
            ▸ call0 alerting
              FAULT Exception test.js:1:67: Error: Call.answerDirect is not supported yet
                at <anonymous> (test.js:1:67)
        "#]],
    );
    check(
        "Net.sendMail('mail.example.com')",
        vec![started()],
        expect![[r#"
        ▸ Started
          FAULT Exception test.js:1:4: Error: Net.sendMail is not supported yet
            at the top level (test.js:1:4)
    "#]],
    );
    check(
        "new PhoneNumber('1')",
        vec![started()],
        expect![[r#"
        ▸ Started
          FAULT Exception test.js:1:5: Error: PhoneNumber is not supported yet
            at the top level (test.js:1:5)
    "#]],
    );
    check(
        "VoxEngine.enqueueTask('x')",
        vec![started()],
        expect![[r#"
        ▸ Started
          FAULT Exception test.js:1:10: Error: VoxEngine.enqueueTask is not supported yet
            at the top level (test.js:1:10)
    "#]],
    );
    check(
        "CallEvents.ReInviteAccepted",
        vec![started()],
        expect![[r#"
        ▸ Started
          FAULT Exception test.js:1:1: Error: CallEvents.ReInviteAccepted is not supported yet
            at the top level (test.js:1:1)
    "#]],
    );
}

#[test]
fn a_scenario_knows_its_version_and_what_it_will_lack() {
    let scenario =
        compiled("hello.js", "call.reInvite('x');\n\nNet.sendMail()").expect("it compiles");
    assert_eq!(
        (scenario.name.as_str(), scenario.version.as_str()),
        ("hello", "d0ebca6f6fdc")
    );
    assert_eq!(
        scenario.unsupported,
        [
            ("Call.reInvite".to_string(), 1),
            ("Net.sendMail".to_string(), 3)
        ]
    );
}

#[test]
fn a_stack_that_the_script_makes_itself_cannot_disturb_the_host() {
    check(
        "Error.prepareStackTrace = () => { Logger.write('made'); throw 1 };\n\
         VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {\n\
           call.notifyBlindTransferSuccess(); call.ring();\n\
         });",
        vec![started(), alerting()],
        expect![[r#"
            ▸ call0 alerting
              log made
              WARNING Call.notifyBlindTransferSuccess does nothing: no transfer waits for a verdict
              ring call0
        "#]],
    );
    let mut stage = Stage::started(
        "Error.prepareStackTrace = () => { Logger.write('made'); return {} };\n\
         VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => { for (;;) call.hangup() });",
    );
    let turn = stage.turn(alerting(), Box::new(|| false));
    assert_eq!(
        turn.fault.expect("it is too much").to_string(),
        "test.js:2:1: RangeError: the script asks for too much in one turn"
    );
}
