//! `Net` and `ApplicationStorage`: what a script asks, how it hears of it, and what it may not ask.

use expect_test::{Expect, expect};

use super::*;
use crate::base::web::{Answer, Body, Failure, Headers};
use crate::script::Place;
use crate::script::inquiry::{Entry, Inquiry, Reply, StorageInquiry, Stored};

#[test]
fn a_request_is_asked_with_its_line_and_answered_in_a_later_turn() {
    check(
        "Net.httpRequest('https://crm.example/a?b=c', ({code, text, headers, raw_headers, data, error}) =>
           trace(JSON.stringify({code, text, headers, raw_headers, data, error})));
         trace('asked')",
        vec![started(), answer(1, 200, "Größe")],
        expect![[r#"
            ▸ Started
              1: GET https://crm.example/a?b=c within 6000/90000 ms at test.js:1:4
              log asked
            ▸ reply 1
              log {"code":200,"text":"Größe","headers":[{"key":"content-type","value":"text/plain"}],"raw_headers":"content-type: text/plain\r\n"}
        "#]],
    );
}

#[test]
fn all_that_can_be_said_of_a_request_is_said_in_old_forms_and_new() {
    check(
        "const o = new Net.HttpRequestOptions();
         o.method = 'post'; o.headers = ['X-A: 1', ['X-B', 2]]; o.postData = [104, 105, 256];
         Net.httpRequest('http://h/', () => {}, o);
         Net.httpRequestAsync('http://h/?a=1', {method: 'PUT', headers: {'X-A': 'b'}, params: {q: 'ä &', n: null},
           postData: 'Grüße', connectionTimeout: 600, timeout: 1.5, rawOutput: true});",
        vec![started()],
        expect![[r#"
            ▸ Started
              1: POST http://h/ [X-A: 1] [X-B: 2] "hi\0" within 6000/90000 ms at test.js:3:49
              2: PUT http://h/?a=1&q=%C3%A4+%26 [X-A: b] "Grüße" within 6000/1500 ms at test.js:4:14
        "#]],
    );
}

#[test]
fn a_promise_is_kept_whatever_comes_and_bytes_are_there_where_they_are_wanted() {
    check(
        "(async () => {
           const {text, data} = await Net.httpRequestAsync('http://h/', {rawOutput: true});
           trace(text + ' ' + data);
           const {code, error} = await Net.httpRequestAsync('http://h/');
           trace(code + ' ' + error);
           const bad = await Net.httpRequestAsync('ftp://h/');
           trace(bad.code + ' ' + bad.error);
         })()",
        vec![
            started(),
            answer(1, 200, "ab"),
            reply(2, Reply::Http(Err(Failure::TooLarge(2 << 20)))),
            reply(
                3,
                Reply::Http(Err(Failure::BadUrl(
                    "only http: and https: URLs are called".into(),
                ))),
            ),
        ],
        expect![[r#"
            ▸ Started
              1: GET http://h/ within 6000/90000 ms at test.js:2:43
            ▸ reply 1
              log ab 97,98
              2: GET http://h/ within 6000/90000 ms at test.js:4:44
            ▸ reply 2
              log -9 the answer is larger than 2097152 bytes
              3: unfit: only http: and https: URLs are called at test.js:6:34
            ▸ reply 3
              log -2 only http: and https: URLs are called
        "#]],
    );
}

#[test]
fn what_may_not_be_asked_throws_where_it_is_asked() {
    for (asked, fault) in [
        (
            "'http://h/'",
            "TypeError: Net.httpRequest: the callback is undefined, not a function",
        ),
        (
            "'http://h/', f, {method: 'TRACE'}",
            "TypeError: Net.httpRequest: the method must be GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS",
        ),
        (
            "'http://h/', f, {headers: {'X\\r\\nHost': 'x'}}",
            "TypeError: Net.httpRequest: X\\r\\nHost is no header name",
        ),
        (
            "'http://h/', f, {headers: {'X': 'a\\r\\nHost: evil'}}",
            "TypeError: Net.httpRequest: the header X contains a control character",
        ),
        (
            "'http://h/', f, {headers: ['X: a\\0']}",
            "TypeError: Net.httpRequest: the header X contains a control character",
        ),
        (
            "'http://h/', f, {headers: {Host: 'evil'}}",
            "TypeError: Net.httpRequest: the header Host is not a script's to set",
        ),
        (
            "'http://h/', f, {headers: {'transfer-encoding': 'chunked'}}",
            "TypeError: Net.httpRequest: the header transfer-encoding is not a script's to set",
        ),
        (
            "'http://h/', f, {headers: ['nonsense']}",
            "TypeError: Net.httpRequest: a header must be such as \"Name: value\"",
        ),
        (
            "'http://h/', f, {headers: {X: 'x'.repeat(20000)}}",
            "TypeError: Net.httpRequest: the headers are longer than 16384 bytes",
        ),
        (
            "'http://h/', f, {timeout: 0}",
            "TypeError: Net.httpRequest: timeout must be more than 0 seconds",
        ),
        (
            "'http://h/', f, {timeout: 'soon'}",
            "TypeError: Net.httpRequest: timeout must be more than 0 seconds",
        ),
        (
            "'http://h/', f, {postData: 'x'.repeat(2 << 20)}",
            "RangeError: Net.httpRequest: postData: at most 1048576 bytes",
        ),
        (
            "'http://h/', f, {postData: {a: 1}}",
            "TypeError: Net.httpRequest: postData must be a string or an array of bytes; JSON.stringify makes a string",
        ),
        (
            "'http://h/', f, {postData: {length: 1e12}}",
            "RangeError: Net.httpRequest: postData: at most 1048576 bytes",
        ),
    ] {
        let source = format!(
            "const f = () => {{}}; try {{ Net.httpRequest({asked}) }} catch (e) {{ trace(e.name + ': ' + e.message) }}"
        );
        let told = Stage::started(&source).told;
        let expected = format!("▸ Started\n  log {}\n", fault.replace("\\\\", "\\"));
        assert_eq!(told, expected, "{asked}");
    }
}

#[test]
fn thirty_five_may_wait_and_one_more_is_an_error_that_names_its_line() {
    let mut stage =
        Stage::new("for (let i = 0; i < 10000; i++)\n  Net.httpRequest('http://h/', () => {});");
    let turn = stage.turn(started(), Box::new(|| false));
    let asked = turn
        .commands
        .iter()
        .filter(|command| matches!(command, Command::Inquire { .. }));
    assert_eq!(asked.count(), 35);
    assert_eq!(
        turn.fault.expect("it is too much").to_string(),
        "test.js:2:7: Error: Exceeded the HTTP connection count limit!"
    );
    // What was answered makes room.
    let mut stage = Stage::started(
        "let sent = 0; const next = () => { if (sent++ < 40) Net.httpRequest('http://h/', next); else trace('done') }; next()",
    );
    for id in 1..=40 {
        stage.play(answer(id, 200, ""));
    }
    assert!(
        stage.told.ends_with("▸ reply 40\n  log done\n"),
        "{}",
        stage.told
    );
}

#[test]
fn in_the_last_listener_one_request_may_be_sent_and_no_second() {
    check(
        "VoxEngine.addEventListener(AppEvents.Terminating, () => {
           Net.httpRequest('http://h/report', () => {});
           try { Net.httpRequest('http://h/more', () => {}) } catch (e) { trace(e.message) }
           try { ApplicationStorage.get('a') } catch (e) { trace(e.message) }
         });
         VoxEngine.addEventListener(AppEvents.Terminated, () => Net.httpRequest('http://h/late', () => {}));",
        vec![started(), Event::Terminating, Event::Terminated],
        expect![[r#"
            ▸ Started
              watches the end
              watches the end
            ▸ Terminating
              1: GET http://h/report within 6000/90000 ms at test.js:2:16
              log Exceeded the HTTP connection count limit!
              ERROR test.js:4:37: unhandled rejection: Error: ApplicationStorage.get: the session is ending
            ▸ Terminated
              WARNING test.js:6: Net.httpRequest does nothing: the session has ended
        "#]],
    );
}

#[test]
fn a_callback_that_throws_ends_the_session_with_its_line() {
    check(
        "Net.httpRequest('http://h/',\n  () => { throw new Error('no') })",
        vec![started(), answer(1, 200, "")],
        expect![[r#"
            ▸ Started
              1: GET http://h/ within 6000/90000 ms at test.js:1:4
            ▸ reply 1
              FAULT Exception test.js:2:21: Error: no
                at <anonymous> (test.js:2:21)
        "#]],
    );
    check(
        "Net.httpRequest('http://h/',\n  () => { throw 'no' })",
        vec![started(), answer(1, 200, "")],
        expect![[r#"
            ▸ Started
              1: GET http://h/ within 6000/90000 ms at test.js:1:4
            ▸ reply 1
              FAULT Exception test.js:2:1: "no" was thrown
                at test.js:2:1
        "#]],
    );
}

#[test]
fn the_storage_is_asked_and_its_answers_are_promises() {
    let entry = |value: &str| Entry {
        key: "a".into(),
        value: value.into(),
        expires_unix_s: 1_700_000_100,
    };
    let stored = |stored| Reply::Storage(Ok(stored));
    check(
        "(async () => {
           trace(JSON.stringify(await ApplicationStorage.put('a', 17, 100)));
           trace(JSON.stringify(await ApplicationStorage.get('a')));
           trace(JSON.stringify(await ApplicationStorage.remove('b')));
           trace(JSON.stringify(await ApplicationStorage.keys('a:*', 5)));
           await ApplicationStorage.keys();
         })()",
        vec![
            started(),
            reply(1, stored(Stored::Entry(Some(entry("17"))))),
            reply(2, stored(Stored::Entry(Some(entry("17"))))),
            reply(3, stored(Stored::Entry(None))),
            reply(4, stored(Stored::Keys(vec!["a:1".into()]))),
        ],
        expect![[r#"
            ▸ Started
              1: put a=17 for 100 s at test.js:2:58
            ▸ reply 1
              log {"expireAt":1700000100,"key":"a","value":"17"}
              2: get a at test.js:3:58
            ▸ reply 2
              log {"expireAt":1700000100,"key":"a","value":"17"}
              3: remove b at test.js:4:58
            ▸ reply 3
              log null
              4: keys a:* 5 at test.js:5:58
            ▸ reply 4
              log {"keys":["a:1"]}
              5: keys all 1000 at test.js:6:37
        "#]],
    );
}

#[test]
fn what_the_storage_refuses_names_the_line_that_asked() {
    check(
        "(async () => {\n  await ApplicationStorage.put('a', 'b', 1);\n})()",
        vec![
            started(),
            reply(1, Reply::Storage(Err("it is full".into()))),
        ],
        expect![[r#"
            ▸ Started
              1: put a=b for 1 s at test.js:2:28
            ▸ reply 1
              FAULT UnhandledRejection test.js:2:28: unhandled rejection: Error: ApplicationStorage.put: it is full
                at <anonymous> (test.js:2:28)
                at the top level (test.js:3:1)
        "#]],
    );
    for (asked, fault) in [
        (
            "get('')",
            "RangeError: ApplicationStorage.get: the key is empty",
        ),
        (
            "get(7)",
            "TypeError: ApplicationStorage.get: the key must be a string",
        ),
        (
            "get('k'.repeat(201))",
            "RangeError: ApplicationStorage.get: the key is longer than 200 characters",
        ),
        (
            "put('k', 'v'.repeat(2001), 1)",
            "RangeError: ApplicationStorage.put: the value is longer than 2000 characters",
        ),
        (
            "put('k', {}, 1)",
            "TypeError: ApplicationStorage.put: the value must be a string; JSON.stringify makes one",
        ),
        (
            "put('k', 'v')",
            "RangeError: ApplicationStorage.put: the ttl must be 0 to 7776000",
        ),
        (
            "put('k', 'v', 7776001)",
            "RangeError: ApplicationStorage.put: the ttl must be 0 to 7776000",
        ),
        (
            "put('k', 'v', -1)",
            "RangeError: ApplicationStorage.put: the ttl must be 0 to 7776000",
        ),
        (
            "keys('*', 1001)",
            "RangeError: ApplicationStorage.keys: the count must be 0 to 1000",
        ),
    ] {
        let source = format!(
            "(async () => {{ try {{ await ApplicationStorage.{asked} }} catch (e) {{ trace(e.name + ': ' + e.message) }} }})()"
        );
        let told = Stage::started(&source).told;
        assert_eq!(told, format!("▸ Started\n  log {fault}\n"), "{asked}");
    }
}

#[test]
fn a_flood_of_the_storage_is_an_error() {
    let mut stage =
        Stage::new("for (let i = 0; i < 10000; i++)\n  ApplicationStorage.put('k' + i, 'v', 60);");
    let turn = stage.turn(started(), Box::new(|| false));
    assert_eq!(turn.commands.len(), 100);
    assert_eq!(
        turn.fault.expect("it is too much").to_string(),
        "test.js:2:32: unhandled rejection: RangeError: ApplicationStorage.put: 100 questions wait for the storage already, which is the limit; await them"
    );
}

#[test]
fn what_a_script_does_to_promises_and_prototypes_harms_no_answer() {
    check(
        "Promise = Object = Array = JSON = undefined;
         ({}).constructor.prototype.inquiry = 5;
         Net.httpRequestAsync('http://h/', {headers: {A: 'b'}}).then(({code}) => trace(code));",
        vec![started(), answer(1, 204, "")],
        expect![[r#"
            ▸ Started
              1: GET http://h/ [A: b] within 6000/90000 ms at test.js:3:14
            ▸ reply 1
              log 204
        "#]],
    );
}

#[test]
fn an_answer_larger_than_the_script_s_memory_is_the_script_s_fault() {
    let mut stage = Stage::started(
        "Net.httpRequest('http://h/', ({data}) => trace(data.length), {rawOutput: true})",
    );
    let body = "x".repeat(2 << 20);
    let turn = stage.turn(answer(1, 200, &body), Box::new(|| false));
    let fault = turn.fault.expect("its memory does not suffice");
    assert_eq!(
        fault.kind,
        crate::script::fault::FaultKind::OutOfMemory,
        "{fault}"
    );
    let mut stage = Stage::started("Net.httpRequest('http://h/', ({text}) => trace(text.length))");
    let turn = stage.turn(answer(1, 200, &body), Box::new(|| false));
    assert_eq!(turn.fault, None);
}

#[track_caller]
fn check(source: &str, events: Vec<Event>, told: Expect) {
    let mut stage = Stage::new(source);
    for event in events {
        stage.play(event);
    }
    told.assert_eq(&stage.told);
}

fn reply(inquiry: u32, reply: Reply) -> Event {
    Event::Reply { inquiry, reply }
}

fn answer(inquiry: u32, code: u16, body: &str) -> Event {
    let answer = Answer {
        code,
        headers: Headers(vec![("content-type".into(), "text/plain".into())]),
        body: Body::from(body.to_string()),
    };
    reply(inquiry, Reply::Http(Ok(answer)))
}

/// One inquiry as a person would note it down.
pub(super) fn line(inquiry: u32, what: &Inquiry, place: Option<&Place>) -> String {
    let what = match what {
        Inquiry::Http(http) => {
            let request = &http.request;
            let mut line = format!("{} {}", request.method, request.url.reveal());
            for (name, value) in &request.headers.0 {
                let _ = write!(line, " [{name}: {value}]");
            }
            if !request.body.0.is_empty() {
                let _ = write!(line, " {:?}", request.body.text());
            }
            format!("{line} within {}/{} ms", http.connect_ms, http.total_ms)
        }
        Inquiry::Unfit(failure) => format!("unfit: {failure}"),
        Inquiry::Storage(StorageInquiry::Get { key }) => format!("get {key}"),
        Inquiry::Storage(StorageInquiry::Put { key, value, ttl_s }) => {
            format!("put {key}={value} for {ttl_s} s")
        }
        Inquiry::Storage(StorageInquiry::Remove { key }) => format!("remove {key}"),
        Inquiry::Storage(StorageInquiry::Keys { pattern, most }) => {
            format!("keys {} {most}", pattern.as_deref().unwrap_or("all"))
        }
    };
    let place = place.map_or("?".to_string(), |place| place.to_string());
    format!("{inquiry}: {what} at {place}")
}
