// Numbers 800 to 899 are conference rooms.

test("whoever dials a room hears all who have", async (t) => {
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => t.phone(name));
  for (const phone of [alice, bob, carol]) await (await phone.call("801")).answered();
  await t.sleep(1);
  for (const listener of [alice, bob, carol])
    for (const speaker of [alice, bob, carol]) if (listener !== speaker) expect(listener).toHear(speaker);
});

test("two rooms are two", async (t) => {
  const [alice, bob] = [t.phone("alice"), t.phone("bob")];
  await (await alice.call("801")).answered();
  await (await bob.call("802")).answered();
  await t.sleep(1);
  expect(alice).not.toHear(bob);
});

test("a key mutes and unmutes", async (t) => {
  const [alice, bob] = [t.phone("alice"), t.phone("bob")];
  await (await alice.call("801")).answered();
  await (await bob.call("801")).answered();
  await bob.sendDigits("6");
  await t.sleep(1);
  expect(alice).not.toHear(bob);
  expect(bob).toHear(alice);
  await bob.sendDigits("6");
  await t.sleep(1);
  expect(alice).toHear(bob);
});

test("who leaves is heard no more, and the last one closes the room", async (t) => {
  const [alice, bob] = [t.phone("alice"), t.phone("bob")];
  const first = await alice.call("801");
  await first.answered();
  const second = await bob.call("801");
  await second.answered();
  await second.hangUp();
  await t.sleep(1);
  expect(alice).not.toHear(bob);
  await first.hangUp();
  await t.sleep(1);
  expect(t.log).toContain("alice has left");
});
