//! Transfers that we ask for: a REFER of ours, from the script's wish to its outcome (RFC 3515).
//!
//! ```text
//!  transferTo ─▸ Asked ──refused, silence (Timer F)──▸ failed: the call goes on as before
//!                  │ 2xx; a final NOTIFY may be ahead of it
//!              Following ──NOTIFY 200–299──▸ complete: BYE, and to the replaced call after a while
//!                        ──NOTIFY 300–699──▸ failed with that status
//!                        ──no NOTIFY at all, none for long──▸ failed with 408
//!                        ──the call has ended, and no more is told──▸ failed with 487
//!                        ──terminated without a status──▸ failed with 500
//! ```
//!
//! The outcome is told once, to the script and to the status URL. It outlives the call: a far end that
//! hangs up first may still tell it (RFC 5057).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::lifetime::seconds;
use super::record::{CallRecord, TransferRecord};
use super::{Desk, Effect, ReferWish, Sent, Session, no_headers};
use crate::base::hook::HookUrl;
use crate::base::pii::Masked;
use crate::base::{CallId, Now};
use crate::call::{By, End, Phase, headers};
use crate::script::command::{Level, TransferTo};
use crate::script::event::{CallNews, HeaderMap, ReferStatus, TransferRole};
use crate::sip::stack::{Command, ReferId, ReferTo};

/// Nobody told how the transfer ended: silence, the call's end before it, a far end that stopped telling.
const SILENCE: u16 = 408;
const ENDED_FIRST: u16 = 487;
const UNTOLD: u16 = 500;

/// How much longer the layer below listens than this one waits.
const BELOW: Duration = Duration::from_secs(1);

/// The REFERs of ours without an outcome.
#[derive(Debug, Default)]
pub struct Referrals {
    pub(super) open: BTreeMap<ReferId, Referral>,
    /// Calls whose far ends were reached in our place, and when they are ended at the latest.
    replaced: BTreeMap<CallId, Instant>,
}

#[derive(Debug)]
pub(super) struct Referral {
    pub(super) call: CallId,
    /// The call that is to be replaced.
    other: Option<CallId>,
    /// As the script named it, for the log and the record.
    to: String,
    hang_up: bool,
    pub(super) hook: Option<HookUrl>,
    pub(super) posts: u32,
    /// How long the far end may say nothing once it has told of progress.
    patience: Duration,
    asked: Now,
    pub(super) refer_status: Option<u16>,
    /// The status that was told last.
    pub(super) told: Option<u16>,
    stage: Stage,
    /// The call has ended; its record, where it waits for the outcome.
    ended: Option<Option<Box<CallRecord>>>,
}

#[derive(Debug)]
enum Stage {
    /// The REFER has no answer yet; what a NOTIFY before it has told.
    Asked { early: Early },
    /// It is accepted.
    Following { give_up_at: Instant },
}

/// What came before the answer to the REFER.
#[derive(Debug)]
enum Early {
    Nothing,
    Progress,
    Outcome(Outcome),
}

/// How a transfer ended.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub(super) code: u16,
    pub(super) reason: String,
    /// Whether it is the new call's own status.
    told: bool,
}

impl Outcome {
    fn untold(code: u16, reason: &str) -> Outcome {
        Outcome {
            code,
            reason: reason.to_string(),
            told: false,
        }
    }

    pub(super) fn is_success(&self) -> bool {
        self.told && (200..300).contains(&self.code)
    }
}

impl Referrals {
    pub fn len(&self) -> usize {
        self.open.len()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let open = self
            .open
            .values()
            .filter_map(|referral| match referral.stage {
                Stage::Asked { .. } => None,
                Stage::Following { give_up_at } => Some(give_up_at),
            });
        open.chain(self.replaced.values().copied()).min()
    }

    /// Whether `call` waits to be moved, or its far end to be reached by another.
    pub fn awaits(&self, call: CallId) -> bool {
        self.open
            .values()
            .any(|referral| referral.call == call || referral.other == Some(call))
    }

    fn is_referring(&self, call: CallId) -> bool {
        self.open.values().any(|referral| referral.call == call)
    }
}

