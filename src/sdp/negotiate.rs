//! One leg's offer/answer (RFC 3264): who offered, what holds, and what was agreed.

use std::net::{IpAddr, SocketAddr};

use crate::sdp::Codec;

/// One agreed format: `send` is the number that the peer wants to receive, `receive` the one that we do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub codec: Codec,
    pub send: u8,
    pub receive: u8,
}

/// telephone-event (RFC 4733) at one clock rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    pub clock_hz: u32,
    pub send: u8,
    pub receive: u8,
}

/// What holds for a leg's audio after an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Where the peer wants RTP; `None` where it gave port 0 or 0.0.0.0.
    pub rtp: Option<SocketAddr>,
    pub rtcp: Option<SocketAddr>,
    /// In order of preference; the first is what we send.
    pub formats: Vec<Format>,
    pub events: Vec<Events>,
    /// May we send to the peer, does the peer send to us.
    pub send: bool,
    pub receive: bool,
    /// The peer holds us (sendonly, inactive or 0.0.0.0 from it).
    pub held: bool,
    pub ptime_ms: Option<u32>,
}

/// Why a description cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code} {why}")]
pub struct Refusal {
    /// 400 for what is no SDP, 415, 488 where no audio or no codec is shared.
    pub code: u16,
    pub why: String,
}

/// A leg's side of the description.
#[derive(Clone, Debug)]
pub struct Local {
    /// What `c=` says: advertised, not necessarily bound.
    pub address: IpAddr,
    pub rtp_port: u16,
    pub rtcp_port: u16,
    /// `o=`: the same for the life of a leg.
    pub session_id: u64,
}

/// The exchange of one leg.
#[derive(Clone, Debug)]
pub struct Negotiation {
    local: Local,
}

impl Negotiation {
    pub fn new(local: Local) -> Negotiation {
        Negotiation { local }
    }

    /// Our offer of these codecs, in this order, with telephone-event at the clock rates they use. A
    /// further offer keeps the m-lines, numbers and `o=` session, with the version one higher (§8).
    /// `hold`: sendonly, or inactive where the peer holds us.
    pub fn offer(&mut self, _codecs: &[Codec], _hold: bool) -> String {
        let _ = &self.local;
        todo!()
    }

    /// Answers the peer's offer with what is in `codecs` (our wish order decides the first; the peer's
    /// payload numbers are kept). `hold` as in [`Negotiation::offer`].
    pub fn answer(
        &mut self,
        _offer: &[u8],
        _codecs: &[Codec],
        _hold: bool,
    ) -> Result<(String, Media), Refusal> {
        todo!()
    }

    /// The peer's answer to our offer.
    pub fn accept_answer(&mut self, _answer: &[u8]) -> Result<Media, Refusal> {
        todo!()
    }

    /// Our offer was refused: what held before holds again (RFC 3261 §14.1, RFC 6141).
    pub fn roll_back(&mut self) {
        todo!()
    }

    /// What holds now.
    pub fn media(&self) -> Option<&Media> {
        todo!()
    }

    /// The codecs that an offer can be met with, in the peer's order; empty where it is none.
    pub fn codecs_of(_description: &[u8]) -> Vec<Codec> {
        todo!()
    }
}
