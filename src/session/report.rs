//! What the status URL of a transfer of ours is told: how things stand, each time that changes, and last
//! of all how they ended.

use serde::Serialize;

use super::referral::Outcome;
use super::{Effect, Post, Session};
use crate::base::CallId;
use crate::base::hook::HookUrl;
use crate::sip::stack::ReferId;

/// One message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TransferStatus<'a> {
    event: &'static str,
    session: String,
    /// As `Call.id()` has it.
    call: String,
    /// From 1 on.
    sequence: u32,
    refer_status: Option<u16>,
    /// The status of the new call that was told last.
    call_status: Option<u16>,
    #[serde(rename = "final")]
    last: bool,
    success: Option<bool>,
    code: Option<u16>,
    reason: Option<&'a String>,
}

impl TransferStatus<'_> {
    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are JSON")
    }
}

impl Session {
    /// Tells the status URL where there is one: how things stand, or how they ended.
    pub(super) fn post(&mut self, refer: ReferId, outcome: Option<&Outcome>) {
        let Some(referral) = self.referrals.open.get_mut(&refer) else {
            return;
        };
        let Some(hook) = referral.hook.clone() else {
            return;
        };
        referral.posts += 1;
        let (call, sequence) = (referral.call, referral.posts);
        let (refer_status, call_status) = (referral.refer_status, referral.told);
        let body = TransferStatus {
            sequence,
            refer_status,
            call_status,
            ..self.status_of(call, outcome)
        };
        self.effects.push_back(Effect::Post(Post {
            hook,
            refer,
            body: body.to_json(),
        }));
    }

    fn status_of<'a>(&self, call: CallId, outcome: Option<&'a Outcome>) -> TransferStatus<'a> {
        TransferStatus {
            event: "transfer-status",
            session: self.id.to_string(),
            call: format!("{}-{}", self.id, call.0),
            sequence: 0,
            refer_status: None,
            call_status: None,
            last: outcome.is_some(),
            success: outcome.map(Outcome::is_success),
            code: outcome.map(|outcome| outcome.code),
            reason: outcome.map(|outcome| &outcome.reason),
        }
    }

    /// The one message about a transfer that was never asked for.
    pub(super) fn post_refusal(&mut self, call: CallId, hook: Option<HookUrl>, outcome: &Outcome) {
        let Some(hook) = hook else { return };
        let body = TransferStatus {
            sequence: 1,
            ..self.status_of(call, Some(outcome))
        };
        // It has no number of its own; those of a session wait for each other.
        let refer = ReferId(self.id.0);
        self.effects.push_back(Effect::Post(Post {
            hook,
            refer,
            body: body.to_json(),
        }));
    }
}
