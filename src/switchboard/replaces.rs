//! INVITE with Replaces (RFC 3891): somebody takes the place of a party of ours. The script's call goes on,
//! with another at its end.

use super::Switchboard;
use super::admission::Caller;
use super::party::{Party, Seat, Who};
use super::reception::Refusal;
use crate::base::pii::Masked;
use crate::base::{LegId, Now};
use crate::script::command::Level;
use crate::session::{Moved, Standing};
use crate::sip::dialog::Stage;
use crate::sip::message::{Name, NameAddr, Request};
use crate::sip::refer::Replaces;
use crate::sip::transport::Flow;

impl Switchboard {
    /// The newcomer is admitted already. Whatever is refused leaves the old call as it was (§3).
    pub(super) fn replace_call(
        &mut self,
        leg: LegId,
        request: &Request,
        caller: &Caller,
        flow: Flow,
        now: Now,
    ) -> Result<(), Refusal> {
        let wanted = request.headers.text(&Name::Replaces);
        let wanted = wanted.and_then(Replaces::parse);
        let wanted = wanted.ok_or_else(|| Refusal::plain(400, "the Replaces cannot be read"))?;
        let (old, stage) = self
            .stack
            .leg_of(&wanted)
            .ok_or_else(|| Refusal::plain(481, "no call of ours is the one to be replaced"))?;
        if stage == Stage::Over {
            return Err(Refusal::plain(603, "the call to be replaced is over"));
        }
        let found = self.legs.get(&old).and_then(|seat| {
            let session = &self.sessions.get(&seat.session)?.session;
            let place = session.call_at(old)?;
            Some((seat, place, session.standing_of(place)?))
        });
        let Some((seat, place, standing)) = found else {
            return Err(Refusal::plain(603, "the call to be replaced is ending"));
        };
        match standing {
            Standing::Answered if wanted.early_only => {
                return Err(Refusal::plain(486, "early-only, and the call is answered"));
            }
            Standing::Answered | Standing::Called => {}
            Standing::Calls | Standing::Taken => {
                let why = "an unanswered call is replaced only where we have placed it";
                return Err(Refusal::plain(481, why));
            }
        }
        if !may_replace(caller, &seat.party, request) {
            let why = "the caller is neither the party to be replaced nor sent by it (Referred-By)";
            return Err(Refusal::plain(403, why));
        }
        let session = seat.session;
        self.scribe.adopt(session);
        let (call, port) = self.take_call(place, leg, request, caller, flow, now)?;
        let who = Masked(&call.facts.from).to_string();
        tracing::info!(%session, "a call from {who} takes the place of another");
        self.legs
            .insert(leg, Seat::of_caller(session, caller, request));
        self.sounds.insert(call.sound, session);
        let moved = Moved {
            call,
            port: Some(port),
        };
        let replaced = self.try_session(session, now, |session| session.replace(place, moved, now));
        match replaced {
            Some(Ok(departed)) => {
                let text = format!("{place} is somebody else now: INVITE with Replaces");
                self.log(session, Level::Info, text);
                self.let_go(departed, now);
                Ok(())
            }
            Some(Err((code, why))) => Err(Refusal::plain(code, why)),
            None => Err(Refusal::plain(603, "the call to be replaced is ending")),
        }
    }
}

/// Whether `caller` may take that party's place (§3): it is the party itself, or was sent by it.
fn may_replace(caller: &Caller, party: &Party, request: &Request) -> bool {
    let same = match (caller, &party.who) {
        // Where nobody has a password, everybody on loopback is trusted.
        (Caller::Neighbour, _) => true,
        (Caller::User { name }, Who::User { name: replaced }) => name == replaced,
        (Caller::Trunk { name }, Who::Trunk { name: replaced }) => name == replaced,
        (Caller::User { .. } | Caller::Trunk { .. }, _) => false,
    };
    same || referrer(request).is_some_and(|user| match &party.who {
        Who::User { name } => *name == user,
        Who::Trunk { .. } | Who::Neighbour | Who::Stranger => false,
    })
}

/// The user of the Referred-By (RFC 3892).
fn referrer(request: &Request) -> Option<String> {
    let value = request.headers.get(&Name::ReferredBy)?;
    NameAddr::parse(value).ok()?.uri.user()
}

impl Party {
    /// Whether `self`, who has sent a REFER, may have `other`'s call replaced: two parties that are known
    /// by different names may not.
    pub fn may_be(&self, other: &Party) -> bool {
        let known = |who: &Who| matches!(who, Who::Trunk { .. } | Who::User { .. });
        self.who == other.who || !known(&self.who) || !known(&other.who)
    }
}
