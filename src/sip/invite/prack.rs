//! Reliable provisional responses (RFC 3262): PRACK for those of the peer's, and the PRACK for ours.

use std::time::Instant;

use super::modify::{Exchange, Theirs};
use super::{Arrival, Leg, Usage};
use crate::sip::dialog::Hop;
use crate::sip::message::{Body, Headers, Method, Name, Request, Response};
use crate::sip::stack::desk::{Desk, Errand, Purpose, Whose};
use crate::sip::stack::{Event, body};
use crate::sip::transaction::ServerId;

/// What a provisional response of the peer's is.
pub(super) enum Reliability {
    /// Unreliable: nothing to confirm.
    None,
    /// A repeat, or one that overtook another: the peer sends it again in time (§4).
    Stale,
    /// To be confirmed with this RAck.
    Fresh { rack: String, offers: bool },
}

impl Leg {
    // As caller.

    /// Judges a provisional response in the early dialog `index`.
    pub(super) fn judge_reliable(
        &mut self,
        index: usize,
        errand: &Errand,
        response: &Response,
    ) -> Reliability {
        let Usage::Calling(calling) = &mut self.usage else {
            return Reliability::Stale;
        };
        let Some(fork) = calling.forks.get_mut(index) else {
            return Reliability::Stale;
        };
        let rseq = response
            .headers
            .text(&Name::Rseq)
            .filter(|_| response.headers.has_token(&Name::Require, "100rel"))
            .and_then(|value| value.trim().parse::<u32>().ok());
        let Some(rseq) = rseq else {
            return Reliability::None;
        };
        if fork
            .rseq
            .is_some_and(|last| last.checked_add(1) != Some(rseq))
        {
            return Reliability::Stale;
        }
        fork.rseq = Some(rseq);
        let described = !response.body.is_empty();
        let offers = described && errand.request.body.is_empty() && !fork.settled;
        fork.settled |= described;
        let cseq = errand.request.headers.cseq().map_or(1, |cseq| cseq.number);
        Reliability::Fresh {
            rack: format!("{rseq} {cseq} INVITE"),
            offers,
        }
    }

    /// Confirms it: at once, or where it offers with the answer of the layers above.
    pub(super) fn confirm_reliable(
        &mut self,
        desk: &mut Desk,
        fork: u32,
        (rack, offer): (String, Option<Body>),
        now: Instant,
    ) {
        match (offer, &self.exchange) {
            (Some(offer), Exchange::Idle) => {
                self.raise_offer(desk, Theirs::Early { fork, rack }, Some(offer));
            }
            // One offer at a time; another fork's goes without an answer.
            (Some(_), _) | (None, _) => self.send_prack(desk, fork, rack, None, now),
        }
    }

    pub(super) fn send_prack(
        &mut self,
        desk: &mut Desk,
        fork: u32,
        rack: String,
        body: Option<Body>,
        now: Instant,
    ) {
        let Usage::Calling(calling) = &mut self.usage else {
            return;
        };
        let Some(fork) = calling.forks.iter_mut().find(|f| f.number == fork) else {
            return;
        };
        let mut prack = fork.dialog.request(Method::Prack);
        prack.headers.push(Name::Rack, rack);
        let hop: Hop = fork.dialog.hop();
        let whose = Whose::Leg(self.id, Purpose::Prack);
        self.errands += 1;
        desk.send(Errand::new(whose, prack.with_body(body)), hop, now);
    }

    // As callee.

    /// The peer confirms a reliable response of ours (§3).
    pub(super) fn handle_prack(
        &mut self,
        desk: &mut Desk,
        server: ServerId,
        mut request: Request,
        Arrival { flow, now }: Arrival,
    ) {
        let tag = self.tag();
        let rack = request.headers.text(&Name::Rack).map(words);
        let ringing = match &mut self.usage {
            Usage::Ringing(ringing) => ringing,
            Usage::Up(up) if rack.is_some() && up.late_rack.as_deref().map(words) == rack => {
                up.late_rack = None;
                return desk.refuse(server, &request, (200, None), Headers::new(), &tag, now);
            }
            _ => return desk.refuse(server, &request, (481, None), Headers::new(), &tag, now),
        };
        if ringing.unconfirmed.is_none() || rack != Some(words(&ringing.rack())) {
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
        ringing.unconfirmed = None;
        let answers = std::mem::take(&mut ringing.offered);
        let offers = !request.body.is_empty() && !answers && ringing.is_settled();
        if offers && matches!(self.exchange, Exchange::Idle) {
            self.take_offer(desk, server, request, flow);
        } else {
            desk.refuse(server, &request, (200, None), Headers::new(), &tag, now);
            if answers {
                desk.event(Event::OfferAnswered {
                    leg: self.id,
                    body: request.body(),
                });
            }
        }
        self.say_reliably(desk, now);
        self.answer_what_was_held(desk, now);
    }
}

/// RAck compares by its three words.
fn words(rack: &str) -> Vec<String> {
    rack.split_whitespace().map(str::to_string).collect()
}
