//! From the script's wishes to deeds.

use super::{Desk, Effect, Errand, Sent, Session, Stage};
use crate::base::socket::Stream;
use crate::base::{CallId, Now};
use crate::call::{By, Call, Effects, End, Facts, HeaderMap};
use crate::media;
use crate::script::command::{Destination, Level, PlaceCall, Verdict};
use crate::script::event::CallNews;
use crate::script::fault::FaultKind;
use crate::script::{Command, Fault, Turn};
use crate::sdp::Codec;

use super::lifetime::{Cause, seconds};

/// The listeners of more calls than these are not kept.
const MOST_EARS: usize = 1024;

impl Session {
    pub(super) fn obey(&mut self, mut turn: Turn, desk: &mut dyn Desk, now: Now) {
        let Some(sent) = self.outstanding.pop_front() else {
            // A worker that was given up answers for the whole session at once.
            return self.mourn(turn.fault, now);
        };
        if let Sent::Transfer(refer) = sent {
            self.transfer_announced(refer, &mut turn.commands, now);
        }
        self.prick_up_ears(&turn.commands);
        self.follow_ears(&turn.commands);
        let (mut terminated, mut said_last_word) = (false, false);
        for command in turn.commands {
            match (&self.stage, command) {
                (_, Command::Log { level, text }) => self.log(level, text),
                (Stage::Running { .. }, Command::Terminate) => terminated = true,
                (Stage::Running { .. }, command) => self.carry_out(command, desk, now),
                (
                    Stage::Ending { .. },
                    Command::Inquire {
                        inquiry,
                        what,
                        place,
                    },
                ) if sent == Sent::Terminating && !said_last_word => {
                    said_last_word = true;
                    self.send_last_word(inquiry, what, place);
                }
                (_, Command::Inquire { place, .. }) => self.too_late_to_inquire(place),
                // Timers, calls and media are dead.
                (Stage::Settling { .. } | Stage::Ending { .. } | Stage::Over, _) => {}
            }
        }
        if turn.fault.is_some() {
            self.mourn(turn.fault, now);
        } else if terminated {
            self.end(Cause::Terminated, now);
        }
        if sent == Sent::Terminated {
            self.close_isolate();
        }
    }

    /// Who listens to what once the turn is over; that counts for all that comes of it.
    fn prick_up_ears(&mut self, commands: &[Command]) {
        for command in commands {
            match command {
                Command::Listen {
                    call,
                    event,
                    on: true,
                } => {
                    self.ears.entry(*call).or_default().insert(event.clone());
                }
                Command::Listen {
                    call,
                    event,
                    on: false,
                } => {
                    if let Some(ears) = self.ears.get_mut(call) {
                        ears.remove(event);
                    }
                }
                Command::ListenUnit { unit, event, on } => self.units.listen(*unit, event, *on),
                Command::WatchEnd => self.watches_end = true,
                Command::AllowSockets => self.allows_sockets = true,
                Command::KeepOfVisits { what, on } => self.keep_of_visits(*what, *on),
                _ => {}
            }
        }
        if self.ears.len() > MOST_EARS {
            // Calls that were never placed, or are long over: what there was to tell of them is told.
            self.ears.retain(|call, _| self.calls.contains_key(call));
        }
    }

    /// What is listened for in the sound only while somebody listens to it.
    fn follow_ears(&mut self, commands: &[Command]) {
        for command in commands {
            let Command::Listen { call, event, .. } = command else {
                continue;
            };
            match event.as_str() {
                "ToneDetected" => self.look_for_tones(*call),
                "Statistics" => self.watch_statistics(*call),
                _ => {}
            }
        }
    }

    /// A fault of the script: in the log with its place and stack, and the end of the session.
    fn mourn(&mut self, fault: Option<Fault>, now: Now) {
        let Some(fault) = fault else { return };
        let wedged = fault.kind == FaultKind::Wedged;
        let stack = if fault.stack.is_empty() {
            String::new()
        } else {
            format!("\n{}", fault.stack.trim_end())
        };
        self.log(Level::Error, format!("{fault}{stack}"));
        self.end(Cause::Fault, now);
        if wedged {
            // Its isolate answers no more.
            self.outstanding.clear();
            self.close_isolate();
        }
    }

