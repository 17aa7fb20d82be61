//! Every torture message through the whole of SIP: the answer is one that its manifest allows, and
//! nothing is left of it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use expect_test::expect;
use serde::Deserialize;
use serde_json::Value;
use switchhook::base::Dice;
use switchhook::sip::message::{Headers, Message, Name, Response, parse};
use switchhook::sip::stack::{Census, Command, Event, Output, Settings, Stack};
use switchhook::sip::transport::{Flow, Listener, Transport};

#[derive(Deserialize)]
struct Manifest {
    messages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    file: String,
    ok: Vec<Value>,
    no: Vec<Value>,
    #[serde(default)]
    hdr: std::collections::BTreeMap<String, String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture")
}

/// The final answers of a stack whose layers above know nobody: REGISTER gets 403, a call 404.
fn answers(bytes: Bytes) -> Vec<Response> {
    let local = SocketAddr::from(([192, 0, 2, 1], 5060));
    let flow = Flow {
        transport: Transport::Udp,
        local,
        remote: SocketAddr::from(([192, 0, 2, 99], 5060)),
    };
    let settings = Settings {
        product: "switchhook".to_string(),
        listeners: vec![Listener {
            transport: Transport::Udp,
            bound: local,
            advertised: local,
        }],
        session_expires_s: 1800,
        min_se_s: 90,
        most_legs: 100,
    };
    let mut stack = Stack::new(settings, Dice::from_seed(1));
    let mut now = Instant::now();
    stack.handle_message(flow, bytes, now);
    let mut answers: Vec<Response> = Vec::new();
    loop {
        while let Some(output) = stack.poll() {
            let command = match output {
                Output::Event(Event::Incoming { leg, .. }) => Command::Reject {
                    leg,
                    code: 404,
                    reason: None,
                    headers: Headers::new(),
                },
                Output::Event(Event::Request { transaction, .. }) => Command::Respond {
                    transaction,
                    code: 403,
                    reason: None,
                    headers: Headers::new(),
                    body: None,
                },
                Output::Event(_) => continue,
                Output::Resolve { uri, .. } => panic!("{uri} is asked for"),
                Output::Transmit { bytes, .. } => {
                    // What cannot be read of a request cannot be read of its answer either.
                    let answer = match parse(bytes.clone()) {
                        Ok(Message::Response(response)) => response,
                        Ok(Message::Request(request)) => panic!("{} is sent", request.method),
                        Err(_) => status_line(&bytes),
                    };
                    if answer.code >= 200 && !answers.contains(&answer) {
                        answers.push(answer);
                    }
                    continue;
                }
            };
            stack.handle_command(command, now);
        }
        match stack.next_deadline() {
            Some(next) => now = next.max(now + Duration::from_millis(1)),
            None => break,
        }
        stack.handle_timeout(now);
    }
    assert_eq!(stack.census(), Census::default());
    answers
}

fn status_line(bytes: &[u8]) -> Response {
    let text = String::from_utf8_lossy(bytes);
    let code = text.split(' ').nth(1).and_then(|code| code.parse().ok());
    Response {
        code: code.expect("a status line"),
        reason: String::new(),
        headers: Headers::new(),
        body: Bytes::new(),
    }
}

/// `"4xx"` or `404`.
fn covers(answers: &[Value], code: u16) -> bool {
    answers.iter().any(|answer| match answer {
        Value::Number(number) => number.as_u64() == Some(u64::from(code)),
        Value::String(class) => *class == format!("{}xx", code / 100),
        _ => false,
    })
}

#[test]
fn each_message_gets_one_answer_that_its_rfc_allows_or_none() {
    let text = fs::read_to_string(folder().join("manifest.json")).expect("the manifest is there");
    let manifest: Manifest = serde_json::from_str(&text).expect("the manifest is JSON");
    let (mut faults, mut table) = (String::new(), String::new());
    for entry in &manifest.messages {
        let bytes = fs::read(folder().join(&entry.file)).expect("the message is there");
        let answers = answers(Bytes::from(bytes));
        let may_drop = entry.ok.iter().any(|answer| answer == "drop");
        let fits = match &answers[..] {
            [] => may_drop,
            [answer] => covers(&entry.ok, answer.code) && !covers(&entry.no, answer.code),
            _ => false,
        };
        let codes: Vec<String> = answers
            .iter()
            .map(|answer| answer.code.to_string())
            .collect();
        let codes = codes.join(", ");
        table += &format!("{}: {codes}\n", entry.id);
        if !fits {
            faults += &format!("{}: {codes}, allowed {:?}\n", entry.id, entry.ok);
        }
        for answer in &answers {
            if let Some(header) = entry.hdr.get(&answer.code.to_string())
                && header != "WWW-Authenticate"
                && answer
                    .headers
                    .get(&Name::parse(header.as_bytes()))
                    .is_none()
            {
                faults += &format!("{}: {codes} without {header}\n", entry.id);
            }
        }
    }
    assert_eq!(faults, "");
    expect![[r#"
        rfc4475-wsinv: 481
        rfc4475-intmeth: 501
        rfc4475-esc01: 404
        rfc4475-escnull: 403
        rfc4475-esc02: 501
        rfc4475-lwsdisp: 200
        rfc4475-longreq: 404
        rfc4475-dblreq: 403
        rfc4475-semiuri: 200
        rfc4475-transports: 200
        rfc4475-mpart01: 403
        rfc4475-unreason: 
        rfc4475-noreason: 
        rfc4475-badinv01: 400
        rfc4475-clerr: 400
        rfc4475-ncl: 400
        rfc4475-scalar02: 400
        rfc4475-scalarlg: 
        rfc4475-quotbal: 400
        rfc4475-ltgtruri: 400
        rfc4475-lwsruri: 400
        rfc4475-lwsstart: 400
        rfc4475-trws: 400
        rfc4475-escruri: 400
        rfc4475-baddate: 404
        rfc4475-regbadct: 403
        rfc4475-badaspec: 400
        rfc4475-baddn: 400
        rfc4475-baddn-terminated: 400
        rfc4475-badvers: 505
        rfc4475-mismatch01: 400
        rfc4475-mismatch02: 501
        rfc4475-bigcode: 
        rfc4475-badbranch: 200
        rfc4475-insuf: 400
        rfc4475-unkscm: 416
        rfc4475-novelsc: 416
        rfc4475-unksm2: 403
        rfc4475-bext01: 420
        rfc4475-invut: 415
        rfc4475-regaut01: 403
        rfc4475-multi01: 400
        rfc4475-mcl01: 400
        rfc4475-bcast: 
        rfc4475-zeromf: 200
        rfc4475-cparam01: 403
        rfc4475-cparam02: 403
        rfc4475-regescrt: 403
        rfc4475-sdp01: 406
        rfc4475-inv2543: 404
        rfc4475-test: 
        rfc5118-ipv6-good: 403
        rfc5118-ipv6-bad: 400
        rfc5118-port-ambiguous: 403
        rfc5118-port-unambiguous: 403
        rfc5118-via-received-param-with-delim: 481
        rfc5118-via-received-param-no-delim: 200
        rfc5118-ipv6-in-sdp: 404
        rfc5118-mult-ip-in-header: 481
        rfc5118-mult-ip-in-sdp: 404
        rfc5118-ipv4-mapped-ipv6: 404
        rfc5118-ipv6-bug-abnf-3-colons: 200
        rfc5118-ipv6-correct-abnf-2-colons: 200
    "#]]
    .assert_eq(&table);
}
