//! Transactions (RFC 3261 §17, as amended by RFC 6026 and RFC 4320): the four machines and the table
//! that finds them.
//!
//! The table takes whole messages from the wire and tells the layer above what is new; repeats are
//! answered here. The layer above sends requests and responses through it.

mod client;
mod invite_client;
mod invite_server;
mod key;
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

/// Plays a machine in virtual time and writes down its ladder.
#[cfg(test)]
mod rehearsal {
    use std::collections::VecDeque;
    use std::time::{Duration, Instant};

    use bytes::Bytes;

    use crate::sip::message::{Message, Request, parse};

    /// A machine on stage.
    pub trait Actor {
        /// Something happens; returns how the ladder calls it.
        fn hear(&mut self, cue: &str, now: Instant) -> String;
        fn wake(&mut self, now: Instant);
        /// The next thing that it says; `up` goes behind what it has just heard.
        fn say(&mut self) -> Option<String>;
        fn next_deadline(&self) -> Option<Instant>;
        fn is_over(&self) -> bool;
    }

    /// Gives an actor its cues ("seconds cue, …") and every wake-up that it asks for, until it is over or
    /// waits for nothing.
    pub fn rehearse<A: Actor>(cues: &str, enter: impl FnOnce(Instant) -> A) -> String {
        let start = Instant::now();
        let mut cues: VecDeque<(Instant, &str)> = cues
            .split_terminator(", ")
            .map(|cue| cue.split_once(' ').unwrap())
            .map(|(at, cue)| (start + Duration::from_secs_f64(at.parse().unwrap()), cue))
            .collect();
        let mut actor = enter(start);
        let mut ladder = String::new();
        let mut now = start;
        loop {
            let at = now.duration_since(start).as_secs_f64();
            let mut heard = String::new();
            match cues.pop_front_if(|(when, _)| *when == now) {
                Some((_, cue)) => heard = actor.hear(cue, now),
                None => actor.wake(now),
            }
            let mut said = String::new();
            while let Some(line) = actor.say() {
                match line.as_str() {
                    "up" => heard += " up",
                    line => said += &format!("{at:06.3}  {line}\n"),
                }
            }
            if !heard.is_empty() {
                ladder += &format!("{at:06.3}  {heard}\n");
            }
            ladder += &said;
            if actor.is_over() && cues.is_empty() {
                return ladder + &format!("{at:06.3}     terminated\n");
            }
            let next_cue = cues.front().map(|(when, _)| *when);
            match actor.next_deadline().into_iter().chain(next_cue).min() {
                Some(next) => now = next,
                None => return ladder + "          waits\n",
            }
        }
    }

    /// A request as it would arrive.
    pub fn request(method: &str) -> Request {
        let text = format!(
            "{method} sip:bob@192.0.2.2 SIP/2.0\r\n\
             Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKrehearsal\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:alice@192.0.2.1>;tag=alice\r\n\
             To: <sip:bob@192.0.2.2>\r\n\
             Call-ID: rehearsal\r\n\
             CSeq: 1 {method}\r\n\
             Content-Length: 0\r\n\r\n"
        );
        match parse(Bytes::from(text)) {
            Ok(Message::Request(request)) => request,
            other => panic!("not a request: {other:?}"),
        }
    }

    /// `-> INVITE`, `-> ACK;tag=callee` or `-> 200`: what goes on the wire, in short.
    pub fn sent(bytes: &Bytes) -> String {
        match parse(bytes.clone()) {
            Ok(Message::Request(request)) => match request.headers.to().unwrap().tag() {
                Some(tag) => format!("-> {};tag={tag}", request.method),
                None => format!("-> {}", request.method),
            },
            Ok(Message::Response(response)) => format!("-> {}", response.code),
            Err(fault) => panic!("we wrote nonsense: {fault}"),
        }
    }
}
