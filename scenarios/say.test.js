// A call to 701 hears the chime and a voice.

test("the voice follows the chime", async (t) => {
  t.clip("chime.wav", 1);
  t.clip("You are calling from 1 7.", 2);
  const call = await t.phone("17").call("701");
  await call.answered();
  const from = t.now;
  await call.ended();
  expect(Math.round(t.now - from)).toBe(3);
});

test("what nobody can play is told", async (t) => {
  const call = await t.phone("alice").call("701");
  await call.ended();
  expect(t.log.some((text) => text.includes("nothing was said: chime.wav"))).toBe(true);
});
