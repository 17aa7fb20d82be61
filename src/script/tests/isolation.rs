//! Nothing leaks: not between two sessions, not from the API into a script's hands, not from a dropped isolate.

use expect_test::expect;

use super::*;

/// A script that breaks everything it can reach.
const VANDAL: &str = r#"
const listed = Reflect.ownKeys;
const holders = [Object, Array, String, Function, Promise, Reflect, JSON, Math, Date, Map, WeakSet, Proxy, Error, TypeError, Number,
  Object.prototype, Array.prototype, String.prototype, Function.prototype, Promise.prototype, WeakSet.prototype, Map.prototype, Error.prototype];
for (let i = 0; i < holders.length; i++) {
  const names = listed(holders[i]);
  for (let n = 0; n < names.length; n++)
    if (names[n] !== "prototype" && names[n] !== "__proto__") try { holders[i][names[n]] = undefined } catch {}
}
const globals = ["Object", "Array", "String", "Function", "Promise", "Reflect", "JSON", "Math", "Date", "Proxy", "Error", "TypeError", "Symbol", "WeakSet", "Number"];
for (let i = 0; i < globals.length; i++) globalThis[globals[i]] = undefined;
"#;

const POISON: &str = r#"
for (const name of ["headers", "call", "get", "set", "value", "writable", "enumerable", "callback", "next", "Connected", "name", "kind", "timeout", "0", "1", "toJSON", "then"])
  Object.defineProperty(Object.prototype, name, {__proto__: null, configurable: true, get() { return undefined }, set(v) { throw new Error("poison " + name) }});
Object.defineProperty(Array.prototype, Symbol.iterator, {__proto__: null, value() { throw new Error("poison iterator") }});
Error.stackTraceLimit = 50;
"#;

const PLAIN: &str = r#"
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  const out = VoxEngine.callUser({username: e.destination, callerid: e.callerid, extraHeaders: {"X-A": e.headers["x-tenant"]}});
  out.addEventListener(CallEvents.Connected, (o) => {
    e.call.answer(o.headers, {scheme: o.scheme});
    VoxEngine.sendMediaBetween(e.call, out);
    setTimeout(() => { Logger.write("later"); out.hangup() }, 5);
  });
  out.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
});
"#;

fn played(source: &str) -> String {
    let mut stage = Stage::alerted(source);
    stage
        .play(connected(1))
        .play(connected(0))
        .play(Event::Timer { id: 1 })
        .play(disconnected(1))
        .play(Event::Terminating)
        .play(Event::Terminated);
    stage.told
}

