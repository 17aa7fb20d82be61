// A call to 0 rings Alice, and Bob where she does not answer.

test("the first desk answers", async (t) => {
  const [caller, alice, bob] = [t.phone("caller"), t.phone("alice"), t.phone("bob")];
  await caller.call("0");
  await alice.answer();
  expect(caller).toTalkTo(alice);
  expect(bob.news).toEqual([]);
});

test("the second desk answers where the first is busy", async (t) => {
  const [caller, bob] = [t.phone("caller"), t.phone("bob")];
  t.phone("alice").rejectsWith(486);
  await caller.call("reception");
  await bob.answer();
  expect(caller).toTalkTo(bob);
});

test("nobody is there", async (t) => {
  const caller = t.phone("caller");
  t.phone("alice").switchOff();
  t.phone("bob").rejectsWith(480);
  const call = await caller.call("0");
  expect((await call.ended()).code).toBe(480);
});
