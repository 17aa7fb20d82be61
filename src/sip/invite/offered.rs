//! Offers of the peer's (RFC 3261 §14.2, RFC 3311 §5.2, RFC 3262 §5): what meets another is refused for now,
//! the rest goes up and is answered as it came.

use std::time::Instant;

use super::modify::{Change, Exchange, Theirs};
use super::repeat::Repeat;
use super::{Arrival, Leg, Usage, refresh};
use crate::sip::dialog::Key;
use crate::sip::message::{Body, Headers, Method, Name, Request};
use crate::sip::stack::desk::Desk;
use crate::sip::stack::{Event, OfferId, body};
use crate::sip::transaction::ServerId;
use crate::sip::transport::Flow;

impl Leg {
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
            // The peer was first. An offer of ours that went before its own is stale after it: whoever made
            // it makes another (RFC 3264 §8).
            Exchange::Waiting { change, .. } => {
                if let Change::Offer(_) = change {
                    let (leg, code) = (self.id, 491);
                    desk.event(Event::OfferRefused { leg, code });
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
        flow: Flow,
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
