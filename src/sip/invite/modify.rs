//! Offers and answers after the first (RFC 3261 §14, RFC 3311, RFC 6141): re-INVITE and UPDATE both ways,
//! their glare, and the offers that come in other clothes: in a 2xx that waits for our ACK, and in
//! reliable provisional responses (RFC 3262 §5).
//!
//! ```text
//!  Idle ──Offer, refresh──▶ Ours ──2xx, refused──▶ Idle
//!   │                        └──491, 500 with Retry-After──▶ Waiting ──▶ Ours
//!   └──re-INVITE, UPDATE, PRACK──▶ Theirs ──AnswerOffer──▶ Idle, or Unacked ──ACK──▶ Idle
//! ```

use std::time::{Duration, Instant};

use super::repeat::Repeat;
use super::{Arrival, Leg, Usage, refresh};
use crate::sip::dialog::Key;
use crate::sip::message::{Body, Headers, Method, Name, Request};
use crate::sip::stack::desk::{ALLOW, Desk, Errand, Heard, Purpose, SUPPORTED};
use crate::sip::stack::{Ending, Event, OfferId, body};
use crate::sip::transaction::ServerId;

/// How often an offer is tried in vain before it counts as refused.
const MOST_TRIES: u8 = 6;

/// Where offer and answer stand.
pub(super) enum Exchange {
    Idle,
    /// A re-INVITE or UPDATE of ours waits for its answer.
    Ours {
        change: Change,
        tries: u8,
    },
    /// The peer was busy with an offer of its own; ours goes again (§14.1).
    Waiting {
        at: Instant,
        change: Change,
        tries: u8,
    },
    /// The peer's offer waits for the layers above.
    Theirs {
        offer: OfferId,
        theirs: Box<Theirs>,
    },
    /// Our 200 to the peer's re-INVITE waits for its ACK.
    Unacked {
        repeat: Repeat,
        /// Our 200 made the offer, so the ACK answers it.
        offered: bool,
    },
}

/// A change of the session that we want.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Offer(Body),
    /// The session as it is, once more (RFC 4028).
    Refresh,
}

/// How an offer of the peer's came, and so how it is answered.
pub(super) enum Theirs {
    /// In a re-INVITE, UPDATE or PRACK.
    Request {
        server: ServerId,
        request: Box<Request>,
        flow: crate::sip::transport::Flow,
    },
    /// In the 2xx to our INVITE without offer: answered in the ACK.
    Answer { cseq: u32, until: Instant },
    /// In a reliable 1xx to our INVITE without offer: answered in the PRACK.
    Early { fork: u32, rack: String },
}

impl Exchange {
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        match self {
            Exchange::Waiting { at, .. } => Some(*at),
            Exchange::Unacked { repeat, .. } => Some(repeat.next_deadline()),
            Exchange::Theirs { theirs, .. } => match &**theirs {
                Theirs::Answer { until, .. } => Some(*until),
                // The peer's own transaction runs out first.
                Theirs::Request { .. } | Theirs::Early { .. } => None,
            },
            Exchange::Idle | Exchange::Ours { .. } => None,
        }
    }
}

impl Leg {
    // Changes of ours.

    /// The layers above want another session; the newest offer wins where several wait.
    pub fn offer(&mut self, body: Body) {
        self.wanted = Some(body);
    }

    /// Sends the offer that waits, when it may go.
    pub(super) fn offer_what_waits(&mut self, desk: &mut Desk, now: Instant) {
        let settled = matches!(&self.usage, Usage::Up(up) if up.answer.is_none());
        if settled
            && matches!(self.exchange, Exchange::Idle)
            && let Some(body) = self.wanted.take()
        {
            self.change(desk, Change::Offer(body), now);
        }
    }

    /// Starts a change of ours unless another is under way: then an offer waits, and a refresh has
    /// happened by it.
    pub(super) fn change(&mut self, desk: &mut Desk, change: Change, now: Instant) {
        let settled = matches!(&self.usage, Usage::Up(up) if up.answer.is_none());
        if settled && matches!(self.exchange, Exchange::Idle) {
            self.send_change(desk, change, 1, now);
        } else if let Change::Offer(body) = change {
            self.wanted = Some(body);
        }
    }

