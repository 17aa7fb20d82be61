//! What phones, the network and `t` can do, in tests of their own: each must pass.

use switchhook::cli::test::Ended;

use crate::folder::played;

const TESTS: &str = r#"
const two = (t) => [t.phone("alice"), t.phone("bob")];

test("a phone registers with the password of the configuration", async (t) => {
  const [alice, bob] = two(t);
  expect(bob.news).toEqual(["has its REGISTER answered: 200"]);
  await alice.call("bob");
  await bob.answer();
  expect(alice).toTalkTo(bob);
});

test("a wrong password calls nobody", async (t) => {
  const alice = t.phone("alice", { password: "guessed" });
  expect((await (await alice.call("bob")).ended()).code).toBeGreaterThan(400);
});

test("who has no password where others have one is a stranger", async (t) => {
  const stranger = t.phone("stranger");
  const call = await stranger.call("bob");
  expect(call.state).toBe("over");
  expect([401, 403]).toContain(call.code);
});

test("a user of the test's own registers too", async (t) => {
  const [alice, carol] = [t.phone("alice"), t.phone("carol", { password: "her own" })];
  await alice.call(carol);
  await carol.answer();
  expect(alice).toTalkTo(carol);
  expect(carol).not.toTalkTo(t.phone("bob"));
});

test("phones do by themselves what they are told once", async (t) => {
  const [alice, bob] = two(t);
  bob.answersAfter(2).hangsUpAfter(5);
  const call = await alice.call("bob");
  await call.answered();
  expect(t.now).toBeGreaterThan(2);
  await call.ended();
  expect(t.now).toBeGreaterThan(5);
  bob.isSilent();
  const next = await alice.givesUpAfter(3).call("bob");
  expect(next.state).toBe("calling");
  await next.ended();
  expect(bob.calls.length).toBe(0);
});

test("a phone that is switched off is no phone, and comes back", async (t) => {
  const [alice, bob] = two(t);
  await bob.switchOff();
  const call = await alice.call("bob");
  expect((await call.ended()).code).toBeGreaterThan(399);
  await bob.back();
  await alice.call("bob");
  await bob.answer();
  expect(alice).toTalkTo(bob);
});

test("the network loses, doubles and delays what the test names", async (t) => {
  const [alice, bob] = two(t);
  t.network.lose("200 INVITE", { from: "switchhook", to: alice });
  t.network.double("BYE");
  t.network.delay("180", 0.4, { nth: "every" });
  const call = await alice.call("bob");
  await bob.answer();
  expect(call.state).not.toBe("up");
  await call.answered();
  expect(t.ladder).toMatch(/200 OK \(INVITE\) · lost/);
  expect(t.ladder).toMatch(/180 Ringing \(INVITE\) · late/);
  await call.hangUp();
  expect(t.ladder).toMatch(/BYE .* · doubled/);
  expect(bob).toHaveCalls(0);
});

test("settings are those of the file, by their names", async (t) => {
  const [alice, bob] = two(t);
  t.setting("limits.noAnswerS", 7);
  const call = await alice.call("bob");
  await call.ended();
  expect(t.now).toBeGreaterThan(6.9);
  expect(t.now).toBeLessThan(8);
  expect(bob).toHaveCalls(0);
});

test("codecs that do not meet are made to", async (t) => {
  const [alice, bob] = [t.phone("alice", { codecs: ["G722"] }), t.phone("bob", { codecs: ["PCMU"] })];
  const call = await alice.call("bob");
  await bob.answer();
  expect(bob).toTalkTo(alice);
  expect(call.peer).toBe("bob");
});

test("chance comes from the seed and remarks go into the ladder", async (t) => {
  console.log("now", { a: [1, "x"] }, t.phone("alice"));
  expect(t.ladder).toMatch('now { a: [1, "x"] } the phone alice');
  const throws = [Math.random(), Math.random()];
  expect(throws[0]).not.toBe(throws[1]);
  expect(throws.every((share) => share >= 0 && share < 1)).toBe(true);
});

test("a phone stands for a trunk, both ways", async (t) => {
  const bob = t.phone("bob");
  const far = t.phone("far", { user: "4930123", trunk: "far" });
  await far.call("bob");
  await bob.answer();
  expect(far).toTalkTo(bob);
  await far.hangUp();
  const call = await bob.call("out4930777");
  await far.answer();
  expect(call.state).toBe("up");
  expect(far).toTalkTo(bob);
});

test("hold is seen by both sides", async (t) => {
  const [alice, bob] = two(t);
  const call = await alice.call("bob");
  await bob.answer();
  await call.hold();
  expect(alice).toHearNobody();
  expect(bob).toHear(alice);
  await alice.resume();
  expect(alice).toTalkTo(bob);
});
"#;

/// With `transfer.js`, and with `breaks.js` for those who dial `breaks`.
const TRANSFERS: &str = r#"
async function talking(t) {
  const [alice, bob, carol] = ["alice", "bob", "carol"].map((name) => t.phone(name));
  const call = await alice.call(bob);
  await bob.answer();
  return { alice, bob, carol, call };
}

