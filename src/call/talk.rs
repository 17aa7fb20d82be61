//! A connected call: new offers and hold, INFO and MESSAGE, the end.

use super::{
    Across, Call, Effect, Effects, HeaderMap, News, State, description_of, headers, sdp_body,
};
use crate::base::Now;
use crate::sdp::Codec;
use crate::sip::message::{Body, Headers, Method, Request};
use crate::sip::stack::{Command, Event, OfferId, RequestId};

impl Call {
    pub(super) fn connected_hears(&mut self, event: Event, now: Now, out: &mut Effects) {
        match event {
            Event::Ended { ending, .. } => self.ended_by_peer(ending, now, out),
            Event::Offered { offer, body, .. } => self.answer_offer(offer, body, out),
            Event::Confirmed {
                body: Some(body), ..
            } => self.accept_answer(Some(body), out),
            Event::OfferAnswered { body, .. } => self.accept_answer(body, out),
            // What is still needed is asked for again once the peer has had its say.
            Event::OfferRefused { .. } => {
                if let State::Connected {
                    negotiation,
                    changing,
                    ..
                } = &mut self.state
                {
                    negotiation.roll_back();
                    *changing = false;
                }
            }
            // A plain ACK, and what belongs to another phase.
            _ => {}
        }
    }

    /// The peer offers anew, or asks us to.
    pub(super) fn answer_offer(&mut self, offer: OfferId, body: Option<Body>, out: &mut Effects) {
        let State::Connected {
            signalling,
            negotiation,
            codecs,
            takes,
            held,
            ..
        } = &mut self.state
        else {
            // An UPDATE before the answer changes nothing that we could have agreed on already.
            out.push(Effect::Sip(Command::AnswerOffer {
                offer,
                outcome: Err(500),
            }));
            return;
        };
        let Some(description) = description_of(body) else {
            let ours = negotiation.offer(codecs, false);
            out.push(Effect::Sip(Command::AnswerOffer {
                offer,
                outcome: Ok(Some(sdp_body(ours))),
            }));
            return;
        };
        let all = self.local.wanted.codecs();
        let met = negotiation
            .answer(&description, codecs, false)
            .or_else(|_| negotiation.answer(&description, all, false));
        match met {
            Ok((answer, media)) => {
                *takes = negotiation.codecs_of(&description);
                let was_held = std::mem::replace(held, media.held);
                let is_held = media.held;
                out.push(Effect::Sound {
                    media,
                    signalling: *signalling,
                });
                out.push(Effect::Sip(Command::AnswerOffer {
                    offer,
                    outcome: Ok(Some(sdp_body(answer))),
                }));
                match (was_held, is_held) {
                    (false, true) => out.push(Effect::News(News::Held)),
                    (true, false) => out.push(Effect::News(News::Resumed)),
                    (true, true) | (false, false) => {}
                }
            }
            Err(refusal) => {
                out.push(Effect::Sip(Command::AnswerOffer {
                    offer,
                    outcome: Err(refusal.code),
                }));
            }
        }
    }

    fn accept_answer(&mut self, body: Option<Body>, out: &mut Effects) {
        let State::Connected {
            signalling,
            negotiation,
            changing,
            ..
        } = &mut self.state
        else {
            return;
        };
        *changing = false;
        let Some(description) = description_of(body) else {
            negotiation.roll_back();
            return;
        };
        match negotiation.accept_answer(&description) {
            Ok(media) => out.push(Effect::Sound {
                media,
                signalling: *signalling,
            }),
            Err(refusal) => {
                negotiation.roll_back();
                out.push(Effect::News(News::Warning(format!(
                    "the peer's answer cannot be used: {refusal}"
                ))));
            }
        }
    }

    /// All that the peer is known to take, what was agreed first.
    pub fn takes(&self) -> Vec<Codec> {
        let mut takes = self.codecs();
        if let State::Connected { takes: known, .. } = &self.state {
            takes.extend(known.iter().copied());
        }
        let mut seen = Vec::new();
        takes.retain(|codec| {
            let new = !seen.contains(codec);
            seen.push(*codec);
            new
        });
        takes
    }

    /// Whether an offer with other codecs is on its way.
    pub fn is_changing(&self) -> bool {
        matches!(self.state, State::Connected { changing: true, .. })
    }

    /// Asks the peer to talk these codecs from now on (re-INVITE).
    pub fn change_codecs(&mut self, wanted: Vec<Codec>, out: &mut Effects) {
        if let State::Connected {
            leg,
            negotiation,
            codecs,
            changing,
            ..
        } = &mut self.state
        {
            *changing = true;
            let body = sdp_body(negotiation.offer(&wanted, false));
            *codecs = wanted;
            out.push(Effect::Sip(Command::Offer { leg: *leg, body }));
        }
    }

    /// INFO in the dialog; the answer comes as [`Event::Response`] and concerns nobody.
    pub fn send_info(
        &mut self,
        id: RequestId,
        mime_type: &str,
        body: &str,
        extra: &HeaderMap,
        out: &mut Effects,
    ) {
        if self.is_inner() {
            return self.tell_across(
                Across::Info {
                    mime_type: mime_type.to_string(),
                    body: body.to_string(),
                    headers: extra.clone(),
                },
                out,
            );
        }
        self.send_within(
            id,
            Method::Info,
            mime_type,
            body,
            headers::from_script(extra),
            out,
        );
    }

    /// MESSAGE in the dialog.
    pub fn send_message(&mut self, id: RequestId, text: &str, out: &mut Effects) {
        if self.is_inner() {
            let text = text.to_string();
            return self.tell_across(Across::Message { text }, out);
        }
        self.send_within(id, Method::Message, "text/plain", text, Headers::new(), out);
    }

    fn send_within(
        &mut self,
        id: RequestId,
        method: Method,
        mime_type: &str,
        body: &str,
        headers: Headers,
        out: &mut Effects,
    ) {
        if let State::Connected { leg, .. } = &self.state {
            out.push(Effect::Sip(Command::RequestWithin {
                id,
                leg: *leg,
                method,
                headers,
                body: Some(Body {
                    content_type: mime_type.to_string(),
                    bytes: body.to_string().into(),
                }),
            }));
        }
    }

    /// A request of the peer's inside the dialog; returns the code to answer it with.
    pub fn hear_request(&mut self, request: &Request, out: &mut Effects) -> u16 {
        let headers = headers::visible(&request.headers);
        let body = request.body();
        let text = body
            .as_ref()
            .map(|body| headers::lossy(&body.bytes))
            .unwrap_or_default();
        match request.method {
            Method::Info => {
                let mime_type = body.map(|body| body.content_type).unwrap_or_default();
                out.push(Effect::News(News::Info {
                    mime_type,
                    body: text,
                    headers,
                }));
                200
            }
            Method::Message => {
                out.push(Effect::News(News::Message { text, headers }));
                200
            }
            // The stack lets nothing else through.
            _ => 501,
        }
    }
}