    fn send_change(&mut self, desk: &mut Desk, change: Change, tries: u8, now: Instant) {
        let (method, body) = match &change {
            Change::Offer(body) => (Method::Invite, Some(body.clone())),
            Change::Refresh if self.peer_updates => (Method::Update, None),
            Change::Refresh => (Method::Invite, self.local_body.clone()),
        };
        let timer = self.timer.clone();
        let min_se_s = desk.settings.min_se_s;
        self.exchange = Exchange::Ours { change, tries };
        let fill = |mut request: Request| {
            request.headers.push(Name::Allow, ALLOW);
            request.headers.push(Name::Supported, SUPPORTED);
            if let Some(timer) = timer {
                timer.write(&mut request.headers, min_se_s);
            }
            request.with_body(body)
        };
        self.send(desk, Purpose::Change, method, fill, now);
    }

    /// The answer to our re-INVITE or UPDATE.
    pub(super) fn handle_changed(
        &mut self,
        desk: &mut Desk,
        errand: &Errand,
        heard: Heard,
        now: Instant,
    ) {
        self.change_ends = None;
        let is_invite = errand.request.method == Method::Invite;
        let cseq = errand.request.headers.cseq().map_or(0, |cseq| cseq.number);
        let code = heard.code();
        if is_invite && (200..300).contains(&code) {
            self.acknowledge(desk, cseq, None, now);
        }
        let (change, tries) = match std::mem::replace(&mut self.exchange, Exchange::Idle) {
            Exchange::Ours { change, tries } => (change, tries),
            other => {
                // The call ended meanwhile.
                self.exchange = other;
                return;
            }
        };
        if !self.is_up() {
            return;
        }
        match code {
            200..=299 => {
                let answer = heard.response().and_then(|response| response.body());
                if let Some(response) = heard.response() {
                    self.read_abilities(&response.headers);
                    let ours = self.timer.as_ref().is_none_or(|timer| timer.is_ours());
                    let granted = refresh::granted(&response.headers, ours, now);
                    self.timer = granted.or_else(|| self.timer.take().map(|timer| timer.anew(now)));
                }
                if let Change::Offer(body) = change {
                    self.local_body = Some(body);
                    desk.event(Event::OfferAnswered {
                        leg: self.id,
                        body: answer,
                    });
                }
            }
            491 | 500 | 503 if tries < MOST_TRIES => {
                match self.pause(desk, code, heard.response().map(|r| &r.headers)) {
                    Some(pause) => {
                        self.exchange = Exchange::Waiting {
                            at: now + pause,
                            change,
                            tries: tries + 1,
                        };
                    }
                    None => self.refused(desk, change, code),
                }
            }
            422 if tries < MOST_TRIES => {
                let least_s = heard.response().and_then(|r| refresh::least(&r.headers));
                match (&self.timer, least_s) {
                    (Some(timer), Some(least_s)) => {
                        self.timer = Some(timer.at_least(least_s, now));
                        self.send_change(desk, change, tries + 1, now);
                    }
                    (None, _) | (_, None) => self.refused(desk, change, code),
                }
            }
            405 | 501 if !is_invite => {
                self.peer_updates = false;
                self.send_change(desk, change, tries, now);
            }
            // The dialog is gone at the peer (§12.2.1.2, RFC 5057 §5.1).
            404 | 408 | 410 | 416 | 481..=485 | 502 | 604 => {
                let reason = "Dialog Gone";
                self.lose(desk, Ending::Lost { code, reason }, now);
            }
            _ => self.refused(desk, change, code),
        }
    }

    /// The session stays as it was (§14.1).
    fn refused(&mut self, desk: &mut Desk, change: Change, code: u16) {
        match change {
            Change::Offer(_) => desk.event(Event::OfferRefused { leg: self.id, code }),
            // The timer tries again, or runs out.
            Change::Refresh => {}
        }
    }

