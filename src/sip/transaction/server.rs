//! The non-INVITE server transaction (RFC 3261 §17.2.2, as amended by RFC 4320).
//!
//! ```text
//!  request heard
//!      │
//!      ▼        3.5 s: 100
//!   Trying ───────────────▶ Proceeding ──64·T1: too late──▶┐
//!      │                        │                          │
//!      └───────200–699──────────┴──▶ Completed ─────J─────▶┴──▶ Terminated
//! ```
//!
//! A 100 before 3.5 s would only slow the peer's repeats down, a 408 says nothing that the peer
//! does not know: neither is sent (RFC 4320 §4). After 64·T1 the peer has given up, so an answer
//! that comes then is dropped.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

use super::timer::{GIVE_UP, SLOW};

/// One request of a peer's other than INVITE and ACK.
#[derive(Debug)]
pub struct Server {
    reliable: bool,
    state: State,
    outputs: VecDeque<Bytes>,
}

#[derive(Debug)]
enum State {
    /// The layer above thinks. `trying` is the 100 for when it thinks for long.
    Trying {
        trying: Bytes,
        slow_at: Instant,
        give_up_at: Instant,
    },
    Proceeding {
        trying: Bytes,
        give_up_at: Instant,
    },
    /// Answered; a repeated request gets the same answer.
    Completed {
        last: Bytes,
        until: Instant,
    },
    Terminated,
}

impl Server {
    /// `trying` is the 100, sent when the answer is slow.
    pub fn new(trying: Bytes, reliable: bool, now: Instant) -> Self {
        Self {
            reliable,
            outputs: VecDeque::new(),
            state: State::Trying {
                trying,
                slow_at: now + SLOW,
                give_up_at: now + GIVE_UP,
            },
        }
    }

    /// The same request again.
    pub fn handle_repeat(&mut self) {
        match &self.state {
            State::Proceeding { trying: last, .. } | State::Completed { last, .. } => {
                self.outputs.push_back(last.clone());
            }
            // Nothing has been said yet.
            State::Trying { .. } | State::Terminated => {}
        }
    }

    /// Sends a final response of the layer above; the 100 is sent here.
    pub fn respond(&mut self, code: u16, response: Bytes, now: Instant) {
        match (&self.state, code) {
            (State::Trying { .. } | State::Proceeding { .. }, 200..) if code != 408 => {
                self.outputs.push_back(response.clone());
                self.state = match self.reliable {
                    true => State::Terminated,
                    false => State::Completed {
                        last: response,
                        until: now + GIVE_UP,
                    },
                };
            }
            // A 408 is as good as silence.
            (State::Trying { .. } | State::Proceeding { .. }, 408) => {
                self.state = State::Terminated;
            }
            // No provisional response but the 100 may be sent (RFC 4320 §4.1).
            (State::Trying { .. } | State::Proceeding { .. }, _) => {}
            // The verdict has been given; it stands.
            (State::Completed { .. } | State::Terminated, _) => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        match &mut self.state {
            State::Trying { give_up_at, .. } | State::Proceeding { give_up_at, .. }
                if *give_up_at <= now =>
            {
                self.state = State::Terminated;
            }
            State::Trying {
                trying,
                slow_at,
                give_up_at,
            } if *slow_at <= now => {
                self.outputs.push_back(trying.clone());
                self.state = State::Proceeding {
                    trying: std::mem::take(trying),
                    give_up_at: *give_up_at,
                };
            }
            State::Completed { until, .. } if *until <= now => self.state = State::Terminated,
            // Not due.
            _ => {}
        }
    }

    /// Bytes for the wire.
    pub fn poll(&mut self) -> Option<Bytes> {
        self.outputs.pop_front()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Trying { slow_at, .. } => Some(*slow_at),
            State::Proceeding { give_up_at, .. } => Some(*give_up_at),
            State::Completed { until, .. } => Some(*until),
            State::Terminated => None,
        }
    }

    pub fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}
