//! We register with a trunk (RFC 3261 §10.2) and keep that alive.
//!
//! ```text
//!  start ▶ Registering ──200──▶ Registered ──half of its life──▶ Registering …
//!            │  ▲ └423: asks for longer, at once                   (still reachable)
//!            │  └────back-off───┐
//!            └──anything else──▶ Waiting
//!
//!  stop ▶ Leaving ──any answer──▶ Stopped          (from Registered, else at once)
//! ```

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::base::Dice;
use crate::sip::message::{Headers, Method, Name, NameAddr, Response, Uri};
use crate::sip::stack::{Credentials, Outside, RequestId};

/// What we ask for, in seconds.
const EXPIRES_S: u32 = 3600;
/// A registrar that wants more than a day at least is not taken at its word.
const MOST_EXPIRES_S: u32 = 86_400;
/// The first pause after a failure; it doubles with each further one (RFC 5626 §4.5).
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(1800);
/// A refusal of who we are does not get better by asking often, and may get us banned.
const REFUSED_PAUSE: Duration = Duration::from_secs(300);

/// With whom, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The trunk's name in the settings.
    pub trunk: String,
    /// The registrar: the trunk's URI.
    pub registrar: Uri,
    /// Our user there; also the user part of the Contact that we register.
    pub user: String,
    pub credentials: Option<Credentials>,
}

/// What the machine wants done or known.
#[derive(Clone, Debug)]
pub enum Output {
    /// Hand this to the stack; its answer comes back through [`Registration::handle_response`].
    Send(Box<Outside>),
    /// Registered for so many seconds, for the first time or after a failure.
    Up { expires_s: u32 },
    /// A REGISTER failed; it is tried again after the pause.
    Down { code: u16, again_in: Duration },
}

/// Our registration with one trunk.
#[derive(Debug)]
pub struct Registration {
    account: Account,
    id: RequestId,
    call_id: String,
    /// Of the last request, as far as we know.
    cseq: u32,
    expires_s: u32,
    failures: u32,
    dice: Dice,
    state: State,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
enum State {
    /// A request is out. `known_until`: an earlier one still counts at the registrar.
    Registering {
        known_until: Option<Instant>,
        told_to_leave: bool,
    },
    Registered {
        refresh_at: Instant,
        until: Instant,
    },
    Waiting {
        again_at: Instant,
        known_until: Option<Instant>,
    },
    Leaving,
    Stopped,
}

impl Registration {
    /// Sends the first REGISTER. `id` names all of the machine's requests; there is never more than one.
    pub fn new(account: Account, id: RequestId, mut dice: Dice) -> Registration {
        let mut registration = Registration {
            account,
            id,
            call_id: dice.token(12),
            cseq: 0,
            expires_s: EXPIRES_S,
            failures: 0,
            dice,
            state: State::Stopped,
            outputs: VecDeque::new(),
        };
        registration.register(None);
        registration
    }

    pub fn account(&self) -> &Account {
        &self.account
    }

    pub fn id(&self) -> RequestId {
        self.id
    }

    /// Whether `uri` is the Contact that we registered: a call to it is meant for the number in its To.
    pub fn is_contact(&self, uri: &Uri) -> bool {
        uri.user().as_deref() == Some(self.account.user.as_str())
    }

    /// Whether the registrar knows us.
    pub fn is_up(&self) -> bool {
        match &self.state {
            State::Registered { .. } => true,
            State::Registering { known_until, .. } | State::Waiting { known_until, .. } => {
                known_until.is_some()
            }
            State::Leaving | State::Stopped => false,
        }
    }

