// A call to 3xx can be transferred and comes back.

test("nobody answers: the transferor gets the caller back", async (t) => {
  const [alice, bob] = [t.phone("alice"), t.phone("bob", { user: "300" })];
  t.phone("carol").isSilent();
  await alice.call("300");
  await bob.answer();
  const transfer = bob.refer("carol");
  expect((await transfer.verdict()).code).toBe(408);
  expect(alice).toTalkTo(bob);
});

test("nobody answers, and the transferor has left: it is called again", async (t) => {
  const [alice, bob, carol] = [t.phone("alice"), t.phone("bob", { user: "300" }), t.phone("carol")];
  await alice.call("300");
  await bob.answer();
  bob.leavesWhenAccepted().refer("carol");
  await carol.reject(486);
  await bob.answer();
  expect(alice).toTalkTo(bob);
});
