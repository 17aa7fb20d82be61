//! Each member of the API: what it asks for, in its present and in its older forms.

use expect_test::{Expect, expect};

use super::*;
use crate::script::event::MediaSample;

fn check(source: &str, events: Vec<Event>, told: Expect) {
    let mut stage = Stage::alerted(&format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{ const {{call}} = e;\n{source}\n}});"
    ));
    for event in events {
        stage.play(event);
    }
    told.assert_eq(&stage.told);
}

#[test]
fn calls_are_placed_in_every_form() {
    check(
        "VoxEngine.callUser({username: 'u', callerid: 'c', displayName: 'd', extraHeaders: {'X-A': 1}, video: false, scheme: {}});\n\
         VoxEngine.callUser('u', 'c', 'd', {'X-A': 1}, false, {});\n\
         VoxEngine.callUser('u'); VoxEngine.callUser({username: 7, callerid: null, displayName: undefined, extraHeaders: null});\n\
         VoxEngine.callUserDirect(call, 'u', {callerid: 'c', displayName: 'd', extraHeaders: {'X-A': 1}});\n\
         VoxEngine.callUserDirect(call, 'u', 'c', 'd', {'X-A': 1});\n\
         VoxEngine.callSIP('sip:a@b', {callerid: 'c', displayName: 'd', password: 'p', authUser: 'au', headers: {'X-A': 1, 'VI-CallTimeout': 30}, outProxy: 'sip:proxy'});\n\
         VoxEngine.callSIP('sip:a@b', 'c', 'd', 'p', 'au', {'X-A': 1}, false, 'sip:proxy');\n\
         VoxEngine.callSIP('sip:a@b', 'c', {regId: 5}); VoxEngine.callSIP('sip:a@b');\n\
         VoxEngine.callPSTN('+49301', 'c', {followDiversion: true}); VoxEngine.callPSTN('+49301'); VoxEngine.callPSTN(49301, 'c');",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              call user u as call1 callerid=c name=d [X-A: 1]
              call user u as call2 callerid=c name=d [X-A: 1]
              call user u as call3
              call user 7 as call4
              call user u directly from call0 as call5 callerid=c name=d [X-A: 1]
              call user u directly from call0 as call6 callerid=c name=d [X-A: 1]
              call sip:a@b user=au password=p proxy=sip:proxy as call7 callerid=c name=d timeout=30 [X-A: 1]
              call sip:a@b user=au password=p proxy=sip:proxy as call8 callerid=c name=d [X-A: 1]
              WARNING test.js:9: VoxEngine.callSIP: regId is ignored; registrations are the configuration's trunks
              call sip:a@b as call9 callerid=c
              call sip:a@b as call10
              call number +49301 as call11 callerid=c
              call number +49301 as call12
              call number 49301 as call13 callerid=c
        "#]],
    );
}

#[test]
fn a_call_tells_what_it_is() {
    check(
        "const show = (c) => trace([c.id(), c.state(), c.incoming(), c.callerid(), c.displayName(), c.number(), c.clientType(), c.customData(), JSON.stringify(c.headers()), c].join(' | '));\n\
         show(call); call.customData('mine'); trace(call.customData());\n\
         show(VoxEngine.callUser({username: 'u', callerid: 'c', displayName: 'd'}));\n\
         show(VoxEngine.callSIP('\"Carol\" <sip:carol@example.com>', {callerid: '<sip:bob@example.com>', displayName: '\"Bob\" <sip:bob@example.com>'}));\n\
         show(VoxEngine.callPSTN('+49301', '+49302'));",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              log 0000000000000abc-0 | ALERTING | true | 1001 | Alice | 2002 | sip |  | {"X-Tenant":"blue"} | Call(0000000000000abc-0)
              log mine
              call user u as call1 callerid=c name=d
              log 0000000000000abc-1 | PROGRESSING | false | c | d | u | user |  | {} | Call(0000000000000abc-1)
              call "Carol" <sip:carol@example.com> as call2 callerid=<sip:bob@example.com> name="Bob" <sip:bob@example.com>
              log 0000000000000abc-2 | PROGRESSING | false | bob | Bob | carol | sip |  | {} | Call(0000000000000abc-2)
              call number +49301 as call3 callerid=+49302
              log 0000000000000abc-3 | PROGRESSING | false | +49302 |  | +49301 | pstn |  | {} | Call(0000000000000abc-3)
        "#]],
    );
}

#[test]
fn an_incoming_call_is_answered_in_every_form() {
    check(
        "call.answer(); call.answer(undefined, {scheme: e.scheme}); call.answer(null, e.scheme); call.answer({'X-A': 'b'}, {displayName: 'Me', scheme: {}}); call.answer(e.headers);",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              answer call0
              answer call0
              answer call0
              answer call0 [X-A: b] as Me
              answer call0 [X-Tenant: blue]
        "#]],
    );
}

#[test]
fn an_incoming_call_is_refused_rung_and_given_early_media() {
    check(
        "call.ring({'X-A': 'b'}); call.startEarlyMedia(null, e.scheme, 5); call.reject(486, {'X-A': 'b'}); call.decline(603); call.reject(200); call.decline('x'); call.reject(); call.reject('404');",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              ring call0 [X-A: b]
              early media call0
              reject call0 486 [X-A: b]
              reject call0 603
              WARNING test.js:2: Call.reject: the code must be 300 to 699; 603 is sent
              reject call0 603
              WARNING test.js:2: Call.decline: the code must be 300 to 699; 603 is sent
              reject call0 603
              reject call0 603
              reject call0 404
        "#]],
    );
}

