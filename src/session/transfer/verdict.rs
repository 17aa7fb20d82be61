//! The one verdict: by the script, the runtime or the deadline.

use super::*;

impl Session {
    /// `notifyBlindTransferSuccess` and `notifyBlindTransferFailed`.
    pub(in crate::session) fn verdict_of_script(
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
                self.cut_sound(call, now);
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
    pub(in crate::session) fn give_verdict(
        &mut self,
        refer: ReferId,
        code: u16,
        reason: Option<String>,
        why: &str,
        now: Now,
    ) {
        self.accept_transfer(refer, now);
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
        let deaf = transfer.deaf;
        transfer.timeline.settle(code, why, now);
        self.log(Level::Info, line);
        self.effects.push_back(Effect::Verdict { refer, code });
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
            self.tell_outcome(call, transferee, code, reason, now);
            self.errand(Errand::Off { refer });
        }
        // Nothing waits for this transfer any more: who was left alone by it is looked after now.
        if let Some(talk) = transferee.and_then(|transferee| self.calls.get_mut(&transferee)) {
            talk.alone_until = None;
        }
        if deaf {
            self.transferor_told(refer, now);
        }
    }

    /// The outcome of a transfer of the runtime's, for the script.
    fn tell_outcome(
        &mut self,
        transferor: CallId,
        transferee: Option<CallId>,
        code: u16,
        reason: String,
        now: Now,
    ) {
        if (200..300).contains(&code) {
            self.cut_sound(transferor, now);
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
    pub(in crate::session) fn give_all_verdicts(&mut self, code: u16, why: &str, now: Now) {
        let open: Vec<_> = self
            .transfers
            .0
            .iter()
            .filter(|(_, transfer)| transfer.is_open() && !transfer.is_parked())
            .map(|(refer, _)| *refer)
            .collect();
        for refer in open {
            self.give_verdict(refer, code, None, why, now);
        }
    }

    pub(in crate::session) fn pass_transfer_deadlines(&mut self, now: Now) {
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
            self.accept_transfer(refer, now);
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
}