    /// How long to wait after a refusal for now; `None` where it was for good.
    fn pause(&self, desk: &mut Desk, code: u16, headers: Option<&Headers>) -> Option<Duration> {
        let retry_after = headers
            .and_then(|headers| headers.text(&Name::RetryAfter))
            .and_then(|value| value.split([';', '(', ' ']).next()?.parse().ok());
        match (code, retry_after, self.caller) {
            // Whoever owns the Call-ID waits longer, in steps of 10 ms.
            (491, _, true) => Some(Duration::from_millis(2100 + 10 * desk.dice.below(191))),
            (491, _, false) => Some(Duration::from_millis(10 * desk.dice.below(201))),
            (_, Some(seconds @ 0..=32), _) => Some(Duration::from_secs(seconds)),
            _ => None,
        }
    }

    // Changes of the peer's.

    /// A re-INVITE in the call.
    pub(super) fn handle_reinvite(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        mut request: Request,
        Arrival { flow, now }: Arrival,
    ) {
        let tag = self.tag();
        match &self.usage {
            Usage::Up(up) if up.answer.is_none() => {}
            Usage::Up(_) | Usage::Ringing(_) => return self.later(desk, server, &request, now),
            Usage::Calling(_) => {
                return desk.refuse(server, &request, (491, None), Headers::new(), &tag, now);
            }
            Usage::Cancelling(_) | Usage::Closing | Usage::Over => {
                return desk.refuse(server, &request, (481, None), Headers::new(), &tag, now);
            }
        }
        if let Err(refusal) = body::settle(&mut request) {
            return desk.refuse(
                server,
                &request,
                (refusal.code, None),
                refusal.headers,
                &tag,
                now,
            );
        }
        if !self.may_offer(desk, server, &request, now) {
            return;
        }
        desk.invites.insert(server, self.id);
        self.take_offer(desk, server, request, flow);
    }

    /// An UPDATE: a refresh is answered here, an offer above (RFC 3311 §5.2).
    pub(super) fn handle_update(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        mut request: Request,
        Arrival { flow, now }: Arrival,
    ) {
        let tag = self.tag();
        let open = match &self.usage {
            Usage::Up(_) => true,
            Usage::Calling(_) | Usage::Ringing(_) => true,
            Usage::Cancelling(_) | Usage::Closing | Usage::Over => false,
        };
        if !open {
            return desk.refuse(server, &request, (481, None), Headers::new(), &tag, now);
        }
        if let Err(refusal) = body::settle(&mut request) {
            return desk.refuse(
                server,
                &request,
                (refusal.code, None),
                refusal.headers,
                &tag,
                now,
            );
        }
        if request.body.is_empty() {
            if self.refuse_interval(desk, server, &request, now) {
                return;
            }
            self.retarget(&request, flow);
            return self.accept_change(desk, server, &request, None, now);
        }
        let settled = match &self.usage {
            Usage::Calling(_) => match Key::of_request(&request) {
                Some(key) => self.fork_is_settled(&key),
                None => false,
            },
            Usage::Ringing(ringing) => ringing.is_settled(),
            _ => true,
        };
        match (&self.usage, settled) {
            // Our first offer is not answered yet.
            (Usage::Calling(_), false) => {
                desk.refuse(server, &request, (491, None), Headers::new(), &tag, now);
            }
            // Its first offer is not answered yet.
            (_, false) => self.later(desk, server, &request, now),
            (_, true) => {
                if self.may_offer(desk, server, &request, now) {
                    self.take_offer(desk, server, request, flow);
                }
            }
        }
    }

    /// Refuses an offer that meets another (§14.2), or asks for a shorter interval than we allow.
    fn may_offer(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: &Request,
        now: Instant,
    ) -> bool {
        match &self.exchange {
            Exchange::Idle => {}
            // The peer was first; our offer waits for the end of this one.
            Exchange::Waiting { change, .. } => {
                if let (Change::Offer(body), None) = (change, &self.wanted) {
                    self.wanted = Some(body.clone());
                }
                self.exchange = Exchange::Idle;
            }
            Exchange::Ours { .. } => {
                let tag = self.tag();
                desk.refuse(server, request, (491, None), Headers::new(), &tag, now);
                return false;
            }
            Exchange::Theirs { .. } | Exchange::Unacked { .. } => {
                self.later(desk, server, request, now);
                return false;
            }
        }
        !self.refuse_interval(desk, server, request, now)
    }

