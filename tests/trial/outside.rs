//! Servers and the storage in tests, and what an author is told who forgot one.

use expect_test::{Expect, expect};
use switchhook::cli::test::Ended;

use crate::folder::played;

/// Asks two servers, whose answers go to the log.
const ASKS: &str = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, async ({ call }) => {
  call.answer();
  const one = await Net.httpRequestAsync('https://crm.example/one?key=secret');
  Logger.write('one: ' + one.code + ' ' + (one.text ?? one.error));
  const two = await Net.httpRequestAsync('https://crm.example/two', { method: 'POST', postData: 'hello', headers: { 'X-A': 'b' } });
  Logger.write('two: ' + two.code + ' ' + (two.text ?? two.error));
  call.hangup();
});
";

#[test]
fn what_is_stubbed_answers_and_can_be_looked_at() {
    passes(
        "const one = t.http('https://crm.example/one').reply(200, 'first').after(1);
         const two = t.http('https://crm.example/*', 'POST').reply(201, { a: [1, 2] }, { 'X-B': 'c' });
         const call = await t.phone('alice').call('1');
         await call.ended();
         expect(one).toBeAsked(1);
         expect(two).toBeAsked();
         expect(one).not.toBeAsked(2);
         const [{ method, url, body, headers, place, at }] = two.requests;
         expect({ method, url, body, headers, place }).toEqual({ method: 'POST', url: 'https://crm.example/two',
           body: 'hello', headers: { 'X-A': 'b' }, place: 'a.js:5:25' });
         expect(at).toBeGreaterThan(1);
         expect(t.log).toEqual(['one: 200 first', 'two: 201 {\"a\":[1,2]}']);",
    );
}

#[test]
fn a_function_is_asked_with_each_request_and_may_take_its_time() {
    passes(
        "t.http('https://crm.example/*').reply(({ method, url, body }) => method + ' ' + url + ' ' + body);
         t.http('https://crm.example/two').reply(async ({ headers }) => {
           await t.sleep(2);
           return { status: 404, body: { seen: headers['X-A'] } };
         });
         const call = await t.phone('alice').call('1');
         await call.ended();
         expect(t.now).toBeGreaterThan(2);
         expect(t.log).toEqual(['one: 200 GET https://crm.example/one?key=secret ', 'two: 404 {\"seen\":\"b\"}']);",
    );
}

#[test]
fn the_newest_server_answers_and_one_that_has_answered_often_enough_is_gone() {
    passes(
        "const old = t.http('https://crm.example/*').reply(200, 'old');
         const fresh = t.http('https://crm.example/one').reply(500).reply(200, 'fresh').times(2);
         for (let i = 0; i < 3; i++) {
           const call = await t.phone('alice' + i).call('1');
           await call.ended();
         }
         expect(fresh).toBeAsked(2);
         expect(old).toBeAsked(4);
         expect(t.log.filter((line) => line.startsWith('one'))).toEqual(['one: 500 ', 'one: 200 fresh', 'one: 200 old']);",
    );
}

