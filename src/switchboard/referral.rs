//! A REFER comes in: the firewall is asked before the session hears of it, and counts what becomes of it.

use super::firewall::{Asked, Asker, Refusal, Rule, Wanted, forwards_after};
use super::{Count, Output, Switchboard};
use crate::base::pii::Masked;
use crate::base::{LegId, Now, SessionId};
use crate::script::command::Level;
use crate::settings::Profile;
use crate::sip::message::{Headers, Request};
use crate::sip::refer::{self, Replaces};
use crate::sip::stack::{Command, ReferId};
use crate::sip::transport::Flow;

impl Switchboard {
    /// Lets a REFER in, and says what kind of peer asks; `None` where it has been refused.
    pub(super) fn let_in(
        &mut self,
        session: SessionId,
        (leg, refer): (LegId, ReferId),
        request: &Request,
        flow: &Flow,
        now: Now,
    ) -> Option<Profile> {
        self.outputs.push_back(Output::Count(Count::TransferAsked));
        let target = refer::read(request).ok().map(|read| read.refer_to.uri);
        let to = target.as_ref().and_then(|uri| uri.user());
        let to = to.unwrap_or_default();
        let replaces = target.as_ref().and_then(Replaces::of_uri);
        let joins = replaces.is_some_and(|replaces| self.joins(session, leg, &replaces));
        let seat = self.legs.get_mut(&leg)?;
        let asker = Asker {
            party: &seat.party,
            source: flow.remote.ip(),
            depth: seat.depth,
            refers: seat.refers,
        };
        let wanted = Wanted { to: &to, joins };
        let judged = self.firewall.judge(&self.settings, asker, wanted, now.at);
        seat.refers = seat.refers.saturating_add(1);
        let (profile, depth) = (seat.party.profile(&self.settings, request), seat.depth);
        if let Err(refusal) = judged {
            self.keep_out(session, (leg, refer), &to, refusal, now);
            return None;
        }
        let asked = Asked {
            session,
            at: now.at,
            depth: depth.saturating_add(1),
            max_forwards: forwards_after(request),
            transferee: Vec::new(),
            accepted: false,
        };
        self.firewall.passed(refer, asked);
        Some(profile)
    }

    /// Whether the runtime itself joins a call that is there with the transferee.
    fn joins(&self, session: SessionId, leg: LegId, replaces: &Replaces) -> bool {
        let entry = self.sessions.get(&session);
        let decides = entry.is_some_and(|entry| entry.session.script_decides(leg));
        !decides && self.place_of(replaces).is_some()
    }

    fn keep_out(
        &mut self,
        session: SessionId,
        (leg, refer): (LegId, ReferId),
        to: &str,
        Refusal { code, rule, why }: Refusal,
        now: Now,
    ) {
        let entry = self.sessions.get(&session);
        let call = entry.and_then(|entry| entry.session.call_at(leg));
        let call = call.map_or("a call".to_string(), |call| call.to_string());
        self.outputs.push_back(Output::Log {
            session,
            level: Level::Warning,
            text: format!("{call}: REFER to {} refused with {code}: {why}", Masked(to)),
        });
        self.outputs
            .push_back(Output::Count(Count::TransferRefused { code, rule }));
        let refuse = Command::RefuseRefer {
            refer,
            code,
            reason: None,
            headers: Headers::new(),
        };
        self.stack.handle_command(refuse, now.at);
    }

    /// The session refused a REFER that the firewall had let pass.
    pub(super) fn count_refused(&mut self, code: u16) {
        let rule = Rule::Session;
        self.outputs
            .push_back(Output::Count(Count::TransferRefused { code, rule }));
    }

    /// A transfer has come to its end: who has gone to the target is one transfer deeper.
    pub(super) fn count_verdict(&mut self, refer: ReferId, code: u16, now: Now) {
        let asked = self.firewall.settled(refer);
        let at = asked.as_ref().map_or(now.at, |asked| asked.at);
        let took = now.at.saturating_duration_since(at);
        self.outputs
            .push_back(Output::Count(Count::TransferEnded { code, took }));
        let Some(asked) = asked.filter(|_| (200..300).contains(&code)) else {
            return;
        };
        for leg in asked.transferee {
            if let Some(seat) = self.legs.get_mut(&leg) {
                seat.depth = seat.depth.max(asked.depth);
            }
        }
    }
}
