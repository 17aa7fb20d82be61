//! The limits on what a script may use and pour out.

use expect_test::{Expect, expect};

use super::*;
use crate::io::clock::thread_cpu;
use crate::script::fault::FaultKind;

/// As `check`, but only what the last event brought.
fn check_last(source: &str, event: Event, told: Expect) {
    let mut stage = Stage::started(source);
    stage.told.clear();
    stage.play(event);
    told.assert_eq(&stage.told);
}

fn check(source: &str, events: Vec<Event>, told: Expect) {
    let mut stage = Stage::started(source);
    for event in events {
        stage.play(event);
    }
    told.assert_eq(&stage.told);
}

#[test]
fn the_101st_timer_is_an_error() {
    check_last(
        "for (let i = 0; i < 99; i++) setTimeout(() => {});\n\
         for (let i = 1; i < 100; i++) clearTimeout(i);\n\
         globalThis.more = () => setTimeout(() => trace('one more'), 5);\n\
         for (let i = 0; i < 99; i++) more();\n\
         VoxEngine.addEventListener(AppEvents.CallAlerting, () => { more(); try { more() } catch (e) { trace(e) } clearTimeout(150); more(); });",
        alerting(),
        expect![[r#"
            ▸ call0 alerting
              timer 199 in 5 ms
              log RangeError: setTimeout: 100 timers are active already, which is the limit
              timer 150 off
              timer 201 in 5 ms
        "#]],
    );
}

#[test]
fn a_timer_runs_once_and_an_interval_until_it_is_cleared() {
    check(
        "let n = 0; const t = setTimeout((a, b) => trace('once ' + a + b), 20, 1, 2);\n\
         const i = setInterval(() => { trace('again ' + n); if (++n === 2) clearInterval(i) }, 5);\n\
         setTimeout(() => {}, -5); setTimeout(() => {}, 'x'); setTimeout(() => {}, 1e300); setInterval(() => {}, Infinity); clearTimeout(99); clearTimeout(); clearInterval('x');",
        vec![
            Event::Timer { id: 1 },
            Event::Timer { id: 1 },
            Event::Timer { id: 2 },
            Event::Timer { id: 2 },
            Event::Timer { id: 2 },
            Event::Timer { id: 77 },
        ],
        expect![[r#"
            ▸ Started
              timer 1 in 20 ms
              timer 2 every 100 ms
              timer 3 in 0 ms
              timer 4 in 0 ms
              timer 5 in 2147483647 ms
              timer 6 every 2147483647 ms
            ▸ timer 1
              log once 12
            ▸ timer 2
              log again 0
            ▸ timer 2
              log again 1
              timer 2 off
        "#]],
    );
}

#[test]
fn custom_data_and_bodies_have_their_length() {
    check(
        "const told = (f) => { try { f(); trace('taken') } catch (e) { trace(e) } };\n\
         told(() => VoxEngine.customData('x'.repeat(200)));\n\
         told(() => VoxEngine.customData('ü'.repeat(101)));\n\
         VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {\n\
           told(() => call.customData('x'.repeat(201)));\n\
           told(() => call.sendMessage('x'.repeat(8193)));\n\
           told(() => call.sendInfo('text/plain', 'ü'.repeat(4097)));\n\
           told(() => call.sendInfo('text', 'x'));\n\
           told(() => call.sendInfo('text/plain\\r\\nX: y', 'x'));\n\
         });",
        vec![alerting()],
        expect![[r#"
            ▸ Started
              log taken
              log RangeError: VoxEngine.customData may have 200 bytes
            ▸ call0 alerting
              log RangeError: Call.customData may have 200 bytes
              log RangeError: Call.sendMessage: the body may have 8192 bytes
              log RangeError: Call.sendInfo: the body may have 8192 bytes
              log TypeError: Call.sendInfo: the MIME type must be such as application/dtmf-relay
              log TypeError: Call.sendInfo: the MIME type must be such as application/dtmf-relay
        "#]],
    );
}

#[test]
fn only_harmless_headers_go_out() {
    check(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {\n\
           const told = (h) => { try { call.ring(h); trace('taken') } catch (e) { trace(e) } };\n\
           told({'X-Ok': 1, 'x-also': 'ä', 'X-Absent': null});\n\
           told({'Via': 'x'}); told({'X-': 'x'}); told({'X-A: b\\r\\nC': 'x'}); told({'X-A b': 'x'});\n\
           for (const bad of ['\\r', '\\n', '\\0', '\\x85', '\\u2028', '\\x1b']) told({'X-A': 'v' + bad + 'X-Evil: 1'});\n\
           told({'X-A': '\\ud800'}); told({'X-Long': 'x'.repeat(4090)}); told({['X-' + 'n'.repeat(200)]: 'x'});\n\
           told('X-A: b'); told([['X-A', 'b']]); told(5); told(null);\n\
           told({'VI-CallTimeout': 20});\n\
         });",
        vec![alerting()],
        expect![[r#"
            ▸ call0 alerting
              ring call0 [X-Ok: 1] [x-also: ä]
              log taken
              log TypeError: Call.ring: the header Via does not begin with X-
              log TypeError: Call.ring: the header X- does not begin with X-
              log TypeError: Call.ring: X-A: b\r\nC is no header name
              log TypeError: Call.ring: X-A b is no header name
              log TypeError: Call.ring: the header X-A contains a control character
              log TypeError: Call.ring: the header X-A contains a control character
              log TypeError: Call.ring: the header X-A contains a control character
              log TypeError: Call.ring: the header X-A contains a control character
              log TypeError: Call.ring: the header X-A contains a control character
              log TypeError: Call.ring: the header X-A contains a control character
              ring call0 [X-A: �]
              log taken
              log TypeError: Call.ring: the header X-Long is too long: 200 bytes for the name, 4095 with its value
              log TypeError: Call.ring: the header X-nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn is too long: 200 bytes for the name, 4095 with its value
              log TypeError: Call.ring: the headers must be an object such as {"X-Name": "value"}
              log TypeError: Call.ring: the header 0 does not begin with X-
              log TypeError: Call.ring: the headers must be an object such as {"X-Name": "value"}
              ring call0
              log taken
              log TypeError: Call.ring: the header VI-CallTimeout does not begin with X-
        "#]],
    );
}

#[test]
fn a_call_timeout_is_10_to_400_seconds() {
    check(
        "for (const seconds of [10, '400', 9, 401, 'x', 12.7]) try { VoxEngine.callUser({username: 'u', extraHeaders: {'vi-calltimeout': seconds, 'X-A': 1}}) } catch (e) { trace(e) }",
        vec![],
        expect![[r#"
            ▸ Started
              call user u as call1 timeout=10 [X-A: 1]
              call user u as call2 timeout=400 [X-A: 1]
              log RangeError: VoxEngine.callUser: VI-CallTimeout must be 10 to 400 seconds, not 9
              log RangeError: VoxEngine.callUser: VI-CallTimeout must be 10 to 400 seconds, not 401
              log RangeError: VoxEngine.callUser: VI-CallTimeout must be 10 to 400 seconds, not x
              call user u as call3 timeout=12 [X-A: 1]
        "#]],
    );
}

#[test]
fn an_address_or_name_cannot_smuggle_anything() {
    check(
        "const told = (f) => { try { f() } catch (e) { trace(e) } };\n\
         told(() => VoxEngine.callUser('u\\r\\nX: 1', 'c'));\n\
         told(() => VoxEngine.callUser('u', '100\\r\\nX:1'));\n\
         told(() => VoxEngine.callUser('u', '100', 'a\"\\nX: 1'));\n\
         told(() => VoxEngine.callSIP('sip:a@b\\0'));\n\
         told(() => VoxEngine.callSIP('sip:a@b', {authUser: 'a\\n', password: 'p'}));\n\
         told(() => VoxEngine.callPSTN('x'.repeat(5000)));\n\
         told(() => VoxEngine.callUser({})); told(() => VoxEngine.callSIP(null)); told(() => VoxEngine.callPSTN());\n\
         told(() => VoxEngine.callUserDirect({}, 'u'));",
        vec![],
        expect![[r#"
            ▸ Started
              log TypeError: VoxEngine.callUser: control characters are not allowed
              log TypeError: VoxEngine.callUser: callerid: control characters are not allowed
              log TypeError: VoxEngine.callUser: displayName: control characters are not allowed
              log TypeError: VoxEngine.callSIP: control characters are not allowed
              log TypeError: VoxEngine.callSIP: authUser: control characters are not allowed
              log RangeError: VoxEngine.callPSTN: longer than 4095 bytes
              log TypeError: VoxEngine.callUser: the username is missing
              log TypeError: VoxEngine.callSIP: the address is missing
              log TypeError: VoxEngine.callPSTN: the number is missing
              log TypeError: VoxEngine.callUserDirect: this object is not a call
        "#]],
    );
}

#[test]
fn the_log_is_cut_and_cannot_be_forged() {
    check(
        "Logger.write('a\\r\\nERROR \\x1b[2J \\0 \\ud800 😀');\n\
         Logger.write(); Logger.write(null); Logger.write(Symbol('s')); Logger.write({}); Logger.write(Object.create(null)); trace(1n);\n\
         console.log('a', 1, {b: [2]}, null, undefined); console.error(new Error('no').message); console.warn('w'); console.log();\n\
         const c = {}; c.c = c; console.info(c); console.debug([1]);",
        vec![],
        expect![[r#"
            ▸ Started
              log a\r\nERROR \u{1b}[2J \u{0} � 😀
              log undefined
              log null
              log Symbol(s)
              log [object Object]
              log [an object without a text]
              log 1
              log a 1 {"b":[2]} null undefined
              ERROR no
              WARNING w
              log 
              log [an object without a text]
              log [1]
        "#]],
    );
    let mut stage = Stage::new("Logger.write('x'.repeat(20000))");
    let turn = stage.turn(started(), Box::new(|| false));
    let [Command::Log { text, .. }] = turn.commands.as_slice() else {
        panic!("{turn:?}")
    };
    assert!(
        text.ends_with("x… (20000 characters, cut)"),
        "{}",
        &text[14_990..]
    );
}

#[test]
fn a_flood_of_log_lines_is_counted_instead() {
    let mut stage = Stage::new(
        "const line = 'x'.repeat(10000); for (let i = 0; i < 1000; i++) Logger.write(line)",
    );
    let turn = stage.turn(started(), Box::new(|| false));
    assert_eq!(turn.fault, None);
    assert_eq!(turn.commands.len(), 105);
    assert_eq!(
        turn.commands.last(),
        Some(&Command::Log {
            level: Level::Warning,
            text: "truncated 896 log lines: the session logs too much".into()
        })
    );
}

#[test]
fn a_flood_of_wishes_is_an_error() {
    let mut stage = Stage::started(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => { for (;;) call.sendMessage('x') });",
    );
    let turn = stage.turn(alerting(), Box::new(|| false));
    assert_eq!(turn.commands.len(), 10_000);
    expect!["test.js:1:79: RangeError: the script asks for too much in one turn"]
        .assert_eq(&turn.fault.expect("it is too much").to_string());
    let turn = stage.turn(connected(0), Box::new(|| false));
    assert!(turn.commands.is_empty());
}

#[test]
fn a_script_out_of_memory_says_so_and_still_gets_its_last_words() {
    let mut stage = Stage::started(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, () => {\n  const hoard = globalThis.hoard = []; for (;;) hoard.push(new Array(100).fill(1));\n});\n\
         VoxEngine.addEventListener(AppEvents.Terminating, (e) => Logger.write('last words'));",
    );
    stage.play(alerting()).play(Event::Terminating);
    // Which allocation is the last is a matter of the engine's heap, and so is the place.
    let lines = stage.told.lines().filter(|line| !line.contains(" at "));
    let placeless: Vec<_> = lines
        .map(|line| match line.split_once("test.js:") {
            Some((before, rest)) => {
                let said = rest.split_once(": ").map_or("", |(_, said)| said);
                format!("{before}test.js: {said}")
            }
            None => line.to_string(),
        })
        .collect();
    expect![[r#"
        ▸ Started
          watches the end
        ▸ call0 alerting
          FAULT OutOfMemory test.js: the script used up its 16 MiB of memory
        ▸ Terminating
          log last words"#]]
    .assert_eq(&placeless.join("\n"));
}

#[test]
fn a_script_out_of_time_says_where() {
    let mut stage = Stage::started(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, () => {\n  const spin = () => {\n    for (;;) {}\n  };\n  spin();\n});",
    );
    let mut looks = 0;
    let turn = stage.turn(
        alerting(),
        Box::new(move || {
            looks += 1;
            looks > 3
        }),
    );
    let fault = turn.fault.expect("it is over");
    assert_eq!(fault.kind, FaultKind::OutOfTime);
    expect![[r#"
        test.js:2:1: the script ran for more than 1000 ms without returning
            at spin (test.js:2:1)
            at <anonymous> (test.js:5:3)"#]]
    .assert_eq(&format!("{fault}\n{}", fault.stack));
}

#[test]
fn whatever_the_memory_a_script_ends_cleanly() {
    let source = format!(
        "{}\nconst seen = []; VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{ seen.push(JSON.stringify(e.headers).split('').sort().join()); console.log(new Date(), seen); }});",
        include_str!("../../../tests/guides/call-transfer-user.js")
    );
    let program = [("test.js", source.as_str())];
    let mut outcomes = std::collections::BTreeSet::new();
    for memory_bytes in (100_000..400_000).step_by(1_000) {
        let limits = Limits {
            memory_bytes,
            ..Limits::default()
        };
        let mut stage = Stage::with(&limits, &program);
        let events = [
            started(),
            alerting(),
            connected(1),
            transfer_requested(1),
            Event::Terminating,
            Event::Terminated,
        ];
        let faults: Vec<_> = events
            .into_iter()
            .filter_map(|event| stage.turn(event, Box::new(|| false)).fault)
            .map(|fault| fault.kind)
            .collect();
        assert!(faults.len() < 2, "{memory_bytes}: {faults:?}");
        outcomes.insert(faults.is_empty());
    }
    assert_eq!(outcomes.len(), 2, "some are enough and some are not");
}

#[test]
fn a_source_at_its_limit_compiles_in_no_time() {
    let sources = [
        (0..)
            .map(|n| format!("var v{n};"))
            .take(22_000)
            .collect::<String>(),
        (0..).map(|n| format!("f{n}();")).take(28_000).collect(),
        format!("x = {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("x = '{}'", "a".repeat(262_000)),
    ];
    for source in sources {
        assert!(source.len() <= 256 * 1024);
        // What this thread works, whatever else the machine does.
        let began = thread_cpu();
        let _ = compiled("long.js", &source);
        let took = thread_cpu() - began;
        assert!(took.as_secs() < 20, "{took:?} {}", &source[..20]);
    }
}
