//! The INVITE client transaction (RFC 3261 §17.1.1, as amended by RFC 6026 §7.2).
//!
//! ```text
//!  INVITE sent
//!      │        A: resend, gap doubles
//!      ▼        B: give up ─────────────────────────────┐
//!   Calling ──1xx──▶ Proceeding ──cancel──▶ Cancelling ──64·T1──▶┤
//!      │                 │                      │                │
//!      ├─────2xx─────────┴──────────────────────┴──▶ Accepted ─M─▶┤
//!      └───300–699───────┴──────────────────────┴──▶ Completed ─D─▶┴──▶ Terminated
//! ```
//!
//! Calling that is told to cancel becomes Withdrawn: it goes on like Calling, and its first 1xx
//! leads to Cancelling (§9.1: no CANCEL before a provisional response).
//!
//! Each state owns its deadlines, so leaving a state cancels its timers and a stale timer cannot
//! be written down. The ACK for a 300–699 belongs to this transaction; the ACK for a 2xx belongs
//! to the dialog (§13.2.2.4), which alone knows the route set.

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

use super::timer::{GIVE_UP, Resend, TIMER_D};
use crate::sip::message::{Name, Request, Response};

/// One INVITE on its way to a final response.
#[derive(Debug)]
pub struct InviteClient {
    /// With its Via; the ACK and the CANCEL are made from it.
    invite: Request,
    reliable: bool,
    state: State,
    outputs: VecDeque<Output>,
}

/// What the transaction wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Put this on the wire.
    Transmit(Bytes),
    /// Send this CANCEL in a transaction of its own.
    Cancel(Box<Request>),
    /// Hand this response to the dialog. A 2xx may come more than once: each is a fork or a repeat.
    Respond(Box<Response>),
    /// Nothing was heard in time; treat it as a 408 (§8.1.3.1).
    TimeOut,
    /// The transport refused the request; treat it as a 503 (§8.1.3.1).
    Unreachable,
}

#[derive(Debug)]
enum State {
    /// Sent, nothing heard. `resend` is absent on a reliable transport.
    Calling {
        sent: Bytes,
        resend: Option<Resend>,
        give_up_at: Instant,
    },
    /// As Calling, but the caller has changed its mind; the CANCEL waits for a provisional response.
    Withdrawn {
        sent: Bytes,
        resend: Option<Resend>,
        give_up_at: Instant,
        reason: Option<Bytes>,
    },
    /// The peer is alive, so nothing is resent and nothing times out: a phone may ring for minutes.
    Proceeding,
    /// The CANCEL is out. A peer that forgets the final response is given up (§9.1).
    Cancelling {
        give_up_at: Instant,
    },
    /// Answered; further 2xx still have a transaction to arrive at.
    Accepted {
        until: Instant,
    },
    /// Refused; a repeated refusal is answered with the same ACK.
    Completed {
        ack: Bytes,
        until: Instant,
    },
    Terminated,
}

impl InviteClient {
    /// `invite` has its Via already; `sent` is how it is written.
    pub fn new(invite: Request, sent: Bytes, reliable: bool, now: Instant) -> Self {
        Self {
            invite,
            reliable,
            outputs: VecDeque::from([Output::Transmit(sent.clone())]),
            state: State::Calling {
                sent,
                resend: Resend::start(reliable, now),
                give_up_at: now + GIVE_UP,
            },
        }
    }

    pub fn handle_response(&mut self, response: Response, now: Instant) {
        match (&mut self.state, response.code) {
            (State::Calling { .. }, ..=199) => {
                self.state = State::Proceeding;
                self.respond(response);
            }
            (State::Withdrawn { reason, .. }, ..=199) => {
                let reason = reason.take();
                self.send_cancel(reason, now);
                self.respond(response);
            }
            (State::Proceeding | State::Cancelling { .. }, ..=199) => self.respond(response),
            (
                State::Calling { .. }
                | State::Withdrawn { .. }
                | State::Proceeding
                | State::Cancelling { .. },
                200..=299,
            ) => {
                self.state = State::Accepted {
                    until: now + GIVE_UP,
                };
                self.respond(response);
            }
            (
                State::Calling { .. }
                | State::Withdrawn { .. }
                | State::Proceeding
                | State::Cancelling { .. },
                300..,
            ) => {
                let ack = self.invite.ack_for(&response).to_bytes();
                self.outputs.push_back(Output::Transmit(ack.clone()));
                self.respond(response);
                self.state = match self.reliable {
                    true => State::Terminated,
                    false => State::Completed {
                        ack,
                        until: now + TIMER_D,
                    },
                };
            }
            (State::Accepted { .. }, 200..=299) => self.respond(response),
            (State::Completed { ack, .. }, 300..) => {
                self.outputs.push_back(Output::Transmit(ack.clone()));
            }
            // Late or repeated; already dealt with.
            (State::Accepted { .. } | State::Completed { .. } | State::Terminated, _) => {}
        }
    }

