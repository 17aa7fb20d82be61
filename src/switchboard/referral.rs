//! A REFER comes in, in a dialog or outside any: the firewall is asked before the session hears of it, and
//! what becomes of it is counted.

use super::admission::{Admission, Caller};
use super::firewall::{Asked, Asker, Refusal, Rule, Wanted, forwards_after};
use super::party::Who;
use super::{Count, Output, Switchboard};
use crate::base::pii::Masked;
use crate::base::{LegId, Now, SessionId};
use crate::script::command::Level;
use crate::settings::Profile;
use crate::settings::policy::Policies;
use crate::sip::message::{Headers, Request};
use crate::sip::refer::{self, Replaces};
use crate::sip::stack::{Command, ReferId, TransactionId};
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
        let standing = self.place_of(replaces).and_then(|(session, place)| {
            let entry = self.sessions.get(&session)?;
            entry.session.standing_of(place)
        });
        !decides && standing.is_some()
    }

    /// A REFER outside any dialog. By default it is not heard at all; where `transfer.outOfDialog` has it, it must
    /// be about a call of the very peer that sends it (RFC 4538), by address or by digest.
    pub(super) fn hear_refer_outside(
        &mut self,
        transaction: TransactionId,
        request: Request,
        flow: Flow,
        now: Now,
    ) {
        let heard = self.judge_outside(&request, &flow, now);
        let (code, headers, why) = match heard {
            Ok(about) => {
                if let Some(session) = self.owner_of(about) {
                    self.scribe.adopt(session);
                }
                let adopt = Command::AdoptRefer {
                    transaction,
                    about,
                    flow,
                };
                return self.stack.handle_command(adopt, now.at);
            }
            Err(refused) => refused,
        };
        // Asked for a digest, it comes again.
        if code != 401 {
            self.note_kept_outside(&request, &flow, code, &why);
        }
        let refuse = Command::Respond {
            transaction,
            code,
            reason: None,
            headers,
            body: None,
        };
        self.stack.handle_command(refuse, now.at);
    }

    /// Counts and logs a REFER outside any dialog that was refused, also in the log of the session that it is
    /// about, where there is one.
    fn note_kept_outside(&mut self, request: &Request, flow: &Flow, code: u16, why: &str) {
        self.outputs.push_back(Output::Count(Count::TransferAsked));
        let rule = Rule::OutOfDialog;
        self.outputs
            .push_back(Output::Count(Count::TransferRefused { code, rule }));
        let text = format!("REFER outside any dialog refused with {code}: {why}");
        tracing::info!(source = %flow.remote, "{text}");
        let about = refer::target_dialog(&request.headers);
        let about = about.and_then(|dialog| self.stack.leg_of(&dialog));
        if let Some(session) = about.and_then(|(leg, _)| self.owner_of(leg)) {
            self.scribe.adopt(session);
            self.log(session, Level::Warning, text);
        }
    }

    /// The leg whose call it is about, or the answer that it gets and why.
    fn judge_outside(
        &mut self,
        request: &Request,
        flow: &Flow,
        now: Now,
    ) -> Result<LegId, (u16, Headers, String)> {
        let refuse = |why: &str| Err((403, Headers::new(), why.to_string()));
        let source = flow.remote.ip();
        let trunk = self.settings.trunk_of(source).map(|trunk| &trunk.name);
        let policies = Policies::of(&self.settings, trunk.map(String::as_str));
        let (allowed, path) = policies.out_of_dialog();
        if !allowed {
            return refuse(&format!("{path} is false"));
        }
        let Some(dialog) = refer::target_dialog(&request.headers) else {
            return refuse("it has no Target-Dialog, and so is about no call");
        };
        let found = self.stack.leg_of(&dialog).and_then(|(leg, _)| {
            let address = self.stack.dialog(leg)?.address;
            Some((leg, address, self.legs.get(&leg)?.party.who.clone()))
        });
        let Some((leg, address, who)) = found else {
            return refuse("its Target-Dialog is no call of ours");
        };
        if address.to_canonical() == source.to_canonical() {
            return Ok(leg);
        }
        let user = match who {
            Who::User { name } => Some(name),
            Who::Trunk { .. } | Who::Neighbour | Who::Stranger => None,
        };
        let users = &self.settings.users;
        let known = |name: &String| users.get(name).is_some_and(|user| user.password.is_some());
        let Some(name) = user.filter(known) else {
            return refuse("its Target-Dialog is a call with somebody at another address");
        };
        match self.authenticate(request, now) {
            Admission::In(Caller::User { name: by }) if by == name => Ok(leg),
            Admission::In(_) => refuse("its Target-Dialog is another user's call"),
            Admission::Challenge(headers) => Err((401, headers, "digest asked".to_string())),
            Admission::Refuse { code, why } => Err((code, Headers::new(), why.to_string())),
        }
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
        let text = format!("{call}: REFER to {} refused with {code}: {why}", Masked(to));
        self.log(session, Level::Warning, text);
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