#[test]
fn a_call_is_hung_up_and_spoken_to() {
    check(
        "call.hangup(); call.hangup({'X-A': 'b'}); call.sendInfo('application/dtmf-relay', 'Signal=1', {'X-A': 'b'}); call.sendMessage('hello'); call.sendMessage(5); call.sendMessage();\n\
         const out = VoxEngine.callUser('u'); call.sendMediaTo(out); call.stopMediaTo(out); VoxEngine.sendMediaBetween(call, out); VoxEngine.stopMediaBetween(call, out);\n\
         call.handleBlindTransfer(true); call.handleBlindTransfer(); call.handleBlindTransfer(false);\n\
         out.answer(); out.reject(486); out.ring(); out.startEarlyMedia();",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              hang up call0
              hang up call0 [X-A: b]
              info call0 application/dtmf-relay "Signal=1" [X-A: b]
              message call0 "hello"
              message call0 "5"
              message call0 ""
              call user u as call1
              call1 hears call0
              call1 hears call0 no more
              call1 hears call0
              call0 hears call1
              call1 hears call0 no more
              call0 hears call1 no more
              call0 handles blind transfers: true
              call0 handles blind transfers: false
              call0 handles blind transfers: false
              WARNING test.js:5: Call.answer does nothing: it is for incoming calls
              WARNING test.js:5: Call.reject does nothing: it is for incoming calls
              WARNING test.js:5: Call.ring does nothing: it is for incoming calls
              WARNING test.js:5: Call.startEarlyMedia does nothing: it is for incoming calls
        "#]],
    );
}

