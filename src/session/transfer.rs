//! Transfers: from the REFER to the verdict and the transferor's leave. The script decides where it asked to
//! ([`Decider::Script`]); else the runtime carries the transfer out ([`super::passage`]).
//!
//! ```text
//!   REFER ─▸ BlindTransferRequested
//!               │
//!             Asked ──rejectBlindTransfer in its turn──▸ the REFER is refused
//!               │ its turn is over, or takes too long: 202, NOTIFY 100
//!           Announced ──the script has heard──▸ Pending ── deadline: 408 ──┐
//!               │                                  │ verdict of the script │ throw 500, terminate 603,
//!               └──────────────────────────────────┴──────────┬────────────┘ shutdown 503
//!                                     one final NOTIFY ─▸   Told
//!                                                             │ answered or timed out
//!                              failure: forgotten ◂───────────┴─▸ success: Leaving ── grace ──▸ BYE
//! ```
//!
//! Every accepted REFER comes to exactly one final NOTIFY, whatever the script does. The transferor's
//! BYE, by grace or by the script, waits until that NOTIFY is answered or timed out.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::lifetime::seconds;
use super::record::{CallRecord, TransferRecord};
use super::{Effect, Errand, Sent, Session, Sought, Stage, no_headers};
use crate::base::pii::Masked;
use crate::base::{CallId, Now};
use crate::call::{By, End, HeaderMap, headers};
use crate::script::command::{Destination, Level, PlaceCall, Verdict};
use crate::script::event::{CallNews, Replaces, TransferRole};
use crate::script::{self, Place};
use crate::settings::Progress;
use crate::sip::message::{Headers, Name, NameAddr, Request, status};
use crate::sip::refer;
use crate::sip::stack::{Command, ReferId};

/// How long a REFER waits for the script's turn before it is accepted; well below the half second after
/// which it would come again.
const ANSWER_WITHIN: Duration = Duration::from_millis(300);

/// The transfers that are not forgotten yet.
#[derive(Debug, Default)]
pub struct Transfers(BTreeMap<ReferId, Transfer>);

#[derive(Debug)]
struct Transfer {
    decider: Decider,
    transferor: CallId,
    /// The call that was joined with the transferor when the REFER came, as long as it is here.
    transferee: Option<CallId>,
    /// The dialog that the target is to give up for the new one (RFC 3891).
    replaces: Option<refer::Replaces>,
    /// Calls that are let go of together with the transferor: its other leg in an attended transfer.
    leaves_too: Vec<CallId>,
    /// The transferor waits for nothing but the end: its BYE follows the verdict at once.
    leaves_at_once: bool,
    /// The transferee waits elsewhere already, out of this session's reach.
    parked: bool,
    to: String,
    /// Copied unmodified into the calls to the targets (RFC 3892 §2.2).
    referred_by: Option<Bytes>,
    /// Whether the transferor wants NOTIFYs (RFC 4488).
    subscribe: bool,
    targets: Vec<CallId>,
    stage: TransferStage,
    /// The transferor's hang-up, waiting for the final NOTIFY.
    hang_up: Option<(End, HeaderMap)>,
    /// The transferor's record, where its leg ended before the verdict.
    record: Option<Box<CallRecord>>,
}

/// Who carries a transfer out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decider {
    /// By `BlindTransferRequested`.
    Script,
    /// By a second session, or by joining two dialogs of ours.
    Runtime,
}

#[derive(Debug)]
enum TransferStage {
    /// The event is on its way, and the REFER waits for its answer: the script may refuse it in the turn
    /// that hears of it.
    Asked {
        answer_by: Instant,
        give_up_at: Instant,
    },
    /// The script takes its time, so the REFER was accepted; what the script asks now, it asks without
    /// knowing.
    Announced { give_up_at: Instant },
    /// The script knows. `told` is the furthest progress that the transferor was told.
    Pending {
        give_up_at: Instant,
        told: Option<u16>,
    },
    /// The final NOTIFY is on its way.
    Told { leave_at: Option<Instant> },
    /// It is answered; the transferor may go by itself until then.
    Leaving { leave_at: Instant },
}

