//! The running program's life: it starts clearly or not at all, drains when asked, ends when told.

mod live;

use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use live::{Caller, Program};

const STAY: &str = "
    VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
        call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
        call.answer();
    });";

#[test]
fn a_port_that_is_taken_is_told_in_one_line_and_nothing_starts() {
    let taken = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let sip = taken.local_addr().expect("bound");
    let mut program = Program::spawn(&scenario(), "{}", sip);
    assert_ne!(program.exit_code(), 0);
    let said = program.said();
    let told: Vec<&str> = said
        .lines()
        .filter(|line| line.contains(&sip.to_string()))
        .collect();
    assert_eq!(told.len(), 1, "{said}");
}

#[test]
fn a_fault_in_the_configuration_is_told_with_its_place_and_nothing_starts() {
    let mut program = Program::spawn(&scenario(), "{\n  \"usres\": {}\n}", live::ANY);
    assert_ne!(program.exit_code(), 0);
    assert!(
        program.said().contains("switchhook.json:2:9"),
        "{}",
        program.said()
    );
}

#[test]
fn a_drain_refuses_new_calls_and_lets_the_running_one_end() {
    let mut program = Program::start(&scenario(), "{}");
    let mut caller = Caller::new(program.sip);
    let running = caller.invite("anybody");
    caller.await_call(&running, &program, |call| call.answer.is_some());

    program.signal("TERM");
    // The signal is on its way: calls are taken until it has arrived.
    let refused = loop {
        let call = caller.invite("late");
        let answer = caller
            .await_call(&call, &program, |call| call.answer.is_some())
            .answer;
        match answer.map(|(code, _)| code) {
            Some(200) => {
                caller.bye(&call);
                caller.await_call(&call, &program, |call| call.bye_answer.is_some());
            }
            other => break other,
        }
    };
    assert_eq!(refused, Some(503));
    assert!(!caller.call(&running).ended);
    caller.bye(&running);
    caller.await_call(&running, &program, |call| call.bye_answer == Some(200));
    assert_eq!(program.exit_code(), 0, "{}", program.said());
}

#[test]
fn a_second_signal_ends_everything_at_once() {
    let mut program = Program::start(&scenario(), "{}");
    let mut caller = Caller::new(program.sip);
    let running = caller.invite("anybody");
    caller.await_call(&running, &program, |call| call.answer.is_some());
    program.signal("TERM");
    let drains = || live::ping(program.sip, live::PATIENCE).is_some();
    assert!(
        drains(),
        "the first signal only drains:\n{}",
        program.said()
    );
    program.signal("INT");
    caller.await_call(&running, &program, |call| call.ended);
    assert_eq!(program.exit_code(), 0, "{}", program.said());
}

#[test]
fn a_call_that_outlives_the_drain_is_hung_up_on() {
    let mut program = Program::start(&scenario(), r#"{"limits": {"drainS": 1}}"#);
    let mut caller = Caller::new(program.sip);
    let running = caller.invite("anybody");
    caller.await_call(&running, &program, |call| call.answer.is_some());
    program.signal("TERM");
    caller.await_call(&running, &program, |call| call.ended);
    assert_eq!(program.exit_code(), 0, "{}", program.said());
}

#[test]
fn the_demonstration_holds_every_check() {
    let demo = Command::new(env!("CARGO_BIN_EXE_switchhook"))
        .arg("demo")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"))
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&demo.stdout);
    assert!(demo.status.success(), "{said}");
    assert_eq!(said.matches("✓").count(), 10, "{said}");
    assert!(
        said.contains("REFER sip:alice@switchhook · to sip:carol@switchhook"),
        "{said}"
    );
}

#[test]
fn health_and_figures_are_told_over_http() {
    let program = Program::start(&scenario(), "{}");
    let mut caller = Caller::new(program.sip);
    let call = caller.invite("anybody");
    caller.await_call(&call, &program, |call| call.answer.is_some());
    assert_eq!(program.get("/healthz").0, 200);
    let deadline = Instant::now() + live::PATIENCE;
    // The gauges are read off once a second.
    while !program.get("/metrics").1.contains("switchhook_sessions 1") {
        assert!(Instant::now() < deadline, "{}", program.get("/metrics").1);
    }
}

fn scenario() -> Vec<(String, String)> {
    vec![("stay.js".to_string(), STAY.to_string())]
}
