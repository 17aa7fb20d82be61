//! The non-INVITE client transaction (RFC 3261 §17.1.2, as amended by RFC 4320).
//!
//! ```text
//!  request sent
//!      │        E: resend, gap doubles up to T2
//!      ▼        F: give up ──────────────────┐
//!   Trying ──1xx──▶ Proceeding (E every T2) ──F──▶┤
//!      │                 │                        │
//!      └────200–699──────┴──▶ Completed ────K────▶┴──▶ Terminated
//! ```

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

use super::timer::{GIVE_UP, Resend, T2, T4};
use crate::sip::message::Response;

/// One request other than INVITE and ACK on its way to a final response.
#[derive(Debug)]
pub struct Client {
    reliable: bool,
    state: State,
    outputs: VecDeque<Output>,
}

/// What the transaction wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Put this on the wire.
    Transmit(Bytes),
    /// Hand this response up: any number of 1xx, then one final.
    Respond(Box<Response>),
    /// Nothing final was heard in time; treat it as a 408 (§8.1.3.1).
    TimeOut,
    /// The transport refused the request; treat it as a 503 (§8.1.3.1).
    Unreachable,
}

#[derive(Debug)]
enum State {
    /// Sent, nothing heard. `resend` is absent on a reliable transport.
    Trying {
        sent: Bytes,
        resend: Option<Resend>,
        give_up_at: Instant,
    },
    /// The peer is alive but slow, so the repeats slow down too; it must still answer in time.
    Proceeding {
        sent: Bytes,
        resend: Option<Resend>,
        give_up_at: Instant,
    },
    /// Repeats of the final response are swallowed.
    Completed {
        until: Instant,
    },
    Terminated,
}

impl Client {
    pub fn new(sent: Bytes, reliable: bool, now: Instant) -> Self {
        Self {
            reliable,
            outputs: VecDeque::from([Output::Transmit(sent.clone())]),
            state: State::Trying {
                sent,
                resend: Resend::start(reliable, now),
                give_up_at: now + GIVE_UP,
            },
        }
    }

    pub fn handle_response(&mut self, response: Response, now: Instant) {
        match (&mut self.state, response.code) {
            (
                State::Trying {
                    sent,
                    resend,
                    give_up_at,
                },
                ..=199,
            ) => {
                self.state = State::Proceeding {
                    sent: std::mem::take(sent),
                    resend: resend.map(|mut resend| {
                        resend.slow_down();
                        resend
                    }),
                    give_up_at: *give_up_at,
                };
                self.outputs.push_back(Output::Respond(Box::new(response)));
            }
            (State::Proceeding { .. }, ..=199) => {
                self.outputs.push_back(Output::Respond(Box::new(response)));
            }
            (State::Trying { .. } | State::Proceeding { .. }, 200..) => {
                self.outputs.push_back(Output::Respond(Box::new(response)));
                self.state = match self.reliable {
                    true => State::Terminated,
                    false => State::Completed { until: now + T4 },
                };
            }
            // Late or repeated; already dealt with.
            (State::Completed { .. } | State::Terminated, _) => {}
        }
    }

    /// Whether nothing has been heard: it may go another way.
    pub fn is_unheard(&self) -> bool {
        matches!(self.state, State::Trying { .. })
    }

