// A call to 1xx goes to the user that was dialled.

/** Alice calls Bob at 100. @param {Trial} t */
async function calling(t) {
  const [alice, bob] = [t.phone("alice"), t.phone("bob", { user: "100" })];
  const call = await alice.call("100");
  expect(call.state).toBe("ringing");
  return { alice, bob, call };
}

test("both hear each other until one hangs up", async (t) => {
  const { alice, bob, call } = await calling(t);
  await bob.answer();
  expect(alice).toTalkTo(bob);
  await bob.hangUp();
  expect(call.state).toBe("over");
  expect(alice).toHaveCalls(0);
});

test("a caller who gives up stops the ringing", async (t) => {
  const { bob, call } = await calling(t);
  await call.hangUp();
  expect(bob).toHaveCalls(0);
});

test("a refusal reaches the caller", async (t) => {
  const { bob, call } = await calling(t);
  await bob.reject(603);
  expect((await call.ended()).code).toBe(603);
});

test("nobody answers for a minute", async (t) => {
  const { bob, call } = await calling(t);
  expect((await call.ended()).code).toBeGreaterThan(399);
  expect(t.now).toBeGreaterThan(59);
  expect(bob).toHaveCalls(0);
});

test("digits and texts go through", async (t) => {
  const { alice, bob } = await calling(t);
  await bob.answer();
  await alice.sendDigits("1w2");
  await alice.sendInfo("application/dtmf-relay", "Signal=3");
  await bob.sendText("hello");
  expect(bob.keys).toEqual("12");
  expect(bob.received.map(({ method }) => method)).toEqual(["INFO"]);
  expect(bob.received[0].body).toMatch("Signal=3");
  expect(alice.received).toEqual([{ method: "MESSAGE", body: "hello" }]);
});

test("a phone that has vanished ends the call when the session is refreshed", async (t) => {
  const { alice, bob, call } = await calling(t);
  await bob.answer();
  await bob.vanish();
  t.patience(2000);
  await call.ended();
  expect(alice).toHaveCalls(0);
});

test("a call ends well however the net behaves", async (t) => {
  t.network.weather({ lost: 0.1, doubled: 0.1, delay: [0.01, 0.3] });
  const [alice, bob] = [t.phone("alice"), t.phone("bob", { user: "100" }).answersAfter(1)];
  const call = await alice.call("100");
  await call.answered();
  await t.sleep(5);
  expect(alice).toTalkTo(bob);
});
