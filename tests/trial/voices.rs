//! Phones that say something, and what is heard of it: real sound, judged by frequency, level and likeness.

use switchhook::cli::test::Ended;

use crate::folder::played;

const DESK: &str = include_str!("../../scenarios/forward.js");

const TESTS: &str = r#"
test("a caller is heard, through whatever codecs", async t => {
  const alice = t.phone("alice", { codecs: ["opus"] }), bob = t.phone("bob", { codecs: ["PCMA"] });
  await alice.call("bob");
  await bob.answer();
  alice.say(440);                                 // at -15 dB of full scale
  bob.say("speech");
  await t.sleep(3);
  expect(bob).toHearTone(440);
  expect(bob).not.toHearTone(480);
  expect(alice).toHearSpeech(bob);
  alice.silence();
  await t.sleep(0.5);
  expect(bob).not.toHearTone(440);
});

test("the newest is what is said, and what has an end ends", async t => {
  const [alice, bob] = [t.phone("alice"), t.phone("bob")];
  await alice.call("bob");
  await bob.answer();
  expect(alice.say(440).say(1000, { level: -30, seconds: 1 })).toBe(alice);
  await t.sleep(0.9);
  expect(bob).toHearTone(1000);
  expect(bob).not.toHearTone(440);
  await t.sleep(1);
  expect(bob).not.toHearTone(1000);
  alice.say({ keys: "5" });
  await t.sleep(0.15);
  expect(bob).toHearTone(770);
  expect(bob).toHearTone(1336);
  await bob.hold();
  alice.say("speech");
  await t.sleep(3);
  expect(bob).not.toHearSpeech(alice);
  await bob.hangUp();
});

test("what no phone can say", t => {
  const alice = t.phone("alice");
  expect(() => alice.say("words")).toThrow('"words" is no frequency in Hz');
  expect(() => alice.say(10)).toThrow("20 to 7500 Hz");
  expect(() => alice.say({ keys: "x" })).toThrow("is no key of a phone");
  expect(() => alice.say(440, { level: "loud" })).toThrow("is no level");
});
"#;

#[test]
fn phones_say_what_they_are_told_and_others_hear_it() {
    let (ended, text) = played(&[("desk.js", DESK), ("desk.test.js", TESTS)], |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

#[test]
fn a_tone_that_is_not_heard_is_told_with_what_is() {
    let test = r#"test("a tone", async t => {
  const [alice, bob] = [t.phone("alice"), t.phone("bob")];
  await alice.call("bob");
  await bob.answer();
  alice.say(440);
  await t.sleep(1);
  expect(bob).toHearTone(500);
});"#;
    let (ended, text) = played(&[("desk.js", DESK), ("desk.test.js", test)], |_| {});
    assert_eq!(ended, Ended::Failed);
    assert!(
        text.contains("expected bob to hear 500 Hz\n       but bob hears 440 Hz at -15 dB\n"),
        "{text}"
    );
}
