//! The whole of SIP as one machine: bytes and commands in, bytes and events out.
//!
//! Above it nobody knows transactions, dialogs or digest retries; below it nobody knows scripts.
//! What must never wait for a script is answered here: retransmissions, 100, ACK, the 200 to BYE,
//! CANCEL and OPTIONS, session refreshes, 481, 482, 483, 405, 420, 489, 501.
//!
//! This file is the border and the dispatcher. A leg ([`crate::sip::invite`]) holds the state of a call;
//! the [`desk`] holds what all legs share; [`screen`] judges what belongs to no leg.
//!
//! Ids that the stack deals (legs of incoming calls, REFERs that came in, offers, queries) have their
//! highest bit set; whoever names legs, requests and REFERs of ours from outside leaves it clear, so the
//! two never meet.

pub mod body;
mod border;
pub mod desk;
pub mod errand;
mod named;
pub mod outside;
pub mod screen;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use bytes::Bytes;

use crate::base::{Dice, LegId};
use crate::sip::dialog::Key;
use crate::sip::invite::connect::turn_away;
use crate::sip::invite::{Arrival, Leg};
use crate::sip::message::{
    Body, Headers, Malformed, Method, Name, Request, Response, parse, status,
};
use crate::sip::refer;
use crate::sip::subscription::notifier::Status;
use crate::sip::subscription::refer_in::Telling;
use crate::sip::subscription::refer_out::no_dialog;
use crate::sip::subscription::watch;
use crate::sip::transaction::timer::T1;
use crate::sip::transaction::{self, ClientId, ServerId};
use crate::sip::transport::{Flow, Target};

pub use crate::sip::dialog::{DialogIds, Stage};
pub use border::*;
use desk::{Desk, Errand, Heard, Purpose, Way, Whose};
use screen::{Load, Verdict};

/// SIP, whole.
pub struct Stack {
    desk: Desk,
    legs: HashMap<LegId, Leg>,
    deadlines: BTreeSet<(Instant, LegId)>,
}

impl Stack {
    pub fn new(settings: Settings, dice: Dice) -> Self {
        Stack {
            desk: Desk::new(settings, dice),
            legs: HashMap::new(),
            deadlines: BTreeSet::new(),
        }
    }

    /// New listeners or session-timer settings after a reload; running dialogs keep theirs.
    pub fn configure(&mut self, settings: Settings) {
        self.desk.configure(settings);
    }

    /// One datagram, or one message that the stream framer cut out of a connection.
    pub fn handle_message(&mut self, flow: Flow, bytes: Bytes, now: Instant) {
        match parse(bytes) {
            Ok(message) => self.desk.transactions.handle_message(message, flow, now),
            Err(malformed) => self.answer_malformed(malformed, flow),
        }
        self.go_on(now);
    }

    /// The answer to [`Output::Resolve`], best first; empty where DNS knows nothing.
    pub fn handle_resolved(&mut self, query: QueryId, targets: Vec<Target>, now: Instant) {
        if let Some((whose, way)) = self.desk.handle_resolved(query, targets, now) {
            self.note_way(&whose, way, now);
        }
        self.go_on(now);
    }