    /// The final answer to the request that is out; 408 and 503 also stand for silence.
    pub fn handle_response(&mut self, code: u16, response: Option<&Response>, now: Instant) {
        // The stack may have counted on for the digest's sake.
        if let Some(cseq) = response.and_then(|response| response.headers.cseq().ok()) {
            self.cseq = self.cseq.max(cseq.number);
        }
        match self.state {
            State::Registering {
                known_until,
                told_to_leave,
            } => match code {
                200..=299 => {
                    let granted = self.granted(response);
                    if told_to_leave {
                        self.leave();
                    } else if granted == 0 {
                        self.fail(code, None, known_until, now);
                    } else {
                        self.settle(granted, known_until.is_some(), now);
                    }
                }
                _ if told_to_leave => match known_until {
                    Some(_) => self.leave(),
                    None => self.state = State::Stopped,
                },
                423 => match min_expires(response) {
                    Some(min) if min > self.expires_s && min <= MOST_EXPIRES_S => {
                        self.expires_s = min;
                        self.register(known_until);
                    }
                    _ => self.fail(code, None, known_until, now),
                },
                _ => self.fail(code, response, known_until, now),
            },
            State::Leaving => self.state = State::Stopped,
            // An answer that nobody waits for.
            State::Registered { .. } | State::Waiting { .. } | State::Stopped => {}
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        match self.state {
            State::Registered { refresh_at, until } if refresh_at <= now => {
                self.register((until > now).then_some(until));
            }
            State::Waiting {
                again_at,
                known_until,
            } if again_at <= now => self.register(known_until.filter(|until| *until > now)),
            State::Waiting {
                again_at,
                known_until: Some(until),
            } if until <= now => {
                self.state = State::Waiting {
                    again_at,
                    known_until: None,
                };
            }
            State::Registering {
                known_until: Some(until),
                told_to_leave,
            } if until <= now => {
                self.state = State::Registering {
                    known_until: None,
                    told_to_leave,
                };
            }
            // Not yet, or nothing to wait for.
            State::Registering { .. }
            | State::Registered { .. }
            | State::Waiting { .. }
            | State::Leaving
            | State::Stopped => {}
        }
    }

    /// The program ends or the trunk left the settings: take the registration back.
    pub fn stop(&mut self) {
        match self.state {
            State::Registered { .. }
            | State::Waiting {
                known_until: Some(_),
                ..
            } => self.leave(),
            State::Registering { known_until, .. } => {
                self.state = State::Registering {
                    known_until,
                    told_to_leave: true,
                };
            }
            State::Waiting {
                known_until: None, ..
            } => self.state = State::Stopped,
            // Under way already.
            State::Leaving | State::Stopped => {}
        }
    }

    pub fn is_stopped(&self) -> bool {
        matches!(self.state, State::Stopped)
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        match self.state {
            State::Registered { refresh_at, .. } => Some(refresh_at),
            State::Waiting {
                again_at,
                known_until,
            } => known_until.into_iter().chain([again_at]).min(),
            State::Registering { known_until, .. } => known_until,
            State::Leaving | State::Stopped => None,
        }
    }

    fn register(&mut self, known_until: Option<Instant>) {
        self.state = State::Registering {
            known_until,
            told_to_leave: false,
        };
        self.send(self.expires_s);
    }

    fn leave(&mut self) {
        self.state = State::Leaving;
        self.send(0);
    }

    fn settle(&mut self, granted_s: u32, known: bool, now: Instant) {
        let life = Duration::from_secs(granted_s.into());
        self.state = State::Registered {
            refresh_at: now + life / 2,
            until: now + life,
        };
        if !known || self.failures > 0 {
            self.outputs.push_back(Output::Up {
                expires_s: granted_s,
            });
        }
        self.failures = 0;
    }

    fn fail(
        &mut self,
        code: u16,
        response: Option<&Response>,
        known_until: Option<Instant>,
        now: Instant,
    ) {
        let pause = FIRST_PAUSE
            .saturating_mul(1 << self.failures.min(6))
            .min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        // Half of it by chance, so that a thousand clients do not come back in one second.
        let half_ms = (pause / 2).as_millis() as u64;
        let pause = pause / 2 + Duration::from_millis(self.dice.below(half_ms + 1));
        let least = match code {
            401 | 403 | 404 | 407 => REFUSED_PAUSE,
            _ => retry_after(response).unwrap_or_default().min(LONGEST_PAUSE),
        };
        let again_in = pause.max(least);
        self.state = State::Waiting {
            again_at: now + again_in,
            known_until,
        };
        self.outputs.push_back(Output::Down { code, again_in });
    }

    fn send(&mut self, expires_s: u32) {
        self.cseq = self.cseq.wrapping_add(1) & 0x7fff_ffff;
        let mut headers = Headers::new();
        headers.push(Name::Expires, expires_s.to_string());
        let address = NameAddr::new(self.address_of_record());
        self.outputs.push_back(Output::Send(Box::new(Outside {
            id: self.id,
            method: Method::Register,
            uri: self.request_uri(),
            from: address.clone(),
            to: address,
            call_id: Some(self.call_id.clone()),
            cseq: self.cseq,
            contact_user: Some(self.account.user.clone()),
            flow: None,
            headers,
            body: None,
            credentials: self.account.credentials.clone(),
        })));
    }

    /// The registrar without a user part (§10.2).
    fn request_uri(&self) -> Uri {
        match &self.account.registrar {
            Uri::Sip(sip) => {
                let mut sip = sip.clone();
                sip.raw_user = None;
                sip.password = None;
                sip.headers.clear();
                Uri::Sip(sip)
            }
            other => other.clone(),
        }
    }

    fn address_of_record(&self) -> Uri {
        match self.account.registrar.as_sip() {
            Some(sip) => Uri::sip(&self.account.user, &sip.host, None),
            None => self.account.registrar.clone(),
        }
    }

    /// What the registrar granted: our Contact's `expires`, else the header's, else what we asked for.
    fn granted(&self, response: Option<&Response>) -> u32 {
        let Some(headers) = response.map(|response| &response.headers) else {
            return self.expires_s;
        };
        let of_contact = headers
            .list(&Name::Contact)
            .filter_map(|value| NameAddr::parse(value).ok())
            .find(|contact| self.is_contact(&contact.uri))
            .and_then(|contact| contact.params.value("expires")?.trim().parse().ok());
        let of_header = || headers.text(&Name::Expires)?.trim().parse().ok();
        of_contact
            .or_else(of_header)
            .unwrap_or(self.expires_s)
            .min(MOST_EXPIRES_S)
    }
}

fn min_expires(response: Option<&Response>) -> Option<u32> {
    response?
        .headers
        .text(&Name::MinExpires)?
        .trim()
        .parse()
        .ok()
}

/// Seconds, perhaps followed by a comment or parameters (§20.33).
fn retry_after(response: Option<&Response>) -> Option<Duration> {
    let text = response?.headers.text(&Name::RetryAfter)?.trim();
    let digits = text.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::pii::Secret;
    use crate::sip::message::{Message, parse};
    use expect_test::{Expect, expect};

    #[test]
    fn a_registration_is_refreshed_at_half_of_what_was_granted() {
        check(
            "0 200 Expires: 600
             301 200 Contact: <sip:me@10.0.0.1:5060>;expires=120
             362 200 Contact: <sip:other@10.0.0.2>;expires=9, <sip:me@10.0.0.1>;expires=1000
             500 stop
             501 200",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                000 <- 200 Expires: 600
                000    up for 600
                300 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 3, Expires 3600
                301 <- 200 Contact: <sip:me@10.0.0.1:5060>;expires=120
                361 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 5, Expires 3600
                362 <- 200 Contact: <sip:other@10.0.0.2>;expires=9, <sip:me@10.0.0.1>;expires=1000
                500 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 7, Expires 0
                501 <- 200
                501    stopped
            "#]],
        );
    }

    #[test]
    fn an_interval_too_brief_is_asked_for_anew_at_once() {
        check(
            "0 423 Min-Expires: 7200
             0 200 Expires: 7200
             10 stop
             11 200",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                000 <- 423 Min-Expires: 7200
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 3, Expires 7200
                000 <- 200 Expires: 7200
                000    up for 7200
                010 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 5, Expires 0
                011 <- 200
                011    stopped
            "#]],
        );
        check(
            "0 423 Min-Expires: 99999999",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                000 <- 423 Min-Expires: 99999999
                000    down 423, again in 17.946s
                017    (down, next)
            "#]],
        );
        check(
            "0 423",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                000 <- 423
                000    down 423, again in 17.946s
                017    (down, next)
            "#]],
        );
    }

    #[test]
    fn failures_are_tried_again_at_growing_distances() {
        check(
            "0 503 Retry-After: 100 (busy)
             132 408
             200 500
             400 200 Expires: 60",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                000 <- 503 Retry-After: 100 (busy)
                000    down 503, again in 100s
                100 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 3, Expires 3600
                132 <- 408
                132    down 408, again in 36.491s
                168 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 5, Expires 3600
                200 <- 500
                200    down 500, again in 106.228s
                306 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 7, Expires 3600
                400 <- 200 Expires: 60
                400    up for 60
                430    (up, next)
            "#]],
        );
    }

    #[test]
    fn a_refused_password_is_not_hammered() {
        check(
            "0 403",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                000 <- 403
                000    down 403, again in 300s
                300    (down, next)
            "#]],
        );
    }

    #[test]
    fn a_refresh_that_fails_is_told_and_tried_again() {
        check(
            "0 200 Expires: 600
             332 408
             390 200 Expires: 600",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                000 <- 200 Expires: 600
                000    up for 600
                300 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 3, Expires 3600
                332 <- 408
                332    down 408, again in 17.946s
                349 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 5, Expires 3600
                390 <- 200 Expires: 600
                390    up for 600
                690    (up, next)
            "#]],
        );
    }

    #[test]
    fn a_stop_waits_for_the_answer_that_is_under_way() {
        check(
            "0 stop
             1 200 Expires: 600
             2 200",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                001 <- 200 Expires: 600
                001 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 3, Expires 0
                002 <- 200
                002    stopped
            "#]],
        );
        check(
            "0 stop\n1 403",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                001 <- 403
                001    stopped
            "#]],
        );
        check(
            "0 503\n5 stop",
            expect![[r#"
                000 -> REGISTER sip:sip.example.net:5070;transport=tcp <sip:me@sip.example.net>, CSeq 1, Expires 3600
                000 <- 503
                000    down 503, again in 17.946s
                005    stopped
            "#]],
        );
    }

    #[test]
    fn the_contact_that_we_registered_is_known_again() {
        let registration = machine();
        let is_contact = |uri: &str| registration.is_contact(&Uri::parse(uri.as_bytes()).unwrap());
        assert!(is_contact("sip:me@10.0.0.1:5060;transport=udp"));
        assert!(!is_contact("sip:4930@10.0.0.1"));
        assert!(!is_contact("sip:10.0.0.1"));
    }

    fn machine() -> Registration {
        let account = Account {
            trunk: "world".to_string(),
            registrar: Uri::parse(b"sip:ignored@sip.example.net:5070;transport=tcp").unwrap(),
            user: "me".to_string(),
            credentials: Some(Credentials {
                username: "me".to_string(),
                password: Secret::new("secret"),
            }),
        };
        Registration::new(account, RequestId(1), Dice::from_seed(1))
    }

    fn response(code: u16, cseq: u32, header: &str) -> Response {
        let text = format!(
            "SIP/2.0 {code} X\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:me@x>;tag=1\r\n\
             To: <sip:me@x>;tag=2\r\nCall-ID: x\r\nCSeq: {cseq} REGISTER\r\n{header}\
             Content-Length: 0\r\n\r\n"
        );
        match parse(text.into()).unwrap() {
            Message::Response(response) => response,
            Message::Request(request) => panic!("{request:?}"),
        }
    }

    /// Plays "seconds code header" and "seconds stop" against one registration in virtual time; every
    /// answer carries a CSeq one higher than its request, as after a challenge.
    #[track_caller]
    fn check(story: &str, expect: Expect) {
        let start = Instant::now();
        let mut story: VecDeque<(Instant, &str)> = story
            .lines()
            .filter_map(|line| line.trim().split_once(' '))
            .map(|(at, what)| (start + Duration::from_secs(at.parse().unwrap()), what))
            .collect();
        let mut registration = machine();
        let mut ladder = String::new();
        let (mut now, mut sent) = (start, 0);
        for _ in 0..20 {
            let at = now.duration_since(start).as_secs();
            while let Some(output) = registration.poll() {
                match output {
                    Output::Send(request) => {
                        sent = request.cseq;
                        ladder += &format!(
                            "{at:03} -> {} {} {}, CSeq {sent}, Expires {}\n",
                            request.method,
                            request.uri,
                            request.to,
                            request.headers.text(&Name::Expires).unwrap(),
                        );
                    }
                    Output::Up { expires_s } => {
                        ladder += &format!("{at:03}    up for {expires_s}\n")
                    }
                    Output::Down { code, again_in } => {
                        ladder += &format!("{at:03}    down {code}, again in {again_in:?}\n");
                    }
                }
            }
            if registration.is_stopped() {
                ladder += &format!("{at:03}    stopped\n");
                break;
            }
            let heard = story.front().map(|(at, _)| *at);
            let Some(next) = registration.next_deadline().into_iter().chain(heard).min() else {
                break;
            };
            if story.is_empty() {
                let at = next.duration_since(start).as_secs();
                let up = if registration.is_up() { "up" } else { "down" };
                ladder += &format!("{at:03}    ({up}, next)\n");
                break;
            }
            now = next;
            match story.pop_front_if(|(at, _)| *at == now) {
                Some((_, "stop")) => registration.stop(),
                Some((_, answer)) => {
                    let (code, header) = answer.split_once(' ').unwrap_or((answer, ""));
                    let header = if header.is_empty() {
                        String::new()
                    } else {
                        format!("{header}\r\n")
                    };
                    let code = code.parse().unwrap();
                    let at = now.duration_since(start).as_secs();
                    ladder += &format!("{at:03} <- {answer}\n");
                    let response = response(code, sent + 1, &header);
                    registration.handle_response(code, Some(&response), now);
                }
                None => registration.handle_timeout(now),
            }
        }
        expect.assert_eq(&ladder);
    }
}
