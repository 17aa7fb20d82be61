// A call to 2xx: the phone transfers to an address.

test("the third party is called at the address that the phone says", async (t) => {
  const [alice, bob, carol] = [t.phone("alice"), t.phone("bob", { user: "200" }), t.phone("carol")];
  await alice.call("200");
  await bob.answer();
  const transfer = bob.refer("sip:carol@127.0.1.3");
  await carol.answer();
  expect((await transfer.verdict()).code).toBe(200);
  expect(alice).toTalkTo(carol);
});

test("the third party is busy", async (t) => {
  const [alice, bob, carol] = [t.phone("alice"), t.phone("bob", { user: "200" }), t.phone("carol")];
  await alice.call("200");
  await bob.answer();
  const transfer = bob.refer("sip:carol@127.0.1.3");
  await carol.reject();
  expect((await transfer.verdict()).code).toBe(486);
  expect(alice).toTalkTo(bob);
});
