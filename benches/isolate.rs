//! What a script costs: an isolate from its making to its end, and one event of a live one.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

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

    bench.bench_function("warm and drop", |b| {
        b.iter(|| black_box(Isolate::warm(&limits).expect("there is memory")))
    });
    bench.bench_function("warm, load, Started, Alerting and drop", |b| {
        b.iter(|| {
            let mut isolate = Isolate::warm(&limits).expect("there is memory");
            isolate.load(program.clone(), 7);
            play(&mut isolate, started());
            play(&mut isolate, alerting());
            isolate
        })
    });
    bench.bench_function("Started and Alerting of a warm one", |b| {
        b.iter_batched(
            || {
                let mut isolate = Isolate::warm(&limits).expect("there is memory");
                isolate.load(program.clone(), 7);
                isolate
            },
            |mut isolate| {
                play(&mut isolate, started());
                play(&mut isolate, alerting());
                isolate
            },
            BatchSize::SmallInput,
        )
    });
    bench.bench_function("Connected, answered and joined", |b| {
        b.iter_batched(
            || {
                let mut isolate = Isolate::warm(&limits).expect("there is memory");
                isolate.load(program.clone(), 7);
                play(&mut isolate, started());
                play(&mut isolate, alerting());
                isolate
            },
            |mut isolate| {
                play(&mut isolate, connected());
                isolate
            },
            BatchSize::SmallInput,
        )
    });
    bench.bench_function("compile the sample", |b| {
        b.iter(|| Scenario::compile("sample", "sample.js", black_box(SAMPLE.as_bytes())))
    });
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
