// A call to 8 goes to Bob, or to what picks up for him.

async function calling(t) {
  const [alice, bob] = [t.phone("alice"), t.phone("bob")];
  t.clip("chime.wav", 2);
  const call = await alice.call("8");
  await bob.answer();
  return { alice, bob, call };
}

test("a human is joined", async (t) => {
  const { alice, bob, call } = await calling(t);
  bob.say("speech", { seconds: 0.6 });
  await call.answered();
  expect(t.now).toBeLessThan(4);
  expect(alice).toTalkTo(bob);
});

test("whoever says nothing is joined when the time is over", async (t) => {
  const { alice, bob, call } = await calling(t);
  await call.answered();
  expect(t.now).toBeGreaterThan(5.9);
  expect(alice).toTalkTo(bob);
});

test("a machine gets the message after its beep", async (t) => {
  const { bob, call } = await calling(t);
  bob.say("speech", { seconds: 7 });
  await t.sleep(7.5);
  expect(call.state).toEqual("ringing");
  bob.say(1000, { seconds: 0.5 });
  expect((await call.ended()).code).toEqual(480);
  expect(t.now).toBeLessThan(9);
});

test("a machine without a beep gets it when it is silent", async (t) => {
  const { bob, call } = await calling(t);
  bob.say("speech", { seconds: 7 });
  expect((await call.ended()).code).toEqual(480);
  expect(t.now).toBeGreaterThan(9);
  await t.sleep(3);
  expect(bob).toHaveCalls(0);
});

test("a refusal is passed on", async (t) => {
  const [alice, bob] = [t.phone("alice"), t.phone("bob")];
  const call = await alice.call("8");
  await bob.reject(486);
  expect((await call.ended()).code).toEqual(486);
});
