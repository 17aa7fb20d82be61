//! Scripts that mean harm, in the running program beside healthy calls.
//!
//! There are two script threads. Calls are placed one after another, so that they take turns between the
//! threads; then every second one hangs up. What is left lives on one thread, all but a few, and the new
//! calls, the hostile ones, go to the other, which has less to do.

mod live;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use live::{Caller, Program};
use serde_json::Value;

/// So many calls are on the other thread and must not notice anything.
const HEALTHY_CALLS: usize = 50;

/// How long a session's end may take from its INVITE on: its turn, the watchdog's patience, and SIP.
const ENDS_WITHIN: Duration = Duration::from_secs(2);

#[test]
fn a_hostile_script_ends_its_own_session_and_no_other() {
    let hostile = hostile_scripts();
    assert!(hostile.len() >= 51, "the collection is whole");
    let program = Program::start(&scenarios(&hostile), CONFIG);
    let mut caller = Caller::new(program.sip);

    let mut calls = Vec::new();
    for _ in 0..2 * HEALTHY_CALLS + 40 {
        let call = caller.invite("healthy");
        let answer = caller.await_call(&call, &program, |call| call.answer.is_some());
        assert_eq!(answer.answer.map(|(code, _)| code), Some(200));
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
    for (name, _) in &hostile {
        let asked = Instant::now();
        let call = caller.invite(&format!("hostile-{name}"));
        let ended = caller.await_call(&call, &program, |call| call.answer.is_some());
        let (code, when) = ended.answer.expect("it was waited for");
        if code < 300 || when.duration_since(asked) > ENDS_WITHIN {
            slow.push(format!(
                "{name}: {code} after {:?}",
                when.duration_since(asked)
            ));
        }
        await_verdict(&program, name, code);
    }
    let (p99, worst, lost) = pings.stop();
    assert!(slow.is_empty(), "{slow:#?}\n{}", program.said());
    assert_eq!(lost, 0, "every OPTIONS is answered");
    assert!(
        p99 < Duration::from_millis(50),
        "OPTIONS: p99 {p99:?}, worst {worst:?}"
    );

    let mut survivors = 0;
    for call in &healthy {
        if caller.call(call).ended {
            continue;
        }
        survivors += 1;
        caller.bye(call);
        let ended = caller.await_call(call, &program, |call| call.bye_answer.is_some());
        assert_eq!(ended.bye_answer, Some(200), "{}", program.said());
    }
    // A call may have been placed beside the hostile ones; it shares their fate only where the log says so.
    let log = program.said();
    let shared = log
        .lines()
        .filter(|line| line.contains("known to be wrong with healthy"))
        .count();
    assert_eq!(survivors + shared, healthy.len(), "{log}");
    assert!(
        survivors >= HEALTHY_CALLS,
        "{survivors} of {} calls survive:\n{log}",
        healthy.len()
    );
    assert_eq!(program.get("/healthz").0, 200);
    assert!(
        !program.said().contains("internal fault"),
        "{}",
        program.said()
    );
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

const CONFIG: &str = r#"{"limits": {"workers": 2, "turnMs": 250, "abandonedWorkers": 60}}"#;

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

/// OPTIONS every ten milliseconds, on a thread of its own.
struct Pings {
    enough: Arc<AtomicBool>,
    thread: thread::JoinHandle<(Vec<Duration>, usize)>,
}

impl Pings {
    fn start(sip: std::net::SocketAddr) -> Pings {
        let enough = Arc::new(AtomicBool::new(false));
        let stop = enough.clone();
        let thread = thread::spawn(move || {
            let (mut took, mut lost) = (Vec::new(), 0);
            while !stop.load(Ordering::Relaxed) {
                match live::ping(sip, Duration::from_secs(5)) {
                    Some(time) => took.push(time),
                    None => lost += 1,
                }
                thread::sleep(Duration::from_millis(10));
            }
            (took, lost)
        });
        Pings { enough, thread }
    }

    /// The 99th percentile, the worst, and how many had no answer.
    fn stop(self) -> (Duration, Duration, usize) {
        self.enough.store(true, Ordering::Relaxed);
        let (mut took, lost) = self.thread.join().expect("the pings");
        took.sort();
        let at = took.len() * 99 / 100;
        (took[at.min(took.len() - 1)], took[took.len() - 1], lost)
    }
}
