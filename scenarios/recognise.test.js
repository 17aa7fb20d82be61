// A call to 703 is asked for a word.

const asked = async (t) => {
  const caller = t.phone("caller");
  const call = await caller.call("703");
  await call.answered();
  await t.sleep(2); // the question takes 60 ms a character
  return caller;
};

test("a word chooses the desk", async (t) => {
  const bob = t.phone("bob");
  t.recognise("Support, please.");
  const caller = await asked(t);
  caller.say("speech", { seconds: 1 });
  await bob.answer();
  expect(caller).toTalkTo(bob);
});

test("whoever is not understood is asked again, three times at most", async (t) => {
  const alice = t.phone("alice");
  t.recognise("what?", "", { text: "the weather", confidence: 20 });
  const caller = await asked(t);
  for (let n = 0; n < 3; n++) {
    caller.say("speech", { seconds: 1 });
    await t.sleep(5);
  }
  await alice.answer();
  expect(caller).toTalkTo(alice);
});

test("whoever nobody can understand gets the first desk", async (t) => {
  const alice = t.phone("alice");
  t.recognise({ error: "the recogniser has answered 401" });
  const caller = await asked(t);
  caller.say("speech", { seconds: 1 });
  await alice.answer();
  expect(t.log).toContain("not recognised: the recogniser has answered 401");
  expect(caller).toTalkTo(alice);
});
