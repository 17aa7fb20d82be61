// A group whose people are called one after another. A test may have types as well.

/** Alice dials the group of Bob, Carol and Dave. */
async function calling(t: Trial) {
  const [alice, bob, carol, dave]: TestPhone[] = ["alice", "bob", "carol", "dave"].map((name) => t.phone(name));
  const call: TestCall = await alice.call("400");
  await bob.incoming();
  return { alice, bob, carol, dave, call };
}

test("whoever answers first talks to the caller", async (t) => {
  const { alice, bob } = await calling(t);
  await bob.answer();
  expect(alice).toTalkTo(bob);
});

test("the next one rings when somebody is busy, or does not answer in time", async (t) => {
  const { alice, bob, carol, dave } = await calling(t);
  await bob.reject(486);
  await carol.incoming();
  await dave.incoming(); // Carol has rung for 15 seconds
  expect(t.now).toBeGreaterThan(14);
  expect(carol).toHaveCalls(0);
  await dave.answer();
  expect(alice).toTalkTo(dave);
});

test("when nobody wants it, the caller is told", async (t) => {
  const { bob, carol, dave, call } = await calling(t);
  for (const phone of [bob, carol, dave]) await phone.reject(486);
  expect((await call.ended()).code).toBe(480);
});

test("a caller who gives up stops the hunt", async (t) => {
  const { bob, carol, call } = await calling(t);
  await call.hangUp();
  expect(bob).toHaveCalls(0);
  expect(carol).toHaveCalls(0);
});

test("a group that is not there", async (t) => {
  const call = await t.phone("alice").call("499");
  expect((await call.ended()).code).toBe(404);
});
