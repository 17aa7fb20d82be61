//! The same messages through rsip and through our parser. What both accept, both must read alike:
//! start line, header values and body. rsip refuses much that is well-formed, so only agreement
//! counts, and that there is enough of it.

use std::cell::Cell;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rsip::headers::{ToTypedHeader, UntypedHeader};
use rsip::message::HeadersExt;
use switchhook::sip::message::{Message, Name, Uri, parse};

/// What both can say about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reading {
    /// Method and URI, or code.
    start: (String, String),
    /// Via, From, To, Call-ID, CSeq as they stand, and the values of `X-` headers.
    values: Vec<String>,
    /// rsip does not know the compact form.
    contact: Option<String>,
    cseq: u32,
    from_tag: Option<String>,
    to_tag: Option<String>,
    /// Branch, host and port of the topmost Via.
    via: (Option<String>, String, Option<u16>),
    body: Vec<u8>,
}

impl Reading {
    fn agrees_with(&self, theirs: &Reading) -> bool {
        let contact = theirs.contact.as_ref().and(self.contact.as_ref());
        let ours = Reading {
            contact: contact.cloned(),
            ..self.clone()
        };
        ours == *theirs
    }
}

fn ours(bytes: &[u8]) -> Option<Reading> {
    let message = parse(Bytes::copy_from_slice(bytes)).ok()?;
    let headers = message.headers();
    let (start, body) = match &message {
        Message::Request(request) => (
            (request.method.to_string(), request.uri.to_string()),
            request.body.to_vec(),
        ),
        Message::Response(response) => (
            (response.code.to_string(), String::new()),
            response.body.to_vec(),
        ),
    };
    let named = [Name::Via, Name::From, Name::To, Name::CallId, Name::Cseq];
    let mut values: Vec<String> = named
        .iter()
        .filter_map(|name| Some(headers.text(name)?.to_string()))
        .collect();
    let others = headers
        .iter()
        .filter(|field| field.name.as_bytes().starts_with(b"X-"));
    values.extend(others.map(|field| String::from_utf8_lossy(&field.value).into_owned()));
    let via = headers.via().ok()?;
    Some(Reading {
        start: alike(start),
        values,
        contact: headers.text(&Name::Contact).map(str::to_string),
        cseq: headers.cseq().ok()?.number,
        from_tag: headers.from().ok()?.tag().map(str::to_string),
        to_tag: headers.to().ok()?.tag().map(str::to_string),
        via: (via.branch().map(str::to_string), via.host, via.port),
        body,
    })
}

fn theirs(bytes: &[u8]) -> Option<Reading> {
    let message = rsip::SipMessage::try_from(bytes).ok()?;
    let (start, headers, mut body) = match &message {
        rsip::SipMessage::Request(request) => (
            (request.method.to_string(), request.uri.to_string()),
            &request.headers,
            request.body.clone(),
        ),
        rsip::SipMessage::Response(response) => (
            (response.status_code.code().to_string(), String::new()),
            &response.headers,
            response.body.clone(),
        ),
    };
    let via = message.via_header().ok()?;
    let mut values = vec![
        via.value().to_string(),
        message.from_header().ok()?.value().to_string(),
        message.to_header().ok()?.value().to_string(),
        message.call_id_header().ok()?.value().to_string(),
        message.cseq_header().ok()?.value().to_string(),
    ];
    for header in headers.iter() {
        match header {
            rsip::Header::Other(name, value) if name.starts_with("X-") => {
                values.push(value.clone())
            }
            // rsip does not hold a body to its length.
            rsip::Header::ContentLength(length) => body.truncate(length.value().parse().ok()?),
            _ => {}
        }
    }
    let tag = |tag: Option<&rsip::param::Tag>| tag.map(|tag| tag.value().to_string());
    let (from, to) = (
        message.from_header().ok()?.typed().ok()?,
        message.to_header().ok()?.typed().ok()?,
    );
    let via = via.typed().ok()?;
    Some(Reading {
        start: alike(start),
        values,
        contact: message
            .contact_header()
            .ok()
            .map(|contact| contact.value().to_string()),
        cseq: message.cseq_header().ok()?.typed().ok()?.seq,
        from_tag: tag(from.tag()),
        to_tag: tag(to.tag()),
        via: (
            via.branch().map(|branch| branch.value().to_string()),
            via.uri.host_with_port.host.to_string(),
            via.uri
                .host_with_port
                .port
                .as_ref()
                .map(|port| *port.value()),
        ),
        body,
    })
}

