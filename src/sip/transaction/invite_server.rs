//! The INVITE server transaction (RFC 3261 §17.2.1, as amended by RFC 6026 §7.1).
//!
//! ```text
//!  INVITE heard, 100 sent at once
//!      │
//!      ▼
//!  Proceeding ──2xx──▶ Accepted ────────────L──────────────────▶┐
//!      │               (the layer above repeats the 2xx)        │
//!      └──300–699──▶ Completed ──ACK──▶ Confirmed ──────I──────▶┤
//!                     │  G: resend, gap doubles up to T2        │
//!                     └──H: never acknowledged ────────────────▶┴──▶ Terminated
//! ```

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

use super::timer::{GIVE_UP, Resend, T2, T4};

/// One INVITE of a peer's.
#[derive(Debug)]
pub struct InviteServer {
    reliable: bool,
    state: State,
    outputs: VecDeque<Output>,
}

/// What the transaction wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Put this on the wire.
    Transmit(Bytes),
    /// The ACK of a 300–699 never came.
    Unacknowledged,
}

/// Whom an ACK with the INVITE's branch concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concerns {
    /// It is dealt with.
    Transaction,
    /// It came after a 2xx: it is the dialog's, although it should have a branch of its own.
    Dialog,
}

#[derive(Debug)]
enum State {
    /// The layer above thinks; a repeated INVITE gets its last provisional response again.
    Proceeding {
        last: Bytes,
    },
    /// Answered with a 2xx. Repeated INVITEs are swallowed: the layer above repeats the 2xx.
    Accepted {
        until: Instant,
    },
    /// Refused; repeated until the ACK comes. `resend` is absent on a reliable transport.
    Completed {
        last: Bytes,
        resend: Option<Resend>,
        give_up_at: Instant,
    },
    /// Acknowledged; further ACKs are swallowed.
    Confirmed {
        until: Instant,
    },
    Terminated,
}

impl InviteServer {
    /// `trying` is the 100, sent at once.
    pub fn new(trying: Bytes, reliable: bool) -> Self {
        Self {
            reliable,
            outputs: VecDeque::from([Output::Transmit(trying.clone())]),
            state: State::Proceeding { last: trying },
        }
    }

    /// The same INVITE again.
    pub fn handle_repeat(&mut self) {
        match &self.state {
            State::Proceeding { last } | State::Completed { last, .. } => {
                self.outputs.push_back(Output::Transmit(last.clone()));
            }
            // A 2xx is repeated by the layer above; an acknowledged refusal needs no repeat.
            State::Accepted { .. } | State::Confirmed { .. } | State::Terminated => {}
        }
    }

    pub fn handle_ack(&mut self, now: Instant) -> Concerns {
        match &self.state {
            State::Accepted { .. } => Concerns::Dialog,
            State::Completed { .. } => {
                self.state = match self.reliable {
                    true => State::Terminated,
                    false => State::Confirmed { until: now + T4 },
                };
                Concerns::Transaction
            }
            // Nothing to acknowledge yet, or acknowledged already.
            State::Proceeding { .. } | State::Confirmed { .. } | State::Terminated => {
                Concerns::Transaction
            }
        }
    }

    /// Sends a response of the layer above.
    pub fn respond(&mut self, code: u16, response: Bytes, now: Instant) {
        match (&mut self.state, code) {
            (State::Proceeding { last }, ..=199) => {
                *last = response.clone();
                self.outputs.push_back(Output::Transmit(response));
            }
            (State::Proceeding { .. }, 200..=299) => {
                self.outputs.push_back(Output::Transmit(response));
                self.state = State::Accepted {
                    until: now + GIVE_UP,
                };
            }
            (State::Proceeding { .. }, 300..) => {
                self.outputs.push_back(Output::Transmit(response.clone()));
                self.state = State::Completed {
                    last: response,
                    resend: Resend::start(self.reliable, now),
                    give_up_at: now + GIVE_UP,
                };
            }
            (State::Accepted { .. }, 200..=299) => {
                self.outputs.push_back(Output::Transmit(response));
            }
            // The verdict has been given; it stands.
            (
                State::Accepted { .. }
                | State::Completed { .. }
                | State::Confirmed { .. }
                | State::Terminated,
                _,
            ) => {}
        }
    }

    /// What is to be sent again where the transport lost it (§18.2.2).
    pub fn last_response(&self) -> Option<&Bytes> {
        match &self.state {
            State::Proceeding { last } | State::Completed { last, .. } => Some(last),
            // The layer above repeats its 2xx by itself; the rest has arrived.
            State::Accepted { .. } | State::Confirmed { .. } | State::Terminated => None,
        }
    }

    /// Whether the final response is still to come.
    pub fn is_unanswered(&self) -> bool {
        matches!(self.state, State::Proceeding { .. })
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        match &mut self.state {
            State::Completed { give_up_at, .. } if *give_up_at <= now => {
                self.state = State::Terminated;
                self.outputs.push_back(Output::Unacknowledged);
            }
            State::Completed {
                last,
                resend: Some(resend),
                ..
            } if resend.at <= now => {
                resend.advance(T2, now);
                self.outputs.push_back(Output::Transmit(last.clone()));
            }
            State::Accepted { until } | State::Confirmed { until } if *until <= now => {
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
            State::Completed {
                resend, give_up_at, ..
            } => Some(resend.map_or(*give_up_at, |resend| resend.at.min(*give_up_at))),
            State::Accepted { until } | State::Confirmed { until } => Some(*until),
            State::Proceeding { .. } | State::Terminated => None,
        }
    }

    pub fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}
