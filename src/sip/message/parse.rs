//! Bytes to a message.

use std::borrow::Cow;

use bytes::Bytes;

use super::head::{self, Lines, MOST_BODY, MOST_FIELDS, MOST_HEAD};
use super::scan::{is_token, text};
use crate::sip::message::{Headers, Message, Method, Name, Request, Response, Uri};

/// Why bytes are no message, and what an answer to them needs, where there is enough to answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Malformed {
    /// What is wrong, e.g. `CSeq: number`.
    pub reason: String,
    /// 400, 501, 505 or 513.
    pub code: u16,
    /// The headers of a broken *request* as far as they could be read: enough of Via, From, To,
    /// Call-ID and CSeq to answer. `None`: drop it.
    pub answerable: Option<Box<Headers>>,
}

impl Malformed {
    pub(super) fn new(code: u16, reason: impl Into<String>) -> Malformed {
        Malformed {
            reason: reason.into(),
            code,
            answerable: None,
        }
    }

    /// Names the header that holds what is wrong.
    pub(super) fn within(mut self, name: &Name) -> Malformed {
        self.reason = format!("{name}: {}", self.reason);
        self
    }
}

/// Reads one message from one datagram (or from one framed piece of a stream). Content-Length is held
/// to: a longer body is cut (§18.3), a shorter one is malformed. Checks what every element must check
/// (§8.2, §16.3): start line, Via, From, To, Call-ID, CSeq with the start line's method, single values.
///
/// Messages of RFC 2543, without branch, tag or Max-Forwards, are accepted.
pub fn parse(datagram: Bytes) -> Result<Message, Malformed> {
    let datagram = datagram.slice(head::empty_lines(&datagram)..);
    let mut lines = Lines::new(&datagram);
    let Some(line) = lines.next() else {
        return Err(Malformed::new(400, "empty"));
    };
    let (headers, fields) = read_fields(&datagram, &mut lines);
    let body = fields.and_then(|()| read_body(&datagram, lines.body_at(), &headers));

    if line.len() >= 4 && line[..4].eq_ignore_ascii_case(b"SIP/") {
        let (code, reason) = read_status_line(line)?;
        let body = body?;
        check(&headers)?;
        return Ok(Message::Response(Response {
            code,
            reason,
            headers,
            body,
        }));
    }
    match read_request(line, &headers, body) {
        Ok((method, uri, body)) => Ok(Message::Request(Request {
            method,
            uri,
            headers,
            body,
        })),
        // An ACK is never answered, and nothing is without a Via.
        Err(fault) => Err(Malformed {
            answerable: (!line.starts_with(b"ACK ") && headers.has(&Name::Via))
                .then(|| Box::new(headers)),
            ..fault
        }),
    }
}

/// The method, the URI and the body of a request, all its rules held.
fn read_request(
    line: &[u8],
    headers: &Headers,
    body: Result<Bytes, Malformed>,
) -> Result<(Method, Uri, Bytes), Malformed> {
    let mut words = line.split(|byte| *byte == b' ');
    let (Some(method), Some(uri), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(Malformed::new(400, "start line: not three words"));
    };
    match version.split_at_checked(4) {
        Some((name, b"2.0")) if name.eq_ignore_ascii_case(b"SIP/") => {}
        Some((name, _)) if name.eq_ignore_ascii_case(b"SIP/") => {
            return Err(Malformed::new(505, "start line: version"));
        }
        _ => return Err(Malformed::new(400, "start line: not SIP")),
    }
    let Some(method) = Method::parse(method) else {
        return Err(Malformed::new(400, "start line: method"));
    };
    let uri = Uri::parse(uri)?;
    // Headers in a Request-URI would become headers of what we send on (§19.1.5).
    if uri.as_sip().is_some_and(|uri| !uri.headers.is_empty()) {
        return Err(Malformed::new(400, "start line: headers in the URI"));
    }
    let body = body?;
    match check(headers)? {
        named if named == method => Ok((method, uri, body)),
        _ => {
            let code = match method {
                Method::Other(_) => 501,
                _ => 400,
            };
            Err(Malformed::new(code, "CSeq: not the method of the request"))
        }
    }
}

