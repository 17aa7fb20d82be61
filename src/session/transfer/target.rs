//! The new party of a transfer: what its call says, and what the transferor hears of its progress.

use super::*;

impl Session {
    /// The headers of a call that is placed now, where it is a target: Referred-By and Replaces.
    pub(in crate::session) fn target_headers(&self) -> Headers {
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
    pub(in crate::session) fn transferee(&self) -> Option<CallId> {
        let (_, transfer) = self.transfers.pending()?;
        transfer.transferee
    }

    /// A call was placed: a target of the newest transfer that waits for its verdict.
    pub(in crate::session) fn target_placed(&mut self, call: CallId) {
        let pending = self.transfers.pending().map(|(refer, _)| *refer);
        if let Some(transfer) = pending.and_then(|refer| self.transfers.0.get_mut(&refer)) {
            transfer.targets.push(call);
        }
    }

    /// A target rings or sends early media: the transferor is told, as far as the setting wants.
    pub(in crate::session) fn target_progressed(&mut self, call: CallId, code: u16, now: Now) {
        self.note_target(call, false, now);
        self.tell_progress(|_, transfer| transfer.targets.contains(&call), code);
    }

    /// The place that the transferee is to go to rings or has early media.
    pub fn passage_progressed(&mut self, refer: ReferId, code: u16, now: Now) {
        if let Some(transfer) = self.transfers.0.get_mut(&refer) {
            transfer.note_progress(false, now);
        }
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

    pub(in crate::session) fn unanswered_targets(&self, refer: ReferId) -> Vec<CallId> {
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
}
