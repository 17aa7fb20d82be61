// A call to 6xx goes to the user that was dialled, unless that user has blocked the caller.

/** Mallory calls Bob at 600. @param {Trial} t */
async function calling(t) {
  const [mallory, bob] = [t.phone("mallory"), t.phone("bob", { user: "600" })];
  const call = await mallory.call("600");
  return { mallory, bob, call };
}

test("whoever is not blocked gets through", async (t) => {
  const { mallory, bob } = await calling(t);
  await bob.answer();
  expect(mallory).toTalkTo(bob);
});

test("a caller who was blocked is refused from then on, and no longer than a week", async (t) => {
  const { mallory, bob, call } = await calling(t);
  await bob.answer();
  await bob.sendText("Block");
  await call.ended();
  expect(t.storage.get("blocked:mallory")).toBe("by 600");

  const again = await mallory.call("600");
  expect((await again.ended()).code).toBe(603);
  expect(bob).toHaveCalls(0);

  await t.sleep(6.9 * 86400);
  const later = await mallory.call("600");
  expect((await later.ended()).code).toBe(603);
  await t.sleep(0.2 * 86400);
  await mallory.call("600");
  await bob.answer();
  expect(mallory).toTalkTo(bob);
});

test("others are not blocked with the one", async (t) => {
  t.storage.set("blocked:eve", "by 600");
  const { mallory, bob } = await calling(t);
  await bob.answer();
  expect(mallory).toTalkTo(bob);
  const call = await t.phone("eve").call("600");
  expect((await call.ended()).code).toBe(603);
});

test("a broken disk blocks nobody", async (t) => {
  t.storage.fail("the disk is full");
  const { mallory, bob } = await calling(t);
  await bob.answer();
  expect(mallory).toTalkTo(bob);
  expect(t.log).toContain("nobody is blocked as long as ApplicationStorage.get: the disk is full");
});
