//! New messages from what is at hand: requests, and responses that copy what §8.2.6 says.

use bytes::Bytes;

use crate::sip::message::{
    Body, Headers, Malformed, Method, Name, NameAddr, Request, Response, Uri, status,
};

/// What a body is where its message does not say (§7.4.1 asks it to).
const UNKNOWN_TYPE: &str = "application/octet-stream";

impl Request {
    /// Without headers; `Content-Length` is written on the way out.
    pub fn new(method: Method, uri: Uri) -> Request {
        Request {
            method,
            uri,
            headers: Headers::new(),
            body: Bytes::new(),
        }
    }

    pub fn with_body(mut self, body: Option<Body>) -> Request {
        self.body = put_body(&mut self.headers, body);
        self
    }

    /// A response to this request: Vias, From, To, Call-ID and CSeq copied, the To-tag added where it is
    /// missing and the code is not 100 (§8.2.6.2), Timestamp copied into a 100.
    pub fn response(&self, code: u16, reason: Option<&str>, to_tag: &str) -> Response {
        response_to(&self.headers, code, reason, to_tag)
    }

    /// The ACK for a 300–699 to this INVITE (§17.1.1.3): same branch, the response's To.
    pub fn ack_for(&self, response: &Response) -> Request {
        let mut ack = self.of_same_transaction(Method::Ack);
        ack.headers.remove(&Name::To);
        ack.headers.copy_first(&response.headers, &Name::To);
        ack
    }

    /// The CANCEL for this INVITE (§9.1).
    pub fn cancel(&self) -> Request {
        self.of_same_transaction(Method::Cancel)
    }

    /// The topmost Via alone, the Routes, From, To and Call-ID, and the CSeq number.
    fn of_same_transaction(&self, method: Method) -> Request {
        let mut request = Request::new(method, self.uri.clone());
        let headers = &mut request.headers;
        if let Some(via) = self.headers.list(&Name::Via).next() {
            headers.push(Name::Via, Bytes::copy_from_slice(via));
        }
        headers.push(Name::MaxForwards, "70");
        headers.copy_all(&self.headers, &Name::Route);
        headers.copy_first(&self.headers, &Name::From);
        headers.copy_first(&self.headers, &Name::To);
        headers.copy_first(&self.headers, &Name::CallId);
        let number = self.headers.cseq().map_or(0, |cseq| cseq.number);
        headers.push(Name::Cseq, format!("{number} {}", request.method));
        request
    }

    pub fn body(&self) -> Option<Body> {
        take_body(&self.headers, &self.body)
    }
}

impl Response {
    pub fn with_body(mut self, body: Option<Body>) -> Response {
        self.body = put_body(&mut self.headers, body);
        self
    }

    pub fn body(&self) -> Option<Body> {
        take_body(&self.headers, &self.body)
    }
}

impl Malformed {
    /// The answer to a broken request, from what could be read of it; `None` where there is none to
    /// give. It goes to where the request came from: its Via may be what is broken.
    pub fn response(&self, to_tag: &str) -> Option<Response> {
        let headers = self.answerable.as_deref()?;
        Some(response_to(headers, self.code, None, to_tag))
    }
}

fn response_to(request: &Headers, code: u16, reason: Option<&str>, to_tag: &str) -> Response {
    let mut headers = Headers::with_capacity(8);
    headers.copy_all(request, &Name::Via);
    headers.copy_first(request, &Name::From);
    if let Some(to) = request.get(&Name::To) {
        let lacks_tag = NameAddr::parse(to).is_ok_and(|to| to.tag().is_none());
        let to = match lacks_tag && code != 100 {
            true => [to, &b";tag="[..], to_tag.as_bytes()].concat().into(),
            false => to.clone(),
        };
        headers.push_checked(Name::To, to);
    }
    headers.copy_first(request, &Name::CallId);
    headers.copy_first(request, &Name::Cseq);
    if code == 100 {
        headers.copy_first(request, &Name::Timestamp);
    }
    Response {
        code,
        reason: reason.unwrap_or(status::reason(code)).to_string(),
        headers,
        body: Bytes::new(),
    }
}

fn put_body(headers: &mut Headers, body: Option<Body>) -> Bytes {
    match body {
        Some(body) => {
            headers.set(Name::ContentType, body.content_type);
            body.bytes
        }
        None => {
            headers.remove(&Name::ContentType);
            Bytes::new()
        }
    }
}

