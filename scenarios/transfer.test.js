// `switchhook test` plays these. Times are those of the world: a minute costs nothing.

/** Alice talks to Bob. @param {Trial} t */
async function talking(t) {
  const [alice, bob, carol] = [t.phone("alice"), t.phone("bob"), t.phone("carol")];
  const call = await alice.call("bob");
  await bob.answer();
  expect(alice).toTalkTo(bob);
  return { alice, bob, carol, call };
}

test("a busy target keeps the old call", async (t) => {
  const { alice, bob, carol } = await talking(t);
  const transfer = bob.refer("carol");
  await carol.reject(486);
  expect(await transfer.verdict()).toEqual({ code: 486, notifies: [100, 486] });
  expect(alice).toTalkTo(bob);
});

test("the caller hears the target, and the transferor is let go", async (t) => {
  const { alice, bob, carol } = await talking(t);
  const transfer = bob.refer("carol");
  await carol.incoming();
  await t.sleep(2); // what the transferor is told of progress is told once a second at most
  await carol.answer();
  expect(await transfer.verdict()).toEqual({ code: 200, notifies: [100, 180, 200] });
  expect(alice).toTalkTo(carol);
  await t.sleep(6); // transfer.graceS
  expect(bob).toHaveCalls(0);
});

test("the caller may transfer as well", async (t) => {
  const { alice, bob, carol } = await talking(t);
  const transfer = alice.refer("carol");
  await carol.answer();
  expect(await transfer.verdict()).toEqual({ code: 200, notifies: [100, 200] });
  expect(bob).toTalkTo(carol);
});

test("a transferor that hangs up at once costs nobody anything", async (t) => {
  const { alice, bob, carol } = await talking(t);
  const transfer = bob.leavesWhenAccepted().refer("carol");
  await carol.incoming();
  expect(bob).toHaveCalls(0);
  await carol.answer();
  expect((await transfer.verdict()).code).toBe(200);
  expect(alice).toTalkTo(carol);
});

test("a transferor that has hung up does not take the caller along when the target is busy", async (t) => {
  const { alice, bob, carol, call } = await talking(t);
  bob.leavesWhenAccepted().refer("carol");
  await carol.reject(486);
  await call.ended();
  expect(alice).toHaveCalls(0);
});

test("a second transfer while one is open is refused", async (t) => {
  const { alice, bob, carol } = await talking(t);
  const first = bob.refer("carol");
  await carol.incoming();
  expect((await alice.refer("carol").verdict()).code).toBe(491);
  await carol.answer();
  expect((await first.verdict()).code).toBe(200);
});

test("the verdict arrives although its message is lost", async (t) => {
  const { bob, carol } = await talking(t);
  t.network.lose("NOTIFY", { nth: 2, to: bob });
  const transfer = bob.refer("carol");
  await carol.answer();
  expect(transfer.notifies).toEqual([100]);
  expect(await transfer.verdict()).toEqual({ code: 200, notifies: [100, 200] });
});

test("attended: the transferor has spoken with the target before", async (t) => {
  const { alice, bob, carol } = await talking(t);
  const [first] = bob.calls;
  await first.hold();
  const second = await bob.call("carol");
  await carol.answer();
  expect(bob).toTalkTo(carol);
  expect(await first.transfer(second).verdict()).toEqual({ code: 200, notifies: [100, 200] });
  expect(alice).toTalkTo(carol);
  await t.sleep(6);
  expect(bob).toHaveCalls(0);
});
