//! What holds for every message: nothing panics, what is written is read again as it was, and no
//! value breaks out of its line.

use bytes::Bytes;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use switchhook::sip::message::digest::DigestFields;
use switchhook::sip::message::frame::{Framer, Piece};
use switchhook::sip::message::uri::{SipUri, percent_decode, percent_encode_user};
use switchhook::sip::message::{
    Cseq, Headers, Message, Method, Name, NameAddr, Params, Request, Response, Uri, Via, parse,
};

/// Everything that reads, on whatever came.
fn read_all(bytes: &[u8]) {
    let _ = Uri::parse(bytes).map(|uri| (uri.user(), uri.without_headers(), uri.to_string()));
    let _ = NameAddr::parse(bytes).map(|address| address.to_string());
    let _ = Via::parse(bytes).map(|via| via.to_string());
    let _ = Cseq::parse(bytes);
    let _ = DigestFields::parse(bytes).map(|fields| fields.map(|fields| fields.to_string()));
    let _ = Name::parse(bytes);
    match parse(Bytes::copy_from_slice(bytes)) {
        Ok(message) => {
            read_headers(message.headers());
            let again = parse(message.to_bytes()).expect("what was read can be written and read");
            assert_eq!(without_length(&again), without_length(&message));
        }
        Err(fault) => {
            if let Some(response) = fault.response("t") {
                let _ = parse(response.to_bytes());
            }
        }
    }
}

fn read_headers(headers: &Headers) {
    let _ = headers.contact();
    let _ = headers.max_forwards();
    let _ = headers.routes(&Name::Route);
    let _ = headers.routes(&Name::RecordRoute);
    let _ = headers.has_token(&Name::Supported, "timer");
}

/// Content-Length is written from the body, behind all others.
fn without_length(message: &Message) -> Message {
    let mut message = message.clone();
    match &mut message {
        Message::Request(request) => request.headers.remove(&Name::ContentLength),
        Message::Response(response) => response.headers.remove(&Name::ContentLength),
    }
    message
}

fn corpus() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/torture");
    let files = ["valid", "invalid"].into_iter().flat_map(|kind| {
        let entries = std::fs::read_dir(format!("{folder}/{kind}")).expect("the corpus is there");
        entries.map(|entry| std::fs::read(entry.expect("an entry").path()).expect("a file"))
    });
    let mut messages: Vec<_> = files.collect();
    messages.sort();
    assert_eq!(messages.len(), 63);
    messages
}

/// A torture message with some bytes changed, doubled or cut out.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        0..6u8,
        any::<u8>(),
    );
    (prop::sample::select(corpus()), vec(change, 1..6)).prop_map(|(mut message, changes)| {
        const ODD: &[u8] = b"\r\n \t:;,<>\"\\@%=?[]\0\xff";
        for (at, other, kind, byte) in changes {
            if message.is_empty() {
                break;
            }
            let at = at.index(message.len());
            let end = (at + other.index(40)).min(message.len());
            match kind {
                0 => message[at] = byte,
                1 => message[at] = ODD[usize::from(byte) % ODD.len()],
                2 => message.insert(at, ODD[usize::from(byte) % ODD.len()]),
                3 => drop(message.drain(at..end)),
                4 => {
                    let part = message[at..end].to_vec();
                    message.splice(at..at, part);
                }
                _ => message.truncate(at),
            }
        }
        message
    })
}

fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9.!%*_+`'~-]{1,12}"
}

/// Anything that a value may hold: no line ends, no NUL, no white space around it.
fn value() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..40).prop_map(|bytes| {
        let kept = bytes
            .into_iter()
            .filter(|b| !matches!(b, b'\r' | b'\n' | 0));
        kept.collect::<Vec<u8>>().trim_ascii().to_vec()
    })
}

fn uri_params() -> impl Strategy<Value = Params> {
    vec((token(), option::of("[a-zA-Z0-9%:/.+-]{0,8}")), 0..4).prop_map(Params)
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z][a-z0-9.-]{0,20}",
        any::<[u8; 4]>().prop_map(|ip| std::net::Ipv4Addr::from(ip).to_string()),
        any::<[u8; 16]>().prop_map(|ip| format!("[{}]", std::net::Ipv6Addr::from(ip))),
    ]
}

fn sip_uri() -> impl Strategy<Value = SipUri> {
    let user = option::of((any::<String>(), option::of("[a-z0-9!*.]{0,8}")));
    let headers = vec(("[A-Za-z-]{1,10}", "[a-z0-9%.]{0,10}"), 0..3);
    let parts = (
        any::<bool>(),
        user,
        host(),
        any::<Option<u16>>(),
        uri_params(),
        headers,
    );
    parts.prop_map(|(secure, user, host, port, params, headers)| {
        let (user, password) = user.filter(|(user, _)| !user.is_empty()).unzip();
        SipUri {
            secure,
            raw_user: user.map(|user| percent_encode_user(&user)),
            password: password.flatten(),
            host,
            port,
            params,
            headers,
        }
    })
}

fn uri() -> impl Strategy<Value = Uri> {
    prop_oneof![
        4 => sip_uri().prop_map(Uri::Sip),
        1 => ("[0-9+*#().-]{1,15}", uri_params())
            .prop_map(|(number, params)| Uri::Tel { number, params }),
        1 => "[a-z][a-z0-9+.-]{4,9}:[a-z0-9/?#%;=@]{1,20}".prop_map(Uri::Other),
    ]
}

fn name_addr() -> impl Strategy<Value = NameAddr> {
    let display = any::<String>().prop_map(|text| text.replace(['\r', '\n', '\0'], ""));
    let params = vec(
        (
            token(),
            option::of(any::<String>().prop_map(|t| t.replace(['\r', '\n', '\0'], ""))),
        ),
        0..4,
    );
    (option::of(display), uri(), params).prop_map(|(display, uri, params)| NameAddr {
        display: display.filter(|display| !display.is_empty()),
        uri,
        params: Params(params),
    })
}

fn method() -> impl Strategy<Value = Method> {
    prop_oneof![
        prop::sample::select(vec!["INVITE", "BYE", "REGISTER", "REFER", "NOTIFY"])
            .prop_map(Method::from),
        token().prop_map(|token| Method::from(token.as_str())),
    ]
}

/// What every message has, and odd headers behind.
fn headers(method: Method) -> impl Strategy<Value = Headers> {
    let via = (host(), any::<Option<u16>>(), token()).prop_map(|(host, port, branch)| Via {
        transport: "UDP".to_string(),
        host,
        port,
        params: Params(vec![("branch".to_string(), Some(branch))]),
    });
    let others = vec(
        (token().prop_map(|name| format!("X-{name}")), value()),
        0..6,
    );
    let fixed = (
        vec(via, 1..4),
        name_addr(),
        name_addr(),
        "[!-~]{1,30}",
        any::<u32>(),
    );
    (fixed, others).prop_map(move |((vias, from, to, call_id, number), others)| {
        let mut headers = Headers::new();
        for via in vias {
            headers.push(Name::Via, via.to_string());
        }
        headers.push(Name::From, from.to_string());
        headers.push(Name::To, to.to_string());
        headers.push(Name::CallId, call_id);
        headers.push(Name::Cseq, format!("{number} {method}"));
        for (name, value) in others {
            headers.push(Name::parse(name.as_bytes()), value);
        }
        headers
    })
}

fn message() -> impl Strategy<Value = Message> {
    let body = vec(any::<u8>(), 0..200).prop_map(Bytes::from);
    let request = method()
        .prop_flat_map(|method| (Just(method.clone()), uri(), headers(method)))
        .prop_map(|(method, uri, headers)| {
            Message::Request(Request {
                method,
                uri: uri.without_headers(),
                headers,
                body: Bytes::new(),
            })
        });
    let response = (
        100..700u16,
        "[^\r\n\0]{0,20}",
        method().prop_flat_map(headers),
    )
        .prop_map(|(code, reason, headers)| {
            Message::Response(Response {
                code,
                reason,
                headers,
                body: Bytes::new(),
            })
        });
    (prop_oneof![request, response], body).prop_map(|(mut message, bytes)| {
        match &mut message {
            Message::Request(request) => request.body = bytes,
            Message::Response(response) => response.body = bytes,
        }
        message
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_panic_nothing(bytes in vec(any::<u8>(), 0..300)) {
        read_all(&bytes);
    }

    #[test]
    fn arbitrary_text_panics_nothing(text in "[ -~\r\n\t\0é<>\"\\\\;:,=@?%/]{0,120}") {
        read_all(text.as_bytes());
    }

    #[test]
    fn spoilt_messages_panic_nothing(bytes in mutated()) {
        read_all(&bytes);
    }

    #[test]
    fn what_is_written_is_read_again_as_it_was(message in message()) {
        let read = parse(message.to_bytes());
        prop_assert_eq!(read.map(|read| without_length(&read)), Ok(message));
    }

    #[test]
    fn a_stream_of_messages_is_cut_where_they_end(
        messages in vec(message(), 1..4),
        size in 1..400usize,
    ) {
        let written: Vec<Bytes> = messages.iter().map(Message::to_bytes).collect();
        let mut framer = Framer::default();
        let mut pieces = Vec::new();
        for chunk in written.concat().chunks(size) {
            framer.push(chunk);
            while let Some(piece) = framer.next().expect("well framed") {
                pieces.push(piece);
            }
        }
        let wanted: Vec<_> = written.into_iter().map(Piece::Message).collect();
        prop_assert_eq!(pieces, wanted);
    }

    #[test]
    fn a_stream_of_anything_panics_nothing(
        chunks in vec(prop_oneof![mutated(), vec(any::<u8>(), 0..50)], 1..4),
    ) {
        let mut framer = Framer::default();
        for chunk in chunks {
            framer.push(&chunk);
            while let Ok(Some(piece)) = framer.next() {
                if let Piece::Message(bytes) = piece {
                    read_all(&bytes);
                }
            }
        }
    }

    #[test]
    fn uris_survive_writing_and_reading(uri in uri()) {
        let text = uri.to_string();
        prop_assert_eq!(Uri::parse(text.as_bytes()), Ok(uri));
    }

    #[test]
    fn addresses_survive_writing_and_reading(address in name_addr()) {
        let text = address.to_string();
        prop_assert_eq!(NameAddr::parse(text.as_bytes()), Ok(address));
    }

    #[test]
    fn an_address_can_be_one_of_a_list(addresses in vec(name_addr(), 1..4)) {
        let mut headers = Headers::new();
        let list: Vec<_> = addresses.iter().map(NameAddr::to_string).collect();
        headers.push(Name::Route, list.join(", "));
        prop_assert_eq!(headers.routes(&Name::Route), Ok(addresses));
    }

    #[test]
    fn a_user_is_encoded_and_decoded_once(user in any::<String>()) {
        let encoded = percent_encode_user(&user);
        prop_assert_eq!(percent_decode(&encoded), Some(user.clone().into_bytes()));
        let read = Uri::sip(&user, "h", None).user();
        prop_assert_eq!(read, Some(user).filter(|user| !user.is_empty()));
    }

    #[test]
    fn no_value_grows_another_header(
        name in any::<String>(),
        value in vec(any::<u8>(), 0..60),
        reason in any::<String>(),
    ) {
        let mut headers = Headers::new();
        headers.push(Name::Via, "SIP/2.0/UDP h;branch=z");
        headers.push(Name::parse(name.as_bytes()), value.clone());
        headers.set(Name::Subject, value.clone());
        headers.push_front(Name::Reason, value);
        headers.remove(&Name::ContentLength);
        let fields = headers.len();
        let response = Response { code: 200, reason, headers, body: Bytes::new() };
        let text = response.to_bytes();
        let lines = text.split(|byte| *byte == b'\n').count();
        // Start line, Content-Length, the empty line, and nothing behind it.
        prop_assert_eq!(lines, fields + 4);
        prop_assert!(!text.contains(&0));
        prop_assert_eq!(text.iter().filter(|byte| **byte == b'\r').count(), lines - 1);
    }
}