test("a transfer says how it stands", async (t) => {
  const { bob, carol } = await talking(t);
  bob.leavesOnSuccess(1);
  const transfer = bob.refer(carol);
  expect(transfer.to).toBe("carol");
  expect(await transfer.accepted()).toBe(202);
  expect(transfer.notifies).toEqual([100]);
  await carol.incoming();
  await t.sleep(3);
  expect(transfer.notifies).toEqual([100, 180]);
  await carol.answer();
  expect((await transfer.verdict()).code).toBe(200);
  expect(bob).toHaveCalls(1);
  await t.sleep(1.1);
  expect(bob).toHaveCalls(0);
});

test("a call rings with sound before it is answered", async (t) => {
  const [alice, bob] = [t.phone("alice"), t.phone("bob")];
  alice.call("bob");
  const call = await bob.ring(183);
  expect(call.phone).toBe(bob);
  expect(call.peer).toBe("alice");
  expect(bob.calls).toEqual([call]);
  expect(bob.news).toContain("is called by alice");
  await call.answer();
  expect(alice).toTalkTo(bob);
});

test("a phone that vanishes is heard again when it is back", async (t) => {
  const { alice, bob, call } = await talking(t);
  await bob.vanish();
  await alice.hangUp();
  await t.sleep(5);
  expect(call.state).toBe("over");
  expect(bob).toHaveCalls(1);
  await bob.back();
  await t.until(() => bob.calls.length === 0, "bob to learn that it is over");
});

test("a phone refuses by itself after a while", async (t) => {
  const { bob, carol } = await talking(t);
  carol.rejectsWith(603, 2);
  const before = t.now;
  expect((await bob.refer("carol").verdict()).code).toBe(603);
  expect(t.now - before).toBeGreaterThan(2);
});

test("both hang up at once", async (t) => {
  const { alice, bob } = await talking(t);
  alice.hangUp();
  bob.hangUp();
  await t.settled();
  expect(alice).toHaveCalls(0);
  expect(bob).toHaveCalls(0);
});

test("a script may break where the test says so", async (t) => {
  t.allowFaults();
  const call = await t.phone("alice").call("breaks");
  expect((await call.ended()).code).toBe(500);
  expect(t.log.some((line) => line.startsWith("breaks.js:1:"))).toBeTruthy();
});

test("what is posted to a status URL is seen", async (t) => {
  const alice = t.phone("alice").refusesTransfers(405);
  const call = await alice.call("posts");
  await call.ended();
  expect(t.posts).toContain('"referStatus":405');
});

test("expect has its opposites", async (t) => {
  expect(1).not.toBe(2);
  expect([1, { a: 2 }]).not.toEqual([1, { a: 3 }]);
  expect("some text").toMatch("me te");
  expect("some text").not.toMatch(/^text/);
  expect([{ a: 1 }, { b: 2 }]).toContain({ b: 2 });
  expect(2).not.toBeGreaterThan(2);
  expect(2).not.toBeLessThan(2);
  expect(0).not.toBeTruthy();
  expect(() => t.setting("nonsense", 1)).toThrow(/no setting/);
  expect(() => expect(1).toBe(2)).toThrow("expected 2");
  expect(() => {}).not.toThrow();
  expect(t.phone("alice")).toHearNobody();
});
"#;

#[test]
fn transfers_and_faults_are_seen() {
    let breaks = "VoxEngine.addEventListener(AppEvents.CallAlerting, () => nonsense());";
    let posts = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
        call.addEventListener(CallEvents.Connected, () => {
          call.transferTo({ to: 'carol', statusUrl: 'https://example.com/status' });
        });
        call.addEventListener(CallEvents.TransferFailed, () => call.hangup());
        call.answer();
      });";
    let rules = r#"[
        {"ruleName": "1", "rulePattern": "breaks", "scenarios": ["breaks"]},
        {"ruleName": "2", "rulePattern": "posts", "scenarios": ["posts"]},
        {"ruleName": "3", "scenarios": ["transfer"]}
    ]"#;
    let files = [
        ("transfer.js", include_str!("../../scenarios/transfer.js")),
        ("breaks.js", breaks),
        ("posts.js", posts),
        ("rules.json", rules),
        ("all.test.js", TRANSFERS),
    ];
    let (ended, text) = played(&files, |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}

#[test]
fn phones_do_what_they_are_told() {
    let files = [
        ("desk.js", include_str!("../../scenarios/forward.js")),
        (
            "out.js",
            "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call, destination }) => \
          VoxEngine.easyProcess(call, VoxEngine.callPSTN(destination.slice(3), '4930123')));",
        ),
        (
            "rules.json",
            r#"[{"ruleName": "out", "rulePattern": "out.*", "scenarios": ["out"]},
                           {"ruleName": "in", "scenarios": ["desk"]}]"#,
        ),
        (
            "switchhook.json",
            r#"{
                "users": {"alice": {"password": "a"}, "bob": {"password": "b"}},
                "trunks": {
                    "far": {"uri": "sip:sip.example.net", "username": "u", "password": "p", "register": true, "routes": "\\d+"},
                    "mute": {"uri": "sip:192.0.2.1", "username": "u", "password": "p", "register": true}
                }
            }"#,
        ),
        ("desk.test.js", TESTS),
    ];
    let (ended, text) = played(&files, |_| {});
    assert_eq!(ended, Ended::Passed, "{text}");
}