#[test]
fn the_api_works_on_whatever_a_script_breaks() {
    let plain = played(PLAIN);
    expect![[r#"
        ▸ call0 alerting
          call user 2002 as call1 callerid=1001 [X-A: blue]
          call1 listens to Connected: true
          call1 listens to Disconnected: true
        ▸ call1 Connected
          answer call0 [X-Answered: yes]
          call1 hears call0
          call0 hears call1
          timer 1 in 5 ms
        ▸ timer 1
          log later
          hang up call1
        ▸ call1 Disconnected
          terminate
    "#]]
    .assert_eq(&plain);
    assert_eq!(played(&format!("{VANDAL}{PLAIN}")), plain);
    assert_eq!(played(&format!("{POISON}{PLAIN}")), plain);
}

#[test]
fn one_sessions_vandal_is_not_seen_by_the_next() {
    let plain = played(PLAIN);
    let _vandal = Stage::alerted(&format!(
        "{VANDAL}; Object.prototype.x = 1; globalThis.leak = 1; VoxEngine.leak = 1;"
    ));
    assert_eq!(played(PLAIN), plain);
    expect![[r#"
        ▸ Started
          log undefined,,,
    "#]]
    .assert_eq(
        &Stage::started("trace([typeof leak, ({}).x, VoxEngine.leak, CallEvents.leak].join())")
            .told,
    );
}

#[test]
fn what_a_script_sees_may_be_replaced() {
    let mut stage = Stage::alerted(
        "VoxEngine.easyProcess = (a, b) => trace('mine');\n\
         Logger.write = ((old) => (x) => old('[' + x + ']'))(Logger.write);\n\
         VoxEngine.extra = 1; CallEvents.Mine = 'mine';\n\
         VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {\n\
           Object.getPrototypeOf(e.call).greet = function () { return 'hello ' + this.callerid() };\n\
           e.call.tag = 5; e.headers['X-New'] = 'n'; e.extra = 1;\n\
           Logger.write(e.call.greet() + e.call.tag + e.headers['x-new'] + VoxEngine.extra);\n\
           VoxEngine.easyProcess(e.call, e.call);\n\
           Logger.write(Object.keys(e.call) + Object.isFrozen(VoxEngine) + Object.isFrozen(e));\n\
         });",
    );
    stage.play(disconnected(0));
    expect![[r#"
        ▸ call0 alerting
          log [hello 10015n1]
          log mine
          log [tagfalsefalse]
    "#]]
    .assert_eq(&stage.told);
}

#[test]
fn a_script_cannot_make_a_call_object() {
    let stage = Stage::alerted(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {\n\
           const told = (f) => { try { trace(f()) } catch (e) { trace(e) } };\n\
           told(() => new call.constructor({}, {id: 0}));\n\
           told(() => Object.create(Object.getPrototypeOf(call)).hangup());\n\
           told(() => call.hangup.call(new Proxy(call, {})));\n\
           told(() => VoxEngine.sendMediaBetween(call, {id: () => 0}));\n\
           told(() => call.sendMediaTo());\n\
           const { answer } = call; told(() => answer());\n\
         });",
    );
    expect![[r#"
        ▸ call0 alerting
          log TypeError: a Call comes in, or VoxEngine.callUser, callSIP, callPSTN or callConference makes it; new does not
          log TypeError: Call.hangup was called without its call; write () => call.hangup()
          log TypeError: Call.hangup was called without its call; write () => call.hangup()
          log TypeError: VoxEngine.sendMediaBetween: this object is not a call or another media unit
          log TypeError: Call.sendMediaTo: undefined is not a call or another media unit
          log TypeError: Call.answer was called without its call; write () => call.answer()
    "#]]
    .assert_eq(&stage.told);
}

#[test]
fn thousands_of_isolates_come_and_go() {
    // A process has one figure for all that its tests hold: this one is played again in a process of its own.
    const ALONE: &str = "SWITCHHOOK_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let name = "script::tests::isolation::thousands_of_isolates_come_and_go";
        let alone = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env(ALONE, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&alone.stdout);
        assert!(
            alone.status.success() && said.contains(" 1 passed"),
            "{said}"
        );
        return;
    }
    let program = program(&[("test.js", PLAIN)]);
    let now = Now {
        at: Instant::now(),
        unix_ms: 0,
    };
    let mut heaps = Vec::new();
    for seed in 0..600 {
        let mut isolate = Isolate::warm(&Limits::default()).expect("there is memory");
        isolate.load(program.clone(), seed);
        for event in [started(), alerting(), connected(1)] {
            let turn = isolate.turn(event, now, Box::new(|| false));
            assert_eq!(turn.fault, None);
        }
        if seed % 3 == 0 {
            isolate.turn(Event::Terminating, now, Box::new(|| false));
        }
        if seed % 150 == 0 {
            heaps.push(resident_bytes());
        }
    }
    let (first, last) = (heaps[1], resident_bytes());
    assert!(last < first + (8 << 20), "from {first} to {last} bytes");
}

#[test]
fn an_isolate_may_be_dropped_at_any_moment() {
    let sources = [
        "for (;;) {}",
        "const p = new Promise(() => {}); (async () => { await p })(); setTimeout(() => p, 5)",
        "Promise.reject(new Error('x')); throw null",
        "const a = []; for (;;) a.push(new Array(1000))",
        "function f() { Promise.resolve().then(f) } f()",
        "const cycle = {}; cycle.cycle = cycle; VoxEngine.cycle = cycle; Error.prepareStackTrace = (e, s) => { cycle.s = s; return s }; new Error().stack",
    ];
    for source in sources {
        let mut isolate = Isolate::warm(&Limits::default()).expect("there is memory");
        drop(Isolate::warm(&Limits::default()));
        isolate.load(program(&[("test.js", source)]), 1);
        let mut looks = 0;
        let now = Now {
            at: Instant::now(),
            unix_ms: 0,
        };
        let turn = isolate.turn(
            started(),
            now,
            Box::new(move || {
                looks += 1;
                looks > 100
            }),
        );
        assert_eq!(
            turn.fault.is_some(),
            !source.contains("setTimeout") && !source.contains("cycle"),
            "{source}"
        );
    }
}

#[test]
fn a_turn_that_panics_leaves_an_isolate_that_can_be_dropped() {
    let mut isolate = Isolate::warm(&Limits::default()).expect("there is memory");
    isolate.load(
        program(&[(
            "test.js",
            "Promise.reject(new Error('x')); Promise.resolve().then(() => {})",
        )]),
        1,
    );
    let now = Now {
        at: Instant::now(),
        unix_ms: 0,
    };
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        isolate.turn(started(), now, Box::new(|| panic!("the clock is broken")))
    }));
    assert!(panicked.is_err());
    drop(isolate);
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: usize = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok())
        .unwrap_or(0);
    pages * 4096
}
