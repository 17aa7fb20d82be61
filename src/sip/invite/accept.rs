//! Being called (RFC 3261 §13.3): whatever the layers above say of ringing, one final response, and the
//! 2xx until its ACK. The transaction has said 100 by itself.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::repeat::Repeat;
use super::{Leg, Up, Usage, introduce, refresh};
use crate::base::LegId;
use crate::sip::dialog::{Dialog, Key};
use crate::sip::message::{Body, Headers, Name, Request, Response};
use crate::sip::stack::desk::{Desk, theirs};
use crate::sip::stack::{Ending, Event, body};
use crate::sip::transaction::ServerId;
use crate::sip::transport::Flow;

/// A provisional response is repeated so often that no proxy on the way gives up (§13.3.1.1).
const STILL_HERE: Duration = Duration::from_secs(60);

/// More reliable responses than this never wait for their PRACK.
const MOST_WAITING: usize = 8;

/// An INVITE of the peer's without a final response.
pub(super) struct Ringing {
    pub(super) server: ServerId,
    pub(super) invite: Request,
    /// The peer requires 100rel (RFC 3262 §3).
    reliably: bool,
    /// The RSeq of the last reliable response.
    pub(super) rseq: u32,
    /// The reliable response that waits for its PRACK.
    pub(super) unconfirmed: Option<Repeat>,
    /// What goes after that PRACK, in order.
    waiting: VecDeque<Response>,
    /// Offer and answer are exchanged in reliable responses and PRACKs already.
    settled: bool,
    /// A reliable response carries our offer, so its PRACK carries the answer.
    pub(super) offered: bool,
    /// The 2xx that waits for a PRACK (RFC 3262 §3: where the response before it carries SDP).
    held: Option<(Headers, Option<Body>)>,
    /// The last unreliable response, and when it goes again.
    still: Option<(Response, Instant)>,
}

impl Ringing {
    pub(super) fn is_settled(&self) -> bool {
        self.settled && self.unconfirmed.is_none()
    }

    /// What the PRACK for the last reliable response says.
    pub(super) fn rack(&self) -> String {
        let cseq = self.invite.headers.cseq().map_or(0, |cseq| cseq.number);
        format!("{} {cseq} INVITE", self.rseq)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let unconfirmed = self.unconfirmed.as_ref().map(Repeat::next_deadline);
        let still = self.still.as_ref().map(|(_, at)| *at);
        unconfirmed.into_iter().chain(still).min()
    }
}

impl Leg {
    /// An INVITE outside any dialog, fit to be answered. `None` where it cannot make a dialog.
    pub fn incoming(
        desk: &mut Desk,
        id: LegId,
        server: ServerId,
        request: Request,
        flow: Flow,
    ) -> Option<Leg> {
        let tag = desk.dice.token(8);
        let user = request.uri.user().unwrap_or_default();
        let contact = desk.contact(flow, &user);
        let dialog = Dialog::callee(&request, &tag, contact, flow).ok()?;
        let ringing = Ringing {
            server,
            reliably: request.headers.has_token(&Name::Require, "100rel"),
            rseq: 1 + desk.dice.below(1 << 16) as u32,
            unconfirmed: None,
            waiting: VecDeque::new(),
            settled: false,
            offered: false,
            held: None,
            still: None,
            invite: request.clone(),
        };
        let mut leg = Leg::new(id, Usage::Ringing(Box::new(ringing)), false);
        leg.read_abilities(&request.headers);
        desk.invites.insert(server, id);
        leg.know(desk, dialog.key());
        leg.dialog = Some(dialog);
        desk.event(Event::Incoming {
            leg: id,
            request: Box::new(request),
            flow,
        });
        Some(leg)
    }

    /// Says something before the answer.
    pub fn progress(
        &mut self,
        desk: &mut Desk,
        code: u16,
        headers: Headers,
        body: Option<Body>,
        now: Instant,
    ) {
        let (Usage::Ringing(ringing), Some(dialog), 101..=199) =
            (&mut self.usage, &self.dialog, code)
        else {
            return;
        };
        let mut response = desk.response(&ringing.invite, code, None, dialog.local_tag());
        introduce(&mut response, &ringing.invite, dialog.contact());
        response.headers.append(theirs(headers));
        let response = response.with_body(body.clone());
        if ringing.reliably {
            if body.is_some() {
                self.local_body = body;
            }
            if ringing.waiting.len() < MOST_WAITING {
                ringing.waiting.push_back(response);
            }
            return self.say_reliably(desk, now);
        }
        desk.transactions
            .respond(ringing.server, response.clone(), now);
        ringing.still = Some((response, now + STILL_HERE));
    }

    /// Sends the next reliable response, one at a time (RFC 3262 §3).
    pub(super) fn say_reliably(&mut self, desk: &mut Desk, now: Instant) {
        let Usage::Ringing(ringing) = &mut self.usage else {
            return;
        };
        if ringing.unconfirmed.is_some() {
            return;
        }
        let Some(mut response) = ringing.waiting.pop_front() else {
            return;
        };
        ringing.rseq += 1;
        response.headers.push(Name::Require, "100rel");
        response.headers.push(Name::Rseq, ringing.rseq.to_string());
        if !response.body.is_empty() && !ringing.settled {
            ringing.settled = true;
            ringing.offered = ringing.invite.body.is_empty();
        }
        let (server, invite) = (ringing.server, &ringing.invite);
        ringing.unconfirmed = Some(Repeat::provisional(desk, server, invite, response, now));
    }

