//! Every torture message of RFC 4475 and RFC 5118 against the running program, over UDP and TCP.
//!
//! The messages name foreign hosts in Via, so each is given `rport` and this socket's transport, and a
//! branch and a Call-ID of its own; nothing else of it is touched.

mod live;

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use live::Program;
use serde::Deserialize;
use serde_json::Value;

/// So long is waited for an answer that need not come, when all that must have come are there.
const MAY_STILL_COME: Duration = Duration::from_millis(500);

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
    /// By status code, the header that the answer must have.
    #[serde(default)]
    hdr: serde_json::Map<String, Value>,
}

#[test]
fn every_torture_message_gets_an_answer_that_its_rfc_allows() {
    let program = Program::start(
        &[("refuse.js".into(), REFUSE.into())],
        "{\"domain\": \"example.com\"}",
    );
    let entries = manifest();
    let sockets: Vec<UdpSocket> = entries
        .iter()
        .map(|entry| {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            socket.connect(program.sip).expect("loopback");
            socket.send(&adapted(&entry.file, "UDP")).expect("loopback");
            // One after the other, so that none finds the program's socket full.
            let answered = live::ping(program.sip, live::PATIENCE);
            assert!(answered.is_some(), "{}", program.said());
            socket
        })
        .collect();
    let answered =
        entries
            .iter()
            .zip(&sockets)
            .map(|(entry, socket)| match fits("drop", &entry.ok) {
                true => Vec::new(),
                false => collect(socket, Instant::now() + live::PATIENCE),
            });
    let answered: Vec<Vec<Vec<u8>>> = answered.collect();
    let until = Instant::now() + MAY_STILL_COME;
    let faults: Vec<String> = entries
        .iter()
        .zip(&sockets)
        .zip(answered)
        .filter_map(|((entry, socket), mut answers)| {
            if answers.is_empty() {
                answers = collect(socket, until);
            }
            judge(entry, &answers).map(|why| format!("{}: {why}", entry.id))
        })
        .collect();
    assert!(
        faults.is_empty(),
        "\n{}\n{}",
        faults.join("\n"),
        program.said()
    );
    assert!(
        live::ping(program.sip, live::PATIENCE).is_some(),
        "{}",
        program.said()
    );
}

#[test]
fn the_program_outlives_every_torture_message_over_tcp() {
    let program = Program::start(&[("refuse.js".into(), REFUSE.into())], "{}");
    for entry in manifest() {
        let mut stream = TcpStream::connect(program.sip_tcp).expect("it listens on TCP");
        stream
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        // A peer that has heard enough may close while we still write.
        let _ = stream.write_all(&adapted(&entry.file, "TCP"));
        let _ = stream.read(&mut [0; 4096]);
        let answered = live::ping(program.sip, live::PATIENCE);
        assert!(
            answered.is_some(),
            "after {}:\n{}",
            entry.id,
            program.said()
        );
    }
    assert!(
        !program.said().contains("internal fault"),
        "{}",
        program.said()
    );
}

const REFUSE: &str =
    "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => e.call.reject(480));";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture")
}

fn manifest() -> Vec<Entry> {
    let text = fs::read_to_string(folder().join("manifest.json")).expect("the manifest is there");
    let manifest: Manifest = serde_json::from_str(&text).expect("the manifest is JSON");
    manifest.messages
}

/// All datagrams up to the first final response, or until then.
fn collect(socket: &UdpSocket, until: Instant) -> Vec<Vec<u8>> {
    let mut answers = Vec::new();
    let mut datagram = [0; 65536];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        socket
            .set_read_timeout(Some(left.max(Duration::from_millis(1))))
            .unwrap();
        match socket.recv(&mut datagram) {
            Ok(length) => answers.push(datagram[..length].to_vec()),
            Err(_) => return answers,
        }
        if answers
            .last()
            .and_then(|answer| code(answer))
            .is_some_and(|code| code >= 200)
        {
            return answers;
        }
    }
}