    pub fn handle_unreachable(&mut self) {
        match self.state {
            State::Trying { .. } | State::Proceeding { .. } => {
                self.state = State::Terminated;
                self.outputs.push_back(Output::Unreachable);
            }
            // Nothing is sent any more.
            State::Completed { .. } | State::Terminated => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        match &mut self.state {
            State::Trying { give_up_at, .. } | State::Proceeding { give_up_at, .. }
                if *give_up_at <= now =>
            {
                self.state = State::Terminated;
                self.outputs.push_back(Output::TimeOut);
            }
            State::Trying {
                sent,
                resend: Some(resend),
                ..
            }
            | State::Proceeding {
                sent,
                resend: Some(resend),
                ..
            } if resend.at <= now => {
                resend.advance(T2, now);
                self.outputs.push_back(Output::Transmit(sent.clone()));
            }
            State::Completed { until } if *until <= now => self.state = State::Terminated,
            // Not due.
            _ => {}
        }
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        match &self.state {
            State::Trying {
                resend, give_up_at, ..
            }
            | State::Proceeding {
                resend, give_up_at, ..
            } => Some(resend.map_or(*give_up_at, |resend| resend.at.min(*give_up_at))),
            State::Completed { until } => Some(*until),
            State::Terminated => None,
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
    fn an_unanswered_request_is_resent_eleven_times_in_all_then_given_up() {
        check(
            UDP,
            "",
            expect![[r#"
            00.000  -> OPTIONS
            00.500  -> OPTIONS
            01.500  -> OPTIONS
            03.500  -> OPTIONS
            07.500  -> OPTIONS
            11.500  -> OPTIONS
            15.500  -> OPTIONS
            19.500  -> OPTIONS
            23.500  -> OPTIONS
            27.500  -> OPTIONS
            31.500  -> OPTIONS
            32.000     timed out
            32.000     terminated
        "#]],
        );
    }

    #[test]
    fn a_provisional_response_slows_the_repeats_down_but_does_not_stop_the_clock() {
        check(
            UDP,
            "0.2 100",
            expect![[r#"
            00.000  -> OPTIONS
            00.200  <- 100 up
            00.500  -> OPTIONS
            04.500  -> OPTIONS
            08.500  -> OPTIONS
            12.500  -> OPTIONS
            16.500  -> OPTIONS
            20.500  -> OPTIONS
            24.500  -> OPTIONS
            28.500  -> OPTIONS
            32.000     timed out
            32.000     terminated
        "#]],
        );
    }

    #[test]
    fn repeats_of_the_final_response_are_swallowed_for_a_while() {
        check(
            UDP,
            "0.2 200, 0.7 200, 5 200",
            expect![[r#"
            00.000  -> OPTIONS
            00.200  <- 200 up
            00.700  <- 200
            05.000  <- 200
            05.200     terminated
        "#]],
        );
    }

    #[test]
    fn a_reliable_transport_neither_resends_nor_lingers() {
        check(
            TCP,
            "0.2 200",
            expect![[r#"
            00.000  -> OPTIONS
            00.200  <- 200 up
            00.200     terminated
        "#]],
        );
    }

    #[test]
    fn a_reliable_transport_gives_a_silent_peer_up_all_the_same() {
        check(
            TCP,
            "1 100",
            expect![[r#"
            00.000  -> OPTIONS
            01.000  <- 100 up
            32.000     timed out
            32.000     terminated
        "#]],
        );
    }

    #[test]
    fn a_broken_connection_is_told_at_once() {
        check(
            TCP,
            "0.2 100, 1 unreachable",
            expect![[r#"
            00.000  -> OPTIONS
            00.200  <- 100 up
            01.000     unreachable
            01.000     unreachable
            01.000     terminated
        "#]],
        );
    }

    #[test]
    fn once_answered_nothing_is_unreachable() {
        check(
            UDP,
            "0.2 200, 1 unreachable",
            expect![[r#"
            00.000  -> OPTIONS
            00.200  <- 200 up
            01.000     unreachable
            05.200     terminated
        "#]],
        );
    }

    const UDP: bool = false;
    const TCP: bool = true;

    impl Actor for Client {
        fn hear(&mut self, cue: &str, now: Instant) -> String {
            match cue {
                "unreachable" => {
                    self.handle_unreachable();
                    format!("   {cue}")
                }
                code => {
                    let code_number = code.parse().unwrap();
                    let response = request("OPTIONS").response(code_number, None, "callee");
                    self.handle_response(response, now);
                    format!("<- {code}")
                }
            }
        }

        fn wake(&mut self, now: Instant) {
            self.handle_timeout(now);
        }

        fn say(&mut self) -> Option<String> {
            Some(match self.poll()? {
                Output::Transmit(bytes) => sent(&bytes),
                Output::Respond(_) => "up".to_string(),
                Output::TimeOut => "   timed out".to_string(),
                Output::Unreachable => "   unreachable".to_string(),
            })
        }

        fn next_deadline(&self) -> Option<Instant> {
            Client::next_deadline(self)
        }

        fn is_over(&self) -> bool {
            self.is_terminated()
        }
    }

    /// Plays cues ("seconds code", "seconds unreachable") against one OPTIONS.
    #[track_caller]
    fn check(reliable: bool, cues: &str, expect: Expect) {
        let ladder = rehearse(cues, |now| {
            Client::new(request("OPTIONS").to_bytes(), reliable, now)
        });
        expect.assert_eq(&ladder);
    }
}