    /// The caller has changed its mind. `reason` is the value of a Reason header (RFC 3326).
    pub fn cancel(&mut self, reason: Option<Bytes>, now: Instant) {
        match &mut self.state {
            State::Calling {
                sent,
                resend,
                give_up_at,
            } => {
                self.state = State::Withdrawn {
                    sent: std::mem::take(sent),
                    resend: *resend,
                    give_up_at: *give_up_at,
                    reason,
                };
            }
            State::Proceeding => self.send_cancel(reason, now),
            // Cancelled already, or too late: what the peer said stands.
            State::Withdrawn { .. }
            | State::Cancelling { .. }
            | State::Accepted { .. }
            | State::Completed { .. }
            | State::Terminated => {}
        }
    }

    /// Whether nothing has been heard and the caller still wants it: it may go another way.
    pub fn is_unheard(&self) -> bool {
        matches!(self.state, State::Calling { .. })
    }

    /// Only a state that sends can fail to (RFC 3261 figure 5); over a connection, one that waits
    /// for the answer on it fails with it.
    pub fn handle_unreachable(&mut self) {
        match self.state {
            State::Calling { .. } | State::Withdrawn { .. } => self.give_up(Output::Unreachable),
            State::Proceeding | State::Cancelling { .. } if self.reliable => {
                self.give_up(Output::Unreachable);
            }
            // The ACK was lost, but its response has been told already.
            State::Completed { .. } => self.state = State::Terminated,
            State::Proceeding
            | State::Cancelling { .. }
            | State::Accepted { .. }
            | State::Terminated => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        match &mut self.state {
            State::Calling { give_up_at, .. }
            | State::Withdrawn { give_up_at, .. }
            | State::Cancelling { give_up_at }
                if *give_up_at <= now =>
            {
                self.give_up(Output::TimeOut);
            }
            State::Calling {
                sent,
                resend: Some(resend),
                ..
            }
            | State::Withdrawn {
                sent,
                resend: Some(resend),
                ..
            } if resend.at <= now => {
                resend.advance(GIVE_UP, now);
                self.outputs.push_back(Output::Transmit(sent.clone()));
            }
            State::Accepted { until } | State::Completed { until, .. } if *until <= now => {
                self.state = State::Terminated;
            }
            // Not due.
            _ => {}
        }
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Calling {
                resend, give_up_at, ..
            }
            | State::Withdrawn {
                resend, give_up_at, ..
            } => Some(resend.map_or(*give_up_at, |resend| resend.at.min(*give_up_at))),
            State::Cancelling { give_up_at } => Some(*give_up_at),
            State::Accepted { until } | State::Completed { until, .. } => Some(*until),
            State::Proceeding | State::Terminated => None,
        }
    }

    pub fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }

    fn respond(&mut self, response: Response) {
        self.outputs.push_back(Output::Respond(Box::new(response)));
    }

    fn send_cancel(&mut self, reason: Option<Bytes>, now: Instant) {
        let mut cancel = self.invite.cancel();
        if let Some(reason) = reason {
            cancel.headers.push(Name::Reason, reason);
        }
        self.outputs.push_back(Output::Cancel(Box::new(cancel)));
        self.state = State::Cancelling {
            give_up_at: now + GIVE_UP,
        };
    }

    fn give_up(&mut self, verdict: Output) {
        self.state = State::Terminated;
        self.outputs.push_back(verdict);
    }
}
