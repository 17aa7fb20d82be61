// A call to 702 leaves a message after the chime.

test("what is said after the chime is recorded", async (t) => {
  t.clip("chime.wav", 1.5);
  const call = await t.phone("alice").call("702");
  await call.answered();
  await t.sleep(6);
  call.hangUp();
  await call.ended();
  await t.sleep(1);
  const said = (text) => t.log.some((line) => line.includes(text));
  expect(said("a message from alice: http://127.0.0.1:8060/recordings/")).toBe(true);
  expect(said("a message of 4.5")).toBe(true);
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
