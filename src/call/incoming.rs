//! A call that came in and waits: ring, early media, answer, reject.

use std::net::IpAddr;

use bytes::Bytes;

use super::ending::{By, End};
use super::{Call, Effect, Effects, Facts, HeaderMap, News, State, headers, offer_of, sdp_body};
use crate::base::{CallId, LegId, Now};
use crate::sdp::negotiate::Local;
use crate::sdp::{Codec, Negotiation, Refusal};
use crate::sip::message::Request;
use crate::sip::stack::{Command, Event};

impl Call {
    /// The call of an INVITE; refused where its description can never be met.
    pub fn incoming(
        id: CallId,
        leg: LegId,
        request: &Request,
        signalling: IpAddr,
        facts: Facts,
        local: Local,
    ) -> Result<Call, Refusal> {
        let offer = offer_of(request);
        if let Some(offer) = &offer {
            // Tried on a throw-away: whether it can be met must be known before the script hears of it.
            let all = local.wanted.codecs();
            Negotiation::new(local.clone()).answer(offer, all, false)?;
        }
        Ok(Call {
            id,
            facts,
            sound: leg,
            state: State::Incoming {
                leg,
                offer,
                signalling,
                negotiation: Negotiation::new(local.clone()),
                early: None,
            },
            local,
        })
    }

    /// 180.
    pub fn ring(&mut self, extra: &HeaderMap, out: &mut Effects) {
        if self.is_stand_in() {
            return self.ring_for_another(extra, out);
        }
        if self.is_inner() {
            return self.progress_across(180, extra, out);
        }
        if let State::Incoming {
            leg, early: None, ..
        } = &self.state
        {
            out.push(Effect::Sip(Command::Progress {
                leg: *leg,
                code: 180,
                headers: headers::from_script(extra),
                body: None,
            }));
        }
    }

    /// 183 with our answer, so that the caller hears before it is answered. A peer that gave no offer
    /// gets a 183 without one.
    pub fn start_early_media(&mut self, codecs: &[Codec], extra: &HeaderMap, out: &mut Effects) {
        if self.is_stand_in() {
            return self.early_media_for_another(codecs, extra, out);
        }
        if self.is_inner() {
            return self.progress_across(183, extra, out);
        }
        let State::Incoming {
            leg,
            offer,
            signalling,
            negotiation,
            early,
        } = &mut self.state
        else {
            return;
        };
        if early.is_some() {
            return;
        }
        let mut body = None;
        if let Some(offer) = offer {
            match negotiation.answer(offer, codecs, false) {
                Ok((answer, media)) => {
                    let answer = Bytes::from(answer);
                    *early = Some(answer.clone());
                    body = Some(sdp_body(answer));
                    out.push(Effect::Sound {
                        media,
                        signalling: *signalling,
                    });
                }
                Err(refusal) => {
                    out.push(Effect::News(News::Warning(format!(
                        "no early media: {refusal}"
                    ))));
                    return;
                }
            }
        }
        out.push(Effect::Sip(Command::Progress {
            leg: *leg,
            code: 183,
            headers: headers::from_script(extra),
            body,
        }));
    }

    /// 200 with our answer, or with our offer where the INVITE had none. An offer that `codecs` cannot
    /// meet is answered from all that we know; where that fails the call is refused.
    pub fn answer(&mut self, codecs: &[Codec], extra: &HeaderMap, now: Now, out: &mut Effects) {
        if self.is_stand_in() {
            return out.push(Effect::Word(super::Word::Answered));
        }
        if self.is_inner() {
            return self.answer_across(extra, now, out);
        }
        let State::Incoming {
            leg,
            offer,
            signalling,
            negotiation,
            early,
        } = &mut self.state
        else {
            return;
        };
        let (leg, signalling) = (*leg, *signalling);
        let mut codecs = codecs;
        let body = match (offer.as_ref(), early.take()) {
            (Some(_), Some(answered)) => answered,
            (Some(offer), None) => {
                let all = self.local.wanted.codecs();
                let met = negotiation.answer(offer, codecs, false).or_else(|_| {
                    codecs = all;
                    negotiation.answer(offer, codecs, false)
                });
                match met {
                    Ok((answer, media)) => {
                        out.push(Effect::Sound { media, signalling });
                        Bytes::from(answer)
                    }
                    Err(refusal) => {
                        let end = End::new(refusal.code, refusal.why, By::Runtime);
                        self.hang_up(end, &HeaderMap::new(), now, out);
                        return;
                    }
                }
            }
            (None, _) => Bytes::from(negotiation.offer(codecs, false)),
        };
        let negotiation = negotiation.clone();
        let takes = match offer {
            Some(offer) => negotiation.codecs_of(offer),
            None => codecs.to_vec(),
        };
        self.state = State::Connected {
            leg,
            signalling,
            negotiation,
            codecs: codecs.to_vec(),
            takes,
            changing: false,
            held: false,
        };
        self.facts.answered = Some(now);
        out.push(Effect::Sip(Command::Answer {
            leg,
            headers: headers::from_script(extra),
            body: Some(sdp_body(body)),
        }));
        out.push(Effect::News(News::Connected {
            headers: HeaderMap::new(),
        }));
    }

    /// 300–699.
    pub fn reject(&mut self, code: u16, extra: &HeaderMap, by: By, now: Now, out: &mut Effects) {
        let waits = match &self.state {
            State::Incoming { .. } | State::StandIn(_) => true,
            State::Inner(inner) => inner.is_waiting(),
            State::Dialing { .. } | State::Connected { .. } | State::Ended => false,
        };
        if waits {
            let reason = crate::sip::message::status::reason(code);
            self.hang_up(End::new(code, reason, by), extra, now, out);
        }
    }

    pub(super) fn incoming_hears(&mut self, event: Event, now: Now, out: &mut Effects) {
        match event {
            Event::Ended { ending, .. } => self.ended_by_peer(ending, now, out),
            Event::Offered { offer, body, .. } => self.answer_offer(offer, body, out),
            // Nothing else concerns a call that is not answered yet.
            _ => {}
        }
    }
}