    /// 200, at once or after the PRACK that it must wait for.
    pub fn answer(&mut self, desk: &mut Desk, headers: Headers, body: Option<Body>, now: Instant) {
        let (Usage::Ringing(ringing), Some(dialog)) = (&mut self.usage, &self.dialog) else {
            return;
        };
        let described = |repeat: &Repeat| !repeat.response.body.is_empty();
        if ringing.unconfirmed.as_ref().is_some_and(described) {
            ringing.held = Some((headers, body));
            return;
        }
        let mut response = desk.response(&ringing.invite, 200, None, dialog.local_tag());
        introduce(&mut response, &ringing.invite, dialog.contact());
        if let Some((timer, headers)) = refresh::grant(&ringing.invite, &desk.settings, None, now) {
            response.headers.append(headers);
            self.timer = Some(timer);
        }
        response.headers.append(theirs(headers));
        // Where reliable responses have settled the session, the 2xx can only repeat it.
        let body = match ringing.settled {
            true => self.local_body.clone(),
            false => body,
        };
        if body.is_some() {
            self.local_body = body.clone();
        }
        let (server, invite) = (ringing.server, &ringing.invite);
        let response = response.with_body(body);
        desk.invites.remove(&server);
        let late_rack = ringing.unconfirmed.is_some().then(|| ringing.rack());
        let answer = Some(Repeat::answer(desk, server, invite, response, now));
        self.usage = Usage::Up(Up {
            answer,
            hangup: None,
            late_rack,
        });
    }

    /// The PRACK that the answer waited for came.
    pub(super) fn answer_what_was_held(&mut self, desk: &mut Desk, now: Instant) {
        if let Usage::Ringing(ringing) = &mut self.usage
            && ringing.unconfirmed.is_none()
            && let Some((headers, body)) = ringing.held.take()
        {
            self.answer(desk, headers, body, now);
        }
    }

    /// 300–699 instead of an answer.
    pub fn reject(
        &mut self,
        desk: &mut Desk,
        code: u16,
        reason: Option<&str>,
        headers: Headers,
        now: Instant,
    ) {
        let Usage::Ringing(ringing) = &mut self.usage else {
            return;
        };
        let code = if (300..700).contains(&code) {
            code
        } else {
            500
        };
        let server = ringing.server;
        desk.invites.remove(&server);
        let tag = self
            .dialog
            .as_ref()
            .map_or_else(String::new, |dialog| dialog.local_tag().to_string());
        let headers = theirs(headers);
        desk.refuse(server, &ringing.invite, (code, reason), headers, &tag, now);
        self.usage = Usage::Over;
        self.drop_exchange_at(desk, now);
    }

    /// CANCEL came; it is answered already.
    pub fn handle_cancelled(
        &mut self,
        desk: &mut Desk,
        id: ServerId,
        cancel: &Request,
        now: Instant,
    ) {
        match &self.usage {
            Usage::Ringing(ringing) if ringing.server == id => {
                let mut headers = Headers::new();
                for reason in cancel.headers.all(&Name::Reason) {
                    headers.push(Name::Reason, reason.clone());
                }
                self.reject(desk, 487, None, Headers::new(), now);
                desk.event(Event::Ended {
                    leg: self.id,
                    ending: Ending::Cancelled { headers },
                });
            }
            // The final response was faster, or it is a re-INVITE's.
            _ => self.handle_change_cancelled(desk, id, now),
        }
    }

    /// ACK for a 2xx of ours.
    pub fn handle_ack(&mut self, desk: &mut Desk, mut ack: Request, now: Instant) {
        let Ok(cseq) = ack.headers.cseq() else {
            return;
        };
        // What cannot be read is no answer.
        let readable = body::settle(&mut ack).is_ok();
        let body = ack.body().filter(|_| readable);
        let Usage::Up(up) = &mut self.usage else {
            return;
        };
        match &up.answer {
            Some(answer) if answer.cseq == cseq.number => {
                up.answer = None;
                let hangup = up.hangup.take();
                desk.event(Event::Confirmed { leg: self.id, body });
                if let Some(headers) = hangup {
                    self.bye(desk, headers, now);
                }
            }
            _ => self.handle_change_acked(desk, cseq.number, body),
        }
    }

    pub(super) fn handle_accept_timeout(&mut self, desk: &mut Desk, now: Instant) {
        match &mut self.usage {
            Usage::Ringing(ringing) => {
                if let Some((response, at)) = &mut ringing.still
                    && *at <= now
                {
                    desk.transactions
                        .respond(ringing.server, response.clone(), now);
                    *at = now + STILL_HERE;
                }
                if let Some(repeat) = &mut ringing.unconfirmed
                    && !repeat.handle_timeout(desk, now)
                {
                    self.reject(desk, 504, None, Headers::new(), now);
                    desk.event(Event::Ended {
                        leg: self.id,
                        ending: Ending::Lost {
                            code: 504,
                            reason: "No PRACK",
                        },
                    });
                }
            }
            Usage::Up(up) => {
                if let Some(answer) = &mut up.answer
                    && !answer.handle_timeout(desk, now)
                {
                    up.answer = None;
                    match up.hangup.take() {
                        Some(headers) => self.bye(desk, headers, now),
                        None => {
                            let ending = Ending::Lost {
                                code: 408,
                                reason: "No ACK",
                            };
                            self.lose(desk, ending, now);
                        }
                    }
                }
            }
            // Nothing of the callee's runs here.
            Usage::Calling(_) | Usage::Cancelling(_) | Usage::Closing | Usage::Over => {}
        }
    }

    /// Whether the early dialog of that key may carry another offer.
    pub(super) fn fork_is_settled(&self, key: &Key) -> bool {
        match &self.usage {
            Usage::Calling(calling) => calling
                .forks
                .iter()
                .any(|fork| fork.settled && fork.dialog.key() == *key),
            _ => false,
        }
    }
}
