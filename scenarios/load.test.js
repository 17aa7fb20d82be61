// The jobs that the program is measured with.

test("ans- answers and hangs up", async (t) => {
  const call = await t.phone("alice").call("ans-1");
  await call.ended();
  expect(t.phone("bob").calls).toEqual([]);
});

test("hold- answers and stays", async (t) => {
  const alice = t.phone("alice");
  const call = await alice.call("hold-1");
  expect(call.state).toBe("up");
  await t.sleep(600);
  expect(alice).toHaveCalls(1);
});

test("b2b- refuses what it cannot reach", async (t) => {
  const call = await t.phone("alice").call("b2b-1");
  expect((await call.ended()).code).toBeGreaterThan(399);
});
