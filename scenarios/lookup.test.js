// A call to 5xx rings whoever the CRM names, and the front desk where it names nobody.

const CRM = "https://crm.example/agents";

test("the colleague whom the CRM names is called", async (t) => {
  const [caller, bob] = [t.phone("caller"), t.phone("bob")];
  const crm = t.http(CRM).reply(200, { agent: "bob" });
  const call = await caller.call("500");
  await bob.answer();
  await call.answered();
  expect(caller).toTalkTo(bob);
  expect(crm).toBeAsked(1);
  expect(crm.requests[0].url).toBe("https://crm.example/agents?caller=caller");
});

test("the front desk takes over where the colleague is busy", async (t) => {
  const [caller, alice] = [t.phone("caller"), t.phone("alice")];
  t.phone("bob").rejectsWith(486);
  t.http(CRM).reply(200, { agent: "bob" });
  await caller.call("500");
  await alice.answer();
  expect(caller).toTalkTo(alice);
});

test("a CRM that is slow, broken, gone or confused costs two seconds at most", async (t) => {
  t.phone("alice").answersAfter(0);
  const crm = t.http(CRM).fail("timeout").reply(503).fail("host").reply(200, "<html>").reply(200, { agent: 7 });
  for (let i = 0; i < 5; i++) {
    const caller = t.phone(`caller${i}`);
    const began = t.now;
    const call = await caller.call("500");
    await call.answered();
    expect(t.now - began).toBeLessThan(2.5);
    await call.hangUp();
  }
  expect(crm).toBeAsked(5);
  expect(t.log).toContain("the CRM says no answer within 2 s");
  expect(t.log).toContain("the CRM says 503");
  expect(t.log).toContain("the CRM says no JSON");
});

test("a caller who gives up while the CRM thinks leaves nothing behind", async (t) => {
  const [caller, bob] = [t.phone("caller"), t.phone("bob")];
  t.http(CRM).reply(200, { agent: "bob" }).after(1.5);
  const call = await caller.call("500");
  await call.hangUp();
  await t.sleep(3);
  expect(bob).toHaveCalls(0);
});