impl Session {
    /// `Call.transferTo`. What cannot be asked fails as a refused REFER does, in a later turn.
    pub(super) fn transfer_to(&mut self, wish: TransferTo, desk: &mut dyn Desk, now: Now) {
        let call = wish.call;
        let hook = wish.status_url.as_deref();
        let hook = hook.and_then(|url| HookUrl::parse(url).ok());
        if self.referrals.is_referring(call) {
            return self.log(
                Level::Warning,
                format!("{call}: transferTo does nothing: a transfer of this call is open already"),
            );
        }
        let connected = |id: CallId| {
            let talk = self.calls.get(&id);
            let talk = talk.filter(|talk| talk.call.is_connected() && !talk.call.is_inner());
            talk.and_then(|talk| talk.call.legs().first().copied())
        };
        if self.is_inner(call) {
            let why = "A Call Between Two Sessions";
            return self.not_referred(call, hook, 501, why);
        }
        let Some(leg) = connected(call) else {
            return self.not_referred(call, hook, 481, "The Call Is Over");
        };
        let other = match wish.other.map(connected) {
            None => None,
            Some(Some(leg)) => Some(leg),
            Some(None) => return self.not_referred(call, hook, 481, "The Other Call Is Over"),
        };
        let asked = desk.refer(&ReferWish {
            leg,
            to: wish.to.as_deref(),
            referred_by: wish.referred_by.as_deref(),
        });
        let referred = match asked {
            Ok(referred) => referred,
            Err((code, reason)) => return self.not_referred(call, hook, code, &reason),
        };
        let refer_to = match (other, referred.to) {
            (Some(leg), at) => ReferTo::InPlaceOf { leg, at },
            (None, Some(to)) => ReferTo::Address(to),
            (None, None) => return self.not_referred(call, hook, 400, "Nobody To Refer To"),
        };
        let to = wish.to.unwrap_or_else(|| {
            let other = wish.other.and_then(|other| self.calls.get(&other));
            other.map_or_else(String::new, |talk| talk.far_end().to_string())
        });
        self.log(
            Level::Info,
            format!("{call} is asked to call {}", Masked(&to)),
        );
        let patience = wish
            .progress_timeout_s
            .unwrap_or(self.limits.refer_silence_s);
        self.referrals.open.insert(
            referred.refer,
            Referral {
                call,
                other: wish.other,
                to,
                hang_up: wish.hang_up,
                hook,
                posts: 0,
                patience: seconds(patience),
                asked: now,
                refer_status: None,
                told: None,
                stage: Stage::Asked {
                    early: Early::Nothing,
                },
                ended: None,
            },
        );
        self.effects.push_back(Effect::FollowRefer(referred.refer));
        self.sip(Command::Refer {
            refer: referred.refer,
            leg,
            refer_to,
            referred_by: referred.referred_by,
            headers: headers::from_script(&wish.headers),
            credentials: referred.credentials,
            // Longer than any silence that is waited for here.
            patience: seconds(patience.max(self.limits.refer_notify_s)) + BELOW,
        });
    }

    /// `TransferFailed` for a REFER that was never sent.
    fn not_referred(&mut self, call: CallId, hook: Option<HookUrl>, code: u16, reason: &str) {
        self.log(Level::Info, format!("{call} not asked: {code} {reason}"));
        self.post_refusal(call, hook, &Outcome::untold(code, reason));
        let news = CallNews::TransferFailed {
            role: TransferRole::Transferee,
            code,
            reason: reason.to_string(),
            headers: HeaderMap::new(),
            own: Some(ReferStatus::default()),
        };
        self.tell_call(call, self.phase_of(call), news, Sent::Plain);
    }