impl Transfer {
    fn is_open(&self) -> bool {
        matches!(
            self.stage,
            TransferStage::Asked { .. }
                | TransferStage::Announced { .. }
                | TransferStage::Pending { .. }
        )
    }
}

impl Transfers {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        self.0
            .values()
            .filter_map(|transfer| match transfer.stage {
                TransferStage::Asked { answer_by, .. } => Some(answer_by),
                TransferStage::Announced { give_up_at }
                | TransferStage::Pending { give_up_at, .. } => Some(give_up_at),
                TransferStage::Told { .. } => None,
                TransferStage::Leaving { leave_at } => Some(leave_at),
            })
            .min()
    }

    /// The open transfer that `call` asked for.
    fn open_of(&self, call: CallId) -> Option<ReferId> {
        let mut open = self
            .0
            .iter()
            .filter(|(_, transfer)| transfer.transferor == call && transfer.is_open());
        open.next().map(|(refer, _)| *refer)
    }

    /// Whether `call` waits for the outcome of an open transfer as one of its old parties.
    pub fn awaits(&self, call: CallId) -> bool {
        self.0.values().any(|transfer| {
            transfer.is_open() && (transfer.transferee == Some(call) || transfer.transferor == call)
        })
    }

    /// Whether `call` is an old party of an open transfer of the runtime's.
    fn moves(&self, call: CallId) -> bool {
        self.0.values().any(|transfer| {
            transfer.is_open()
                && transfer.decider == Decider::Runtime
                && (transfer.transferee == Some(call) || transfer.transferor == call)
        })
    }

    /// The newest transfer whose target the script is about to call.
    fn pending(&self) -> Option<(&ReferId, &Transfer)> {
        let mut newest = self.0.iter().rev();
        newest.find(|(_, transfer)| {
            transfer.decider == Decider::Script
                && matches!(transfer.stage, TransferStage::Pending { .. })
        })
    }

    /// The transfer whose target `place` calls, where that target has a dialog to give up.
    pub(super) fn fetched_by(&self, place: &PlaceCall) -> Option<(ReferId, refer::Replaces)> {
        let (refer, transfer) = self.pending()?;
        let replaces = transfer.replaces.clone()?;
        let meant = match &place.to {
            Destination::User { username } | Destination::UserDirect { username, .. } => {
                *username == transfer.to
            }
            Destination::Pstn { number } => *number == transfer.to,
            Destination::Sip { to, .. } => names_dialog(to),
        };
        meant.then_some((*refer, replaces))
    }

    pub(super) fn pend(&mut self, refer: ReferId) {
        if let Some(transfer) = self.0.get_mut(&refer)
            && let TransferStage::Announced { give_up_at } = transfer.stage
        {
            transfer.stage = TransferStage::Pending {
                give_up_at,
                told: None,
            };
        }
    }

    /// Forgets a transfer; says who asked for it.
    pub(super) fn remove(&mut self, refer: ReferId) -> Option<CallId> {
        self.0.remove(&refer).map(|transfer| transfer.transferor)
    }

    pub(super) fn transferee_of(&self, refer: ReferId) -> Option<CallId> {
        self.0.get(&refer)?.transferee
    }

    pub(super) fn parties_of(&self, refer: ReferId) -> Option<(CallId, Option<CallId>)> {
        let transfer = self.0.get(&refer)?;
        Some((transfer.transferor, transfer.transferee))
    }

    /// The call has left the session.
    pub(super) fn forget_transferee(&mut self, call: CallId) {
        for transfer in self.0.values_mut() {
            if transfer.transferee == Some(call) {
                transfer.transferee = None;
                transfer.parked = true;
            }
        }
    }

    pub(super) fn leaves_too(&mut self, refer: ReferId, call: CallId) {
        if let Some(transfer) = self.0.get_mut(&refer) {
            transfer.leaves_too.push(call);
            transfer.leaves_at_once = true;
        }
    }

    pub(super) fn leave_at_once(&mut self, refer: ReferId) {
        if let Some(transfer) = self.0.get_mut(&refer) {
            transfer.leaves_at_once = true;
        }
    }

    pub(super) fn decider_of(&self, refer: ReferId) -> Option<Decider> {
        self.0.get(&refer).map(|transfer| transfer.decider)
    }

    /// Whether the final NOTIFY to `call` is still to be answered.
    pub fn holds_leave_of(&self, call: CallId) -> bool {
        self.0.values().any(|transfer| {
            (transfer.transferor == call || transfer.leaves_too.contains(&call))
                && !matches!(transfer.stage, TransferStage::Leaving { .. })
        })
    }
}