    fn refuse_interval(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: &Request,
        now: Instant,
    ) -> bool {
        let Some(least_s) = refresh::too_short(request, &desk.settings) else {
            return false;
        };
        let mut headers = Headers::new();
        headers.push(Name::MinSe, least_s.to_string());
        let tag = self.tag();
        desk.refuse(server, request, (422, None), headers, &tag, now);
        true
    }

    /// 500 with Retry-After: one offer at a time (§14.2).
    fn later(&mut self, desk: &mut Desk, server: ServerId, request: &Request, now: Instant) {
        let mut headers = Headers::new();
        headers.push(Name::RetryAfter, desk.dice.below(11).to_string());
        let tag = self.tag();
        desk.refuse(server, request, (500, None), headers, &tag, now);
    }

    /// Hands the offer of a request up.
    pub(super) fn take_offer(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: Request,
        flow: crate::sip::transport::Flow,
    ) {
        let offer = request.body();
        let theirs = Theirs::Request {
            server,
            request: Box::new(request),
            flow,
        };
        self.raise_offer(desk, theirs, offer);
    }

    pub(super) fn raise_offer(&mut self, desk: &mut Desk, theirs: Theirs, body: Option<Body>) {
        let offer = OfferId(desk.deal());
        desk.offers.insert(offer, self.id);
        self.exchange = Exchange::Theirs {
            offer,
            theirs: Box::new(theirs),
        };
        desk.event(Event::Offered {
            leg: self.id,
            offer,
            body,
        });
    }

    /// The layers above answered an offer.
    pub fn answer_offer(
        &mut self,
        desk: &mut Desk,
        id: OfferId,
        outcome: Result<Option<Body>, u16>,
        now: Instant,
    ) {
        let theirs = match std::mem::replace(&mut self.exchange, Exchange::Idle) {
            Exchange::Theirs { offer, theirs } if offer == id => theirs,
            other => {
                // Cancelled or over meanwhile.
                self.exchange = other;
                return;
            }
        };
        desk.offers.remove(&id);
        match (*theirs, outcome) {
            (
                Theirs::Request {
                    server,
                    request,
                    flow,
                },
                Ok(body),
            ) => {
                desk.invites.remove(&server);
                self.retarget(&request, flow);
                self.accept_change(desk, server, &request, body, now);
            }
            (
                Theirs::Request {
                    server, request, ..
                },
                Err(code),
            ) => {
                desk.invites.remove(&server);
                let code = if (300..700).contains(&code) {
                    code
                } else {
                    488
                };
                let mut headers = Headers::new();
                if code == 500 {
                    headers.push(Name::RetryAfter, desk.dice.below(11).to_string());
                }
                let tag = self.tag();
                desk.refuse(server, &request, (code, None), headers, &tag, now);
            }
            (Theirs::Answer { cseq, .. }, Ok(body)) => {
                if body.is_some() {
                    self.local_body = body.clone();
                }
                self.acknowledge(desk, cseq, body, now);
            }
            (Theirs::Answer { cseq, .. }, Err(code)) => {
                self.abandon_answer(desk, cseq, code, now);
            }
            (Theirs::Early { fork, rack }, outcome) => {
                let body = outcome.unwrap_or_default();
                if body.is_some() {
                    self.local_body = body.clone();
                }
                self.send_prack(desk, fork, rack, body, now);
            }
        }
    }

    /// 200 to a re-INVITE, UPDATE or PRACK.
    fn accept_change(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        request: &Request,
        body: Option<Body>,
        now: Instant,
    ) {
        let Some(dialog) = &self.dialog_of(request) else {
            return;
        };
        let (contact, tag) = (dialog.contact().to_string(), dialog.local_tag().to_string());
        let mut response = desk.response(request, 200, None, &tag);
        if request.method != Method::Prack {
            super::introduce(&mut response, request, &contact);
            let running = self.timer.as_ref();
            if let Some((timer, headers)) = refresh::grant(request, &desk.settings, running, now) {
                response.headers.append(headers);
                self.timer = Some(timer);
            }
        }
        if request.method != Method::Invite {
            if body.is_some() {
                self.local_body = body.clone();
            }
            desk.transactions
                .respond(server, response.with_body(body), now);
            return;
        }
        // Where the layers above have nothing new to say, what we said last holds.
        let body = body.or_else(|| self.local_body.clone());
        self.local_body = body.clone();
        let response = response.with_body(body);
        let repeat = Repeat::answer(desk, server, request, response, now);
        self.exchange = Exchange::Unacked {
            repeat,
            offered: request.body.is_empty(),
        };
    }

