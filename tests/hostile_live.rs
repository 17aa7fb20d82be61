//! Scripts that mean harm, in the running program beside healthy calls.
//!
//! There are two script threads. Calls are placed one after another, so that they take turns between the
//! threads; then every second one hangs up. What is left lives on one thread, all but a few, and the new
//! calls, the hostile ones, go to the other, which has less to do.

mod live;

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use live::{Caller, Program};
use serde_json::Value;

/// So many calls are on the other thread and must not notice anything.
const HEALTHY_CALLS: usize = 50;

/// How long a session's end may take beside its turn, from its INVITE on: the watchdog's patience, and SIP.
const ENDS_WITHIN: Duration = Duration::from_millis(1_750);

/// Where the machine has no time even for healthy scripts or for an echo, it is tried again with longer turns.
#[test]
fn a_hostile_script_ends_its_own_session_and_no_other() {
    let hostile = hostile_scripts();
    assert!(hostile.len() >= 51, "the collection is whole");
    let mut turns_ms = [250, 1_000, 4_000].into_iter();
    live::at_its_best(|| {
        let turn_ms = turns_ms.next().unwrap_or(4_000);
        hostile_beside_healthy(&hostile, Duration::from_millis(turn_ms))
    });
}

fn hostile_beside_healthy(hostile: &[(String, String)], turn: Duration) -> anyhow::Result<()> {
    let program = Program::start(&scenarios(hostile), &config(turn));
    let mut caller = Caller::new(program.sip);

    let mut calls = Vec::new();
    for _ in 0..2 * HEALTHY_CALLS + 40 {
        let call = caller.invite("healthy");
        let answer = caller.await_call(&call, &program, |call| call.answer.is_some());
        let code = answer.answer.map(|(code, _)| code);
        ensure!(code == Some(200), "{code:?} of a healthy script");
        calls.push(call);
    }
    let mut healthy = Vec::new();
    for (index, call) in calls.into_iter().enumerate() {
        if index % 2 == 0 {
            healthy.push(call);
            continue;
        }
        caller.bye(&call);
        caller.await_call(&call, &program, |call| call.bye_answer.is_some());
    }

    let pings = Pings::start(program.sip);
    let mut slow = Vec::new();
    for (name, _) in hostile {
        let asked = Instant::now();
        let call = caller.invite(&format!("hostile-{name}"));
        let ended = caller.await_call(&call, &program, |call| call.answer.is_some());
        let (code, when) = ended.answer.expect("it was waited for");
        assert!(code >= 300, "{name}: {code}");
        let took = when.duration_since(asked);
        if took > turn + ENDS_WITHIN {
            slow.push(format!("{name}: {code} after {took:?}"));
        }
        await_verdict(&program, name, code);
    }
    let (ours, echo) = pings.stop();
    assert_eq!(ours.lost, 0, "every OPTIONS is answered");
    ensure!(slow.is_empty(), "{slow:#?}");
    // A machine that is busy keeps an echo waiting as well.
    ensure!(
        ours.p99 < Duration::from_millis(50) + 4 * echo.p99,
        "OPTIONS: {ours:?}, echo: {echo:?}"
    );

    let mut survivors = 0;
    for call in &healthy {
        if caller.call(call).ended {
            continue;
        }
        caller.bye(call);
        let over = caller.await_call(call, &program, |call| call.bye_answer.is_some());
        // Its own BYE may have been on its way here.
        if !over.ended {
            assert_eq!(over.bye_answer, Some(200), "{}", program.said());
            survivors += 1;
        }
    }
    // A call may have been placed beside the hostile ones; it shares their fate only where the log says so.
    let deadline = Instant::now() + live::PATIENCE;
    loop {
        let log = program.said();
        let shared = log.matches("known to be wrong with healthy").count();
        if survivors + shared == healthy.len() {
            break;
        }
        let condemned = log.matches("scenario healthy held").count();
        ensure!(
            condemned == 0,
            "the machine has no time for healthy scripts"
        );
        assert!(Instant::now() < deadline, "{survivors} and {shared}: {log}");
        thread::sleep(Duration::from_millis(10));
    }
    assert!(
        survivors >= HEALTHY_CALLS,
        "{survivors} of {} calls survive:\n{}",
        healthy.len(),
        program.said()
    );
    assert_eq!(program.get("/healthz").0, 200);
    assert!(
        !program.said().contains("internal fault"),
        "{}",
        program.said()
    );
    Ok(())
}

#[test]
fn a_program_whose_threads_wedge_too_often_says_so_and_ends() {
    let wedging = [("products".to_string(), WEDGING.to_string())];
    let config = r#"{"limits": {"workers": 1, "turnMs": 100, "abandonedWorkers": 0}}"#;
    let mut program = Program::start(&scenarios(&wedging), config);
    let mut caller = Caller::new(program.sip);
    let call = caller.invite("hostile-products");
    let ended = caller.await_call(&call, &program, |call| call.answer.is_some());
    assert_eq!(ended.answer.map(|(code, _)| code), Some(500));
    assert_eq!(program.exit_code(), 0, "{}", program.said());
    assert!(
        program
            .said()
            .contains("too many script threads were wedged"),
        "{}",
        program.said()
    );
}

