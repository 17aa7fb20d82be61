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
    headers.copy_first(request, &Name::To);
    if let Some(to) = headers.get(&Name::To)
        && code != 100
        && let Ok(to_parsed) = NameAddr::parse(to)
        && to_parsed.tag().is_none()
    {
        let tagged = [to, &b";tag="[..], to_tag.as_bytes()].concat();
        headers.set(Name::To, tagged);
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