#[test]
fn a_test_sends_requests_to_the_session_as_whoever_has_its_url() {
    let scenario = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  VoxEngine.addEventListener(AppEvents.HttpRequest, ({ method, path, content, headers }) => {
    Logger.write([method, path, content, JSON.stringify(headers)].join(' '));
    if (path === '/hangup') call.hangup();
  });
  call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
";
    let body = "const call = await t.phone('alice').call('1');
         expect(await t.request('POST', '/note?a=1', { a: 1 }, { 'X-Who': 'crm', 'Cookie': 'a' })).toBe(200);
         expect(await t.request('DELETE', '/hangup')).toBe(200);
         await call.ended();
         expect(await t.request('GET', '/late')).toBe(404);
         expect(t.log).toEqual(['POST /note?a=1 {\"a\":1} [{\"key\":\"x-who\",\"value\":\"crm\"}]', 'DELETE /hangup  []']);";
    let test = format!("test('it', async (t) => {{\n{body}\n}});");
    let (ended, text) = played(&[("a.js", scenario), ("a.test.js", &test)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

#[test]
fn servers_fail_in_every_way() {
    passes(
        "const one = t.http('https://crm.example/one').fail().fail('host').fail('broken').fail('timeout');
         t.http('https://crm.example/two').reply(200, 'x'.repeat(3 << 20));
         for (let i = 0; i < 4; i++) {
           const call = await t.phone('alice' + i).call('1');
           await call.ended();
         }
         expect(t.log.filter((line) => line.startsWith('one'))).toEqual([
           'one: -4 no connection: the test says so', 'one: -3 the host was not found: the test says so',
           'one: -6 the test says so', 'one: -7 no answer within 90 s']);
         expect(t.log[1]).toBe('two: -9 the answer is larger than 2097152 bytes');",
    );
}

#[test]
fn what_nobody_stubbed_fails_the_test_with_the_line_that_asked() {
    fails(
        "t.http('https://crm.example/two');
         const call = await t.phone('alice').call('1');
         await call.ended();",
        expect![[r#"
              a.js:3:25 asks GET https://crm.example/one?…, and the test has no answer to it: t.http("https://crm.example/one").reply(…)

        "#]],
    );
    // Also where the test itself is content, and where it fails because of it.
    fails(
        "t.http('https://crm.example/one');
         const call = await t.phone('alice').call('1');
         await call.ended();
         expect(t.log).toContain('two: 200');",
        expect![[r#"
              a.test.js:5:24
              a.js:5:25 asks POST https://crm.example/two, and the test has no answer to it: t.http("https://crm.example/two").reply(…)
              and: expected something with "two: 200"
                   got ["one: 200 ", "two: -4 no connection: there is nobody outside"]

        "#]],
    );
}

#[test]
fn a_sound_that_nobody_stubbed_fails_the_test_with_the_line_that_plays_it() {
    const PLAYS: &str = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  call.startPlayback('https://sounds.example/hello.mp3?key=secret');
  call.addEventListener(CallEvents.PlaybackFinished, () => call.hangup());
});
";
    let test = "test('it', async (t) => { await (await t.phone('alice').call('1')).ended(); });";
    let files = [("a.js", PLAYS), ("a.test.js", test)];
    let (ended, text) = played(&files, |_| {});
    assert_eq!(ended, Ended::Failed, "{text}");
    let told = "a.js:3:8 plays https://sounds.example/hello.mp3?…, and the test has no answer to it: \
                t.http(\"https://sounds.example/hello.mp3\").reply(t.tone(440, 2))";
    assert!(text.contains(told), "{text}");
}

#[test]
fn what_is_wrong_with_a_server_is_told_where_it_is_written() {
    for (what, told) in [
        (
            "t.http('https://h/', 'TRACE')",
            "TypeError: t.http: \"TRACE\" is none of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        ),
        ("t.http('')", "TypeError: t.http: \"\" is no text"),
        (
            "t.http('https://h/').reply(99)",
            "TypeError: reply: 99 is no HTTP status from 200 to 599",
        ),
        (
            "t.http('https://h/').fail('never')",
            "TypeError: fail: \"never\" is none of connection, host, timeout, broken",
        ),
        (
            "t.http('https://h/').times(0)",
            "TypeError: times: 0 is no number from 1 on",
        ),
        (
            "expect(t.http('https://h/')).toBeAsked()",
            "expected https://h/ to be asked\n       but it was asked nothing",
        ),
        (
            "t.tone(1, 2)",
            "TypeError: t.tone: 1 is no pitch from 50 to 4000 Hz",
        ),
        (
            "expect(1).toBeAsked()",
            "TypeError: expect(…).toBeAsked: 1 is no server of t.http",
        ),
    ] {
        let (ended, text) = test_of(what);
        assert_eq!(ended, Ended::Failed);
        assert!(text.contains(told), "{what}\n{text}");
    }
    // A function that throws.
    fails(
        "t.http('https://crm.example/*').reply(() => { throw new Error('my own fault') });
         const call = await t.phone('alice').call('1');
         await call.ended();",
        expect![[r#"
              a.test.js:2:57
              Error: my own fault

        "#]],
    );
}

#[test]
fn a_test_sees_what_is_stored_and_scenarios_what_it_stores() {
    let scenario = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, async ({ call }) => {
  const { value } = await ApplicationStorage.get('count');
  await ApplicationStorage.put('count', Number(value) + 1, 60);
  try { await ApplicationStorage.put('another', 'x', 60) } catch (error) { Logger.write(error.message) }
  call.reject(486);
});
";
    let test = "\
test('it', async (t) => {
  t.setting('limits.storageEntries', 1);
  t.storage.set('count', 7);
  const call = await t.phone('alice').call('1');
  await call.ended();
  expect(t.storage.get('count')).toBe('8');
  expect(t.storage.get('another')).toBe(null);
  expect(t.storage.keys).toEqual(['count']);
  expect(t.log).toEqual(['ApplicationStorage.put: the storage is full: limits.storageEntries is 1']);
  await t.sleep(61);
  expect(t.storage.get('count')).toBe(null);
  t.storage.set('count', 1);
  t.storage.fail();
  t.storage.fail(null);
  await (await t.phone('bob').call('1')).ended();
  expect(t.storage.get('count')).toBe('2');
});
";
    let (ended, text) = played(&[("a.js", scenario), ("a.test.js", test)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

#[test]
fn a_status_that_is_posted_is_seen_by_the_server_it_is_for() {
    let scenario = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => call.transferTo({ to: 'bob', statusUrl: 'https://hooks.example/s' }));
  call.answer();
});
";
    let test = "\
test('it', async (t) => {
  const hooks = t.http('https://hooks.example/s');
  const alice = t.phone('alice').followsTransfers();
  t.phone('bob').answersAfter(1);
  const call = await alice.call('1');
  await call.ended();
  expect(hooks.requests.length).toBeGreaterThan(1);
  expect(JSON.parse(hooks.requests[0].body).event).toBe('transfer-status');
  expect(hooks.requests[0].place).toBe(null);
});
";
    let (ended, text) = played(&[("a.js", scenario), ("a.test.js", test)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

#[test]
fn a_player_gets_its_sound_from_the_same_servers() {
    let scenario = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.addEventListener(CallEvents.Connected, () => call.startPlayback('https://sounds.example/hello.wav'));
  call.addEventListener(CallEvents.PlaybackFinished, ({ error }) => {
    Logger.write('finished ' + (error ?? 'well'));
    call.hangup();
  });
  call.answer();
});
";
    let test = "\
test('it', async (t) => {
  const sounds = t.http('https://sounds.example/hello.wav').reply(t.tone(440, 2)).reply(404).reply(200, 'no sound').fail('host');
  for (let i = 0; i < 4; i++) {
    const began = t.now;
    const call = await t.phone('alice' + i).call('1');
    await call.ended();
    if (i === 0) expect(t.now - began).toBeGreaterThan(2);
  }
  expect(sounds).toBeAsked(4);
  const url = 'finished https://sounds.example/hello.wav: ';
  expect(t.log).toEqual(['finished well', url + 'the server answered 404',
    url + 'what the test answers has no sound; reply(t.tone(440, 2)) has', url + 'the host was not found: the test says so']);
});
";
    let (ended, text) = played(&[("a.js", scenario), ("a.test.js", test)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

#[test]
fn ten_thousand_requests_in_a_loop_end_in_an_error_and_the_world_goes_on() {
    let scenario = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  for (let i = 0; i < 10000; i++)
    Net.httpRequest('https://crm.example/' + i, () => {});
});
";
    let test = "\
test('it', async (t) => {
  t.allowFaults();
  const crm = t.http('https://crm.example/*').reply(200);
  const call = await t.phone('alice').call('1');
  expect((await call.ended()).code).toBe(500);
  expect(t.log).toContain('a.js:3:46: Error: Exceeded the HTTP connection count limit!');
  expect(crm).toBeAsked(3);
});
";
    let (ended, text) = played(&[("a.js", scenario), ("a.test.js", test)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

fn test_of(body: &str) -> (Ended, String) {
    let test = format!("test('it', async (t) => {{\n{body}\n}});\n");
    played(&[("a.js", ASKS), ("a.test.js", &test)], |_| {})
}

/// The scenario and its test, as the document has them.
#[test]
fn what_the_page_on_websockets_says_of_what_is_kept_runs() {
    let page = include_str!("../../docs/websockets.md");
    let section = page
        .split("\n## ")
        .find(|section| section.starts_with("What is kept of a socket"))
        .expect("the section is there");
    let mut blocks = section.split("```js\n").skip(1);
    let mut block = || blocks.next().and_then(|block| block.split("```").next());
    let (scenario, test) = (block().expect("a scenario"), block().expect("a test"));
    let (ended, text) = played(&[("a.js", scenario), ("a.test.js", test)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

#[track_caller]
fn passes(body: &str) {
    let (ended, text) = test_of(body);
    assert_eq!(ended, Ended::Passed, "{text}");
}

/// The failure without its ladder.
#[track_caller]
fn fails(body: &str, told: Expect) {
    let (ended, text) = test_of(body);
    assert_eq!(ended, Ended::Failed, "{text}");
    let failure = text.split("a.test.js › it\n").nth(1).unwrap_or(&text);
    let failure: String = failure
        .lines()
        .take_while(|line| !line.starts_with("    0"))
        .map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line)))
        .collect();
    told.assert_eq(&failure);
}

const LISTENS: &str = "\
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  const asr = VoxEngine.createASR({ lang: 'en-US' });
  call.addEventListener(CallEvents.Connected, () => call.sendMediaTo(asr));
  asr.addEventListener(ASREvents.Result, ({ text, confidence }) => Logger.write(text + ' ' + confidence));
  asr.addEventListener(ASREvents.ASRError, ({ error }) => Logger.write('error: ' + error));
  call.answer();
});
";

#[test]
fn a_recogniser_understands_what_the_test_says_one_thing_for_each_utterance() {
    let test = "\
test('it', async (t) => {
  t.recognise('one', { text: 'two', confidence: 12.5, after: 4 });
  const alice = t.phone('alice');
  await (await alice.call('1')).answered();
  for (const _ of [1, 2, 3]) {
    alice.say('speech', { seconds: 1 });
    await t.sleep(3);
    if (_ === 2) {
      expect(t.log).toEqual(['one 90']);
      t.recognise({ error: 'it is loud here' });
    }
  }
  expect(t.log).toEqual(['one 90', 'two 12.5', 'error: it is loud here']);
});
";
    let (ended, text) = played(&[("a.js", LISTENS), ("a.test.js", test)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

#[test]
fn speech_of_which_a_test_says_nothing_fails_it_with_the_line_that_recognises_it() {
    let test = "\
test('it', async (t) => {
  const alice = t.phone('alice');
  await (await alice.call('1')).answered();
  alice.say('speech', { seconds: 1 });
  await t.sleep(3);
});
";
    let (ended, text) = played(&[("a.js", LISTENS), ("a.test.js", test)], |_| {});
    assert_eq!(ended, Ended::Failed, "{text}");
    let told =
        "a.js:2:25 recognises speech, and the test does not say what is spoken: t.recognise(\"…\")";
    assert!(text.contains(told), "{text}");
}
