// A call to 7 is asked for a key.

test("a key chooses the desk", async (t) => {
  const [caller, bob] = [t.phone("caller"), t.phone("bob")];
  const call = await caller.call("7");
  await call.answered();
  await caller.sendDigits("2");
  await bob.answer();
  expect(caller).toTalkTo(bob);
});

test("a key that is none of the menu is asked for again", async (t) => {
  const [caller, alice, bob] = [t.phone("caller"), t.phone("alice"), t.phone("bob")];
  const call = await caller.call("menu");
  await call.answered();
  await caller.sendDigits("91");
  await alice.answer();
  expect(caller).toTalkTo(alice);
  expect(bob.news).toEqual([]);
});

test("whoever presses nothing gets the first desk", async (t) => {
  const [caller, alice] = [t.phone("caller"), t.phone("alice")];
  const call = await caller.call("7");
  await call.answered();
  await t.sleep(11);
  await alice.answer();
  expect(caller).toTalkTo(alice);
});

test("the hash ends the call", async (t) => {
  const [caller, alice] = [t.phone("caller"), t.phone("alice")];
  const call = await caller.call("7");
  await call.answered();
  await caller.sendDigits("#");
  await call.ended();
  await t.sleep(15);
  expect(alice.news).toEqual([]);
});