#[test]
fn operations_on_an_ended_call_only_warn() {
    check(
        "const other = VoxEngine.callUser('u');\n\
         call.addEventListener(CallEvents.Disconnected, () => {\n\
           trace(call.state());\n\
           call.answer(); call.reject(486); call.decline(486); call.ring(); call.startEarlyMedia(); call.hangup(); call.sendInfo('a/b', 'c'); call.sendMessage('x');\n\
           call.sendMediaTo(other); call.stopMediaTo(other); other.sendMediaTo(call); VoxEngine.sendMediaBetween(other, call);\n\
           VoxEngine.stopMediaBetween(other, call);\n\
           call.handleBlindTransfer(true); call.notifyBlindTransferSuccess(); call.notifyBlindTransferFailed(486, 'x');\n\
           trace([call.id(), call.callerid(), call.customData('still')].join());\n\
         });",
        vec![disconnected(0)],
        expect![[r#"
            ▸ call0 alerting
              call user u as call1
              call0 listens to Disconnected: true
            ▸ call0 Disconnected
              log TERMINATED
              WARNING test.js:5: Call.answer does nothing: the call has ended
              WARNING test.js:5: Call.reject does nothing: the call has ended
              WARNING test.js:5: Call.decline does nothing: the call has ended
              WARNING test.js:5: Call.ring does nothing: the call has ended
              WARNING test.js:5: Call.startEarlyMedia does nothing: the call has ended
              WARNING test.js:5: Call.hangup does nothing: the call has ended
              WARNING test.js:5: Call.sendInfo does nothing: the call has ended
              WARNING test.js:5: Call.sendMessage does nothing: the call has ended
              WARNING test.js:6: Call.sendMediaTo does nothing: the call has ended
              WARNING test.js:6: Call.stopMediaTo does nothing: the call has ended
              WARNING test.js:6: Call.sendMediaTo does nothing: the call has ended
              WARNING test.js:6: VoxEngine.sendMediaBetween does nothing: the call has ended
              WARNING test.js:7: VoxEngine.stopMediaBetween does nothing: the call has ended
              WARNING test.js:8: Call.handleBlindTransfer does nothing: the call has ended
              WARNING test.js:8: Call.notifyBlindTransferSuccess does nothing: no transfer waits for a verdict
              WARNING test.js:8: Call.notifyBlindTransferFailed does nothing: no transfer waits for a verdict
              log 0000000000000abc-0,1001,still
        "#]],
    );
}

#[test]
fn a_verdict_is_given_once_and_even_after_the_transferor_has_gone() {
    check(
        "const out = VoxEngine.callUser('u');\n\
         out.notifyBlindTransferSuccess();\n\
         out.addEventListener(CallEvents.BlindTransferRequested, (t) => { globalThis.asked = t; });\n\
         out.addEventListener(CallEvents.Disconnected, () => {\n\
           out.notifyBlindTransferFailed(486.5, 'Bu\\r\\nsy');\n\
           out.notifyBlindTransferFailed(486);\n\
         });\n\
         call.addEventListener(CallEvents.BlindTransferRequested, () => call.notifyBlindTransferFailed());\n\
         call.addEventListener(CallEvents.Connected, () => {});",
        vec![
            connected(1),
            transfer_requested(1),
            disconnected(1),
            transfer_requested(0),
            transfer_requested(0),
        ],
        expect![[r#"
            ▸ call0 alerting
              call user u as call1
              WARNING test.js:3: Call.notifyBlindTransferSuccess does nothing: no transfer waits for a verdict
              call1 listens to BlindTransferRequested: true
              call1 listens to Disconnected: true
              call0 listens to BlindTransferRequested: true
              call0 listens to Connected: true
            ▸ call1 Disconnected
              verdict call1 486 Some("Busy") at test.js:6:5
              WARNING test.js:7: Call.notifyBlindTransferFailed does nothing: no transfer waits for a verdict
            ▸ call0 BlindTransferRequested
              verdict call0 0 None at test.js:9:69
            ▸ call0 BlindTransferRequested
              verdict call0 0 None at test.js:9:69
        "#]],
    );
}

#[test]
fn headers_are_found_in_any_spelling_and_listed_in_the_senders() {
    check(
        "const h = e.headers; trace([h['X-Tenant'], h['x-tenant'], h['X-TENANT'], h['X-None'], h['VI-Client-Type'], 'x-TENANT' in h, 'X-None' in h].join());\n\
         trace([Object.keys(h), JSON.stringify(h), h.hasOwnProperty('X-Tenant'), `${h}`, JSON.stringify({...h})].join(' '));\n\
         call.addEventListener(CallEvents.BlindTransferRequested, (t) => {\n\
           trace([t.headers['Refer-To'], t.headers['refer-to'], t.headers['Referred-By'], t.headers['X-Ticket'], Object.keys(t.headers)].join(' '));\n\
           VoxEngine.callUser({username: t.transferTo, extraHeaders: t.headers});\n\
         });",
        vec![connected(0), transfer_requested(0)],
        expect![[r#"
            ▸ call0 alerting
              log blue,blue,blue,,sip,true,false
              log X-Tenant {"X-Tenant":"blue"} true [object Object] {"X-Tenant":"blue"}
              call0 listens to BlindTransferRequested: true
            ▸ call0 BlindTransferRequested
              log "Carol" <sip:carol@example.com> "Carol" <sip:carol@example.com> <sip:bob@example.com> 42 Refer-To,Referred-By,X-Ticket
              call user carol as call1 [X-Ticket: 42]
        "#]],
    );
}

#[test]
fn states_follow_the_events_and_are_told_first() {
    check(
        "const out = VoxEngine.callUser('u');\n\
         out.addEventListener(CallEvents.StateChanged, (s) => trace(`${s.oldState} > ${s.newState} now ${out.state()}`));\n\
         out.addEventListener(CallEvents.Ringing, () => trace('ringing'));\n\
         out.addEventListener(CallEvents.Connected, () => { trace('connected'); out.hangup(); trace(out.state()); });\n\
         out.addEventListener(CallEvents.Disconnected, (d) => trace(`${d.reason} ${d.duration} ${d.cost} ${d.internalCode} ${d.direction}`));",
        vec![ringing(1), connected(1), disconnected(1)],
        expect![[r#"
            ▸ call0 alerting
              call user u as call1
              call1 listens to StateChanged: true
              call1 listens to Ringing: true
              call1 listens to Connected: true
              call1 listens to Disconnected: true
            ▸ call1 Ringing
              log ringing
            ▸ call1 Connected
              log PROGRESSING > CONNECTED now CONNECTED
              log connected
              hang up call1
              log CONNECTED
            ▸ call1 Disconnected
              log CONNECTED > TERMINATED now TERMINATED
              log Normal call clearing 12 0 200 Incoming
        "#]],
    );
}

#[test]
fn listeners_come_and_go_while_their_event_is_raised() {
    check(
        "const first = () => { trace('first'); call.removeEventListener(CallEvents.OnHold, second); call.addEventListener(CallEvents.OnHold, late) };\n\
         const second = () => trace('second'); const late = () => trace('late'); const third = () => trace('third');\n\
         call.addEventListener(CallEvents.OnHold, first); call.addEventListener(CallEvents.OnHold, second); call.addEventListener(CallEvents.OnHold, third);\n\
         call.addEventListener(CallEvents.OffHold, () => { call.removeEventListener(CallEvents.OnHold); call.removeEventListener(CallEvents.OffHold); call.removeEventListener(CallEvents.OffHold) });",
        vec![
            news(0, CallState::Connected, CallNews::OnHold),
            news(0, CallState::Connected, CallNews::OffHold),
            news(0, CallState::Connected, CallNews::OnHold),
            news(0, CallState::Connected, CallNews::OffHold),
        ],
        expect![[r#"
            ▸ call0 alerting
              call0 listens to OnHold: true
              call0 listens to OffHold: true
            ▸ call0 OnHold
              log first
              log third
            ▸ call0 OffHold
              call0 listens to OnHold: false
              call0 listens to OffHold: false
        "#]],
    );
}

#[test]
fn the_session_is_told_of_listeners_that_matter() {
    check(
        "const f = () => {}; const g = () => {};\n\
         for (const name of ['BlindTransferRequested', 'Disconnected', 'Failed', 'Connected']) { call.addEventListener(CallEvents[name], f); call.addEventListener(CallEvents[name], g); }\n\
         call.removeEventListener(CallEvents.Failed, f); call.removeEventListener(CallEvents.Failed, g); call.removeEventListener(CallEvents.Failed);\n\
         call.removeEventListener(CallEvents.Disconnected);",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              call0 listens to BlindTransferRequested: true
              call0 listens to Disconnected: true
              call0 listens to Failed: true
              call0 listens to Connected: true
              call0 listens to Failed: false
              call0 listens to Disconnected: false
        "#]],
    );
}

#[test]
fn vox_engines_functions_work_unbound_and_with_surplus_arguments() {
    check(
        "const { callUser, terminate, addEventListener, removeEventListener, sendMediaBetween, customData } = VoxEngine; const { write } = Logger; const { log } = console;\n\
         const out = callUser('u', 'c', 'd', null, false, null, 7, 8); sendMediaBetween(call, out, 1, 2); write('w', 1); log('l');\n\
         trace(customData()); customData('new', 5); trace(VoxEngine.customData());\n\
         out.addEventListener(CallEvents.Disconnected, VoxEngine.terminate); out.addEventListener(CallEvents.Failed, Logger.write);",
        vec![failed(1, 486, "Busy"), disconnected(1)],
        expect![[r#"
            ▸ call0 alerting
              call user u as call1 callerid=c name=d
              call1 hears call0
              call0 hears call1
              log w
              log l
              log from outside
              log new
              call1 listens to Disconnected: true
              call1 listens to Failed: true
            ▸ call1 Failed
              log [object Object]
            ▸ call1 Disconnected
              terminate
        "#]],
    );
}

#[test]
fn easy_process_joins_and_ends() {
    check(
        "VoxEngine.easyProcess(call, VoxEngine.callUser('u'), (a, b) => trace(`established ${a === call} ${b.number()}`));",
        vec![
            ringing(1),
            news(
                1,
                CallState::Progressing,
                CallNews::AudioStarted {
                    headers: HeaderMap::new(),
                },
            ),
            connected(1),
            connected(0),
            news(
                0,
                CallState::Connected,
                CallNews::InfoReceived {
                    mime_type: "application/dtmf-relay".into(),
                    body: "Signal=1".into(),
                    headers: headers(&[("X-A", "b")]),
                },
            ),
            news(
                1,
                CallState::Connected,
                CallNews::MessageReceived {
                    text: "hello".into(),
                    headers: HeaderMap::new(),
                },
            ),
            disconnected(1),
            disconnected(0),
        ],
        expect![[r#"
            ▸ call0 alerting
              call user u as call1
              call1 listens to Connected: true
              call0 listens to Connected: true
              call1 listens to Ringing: true
              call1 listens to AudioStarted: true
              call0 listens to InfoReceived: true
              call0 listens to MessageReceived: true
              call1 listens to InfoReceived: true
              call1 listens to MessageReceived: true
              call1 listens to Failed: true
              call0 listens to Failed: true
              call1 listens to Disconnected: true
              call0 listens to Disconnected: true
            ▸ call1 Ringing
              ring call0
            ▸ call1 AudioStarted
              early media call0
              call1 hears call0
              call0 hears call1
            ▸ call1 Connected
              answer call0 [X-Answered: yes]
              call1 hears call0
              call0 hears call1
            ▸ call0 Connected
              log established true u
            ▸ call0 InfoReceived
              info call1 application/dtmf-relay "Signal=1" [X-A: b]
            ▸ call1 MessageReceived
              message call0 "hello"
            ▸ call1 Disconnected
              terminate
            ▸ call0 Disconnected
              terminate
        "#]],
    );
    check(
        "VoxEngine.easyProcess(call, VoxEngine.callUser('u'));",
        vec![failed(1, 486, "Busy Here")],
        expect![[r#"
            ▸ call0 alerting
              call user u as call1
              call1 listens to Connected: true
              call0 listens to Connected: true
              call1 listens to Ringing: true
              call1 listens to AudioStarted: true
              call0 listens to InfoReceived: true
              call0 listens to MessageReceived: true
              call1 listens to InfoReceived: true
              call1 listens to MessageReceived: true
              call1 listens to Failed: true
              call0 listens to Failed: true
              call1 listens to Disconnected: true
              call0 listens to Disconnected: true
            ▸ call1 Failed
              reject call0 486
              terminate
        "#]],
    );
}

#[test]
fn what_a_peer_sends_cannot_break_easy_process() {
    check(
        "VoxEngine.easyProcess(call, VoxEngine.callUser('u'));",
        vec![
            news(
                0,
                CallState::Connected,
                CallNews::InfoReceived {
                    mime_type: "no type".into(),
                    body: "x".into(),
                    headers: HeaderMap::new(),
                },
            ),
            news(
                0,
                CallState::Connected,
                CallNews::InfoReceived {
                    mime_type: "text/plain; charset=utf-8".into(),
                    body: "x".repeat(3),
                    headers: headers(&[("X-Long", &"x".repeat(5000)), ("Via", "x"), ("X-A", "b")]),
                },
            ),
            failed(1, 200, "odd"),
        ],
        expect![[r#"
            ▸ call0 alerting
              call user u as call1
              call1 listens to Connected: true
              call0 listens to Connected: true
              call1 listens to Ringing: true
              call1 listens to AudioStarted: true
              call0 listens to InfoReceived: true
              call0 listens to MessageReceived: true
              call1 listens to InfoReceived: true
              call1 listens to MessageReceived: true
              call1 listens to Failed: true
              call0 listens to Failed: true
              call1 listens to Disconnected: true
              call0 listens to Disconnected: true
            ▸ call0 InfoReceived
              info call1 text/plain; charset=utf-8 "xxx" [X-A: b]
            ▸ call1 Failed
              terminate
        "#]],
    );
}

#[test]
fn calls_are_forwarded() {
    let check = |source: &str, told: Expect| {
        let mut stage = Stage::alerted(source);
        stage.play(connected(1)).play(connected(0));
        told.assert_eq(&stage.told);
    };
    check(
        "VoxEngine.forwardCallToUser(() => trace('established'), true)",
        expect![[r#"
            ▸ call0 alerting
              call user 2002 as call1 callerid=1001 name=Alice [X-Tenant: blue]
              call1 listens to Connected: true
              call0 listens to Connected: true
              call1 listens to Ringing: true
              call1 listens to AudioStarted: true
              call0 listens to InfoReceived: true
              call0 listens to MessageReceived: true
              call1 listens to InfoReceived: true
              call1 listens to MessageReceived: true
              call1 listens to Failed: true
              call0 listens to Failed: true
              call1 listens to Disconnected: true
              call0 listens to Disconnected: true
            ▸ call1 Connected
              answer call0 [X-Answered: yes]
              call1 hears call0
              call0 hears call1
            ▸ call0 Connected
              log established
        "#]],
    );
    check(
        "VoxEngine.forwardCallToUserDirect()",
        expect![[r#"
            ▸ call0 alerting
              call user 2002 directly from call0 as call1 callerid=1001 name=Alice [X-Tenant: blue]
              call1 listens to Connected: true
              call0 listens to Connected: true
              call1 listens to Ringing: true
              call1 listens to AudioStarted: true
              call0 listens to InfoReceived: true
              call0 listens to MessageReceived: true
              call1 listens to InfoReceived: true
              call1 listens to MessageReceived: true
              call1 listens to Failed: true
              call0 listens to Failed: true
              call1 listens to Disconnected: true
              call0 listens to Disconnected: true
            ▸ call1 Connected
              answer call0 [X-Answered: yes]
              call1 hears call0
              call0 hears call1
        "#]],
    );
    check(
        "VoxEngine.forwardCallToSIP()",
        expect![[r#"
            ▸ call0 alerting
              call sip:2002@example.com as call1 callerid=1001 name=Alice [X-Tenant: blue]
              call1 listens to Connected: true
              call0 listens to Connected: true
              call1 listens to Ringing: true
              call1 listens to AudioStarted: true
              call0 listens to InfoReceived: true
              call0 listens to MessageReceived: true
              call1 listens to InfoReceived: true
              call1 listens to MessageReceived: true
              call1 listens to Failed: true
              call0 listens to Failed: true
              call1 listens to Disconnected: true
              call0 listens to Disconnected: true
            ▸ call1 Connected
              answer call0 [X-Answered: yes]
              call1 hears call0
              call0 hears call1
        "#]],
    );
    check(
        "VoxEngine.forwardCallToPSTN((n) => '+49' + n, null, {callerid: '+4930'})",
        expect![[r#"
            ▸ call0 alerting
              call number +492002 as call1 callerid=+4930
              call1 listens to Connected: true
              call0 listens to Connected: true
              call1 listens to Ringing: true
              call1 listens to AudioStarted: true
              call0 listens to InfoReceived: true
              call0 listens to MessageReceived: true
              call1 listens to InfoReceived: true
              call1 listens to MessageReceived: true
              call1 listens to Failed: true
              call0 listens to Failed: true
              call1 listens to Disconnected: true
              call0 listens to Disconnected: true
            ▸ call1 Connected
              answer call0 [X-Answered: yes]
              call1 hears call0
              call0 hears call1
        "#]],
    );
    check(
        "VoxEngine.forwardCallToPSTN()",
        expect![[r#"
            ▸ call0 alerting
              call number 2002 as call1 callerid=1001
              call1 listens to Connected: true
              call0 listens to Connected: true
              call1 listens to Ringing: true
              call1 listens to AudioStarted: true
              call0 listens to InfoReceived: true
              call0 listens to MessageReceived: true
              call1 listens to InfoReceived: true
              call1 listens to MessageReceived: true
              call1 listens to Failed: true
              call0 listens to Failed: true
              call1 listens to Disconnected: true
              call0 listens to Disconnected: true
            ▸ call1 Connected
              answer call0 [X-Answered: yes]
              call1 hears call0
              call0 hears call1
        "#]],
    );
}

#[test]
fn the_end_of_a_session_kills_timers_and_calls() {
    check(
        "VoxEngine.terminate(); trace('the block goes on'); call.hangup();\n\
         for (const name of ['Terminating', 'Terminated']) VoxEngine.addEventListener(AppEvents[name], (t) => {\n\
           trace(name + JSON.stringify(t)); setTimeout(() => {}, 1); setInterval(() => {}, 1); call.hangup(); call.notifyBlindTransferSuccess();\n\
           const dead = VoxEngine.callUser('u'); trace(dead.state()); dead.hangup(); VoxEngine.terminate(); call.addEventListener(CallEvents.Failed, () => {});\n\
         });",
        vec![Event::Terminating, Event::Terminated],
        expect![[r#"
            ▸ call0 alerting
              terminate
              log the block goes on
              hang up call0
              watches the end
              watches the end
            ▸ Terminating
              log Terminating{"systemError":false}
              WARNING test.js:4: setTimeout does nothing: the session is ending
              WARNING test.js:4: setInterval does nothing: the session is ending
              WARNING test.js:4: Call.hangup does nothing: the session is ending
              WARNING test.js:4: Call.notifyBlindTransferSuccess does nothing: the session is ending
              WARNING test.js:5: VoxEngine.callUser does nothing: the session is ending
              log TERMINATED
              WARNING test.js:5: Call.hangup does nothing: the session is ending
            ▸ Terminated
              log Terminated{"systemError":false}
              WARNING test.js:4: setTimeout does nothing: the session is ending
              WARNING test.js:4: setInterval does nothing: the session is ending
              WARNING test.js:4: Call.hangup does nothing: the session is ending
              WARNING test.js:4: Call.notifyBlindTransferSuccess does nothing: the session is ending
              WARNING test.js:5: VoxEngine.callUser does nothing: the session is ending
              log TERMINATED
              WARNING test.js:5: Call.hangup does nothing: the session is ending
        "#]],
    );
}

#[test]
fn modules_need_nothing() {
    check(
        "require(Modules.ASR); require(Modules.Nothing); require(); require('x'); require({}); trace(Object.keys(Modules).length);",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              log 32
        "#]],
    );
}

#[test]
fn bytes_texts_and_zones_are_turned() {
    check(
        "trace([base64_encode('hällo'), base64_encode([104, 105]), base64_decode('aGk='), bytes2hex([1, 255], true), bytes2hex([1, 255]), hex2bytes('01ff')].join());\n\
         trace([bytes2str([104, 195, 164]), bytes2str([228], 'iso-8859-1'), str2bytes('hä', 'utf-8'), str2bytes('ä', 'latin1'), levenshtein_distance('kitten', 'sitting')].join());\n\
         trace(getLocalTime('Europe/Berlin', new Date('2024-07-01T12:00:00Z')).toISOString()); trace(getLocalTime('America/New_York', new Date('2024-01-01T12:00:00Z')).getHours());\n\
         trace(getLocalTime('Asia/Tokyo').toISOString()); trace(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuidgen()));\n\
         for (const f of [() => getLocalTime('Nowhere/Land', new Date()), () => getLocalTime('UTC', 5), () => bytes2str(5), () => bytes2str([1], 'klingon'), () => hex2bytes('xyz'), () => base64_decode('#'), () => base64_encode({length: 1e9}), () => levenshtein_distance('x'.repeat(5000), '')]) try { trace(f()) } catch (x) { trace(x) }",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              log aMOkbGxv,aGk=,104,105,01FF,01ff,1,255
              log hä,ä,104,195,164,228,3
              log 2024-07-01T14:00:00.000Z
              log 7
              log 2023-11-15T07:13:20.123Z
              log true
              log RangeError: getLocalTime: there is no time zone Nowhere/Land
              log TypeError: not a Date object
              log TypeError: bytes2str: the data must be an array of bytes or a string
              log RangeError: the encoding klingon is not known; utf-8, ascii, iso-8859-1, utf-16le and utf-16be are
              log TypeError: hex2bytes: this is no hex
              log TypeError: base64_decode: this is no base64
              log RangeError: base64_encode: at most 1048576 bytes
              log RangeError: levenshtein_distance: at most 4096 characters each
        "#]],
    );
}

#[test]
fn news_of_an_unknown_call_is_ignored() {
    check(
        "",
        vec![connected(9), Event::Timer { id: 9 }],
        expect![[""]],
    );
}

#[test]
fn a_transfer_is_asked_for_in_every_form() {
    check(
        "const other = VoxEngine.callUser('bob');\n\
         const ask = (parameters) => { try { call.transferTo(parameters); } catch (e) { trace(String(e)); } };\n\
         other.addEventListener(CallEvents.Connected, () => {\n\
           for (const wrong of [undefined, null, 'carol', {}, { to: null }, { call: {} }, { call }, { to: 'a\\nb' },\n\
               { to: 'c', headers: { Via: 'x' } }, { to: 'c', statusUrl: 'ftp://h' }, { to: 'c', statusUrl: 'http://h/ x' },\n\
               { to: 'c', progressTimeout: 0 }, { to: 'c', progressTimeout: 'soon' }]) ask(wrong);\n\
           ask({ to: 4711, headers: { 'X-A': 1 }, referredBy: '', statusUrl: 'https://h/?k=1', progressTimeout: 1.5, hangup: false });\n\
           ask({ to: 'again' });\n\
         });\n\
         call.addEventListener(CallEvents.TransferProgress, ({ status, reason }) => trace([status, reason].join()));\n\
         call.addEventListener(CallEvents.TransferFailed, (e) => {\n\
           trace([e.role, e.code, e.referStatus, e.finalStatus, Object.keys(e.headers).length].join());\n\
           ask({ call: other, to: 'sip:bob@h', referredBy: 'tel:+49' });\n\
         });\n\
         call.addEventListener(CallEvents.TransferComplete, (e) => trace([e.role, e.referStatus, e.finalStatus].join()));",
        vec![
            connected(0),
            connected(1),
            own(CallNews::TransferProgress {
                status: 180,
                reason: "Ringing".into(),
            }),
            own(CallNews::TransferFailed {
                role: TransferRole::Transferee,
                code: 486,
                reason: "Busy Here".into(),
                headers: HeaderMap::new(),
                own: Some(ReferStatus {
                    refer_status: Some(202),
                    final_status: Some(486),
                }),
            }),
            // A transfer that somebody else has asked for: ours is open still.
            own(CallNews::TransferComplete {
                role: TransferRole::Target,
                headers: HeaderMap::new(),
                own: None,
            }),
            disconnected(0),
        ],
        expect![[r#"
            ▸ call0 alerting
              call user bob as call1
              call1 listens to Connected: true
              call0 listens to TransferProgress: true
              call0 listens to TransferFailed: true
              call0 listens to TransferComplete: true
            ▸ call1 Connected
              log TypeError: Call.transferTo: the parameters must be an object such as {to: "carol"}
              log TypeError: Call.transferTo: the parameters must be an object such as {to: "carol"}
              log TypeError: Call.transferTo: the parameters must be an object such as {to: "carol"}
              log TypeError: Call.transferTo: both `to` and `call` are missing
              log TypeError: Call.transferTo: both `to` and `call` are missing
              log TypeError: Call.transferTo: call: this object is not a call
              log TypeError: Call.transferTo: a call cannot be transferred to itself
              log TypeError: Call.transferTo: to: control characters are not allowed
              log TypeError: Call.transferTo: the header Via does not begin with X-
              log TypeError: Call.transferTo: statusUrl: only http: and https: URLs are called
              log TypeError: Call.transferTo: statusUrl: the URL contains white space or control characters
              log RangeError: Call.transferTo: progressTimeout must be 1 to 3600 seconds
              log RangeError: Call.transferTo: progressTimeout must be 1 to 3600 seconds
              transfer call0 to 4711 by  telling https://h/?k=1 patience 2 and keeps it [X-A: 1]
              WARNING test.js:3: Call.transferTo does nothing: a transfer of this call is open already
            ▸ call0 TransferProgress
              log 180,Ringing
            ▸ call0 TransferFailed
              log transferee,486,202,486,0
              transfer call0 in place of call1 to sip:bob@h by tel:+49
            ▸ call0 TransferComplete
              log target,,
        "#]],
    );
}

fn own(told: CallNews) -> Event {
    news(0, CallState::Connected, told)
}

#[test]
fn samples_of_a_calls_sound_are_asked_for_and_told() {
    let sample = |loss| MediaSample {
        id: 7,
        packets: 250,
        loss,
        jitter_us: loss.map(|_| 1_500),
    };
    check(
        "call.addEventListener(CallEvents.MediaStatisticsReceived, ({name, audio}) => trace(name + ' ' + JSON.stringify(audio)));\n\
         call.addEventListener(CallEvents.AudioQualityDetected, ({quality}) => trace(quality === CallAudioQuality.HD));\n\
         call.monitorMediaStatistics({interval: 2000.7}); call.monitorMediaStatistics(); call.monitorMediaStatistics({monitor: false});\n\
         try { call.monitorMediaStatistics({interval: 10}); } catch (e) { trace(String(e)); }",
        vec![
            news(
                0,
                CallState::Alerting,
                CallNews::MediaStatisticsReceived {
                    heard: sample(Some(150)),
                    said: sample(None),
                },
            ),
            news(
                0,
                CallState::Alerting,
                CallNews::AudioQualityDetected { hd: true },
            ),
        ],
        expect![[r#"
            ▸ call0 alerting
              call0 listens to MediaStatisticsReceived: true
              call0 listens to AudioQualityDetected: true
              monitor 0 every 2000 ms
              monitor 0 every 5000 ms
              monitor 0 not
              log RangeError: Call.monitorMediaStatistics: interval must be 1000 to 3600000 milliseconds
            ▸ call0 MediaStatisticsReceived
              log Call.MediaStatisticsReceived {"in":[{"id":7,"numPackets":250,"packetLoss":1.5,"jitter":1.5}],"out":[{"id":7,"numPackets":250}]}
            ▸ call0 AudioQualityDetected
              log true
        "#]],
    );
}

#[test]
fn keys_are_asked_for_told_and_sent() {
    let key = CallNews::ToneReceived {
        tone: "#".into(),
        kind: 3,
    };
    check(
        "call.addEventListener(CallEvents.ToneReceived, ({tone, type}) => trace(tone + ' ' + (type === DTMFType.SIP_INFO)));\n\
         call.handleTones(true); call.handleTones(1, DTMFType.IN_BAND); call.handleTones(true, 1); call.handleTones(false);\n\
         call.sendDigits('12#,w3p4'); call.sendDigits(17);\n\
         for (const digits of ['1x', '', undefined, '5'.repeat(257), '1\\n'])\n\
           try { call.sendDigits(digits); } catch (e) { trace(String(e)); }\n\
         try { call.handleTones(true, 4); } catch (e) { trace(String(e)); }",
        vec![news(0, CallState::Alerting, key)],
        expect![[r#"
            ▸ call0 alerting
              call0 listens to ToneReceived: true
              tones of 0: events in-band info
              tones of 0: in-band
              tones of 0: events
              tones of 0: 
              digits 12#,w3p4 for 0
              digits 17 for 0
              log TypeError: Call.sendDigits: 'x' is no key of a phone: 0-9, *, #, A-D, and ',', 'p' or 'w' for a pause
              log TypeError: Call.sendDigits: there are no keys in it
              log TypeError: Call.sendDigits: there are no keys in it
              log TypeError: Call.sendDigits: at most 256 keys are sent at one time
              log TypeError: Call.sendDigits: '\n' is no key of a phone: 0-9, *, #, A-D, and ',', 'p' or 'w' for a pause
              log RangeError: Call.handleTones: there is no such DTMFType
            ▸ call0 ToneReceived
              log # true
        "#]],
    );
}

#[test]
fn what_is_made_is_of_its_class_and_new_says_what_makes_it() {
    check(
        "const made = [call, VoxEngine.createToneScriptPlayer('1@-1;1(*/0/1)'), VoxEngine.createURLPlayer('x'), VoxEngine.createSequencePlayer({segments: [{text: 'x'}]}),\n\
           VoxEngine.createRecorder(), VoxEngine.createASR(), VoxEngine.createConference()];\n\
         made.push(made[6].add({call}));\n\
         const classes = {Call, BasePlayer, Player, SequencePlayer, Recorder, ConferenceRecorder, ASR, Conference, Endpoint};\n\
         for (const one of made) trace(Object.keys(classes).filter((name) => one instanceof classes[name]).join(' '));\n\
         for (const [name, Class] of Object.entries(classes))\n\
           try { new Class({}, {}); } catch (e) { trace(name + ': ' + e); }",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              unit1 is Player(NewPlayer { sound: Tones("1@-1;1(*/0/1)"), looped: false, paused: false })
              unit2 is Player(NewPlayer { sound: Fetched { sources: [File("x")], place: Some(Place { file: "test.js", line: 2, column: 82 }) }, looped: false, paused: false })
              unit3 is Player(NewPlayer { sound: Fetched { sources: [Said(Said { text: "x", voice: None })], place: Some(Place { file: "test.js", line: 2, column: 114 }) }, looped: false, paused: false })
              unit4 is Recorder(NewRecorder { format: None, hd: false, stereo: false, prefix: "" })
              unit5 is Asr(NewAsr { language: None, parameters: {}, place: Some(Place { file: "test.js", line: 3, column: 39 }) })
              unit6 is Conference { hd: false }
              unit6 Conference(Add { endpoint: 1, call: CallId(0), direction: Both })
              log Call
              log BasePlayer Player
              log BasePlayer Player
              log SequencePlayer
              log Recorder
              log ASR
              log Conference
              log Endpoint
              log Call: TypeError: a Call comes in, or VoxEngine.callUser, callSIP, callPSTN or callConference makes it; new does not
              log BasePlayer: TypeError: VoxEngine.createURLPlayer, createTTSPlayer or createToneScriptPlayer makes a Player; new does not
              log Player: TypeError: VoxEngine.createURLPlayer, createTTSPlayer or createToneScriptPlayer makes a Player; new does not
              log SequencePlayer: TypeError: VoxEngine.createSequencePlayer makes a SequencePlayer; new does not
              log Recorder: TypeError: VoxEngine.createRecorder makes a Recorder; new does not
              log ConferenceRecorder: TypeError: VoxEngine.createRecorder({video: true}) makes a ConferenceRecorder; new does not
              log ASR: TypeError: VoxEngine.createASR makes an ASR; new does not
              log Conference: TypeError: VoxEngine.createConference makes a Conference; new does not
              log Endpoint: TypeError: Conference.add makes an Endpoint; new does not
        "#]],
    );
}

#[test]
fn no_script_gets_between_a_class_and_its_base() {
    check(
        "class Thief { constructor(...stolen) { trace('got ' + stolen.length); } }\n\
         for (let Class of [Player, SequencePlayer, Recorder, ASR, Conference])\n\
           for (; Class !== Function.prototype; Class = Object.getPrototypeOf(Class))\n\
             try { Object.setPrototypeOf(Class, Thief); trace('done'); } catch (e) { if (!(e instanceof TypeError)) throw e; }\n\
         Array.prototype[0] = 'x'; VoxEngine.createToneScriptPlayer('1@-1;1(*/0/1)');\n\
         class Mine extends Player {}\n\
         try { new Mine(); } catch (e) { trace(String(e)); }",
        vec![],
        expect![[r#"
            ▸ call0 alerting
              unit1 is Player(NewPlayer { sound: Tones("1@-1;1(*/0/1)"), looped: false, paused: false })
              log TypeError: VoxEngine.createURLPlayer, createTTSPlayer or createToneScriptPlayer makes a Player; new does not
        "#]],
    );
}

#[test]
fn whether_a_call_is_listened_for_speech_is_known_at_once() {
    check(
        "const show = () => trace([call.vad(), other.vad()].join());\n\
         const other = VoxEngine.callUser('u'), asr = VoxEngine.createASR();\n\
         show(); call.handleMicStatus(true); show(); call.handleMicStatus(0); show();\n\
         VoxEngine.sendMediaBetween(asr, other); show(); VoxEngine.sendMediaBetween(VoxEngine.createRecorder(), asr); show();\n\
         call.sendMediaTo(asr); show(); call.sendMediaTo(VoxEngine.createConference()); show(); VoxEngine.stopMediaBetween(call, asr); show();\n\
         call.sendMediaTo(asr); call.addEventListener(CallEvents.Disconnected, show);\n\
         try { Call.prototype.vad.call({}); } catch (e) { trace(String(e)); }",
        vec![disconnected(0)],
        expect![[r#"
            ▸ call0 alerting
              call user u as call1
              unit1 is Asr(NewAsr { language: None, parameters: {}, place: Some(Place { file: "test.js", line: 3, column: 56 }) })
              log false,false
              call0 listens for Voice(true)
              log true,false
              call0 listens for Voice(false)
              log false,false
              call1 hears unit1
              unit1 hears call1
              log false,true
              unit2 is Recorder(NewRecorder { format: None, hd: false, stereo: false, prefix: "" })
              unit1 hears unit2
              unit2 hears unit1
              log false,true
              unit1 hears call0
              log true,false
              unit3 is Conference { hd: false }
              unit3 hears call0
              log true,false
              unit1 hears call0 no more
              call0 hears unit1 no more
              log false,false
              unit1 hears call0
              call0 listens to Disconnected: true
              log TypeError: Call.vad was called without its call; write () => call.vad()
            ▸ call0 Disconnected
              log false,false
        "#]],
    );
}

#[test]
fn statistics_say_that_something_has_changed() {
    check(
        "call.addEventListener(CallEvents.Statistics, (e) => trace(Object.keys(e).join() + ' ' + e.name + ' ' + (e.call === call)));",
        vec![news(0, CallState::Connected, CallNews::Statistics)],
        expect![[r#"
            ▸ call0 alerting
              call0 listens to Statistics: true
            ▸ call0 Statistics
              log call,name,id Call.Statistics true
        "#]],
    );
}