/// rsip writes a `transport` in capitals and forgets the headers of URIs.
fn alike((method, uri): (String, String)) -> (String, String) {
    let Ok(Uri::Sip(mut uri)) = Uri::parse(uri.as_bytes()) else {
        return (method, uri);
    };
    for (name, value) in &mut uri.params.0 {
        if name.eq_ignore_ascii_case("transport") {
            *value = value.as_ref().map(|value| value.to_ascii_uppercase());
        }
    }
    (method, uri.to_string())
}

#[test]
fn torture_messages_that_rsip_reads_are_read_alike() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/torture/valid");
    let (mut both, mut ours_alone, mut faults) = (0, 0, Vec::new());
    for entry in std::fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("an entry").path();
        let bytes = std::fs::read(&path).expect("a file");
        match (ours(&bytes), theirs(&bytes)) {
            (Some(ours), Some(theirs)) if ours.agrees_with(&theirs) => both += 1,
            (Some(_), None) => ours_alone += 1,
            (ours, theirs) => faults.push(format!("{}\n{ours:?}\n{theirs:?}", path.display())),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!((both, ours_alone), (17, 20));
}

fn word() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9]{0,11}"
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9]{0,8}(\\.[a-z]{2,5}){1,2}",
        any::<[u8; 4]>().prop_map(|ip| std::net::Ipv4Addr::from(ip).to_string()),
    ]
}

fn uri() -> impl Strategy<Value = String> {
    let port = prop::option::of(1..=u16::MAX);
    let param = prop::option::of(prop_oneof![
        Just("transport=tcp".to_string()),
        Just("lr".to_string()),
        Just("user=phone".to_string()),
        (word(), word()).prop_map(|(name, value)| format!("x{name}={value}")),
    ]);
    (prop::option::of("[a-z0-9+]{1,12}"), host(), port, param).prop_map(
        |(user, host, port, param)| {
            let user = user.map(|user| format!("{user}@")).unwrap_or_default();
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            let param = param.map(|param| format!(";{param}")).unwrap_or_default();
            format!("sip:{user}{host}{port}{param}")
        },
    )
}

/// A message of the plain kind that both should read.
fn plain() -> impl Strategy<Value = String> {
    const METHODS: [&str; 8] = [
        "INVITE", "ACK", "BYE", "OPTIONS", "REGISTER", "REFER", "NOTIFY", "UPDATE",
    ];
    let start = (
        any::<bool>(),
        prop::sample::select(METHODS.to_vec()),
        uri(),
        100..700u16,
    );
    let via = (host(), prop::option::of(1..=u16::MAX), word());
    let parties = (
        uri(),
        word(),
        uri(),
        prop::option::of(word()),
        prop::option::of(word()),
    );
    let rest = (
        word(),
        any::<u32>(),
        vec((word(), "[ -~]{0,20}"), 0..4),
        "[ -~]{0,40}",
    );
    (start, via, parties, rest).prop_map(|(start, via, parties, rest)| {
        let (is_request, method, request_uri, code) = start;
        let (via_host, port, branch) = via;
        let (from, from_tag, to, to_tag, display) = parties;
        let (call_id, number, others, body) = rest;
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let to_tag = to_tag.map(|tag| format!(";tag={tag}")).unwrap_or_default();
        let display = display
            .map(|name| format!("\"{name}\" "))
            .unwrap_or_default();
        let mut text = match is_request {
            true => format!("{method} {request_uri} SIP/2.0\r\n"),
            false => format!("SIP/2.0 {code} Reason\r\n"),
        };
        text += &format!("Via: SIP/2.0/UDP {via_host}{port};branch=z9hG4bK{branch}\r\n");
        text += &format!("From: {display}<{from}>;tag={from_tag}\r\nTo: <{to}>{to_tag}\r\n");
        text += &format!("Call-ID: {call_id}\r\nCSeq: {number} {method}\r\n");
        for (name, value) in others {
            text += &format!("X-{name}: {}\r\n", value.trim());
        }
        text + &format!("Content-Length: {}\r\n\r\n{body}", body.len())
    })
}

#[test]
fn plain_messages_are_read_alike() {
    let (both, ours_alone) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let outcome = TestRunner::new(config).run(&plain(), |text| {
        let ours = ours(text.as_bytes()).expect("well-formed");
        match theirs(text.as_bytes()) {
            Some(theirs) => {
                prop_assert_eq!(ours, theirs);
                both.set(both.get() + 1);
            }
            None => ours_alone.set(ours_alone.get() + 1),
        }
        Ok(())
    });
    assert_eq!(outcome, Ok(()));
    assert!(both.get() >= 100, "{} and {}", both.get(), ours_alone.get());
}
