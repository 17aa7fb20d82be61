//! Transactions (RFC 3261 §17, as amended by RFC 6026 and RFC 4320): the four machines and the table
//! that finds them.
//!
//! The table takes whole messages from the wire and tells the layer above what is new; repeats are
//! answered here. The layer above sends requests and responses through it.

use std::time::Instant;

use bytes::Bytes;

use crate::base::Dice;
use crate::sip::message::{Message, Request, Response};
use crate::sip::transport::{Flow, Listener};

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

/// All transactions.
pub struct Transactions {
    dice: Dice,
    listeners: Vec<Listener>,
}

impl Transactions {
    pub fn new(listeners: Vec<Listener>, dice: Dice) -> Self {
        Transactions { dice, listeners }
    }

    /// A message from the wire, already parsed. `received` and `rport` are put into its topmost Via
    /// here (§18.2.1, RFC 3581 §4).
    pub fn handle_message(&mut self, _message: Message, _flow: Flow, _now: Instant) {
        let _ = (&self.dice, &self.listeners);
        todo!()
    }

    /// Sends a request in a new transaction. A Via with a fresh branch and `rport` is put on top. A
    /// datagram over 1300 bytes goes by TCP where we listen on TCP (§18.1.1).
    pub fn request(&mut self, _request: Request, _flow: Flow, _now: Instant) -> ClientId {
        todo!()
    }

    /// Sends an ACK for a 2xx: no transaction, a Via of its own; returns its bytes so that they can be
    /// repeated.
    pub fn acknowledge(&mut self, _ack: Request, _flow: Flow) -> Bytes {
        todo!()
    }

    /// Sends CANCEL for an INVITE of ours, now or as soon as a provisional response has come (§9.1).
    pub fn cancel(&mut self, _id: ClientId, _reason: Option<Bytes>, _now: Instant) {
        todo!()
    }

    /// Sends a response of the layer above, to where §18.2.2 says. For INVITE: a 2xx is handed to the
    /// layer above to repeat (call this again with the same response), 300–699 are repeated here.
    pub fn respond(&mut self, _id: ServerId, _response: Response, _now: Instant) {
        todo!()
    }

    /// Answers a request without a transaction: malformed ones, and where the table is full.
    pub fn respond_statelessly(&mut self, _response: Response, _flow: Flow) {
        todo!()
    }

    pub fn handle_unreachable(&mut self, _flow: &Flow, _now: Instant) {
        todo!()
    }

    pub fn handle_timeout(&mut self, _now: Instant) {
        todo!()
    }

    pub fn poll(&mut self) -> Option<Output> {
        todo!()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        todo!()
    }

    /// How many are alive.
    pub fn len(&self) -> usize {
        todo!()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
