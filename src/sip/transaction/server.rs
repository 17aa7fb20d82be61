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
            // No provisional response but the 100 may be sent, and a 408 is as good as silence.
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

#[cfg(test)]
mod tests {
    use super::super::rehearsal::{Actor, rehearse, request, sent};
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn repeats_of_an_answered_request_get_the_same_answer() {
        check(
            UDP,
            "0.1 say 200, 0.5 BYE, 1.5 BYE, 3.5 BYE, 7.5 BYE",
            expect![[r#"
                00.100     say 200
                00.100  -> 200
                00.500  <- BYE
                00.500  -> 200
                01.500  <- BYE
                01.500  -> 200
                03.500  <- BYE
                03.500  -> 200
                07.500  <- BYE
                07.500  -> 200
                32.100     terminated
            "#]],
        );
    }

    #[test]
    fn a_slow_answer_is_announced_by_a_100_after_three_and_a_half_seconds() {
        check(
            UDP,
            "0.5 BYE, 7.5 BYE, 9 say 200",
            expect![[r#"
            00.500  <- BYE
            03.500  -> 100
            07.500  <- BYE
            07.500  -> 100
            09.000     say 200
            09.000  -> 200
            41.000     terminated
        "#]],
        );
    }

    #[test]
    fn an_answer_that_comes_too_late_is_not_sent() {
        check(
            UDP,
            "33 say 200",
            expect![[r#"
            03.500  -> 100
            33.000     say 200
            33.000     terminated
        "#]],
        );
    }

    #[test]
    fn neither_a_408_nor_a_provisional_response_is_sent() {
        check(
            UDP,
            "0.1 say 180, 0.2 say 408",
            expect![[r#"
            00.100     say 180
            00.200     say 408
            03.500  -> 100
            32.000     terminated
        "#]],
        );
    }

    #[test]
    fn a_reliable_transport_does_not_linger() {
        check(
            TCP,
            "0.1 say 200",
            expect![[r#"
            00.100     say 200
            00.100  -> 200
            00.100     terminated
        "#]],
        );
    }

    const UDP: bool = false;
    const TCP: bool = true;

    impl Actor for Server {
        fn hear(&mut self, cue: &str, now: Instant) -> String {
            match cue.strip_prefix("say ") {
                None => {
                    self.handle_repeat();
                    format!("<- {cue}")
                }
                Some(code) => {
                    let code = code.parse().unwrap();
                    let response = request("BYE").response(code, None, "callee");
                    self.respond(code, response.to_bytes(), now);
                    format!("   {cue}")
                }
            }
        }

        fn wake(&mut self, now: Instant) {
            self.handle_timeout(now);
        }

        fn say(&mut self) -> Option<String> {
            self.poll().map(|bytes| sent(&bytes))
        }

        fn next_deadline(&self) -> Option<Instant> {
            Server::next_deadline(self)
        }

        fn is_over(&self) -> bool {
            self.is_terminated()
        }
    }

    /// Plays cues ("seconds BYE", "seconds say code") against one BYE.
    #[track_caller]
    fn check(reliable: bool, cues: &str, expect: Expect) {
        let ladder = rehearse(cues, |now| {
            let trying = request("BYE").response(100, None, "");
            Server::new(trying.to_bytes(), reliable, now)
        });
        expect.assert_eq(&ladder);
    }
}