    /// The ACK for our 200 to a re-INVITE.
    pub(super) fn handle_change_acked(&mut self, desk: &mut Desk, cseq: u32, body: Option<Body>) {
        match &self.exchange {
            Exchange::Unacked { repeat, offered } if repeat.cseq == cseq => {
                if *offered {
                    desk.event(Event::OfferAnswered { leg: self.id, body });
                }
                self.exchange = Exchange::Idle;
            }
            // Of an earlier one, again.
            _ => {}
        }
    }

    /// The peer cancelled its re-INVITE: 487, and the session stays as it was.
    pub(super) fn handle_change_cancelled(&mut self, desk: &mut Desk, id: ServerId, now: Instant) {
        if let Exchange::Theirs { offer, theirs } = &self.exchange
            && let Theirs::Request {
                server, request, ..
            } = &**theirs
            && *server == id
        {
            let tag = self.tag();
            desk.refuse(id, request, (487, None), Headers::new(), &tag, now);
            desk.offers.remove(offer);
            self.exchange = Exchange::Idle;
        }
    }

    /// A re-INVITE of ours that only ever got provisional responses is cancelled (§14.1); so is one whose
    /// call has ended and whose refusal was lost.
    pub(super) fn handle_change_end(&mut self, desk: &mut Desk, now: Instant) {
        if let Some((client, at)) = self.change_ends
            && at <= now
        {
            self.change_ends = None;
            desk.cancel(client, None, now);
        }
    }

    pub(super) fn handle_change_timeout(&mut self, desk: &mut Desk, now: Instant) {
        match &mut self.exchange {
            Exchange::Waiting { at, change, tries } if *at <= now => {
                let (change, tries) = (change.clone(), *tries);
                self.send_change(desk, change, tries, now);
            }
            Exchange::Unacked { repeat, .. } => {
                if !repeat.handle_timeout(desk, now) {
                    let ending = Ending::Lost {
                        code: 408,
                        reason: "No ACK",
                    };
                    self.lose(desk, ending, now);
                }
            }
            Exchange::Theirs { offer, theirs } => {
                if let Theirs::Answer { cseq, until } = **theirs
                    && until <= now
                {
                    desk.offers.remove(offer);
                    self.abandon_answer(desk, cseq, 408, now);
                }
            }
            Exchange::Idle | Exchange::Waiting { .. } | Exchange::Ours { .. } => {}
        }
    }

    /// Ends whatever was under way with the call: a re-INVITE of the peer's gets 487, a 2xx its ACK.
    pub(super) fn drop_exchange_at(&mut self, desk: &mut Desk, now: Instant) {
        let tag = self.tag();
        if let Exchange::Theirs { theirs, .. } = &self.exchange {
            match &**theirs {
                Theirs::Request {
                    server, request, ..
                } => {
                    desk.invites.remove(server);
                    desk.refuse(*server, request, (487, None), Headers::new(), &tag, now);
                }
                // Every 2xx is acknowledged (§13.2.2.4).
                Theirs::Answer { cseq, .. } => self.acknowledge(desk, *cseq, None, now),
                // The reliable response ends with its INVITE.
                Theirs::Early { .. } => {}
            }
        }
        self.drop_exchange(desk);
    }

    pub(super) fn drop_exchange(&mut self, desk: &mut Desk) {
        if let Exchange::Theirs { offer, .. } = &self.exchange {
            desk.offers.remove(offer);
        }
        self.exchange = Exchange::Idle;
    }
}

/// How long a re-INVITE of ours may go without a final response.
pub(super) const LONGEST_CHANGE: Duration = Duration::from_secs(60);

/// The most that [`Theirs::Answer`] waits.
pub(super) const ANSWER_LIFE: Duration = Duration::from_secs(16);
