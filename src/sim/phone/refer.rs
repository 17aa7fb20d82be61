//! The transfers that a phone asks for, and what it is told of them.

use std::time::{Duration, Instant};

use super::{Chore, News, Phone};
use crate::base::LegId;
use crate::sip::message::Headers;
use crate::sip::stack::{Command, ReferId, ReferTo, ReferredBy};

/// A transfer that this phone has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referral {
    pub(super) id: ReferId,
    pub(super) leg: LegId,
    /// The call that its Replaces names.
    pub(super) consulted: Option<LegId>,
    pub to: String,
    /// The final response to the REFER.
    pub answer: Option<u16>,
    /// The codes of its NOTIFYs, in the order of their coming.
    pub told: Vec<u16>,
    /// The subscription is over.
    pub ended: bool,
}

impl Phone {
    /// Whether it has given the call away, or tries to: nobody has to talk to it there any more.
    pub fn gives_away(&self, leg: LegId) -> bool {
        self.referrals.iter().any(|referral| {
            let refused = referral.answer.is_some_and(|code| code >= 300);
            let failed = referral.told.last().is_some_and(|code| *code >= 300);
            (referral.leg == leg || referral.consulted == Some(leg)) && !refused && !failed
        })
    }

    pub(super) fn referred_by(&self) -> ReferredBy {
        ReferredBy::Address(self.own().to_string())
    }

    /// `to` is for the phone itself; Refer-To, Referred-By and what is besides go out and may name the call
    /// `consulted`.
    pub(super) fn refer_in(
        &mut self,
        leg: LegId,
        consulted: Option<LegId>,
        to: &str,
        (refer_to, referred_by, mut headers): (String, ReferredBy, Headers),
        now: Instant,
    ) {
        headers.append(self.additions());
        let id = ReferId(self.id());
        let refer = Command::Refer {
            refer: id,
            leg,
            refer_to: ReferTo::Address(refer_to),
            referred_by,
            headers,
            credentials: None,
            patience: Duration::from_secs(32),
        };
        self.referrals.push(Referral {
            id,
            leg,
            consulted,
            to: to.to_string(),
            answer: None,
            told: Vec::new(),
            ended: false,
        });
        self.stack.handle_command(refer, now);
    }

    pub(super) fn refer_answered(&mut self, refer: ReferId, code: u16, now: Instant) {
        let Some(referral) = self
            .referrals
            .iter_mut()
            .find(|referral| referral.id == refer)
        else {
            return;
        };
        referral.answer = Some(code);
        referral.ended |= code >= 300;
        let leg = referral.leg;
        self.tell(News::ReferAnswered { code });
        if code < 300
            && let Some(after) = self.manners.leaves_when_accepted
        {
            self.later(Chore::HangUp { leg }, after, now);
        }
    }

    pub(super) fn refer_notified(
        &mut self,
        refer: ReferId,
        code: Option<u16>,
        ended: bool,
        now: Instant,
    ) {
        let Some(referral) = self
            .referrals
            .iter_mut()
            .find(|referral| referral.id == refer)
        else {
            return;
        };
        referral.told.extend(code);
        referral.ended |= ended;
        let leg = referral.leg;
        self.tell(News::Told { code, ended });
        if code.is_some_and(|code| (200..300).contains(&code))
            && let Some(after) = self.manners.leaves_on_success
        {
            self.later(Chore::HangUp { leg }, after, now);
        }
    }
}
