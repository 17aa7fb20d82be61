//! A phone that is asked to call somebody else (RFC 3515): it answers the REFER, places the call and tells
//! how that goes; well, or in the ways of real phones.

use std::time::{Duration, Instant};

use super::{Chore, News, Phone};
use crate::base::LegId;
use crate::sip::auth::challenge::{Challenger, Offer, Verdict};
use crate::sip::message::uri::percent_decode;
use crate::sip::message::{Headers, Name, Request, Uri};
use crate::sip::refer;
use crate::sip::stack::{Command, NotifyId, ReferId};
use crate::sip::transport::host_address;

/// How it takes a REFER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Following {
    pub taking: Taking,
    /// The life of the subscription, in seconds.
    pub expires_s: u32,
    /// While the target rings, says so again every so often.
    pub again: Option<Duration>,
    /// Hangs up the old call so long after it has accepted.
    pub leaves: Option<Duration>,
    /// Whether it calls anybody at all.
    pub calls: bool,
}

/// Its answer to a REFER.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taking {
    /// 200 or 202.
    Accept(u16),
    Refuse(u16),
    /// 401, until the REFER shows the password of the phone's owner.
    Challenge,
}

/// A transfer that it follows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Followed {
    refer: ReferId,
    /// What it has told last.
    code: u16,
    /// How often it has told that.
    times: u32,
}

impl Following {
    pub fn new(taking: Taking) -> Following {
        Following {
            taking,
            expires_s: 60,
            again: None,
            leaves: None,
            calls: true,
        }
    }
}

impl Phone {
    pub(super) fn be_referred(
        &mut self,
        leg: LegId,
        refer: ReferId,
        request: &Request,
        now: Instant,
    ) {
        let following = match self.manners.follows.clone() {
            Some(following) => following,
            None => Following::new(Taking::Refuse(603)),
        };
        let code = match following.taking {
            Taking::Accept(code) => code,
            Taking::Refuse(code) => return self.refuse_refer(refer, code, Headers::new(), now),
            Taking::Challenge => match self.challenge(request, now) {
                Some(headers) => return self.refuse_refer(refer, 401, headers, now),
                None => 202,
            },
        };
        let accept = Command::AcceptRefer {
            refer,
            code,
            expires_s: following.expires_s,
            subscribe: true,
            id: NotifyId::Auto,
            final_at_once: false,
        };
        self.stack.handle_command(accept, now);
        if let Some(after) = following.leaves {
            self.later(Chore::HangUp { leg }, after, now);
        }
        if following.calls {
            self.follow(refer, request, following.again, now);
        }
    }

    fn refuse_refer(&mut self, refer: ReferId, code: u16, headers: Headers, now: Instant) {
        let refuse = Command::RefuseRefer {
            refer,
            code,
            reason: None,
            headers,
        };
        self.stack.handle_command(refuse, now);
    }

    /// What the 401 says; `None` where the password is right.
    fn challenge(&mut self, request: &Request, now: Instant) -> Option<Headers> {
        let (realm, dice) = (&self.owner.name, &mut self.dice);
        let challenger = self
            .challenger
            .get_or_insert_with(|| Challenger::new(realm, Offer::Both, dice.deal(), now));
        let (user, password) = (&self.owner.user, &self.owner.password);
        let lookup = |name: &str| password.clone().filter(|_| name == user);
        match challenger.judge(request, &lookup, now) {
            Verdict::Ok { .. } => None,
            verdict => Some(challenger.challenge(&verdict, now)),
        }
    }

    /// Calls whom the Refer-To names: an address of the switchboard's there, any other directly.
    fn follow(&mut self, refer: ReferId, request: &Request, again: Option<Duration>, now: Instant) {
        let Ok(referral) = refer::read(request) else {
            return;
        };
        let mut headers = Headers::new();
        if let Some(referred_by) = request.headers.get(&Name::ReferredBy) {
            headers.push(Name::ReferredBy, referred_by.clone());
        }
        let asked = referral.refer_to.uri;
        for (name, value) in asked
            .as_sip()
            .map(|uri| &uri.headers[..])
            .unwrap_or_default()
        {
            let name = Name::parse(name.as_bytes());
            headers.push(name, percent_decode(value).unwrap_or_default());
        }
        let user = asked.user().unwrap_or_default();
        let uri = match &asked {
            Uri::Sip(_) => asked.without_headers(),
            Uri::Tel { .. } | Uri::Other(_) => self.uri_of(&user),
        };
        let elsewhere = uri.as_sip().and_then(|uri| {
            let address = host_address(&uri.host)?;
            let there = (address, uri.port.unwrap_or(5060)).into();
            (address != self.owner.server.ip()).then_some(there)
        });
        self.tell(News::Follows { to: user.clone() });
        let address = elsewhere.unwrap_or(self.owner.server);
        let leg = self.call_uri(&user, uri, address, headers, now);
        let followed = Followed {
            refer,
            code: 100,
            times: 0,
        };
        self.followed.insert(leg, followed);
        if let Some(after) = again {
            self.later(Chore::TellAgain { leg }, after, now);
        }
    }

    /// A response to a call of its own: told on where it is one that it follows.
    pub(super) fn followed_call(&mut self, leg: LegId, code: u16, reason: &str, now: Instant) {
        let Some(followed) = self.followed.get_mut(&leg) else {
            return;
        };
        followed.code = code;
        let notify = Command::Notify {
            refer: followed.refer,
            code,
            reason: Some(reason.to_string()),
        };
        if code >= 200 {
            self.followed.remove(&leg);
        }
        self.stack.handle_command(notify, now);
    }

    pub(super) fn tell_again(&mut self, leg: LegId, now: Instant) {
        let again = self.manners.follows.as_ref().and_then(|how| how.again);
        let (Some(followed), Some(again)) = (self.followed.get_mut(&leg), again) else {
            return;
        };
        followed.times += 1;
        // The same words twice would not be sent.
        let notify = Command::Notify {
            refer: followed.refer,
            code: followed.code,
            reason: Some(format!("Still, {} Times", followed.times)),
        };
        self.stack.handle_command(notify, now);
        self.later(Chore::TellAgain { leg }, again, now);
    }
}