    /// The answer to the REFER. 2xx is no success yet.
    pub(super) fn refer_answered(&mut self, refer: ReferId, code: u16, reason: String, now: Now) {
        let first_within = seconds(self.limits.refer_notify_s);
        let Some(referral) = self.referrals.open.get_mut(&refer) else {
            return;
        };
        let Stage::Asked { early } = &mut referral.stage else {
            return;
        };
        referral.refer_status = Some(code);
        let within = match std::mem::replace(early, Early::Nothing) {
            // It has been told how it ended, so whatever the answer says comes too late.
            Early::Outcome(outcome) => return self.conclude(refer, outcome, now),
            _ if code >= 300 => {
                let outcome = Outcome {
                    code,
                    reason,
                    told: false,
                };
                return self.conclude(refer, outcome, now);
            }
            Early::Progress => referral.patience,
            Early::Nothing => first_within,
        };
        let within = match referral.ended {
            Some(_) => within.min(first_within),
            None => within,
        };
        referral.stage = Stage::Following {
            give_up_at: now.at + within,
        };
        self.post(refer, None);
    }

    /// A NOTIFY about it, or its end.
    pub(super) fn refer_notified(
        &mut self,
        refer: ReferId,
        code: Option<u16>,
        reason: String,
        ended: bool,
        now: Now,
    ) {
        let first_within = seconds(self.limits.refer_notify_s);
        let Some(referral) = self.referrals.open.get_mut(&refer) else {
            return;
        };
        referral.told = code.or(referral.told);
        let outcome = match code {
            Some(code @ 200..) => Some(Outcome {
                code,
                reason: reason.clone(),
                told: true,
            }),
            Some(_) | None => ended.then(|| Outcome::untold(UNTOLD, "The Outcome Is Not Told")),
        };
        let patience = match referral.ended {
            Some(_) => referral.patience.min(first_within),
            None => referral.patience,
        };
        let mut concluded = None;
        match (&mut referral.stage, outcome) {
            (Stage::Following { .. }, Some(outcome)) => concluded = Some(outcome),
            (Stage::Following { give_up_at }, None) => *give_up_at = now.at + patience,
            // The answer to the REFER is on its way, or Timer F stands for it.
            (Stage::Asked { early }, Some(outcome)) => *early = Early::Outcome(outcome),
            (Stage::Asked { early }, None) => *early = Early::Progress,
        }
        let call = referral.call;
        if let Some(status) = code {
            let news = CallNews::TransferProgress { status, reason };
            self.tell_call(call, self.phase_of(call), news, Sent::Plain);
        }
        match concluded {
            Some(outcome) => self.conclude(refer, outcome, now),
            None if code.is_some() => self.post(refer, None),
            None => {}
        }
    }

    /// A call has ended: a transfer of it may still be told its outcome, but not for long. Hands the
    /// record back where no transfer waits with it.
    pub(super) fn referred_call_ended(
        &mut self,
        call: CallId,
        record: Box<CallRecord>,
        now: Now,
    ) -> Option<Box<CallRecord>> {
        self.referrals.replaced.remove(&call);
        let at_most = now.at + seconds(self.limits.refer_notify_s);
        let mut open = self.referrals.open.values_mut();
        let Some(referral) = open.find(|referral| referral.call == call) else {
            return Some(record);
        };
        if let Stage::Following { give_up_at } = &mut referral.stage {
            *give_up_at = at_most.min(*give_up_at);
        }
        referral.ended = Some(Some(record));
        None
    }

    pub(super) fn pass_referral_deadlines(&mut self, now: Now) {
        let late: Vec<_> = self
            .referrals
            .open
            .iter()
            .filter_map(|(refer, referral)| match referral.stage {
                Stage::Following { give_up_at } if give_up_at <= now.at => {
                    Some((*refer, referral.ended.is_some(), referral.told))
                }
                Stage::Following { .. } | Stage::Asked { .. } => None,
            })
            .collect();
        for (refer, ended, told) in late {
            let outcome = match (ended, told) {
                (true, _) => Outcome::untold(ENDED_FIRST, "The Call Ended First"),
                (false, None) => Outcome::untold(SILENCE, "No NOTIFY"),
                (false, Some(_)) => Outcome::untold(SILENCE, "No Further NOTIFY"),
            };
            self.conclude(refer, outcome, now);
        }
        let due: Vec<_> = self
            .referrals
            .replaced
            .iter()
            .filter(|(_, at)| **at <= now.at)
            .map(|(call, _)| *call)
            .collect();
        for call in due {
            self.referrals.replaced.remove(&call);
            let end = End::new(200, "Transferred", By::Runtime);
            self.hang_up(call, end, &no_headers(), now);
        }
    }

