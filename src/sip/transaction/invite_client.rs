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

#[cfg(test)]
mod tests {
    use super::super::rehearsal::{Actor, rehearse, request, sent};
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn an_unanswered_invite_is_resent_at_doubling_gaps_then_given_up() {
        check(
            UDP,
            "",
            expect![[r#"
            00.000  -> INVITE
            00.500  -> INVITE
            01.500  -> INVITE
            03.500  -> INVITE
            07.500  -> INVITE
            15.500  -> INVITE
            31.500  -> INVITE
            32.000     timed out
            32.000     terminated
        "#]],
        );
    }

    #[test]
    fn a_phone_may_ring_for_longer_than_timer_b() {
        check(
            UDP,
            "0.2 180, 60 200",
            expect![[r#"
            00.000  -> INVITE
            00.200  <- 180 up
            60.000  <- 200 up
            92.000     terminated
        "#]],
        );
    }

    #[test]
    fn every_fork_that_answers_reaches_the_dialog() {
        check(
            UDP,
            "0.2 200, 0.3 200, 0.4 180, 0.5 486",
            expect![[r#"
            00.000  -> INVITE
            00.200  <- 200 up
            00.300  <- 200 up
            00.400  <- 180
            00.500  <- 486
            32.200     terminated
        "#]],
        );
    }

    #[test]
    fn a_repeated_refusal_gets_the_same_ack_and_is_told_once() {
        check(
            UDP,
            "0.2 486, 0.7 486, 30.2 486",
            expect![[r#"
            00.000  -> INVITE
            00.200  <- 486 up
            00.200  -> ACK;tag=callee
            00.700  <- 486
            00.700  -> ACK;tag=callee
            30.200  <- 486
            30.200  -> ACK;tag=callee
            32.200     terminated
        "#]],
        );
    }

    #[test]
    fn a_reliable_transport_neither_resends_nor_lingers() {
        check(
            TCP,
            "0.2 486",
            expect![[r#"
            00.000  -> INVITE
            00.200  <- 486 up
            00.200  -> ACK;tag=callee
            00.200     terminated
        "#]],
        );
    }

    #[test]
    fn a_reliable_transport_gives_a_silent_peer_up_all_the_same() {
        check(
            TCP,
            "",
            expect![[r#"
            00.000  -> INVITE
            32.000     timed out
            32.000     terminated
        "#]],
        );
    }

    #[test]
    fn a_cancel_waits_for_the_first_provisional_response() {
        check(
            UDP,
            "0.1 cancel, 0.8 100, 0.9 487",
            expect![[r#"
            00.000  -> INVITE
            00.100     cancel
            00.500  -> INVITE
            00.800  <- 100 up
            00.800  -> CANCEL (SIP;cause=200)
            00.900  <- 487 up
            00.900  -> ACK;tag=callee
            32.900     terminated
        "#]],
        );
    }

    #[test]
    fn a_ringing_phone_is_cancelled_at_once_and_only_once() {
        check(
            UDP,
            "0.2 180, 3 cancel, 3.1 cancel, 3.2 487",
            expect![[r#"
                00.000  -> INVITE
                00.200  <- 180 up
                03.000     cancel
                03.000  -> CANCEL (SIP;cause=200)
                03.100     cancel
                03.200  <- 487 up
                03.200  -> ACK;tag=callee
                35.200     terminated
            "#]],
        );
    }

    #[test]
    fn a_cancelled_invite_without_any_response_is_given_up_without_a_cancel() {
        check(
            UDP,
            "1 cancel",
            expect![[r#"
            00.000  -> INVITE
            00.500  -> INVITE
            01.000     cancel
            01.500  -> INVITE
            03.500  -> INVITE
            07.500  -> INVITE
            15.500  -> INVITE
            31.500  -> INVITE
            32.000     timed out
            32.000     terminated
        "#]],
        );
    }

    #[test]
    fn a_peer_that_forgets_the_final_response_to_a_cancelled_invite_is_given_up() {
        check(
            UDP,
            "0.2 180, 3 cancel, 20 180",
            expect![[r#"
            00.000  -> INVITE
            00.200  <- 180 up
            03.000     cancel
            03.000  -> CANCEL (SIP;cause=200)
            20.000  <- 180 up
            35.000     timed out
            35.000     terminated
        "#]],
        );
    }

    #[test]
    fn an_answer_that_crosses_the_cancel_reaches_the_dialog() {
        check(
            UDP,
            "0.2 180, 3 cancel, 3.01 200",
            expect![[r#"
            00.000  -> INVITE
            00.200  <- 180 up
            03.000     cancel
            03.000  -> CANCEL (SIP;cause=200)
            03.010  <- 200 up
            35.010     terminated
        "#]],
        );
    }

    #[test]
    fn a_cancel_after_the_answer_does_nothing() {
        check(
            UDP,
            "0.2 200, 0.3 cancel",
            expect![[r#"
            00.000  -> INVITE
            00.200  <- 200 up
            00.300     cancel
            32.200     terminated
        "#]],
        );
    }

    #[test]
    fn a_peer_that_cannot_be_reached_is_told_at_once() {
        check(
            UDP,
            "0.5 unreachable",
            expect![[r#"
            00.000  -> INVITE
            00.500     unreachable
            00.500     unreachable
            00.500     terminated
        "#]],
        );
        check(
            TCP,
            "0.2 180, 5 unreachable",
            expect![[r#"
            00.000  -> INVITE
            00.200  <- 180 up
            05.000     unreachable
            05.000     unreachable
            05.000     terminated
        "#]],
        );
    }

    #[test]
    fn a_stray_icmp_message_does_not_end_the_ringing() {
        check(
            UDP,
            "0.2 180, 5 unreachable, 6 200",
            expect![[r#"
            00.000  -> INVITE
            00.200  <- 180 up
            05.000     unreachable
            06.000  <- 200 up
            38.000     terminated
        "#]],
        );
    }

    const UDP: bool = false;
    const TCP: bool = true;

    impl Actor for InviteClient {
        fn hear(&mut self, cue: &str, now: Instant) -> String {
            match cue {
                "cancel" => self.cancel(Some(Bytes::from_static(b"SIP;cause=200")), now),
                "unreachable" => self.handle_unreachable(),
                code => {
                    let response = self.invite.response(code.parse().unwrap(), None, "callee");
                    self.handle_response(response, now);
                    return format!("<- {code}");
                }
            }
            format!("   {cue}")
        }

        fn wake(&mut self, now: Instant) {
            self.handle_timeout(now);
        }

        fn say(&mut self) -> Option<String> {
            Some(match self.poll()? {
                Output::Transmit(bytes) => sent(&bytes),
                Output::Cancel(cancel) => {
                    let reason = cancel.headers.text(&Name::Reason).unwrap_or_default();
                    format!("{} ({reason})", sent(&cancel.to_bytes()))
                }
                Output::Respond(_) => "up".to_string(),
                Output::TimeOut => "   timed out".to_string(),
                Output::Unreachable => "   unreachable".to_string(),
            })
        }

        fn next_deadline(&self) -> Option<Instant> {
            InviteClient::next_deadline(self)
        }

        fn is_over(&self) -> bool {
            self.is_terminated()
        }
    }

    /// Plays cues ("seconds code", "seconds cancel", …) against one INVITE.
    #[track_caller]
    fn check(reliable: bool, cues: &str, expect: Expect) {
        let ladder = rehearse(cues, |now| {
            let invite = request("INVITE");
            let bytes = invite.to_bytes();
            InviteClient::new(invite, bytes, reliable, now)
        });
        expect.assert_eq(&ladder);
    }
}
