//! From news to the script: what SIP and the sound tell becomes an event.

use super::record::CallRecord;
use super::{Effect, Errand, Sent, Session, Talk, is_end};
use crate::base::{CallId, Now};
use crate::call::{self, By, Effects, News, Phase};
use crate::media;
use crate::script::command::Level;
use crate::script::event::CallNews;
use crate::sip::message::{Headers, Method};
use crate::sip::stack::{Command, Ending, Event, TransactionId};

impl Session {
    pub(super) fn hear(&mut self, event: Event, now: Now) {
        match event {
            Event::Gone { leg } => {
                self.open_legs.remove(&leg);
                // The stack says every end before it says gone; a call that missed its end must not
                // outlive its last leg.
                if let Some(call) = self.call_of(leg) {
                    let ending = Ending::Lost {
                        code: 481,
                        reason: "Call Leg Does Not Exist",
                    };
                    let mut out = Effects::new();
                    if let Some(talk) = self.calls.get_mut(&call) {
                        talk.call
                            .handle_sip(Event::Ended { leg, ending }, now, &mut out);
                    }
                    self.take(call, out, now);
                }
            }
            Event::Referred {
                leg,
                refer,
                request,
                ..
            } => match self.call_of(leg) {
                Some(call) => self.transfer_asked(call, refer, &request, now),
                None => self.refuse_refer(refer, 481, "the call is over"),
            },
            Event::ReferTold {
                refer,
                told,
                answer,
            } => self.notify_answered(refer, told, answer, now),
            Event::ReferClosed { refer } => {
                self.transferor_told(refer, now);
                self.profiles.remove(&refer);
            }
            Event::Request {
                transaction,
                leg: Some(leg),
                request,
                ..
            } => {
                let Some(call) = self.call_of(leg) else {
                    return self.respond(transaction, 481);
                };
                // MESSAGE and INFO carry text for the script; nothing else comes here.
                debug_assert!(matches!(request.method, Method::Info | Method::Message));
                let mut out = Effects::new();
                let code = match self.calls.get_mut(&call) {
                    Some(talk) => talk.call.hear_request(&request, &mut out),
                    None => 481,
                };
                self.respond(transaction, code);
                self.take(call, out, now);
            }
            Event::Incoming { leg, .. }
            | Event::Progress { leg, .. }
            | Event::Answered { leg, .. }
            | Event::Failed { leg, .. }
            | Event::Confirmed { leg, .. }
            | Event::Offered { leg, .. }
            | Event::OfferAnswered { leg, .. }
            | Event::OfferRefused { leg, .. }
            | Event::Ended { leg, .. } => {
                if let Some(call) = self.call_of(leg) {
                    let offered = matches!(event, Event::Offered { .. });
                    let mut out = Effects::new();
                    if let Some(talk) = self.calls.get_mut(&call) {
                        talk.call.handle_sip(event, now, &mut out);
                    }
                    self.take(call, out, now);
                    if offered {
                        self.talk_alike_with_partners(call, now);
                    }
                } else if let Event::Offered { offer, .. } = event {
                    // The call is over and its BYE is on the way.
                    self.sip(Command::AnswerOffer {
                        offer,
                        outcome: Err(481),
                    });
                }
            }
            // The answer to an INFO or MESSAGE of ours; the script is not told.
            Event::Response { .. } => {}
            Event::ReferAnswered {
                refer,
                code,
                reason,
            } => self.refer_answered(refer, code, reason, now),
            Event::ReferNotified {
                refer,
                code,
                reason,
                ended,
            } => self.refer_notified(refer, code, reason, ended, now),
            // Requests outside a call are the switchboard's.
            Event::Request { leg: None, .. } => {}
        }
    }

    fn respond(&mut self, transaction: TransactionId, code: u16) {
        self.sip(Command::Respond {
            transaction,
            code,
            reason: None,
            headers: Headers::new(),
            body: None,
        });
    }

