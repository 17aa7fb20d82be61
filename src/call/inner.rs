//! A call between two sessions of this program (`VoxEngine.callConference`): two ends, each a call of its own
//! session, and no SIP between them. What one end does the other hears of as it would of a phone.
//!
//! ```text
//!  first session                                   second session
//!   Calling ──────── Errand::Enter ───────────────▸ Waiting: CallAlerting
//!      │ ◂────────── Across::Progress ───────────── ring(), startEarlyMedia()
//!      ▼ ◂────────── Across::Answered ───────────── answer()
//!  Connected ◂────── Info, Message, Key, Over ────▸ Connected
//! ```

use super::ending::{By, End};
use super::{Call, Effect, Effects, Facts, HeaderMap, News, Phase, State};
use crate::base::{CallId, LegId, Now};
use crate::sdp::negotiate::Local;

/// One end.
#[derive(Debug)]
pub(super) struct Inner {
    /// Its name, which is that of its sound as well.
    end: LegId,
    far: LegId,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// It has called.
    Calling {
        rang: bool,
        early_sound: bool,
    },
    /// It is called, and its script has not answered.
    Waiting {
        early_sound: bool,
    },
    Connected,
}

/// What one end tells the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Across {
    /// 180 or 183.
    Progress {
        code: u16,
        headers: HeaderMap,
    },
    Answered {
        headers: HeaderMap,
    },
    Info {
        mime_type: String,
        body: String,
        headers: HeaderMap,
    },
    Message {
        text: String,
    },
    /// In whatever state: the other end is not there any more. 200 is a hang-up.
    Over {
        code: u16,
        reason: String,
        headers: HeaderMap,
    },
}

impl Inner {
    pub fn end(&self) -> LegId {
        self.end
    }

    pub fn phase(&self) -> Phase {
        match self.stage {
            Stage::Calling {
                rang: false,
                early_sound: false,
            }
            | Stage::Waiting { early_sound: false } => Phase::Alerting,
            Stage::Calling { .. } | Stage::Waiting { .. } => Phase::Progressing,
            Stage::Connected => Phase::Connected,
        }
    }

    pub fn is_connected(&self) -> bool {
        matches!(self.stage, Stage::Connected)
    }

    pub fn is_calling(&self) -> bool {
        matches!(self.stage, Stage::Calling { .. })
    }

    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, Stage::Waiting { .. })
    }

    /// Our side ends it; the news is for our own script.
    pub fn hang_up(self, end: &End, headers: &HeaderMap, out: &mut Effects) -> News {
        let code = match (&self.stage, end.code) {
            (Stage::Connected, code) => code,
            (_, code @ 300..700) => code,
            (Stage::Calling { .. }, _) => 487,
            (Stage::Waiting { .. }, _) => 480,
        };
        let reason = match self.stage {
            Stage::Calling { .. } if code != end.code => "Request Terminated".to_string(),
            _ => end.reason.clone(),
        };
        out.push(Effect::Across {
            to: self.far,
            what: Across::Over {
                code,
                reason: reason.clone(),
                headers: headers.clone(),
            },
        });
        let headers = HeaderMap::new();
        match self.stage {
            Stage::Calling { .. } => News::Failed {
                code,
                reason,
                headers,
            },
            Stage::Waiting { .. } | Stage::Connected => News::Disconnected {
                end: end.clone(),
                headers,
            },
        }
    }
}

impl Call {
    /// The end that calls.
    pub fn calling(id: CallId, end: LegId, far: LegId, facts: Facts) -> Call {
        let stage = Stage::Calling {
            rang: false,
            early_sound: false,
        };
        Call::of_inner(id, Inner { end, far, stage }, facts)
    }

    /// The end that is called.
    pub fn called(id: CallId, end: LegId, far: LegId, facts: Facts) -> Call {
        let stage = Stage::Waiting { early_sound: false };
        Call::of_inner(id, Inner { end, far, stage }, facts)
    }

    fn of_inner(id: CallId, inner: Inner, facts: Facts) -> Call {
        Call {
            id,
            facts,
            sound: inner.end,
            local: Local::nowhere(),
            state: State::Inner(inner),
        }
    }

