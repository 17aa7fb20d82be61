//! Who leaves when: the transferor after its final NOTIFY, and anybody before the verdict.

use super::*;

impl Session {
    /// Keeps the transferor's hang-up until the final NOTIFY is answered; `false` where none is open.
    pub(in crate::session) fn hang_up_after_verdict(
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
    pub(in crate::session) fn transferor_told(&mut self, refer: ReferId, now: Now) {
        let Some(transfer) = self.transfers.0.get_mut(&refer) else {
            return;
        };
        if transfer.is_open() {
            // The transferor gave its subscription up, or was told at once; the verdict is still to come.
            transfer.deaf = true;
            return;
        }
        transfer.timeline.closed_ms.get_or_insert(now.unix_ms);
        let kept = transfer.record.take();
        let timeline = transfer.timeline.clone();
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
                self.close_timeline(call, timeline, kept);
            }
            (hang_up, _) => {
                self.transfers.0.remove(&refer);
                self.close_timeline(call, timeline, kept);
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
    pub(in crate::session) fn party_ended(
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

    /// What the session's end leaves to do: the transfers that are told wait for their answers, the
    /// transferors that were free to stay are let go.
    pub(in crate::session) fn forget_leaving(&mut self) {
        self.transfers
            .0
            .retain(|_, transfer| !matches!(transfer.stage, TransferStage::Leaving { .. }));
    }
}