    /// Carries out what a call wants and tells the script its news.
    pub(super) fn take(&mut self, call: CallId, effects: Effects, now: Now) {
        for effect in effects {
            match effect {
                call::Effect::Sip(command) => self.sip(command),
                call::Effect::Sound { media, signalling } => self.describe(call, media, signalling),
                call::Effect::News(news) => self.announce(call, news, now),
                call::Effect::Word(word) => self.word(call, word, now),
                call::Effect::Across { to, what } => self.errand(Errand::Across { to, what }),
            }
        }
    }

    fn announce(&mut self, call: CallId, news: News, now: Now) {
        if let News::Info {
            mime_type, body, ..
        } = &news
            && self.key_in_info(call, mime_type, body, now)
        {
            return;
        }
        let Some(talk) = self.calls.get_mut(&call) else {
            return;
        };
        let phase = talk.call.phase();
        let ends = is_end(&news);
        if phase == Phase::Connected || ends {
            talk.give_up_at = None;
        }
        let duration_s = talk.call.facts.duration_s(now);
        match &news {
            News::Ringing { .. } => self.target_progressed(call, 180, now),
            News::AudioStarted { .. } => self.target_progressed(call, 183, now),
            News::Connected { .. } => {
                self.note_target(call, true, now);
                self.expect_sound(call, now);
            }
            _ => {}
        }
        let (failed_code, failed_reason) = match &news {
            News::Failed { code, reason, .. } => (*code, reason.clone()),
            News::Disconnected { end, .. } => (end.code, end.reason.clone()),
            _ => (0, String::new()),
        };
        let seen = match &news {
            News::Failed { .. } => self.listens(call, "Failed"),
            News::Disconnected { .. } => self.listens(call, "Disconnected"),
            _ => true,
        };
        let told = match news {
            News::Ringing { headers } => CallNews::Ringing { headers },
            News::AudioStarted { headers } => CallNews::AudioStarted { headers },
            News::Connected { headers } => CallNews::Connected {
                headers,
                scheme: serde_json::Value::Null,
            },
            News::Failed {
                code,
                reason,
                headers,
            } => CallNews::Failed {
                code,
                reason,
                headers,
            },
            News::Disconnected { end, headers } => CallNews::Disconnected {
                internal_code: end.code,
                direction: if end.by == By::Peer {
                    "Incoming"
                } else {
                    "Outgoing"
                }
                .to_string(),
                reason: end.reason,
                duration_s,
                headers,
            },
            News::Held => {
                self.expect_no_sound(call);
                CallNews::OnHold
            }
            News::Resumed => CallNews::OffHold,
            News::Info {
                mime_type,
                body,
                headers,
            } => CallNews::InfoReceived {
                mime_type,
                body,
                headers,
            },
            News::Message { text, headers } => CallNews::MessageReceived { text, headers },
            News::Warning(text) => return self.log(Level::Warning, format!("{call}: {text}")),
        };
        let connects = matches!(told, CallNews::Connected { .. });
        let sounds = connects || matches!(told, CallNews::AudioStarted { .. });
        if connects {
            self.talk_alike_with_partners(call, now);
        }
        if ends {
            self.senses_end(call);
        }
        self.tell_call(call, phase, told, Sent::Plain);
        if sounds {
            self.has_sound(call, connects);
        }
        if ends {
            self.bury(call, seen, failed_code, &failed_reason, now);
        }
    }

