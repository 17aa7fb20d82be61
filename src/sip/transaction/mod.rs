//! Transactions (RFC 3261 §17, as amended by RFC 6026 and RFC 4320): the four machines and the table
//! that finds them.
//!
//! The table takes whole messages from the wire and tells the layer above what is new; repeats are
//! answered here. The layer above sends requests and responses through it.

mod client;
mod invite_client;
mod invite_server;
mod key;
#[cfg(test)]
mod rehearsal;
mod server;
mod table;
pub mod timer;

use bytes::Bytes;

use crate::sip::message::{Request, Response};
use crate::sip::transport::Flow;

pub use table::Transactions;

/// A transaction of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub u64);

/// A transaction of a peer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerId(pub u64);

/// What the table tells.
#[derive(Clone, Debug)]
pub enum Output {
    Transmit {
        flow: Flow,
        bytes: Bytes,
    },
    /// A new request: its transaction waits for [`Transactions::respond`]. Not ACK, not CANCEL of a
    /// known INVITE.
    Request {
        id: ServerId,
        request: Box<Request>,
        flow: Flow,
    },
    /// A CANCEL for the INVITE transaction `id`, already answered with 200; the INVITE still wants its
    /// final response. (A CANCEL that matches nothing got 481.)
    Cancelled {
        id: ServerId,
        request: Box<Request>,
    },
    /// An ACK that belongs to no transaction: the one for a 2xx (§13.3.1.4).
    Ack {
        request: Box<Request>,
        flow: Flow,
    },
    /// The ACK of a 300–699 never came (Timer H).
    Unacknowledged {
        id: ServerId,
    },
    /// A response; for INVITE a 2xx may come more than once, each a fork or a repeat.
    Response {
        id: ClientId,
        response: Box<Response>,
        flow: Flow,
    },
    /// Nothing was heard in time: as a 408 (§8.1.3.1).
    TimedOut {
        id: ClientId,
    },
    /// The transport failed: as a 503 (§8.1.3.1).
    Unreachable {
        id: ClientId,
    },
    /// A 2xx that belongs to no transaction any more; the dialog repeats its ACK (RFC 6026).
    StrayAnswer {
        response: Box<Response>,
        flow: Flow,
    },
}