    fn carry_out(&mut self, command: Command, desk: &mut dyn Desk, now: Now) {
        match command {
            Command::PlaceCall(place) => self.place_or_fetch(place, desk, now),
            Command::Answer { call, headers, .. } => {
                let codecs = self.codecs_for_answer(call);
                self.with(call, now, |call, out| {
                    call.answer(&codecs, &headers, now, out)
                });
            }
            Command::Reject {
                call,
                code,
                headers,
            } => {
                self.with(call, now, |call, out| {
                    call.reject(code, &headers, By::Script, now, out)
                });
            }
            Command::Ring { call, headers } => {
                self.with(call, now, |call, out| call.ring(&headers, out))
            }
            Command::StartEarlyMedia { call, headers } => {
                let codecs = self.codecs_for_answer(call);
                if let Some(talk) = self.calls.get_mut(&call) {
                    let limit = now.at + seconds(self.limits.early_media_s);
                    talk.give_up_at = Some(talk.give_up_at.map_or(limit, |at| at.max(limit)));
                }
                self.with(call, now, |call, out| {
                    call.start_early_media(&codecs, &headers, out)
                });
            }
            Command::Hangup { call, headers } => {
                self.hang_up(
                    call,
                    End::new(200, "Normal termination", By::Script),
                    &headers,
                    now,
                );
            }
            Command::SendInfo {
                call,
                mime_type,
                body,
                headers,
            } => {
                let id = self.request_id();
                self.with(call, now, |call, out| {
                    call.send_info(id, &mime_type, &body, &headers, out)
                });
            }
            Command::SendMessage { call, text } => {
                let id = self.request_id();
                self.with(call, now, |call, out| call.send_message(id, &text, out));
            }
            Command::Link { from, to } => self.send_media(from, to, Stream::default(), now),
            Command::Unlink { from, to } => self.stop_media(from, to, None),
            Command::SendMedia { from, to, stream } => self.send_media(from, to, *stream, now),
            Command::StopMedia { from, to, tag } => self.stop_media(from, to, tag),
            Command::MonitorMediaStatistics { call, every_ms } => self.monitor(call, every_ms),
            Command::CreateUnit { unit, what } => self.create_unit(unit, *what, now),
            Command::SteerUnit { unit, order } => self.steer_unit(unit, order, now),
            Command::Record { call, what } => self.record_call(call, *what, now),
            Command::StopPlayback { call } => self.stop_playback(call),
            Command::Play {
                call,
                sound,
                looped,
            } => self.play(call, *sound, looped, now),
            Command::HandleTones { call, tones } => self.handle_tones(call, tones),
            Command::Detect { call, what } => self.detect(call, what),
            Command::SendDigits { call, digits } => self.send_digits(call, &digits),
            Command::HandleBlindTransfer { call, handle } => {
                if let Some(talk) = self.calls.get_mut(&call) {
                    talk.handles_transfer = handle;
                }
            }
            Command::NotifyTransfer {
                call,
                verdict,
                place,
            } => self.verdict_of_script(call, verdict, place, now),
            Command::RejectTransfer {
                call,
                code,
                reason,
                place,
            } => {
                let verdict = Verdict::Failed { code, reason };
                self.verdict_of_script(call, verdict, place, now);
            }
            Command::TransferTo(wish) => self.transfer_to(*wish, desk, now),
            Command::SetTimer {
                id,
                after_ms,
                repeat,
            } => {
                self.timers.set(
                    id,
                    std::time::Duration::from_millis(after_ms),
                    repeat,
                    now.at,
                );
            }
            Command::ClearTimer { id } => self.timers.clear(id),
            Command::Inquire {
                inquiry,
                what,
                place,
            } => self.inquire(inquiry, what, place),
            // Dealt with before.
            Command::Log { .. }
            | Command::Terminate
            | Command::Listen { .. }
            // Keys are in no log of ours; the journal looks for it when it is written.
            | Command::HideTones { .. }
            | Command::ListenUnit { .. }
            | Command::WatchEnd
            | Command::KeepOfVisits { .. }
            | Command::AllowSockets => {}
        }
    }

    /// Lets a call act and carries out what comes of it; nothing where it is over.
    fn with(&mut self, call: CallId, now: Now, act: impl FnOnce(&mut Call, &mut Effects)) {
        if let Some(talk) = self.calls.get_mut(&call) {
            let mut out = Effects::new();
            act(&mut talk.call, &mut out);
            self.take(call, out, now);
        }
    }

