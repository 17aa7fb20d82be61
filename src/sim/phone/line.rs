//! One call of a phone: where it stands, and what its description says.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::base::LegId;
use crate::base::codec::{Codecs, Wanted};
use crate::sdp::negotiate::Local;
use crate::sdp::{Codec, Media, Negotiation};
use crate::sip::message::Body;

/// A call.
#[derive(Clone, Debug)]
pub struct Line {
    pub leg: LegId,
    /// Who was dialled, or who calls.
    pub peer: String,
    state: State,
    negotiation: Negotiation,
    /// The codecs of the latest offer of the peer's.
    offered: Vec<Codec>,
    rtp: SocketAddr,
    hold: bool,
    /// What it was before the offer that is on its way.
    held: bool,
}

/// Where a call stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Calling,
    Alerting {
        /// What the caller offered; `None` where we must.
        offer: Option<Bytes>,
        /// What was already sent with a 183.
        sent: Option<Body>,
    },
    Talking,
    /// It has hung up.
    Leaving,
}

/// What goes over a line: where its sound comes from and goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voice {
    pub own: SocketAddr,
    /// `None` where there is nobody to send to.
    pub peer: Option<SocketAddr>,
    pub sends: bool,
    pub receives: bool,
    /// What was agreed; the first is what it sends.
    pub codecs: Vec<Codec>,
}

impl Line {
    pub(super) fn outgoing(leg: LegId, to: &str, rtp: SocketAddr, session: u64) -> Line {
        Line::new(leg, to, State::Calling, rtp, session)
    }

    pub(super) fn incoming(
        leg: LegId,
        from: &str,
        rtp: SocketAddr,
        session: u64,
        offer: Option<Body>,
    ) -> Line {
        let offer = offer.map(|offer| offer.bytes);
        Line::new(
            leg,
            from,
            State::Alerting { offer, sent: None },
            rtp,
            session,
        )
    }

    /// Before its first description: the sound is wanted elsewhere than where it is listened for.
    pub(super) fn want_sound_at(&mut self, elsewhere: Option<SocketAddr>) {
        if let Some(elsewhere) = elsewhere {
            self.negotiation = Negotiation::new(local(elsewhere, 1));
        }
    }

    fn new(leg: LegId, peer: &str, state: State, rtp: SocketAddr, session: u64) -> Line {
        let negotiation = Negotiation::new(local(rtp, session));
        let offered = match &state {
            State::Alerting {
                offer: Some(offer), ..
            } => negotiation.codecs_of(offer),
            _ => Vec::new(),
        };
        Line {
            leg,
            peer: peer.to_string(),
            state,
            negotiation,
            offered,
            rtp,
            hold: false,
            held: false,
        }
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether it is with `peer`; every call is with somebody.
    pub fn is_with(&self, peer: Option<&str>) -> bool {
        peer.is_none_or(|peer| peer == self.peer)
    }

    pub fn is_calling(&self) -> bool {
        matches!(self.state, State::Calling)
    }

    pub fn is_alerting(&self) -> bool {
        matches!(self.state, State::Alerting { .. })
    }

    pub fn is_talking(&self) -> bool {
        matches!(self.state, State::Talking)
    }

    pub fn is_alive(&self) -> bool {
        !matches!(self.state, State::Leaving)
    }

    pub fn rtp(&self) -> SocketAddr {
        self.rtp
    }

    /// What holds after the last exchange.
    pub fn media(&self) -> Option<&Media> {
        self.negotiation.media()
    }

    pub fn offered(&self) -> &[Codec] {
        &self.offered
    }

    /// The sound of this line; `None` before there was an exchange and after the end.
    pub fn voice(&self) -> Option<Voice> {
        let media = self.media().filter(|_| self.is_alive())?;
        Some(Voice {
            own: self.rtp,
            peer: media.rtp,
            sends: media.send && self.is_talking(),
            receives: media.receive,
            codecs: media.formats.iter().map(|format| format.codec).collect(),
        })
    }

    pub(super) fn talk(&mut self) {
        self.state = State::Talking;
    }

    pub(super) fn leave(&mut self) {
        self.state = State::Leaving;
    }

    pub(super) fn offer(&mut self, codecs: &[Codec], hold: bool) -> Body {
        self.held = std::mem::replace(&mut self.hold, hold);
        sdp(self.negotiation.offer(codecs, hold))
    }

    /// The peer asks for an offer: the same as before.
    pub(super) fn offer_again(&mut self, codecs: &[Codec]) -> Body {
        self.offer(codecs, self.hold)
    }

    /// The description for a 183 or 200; the code to refuse with where the offer cannot be met.
    pub(super) fn answer(&mut self, codecs: &[Codec]) -> Result<Option<Body>, u16> {
        let State::Alerting { offer, sent } = &mut self.state else {
            return Ok(None);
        };
        if let Some(sent) = sent {
            return Ok(Some(sent.clone()));
        }
        let text = match offer {
            Some(offer) => {
                let answered = self.negotiation.answer(offer, codecs, false);
                answered.map_err(|refusal| refusal.code)?.0
            }
            None => self.negotiation.offer(codecs, false),
        };
        let body = sdp(text);
        *sent = Some(body.clone());
        Ok(Some(body))
    }

    pub(super) fn take_offer(&mut self, offer: &Body, codecs: &[Codec]) -> Result<Body, u16> {
        self.offered = self.negotiation.codecs_of(&offer.bytes);
        let answered = self.negotiation.answer(&offer.bytes, codecs, self.hold);
        answered
            .map(|(text, _)| sdp(text))
            .map_err(|refusal| refusal.code)
    }

    /// The peer's answer, where there is one; a repetition of what is known changes nothing.
    pub(super) fn hear_answer(&mut self, body: Option<&Body>) {
        if let Some(body) = body {
            let _ = self.negotiation.accept_answer(&body.bytes);
        }
    }

    /// Its offer was refused; returns whether it wanted to hold.
    pub(super) fn roll_back(&mut self) -> bool {
        self.negotiation.roll_back();
        std::mem::replace(&mut self.hold, self.held)
    }
}

fn local(rtp: SocketAddr, session: u64) -> Local {
    Local {
        address: rtp.ip(),
        rtp_port: rtp.port(),
        rtcp_port: rtp.port() + 1,
        session_id: session,
        srtp: Default::default(),
        comedia: false,
        wanted: Wanted {
            codecs: Codecs::new(&Codec::ALL),
            ..Wanted::default()
        },
    }
}

fn sdp(text: String) -> Body {
    Body {
        content_type: "application/sdp".to_string(),
        bytes: Bytes::from(text),
    }
}
