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

#[cfg(test)]
mod tests {
    use super::super::rehearsal::{Actor, rehearse, request, sent};
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn an_invite_is_tried_at_once_and_a_repeat_gets_what_was_said_last() {
        check(
            UDP,
            "0.5 INVITE, 0.6 say 180, 1.5 INVITE",
            expect![[r#"
            00.000  -> 100
            00.500  <- INVITE
            00.500  -> 100
            00.600     say 180
            00.600  -> 180
            01.500  <- INVITE
            01.500  -> 180
                      waits
        "#]],
        );
    }

    #[test]
    fn a_refusal_is_repeated_until_given_up() {
        check(
            UDP,
            "0.2 say 486",
            expect![[r#"
            00.000  -> 100
            00.200     say 486
            00.200  -> 486
            00.700  -> 486
            01.700  -> 486
            03.700  -> 486
            07.700  -> 486
            11.700  -> 486
            15.700  -> 486
            19.700  -> 486
            23.700  -> 486
            27.700  -> 486
            31.700  -> 486
            32.200     unacknowledged
            32.200     terminated
        "#]],
        );
    }

    #[test]
    fn the_ack_stops_the_repeats_and_further_ones_are_swallowed() {
        check(
            UDP,
            "0.2 say 486, 1 ACK, 1.1 ACK, 1.2 INVITE, 5.9 ACK",
            expect![[r#"
                00.000  -> 100
                00.200     say 486
                00.200  -> 486
                00.700  -> 486
                01.000  <- ACK
                01.100  <- ACK
                01.200  <- INVITE
                05.900  <- ACK
                06.000     terminated
            "#]],
        );
    }

    #[test]
    fn an_answer_is_left_to_the_layer_above() {
        check(
            UDP,
            "0.2 say 200, 0.5 INVITE, 0.7 say 200, 0.8 ACK",
            expect![[r#"
                00.000  -> 100
                00.200     say 200
                00.200  -> 200
                00.500  <- INVITE
                00.700     say 200
                00.700  -> 200
                00.800  <- ACK up
                32.200     terminated
            "#]],
        );
    }

    #[test]
    fn the_first_verdict_stands() {
        check(
            UDP,
            "0.2 say 200, 0.3 say 486, 0.4 say 180",
            expect![[r#"
                00.000  -> 100
                00.200     say 200
                00.200  -> 200
                00.300     say 486
                00.400     say 180
                32.200     terminated
            "#]],
        );
        check(
            TCP,
            "0.2 say 486, 0.3 say 200, 0.4 say 180",
            expect![[r#"
                00.000  -> 100
                00.200     say 486
                00.200  -> 486
                00.300     say 200
                00.400     say 180
                32.200     unacknowledged
                32.200     terminated
            "#]],
        );
    }

    #[test]
    fn a_reliable_transport_repeats_nothing_but_waits_for_the_ack() {
        check(
            TCP,
            "0.2 say 486",
            expect![[r#"
            00.000  -> 100
            00.200     say 486
            00.200  -> 486
            32.200     unacknowledged
            32.200     terminated
        "#]],
        );
        check(
            TCP,
            "0.2 say 486, 0.3 ACK",
            expect![[r#"
            00.000  -> 100
            00.200     say 486
            00.200  -> 486
            00.300  <- ACK
            00.300     terminated
        "#]],
        );
    }

    const UDP: bool = false;
    const TCP: bool = true;

    impl Actor for InviteServer {
        fn hear(&mut self, cue: &str, now: Instant) -> String {
            match cue {
                "INVITE" => self.handle_repeat(),
                "ACK" => match self.handle_ack(now) {
                    Concerns::Dialog => return "<- ACK up".to_string(),
                    Concerns::Transaction => {}
                },
                say => {
                    let code = say.strip_prefix("say ").unwrap().parse().unwrap();
                    let response = request("INVITE").response(code, None, "callee");
                    self.respond(code, response.to_bytes(), now);
                    return format!("   {say}");
                }
            }
            format!("<- {cue}")
        }

        fn wake(&mut self, now: Instant) {
            self.handle_timeout(now);
        }

        fn say(&mut self) -> Option<String> {
            Some(match self.poll()? {
                Output::Transmit(bytes) => sent(&bytes),
                Output::Unacknowledged => "   unacknowledged".to_string(),
            })
        }

        fn next_deadline(&self) -> Option<Instant> {
            InviteServer::next_deadline(self)
        }

        fn is_over(&self) -> bool {
            self.is_terminated()
        }
    }

    /// Plays cues ("seconds INVITE", "seconds ACK", "seconds say code") against one INVITE.
    #[track_caller]
    fn check(reliable: bool, cues: &str, expect: Expect) {
        let ladder = rehearse(cues, |_| {
            let trying = request("INVITE").response(100, None, "");
            InviteServer::new(trying.to_bytes(), reliable)
        });
        expect.assert_eq(&ladder);
    }
}