    /// The transport could not deliver to `flow` (ICMP, connection refused or broken).
    pub fn handle_unreachable(&mut self, flow: &Flow, now: Instant) {
        self.desk.transactions.handle_unreachable(flow, now);
        self.go_on(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.desk.transactions.handle_timeout(now);
        self.go_on(now);
        while let Some(leg) = self.desk.next_overdue(now) {
            self.question_answered(leg, now);
        }
        while let Some((at, leg)) = self.deadlines.first().copied()
            && at <= now
        {
            self.on_leg(leg, now, |leg, desk| leg.handle_timeout(desk, now));
            // A leg that has nothing more to do at this moment has noted a later one; should it not,
            // it waits for the next moment rather than for ever.
            if self.deadlines.first() == Some(&(at, leg)) {
                self.note_later(leg, at, now);
            }
        }
        self.go_on(now);
    }

    pub fn handle_command(&mut self, command: Command, now: Instant) {
        match command {
            Command::Invite(invite) => {
                let id = invite.leg;
                if !self.legs.contains_key(&id) {
                    let leg = Leg::invite(&mut self.desk, *invite, now);
                    self.legs.insert(id, leg);
                    self.on_leg(id, now, |_, _| {});
                }
            }
            Command::Progress {
                leg,
                code,
                headers,
                body,
            } => self.on_leg(leg, now, |leg, desk| {
                leg.progress(desk, code, headers, body, now);
            }),
            Command::Answer { leg, headers, body } => self.on_leg(leg, now, |leg, desk| {
                leg.answer(desk, headers, body, now);
            }),
            Command::Reject {
                leg,
                code,
                reason,
                headers,
            } => self.on_leg(leg, now, |leg, desk| {
                leg.reject(desk, code, safe(reason).as_deref(), headers, now);
            }),
            Command::Hangup { leg, headers } => self.on_leg(leg, now, |leg, desk| {
                leg.hangup(desk, headers, now);
            }),
            Command::Offer { leg, body } => self.offer(leg, body, now),
            Command::AnswerOffer { offer, outcome } => {
                if let Some(leg) = self.desk.offers.get(&offer).copied() {
                    self.on_leg(leg, now, |leg, desk| {
                        leg.answer_offer(desk, offer, outcome, now);
                    });
                }
            }
            Command::RequestWithin {
                id,
                leg,
                method,
                headers,
                body,
            } => match self.legs.contains_key(&leg) {
                true => self.on_leg(leg, now, |leg, desk| {
                    leg.request_within(desk, id, method, (headers, body), now);
                }),
                false => self.desk.event(Event::Response {
                    id,
                    code: 481,
                    response: None,
                    flow: None,
                }),
            },
            Command::RequestOutside(request) => outside::send(&mut self.desk, *request, now),
            Command::Respond {
                transaction,
                code,
                reason,
                headers,
                body,
            } => {
                let reason = safe(reason);
                let verdict = (code, reason.as_deref());
                let leg = self.desk.respond(transaction, verdict, headers, body, now);
                self.question_answered(leg, now);
            }
            Command::AcceptRefer {
                refer,
                code,
                expires_s,
                subscribe,
                id,
                final_at_once,
            } => self.on_refer(refer, now, |leg, desk| {
                let telling = Telling {
                    subscribe,
                    id,
                    final_at_once,
                };
                leg.accept_refer(desk, refer, (code, expires_s), telling, now);
            }),
            Command::RefuseRefer {
                refer,
                code,
                reason,
                headers,
            } => self.on_refer(refer, now, |leg, desk| {
                let reason = safe(reason);
                leg.refuse_refer(desk, refer, (code, reason.as_deref()), headers, now);
            }),
            Command::Notify {
                refer,
                code,
                reason,
            } => self.tell(refer, code, reason, now),
            Command::AdoptRefer {
                transaction,
                about,
                flow,
            } => self.adopt_refer(transaction, about, Arrival { flow, now }),
            Command::Refer {
                refer,
                leg,
                refer_to,
                referred_by,
                headers,
                credentials,
                patience,
            } => {
                let target = match refer_to {
                    ReferTo::Address(address) => Some(address),
                    ReferTo::InPlaceOf { leg, at } => {
                        let other = self.legs.get(&leg);
                        other.and_then(|other| other.to_be_taken_over(at.as_deref()))
                    }
                };
                match target.filter(|_| self.legs.contains_key(&leg)) {
                    Some(target) => self.on_leg(leg, now, |leg, desk| {
                        leg.may_log_in(credentials);
                        let whom = (target.as_str(), referred_by);
                        leg.refer(desk, (refer, patience), whom, headers, now);
                    }),
                    None => self.desk.event(no_dialog(refer)),
                }
            }
            Command::ForgetRefer { refer } => {
                self.on_refer(refer, now, |leg, _| leg.forget_refer(refer));
            }
            Command::Drain => self.desk.draining = true,
        }
        self.go_on(now);
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.desk.poll()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let leg = self.deadlines.first().map(|(at, _)| *at);
        leg.into_iter().chain(self.desk.next_deadline()).min()
    }

    pub fn census(&self) -> Census {
        Census {
            subscriptions: self.legs.values().map(Leg::subscriptions).sum(),
            ..self.desk.census()
        }
    }

    // What the transactions tell.

    /// Brings news to whom they are for until there are none.
    fn go_on(&mut self, now: Instant) {
        loop {
            if let Some(output) = self.desk.next_news() {
                self.handle_output(output, now);
            } else if let Some(errand) = self.desk.next_undeliverable() {
                self.deliver(errand, Heard::Unreachable, now);
            } else {
                return;
            }
        }
    }

    fn handle_output(&mut self, output: transaction::Output, now: Instant) {
        match output {
            transaction::Output::Transmit { flow, bytes } => self.desk.transmit(flow, bytes),
            transaction::Output::Request { id, request, flow } => {
                self.handle_request(id, *request, flow, now);
            }
            transaction::Output::Cancelled { id, request } => {
                if let Some(leg) = self.desk.invites.remove(&id) {
                    self.on_leg(leg, now, |leg, desk| {
                        leg.handle_cancelled(desk, id, &request, now);
                    });
                }
            }
            transaction::Output::Ack { request, .. } => {
                let key = Key::of_request(&request);
                if let Some(leg) = key.and_then(|key| self.desk.dialogs.get(&key).copied()) {
                    self.on_leg(leg, now, |leg, desk| leg.handle_ack(desk, *request, now));
                }
            }
            transaction::Output::Response { id, response, flow } => {
                self.handle_response(id, *response, flow, now);
            }
            transaction::Output::TimedOut { id } => self.handle_failure(id, Heard::Silence, now),
            transaction::Output::Unreachable { id } => {
                self.handle_failure(id, Heard::Unreachable, now);
            }
            transaction::Output::StrayAnswer { response, .. } => {
                // Of a dialog that is not ours any more nothing is known, not even that it was.
                self.handle_answer_again(&response);
            }
            // The refusal stands whether or not the peer says that it heard it.
            transaction::Output::Unacknowledged { .. } => {}
        }
    }

    fn handle_request(&mut self, id: ServerId, mut request: Request, flow: Flow, now: Instant) {
        let tagged = request.headers.to().is_ok_and(|to| to.tag().is_some());
        if tagged && request.method != Method::Register {
            let key = Key::of_request(&request);
            match key.and_then(|key| self.desk.dialogs.get(&key).copied()) {
                Some(leg) => self.on_leg(leg, now, |leg, desk| {
                    leg.handle_request(desk, id, request, Arrival { flow, now });
                }),
                None => self.desk.answer(id, &request, 481, now),
            }
            return;
        }
        let most = self.desk.settings.most_legs;
        let load = Load {
            draining: self.desk.draining,
            full: self.legs.len() >= most || self.desk.questions() >= most,
        };
        match screen::judge(&mut request, load, &self.desk.settings) {
            Verdict::Answer(code, headers) => {
                let tag = self.desk.dice.token(8);
                let verdict = (code, None);
                self.desk.refuse(id, &request, verdict, headers, &tag, now);
            }
            Verdict::Ask => self.desk.question(id, request, None, flow, now),
            Verdict::Subscribe => {
                let name = LegId(self.desk.deal());
                let arrival = Arrival { flow, now };
                let leg = watch::subscribe(&mut self.desk, name, id, request, arrival);
                self.admit(name, leg, now);
            }
            Verdict::Incoming => {
                let name = LegId(self.desk.deal());
                let answerable = request.clone();
                match Leg::incoming(&mut self.desk, name, id, request, flow) {
                    Some(leg) => {
                        self.legs.insert(name, leg);
                        self.on_leg(name, now, |_, _| {});
                    }
                    None => self.desk.answer(id, &answerable, 400, now),
                }
            }
        }
    }

    fn handle_response(&mut self, id: ClientId, mut response: Response, flow: Flow, now: Instant) {
        let Some(errand) = self.desk.take_errand(id) else {
            let answers = response
                .headers
                .cseq()
                .is_ok_and(|cseq| cseq.method == Method::Invite);
            // The first 2xx took the errand; this one is a repeat of it, or a fork that lost.
            if answers
                && (200..300).contains(&response.code)
                && !self.handle_answer_again(&response)
            {
                turn_away(&mut self.desk, &response, flow, now);
            }
            return;
        };
        if matches!(
            errand.whose,
            Whose::Leg(_, Purpose::Invite | Purpose::Change | Purpose::Prack)
        ) {
            body::settle_response(&mut response);
        }
        if response.code < 200 {
            self.desk.resume(id, errand.clone());
        }
        let errand = match response.code {
            503 => match self.send_elsewhere(errand, now) {
                Some(errand) => errand,
                None => return,
            },
            _ => errand,
        };
        self.deliver(errand, Heard::Response(Box::new(response)), now);
    }

    fn handle_failure(&mut self, id: ClientId, heard: Heard, now: Instant) {
        if let Some(errand) = self.desk.take_errand(id)
            && let Some(errand) = self.send_elsewhere(errand, now)
        {
            self.deliver(errand, heard, now);
        }
    }

    /// Tries the next target (RFC 3263 §4.3); hands the errand back where there is none.
    fn send_elsewhere(&mut self, errand: Box<Errand>, now: Instant) -> Option<Box<Errand>> {
        let whose = errand.whose.clone();
        match self.desk.send_elsewhere(errand, now) {
            Ok(way) => {
                self.note_way(&whose, way, now);
                None
            }
            Err(errand) => Some(errand),
        }
    }

    fn note_way(&mut self, whose: &Whose, way: Way, now: Instant) {
        if let Whose::Leg(leg, purpose) = *whose {
            self.on_leg(leg, now, |leg, _| leg.handle_way(purpose, way, now));
        }
    }

    fn deliver(&mut self, errand: Box<Errand>, heard: Heard, now: Instant) {
        match &errand.whose {
            Whose::Leg(leg, purpose) => {
                let (leg, purpose) = (*leg, *purpose);
                self.on_leg(leg, now, |leg, desk| {
                    leg.handle_answer(desk, purpose, &errand, heard, now);
                });
            }
            Whose::Outside { .. } => outside::handle_answer(&mut self.desk, &errand, heard, now),
            Whose::Nobody => {}
        }
    }

    /// A 2xx to an INVITE of ours that was answered before: the same ACK. `false` where no dialog is
    /// known by it.
    fn handle_answer_again(&mut self, response: &Response) -> bool {
        let Some(key) = Key::of_response(response) else {
            return false;
        };
        let known = self.desk.dialogs.contains_key(&key);
        if known {
            // An ACK that waits for DNS, or for the answer of the layers above, goes when it can.
            let cseq = response.headers.cseq().map_or(0, |cseq| cseq.number);
            self.desk.acknowledge_again(&key, cseq);
        }
        known
    }

    fn answer_malformed(&mut self, malformed: Malformed, flow: Flow) {
        let headers = malformed.answerable.as_deref();
        let cseq = headers.and_then(|headers| headers.cseq().ok());
        if cseq.is_some_and(|cseq| cseq.method == Method::Ack) {
            return;
        }
        let tag = self.desk.dice.token(8);
        let Some(mut response) = malformed.response(&tag) else {
            return;
        };
        let product = self.desk.settings.product.clone();
        response.headers.push(Name::Server, product);
        if matches!(malformed.code, 405 | 501) {
            response.headers.push(Name::Allow, desk::ALLOW);
        }
        self.desk.transactions.respond_statelessly(response, flow);
    }

    // Legs.

    /// Does something to a leg, then what follows from it, and lets it go where nothing is left.
    fn on_leg(&mut self, id: LegId, now: Instant, act: impl FnOnce(&mut Leg, &mut Desk)) {
        let Some(leg) = self.legs.get_mut(&id) else {
            return;
        };
        act(leg, &mut self.desk);
        leg.go_on(&mut self.desk, now);
        let noted = leg.noted;
        leg.noted = leg.next_deadline();
        let (next, gone) = (leg.noted, leg.is_gone());
        if noted != next {
            if let Some(at) = noted {
                self.deadlines.remove(&(at, id));
            }
            if let Some(at) = next {
                self.deadlines.insert((at, id));
            }
        }
        if gone && let Some(mut leg) = self.legs.remove(&id) {
            if let Some(at) = leg.noted {
                self.deadlines.remove(&(at, id));
            }
            leg.leave(&mut self.desk, now);
            if !leg.nameless {
                self.desk.event(Event::Gone { leg: id });
            }
        }
    }

    /// A leg without a call, where there is one.
    fn admit(&mut self, name: LegId, leg: Option<Leg>, now: Instant) {
        if let Some(leg) = leg {
            self.legs.insert(name, leg);
            self.on_leg(name, now, |_, _| {});
        }
    }

    fn note_later(&mut self, id: LegId, at: Instant, now: Instant) {
        self.deadlines.remove(&(at, id));
        if let Some(leg) = self.legs.get_mut(&id) {
            let later = now + T1;
            leg.noted = Some(later);
            self.deadlines.insert((later, id));
        }
    }

    fn on_refer(&mut self, refer: ReferId, now: Instant, act: impl FnOnce(&mut Leg, &mut Desk)) {
        if let Some(leg) = self.desk.refers.get(&refer).copied() {
            self.on_leg(leg, now, act);
        }
    }

    /// Progress or the verdict of a transfer, for its transferor and for whoever follows it.
    fn tell(&mut self, refer: ReferId, code: u16, reason: Option<String>, now: Instant) {
        if !(100..=699).contains(&code) {
            return;
        }
        let reason = safe(reason).unwrap_or_else(|| status::reason(code).to_string());
        let status = Status { code, reason };
        let own = status.clone();
        self.on_refer(refer, now, |leg, _| leg.notify(refer, own));
        for watcher in self.desk.kept.tell(refer, &status, now) {
            let status = status.clone();
            self.on_leg(watcher, now, |leg, _| leg.notify(refer, status));
        }
    }

    /// A REFER outside any dialog wants the call of the leg `about` transferred.
    fn adopt_refer(&mut self, transaction: TransactionId, about: LegId, arrival: Arrival) {
        let Some((server, request)) = self.desk.take_question(transaction) else {
            return;
        };
        let now = arrival.now;
        let up = self.legs.get(&about).is_some_and(Leg::is_up);
        match refer::read(&request) {
            _ if !up => self.desk.answer(server, &request, 481, now),
            Err(refusal) => {
                let tag = self.desk.dice.token(8);
                let verdict = (refusal.code, Some(refusal.reason));
                self.desk
                    .refuse(server, &request, verdict, Headers::new(), &tag, now);
            }
            Ok(referral) => {
                let name = LegId(self.desk.deal());
                let asked = (request, referral);
                let leg = watch::refer(&mut self.desk, (name, about), server, asked, arrival);
                self.admit(name, leg, now);
            }
        }
    }

    fn question_answered(&mut self, leg: Option<LegId>, now: Instant) {
        if let Some(leg) = leg {
            self.on_leg(leg, now, |leg, _| {
                leg.questions = leg.questions.saturating_sub(1);
            });
        }
    }

    fn offer(&mut self, leg: LegId, body: Body, now: Instant) {
        match self.legs.contains_key(&leg) {
            true => self.on_leg(leg, now, |leg, _| leg.offer(body)),
            false => self.desk.event(Event::OfferRefused { leg, code: 481 }),
        }
    }
}

/// A reason phrase that may go on the wire.
fn safe(reason: Option<String>) -> Option<String> {
    reason.filter(|reason| crate::sip::message::headers::is_safe_value(reason))
}