    /// Another far end takes the call's place, or its own leaves for another session: what becomes of the
    /// transfer concerns nobody here any more.
    pub(super) fn referred_call_moved(&mut self, call: CallId, now: Now) {
        self.referrals.replaced.remove(&call);
        let mut open = self.referrals.open.iter();
        let refer = open.find(|(_, referral)| referral.call == call);
        if let Some(refer) = refer.map(|(refer, _)| *refer) {
            let outcome = Outcome::untold(ENDED_FIRST, "The Call Was Moved First");
            self.conclude(refer, outcome, now);
        }
    }

    /// The session ends: nobody is left who could hear of an outcome but the status URLs.
    pub(super) fn forget_referrals(&mut self, now: Now) {
        self.referrals.replaced.clear();
        let open: Vec<_> = self.referrals.open.keys().copied().collect();
        for refer in open {
            let outcome = Outcome::untold(ENDED_FIRST, "The Session Ended First");
            self.conclude(refer, outcome, now);
        }
    }

    /// The one outcome.
    fn conclude(&mut self, refer: ReferId, outcome: Outcome, now: Now) {
        self.post(refer, Some(&outcome));
        let Some(mut referral) = self.referrals.open.remove(&refer) else {
            return;
        };
        let code = outcome.code;
        self.effects
            .push_back(Effect::UnfollowRefer { refer, code });
        if !outcome.told {
            // A status that came now would find nobody. After one that was told, only the NOTIFY that
            // says terminated is to come, and is answered below.
            self.sip(Command::ForgetRefer { refer });
        }
        let Outcome { code, reason, .. } = &outcome;
        let call = referral.call;
        self.log(
            Level::Info,
            format!(
                "{call}: the transfer to {} ended: {code} {reason}",
                Masked(&referral.to)
            ),
        );
        let success = outcome.is_success();
        self.keep_outcome(&mut referral, &outcome, now);
        let own = Some(ReferStatus {
            refer_status: referral.refer_status,
            final_status: outcome.told.then_some(outcome.code),
        });
        let role = TransferRole::Transferee;
        let headers = HeaderMap::new();
        let news = match success {
            true => CallNews::TransferComplete { role, headers, own },
            false => CallNews::TransferFailed {
                role,
                code: outcome.code,
                reason: outcome.reason,
                headers,
                own,
            },
        };
        self.tell_call(call, self.phase_of(call), news, Sent::Plain);
        if let Some(record) = referral.ended.flatten() {
            self.effects.push_back(Effect::Record(record));
        }
        if success && referral.hang_up {
            let end = End::new(200, "Transferred", By::Runtime);
            self.hang_up(call, end, &no_headers(), now);
            // Whom the far end has replaced, it lets go itself (RFC 3891 §3).
            let others = referral
                .other
                .filter(|other| self.calls.contains_key(other));
            let grace = now.at + seconds(self.transfer_settings.grace_s);
            self.referrals
                .replaced
                .extend(others.map(|other| (other, grace)));
        }
    }

    /// A line in the call's record, wherever that is by now.
    fn keep_outcome(&mut self, referral: &mut Referral, outcome: &Outcome, now: Now) {
        let why = match (outcome.told, referral.refer_status) {
            (true, _) => "the far end",
            (false, Some(300..)) => "the answer to the REFER",
            (false, _) => "nobody",
        };
        let attended = referral.other.is_some();
        let mut line = TransferRecord::asked(referral.to.clone(), attended, "peer", referral.asked);
        line.refer_code = referral.refer_status;
        line.settle(outcome.code, why, now);
        if let Some(talk) = self.calls.get_mut(&referral.call) {
            talk.transfers.push(line);
        } else if let Some(Some(record)) = &mut referral.ended {
            record.transfers.push(line);
        }
    }

    fn phase_of(&self, call: CallId) -> Phase {
        let talk = self.calls.get(&call);
        talk.map_or(Phase::Terminated, |talk| talk.call.phase())
    }
}
