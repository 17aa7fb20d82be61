//! What is kept of a transfer: its stages, for the log, and for the record of the transferor's call.

use super::*;

impl Session {
    /// A NOTIFY was answered, or timed out.
    pub(in crate::session) fn notify_answered(
        &mut self,
        refer: ReferId,
        told: u16,
        answer: u16,
        now: Now,
    ) {
        if let Some(transfer) = self.transfers.0.get_mut(&refer) {
            let ms = now.unix_ms;
            let notify = NotifyRecord { ms, told, answer };
            transfer.timeline.notifies.push(notify);
        }
    }

    /// A call that may be a target of transfers rings or has answered.
    pub(in crate::session) fn note_target(&mut self, call: CallId, answered: bool, now: Now) {
        for transfer in self.transfers.0.values_mut() {
            if transfer.targets.contains(&call) {
                transfer.note_progress(answered, now);
            }
        }
    }

    /// Nothing more will happen in this transfer: its timeline goes to the log and into the record of the
    /// transferor's call.
    pub(in crate::session) fn close_timeline(
        &mut self,
        call: CallId,
        timeline: TransferRecord,
        kept: Option<Box<CallRecord>>,
    ) {
        self.log(Level::Info, format!("{call}: {timeline}"));
        let other = |transfer: &&mut Transfer| transfer.transferor == call && transfer.is_owed();
        let others = self.transfers.0.values_mut();
        match kept {
            Some(mut record) => {
                record.transfers.push(timeline);
                // Another of its transfers has an end to come.
                match others.rev().find(other) {
                    Some(transfer) if transfer.record.is_none() => transfer.record = Some(record),
                    Some(_) | None => self.effects.push_back(Effect::Record(record)),
                }
            }
            None => {
                let elsewhere = others.filter_map(|transfer| match transfer.transferor == call {
                    true => transfer.record.as_mut(),
                    false => None,
                });
                let record = elsewhere.map(|record| &mut record.transfers).next();
                let talk = self.calls.get_mut(&call).map(|talk| &mut talk.transfers);
                if let Some(transfers) = record.or(talk) {
                    transfers.push(timeline);
                }
            }
        }
    }

    /// Keeps the transferor's record until it is told; hands it back where there is nothing to wait for.
    pub(in crate::session) fn keep_record(
        &mut self,
        call: CallId,
        record: Box<CallRecord>,
    ) -> Option<Box<CallRecord>> {
        let owed = |transfer: &&mut Transfer| transfer.transferor == call && transfer.is_owed();
        match self.transfers.0.values_mut().rev().find(owed) {
            Some(transfer) => {
                transfer.record = Some(record);
                None
            }
            None => Some(record),
        }
    }
}

impl Transfers {
    pub(in crate::session) fn note_answer(&mut self, refer: ReferId, now: Now) {
        if let Some(transfer) = self.0.get_mut(&refer) {
            transfer.note_progress(true, now);
        }
    }
}

impl Transfer {
    /// Whether the transferor is still to be told something.
    fn is_owed(&self) -> bool {
        !matches!(self.stage, TransferStage::Leaving { .. })
    }

    pub(super) fn note_progress(&mut self, answered: bool, now: Now) {
        let stage = match answered {
            true => &mut self.timeline.answered_ms,
            false => &mut self.timeline.ringing_ms,
        };
        stage.get_or_insert(now.unix_ms);
    }
}
