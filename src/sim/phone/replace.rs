//! A phone with two calls: it joins them (RFC 5589 §7), takes over somebody else's call, and lets a call of
//! its own be taken over (RFC 3891). Right, or wrong in the ways that real phones are wrong.

use std::time::Instant;

use super::{Line, News, Phone};
use crate::base::LegId;
use crate::sip::message::uri::percent_encode_header;
use crate::sip::message::{Headers, Name, NameAddr, Request, Uri};
use crate::sip::refer::Replaces;
use crate::sip::stack::{Command, DialogIds, Stage};

/// How a phone writes a Replaces. The default is right; each field is a fault or a liberty of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spelling {
    pub early_only: bool,
    /// Each tag as the other side's.
    pub swapped: bool,
    /// `%3b` for `%3B`, which is the same.
    pub lower_case: bool,
    /// Tags of 0, as RFC 2543 had none.
    pub zero: bool,
    /// The Call-ID alone.
    pub bare: bool,
    /// A Call-ID that nobody knows.
    pub foreign: bool,
    /// The peer's Contact instead of its address of record.
    pub at_contact: bool,
    /// The same header again.
    pub twice: bool,
    /// A Join beside it.
    pub joins: bool,
    /// `Require: replaces`.
    pub required: bool,
    /// Referred-By with this user of the switchboard's.
    pub referred_by: Option<String>,
}

impl Spelling {
    fn value(&self, ids: &DialogIds) -> String {
        let mut replaces = Replaces {
            early_only: self.early_only,
            ..ids.for_peer()
        };
        if self.swapped {
            std::mem::swap(&mut replaces.to_tag, &mut replaces.from_tag);
        }
        if self.zero {
            replaces.to_tag = "0".to_string();
            replaces.from_tag = "0".to_string();
        }
        if self.foreign {
            replaces.call_id = "nobody-knows-it".to_string();
        }
        match self.bare {
            true => replaces.call_id,
            false => replaces.to_string(),
        }
    }

    fn refer_to(&self, ids: &DialogIds) -> String {
        let target = match self.at_contact {
            true => &ids.target,
            false => &ids.remote,
        };
        let mut value = percent_encode_header(&self.value(ids));
        if self.lower_case {
            value = value.replace("%3B", "%3b").replace("%3D", "%3d");
        }
        format!("<{}?Replaces={value}>", target.without_headers())
    }

    pub(super) fn headers(&self, ids: &DialogIds, domain: &str) -> Headers {
        let mut headers = Headers::new();
        let value = self.value(ids);
        for _ in 0..1 + usize::from(self.twice) {
            headers.push(Name::Replaces, value.clone());
        }
        if self.joins {
            headers.push(Name::Join, value);
        }
        if self.required {
            headers.push(Name::Require, "replaces");
        }
        if let Some(user) = &self.referred_by {
            let referrer = NameAddr::new(Uri::sip(user, domain, None));
            headers.push(Name::ReferredBy, referrer.to_string());
        }
        headers
    }
}

impl Phone {
    /// What names its newest call with `peer`, or its newest call of all.
    pub fn dialog(&self, peer: Option<&str>) -> Option<DialogIds> {
        let leg = self.newest(|line| line.is_with(peer) && line.is_alive())?;
        self.stack.dialog(leg)
    }

    /// The names of all its calls, with the peer of each.
    pub fn dialogs(&self) -> impl Iterator<Item = (&str, DialogIds)> {
        let lines = self.lines.values();
        lines.filter_map(|line| Some((line.peer.as_str(), self.stack.dialog(line.leg)?)))
    }

    /// Joins its call with `peer` to its call with `other`, and leaves: a REFER in the first names the second.
    pub(super) fn transfer(&mut self, peer: &str, other: &str, spelling: &Spelling, now: Instant) {
        let talking = |line: &Line| line.is_with(Some(peer)) && line.is_talking();
        let consulted = self.newest(|line| line.is_with(Some(other)) && line.is_alive());
        match (self.newest(talking), consulted) {
            (Some(leg), Some(consulted)) => self.join(leg, consulted, spelling, now),
            (None, _) => self.cannot("transfer: there is no call to be transferred"),
            (_, None) => self.cannot("transfer: there is no call to transfer to"),
        }
    }

    /// The REFER of it: in `leg`, and about `consulted`.
    pub(super) fn join(&mut self, leg: LegId, consulted: LegId, spelling: &Spelling, now: Instant) {
        let other = self.lines.get(&consulted).map(|line| line.peer.clone());
        match (self.lines.get(&leg), other, self.stack.dialog(consulted)) {
            (Some(line), Some(other), Some(ids)) if line.is_talking() => {
                let refer_to = spelling.refer_to(&ids);
                let letter = (refer_to, self.referred_by(), Headers::new());
                self.refer_in(leg, Some(consulted), &other, letter, now);
            }
            (_, Some(_), Some(_)) => self.cannot("transfer: there is no call to be transferred"),
            _ => self.cannot("transfer: there is no call to transfer to"),
        }
    }

    /// An INVITE with Replaces (RFC 3891 §3). Says whether it was one.
    pub(super) fn greet_replacement(
        &mut self,
        leg: LegId,
        request: &Request,
        now: Instant,
    ) -> bool {
        let Some(replaces) = request.headers.text(&Name::Replaces).map(Replaces::parse) else {
            return false;
        };
        let named = replaces.as_ref().and_then(|replaces| {
            let (old, stage) = self.stack.leg_of(replaces)?;
            Some((old, stage, replaces.early_only))
        });
        let verdict = match named {
            None | Some((_, Stage::Ringing, _)) => Err(481),
            Some((_, Stage::Over, _)) => Err(603),
            Some((_, Stage::Up, true)) => Err(486),
            Some((old, Stage::Calling | Stage::Up, _)) => match self.manners.unmoved {
                Some(code) => Err(code),
                None => Ok(old),
            },
        };
        match verdict {
            Ok(old) => {
                self.answer(leg, now);
                if self.lines.get(&leg).is_some_and(Line::is_talking) {
                    self.leave_for_another(old, now);
                }
            }
            Err(code) => self.reject(leg, code, now),
        }
        true
    }

    fn leave_for_another(&mut self, old: LegId, now: Instant) {
        let Some(line) = self.lines.get_mut(&old) else {
            return;
        };
        line.leave();
        let peer = line.peer.clone();
        let mut headers = Headers::new();
        headers.push(Name::Reason, "SIP;cause=200;text=\"Call replaced\"");
        let hangup = Command::Hangup { leg: old, headers };
        self.stack.handle_command(hangup, now);
        self.tell_of(old, News::Replaced { peer });
    }
}
