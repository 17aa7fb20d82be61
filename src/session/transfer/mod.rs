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

mod ask;
mod leave;
mod target;
mod timeline;
mod verdict;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::lifetime::seconds;
use super::record::{CallRecord, NotifyRecord, TransferRecord};
use super::{Effect, Errand, Sent, Session, Sought, Stage, no_headers};
use crate::base::pii::Masked;
use crate::base::{CallId, Now};
use crate::call::{By, End, HeaderMap, headers};
use crate::script::command::{Destination, Level, PlaceCall, Verdict};
use crate::script::event::{CallNews, Replaces, TransferRole};
use crate::script::{self, Place};
use crate::settings::Progress;
use crate::sip::message::{Headers, Name, NameAddr, Request, status};
use crate::sip::refer::{self, Subscription};
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
    to: String,
    timeline: TransferRecord,
    /// Nobody is told any more: the transferor has given its subscription up, or was told the end at once.
    deaf: bool,
    /// Copied unmodified into the calls to the targets (RFC 3892 §2.2).
    referred_by: Option<Bytes>,
    /// How the transferor wants to be told.
    subscription: Subscription,
    targets: Vec<CallId>,
    stage: TransferStage,
    /// The transferor's hang-up, waiting for the final NOTIFY.
    hang_up: Option<(End, HeaderMap)>,
    /// The transferor's record, where its leg ended before it was told.
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
    /// The transferee waits elsewhere already, and the verdict does not depend on this session.
    fn is_parked(&self) -> bool {
        self.decider == Decider::Runtime && self.transferee.is_none()
    }

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
    pub(in crate::session) fn fetched_by(
        &self,
        place: &PlaceCall,
    ) -> Option<(ReferId, refer::Replaces)> {
        let (refer, transfer) = self.pending()?;
        let replaces = transfer.replaces.clone()?;
        let meant = match &place.to {
            Destination::User { username } | Destination::UserDirect { username, .. } => {
                *username == transfer.to
            }
            Destination::Pstn { number } => *number == transfer.to,
            Destination::Conference { name } => *name == transfer.to,
            Destination::Sip { to, .. } => names_dialog(to),
        };
        meant.then_some((*refer, replaces))
    }

    pub(in crate::session) fn pend(&mut self, refer: ReferId) {
        if let Some(transfer) = self.0.get_mut(&refer)
            && let TransferStage::Announced { give_up_at } = transfer.stage
        {
            transfer.stage = TransferStage::Pending {
                give_up_at,
                told: None,
            };
        }
    }

    /// The transfer that a call placed now belongs to.
    pub(in crate::session) fn open_for_calls(&self) -> Option<ReferId> {
        self.pending().map(|(refer, _)| *refer)
    }

    pub(in crate::session) fn transferee_of(&self, refer: ReferId) -> Option<CallId> {
        self.0.get(&refer)?.transferee
    }

    pub(in crate::session) fn parties_of(
        &self,
        refer: ReferId,
    ) -> Option<(CallId, Option<CallId>)> {
        let transfer = self.0.get(&refer)?;
        Some((transfer.transferor, transfer.transferee))
    }

    /// The call has left the session.
    pub(in crate::session) fn forget_transferee(&mut self, call: CallId) {
        for transfer in self.0.values_mut() {
            if transfer.transferee == Some(call) {
                transfer.transferee = None;
            }
        }
    }

    pub(in crate::session) fn leaves_too(&mut self, refer: ReferId, call: CallId) {
        if let Some(transfer) = self.0.get_mut(&refer) {
            transfer.leaves_too.push(call);
            transfer.leaves_at_once = true;
        }
    }

    pub(in crate::session) fn leave_at_once(&mut self, refer: ReferId) {
        if let Some(transfer) = self.0.get_mut(&refer) {
            transfer.leaves_at_once = true;
        }
    }

    pub(in crate::session) fn decider_of(&self, refer: ReferId) -> Option<Decider> {
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

/// Whether an address of a script's says which dialog is to be given up.
fn names_dialog(address: &str) -> bool {
    let named = NameAddr::parse(address.trim().as_bytes());
    named.is_ok_and(|address| refer::Replaces::of_uri(&address.uri).is_some())
}