/// Nothing stops this but the watchdog: the engine asks the clock once in ten thousand rounds, and
/// each round is a product of numbers of half a million bits.
const WEDGING: &str = "const x = (1n << 500000n) - 1n; for (;;) x * x;";

/// The log names the session that the rule began, and says of the same session how it ended.
fn await_verdict(program: &Program, rule: &str, code: u16) {
    let deadline = Instant::now() + live::PATIENCE;
    loop {
        let log = program.said();
        let lines: Vec<Value> = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        let begun = lines
            .iter()
            .find(|line| line["rule"] == rule)
            .map(|line| &line["session"]);
        let ended = lines.iter().any(|line| {
            let of_it = begun.is_some_and(|session| line["session"] == *session);
            // A script that did no harm rejected the call with 480 itself.
            of_it && (code == 480 || line["level"] == "WARN" || line["level"] == "ERROR")
        });
        if ended {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "the log does not say how {rule} ended with {code}:\n{log}"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

fn config(turn: Duration) -> String {
    let turn_ms = turn.as_millis();
    format!(r#"{{"limits": {{"workers": 2, "turnMs": {turn_ms}, "abandonedWorkers": 60}}}}"#)
}

const HEALTHY: &str = "
    VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
        call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
        call.answer();
    });";

/// Name and body of each; the body runs when the call comes.
fn hostile_scripts() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile");
    let mut scripts: Vec<(String, String)> = fs::read_dir(folder)
        .expect("the collection is there")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "js"))
        .map(|path| {
            let name = path
                .file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(&path).expect("a script"))
        })
        .collect();
    scripts.sort();
    scripts
}

/// A script that does no harm after all ends its call itself.
fn scenarios(hostile: &[(String, String)]) -> Vec<(String, String)> {
    let mut files = vec![("healthy.js".to_string(), HEALTHY.to_string())];
    let mut rules = vec![serde_json::json!({
        "ruleName": "healthy", "rulePattern": "healthy", "scenarios": ["healthy"]
    })];
    for (name, body) in hostile {
        let text = format!(
            "VoxEngine.addEventListener(AppEvents.CallAlerting, (event) => {{\n\
             Logger.write('hostile-{name} begins');\n{{\n{body}\n}}\nevent.call.reject(480);\n}});\n"
        );
        files.push((format!("hostile-{name}.js"), text));
        rules.push(serde_json::json!({
            "ruleName": name, "rulePattern": format!("hostile-{name}"), "scenarios": [format!("hostile-{name}")]
        }));
    }
    files.push((
        "rules.json".to_string(),
        serde_json::Value::from(rules).to_string(),
    ));
    files
}

/// OPTIONS every ten milliseconds, and as often a datagram to an echo of our own, on a thread of its own.
struct Pings {
    enough: Arc<AtomicBool>,
    thread: thread::JoinHandle<(Took, Took)>,
}

/// The 99th percentile, the worst, and how many had no answer.
#[derive(Debug)]
struct Took {
    p99: Duration,
    #[allow(dead_code)] // it is told where something is wrong
    worst: Duration,
    lost: usize,
}

impl Pings {
    fn start(sip: std::net::SocketAddr) -> Pings {
        let echo = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let beside = echo.local_addr().expect("it is bound");
        let enough = Arc::new(AtomicBool::new(false));
        let (stop, over) = (enough.clone(), enough.clone());
        echo.set_read_timeout(Some(Duration::from_millis(100)))
            .expect("not zero");
        thread::spawn(move || {
            let mut datagram = [0; 4096];
            while !over.load(Ordering::Relaxed) {
                if let Ok((length, from)) = echo.recv_from(&mut datagram) {
                    let _ = echo.send_to(&datagram[..length], from);
                }
            }
        });
        let thread = thread::spawn(move || {
            let (mut ours, mut others) = (Vec::new(), Vec::new());
            while !stop.load(Ordering::Relaxed) {
                ours.push(live::ping(sip, live::PATIENCE));
                others.push(live::ping(beside, live::PATIENCE));
                thread::sleep(Duration::from_millis(10));
            }
            (Took::of(ours), Took::of(others))
        });
        Pings { enough, thread }
    }

    /// The program's, and the echo's.
    fn stop(self) -> (Took, Took) {
        self.enough.store(true, Ordering::Relaxed);
        self.thread.join().expect("the pings")
    }
}

impl Took {
    fn of(pings: Vec<Option<Duration>>) -> Took {
        let mut took: Vec<Duration> = pings.iter().flatten().copied().collect();
        took.sort();
        let at = took.len() * 99 / 100;
        Took {
            p99: took[at.min(took.len() - 1)],
            worst: took[took.len() - 1],
            lost: pings.len() - took.len(),
        }
    }
}
