//! What a script costs: an isolate from its making to its end, and one event of a live one.
//! All figures are CPU time of the thread, so that a busy machine does not change them.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use rustix::time::{ClockId, clock_gettime};

use switchhook::base::{CallId, Now, SessionId};
use switchhook::script::event::{Alerting, CallNews, CallState, HeaderMap};
use switchhook::script::isolate::Limits;
use switchhook::script::program::Scenario;
use switchhook::script::{Event, Isolate, Program};

const SAMPLE: &str = include_str!("../tests/guides/call-transfer-user.js");

fn isolate(bench: &mut Criterion) {
    let limits = Limits::default();
    let program = Arc::new(Program {
        scenarios: vec![Arc::new(
            Scenario::compile("sample", "sample.js", SAMPLE.as_bytes()).expect("it compiles"),
        )],
    });
    report_memory(&limits, &program);

    let warm = || Isolate::warm(&limits).expect("there is memory");
    let loaded = || {
        let mut isolate = warm();
        isolate.load(program.clone(), 7);
        isolate
    };
    let in_a_call = || {
        let mut isolate = loaded();
        play(&mut isolate, started());
        play(&mut isolate, alerting());
        isolate
    };
    bench.bench_function("warm", |b| cpu(b, || (), |()| warm()));
    bench.bench_function("drop after a call", |b| cpu(b, in_a_call, drop));
    bench.bench_function("warm, load, Started, Alerting and drop", |b| {
        cpu(b, || (), |()| drop(in_a_call()))
    });
    bench.bench_function("Started and Alerting of a warm one", |b| {
        cpu(b, loaded, |mut isolate| {
            play(&mut isolate, started());
            play(&mut isolate, alerting());
            isolate
        })
    });
    bench.bench_function("Connected, answered and joined", |b| {
        cpu(b, in_a_call, |mut isolate| {
            play(&mut isolate, connected());
            isolate
        })
    });
    bench.bench_function("compile the sample", |b| {
        cpu(
            b,
            || (),
            |()| Scenario::compile("sample", "sample.js", black_box(SAMPLE.as_bytes())),
        )
    });
}

/// The thread's CPU time for `step`, without that for making its input and dropping its result.
fn cpu<I, O>(
    bencher: &mut Bencher<'_>,
    mut input: impl FnMut() -> I,
    mut step: impl FnMut(I) -> O,
) {
    bencher.iter_custom(|rounds| {
        let mut took = Duration::ZERO;
        for _ in 0..rounds {
            let given = input();
            let began = thread_time();
            let result = black_box(step(given));
            took += thread_time() - began;
            drop(result);
        }
        took
    });
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn report_memory(limits: &Limits, program: &Arc<Program>) {
    let mut isolate = Isolate::warm(limits).expect("there is memory");
    let warm = isolate.memory_bytes();
    isolate.load(program.clone(), 7);
    play(&mut isolate, started());
    play(&mut isolate, alerting());
    play(&mut isolate, connected());
    println!(
        "engine heap: {warm} bytes warm, {} in a call",
        isolate.memory_bytes()
    );
}

fn play(isolate: &mut Isolate, event: Event) {
    let now = Now {
        at: Instant::now(),
        unix_ms: 1_700_000_000_000,
    };
    let turn = isolate.turn(event, now, Box::new(|| false));
    assert_eq!(black_box(turn).fault, None);
}

fn started() -> Event {
    Event::Started {
        session: SessionId(7),
        custom_data: String::new(),
        access: String::new(),
    }
}

fn alerting() -> Event {
    Event::Alerting(Box::new(Alerting {
        call: CallId::INCOMING,
        callerid: "1001".into(),
        destination: "2002".into(),
        display_name: "Alice".into(),
        from_uri: "sip:1001@example.com".into(),
        to_uri: "sip:2002@example.com".into(),
        headers: HeaderMap::new(),
        client_type: "sip".into(),
        scheme: serde_json::Value::Null,
    }))
}

fn connected() -> Event {
    Event::Call {
        call: CallId(1),
        state: CallState::Connected,
        news: CallNews::Connected {
            headers: HeaderMap::new(),
            scheme: serde_json::Value::Null,
        },
    }
}

criterion_group!(benches, isolate);
criterion_main!(benches);