fn read_status_line(line: &[u8]) -> Result<(u16, String), Malformed> {
    let fault = || Malformed::new(400, "status line");
    let (version, rest) = line.split_at_checked(8).ok_or_else(fault)?;
    let (code, reason) = rest.split_at_checked(3).ok_or_else(fault)?;
    if !version.eq_ignore_ascii_case(b"SIP/2.0 ") {
        return Err(fault());
    }
    let code: u16 = text(code).parse().map_err(|_| fault())?;
    match (code, reason) {
        (100..=699, []) => Ok((code, String::new())),
        (100..=699, [b' ', reason @ ..]) if !reason.iter().any(|byte| is_bare_end(*byte)) => {
            Ok((code, text(reason)))
        }
        _ => Err(fault()),
    }
}

/// All fields, and the first fault among them: an answer needs the others.
fn read_fields(datagram: &Bytes, lines: &mut Lines<'_>) -> (Headers, Result<(), Malformed>) {
    let mut headers = Headers::with_capacity(20);
    let mut outcome = Ok(());
    for line in lines {
        let field = match head::split_field(line) {
            _ if headers.len() == MOST_FIELDS => {
                outcome = Err(Malformed::new(513, "too many header fields"));
                break;
            }
            Some((name, value)) if is_token(name) => {
                read_value(datagram, value).map(|value| (Name::of(datagram.slice_ref(name)), value))
            }
            _ => Err("a header line without a name"),
        };
        match field {
            Ok((name, value)) => headers.push_checked(name, value),
            Err(reason) if outcome.is_ok() => outcome = Err(Malformed::new(400, reason)),
            Err(_) => {}
        }
    }
    (headers, outcome)
}

fn read_value(datagram: &Bytes, value: &[u8]) -> Result<Bytes, &'static str> {
    let value = match head::unfold(value) {
        Cow::Borrowed(value) => datagram.slice_ref(value),
        Cow::Owned(value) => Bytes::from(value),
    };
    let mut before = 0;
    for byte in &value {
        // A quoted pair may hold NUL (§25.1); nowhere else may it stand.
        if is_bare_end(*byte) && !(*byte == 0 && before == b'\\') {
            return Err("a header value with a control character");
        }
        before = *byte;
    }
    Ok(value)
}

fn is_bare_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}

fn read_body(
    datagram: &Bytes,
    body_at: Option<usize>,
    headers: &Headers,
) -> Result<Bytes, Malformed> {
    let body_at = body_at.ok_or_else(|| Malformed::new(400, "no empty line after the headers"))?;
    if body_at > MOST_HEAD {
        return Err(Malformed::new(513, "start line and headers: too long"));
    }
    let there = datagram.slice(body_at..);
    let values = headers.all(&Name::ContentLength).map(|value| &value[..]);
    let length = match head::content_length(values) {
        Ok(Some(length)) => length,
        Ok(None) => there.len(),
        Err(reason) => return Err(Malformed::new(400, reason)),
    };
    if length > MOST_BODY {
        return Err(Malformed::new(513, "body: too long"));
    }
    if length > there.len() {
        return Err(Malformed::new(400, "Content-Length: more than there is"));
    }
    Ok(there.slice(..length))
}

/// What requests and responses share: one each of From, To, Call-ID and CSeq, at least one Via, all
/// of them readable. Gives the method of the CSeq.
fn check(headers: &Headers) -> Result<Method, Malformed> {
    let mut seen = [false; 6];
    for field in headers.iter() {
        let at = match field.name {
            Name::From => 0,
            Name::To => 1,
            Name::CallId => 2,
            Name::Cseq => 3,
            Name::MaxForwards => 4,
            Name::ContentType => 5,
            // Content-Length is held to with the body; others may come more than once.
            _ => continue,
        };
        if std::mem::replace(&mut seen[at], true) {
            let reason = format!("{}: more than one", field.name);
            return Err(Malformed::new(400, reason));
        }
    }
    headers.via()?;
    headers.from()?;
    headers.to()?;
    headers.call_id()?;
    Ok(headers.cseq()?.method)
}
