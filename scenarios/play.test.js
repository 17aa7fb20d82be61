// A call to 700 hears the chime.

test("the call ends with the chime", async (t) => {
  const alice = t.phone("alice");
  t.clip("chime.wav", t.tone(880, 1.5));
  const call = await alice.call("700");
  await call.answered();
  const from = t.now;
  await t.sleep(0.5);
  expect(alice).toHearTone(880);
  await call.ended();
  expect(Math.round((t.now - from) * 10)).toBe(15);
});

test("without the file the log says so, and the call ends", async (t) => {
  const call = await t.phone("alice").call("700");
  await call.ended();
  expect(t.log.some((text) => text.includes("no chime: chime.wav: there is no such file"))).toBe(true);
});
