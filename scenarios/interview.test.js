// A call to 760 is an interview, whatever codecs the two sides talk.

async function interview(t, host, guest) {
  const alice = t.phone("alice", { codecs: host });
  const bob = t.phone("bob", { user: "760", codecs: guest });
  await alice.call("760");
  await bob.answer();
  alice.say("speech");
  bob.say("speech");
  await t.sleep(3);
  expect(bob).toHearSpeech(alice);
  expect(alice).toHearSpeech(bob);
  alice.say(440);
  bob.say(1000);
  await t.sleep(2);
  expect(bob).toHearTone(440);
  await bob.hangUp();
  await t.sleep(1);
  const [recording] = t.recordings;
  expect(recording.stereo).toBe(true);
  expect(recording).toHold(440, { side: "left", from: 3.2, to: 4.5 });
  expect(recording).toHold(1000, { side: "right", from: 3.2, to: 4.5 });
  return recording;
}

test("two that talk wideband are recorded in HD", async (t) => {
  expect((await interview(t, ["G722"], ["G722", "PCMA"])).rate).toBe(48000);
});

test("where one is a telephone the recording is one for telephones", async (t) => {
  expect((await interview(t, ["G722"], ["PCMA"])).rate).toBe(8000);
});

test("nothing can be recorded: the two talk on", async (t) => {
  t.disk("the disk is full");
  const [alice, bob] = [t.phone("alice"), t.phone("bob", { user: "760" })];
  await alice.call("760");
  await bob.answer();
  alice.say(440);
  bob.say(1000);
  await t.sleep(1);
  expect(t.log.some((line) => line.includes("no recording: the disk is full"))).toBe(true);
  expect(bob).toHearTone(440);
});