    /// The call is over: its port, its links, its place in transfers, its record.
    fn bury(&mut self, call: CallId, seen: bool, code: u16, reason: &str, now: Now) {
        let partners = self.links.partners(call);
        self.cut_sound(call, now);
        self.leave_conferences(call);
        let Some(talk) = self.calls.remove(&call) else {
            return;
        };
        self.tell_recorded(call, &talk);
        let sounds = talk.port.map(|port| (talk.call.sound, port));
        for (leg, port) in sounds.into_iter().chain(talk.waiting) {
            self.effects
                .push_back(Effect::Media(media::Command::Close { leg }));
            self.effects.push_back(Effect::FreePort(port));
        }
        if talk.port.is_none() {
            self.forget_end(talk.call.sound);
        }
        for partner in partners {
            if let Some(partner) = self.calls.get_mut(&partner) {
                partner.widowed |= !seen;
            }
        }
        self.party_ended(call, seen, code, reason, now);
        let end = call::End::new(code, reason, By::Runtime);
        let mut record = self.record(call, &talk, end, now);
        record.sound = talk.port.map(|_| talk.call.sound);
        let record = self.keep_record(call, Box::new(record));
        if let Some(record) = record.and_then(|record| self.referred_call_ended(call, record, now))
        {
            self.effects.push_back(Effect::Record(record));
        }
    }

    /// The record of a call; `end` where the call has not ended by itself.
    pub(super) fn record(&self, call: CallId, talk: &Talk, end: call::End, now: Now) -> CallRecord {
        let facts = &talk.call.facts;
        let (ended, end) = facts.end.clone().unwrap_or((now, end));
        let since = facts
            .answered
            .map_or(ended.unix_ms, |answered| answered.unix_ms);
        CallRecord {
            session: self.id.to_string(),
            call: call.to_string(),
            rule: self.rule.clone(),
            scenarios: self
                .scenarios
                .iter()
                .map(|(name, version)| format!("{name}@{version}"))
                .collect(),
            direction: if facts.incoming {
                "incoming"
            } else {
                "outgoing"
            },
            client_type: facts.client_type.clone(),
            from: facts.from.clone(),
            to: facts.to.clone(),
            started_ms: facts.started.unix_ms,
            answered_ms: facts.answered.map(|answered| answered.unix_ms),
            ended_ms: ended.unix_ms,
            duration_ms: ended.unix_ms.saturating_sub(since),
            code: end.code,
            reason: end.reason,
            ended_by: end.by,
            transfers: talk.transfers.clone(),
            media: None,
            sound: None,
        }
    }

    pub(super) fn hear_sound(&mut self, event: media::Event, now: Now) {
        self.note_quiet(&event, now);
        if let media::Event::Unit { unit, news } = event {
            return self.hear_unit(unit.unit, news);
        }
        if let media::Event::Detected { leg, found } = event {
            let mut calls = self.calls.iter();
            if let Some((&call, _)) = calls.find(|(_, talk)| talk.call.sound == leg) {
                self.sensed(call, found);
            }
            return;
        }
        if let media::Event::Sampled { leg, heard, said } = event {
            let mut calls = self.calls.iter();
            if let Some((&call, _)) = calls.find(|(_, talk)| talk.call.sound == leg) {
                self.sampled(call, heard, said);
            }
            return;
        }
        if let media::Event::Key { leg, key, way } = event {
            let found = self.calls.iter().find(|(_, talk)| talk.call.sound == leg);
            if let Some(call) = found.map(|(id, _)| *id) {
                self.key_came(call, key, way, now);
            }
            return;
        }
        let (leg, news) = match event {
            media::Event::FirstPacket { leg } => (leg, CallNews::FirstAudioPacketReceived),
            media::Event::Stopped { leg } => (leg, CallNews::RtpStopped),
            media::Event::Resumed { leg } => (leg, CallNews::RtpResumed),
            media::Event::Codec { leg, wideband, .. } => {
                (leg, CallNews::AudioQualityDetected { hd: wideband })
            }
            // The stock is the switchboard's, and what is closed was told already.
            media::Event::Stock { .. }
            | media::Event::Exhausted
            | media::Event::Closed { .. }
            | media::Event::Key { .. }
            | media::Event::Sampled { .. }
            | media::Event::Detected { .. }
            | media::Event::Unit { .. } => {
                return;
            }
        };
        let found = self.calls.iter().find(|(_, talk)| talk.call.sound == leg);
        if let Some((call, phase)) = found.map(|(id, talk)| (*id, talk.call.phase())) {
            self.tell_call(call, phase, news, Sent::Plain);
        }
    }
}
