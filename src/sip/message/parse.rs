//! Bytes to a message.

use bytes::Bytes;

use crate::sip::message::{Headers, Message};

/// Why bytes are no message, and what an answer to them needs, where there is enough to answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Malformed {
    /// What is wrong, e.g. `CSeq: number too large`.
    pub reason: String,
    /// 400, 505, 501, 416, 513…
    pub code: u16,
    /// The headers of a broken *request* as far as they could be read: enough of Via, From, To,
    /// Call-ID and CSeq to answer. `None`: drop it.
    pub answerable: Option<Box<Headers>>,
}

/// Reads one message from one datagram (or from one framed piece of a stream). Content-Length is held
/// to: a longer body is cut (§18.3), a shorter one is malformed. Checks what every element must check
/// (§8.2, §16.3): start line, Via, From, To, Call-ID, CSeq with the start line's method, single values.
pub fn parse(_datagram: Bytes) -> Result<Message, Malformed> {
    todo!()
}