    /// Whether it leads to another session of this program.
    pub fn is_inner(&self) -> bool {
        matches!(self.state, State::Inner(_))
    }

    pub(super) fn progress_across(&mut self, code: u16, extra: &HeaderMap, out: &mut Effects) {
        if let State::Inner(Inner {
            far,
            stage: Stage::Waiting { early_sound },
            ..
        }) = &mut self.state
            && !*early_sound
        {
            *early_sound = code == 183;
            let headers = extra.clone();
            out.push(Effect::Across {
                to: *far,
                what: Across::Progress { code, headers },
            });
        }
    }

    pub(super) fn answer_across(&mut self, extra: &HeaderMap, now: Now, out: &mut Effects) {
        let State::Inner(inner) = &mut self.state else {
            return;
        };
        if !inner.is_waiting() {
            return;
        }
        inner.stage = Stage::Connected;
        self.facts.answered = Some(now);
        let headers = extra.clone();
        out.push(Effect::Across {
            to: inner.far,
            what: Across::Answered { headers },
        });
        let headers = HeaderMap::new();
        out.push(Effect::News(News::Connected { headers }));
    }

    /// As in a dialog: only where it is answered.
    pub(super) fn tell_across(&mut self, what: Across, out: &mut Effects) {
        if let State::Inner(inner) = &self.state
            && inner.is_connected()
        {
            let to = inner.far;
            out.push(Effect::Across { to, what });
        }
    }

