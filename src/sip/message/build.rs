//! New messages from what is at hand: requests, and responses that copy what §8.2.6 says.

use crate::sip::message::{Body, Method, Request, Response, Uri};

impl Request {
    /// Without headers; `Content-Length` is written on the way out.
    pub fn new(_method: Method, _uri: Uri) -> Request {
        todo!()
    }

    pub fn with_body(self, _body: Option<Body>) -> Request {
        todo!()
    }

    /// A response to this request: Vias, From, To, Call-ID and CSeq copied, the To-tag added where it is
    /// missing and the code is not 100 (§8.2.6.2), Timestamp copied into a 100.
    pub fn response(&self, _code: u16, _reason: Option<&str>, _to_tag: &str) -> Response {
        todo!()
    }

    /// The ACK for a 300–699 to this INVITE (§17.1.1.3): same branch, the response's To.
    pub fn ack_for(&self, _response: &Response) -> Request {
        todo!()
    }

    /// The CANCEL for this INVITE (§9.1).
    pub fn cancel(&self) -> Request {
        todo!()
    }

    pub fn body(&self) -> Option<Body> {
        todo!()
    }
}

impl Response {
    pub fn with_body(self, _body: Option<Body>) -> Response {
        todo!()
    }

    pub fn body(&self) -> Option<Body> {
        todo!()
    }
}
