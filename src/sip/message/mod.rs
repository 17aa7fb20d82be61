//! SIP messages (RFC 3261 §7, §25): framing, lazy typed access and writing, on bytes.
//!
//! The only user of `rsip`, which serves where it is right: reason phrases, digest arithmetic, and
//! as the oracle of a differential test. Nothing of it shows in a public signature.
//!
//! A parsed message holds slices of the datagram it came in; a header is typed when somebody asks.

pub mod build;
pub mod digest;
pub mod frame;
mod head;
pub mod headers;
pub mod method;
pub mod parse;
pub(in crate::sip) mod scan;
pub mod status;
pub mod typed;
pub mod uri;
pub mod write;

use bytes::Bytes;

pub use headers::{Headers, Name};
pub use method::Method;
pub use parse::{Malformed, parse};
pub use typed::{Cseq, NameAddr, Params, Via};
pub use uri::Uri;

/// A request or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Request(Request),
    Response(Response),
}

impl Message {
    pub fn headers(&self) -> &Headers {
        match self {
            Message::Request(request) => &request.headers,
            Message::Response(response) => &response.headers,
        }
    }
}

/// A SIP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    pub uri: Uri,
    pub headers: Headers,
    pub body: Bytes,
}

/// A SIP response. `reason` is as the peer wrote it; ours come from [`status::reason`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub code: u16,
    pub reason: String,
    pub headers: Headers,
    pub body: Bytes,
}

/// A body with its type, as commands and events carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// As in `Content-Type`, e.g. `application/sdp`.
    pub content_type: String,
    pub bytes: Bytes,
}
