//! What a phone's SIP stack tells, and what the phone makes of it.

use std::time::{Duration, Instant};

use super::chores::Chore;
use super::{Line, News, Phone, Reception, Then};
use crate::base::LegId;
use crate::sip::message::{Body, Headers, Method, Name, Request};
use crate::sip::stack::{Command, Event, OfferId};
use crate::switchboard::HOP;

impl Phone {
    pub(super) fn hear(&mut self, event: Event, now: Instant) {
        match event {
            Event::Incoming { leg, request, .. } => self.greet(leg, &request, now),
            Event::Progress { leg, response, .. } => {
                self.followed_call(leg, response.code, &response.reason, now);
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.hear_answer(response.body().as_ref());
                    let code = response.code;
                    self.tell_of(leg, News::Progress { code });
                }
            }
            Event::Answered { leg, response } => {
                self.followed_call(leg, response.code, &response.reason, now);
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.hear_answer(response.body().as_ref());
                    if line.is_calling() {
                        line.talk();
                        self.tell_of(leg, News::Connected);
                    }
                }
            }
            Event::Failed {
                leg, code, reason, ..
            } => {
                self.followed_call(leg, code, &reason, now);
                if self.lines.remove(&leg).is_some() {
                    self.tell_of(leg, News::Refused { code });
                }
            }
            Event::Confirmed { leg, body } => {
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.hear_answer(body.as_ref());
                }
            }
            Event::Offered { leg, offer, body } => self.take_offer(leg, offer, body, now),
            Event::OfferAnswered { leg, body } => {
                if let Some(line) = self.lines.get_mut(&leg) {
                    line.hear_answer(body.as_ref());
                }
            }
            Event::OfferRefused { leg, code } => {
                if let Some(line) = self.lines.get_mut(&leg) {
                    let hold = line.roll_back();
                    self.tell(News::OfferRefused { code });
                    if code == 491 {
                        self.later(Chore::Offer { leg, hold }, AGAIN_AFTER, now);
                    }
                }
            }
            Event::Ended { leg, ending } => {
                if self.lines.remove(&leg).is_some() {
                    self.tell_of(leg, News::ended(&ending));
                }
            }
            Event::Request {
                transaction,
                request,
                ..
            } => {
                let body = String::from_utf8_lossy(&request.body).into_owned();
                self.tell(News::Received {
                    method: request.method.clone(),
                    body,
                });
                let respond = Command::Respond {
                    transaction,
                    code: 200,
                    reason: None,
                    headers: Headers::new(),
                    body: None,
                };
                self.stack.handle_command(respond, now);
            }
            Event::Response {
                id, code, response, ..
            } => {
                if let Some(method) = self.asked.remove(&id) {
                    let cseq = response.and_then(|response| response.headers.cseq().ok());
                    if let Some(cseq) = cseq.filter(|cseq| cseq.method == Method::Register) {
                        // The stack may have asked again with digest.
                        self.registration.cseq = self.registration.cseq.max(cseq.number);
                    }
                    self.tell(News::Response { method, code });
                }
            }
            Event::Referred {
                leg,
                refer,
                request,
                ..
            } => self.be_referred(leg, refer, &request, now),
            Event::ReferAnswered { refer, code, .. } => self.refer_answered(refer, code, now),
            Event::ReferNotified {
                refer, code, ended, ..
            } => {
                self.refer_notified(refer, code, ended, now);
            }
            Event::Gone { leg } => {
                self.lines.remove(&leg);
            }
            // Whoever asked for the transfer hangs up now.
            Event::ReferTold { .. } | Event::ReferClosed { .. } => {}
        }
    }

    fn greet(&mut self, leg: LegId, request: &Request, now: Instant) {
        let from = request.headers.from().ok().and_then(|from| from.uri.user());
        let from = from.unwrap_or_else(|| "somebody".to_string());
        let session = self.dice.u64() >> 2;
        let mut line = Line::incoming(leg, &from, self.rtp_address(), session, request.body());
        line.want_sound_at(self.manners.sound_at);
        self.open(line);
        self.tell_of(leg, News::Incoming { from });
        if let Some(hops) = request.headers.text(&Name::parse(HOP.as_bytes())) {
            let depth = hops.split(';').next().unwrap_or_default().to_string();
            self.tell(News::Transferred { depth });
        }
        if self.greet_replacement(leg, request, now) {
            return;
        }
        let Reception { rings, then } = self.manners.receive();
        if let Some((code, after)) = rings {
            self.later(Chore::Ring { leg, code }, after, now);
        }
        match then {
            Then::Wait => {}
            Then::Answer(after) => self.later(Chore::Answer { leg }, after, now),
            Then::Reject(code, after) => {
                self.later(Chore::Reject { leg, code }, after, now);
            }
        }
        if let Some(after) = self.manners.talks_for {
            self.later(Chore::HangUp { leg }, after, now);
        }
    }

    pub(super) fn take_offer(
        &mut self,
        leg: LegId,
        offer: OfferId,
        body: Option<Body>,
        now: Instant,
    ) {
        let outcome = match (self.lines.get_mut(&leg), body) {
            (Some(line), Some(body)) => line.take_offer(&body, &self.manners.codecs).map(Some),
            (Some(line), None) => Ok(Some(line.offer_again(&self.manners.codecs))),
            (None, _) => Err(481),
        };
        let answered = Command::AnswerOffer { offer, outcome };
        self.stack.handle_command(answered, now);
    }
}

/// How long it waits after an offer that met one of the switchboard's.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