impl Session {
    /// A REFER in the dialog of `call`.
    pub(super) fn transfer_asked(
        &mut self,
        call: CallId,
        refer: ReferId,
        request: &Request,
        now: Now,
    ) {
        let most = self.limits.refers;
        let Some(talk) = self.calls.get_mut(&call) else {
            return self.refuse_refer(refer, 481, "the call is over");
        };
        talk.refers += 1;
        if talk.refers > most {
            self.log(
                Level::Warning,
                format!("{call}: more than {most} REFERs on one call; refused with 486"),
            );
            return self.refuse_refer(refer, 486, "too many REFERs on this call");
        }
        if !matches!(self.stage, Stage::Running { .. }) || !talk.call.is_connected() {
            return self.refuse_refer(refer, 481, "the call is ending");
        }
        if self.transfers.open_of(call).is_some() {
            return self.refuse_refer(refer, 491, "a transfer of this call is open");
        }
        let handled = talk.handles_transfer && talk.listens.contains("BlindTransferRequested");
        let deaf = talk.handles_transfer && !handled;
        let referral = match refer::read(request) {
            Ok(referral) => referral,
            Err(refusal) => return self.refuse_refer(refer, refusal.code, refusal.reason),
        };
        let to = referral.refer_to.uri.user().unwrap_or_default();
        if to.contains(char::is_control) {
            // No number has them, and a script that hands them on would be at fault.
            self.log(
                Level::Warning,
                format!("{call}: REFER refused with 400: control characters in its Refer-To"),
            );
            return self.refuse_refer(refer, 400, "control characters in the Refer-To");
        }
        let replaces = refer::Replaces::of_uri(&referral.refer_to.uri);
        if deaf && replaces.is_none() {
            self.log(Level::Warning, format!("{call}: REFER refused with 603: handleBlindTransfer(true) is set, but nobody listens to CallEvents.BlindTransferRequested on this call"));
            return self.refuse_refer(refer, 603, "no listener of BlindTransferRequested");
        }
        let transferee = self.links.partners(call).first().copied();
        if !handled {
            if self.transfers.moves(call) {
                return self.refuse_refer(refer, 491, "a transfer of this call is open");
            }
            let up = transferee.and_then(|id| self.calls.get(&id));
            if !up.is_some_and(|talk| talk.call.is_connected()) {
                self.log(
                    Level::Warning,
                    format!("{call}: REFER refused with 603: the call is joined with nobody who could be transferred"),
                );
                return self.refuse_refer(refer, 603, "nobody to transfer");
            }
        }
        let deadline = seconds(self.transfer_settings.deadline_s);
        let give_up_at = now.at + deadline;
        self.transfers.0.insert(
            refer,
            Transfer {
                decider: match handled {
                    true => Decider::Script,
                    false => Decider::Runtime,
                },
                transferor: call,
                transferee,
                replaces: replaces.clone(),
                leaves_too: Vec::new(),
                leaves_at_once: false,
                parked: false,
                to: to.clone(),
                referred_by: request.headers.get(&Name::ReferredBy).cloned(),
                subscribe: referral.wants_subscription,
                targets: Vec::new(),
                stage: TransferStage::Asked {
                    answer_by: now.at + ANSWER_WITHIN,
                    give_up_at,
                },
                hang_up: None,
                record: None,
            },
        );
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.transfers.push(TransferRecord {
                to: to.clone(),
                asked_ms: now.unix_ms,
                verdict_ms: None,
                code: None,
                why: None,
            });
        }
        self.log(
            Level::Info,
            format!("{call} asks for a transfer to {}", Masked(&to)),
        );
        if let (false, Some(transferee)) = (handled, transferee) {
            return self.seek(refer, call, transferee, to, replaces, request, &referral);
        }
        let phase = match self.calls.get(&call) {
            Some(talk) => talk.call.phase(),
            None => return,
        };
        let replaces = replaces.map(|replaces| Replaces {
            call_id: replaces.call_id,
            to_tag: replaces.to_tag,
            from_tag: replaces.from_tag,
            early_only: replaces.early_only,
        });
        let news = CallNews::BlindTransferRequested {
            transfer_to: to,
            headers: headers_for_script(&request.headers),
            replaces,
            deadline_ms: deadline.as_millis() as u64,
        };
        self.tell_call(call, phase, news, Sent::Transfer(refer));
    }

    /// Asks the switchboard for the place where the transferee is to go.
    #[allow(clippy::too_many_arguments)]
    fn seek(
        &mut self,
        refer: ReferId,
        transferor: CallId,
        transferee: CallId,
        to: String,
        replaces: Option<refer::Replaces>,
        request: &Request,
        referral: &refer::Referral,
    ) {
        let takes = self.codecs_with([transferee].into_iter());
        let Some(talk) = self.calls.get(&transferor) else {
            return;
        };
        let mut headers = headers::visible(&request.headers);
        headers.extend(headers::embedded(&referral.refer_to.uri));
        let sought = Sought {
            refer,
            transferor,
            transferee,
            to,
            replaces,
            headers,
            referred_by: request.headers.get(&Name::ReferredBy).cloned(),
            takes,
            facts: talk.call.facts.clone(),
        };
        self.errand(Errand::Seek(Box::new(sought)));
    }

    pub(super) fn refuse_refer(&mut self, refer: ReferId, code: u16, why: &str) {
        tracing::debug!(session = %self.id, code, why, "REFER refused");
        self.effects.push_back(Effect::Refused { code });
        self.sip(Command::RefuseRefer {
            refer,
            code,
            reason: None,
            headers: Headers::new(),
        });
    }

    /// The script has its event: what it places from now on are targets.
    pub(super) fn transfer_announced(
        &mut self,
        refer: ReferId,
        commands: &mut Vec<script::Command>,
        now: Now,
    ) {
        if let Some((code, reason)) = self.take_rejection(refer, commands) {
            return self.reject_transfer(refer, code, reason, now);
        }
        self.accept_transfer(refer);
        if let Some(transfer) = self.transfers.0.get_mut(&refer)
            && let TransferStage::Announced { give_up_at } = transfer.stage
        {
            transfer.stage = TransferStage::Pending {
                give_up_at,
                told: None,
            };
        }
    }

    /// The script's `rejectBlindTransfer` of this very turn, where the REFER still waits for its answer.
    fn take_rejection(
        &self,
        refer: ReferId,
        commands: &mut Vec<script::Command>,
    ) -> Option<(u16, Option<String>)> {
        let transfer = self.transfers.0.get(&refer)?;
        let TransferStage::Asked { .. } = transfer.stage else {
            return None;
        };
        let index = commands.iter().position(|command| {
            matches!(command, script::Command::RejectTransfer { call, .. } if *call == transfer.transferor)
        })?;
        match commands.remove(index) {
            script::Command::RejectTransfer { code, reason, .. } => Some((code, reason)),
            _ => None,
        }
    }

    fn reject_transfer(&mut self, refer: ReferId, code: u16, reason: Option<String>, now: Now) {
        let Some(transfer) = self.transfers.0.remove(&refer) else {
            return;
        };
        let call = transfer.transferor;
        let to = Masked(&transfer.to);
        let line = format!("{call}: REFER to {to} refused with {code}, by the script");
        self.log(Level::Info, line);
        let talk = self.calls.get_mut(&call);
        let mut records = transfer.record;
        match (&mut records, talk) {
            (Some(record), _) => settle(&mut record.transfers, code, "the script", now),
            (None, Some(talk)) => settle(&mut talk.transfers, code, "the script", now),
            (None, None) => {}
        }
        self.effects.extend(records.map(Effect::Record));
        self.effects.push_back(Effect::Refused { code });
        self.sip(Command::RefuseRefer {
            refer,
            code,
            reason,
            headers: Headers::new(),
        });
    }

    /// 202 and NOTIFY 100, unless they have gone already.
    pub(super) fn accept_transfer(&mut self, refer: ReferId) {
        let Some(transfer) = self.transfers.0.get_mut(&refer) else {
            return;
        };
        let TransferStage::Asked { give_up_at, .. } = transfer.stage else {
            return;
        };
        transfer.stage = TransferStage::Announced { give_up_at };
        let subscribe = transfer.subscribe;
        let call = transfer.transferor;
        let manners = self.manners_of(refer);
        if subscribe && manners.final_at_once {
            let profile = manners.profile.name();
            let line = format!("{call}: told 200 at once, as its profile {profile} has it");
            self.log(Level::Info, line);
        }
        self.effects.push_back(Effect::WatchRefer(refer));
        self.sip(Command::AcceptRefer {
            refer,
            code: manners.accept_code,
            // Longer than the verdict may take (RFC 3515 §3.4).
            expires_s: self.transfer_settings.deadline_s.saturating_add(60),
            subscribe,
            id: manners.notify_id,
            final_at_once: manners.final_at_once,
        });
    }

    /// The headers of a call that is placed now, where it is a target: Referred-By and Replaces.
    pub(super) fn target_headers(&self) -> Headers {
        let mut headers = Headers::new();
        match self.transfers.pending() {
            Some((_, transfer)) => {
                if let Some(referred_by) = transfer.referred_by.clone() {
                    headers.push(Name::ReferredBy, referred_by);
                }
                if let Some(replaces) = &transfer.replaces {
                    headers.push(Name::Replaces, replaces.to_string());
                }
            }
            // A session that came about by a transfer, as long as whoever is transferred waits.
            None if self.awaits_party() => headers.append(self.triggered.clone()),
            None => {}
        }
        headers
    }

    fn awaits_party(&self) -> bool {
        self.calls
            .get(&CallId::INCOMING)
            .is_some_and(|talk| talk.call.is_stand_in())
    }

    /// The transferee of the transfer that a call placed now belongs to.
    pub(super) fn transferee(&self) -> Option<CallId> {
        let (_, transfer) = self.transfers.pending()?;
        transfer.transferee
    }

    /// A call was placed: a target of the newest transfer that waits for its verdict.
    pub(super) fn target_placed(&mut self, call: CallId) {
        let pending = self.transfers.pending().map(|(refer, _)| *refer);
        if let Some(transfer) = pending.and_then(|refer| self.transfers.0.get_mut(&refer)) {
            transfer.targets.push(call);
        }
    }

    /// A target rings or sends early media: the transferor is told, as far as the setting wants.
    pub(super) fn target_progressed(&mut self, call: CallId, code: u16) {
        self.tell_progress(|_, transfer| transfer.targets.contains(&call), code);
    }

    /// The place that the transferee is to go to rings or has early media.
    pub fn passage_progressed(&mut self, refer: ReferId, code: u16) {
        self.tell_progress(|id, _| id == refer, code);
    }

    /// Progress of the transfers that are meant, as far as the transferor wants it.
    fn tell_progress(&mut self, meant: impl Fn(ReferId, &Transfer) -> bool, code: u16) {
        let mut tell = Vec::new();
        for (refer, transfer) in &mut self.transfers.0 {
            if !meant(*refer, transfer) {
                continue;
            }
            let profile = self.profiles.get(refer).copied().unwrap_or_default();
            let setting = profile.manners(&self.transfer_settings).progress;
            if let TransferStage::Pending { told, .. } = &mut transfer.stage {
                let further = match setting {
                    Progress::None => false,
                    Progress::Initial => told.is_none(),
                    Progress::All => told.is_none_or(|told| told < code),
                };
                if further {
                    *told = Some(code);
                    tell.push(*refer);
                }
            }
        }
        for refer in tell {
            self.sip(Command::Notify {
                refer,
                code,
                reason: None,
            });
        }
    }

    /// `notifyBlindTransferSuccess` and `notifyBlindTransferFailed`.
    pub(super) fn verdict_of_script(
        &mut self,
        call: CallId,
        verdict: Verdict,
        place: Option<Place>,
        now: Now,
    ) {
        let at = place.map(|place| format!("{place}: ")).unwrap_or_default();
        let Some(refer) = self.transfers.open_of(call) else {
            return self.log(
                Level::Warning,
                format!("{at}{call} has no transfer that waits for a verdict; ignored"),
            );
        };
        match verdict {
            Verdict::Success => {
                self.cut_sound(call);
                self.give_verdict(refer, 200, None, "the script", now);
            }
            Verdict::Failed { code, reason } if (300..700).contains(&code) => {
                self.give_verdict(refer, code, reason, "the script", now);
            }
            Verdict::Failed { code, reason } => {
                self.log(Level::Warning, format!("{at}notifyBlindTransferFailed takes a code from 300 to 699, not {code}; told as 500"));
                self.give_verdict(refer, 500, reason, "the script", now);
            }
        }
    }

    /// The one final NOTIFY.
    pub(super) fn give_verdict(
        &mut self,
        refer: ReferId,
        code: u16,
        reason: Option<String>,
        why: &str,
        now: Now,
    ) {
        self.accept_transfer(refer);
        let grace_s = self.manners_of(refer).grace_s;
        let Some(transfer) = self.transfers.0.get_mut(&refer) else {
            return;
        };
        if !transfer.is_open() {
            return;
        }
        let success = (200..300).contains(&code);
        let grace = match transfer.leaves_at_once {
            true => Duration::ZERO,
            false => seconds(grace_s),
        };
        let leave_at = success.then(|| now.at + grace);
        let decider = transfer.decider;
        transfer.stage = TransferStage::Told { leave_at };
        let (call, transferee) = (transfer.transferor, transfer.transferee);
        let line = format!(
            "{call}: transfer to {} ends with {code}, by {why}",
            Masked(&transfer.to)
        );
        if let Some(mut record) = transfer.record.take() {
            settle(&mut record.transfers, code, why, now);
            self.effects.push_back(Effect::Record(record));
        } else if let Some(talk) = self.calls.get_mut(&call) {
            settle(&mut talk.transfers, code, why, now);
        }
        self.log(Level::Info, line);
        self.effects.push_back(Effect::Verdict { code });
        let reason = reason.map(|reason| {
            reason
                .chars()
                .filter(|c| !c.is_control())
                .take(200)
                .collect()
        });
        let reason = reason.unwrap_or_else(|| status::reason(code).to_string());
        self.sip(Command::Notify {
            refer,
            code,
            reason: Some(reason.clone()),
        });
        if decider == Decider::Runtime {
            self.tell_outcome(call, transferee, code, reason);
            self.errand(Errand::Off { refer });
        }
        // Nothing waits for this transfer any more: who was left alone by it is looked after now.
        if let Some(talk) = transferee.and_then(|transferee| self.calls.get_mut(&transferee)) {
            talk.alone_until = None;
        }
    }

    /// The outcome of a transfer of the runtime's, for the script.
    fn tell_outcome(
        &mut self,
        transferor: CallId,
        transferee: Option<CallId>,
        code: u16,
        reason: String,
    ) {
        if (200..300).contains(&code) {
            self.cut_sound(transferor);
            return self.tell_complete(&[(transferor, TransferRole::Transferor)]);
        }
        let parts = [
            (Some(transferor), TransferRole::Transferor),
            (transferee, TransferRole::Transferee),
        ];
        for (call, role) in parts {
            let news = CallNews::TransferFailed {
                role,
                code,
                reason: reason.clone(),
                headers: HeaderMap::new(),
                own: None,
            };
            if let Some(call) = call {
                self.tell_living(call, news);
            }
        }
    }

    /// All open transfers at once: the session ends. One whose transferee waits elsewhere goes on.
    pub(super) fn give_all_verdicts(&mut self, code: u16, why: &str, now: Now) {
        let open: Vec<_> = self
            .transfers
            .0
            .iter()
            .filter(|(_, transfer)| transfer.is_open() && !transfer.parked)
            .map(|(refer, _)| *refer)
            .collect();
        for refer in open {
            self.give_verdict(refer, code, None, why, now);
        }
    }

    /// Keeps the transferor's hang-up until the final NOTIFY is answered; `false` where none is open.
    pub(super) fn hang_up_after_verdict(
        &mut self,
        call: CallId,
        end: &End,
        headers: &HeaderMap,
    ) -> bool {
        let holding = self.transfers.0.values_mut().rfind(|transfer| {
            (transfer.transferor == call || transfer.leaves_too.contains(&call))
                && !matches!(transfer.stage, TransferStage::Leaving { .. })
        });
        match holding {
            // The others leave with the transferor.
            Some(transfer) => {
                if transfer.transferor == call {
                    transfer
                        .hang_up
                        .get_or_insert_with(|| (end.clone(), headers.clone()));
                }
                true
            }
            None => false,
        }
    }

    /// The final NOTIFY is answered, refused or timed out: the transferor may be let go.
    pub(super) fn transferor_told(&mut self, refer: ReferId, now: Now) {
        let Some(transfer) = self.transfers.0.get_mut(&refer) else {
            return;
        };
        if transfer.is_open() {
            // The transferor gave its subscription up; the script's verdict still counts for the log.
            return;
        }
        let call = transfer.transferor;
        let hang_up = transfer.hang_up.take();
        let others = std::mem::take(&mut transfer.leaves_too);
        let leave_at = match transfer.stage {
            TransferStage::Told { leave_at } => leave_at,
            TransferStage::Leaving { leave_at } => Some(leave_at),
            TransferStage::Asked { .. }
            | TransferStage::Announced { .. }
            | TransferStage::Pending { .. } => None,
        };
        match (hang_up, leave_at) {
            (None, Some(leave_at)) if self.calls.contains_key(&call) => {
                transfer.stage = TransferStage::Leaving { leave_at };
            }
            (hang_up, _) => {
                self.transfers.0.remove(&refer);
                if let Some((end, headers)) = hang_up {
                    self.hang_up(call, end, &headers, now);
                }
            }
        }
        for call in others {
            let end = End::new(200, "Transferred", By::Runtime);
            self.hang_up(call, end, &no_headers(), now);
        }
    }

    /// A party has ended; what that means for the transfers it has a part in.
    pub(super) fn party_ended(
        &mut self,
        call: CallId,
        seen: bool,
        code: u16,
        reason: &str,
        now: Now,
    ) {
        let mut verdicts = Vec::new();
        let mut cancelled = Vec::new();
        let mut left_alone = Vec::new();
        let mut parked = Vec::new();
        for (refer, transfer) in &mut self.transfers.0 {
            if !transfer.is_open() {
                continue;
            }
            if transfer.decider == Decider::Runtime {
                if transfer.transferee == Some(call) {
                    verdicts.push((*refer, 487, None, "the transferee's hang-up"));
                } else if transfer.transferor == call {
                    parked.push(*refer);
                }
            } else if transfer.transferee == Some(call) && !seen {
                cancelled.extend(transfer.targets.iter().copied());
                verdicts.push((*refer, 487, None, "the transferee's hang-up"));
            } else if transfer.targets.contains(&call) {
                transfer.targets.retain(|target| *target != call);
                if !seen && transfer.targets.is_empty() {
                    if !self.calls.contains_key(&transfer.transferor) {
                        left_alone.extend(transfer.transferee);
                    }
                    let code = if (300..700).contains(&code) {
                        code
                    } else {
                        487
                    };
                    verdicts.push((
                        *refer,
                        code,
                        Some(reason.to_string()),
                        "the target's end, which no listener saw",
                    ));
                }
            }
        }
        for (refer, code, reason, why) in verdicts {
            self.give_verdict(refer, code, reason, why, now);
        }
        for refer in parked {
            self.errand(Errand::Park { refer });
        }
        for transferee in left_alone {
            if let Some(talk) = self.calls.get_mut(&transferee) {
                talk.widowed = true;
            }
        }
        for target in cancelled {
            self.hang_up(
                target,
                End::new(487, "Request Terminated", By::Runtime),
                &no_headers(),
                now,
            );
        }
        self.transfers.0.retain(|_, transfer| {
            transfer.transferor != call || !matches!(transfer.stage, TransferStage::Leaving { .. })
        });
    }

    /// Keeps the transferor's record until its verdict; hands it back where there is none to wait for.
    pub(super) fn keep_record(
        &mut self,
        call: CallId,
        record: Box<CallRecord>,
    ) -> Option<Box<CallRecord>> {
        match self
            .transfers
            .open_of(call)
            .and_then(|refer| self.transfers.0.get_mut(&refer))
        {
            Some(transfer) => {
                transfer.record = Some(record);
                None
            }
            None => Some(record),
        }
    }

    pub(super) fn pass_transfer_deadlines(&mut self, now: Now) {
        let mut slow = Vec::new();
        let mut late = Vec::new();
        let mut leaving = Vec::new();
        for (refer, transfer) in &self.transfers.0 {
            match transfer.stage {
                TransferStage::Asked { answer_by, .. } if answer_by <= now.at => slow.push(*refer),
                TransferStage::Announced { give_up_at }
                | TransferStage::Pending { give_up_at, .. }
                    if give_up_at <= now.at =>
                {
                    late.push((*refer, transfer.transferor));
                }
                TransferStage::Leaving { leave_at } if leave_at <= now.at => {
                    leaving.push((*refer, transfer.transferor))
                }
                _ => {}
            }
        }
        for refer in slow {
            self.accept_transfer(refer);
        }
        for (refer, call) in late {
            let deadline = self.transfer_settings.deadline_s;
            let unanswered = self.unanswered_targets(refer);
            match self.transfers.decider_of(refer) {
                Some(Decider::Script) => self.log(Level::Warning, format!("{call}: the script gave no verdict on the transfer within {deadline} s; call notifyBlindTransferSuccess or notifyBlindTransferFailed")),
                Some(Decider::Runtime) | None => self.log(
                    Level::Warning,
                    format!("{call}: nobody has taken the transfer within {deadline} s"),
                ),
            }
            self.give_verdict(refer, 408, None, "the deadline", now);
            // The transferor has heard that it failed: nobody may be joined by it any more.
            for target in unanswered {
                let end = End::new(408, status::reason(408), By::Runtime);
                self.hang_up(target, end, &no_headers(), now);
            }
        }
        for (refer, call) in leaving {
            self.transfers.0.remove(&refer);
            let end = End::new(200, "Transferred", By::Runtime);
            self.hang_up(call, end, &no_headers(), now);
        }
    }

    fn unanswered_targets(&self, refer: ReferId) -> Vec<CallId> {
        let targets = self
            .transfers
            .0
            .get(&refer)
            .map(|transfer| transfer.targets.clone());
        let unanswered = |target: &CallId| {
            let talk = self.calls.get(target);
            talk.is_some_and(|talk| talk.call.is_dialing())
        };
        targets
            .unwrap_or_default()
            .into_iter()
            .filter(unanswered)
            .collect()
    }

    /// A transfer that was refused after all, in the transferor's record.
    pub(super) fn settle_record(&mut self, call: CallId, code: u16, why: &str, now: Now) {
        if let Some(talk) = self.calls.get_mut(&call) {
            settle(&mut talk.transfers, code, why, now);
        }
    }

    /// What the session's end leaves to do: the transfers that are told wait for their answers, the
    /// transferors that were free to stay are let go.
    pub(super) fn forget_leaving(&mut self) {
        self.transfers
            .0
            .retain(|_, transfer| !matches!(transfer.stage, TransferStage::Leaving { .. }));
    }
}

/// The verdict goes into the newest record that has none.
fn settle(records: &mut [TransferRecord], code: u16, why: &str, now: Now) {
    let open = records.iter_mut().rev();
    if let Some(record) = open.into_iter().find(|record| record.code.is_none()) {
        record.verdict_ms = Some(now.unix_ms);
        record.code = Some(code);
        record.why = Some(why.to_string());
    }
}

/// Whether an address of a script's says which dialog is to be given up.
fn names_dialog(address: &str) -> bool {
    let named = NameAddr::parse(address.trim().as_bytes());
    named.is_ok_and(|address| refer::Replaces::of_uri(&address.uri).is_some())
}

/// `Refer-To` and `Referred-By` raw under their long names, and every `X-*`.
fn headers_for_script(sip: &Headers) -> HeaderMap {
    let mut map = headers::visible(sip);
    for (name, spelling) in [
        (Name::ReferTo, "Refer-To"),
        (Name::ReferredBy, "Referred-By"),
    ] {
        if let Some(value) = sip.get(&name) {
            map.insert(spelling.to_string(), headers::lossy(value));
        }
    }
    map
}
