//! Every torture message through the parser: what its manifest lets an element answer decides
//! whether it must be read, refused or dropped.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use expect_test::expect;
use serde::Deserialize;
use serde_json::Value;
use switchhook::sip::message::{Message, Uri, parse};

#[derive(Deserialize)]
struct Manifest {
    messages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    file: String,
    first_line: String,
    ok: Vec<Value>,
    no: Vec<Value>,
    ideal: Vec<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// A request for the stack to answer by what it says.
    Request,
    Response,
    Refused(u16),
    Dropped,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/torture")
}

fn manifest() -> Vec<Entry> {
    let text = fs::read_to_string(folder().join("manifest.json")).expect("the manifest is there");
    let manifest: Manifest = serde_json::from_str(&text).expect("the manifest is JSON");
    manifest.messages
}

fn read(file: &str) -> Bytes {
    Bytes::from(fs::read(folder().join(file)).expect("the message is there"))
}

fn class(file: &str) -> Class {
    match parse(read(file)) {
        // Contact is read when somebody asks, and whoever answers a REGISTER or an INVITE asks.
        Ok(Message::Request(request)) => match request.headers.contact() {
            Ok(_) => Class::Request,
            Err(fault) => Class::Refused(fault.code),
        },
        Ok(Message::Response(_)) => Class::Response,
        Err(fault) if fault.answerable.is_some() => Class::Refused(fault.code),
        Err(_) => Class::Dropped,
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

fn has(answers: &[Value], word: &str) -> bool {
    answers.iter().any(|answer| answer == word)
}

#[test]
fn each_message_is_read_refused_or_dropped_as_its_rfc_allows() {
    let mut faults = Vec::new();
    let messages = manifest();
    assert_eq!(messages.len(), 63);
    for entry in &messages {
        let class = class(&entry.file);
        let is_response = entry.first_line.starts_with("SIP/");
        let is_valid = entry.file.starts_with("valid/");
        let right = match class {
            Class::Request => !is_response && (is_valid || !covers(&entry.ideal, 400)),
            Class::Response => is_response && is_valid,
            Class::Refused(code) => {
                !is_valid && covers(&entry.ok, code) && !covers(&entry.no, code)
            }
            Class::Dropped => !is_valid && has(&entry.ok, "drop"),
        };
        if !right {
            faults.push(format!("{}: {class:?}", entry.id));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_refusal_is_the_one_that_the_rfc_asks_for_first() {
    let faults: Vec<_> = manifest()
        .into_iter()
        .filter_map(|entry| match class(&entry.file) {
            Class::Refused(code) if !entry.ideal.is_empty() && !covers(&entry.ideal, code) => {
                Some(format!("{}: {code}", entry.id))
            }
            _ => None,
        })
        .collect();
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn what_is_wrong_is_said() {
    let mut said = String::new();
    for entry in manifest() {
        if let Err(fault) = parse(read(&entry.file)) {
            let answer = match &fault.answerable {
                Some(_) => fault.code.to_string(),
                None => "drop".to_string(),
            };
            said += &format!("{} {answer} {fault}\n", entry.id);
        }
    }
    expect![[r#"
        rfc4475-badinv01 400 Via: a parameter without a name
        rfc4475-clerr 400 Content-Length: more than there is
        rfc4475-ncl 400 Content-Length: not a number
        rfc4475-scalar02 400 CSeq: number
        rfc4475-scalarlg drop CSeq: number
        rfc4475-quotbal 400 To: address: a quote without an end
        rfc4475-ltgtruri 400 URI: a character that must be escaped
        rfc4475-lwsruri 400 start line: not three words
        rfc4475-lwsstart 400 start line: not three words
        rfc4475-trws 400 start line: not three words
        rfc4475-escruri 400 start line: headers in the URI
        rfc4475-badaspec 400 To: URI: a character that must be escaped
        rfc4475-baddn 400 no empty line after the headers
        rfc4475-baddn-terminated 400 From: address: a display name that needs quotes
        rfc4475-badvers 505 start line: version
        rfc4475-mismatch01 400 CSeq: not the method of the request
        rfc4475-mismatch02 501 CSeq: not the method of the request
        rfc4475-bigcode drop status line
        rfc4475-insuf 400 From: missing
        rfc4475-multi01 400 CSeq: more than one
        rfc4475-mcl01 400 Content-Length: more than one
        rfc4475-test drop start line: not three words
        rfc5118-ipv6-bad 400 URI: host or port
    "#]]
    .assert_eq(&said);
}

#[test]
fn an_unknown_scheme_is_read_so_that_it_can_be_answered() {
    for (file, scheme) in [
        ("valid/rfc4475-unkscm.sip", "nobodyKnowsThisScheme:"),
        ("valid/rfc4475-novelsc.sip", "soap.beep:"),
    ] {
        match parse(read(file)) {
            Ok(Message::Request(request)) => match request.uri {
                Uri::Other(text) => assert!(text.starts_with(scheme), "{text}"),
                uri => panic!("{file}: {uri:?}"),
            },
            other => panic!("{file}: {other:?}"),
        }
    }
}
