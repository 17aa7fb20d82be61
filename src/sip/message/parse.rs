//! Bytes to a message.

use std::borrow::Cow;

use bytes::Bytes;

use super::head::{self, Lines, MOST_BODY, MOST_FIELDS, MOST_HEAD};
use super::scan::{breaks_out, has_break, is_token, text};
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
        (100..=699, [b' ', reason @ ..]) if !has_break(reason) => Ok((code, text(reason))),
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
    // A quoted pair may hold NUL (§25.1); nowhere else may it stand.
    if has_break(&value) {
        let after = value.iter().skip(1);
        let is_pair = |(before, byte): (&u8, &u8)| *before == b'\\' && *byte == 0;
        let pairs = value
            .iter()
            .zip(after)
            .filter(|pair| is_pair(*pair))
            .count();
        if value.iter().filter(|byte| breaks_out(**byte)).count() > pairs {
            return Err("a header value with a control character");
        }
    }
    Ok(value)
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

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n";
    const VIA: &str = "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n";

    fn read(text: impl Into<Vec<u8>>) -> Result<Message, Malformed> {
        parse(Bytes::from(text.into()))
    }

    fn invite(extra: &str, body: &str) -> Result<Message, Malformed> {
        read(format!(
            "INVITE sip:b@h SIP/2.0\r\n{VIA}{HEAD}{extra}\r\n{body}"
        ))
    }

    /// Refused with this code and reason; `None`: dropped.
    fn check(read: Result<Message, Malformed>, code: Option<u16>, reason: &str) {
        let fault = read.expect_err(reason);
        assert_eq!(fault.reason, reason);
        assert_eq!(
            fault.answerable.is_some().then_some(fault.code),
            code,
            "{reason}"
        );
    }

    fn request(read: Result<Message, Malformed>) -> Request {
        match read {
            Ok(Message::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn values_are_slices_of_the_datagram_and_only_folded_lines_are_copied() {
        let datagram = Bytes::from(format!(
            "INVITE sip:b@h SIP/2.0\r\n{VIA}{HEAD}Subject: a\r\n b\r\nX-y: 1\r\n\r\nbody"
        ));
        let within = datagram.as_ptr_range();
        let request = request(parse(datagram.clone()));
        for field in request.headers.iter() {
            let is_slice = within.contains(&field.value.as_ptr());
            assert_eq!(is_slice, field.name != Name::Subject, "{}", field.name);
        }
        assert!(within.contains(&request.body.as_ptr()));
        assert_eq!(request.headers.text(&Name::Subject), Some("a b"));
    }

    #[test]
    fn line_ends_may_be_lf_and_lines_may_precede() {
        let text =
            format!("\r\n\r\nINVITE sip:b@h SIP/2.0\r\n{VIA}{HEAD}\r\nx").replace("\r\n", "\n");
        let request = request(read(text));
        assert_eq!((request.headers.len(), &request.body[..]), (5, &b"x"[..]));
    }

    #[test]
    fn bytes_that_are_not_utf8_survive() {
        let mut text = format!("INVITE sip:b@h SIP/2.0\r\n{VIA}{HEAD}Subject: ").into_bytes();
        text.extend_from_slice(b"\xff\x80 \\\0\r\n\r\n\0\xff");
        let request = request(read(text));
        let subject = request.headers.get(&Name::Subject).expect("there");
        assert_eq!(&subject[..], b"\xff\x80 \\\0");
        assert_eq!(&request.body[..], b"\0\xff");
        let again = parse(request.to_bytes()).expect("written well");
        let Message::Request(again) = again else {
            panic!("a request");
        };
        assert_eq!(again.headers.get(&Name::Subject), Some(subject));
    }

    #[test]
    fn a_body_is_as_long_as_it_says() {
        assert_eq!(&request(invite("", "hello")).body[..], b"hello");
        assert_eq!(&request(invite("l: 2\r\n", "hello")).body[..], b"he");
        assert_eq!(
            &request(invite("Content-Length\r\n :\r\n  02\r\n", "hello")).body[..],
            b"he"
        );
        check(
            invite("l: 6\r\n", "hello"),
            Some(400),
            "Content-Length: more than there is",
        );
        check(
            invite("l: 5\r\nl: 5\r\n", "hello"),
            Some(400),
            "Content-Length: more than one",
        );
        check(
            invite("l: x\r\n", ""),
            Some(400),
            "Content-Length: not a number",
        );
        check(invite("l: 307201\r\n", ""), Some(513), "body: too long");
    }

    #[test]
    fn what_may_come_once_comes_once() {
        for (line, name) in [
            ("t: <sip:b@h>", "To"),
            ("f: <sip:b@h>", "From"),
            ("i: c", "Call-ID"),
            ("cseq: 1 INVITE", "CSeq"),
            ("c: a/b\r\nc: a/b", "Content-Type"),
            ("Max-Forwards: 1\r\nMax-Forwards: 1", "Max-Forwards"),
        ] {
            check(
                invite(&format!("{line}\r\n"), ""),
                Some(400),
                &format!("{name}: more than one"),
            );
        }
    }

    #[test]
    fn what_must_be_there_is_missed() {
        for (line, reason) in [
            ("From: <sip:a@h>;tag=1\r\n", "From: missing"),
            ("To: <sip:b@h>\r\n", "To: missing"),
            ("Call-ID: c\r\n", "Call-ID: missing"),
            ("CSeq: 1 INVITE\r\n", "CSeq: missing"),
        ] {
            let text = format!("INVITE sip:b@h SIP/2.0\r\n{VIA}{HEAD}\r\n").replace(line, "");
            check(read(text.clone()), Some(400), reason);
            check(
                read(text.replace("INVITE sip:b@h SIP/2.0", "SIP/2.0 200 OK")),
                None,
                reason,
            );
        }
        check(
            read(format!("INVITE sip:b@h SIP/2.0\r\n{HEAD}\r\n")),
            None,
            "Via: missing",
        );
    }

    #[test]
    fn start_lines_are_read_closely() {
        fn line(line: &str) -> Result<Message, Malformed> {
            read(format!("{line}\r\n{VIA}{HEAD}\r\n"))
        }
        assert!(line("INVITE sip:b@h sip/2.0").is_ok());
        assert!(line("INVITE tel:+49 SIP/2.0").is_ok());
        assert!(line("INVITE sip:[::1] SIP/2.0").is_ok());
        check(
            line("INVITE sip:b@h SIP/3.0"),
            Some(505),
            "start line: version",
        );
        check(
            line("INVITE sip:b@h HTTP/1.1"),
            Some(400),
            "start line: not SIP",
        );
        check(
            line("INVITE sip:b@h"),
            Some(400),
            "start line: not three words",
        );
        check(
            line("INVITE sip:b@h SIP/2.0 "),
            Some(400),
            "start line: not three words",
        );
        check(
            line("INV@TE sip:b@h SIP/2.0"),
            Some(400),
            "start line: method",
        );
        check(
            line("INVITE <sip:b@h> SIP/2.0"),
            Some(400),
            "URI: a character that must be escaped",
        );
        check(
            line("INVITE sip:b@h?X=1 SIP/2.0"),
            Some(400),
            "start line: headers in the URI",
        );
        check(
            line("BYE sip:b@h SIP/2.0"),
            Some(400),
            "CSeq: not the method of the request",
        );
        check(
            line("FOO sip:b@h SIP/2.0"),
            Some(501),
            "CSeq: not the method of the request",
        );
        check(
            line("ACK sip:b@h SIP/2.0"),
            None,
            "CSeq: not the method of the request",
        );
    }

    #[test]
    fn status_lines_are_read_closely_and_nobody_answers_a_broken_one() {
        fn line(line: &str) -> Result<Message, Malformed> {
            read(format!("{line}\r\n{VIA}{HEAD}\r\n"))
        }
        for (text, code, reason) in [
            ("SIP/2.0 200 OK", 200, "OK"),
            ("SIP/2.0 100 ", 100, ""),
            ("SIP/2.0 100", 100, ""),
            ("sip/2.0 699  Nö ", 699, " Nö "),
        ] {
            match line(text) {
                Ok(Message::Response(response)) => {
                    assert_eq!((response.code, &*response.reason), (code, reason));
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        for text in [
            "SIP/2.0 099 X",
            "SIP/2.0 700 X",
            "SIP/2.0 4294967301 X",
            "SIP/2.0 +20 X",
            "SIP/2.0  200",
            "SIP/2.0",
            "SIP/2.0 20",
            "SIP/3.0 200 OK",
            "SIP/2.0 200OK",
            "SIP/2.0 200 \0",
            "SIP/",
        ] {
            check(line(text), None, "status line");
        }
    }

    #[test]
    fn broken_lines_are_refused() {
        check(
            invite("Foobar roobar\r\n", ""),
            Some(400),
            "a header line without a name",
        );
        check(
            invite(": x\r\n", ""),
            Some(400),
            "a header line without a name",
        );
        check(
            invite("X Y: x\r\n", ""),
            Some(400),
            "a header line without a name",
        );
        check(
            invite("X: a\rb\r\n", ""),
            Some(400),
            "a header value with a control character",
        );
        check(
            invite("X: a\0\r\n", ""),
            Some(400),
            "a header value with a control character",
        );
        check(
            read(format!("INVITE sip:b@h SIP/2.0\r\n{VIA}{HEAD}")),
            Some(400),
            "no empty line after the headers",
        );
        check(read(""), None, "empty");
        check(read("\r\n\r\n"), None, "empty");
        check(read("\0\x01\x02"), None, "start line: not three words");
    }

    #[test]
    fn sizes_are_bounded() {
        let many = "X: 1\r\n".repeat(MOST_FIELDS - 5);
        assert_eq!(request(invite(&many, "")).headers.len(), MOST_FIELDS);
        check(
            invite(&format!("{many}Y: 1\r\n"), ""),
            Some(513),
            "too many header fields",
        );
        let long = format!("X: {}\r\n", "x".repeat(MOST_HEAD));
        check(
            invite(&long, ""),
            Some(513),
            "start line and headers: too long",
        );
        check(
            invite("", &"x".repeat(MOST_BODY + 1)),
            Some(513),
            "body: too long",
        );
    }
}
