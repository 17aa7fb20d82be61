// A call to 702 leaves a message after the chime.

test("what is said after the chime is recorded", async (t) => {
  t.clip("chime.wav", 1.5);
  const alice = t.phone("alice");
  const call = await alice.call("702");
  await call.answered();
  await t.sleep(3);
  alice.say(440, { seconds: 2 });
  await t.sleep(3);
  call.hangUp();
  await call.ended();
  await t.sleep(1);
  const said = (text) => t.log.some((line) => line.includes(text));
  expect(said("a message from alice: http://127.0.0.1:8060/recordings/")).toBe(true);
  expect(said("a message of 4.5")).toBe(true);
  expect(t.recordings[0]).toHold(440, { from: 1.7, to: 3.3 });
  expect(t.recordings[0]).not.toHold(440, { from: 0, to: 1.4 });
});

test("where nothing can be recorded the call ends, and the log says why", async (t) => {
  t.clip("chime.wav", 1);
  t.disk("the disk is full");
  const call = await t.phone("alice").call("702");
  await call.ended();
  expect(t.log.some((line) => line.includes("no message: the disk is full"))).toBe(true);
});

test("# ends the message", async (t) => {
  t.clip("chime.wav", 1);
  const alice = t.phone("alice");
  const call = await alice.call("702");
  await call.answered();
  await t.sleep(5);
  await alice.sendDigits("#");
  await call.ended();
  expect(t.now < 10).toBe(true);
});
