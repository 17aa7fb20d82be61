//! What a phone is told to do, and how it does it.

use std::net::SocketAddr;
use std::time::Instant;

use super::{Line, Phone, Spelling};
use crate::base::LegId;
use crate::sip::message::{Headers, Method, NameAddr};
use crate::sip::stack::{DialogIds, ReferredBy};

/// What a phone is told to do. Where it has several calls, the newest is meant, or that with a given peer
/// ([`Wish::Of`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// For so many seconds; 0 takes this phone's registration back.
    Register {
        expires_s: u32,
    },
    /// A number, a user or a whole URI.
    Call {
        to: String,
    },
    /// 101–199 to the incoming call; 183 with a description.
    Ring {
        code: u16,
    },
    Answer,
    Reject {
        code: u16,
    },
    /// Ends the newest call whatever its state: BYE, CANCEL or 480.
    HangUp,
    Hold,
    Resume,
    /// A blind transfer to a number, a user or, as it stands, a whole Refer-To value.
    Refer {
        to: String,
    },
    /// The same, with headers besides, and with a Referred-By that is another or missing.
    ReferWith {
        to: String,
        /// `None`: its own.
        referred_by: Option<ReferredBy>,
        headers: Headers,
    },
    /// INFO within the call.
    SendInfo {
        mime_type: String,
        body: String,
    },
    /// MESSAGE within the call.
    SendText {
        text: String,
    },
    /// OPTIONS to the switchboard.
    Ping,
    /// The same, of its newest call with `peer`.
    Of {
        peer: String,
        wish: Box<Wish>,
    },
    /// The same, of this call and no other.
    On {
        leg: LegId,
        wish: Box<Wish>,
    },
    /// An attended transfer by the calls themselves: the peer of `leg` shall talk with the peer of `consulted`.
    Join {
        leg: LegId,
        consulted: LegId,
    },
    /// An attended transfer: whoever it talks with as `peer` shall talk with `other`, whom it has called or
    /// calls just now.
    Transfer {
        peer: String,
        other: String,
        spelling: Spelling,
    },
    /// Calls in the place of another phone's call (RFC 3891).
    TakeOver {
        to: String,
        /// The phone to ask, past the switchboard.
        at: Option<SocketAddr>,
        ids: Box<DialogIds>,
        spelling: Spelling,
    },
    /// Calls another phone past the switchboard.
    CallDirectly {
        user: String,
        address: SocketAddr,
    },
}

/// Which of its calls a wish is about.
#[derive(Clone, Copy, Debug)]
enum About<'a> {
    Newest,
    /// The newest with this peer.
    With(&'a str),
    Leg(LegId),
}

impl About<'_> {
    pub(super) fn is(&self, line: &Line) -> bool {
        match self {
            About::Newest => true,
            About::With(peer) => line.is_with(Some(peer)),
            About::Leg(leg) => line.leg == *leg,
        }
    }
}

impl Phone {
    /// What cannot be done in the state of things is told as news and not done.
    pub fn handle_wish(&mut self, wish: Wish, now: Instant) {
        self.fulfil(wish, About::Newest, now);
        self.settle(now);
    }

    fn fulfil(&mut self, wish: Wish, about: About, now: Instant) {
        let newest = |fits: fn(&Line) -> bool| self.newest(|line| about.is(line) && fits(line));
        match wish {
            Wish::Register { expires_s } => self.register(expires_s, now),
            Wish::Call { to } => self.call_at(&to, None, Headers::new(), now),
            Wish::Ring { code } => match newest(Line::is_alerting) {
                Some(leg) => self.ring(leg, code, now),
                None => self.cannot("ring: nobody calls"),
            },
            Wish::Answer => match newest(Line::is_alerting) {
                Some(leg) => self.answer(leg, now),
                None => self.cannot("answer: nobody calls"),
            },
            Wish::Reject { code } => match newest(Line::is_alerting) {
                Some(leg) => self.reject(leg, code, now),
                None => self.cannot("reject: nobody calls"),
            },
            Wish::HangUp => match newest(Line::is_alive) {
                Some(leg) => self.hang_up(leg, now),
                None => self.cannot("hang up: there is no call"),
            },
            Wish::Hold | Wish::Resume => match newest(Line::is_talking) {
                Some(leg) => self.offer(leg, wish == Wish::Hold, now),
                None => self.cannot("offer: there is no call"),
            },
            Wish::Refer { to } => {
                let wish = Wish::ReferWith {
                    to,
                    referred_by: None,
                    headers: Headers::new(),
                };
                self.fulfil(wish, about, now);
            }
            Wish::ReferWith {
                to,
                referred_by,
                headers,
            } => match newest(Line::is_talking) {
                Some(leg) => {
                    let refer_to = match to.contains(':') {
                        true => to.clone(),
                        false => NameAddr::new(self.uri_of(&to)).to_string(),
                    };
                    let referred_by = referred_by.unwrap_or_else(|| self.referred_by());
                    let letter = (refer_to, referred_by, headers);
                    self.refer_in(leg, None, &to, letter, now);
                }
                None => self.cannot("refer: there is no call"),
            },
            Wish::SendInfo { mime_type, body } => match newest(Line::is_talking) {
                Some(leg) => self.request_within(leg, Method::Info, (&mime_type, &body), now),
                None => self.cannot("send: there is no call"),
            },
            Wish::SendText { text } => match newest(Line::is_talking) {
                Some(leg) => self.request_within(leg, Method::Message, ("text/plain", &text), now),
                None => self.cannot("send: there is no call"),
            },
            Wish::Ping => self.ping(now),
            Wish::Transfer {
                peer,
                other,
                spelling,
            } => self.transfer(&peer, &other, &spelling, now),
            Wish::TakeOver {
                to,
                at,
                ids,
                spelling,
            } => {
                let headers = spelling.headers(&ids, &self.owner.domain);
                self.call_at(&to, at, headers, now);
            }
            Wish::CallDirectly { user, address } => {
                self.call_at(&user, Some(address), Headers::new(), now);
            }
            Wish::Of { peer, wish } => self.fulfil(*wish, About::With(&peer), now),
            Wish::On { leg, wish } => self.fulfil(*wish, About::Leg(leg), now),
            Wish::Join { leg, consulted } => self.join(leg, consulted, &Spelling::default(), now),
        }
    }
}
