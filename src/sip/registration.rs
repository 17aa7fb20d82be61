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
    /// Not registered, and tried again after the pause.
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
            State::Registering { known_until, .. } => known_until.is_some(),
            State::Waiting { .. } | State::Leaving | State::Stopped => false,
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
                        self.fail(code, None, now);
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
                    _ => self.fail(code, None, now),
                },
                _ => self.fail(code, response, now),
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
            State::Waiting { again_at } if again_at <= now => self.register(None),
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
            State::Registered { .. } => self.leave(),
            State::Registering { known_until, .. } => {
                self.state = State::Registering {
                    known_until,
                    told_to_leave: true,
                };
            }
            State::Waiting { .. } => self.state = State::Stopped,
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
            State::Waiting { again_at } => Some(again_at),
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

    fn fail(&mut self, code: u16, response: Option<&Response>, now: Instant) {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(6));
        self.failures = self.failures.saturating_add(1);
        let least = match code {
            401 | 403 | 404 | 407 => REFUSED_PAUSE,
            _ => Duration::ZERO,
        };
        let asked = retry_after(response).unwrap_or_default();
        let pause = doubled.max(least).max(asked).min(LONGEST_PAUSE);
        // Half of it by chance, so that a thousand clients do not come back in one second.
        let half_ms = (pause / 2).as_millis() as u64;
        let again_in = pause / 2 + Duration::from_millis(self.dice.below(half_ms + 1));
        self.state = State::Waiting {
            again_at: now + again_in,
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
