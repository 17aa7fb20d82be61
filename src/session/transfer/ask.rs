//! A REFER comes: is it taken, and by whom.

use super::*;

impl Session {
    /// A REFER in the dialog of `call`.
    pub(in crate::session) fn transfer_asked(
        &mut self,
        call: CallId,
        refer: ReferId,
        request: &Request,
        now: Now,
    ) {
        let Some(talk) = self.calls.get(&call) else {
            return self.refuse_refer(refer, 481, "the call is over");
        };
        if !matches!(self.stage, Stage::Running { .. }) || !talk.call.is_connected() {
            return self.refuse_refer(refer, 481, "the call is ending");
        }
        if self.transfers.open_of(call).is_some() {
            return self.refuse_refer(refer, 491, "a transfer of this call is open");
        }
        let wanted = talk.handles_transfer;
        let handled = wanted && self.listens(call, "BlindTransferRequested");
        let deaf = wanted && !handled;
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
        let decided_by = match handled {
            true => "script",
            false => "runtime",
        };
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
                to: to.clone(),
                referred_by: request.headers.get(&Name::ReferredBy).cloned(),
                subscription: referral.subscription,
                targets: Vec::new(),
                timeline: TransferRecord {
                    transferee: transferee.map(|call| call.to_string()),
                    ..TransferRecord::asked(to.clone(), replaces.is_some(), decided_by, now)
                },
                deaf: false,
                stage: TransferStage::Asked {
                    answer_by: now.at + ANSWER_WITHIN,
                    give_up_at,
                },
                hang_up: None,
                record: None,
            },
        );
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
            transferee,
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

    pub(in crate::session) fn refuse_refer(&mut self, refer: ReferId, code: u16, why: &str) {
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
    pub(in crate::session) fn transfer_announced(
        &mut self,
        refer: ReferId,
        commands: &mut Vec<script::Command>,
        now: Now,
    ) {
        if let Some((code, reason)) = self.take_rejection(refer, commands) {
            return self.reject_transfer(refer, code, reason, now);
        }
        self.accept_transfer(refer, now);
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

    fn close_refused(&mut self, call: CallId, transfer: Transfer, code: u16, why: &str, now: Now) {
        let mut timeline = transfer.timeline;
        timeline.refer_code = Some(code);
        timeline.accepted_ms = Some(now.unix_ms);
        timeline.settle(code, why, now);
        self.close_timeline(call, timeline, transfer.record);
    }

    /// There is no place for the transferee to go to.
    pub fn passage_refused(&mut self, refer: ReferId, code: u16, why: &str, now: Now) {
        if let Some(transfer) = self.transfers.0.remove(&refer) {
            let call = transfer.transferor;
            let line = format!("{call}: REFER refused with {code}: {why}");
            self.log(Level::Warning, line);
            self.close_refused(call, transfer, code, "the runtime", now);
        }
        self.refuse_refer(refer, code, why);
    }

    fn reject_transfer(&mut self, refer: ReferId, code: u16, reason: Option<String>, now: Now) {
        let Some(transfer) = self.transfers.0.remove(&refer) else {
            return;
        };
        let call = transfer.transferor;
        let to = Masked(&transfer.to);
        let line = format!("{call}: REFER to {to} refused with {code}, by the script");
        self.log(Level::Info, line);
        self.close_refused(call, transfer, code, "the script", now);
        self.effects.push_back(Effect::Refused { code });
        self.sip(Command::RefuseRefer {
            refer,
            code,
            reason,
            headers: Headers::new(),
        });
    }

    /// 202 and NOTIFY 100, unless they have gone already.
    pub(in crate::session) fn accept_transfer(&mut self, refer: ReferId, now: Now) {
        let Some(transfer) = self.transfers.0.get_mut(&refer) else {
            return;
        };
        let TransferStage::Asked { give_up_at, .. } = transfer.stage else {
            return;
        };
        transfer.stage = TransferStage::Announced { give_up_at };
        let subscription = transfer.subscription;
        let subscribe = subscription == Subscription::Implicit;
        let call = transfer.transferor;
        let manners = self.manners_of(refer);
        let code = match subscription {
            Subscription::Implicit | Subscription::Unwanted => manners.accept_code,
            // 202 would say that NOTIFYs follow (RFC 7614 §4.3).
            Subscription::None | Subscription::Explicit => 200,
        };
        if let Some(transfer) = self.transfers.0.get_mut(&refer) {
            transfer.timeline.accepted_ms = Some(now.unix_ms);
            transfer.timeline.refer_code = Some(code);
        }
        if subscribe && manners.final_at_once {
            let profile = manners.profile.name();
            let line = format!("{call}: told 200 at once, as its profile {profile} has it");
            self.log(Level::Info, line);
        }
        self.effects.push_back(Effect::WatchRefer(refer));
        self.sip(Command::AcceptRefer {
            refer,
            code,
            // Longer than the verdict may take (RFC 3515 §3.4).
            expires_s: self.transfer_settings.deadline_s.saturating_add(60),
            subscribe,
            id: manners.notify_id,
            final_at_once: manners.final_at_once,
        });
    }
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
