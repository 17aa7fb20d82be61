// Whoever dials 9 and a number is sent on.

test("a phone that can be moved calls the number itself", async (t) => {
  const [alice, bob] = [t.phone("alice").followsTransfers(), t.phone("bob")];
  const call = await alice.call("9bob");
  await bob.answer();
  await call.ended();
  expect(alice).toTalkTo(bob);
  expect(t.log).toContain("sent on to bob");
});

test("a phone that cannot be moved is connected here", async (t) => {
  const [alice, bob] = [t.phone("alice").refusesTransfers(), t.phone("bob")];
  await alice.call("9bob");
  await bob.answer();
  expect(alice).toTalkTo(bob);
  expect(alice).toHaveCalls(1);
});

test("a number that is busy ends the call", async (t) => {
  const [alice, bob] = [t.phone("alice").followsTransfers(), t.phone("bob")];
  const call = await alice.call("9bob");
  await bob.reject(486);
  await call.ended();
  expect(t.log).toContain("not sent on to bob: 486");
});