    /// What the other end tells.
    pub fn hear_across(&mut self, what: Across, now: Now, out: &mut Effects) {
        let State::Inner(inner) = &mut self.state else {
            return;
        };
        match (&mut inner.stage, what) {
            (Stage::Calling { rang, early_sound }, Across::Progress { code, headers }) => {
                let (seen, news) = match code {
                    183 => (early_sound, News::AudioStarted { headers }),
                    _ => (rang, News::Ringing { headers }),
                };
                if !std::mem::replace(seen, true) {
                    out.push(Effect::News(news));
                }
            }
            (stage @ Stage::Calling { .. }, Across::Answered { headers }) => {
                *stage = Stage::Connected;
                self.facts.answered = Some(now);
                out.push(Effect::News(News::Connected { headers }));
            }
            (
                Stage::Calling { .. },
                Across::Over {
                    code,
                    reason,
                    headers,
                },
            ) => {
                let code = match code {
                    300..700 => code,
                    _ => 480,
                };
                self.failed(code, reason, headers, By::Peer, now, out);
            }
            (
                stage @ (Stage::Waiting { .. } | Stage::Connected),
                Across::Over {
                    code,
                    reason,
                    headers,
                },
            ) => {
                let end = match stage {
                    Stage::Connected => End::new(code, reason, By::Peer),
                    // As a CANCEL would have it, whatever the reason.
                    _ => End::new(487, "Request Terminated", By::Peer),
                };
                self.state = State::Ended;
                self.facts.end = Some((now, end.clone()));
                out.push(Effect::News(News::Disconnected { end, headers }));
            }
            (
                Stage::Connected,
                Across::Info {
                    mime_type,
                    body,
                    headers,
                },
            ) => out.push(Effect::News(News::Info {
                mime_type,
                body,
                headers,
            })),
            (Stage::Connected, Across::Message { text }) => {
                let headers = HeaderMap::new();
                out.push(Effect::News(News::Message { text, headers }));
            }
            // It crossed an end or an answer of ours.
            (
                _,
                Across::Progress { .. }
                | Across::Answered { .. }
                | Across::Info { .. }
                | Across::Message { .. },
            ) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use std::time::Instant;

    fn facts(incoming: bool) -> Facts {
        let (from, to) = ("alice".to_string(), "room".to_string());
        Facts {
            incoming,
            ..Facts::outgoing(from, to, "conference", now())
        }
    }

    fn now() -> Now {
        Now {
            at: Instant::now(),
            unix_ms: 0,
        }
    }

    type Act = fn(&mut Call, &mut Effects);

    /// Lets the called end (or, with `false`, the calling one) act; what both say and tell, a line each.
    #[track_caller]
    fn check(acts: &[(bool, Act)], expect: Expect) {
        let (near, far) = (LegId(1), LegId(2));
        let mut ends = [
            Call::calling(CallId(1), near, far, facts(false)),
            Call::called(CallId::INCOMING, far, near, facts(true)),
        ];
        let mut told = String::new();
        for (called, act) in acts {
            let mut out = Effects::new();
            act(&mut ends[usize::from(*called)], &mut out);
            let mut waiting: std::collections::VecDeque<_> =
                out.into_iter().map(|effect| (*called, effect)).collect();
            while let Some((called, effect)) = waiting.pop_front() {
                let who = if called { "called" } else { "calling" };
                match effect {
                    Effect::Across { to, what } => {
                        told += &format!("{who} ▸ {what:?}\n");
                        assert_eq!(to, if called { near } else { far });
                        let mut out = Effects::new();
                        ends[usize::from(!called)].hear_across(what, now(), &mut out);
                        waiting.extend(out.into_iter().map(|effect| (!called, effect)));
                    }
                    effect => told += &format!("{who}: {effect:?}\n"),
                }
            }
        }
        told += &format!("{:?} {:?}\n", ends[0].phase(), ends[1].phase());
        expect.assert_eq(&told);
    }

    #[test]
    fn a_call_between_two_sessions_rings_is_answered_and_hung_up() {
        check(
            &[
                (true, |call, out| call.ring(&HeaderMap::new(), out)),
                (true, |call, out| {
                    call.answer(&[], &HeaderMap::new(), now(), out)
                }),
                (true, |call, out| {
                    call.answer(&[], &HeaderMap::new(), now(), out)
                }),
                (false, |call, out| {
                    call.send_message(crate::sip::stack::RequestId(1), "hello", out)
                }),
                (false, |call, out| {
                    let end = End::new(200, "Normal termination", By::Script);
                    call.hang_up(end, &HeaderMap::new(), now(), out)
                }),
            ],
            expect![[r#"
                called ▸ Progress { code: 180, headers: {} }
                calling: News(Ringing { headers: {} })
                called ▸ Answered { headers: {} }
                called: News(Connected { headers: {} })
                calling: News(Connected { headers: {} })
                calling ▸ Message { text: "hello" }
                called: News(Message { text: "hello", headers: {} })
                calling ▸ Over { code: 200, reason: "Normal termination", headers: {} }
                calling: News(Disconnected { end: End { code: 200, reason: "Normal termination", by: Script }, headers: {} })
                called: News(Disconnected { end: End { code: 200, reason: "Normal termination", by: Peer }, headers: {} })
                Terminated Terminated
            "#]],
        );
    }

    #[test]
    fn a_refusal_is_a_failure_and_a_caller_that_gives_up_is_gone() {
        check(
            &[(true, |call, out| {
                call.reject(486, &HeaderMap::new(), By::Script, now(), out)
            })],
            expect![[r#"
                called ▸ Over { code: 486, reason: "Busy Here", headers: {} }
                called: News(Disconnected { end: End { code: 486, reason: "Busy Here", by: Script }, headers: {} })
                calling: News(Failed { code: 486, reason: "Busy Here", headers: {} })
                Terminated Terminated
            "#]],
        );
        check(
            &[
                (true, |call, out| {
                    call.start_early_media(&[], &HeaderMap::new(), out)
                }),
                (false, |call, out| {
                    let end = End::new(200, "Normal termination", By::Script);
                    call.hang_up(end, &HeaderMap::new(), now(), out)
                }),
                (true, |call, out| {
                    call.answer(&[], &HeaderMap::new(), now(), out)
                }),
            ],
            expect![[r#"
                called ▸ Progress { code: 183, headers: {} }
                calling: News(AudioStarted { headers: {} })
                calling ▸ Over { code: 487, reason: "Request Terminated", headers: {} }
                calling: News(Failed { code: 487, reason: "Request Terminated", headers: {} })
                called: News(Disconnected { end: End { code: 487, reason: "Request Terminated", by: Peer }, headers: {} })
                Terminated Terminated
            "#]],
        );
    }
}
