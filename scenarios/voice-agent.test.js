const AGENT = "wss://agent.example/calls";

test("the caller and the agent hear each other, and an interruption silences the agent", async (t) => {
  const agent = t.socket(AGENT);
  const caller = t.phone("caller");
  await caller.call("704");
  expect(JSON.parse(await agent.message())).toEqual({ type: "call", from: "caller", to: "704" });
  expect(agent.streams[0]).toEqual({
    tag: "caller",
    mediaFormat: { encoding: "PCM16", sampleRate: 16000, channels: 1 },
    customParameters: { from: "caller" },
  });

  caller.say(440);
  await t.sleep(1);
  expect(agent.hears(440)).toBe(true);

  await agent.say(1000, 8);
  await t.sleep(1);
  expect(caller).toHearTone(1000);
  await agent.send({ type: "clear" });
  await t.sleep(1);
  expect(caller).not.toHearTone(1000);

  await caller.sendDigits("5");
  expect(JSON.parse(await agent.message())).toEqual({ type: "key", key: "5" });
  await agent.send({ type: "hangup" });
  expect(caller).toHaveCalls(0);
  expect(agent.open).toBe(0);
});

test("the agent hands the caller on to a person", async (t) => {
  const agent = t.socket(AGENT);
  const caller = t.phone("caller");
  const bob = t.phone("bob");
  await caller.call("704");
  await agent.connected();
  await agent.send({ type: "transfer", to: "bob" });
  await bob.answer();
  expect(caller).toTalkTo(bob);
  expect(agent.open).toBe(0);
  await bob.hangUp();
  expect(caller).toHaveCalls(0);
});

test("where the agent is not there, a person answers", async (t) => {
  t.socket(AGENT).fail();
  const caller = t.phone("caller");
  const alice = t.phone("alice");
  await caller.call("704");
  await alice.answer();
  expect(caller).toTalkTo(alice);
});

test("where the agent breaks down in the middle, a person takes over", async (t) => {
  const agent = t.socket(AGENT);
  const caller = t.phone("caller");
  const alice = t.phone("alice");
  await caller.call("704");
  await agent.connected();
  await agent.break();
  await alice.answer();
  expect(caller).toTalkTo(alice);
});