fn code(answer: &[u8]) -> Option<u16> {
    let text = answer.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// What is wrong with the answers to a message.
fn judge(entry: &Entry, answers: &[Vec<u8>]) -> Option<String> {
    let codes: Vec<String> = match answers {
        [] => vec!["drop".to_string()],
        some => some
            .iter()
            .map(|answer| code(answer).map_or("no SIP".to_string(), |code| code.to_string()))
            .collect(),
    };
    if let Some(code) = codes.iter().find(|code| fits(code, &entry.no)) {
        return Some(format!("{code} must not be"));
    }
    let last = codes.last()?;
    if !fits(last, &entry.ok) {
        return Some(format!("{last} is none of {:?}", entry.ok));
    }
    let header = entry.hdr.get(last).and_then(Value::as_str)?;
    let line = format!("\r\n{header}:").to_ascii_lowercase();
    let answer = answers
        .last()
        .map(|answer| answer.to_ascii_lowercase())
        .unwrap_or_default();
    (!live::contains(&answer, line.as_bytes())).then(|| format!("{last} lacks {header}"))
}

/// `404`, `"4xx"` or `"drop"`.
fn fits(code: &str, patterns: &[Value]) -> bool {
    patterns.iter().any(|pattern| match pattern {
        Value::Number(number) => number.to_string() == code,
        Value::String(class) => {
            class == code
                || class
                    .strip_suffix("xx")
                    .is_some_and(|class| code.len() == 3 && code.starts_with(class))
        }
        _ => false,
    })
}

/// The message with a top Via that leads back to this socket, and a branch and a Call-ID of its own.
fn adapted(file: &str, transport: &str) -> Vec<u8> {
    let message = fs::read(folder().join(file)).expect("the message is there");
    let end = find(&message, b"\r\n\r\n", 0).unwrap_or(message.len());
    let (head, rest) = message.split_at(end);
    let suffix = format!("-{}", live::unique());
    let mut lines: Vec<Vec<u8>> = logical_lines(head);
    if let Some(via) = lines.iter_mut().find(|line| is_named(line, &["via", "v"])) {
        *via = adapted_via(via, transport, &suffix);
    }
    for line in lines
        .iter_mut()
        .filter(|line| is_named(line, &["call-id", "i"]))
    {
        let value = find(line, b":", 0).map_or(0, |colon| colon + 1);
        if line[value..].iter().any(|byte| !byte.is_ascii_whitespace()) {
            line.extend_from_slice(suffix.as_bytes());
        }
    }
    let mut adapted = lines.join(&b"\r\n"[..]);
    adapted.extend_from_slice(rest);
    adapted
}

/// Lines with their continuations.
fn logical_lines(head: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let mut at = 0;
    while at <= head.len() {
        let end = find(head, b"\r\n", at).unwrap_or(head.len());
        let line = &head[at..end];
        match lines.last_mut() {
            Some(last) if line.first().is_some_and(|first| b" \t".contains(first)) => {
                last.extend_from_slice(b"\r\n");
                last.extend_from_slice(line);
            }
            _ => lines.push(line.to_vec()),
        }
        at = end + 2;
    }
    lines
}

fn is_named(line: &[u8], names: &[&str]) -> bool {
    let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
    let name = String::from_utf8_lossy(name);
    names
        .iter()
        .any(|known| name.trim().eq_ignore_ascii_case(known))
}

fn adapted_via(via: &[u8], transport: &str, suffix: &str) -> Vec<u8> {
    let first_end = find(via, b",", 0).unwrap_or(via.len());
    let (first, others) = via.split_at(first_end);
    let lower = first.to_ascii_lowercase();
    let mut adapted = first.to_vec();
    // From behind, so that what was found in front stays where it is.
    let rport = match find(&lower, b"rport", 0) {
        Some(_) => "",
        None => ";rport",
    };
    adapted.extend_from_slice(rport.as_bytes());
    let magic = find(&lower, b"branch", 0).and_then(|at| find(&lower, b"z9hg4bk", at));
    if let Some(at) = magic {
        let token_end = lower[at..]
            .iter()
            .position(|byte| b"; \t\r\n,".contains(byte));
        let end = token_end.map_or(first.len(), |length| at + length);
        if end > at + b"z9hg4bk".len() {
            adapted.splice(end..end, suffix.bytes());
        }
    }
    for protocol in ["udp", "tcp", "tls"] {
        let slash = lower.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        if let Some(at) = find(&lower, protocol.as_bytes(), slash)
            .filter(|at| lower[slash + 1..*at].trim_ascii().is_empty())
        {
            adapted.splice(at..at + 3, transport.bytes());
            break;
        }
    }
    adapted.extend_from_slice(others);
    adapted
}

fn find(text: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let tail = text.get(from..)?;
    tail.windows(what.len())
        .position(|window| window == what)
        .map(|at| from + at)
}
