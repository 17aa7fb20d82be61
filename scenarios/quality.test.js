// A call to 750 is watched on both sides.

const said = (t, text) => t.log.some((line) => line.includes(text));

test("in the end the log says how each side was", async (t) => {
  const alice = t.phone("alice", { codecs: ["G722"] });
  const bob = t.phone("bob", { user: "750", codecs: ["PCMA"] });
  await alice.call("750");
  await bob.answer();
  alice.say("speech");
  bob.say("speech");
  await t.sleep(12);
  expect(bob).toHearSpeech(alice);
  await alice.hangUp();
  await t.sleep(1);
  expect(said(t, "alice: HD, at worst 0 % lost")).toBe(true);
  expect(said(t, "750: Standard, at worst 0 % lost")).toBe(true);
  expect(said(t, "sounds bad")).toBe(false);
});

test("a side that falls silent is told, and that it is back", async (t) => {
  const alice = t.phone("alice");
  const bob = t.phone("bob", { user: "750" });
  await alice.call("750");
  await bob.answer();
  bob.say(440);
  await t.sleep(3);
  bob.silence();
  await t.sleep(8);
  expect(said(t, "750 is not heard any more")).toBe(true);
  expect(said(t, "750 is heard again")).toBe(false);
  bob.say(440);
  await t.sleep(1);
  expect(said(t, "750 is heard again")).toBe(true);
  expect(said(t, "alice is not heard")).toBe(false);
});