fn take_body(headers: &Headers, bytes: &Bytes) -> Option<Body> {
    let content_type = headers.text(&Name::ContentType).unwrap_or(UNKNOWN_TYPE);
    (!bytes.is_empty()).then(|| Body {
        content_type: content_type.to_string(),
        bytes: bytes.clone(),
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::sip::message::{Message, parse};

    const INVITE: &str = "INVITE sip:b@h SIP/2.0
v: SIP/2.0/UDP p;branch=z9hG4bK2 , SIP/2.0/UDP u;branch=z9hG4bK1
Via: SIP/2.0/TCP w;branch=z9hG4bK0
Route: <sip:r1;lr>
Route: <sip:r2;lr>
f: \"A, B\" <sip:a@h>;tag=1
t: <sip:b@h>
i: c
CSeq: 7 INVITE
Timestamp: 54
Require: 100rel
Authorization: Digest x=y
Content-Type: text/plain

hello";

    fn read(text: &[u8]) -> Request {
        match parse(Bytes::copy_from_slice(text)) {
            Ok(Message::Request(request)) => request,
            other => panic!("{other:?}"),
        }
    }

    fn invite() -> Request {
        read(INVITE.as_bytes())
    }

    fn check(bytes: Bytes, text: Expect) {
        text.assert_eq(&String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
    }

    #[test]
    fn a_response_copies_what_it_must() {
        check(
            invite().response(180, None, "t1").to_bytes(),
            expect![[r#"
                SIP/2.0 180 Ringing
                Via: SIP/2.0/UDP p;branch=z9hG4bK2 , SIP/2.0/UDP u;branch=z9hG4bK1
                Via: SIP/2.0/TCP w;branch=z9hG4bK0
                From: "A, B" <sip:a@h>;tag=1
                To: <sip:b@h>;tag=t1
                Call-ID: c
                CSeq: 7 INVITE
                Content-Length: 0

            "#]],
        );
        check(
            invite().response(100, None, "t1").to_bytes(),
            expect![[r#"
                SIP/2.0 100 Trying
                Via: SIP/2.0/UDP p;branch=z9hG4bK2 , SIP/2.0/UDP u;branch=z9hG4bK1
                Via: SIP/2.0/TCP w;branch=z9hG4bK0
                From: "A, B" <sip:a@h>;tag=1
                To: <sip:b@h>
                Call-ID: c
                CSeq: 7 INVITE
                Timestamp: 54
                Content-Length: 0

            "#]],
        );
    }

    #[test]
    fn a_to_tag_that_is_there_stays() {
        let mut request = invite();
        request.headers.set(Name::To, "sip:b@h;tag=x");
        let response = request.response(486, Some("Not\r\nnow"), "t1");
        assert_eq!(response.headers.text(&Name::To), Some("sip:b@h;tag=x"));
        assert!(response.to_bytes().starts_with(b"SIP/2.0 486 Notnow\r\n"));
    }

    #[test]
    fn ack_and_cancel_belong_to_the_invites_transaction() {
        let response = invite().response(486, None, "t1");
        check(
            invite().ack_for(&response).to_bytes(),
            expect![[r#"
            ACK sip:b@h SIP/2.0
            Via: SIP/2.0/UDP p;branch=z9hG4bK2
            Max-Forwards: 70
            Route: <sip:r1;lr>
            Route: <sip:r2;lr>
            From: "A, B" <sip:a@h>;tag=1
            Call-ID: c
            CSeq: 7 ACK
            To: <sip:b@h>;tag=t1
            Content-Length: 0

        "#]],
        );
        check(
            invite().cancel().to_bytes(),
            expect![[r#"
            CANCEL sip:b@h SIP/2.0
            Via: SIP/2.0/UDP p;branch=z9hG4bK2
            Max-Forwards: 70
            Route: <sip:r1;lr>
            Route: <sip:r2;lr>
            From: "A, B" <sip:a@h>;tag=1
            To: <sip:b@h>
            Call-ID: c
            CSeq: 7 CANCEL
            Content-Length: 0

        "#]],
        );
    }

    #[test]
    fn a_body_comes_with_its_type_and_goes_with_it() {
        let request = invite();
        let body = request.body().expect("a body");
        assert_eq!(body.content_type, "text/plain");
        assert_eq!(&body.bytes[..], b"hello");
        let without = request.with_body(None);
        assert_eq!(
            (without.body(), without.headers.has(&Name::ContentType)),
            (None, false)
        );
        let binary = Body {
            content_type: "application/x\r\nX: 1".to_string(),
            bytes: Bytes::from_static(b"\0\xff\r\n\r\n"),
        };
        let with = read(&without.with_body(Some(binary)).to_bytes());
        assert_eq!(&with.body[..], b"\0\xff\r\n\r\n");
        assert_eq!(
            with.headers.text(&Name::ContentType),
            Some("application/x X: 1")
        );
    }

    #[test]
    fn a_start_line_is_one_line_whoever_filled_it() {
        let mut uri = crate::sip::message::uri::SipUri {
            host: "h SIP/2.0\r\nX: 1".to_string(),
            ..Default::default()
        };
        uri.raw_user = Some("a b\0".to_string());
        let method = Method::Other("A B\r\n".to_string());
        let bytes = Request::new(method, Uri::Sip(uri)).to_bytes();
        assert!(bytes.starts_with(b"AB sip:ab@hSIP/2.0X:1 SIP/2.0\r\nContent-Length: 0\r\n"));
    }

    #[test]
    fn a_broken_request_is_answered_from_what_could_be_read() {
        let broken = INVITE.replace("CSeq: 7 INVITE", "CSeq: 7 BYE");
        let fault = parse(Bytes::from(broken)).expect_err("mismatch");
        check(
            fault.response("t1").expect("answerable").to_bytes(),
            expect![[r#"
                SIP/2.0 400 Bad Request
                Via: SIP/2.0/UDP p;branch=z9hG4bK2 , SIP/2.0/UDP u;branch=z9hG4bK1
                Via: SIP/2.0/TCP w;branch=z9hG4bK0
                From: "A, B" <sip:a@h>;tag=1
                To: <sip:b@h>;tag=t1
                Call-ID: c
                CSeq: 7 BYE
                Content-Length: 0

            "#]],
        );
        let ack = INVITE.replace("INVITE sip", "ACK sip");
        let fault = parse(Bytes::from(ack)).expect_err("mismatch");
        assert_eq!(fault.response("t1"), None);
        let response = parse(Bytes::from_static(b"SIP/2.0 200 OK\r\nVia: x\r\n\r\n"));
        assert_eq!(response.expect_err("broken").response("t1"), None);
    }
}
