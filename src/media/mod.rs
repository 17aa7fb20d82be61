//! Sound on its way: who hears whom, packet by packet. Knows neither SIP nor SDP nor sockets.
//!
//! The shell's media thread owns a [`graph::Graph`], feeds it packets and sends what it returns.

pub mod graph;
pub mod port;
pub mod rtcp;
pub mod rtp;

use std::net::{IpAddr, SocketAddr};

use crate::base::LegId;

/// A pair of bound sockets, RTP and RTCP, that no leg uses yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port {
    /// The even RTP port; RTCP is one above.
    pub rtp: u16,
}

/// A format as it is numbered on one leg. `name` and `clock_hz` make formats of two legs the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payload {
    /// e.g. `PCMU`, `opus`, `telephone-event`.
    pub name: &'static str,
    pub clock_hz: u32,
    /// The number that the peer wants to receive.
    pub send: u8,
    /// The number that we told the peer to use.
    pub receive: u8,
}

/// What a leg's description says about its audio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub rtp: Option<SocketAddr>,
    pub rtcp: Option<SocketAddr>,
    /// The peer's signalling address: RTP from there may come from another port than the SDP says
    /// (symmetric RTP behind NAT).
    pub signalling: IpAddr,
    /// In order of preference.
    pub payloads: Vec<Payload>,
    pub send: bool,
    pub receive: bool,
}

/// What a session asks of its sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The leg takes a port from the stock.
    Open { leg: LegId, port: Port },
    /// What holds after an exchange; latches open anew where the peer's address changed.
    Describe { leg: LegId, line: Line },
    /// `leg` hears `source`, and nobody else; `None`: silence.
    Hear { leg: LegId, source: Option<LegId> },
    /// The leg is over; its port goes back after a pause.
    Close { leg: LegId },
}

/// What the sound tells its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Ports for the stock, bound and waiting.
    Stock {
        ports: Vec<Port>,
    },
    FirstPacket {
        leg: LegId,
    },
    /// Nothing for 7 s on a leg that should send.
    Stopped {
        leg: LegId,
    },
    Resumed {
        leg: LegId,
    },
}