    /// Ends a call; a transferor's end waits for its final NOTIFY, its sound does not.
    pub(super) fn hang_up(&mut self, call: CallId, end: End, headers: &HeaderMap, now: Now) {
        if self
            .calls
            .get(&call)
            .is_some_and(|talk| talk.call.is_connected())
            && self.hang_up_after_verdict(call, &end, headers)
        {
            return self.cut_sound(call, now);
        }
        self.with(call, now, |call, out| call.hang_up(end, headers, now, out));
    }

    /// What an incoming call is answered from: what the others of its session talk, so that both
    /// understand each other without transcoding; what is wanted there, where nobody else is.
    pub(super) fn codecs_for_answer(&self, call: CallId) -> Vec<Codec> {
        let others = self.calls.keys().copied().filter(|id| *id != call);
        self.shared_with(others).unwrap_or_else(|| {
            let own = self.calls.get(&call).map(|talk| talk.call.wanted());
            own.unwrap_or(Codec::USUAL).to_vec()
        })
    }

    /// Where the target of an open transfer names a dialog that may be ours, its far end comes here instead
    /// of being called anew.
    fn place_or_fetch(&mut self, place: Box<PlaceCall>, desk: &mut dyn Desk, now: Now) {
        match self.transfers.fetched_by(&place) {
            Some((refer, replaces)) => self.errand(Errand::Fetch {
                refer,
                replaces,
                place,
            }),
            None => self.place(*place, desk, now),
        }
    }

    /// Places a call of the script's.
    pub fn place(&mut self, place: PlaceCall, desk: &mut dyn Desk, now: Now) {
        let id = place.call;
        if self.calls.contains_key(&id) || id == CallId::INCOMING || id >= CallId::LATER {
            // The isolate numbers its calls; a number of old is not one of its own.
            return;
        }
        self.call_attempts += 1;
        let unanswered = self
            .calls
            .values()
            .filter(|talk| !talk.call.is_incoming() && talk.call.is_unanswered())
            .count();
        if self.call_attempts > self.limits.call_attempts {
            let most = self.limits.call_attempts;
            return self.not_placed(
                id,
                403,
                format!("a session may place {most} calls, no more"),
            );
        }
        if unanswered as u32 >= self.limits.unanswered_calls {
            let most = self.limits.unanswered_calls;
            return self.not_placed(
                id,
                403,
                format!("{most} calls of this session wait for an answer already"),
            );
        }
        if let Destination::Conference { name } = &place.to {
            let name = name.clone();
            return self.call_conference(place, name, desk, now);
        }
        let timeout = place.timeout_s.map_or(self.limits.no_answer_s, u32::from);
        let dialed = match desk.dial(
            &place,
            self.target_headers(),
            self.transfers.open_for_calls(),
        ) {
            Ok(dialed) => dialed,
            Err((code, reason)) => return self.not_placed(id, code, reason),
        };
        let others = match self.transferee() {
            Some(transferee) => self.shared_with([transferee].into_iter()),
            None => self.shared_with(self.calls.keys().copied()),
        };
        let wanted = &dialed.local.wanted;
        let codecs = wanted.offer(others.as_deref().unwrap_or_default());
        let facts = Facts::outgoing(dialed.from, dialed.to, dialed.client_type, now);
        self.effects.push_back(Effect::Media(media::Command::Open {
            leg: dialed.sound,
            port: dialed.port,
        }));
        let mut out = Effects::new();
        let call = Call::dial(
            id,
            dialed.sound,
            dialed.ways,
            &codecs,
            dialed.local,
            facts,
            &mut out,
        );
        self.adopt(call, Some(dialed.port), Some(now.at + seconds(timeout)));
        self.target_placed(id);
        self.take(id, out, now);
    }

    /// `Failed`, in a later turn; a call that never was has no leg and no record.
    pub(super) fn not_placed(&mut self, call: CallId, code: u16, reason: String) {
        self.log(Level::Info, format!("{call} not placed: {code} {reason}"));
        let news = CallNews::Failed {
            code,
            reason,
            headers: HeaderMap::new(),
        };
        self.tell_call(call, crate::call::Phase::Terminated, news, Sent::Plain);
    }
}
