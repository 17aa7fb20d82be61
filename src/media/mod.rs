//! Sound on its way: who hears whom, packet by packet, and what is played, mixed and taken along. Knows
//! neither SIP nor SDP nor sockets nor files.
//!
//! The shell's media thread owns a [`graph::Graph`], feeds it packets and time and sends what it returns.

pub mod clip;
pub mod clock;
pub mod codec;
pub mod comfort;
pub mod detect;
pub mod dtmf;
mod ear;
mod forecast;
pub mod frame;
pub mod graph;
pub mod jitter;
pub mod latch;
mod lull;
pub mod measure;
pub mod mos;
mod mouth;
mod outbox;
pub mod port;
pub mod quality;
pub mod reception;
pub mod resample;
pub mod rota;
pub mod rtcp;
pub mod rtp;
pub mod socket;
pub mod srtp;
pub mod stream;
pub mod tone;
pub mod unit;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::base::srtp::Keys;
use crate::base::{LegId, SoundId};

pub use clip::Clip;
pub use frame::Frame;
pub use graph::Graph;
pub use mos::Mos;
pub use quality::{Quality, Sample};
pub use unit::{Cut, NewUnit, News, Order};

/// A pair of bound sockets, RTP and RTCP, that no leg uses yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port {
    /// The even RTP port; RTCP is one above.
    pub rtp: u16,
}

/// Which of a leg's two sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Rtp,
    Rtcp,
}

/// Whatever has sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Node {
    Leg(LegId),
    Unit(SoundId),
    /// What a leg hears, whatever that is at the time. Only ever a source.
    Heard(LegId),
}

/// Where a source is put by a unit that keeps two channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Both,
    Left,
    Right,
}

impl From<LegId> for Node {
    fn from(leg: LegId) -> Node {
        Node::Leg(leg)
    }
}

impl From<SoundId> for Node {
    fn from(unit: SoundId) -> Node {
        Node::Unit(unit)
    }
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
    /// How much sound the peer wants in a packet; 20 ms where it does not say. What is relayed stays as it is.
    pub ptime_ms: Option<u32>,
    /// The sound is encrypted with these.
    pub srtp: Option<Keys>,
    /// Whoever sends first is the peer, wherever it sends from.
    pub comedia: bool,
    /// The peer takes what it has lost from copies in Opus (RFC 7587, `useinbandfec`).
    pub copies: bool,
}

/// What a session asks of its sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The leg takes a port from the stock.
    Open { leg: LegId, port: Port },
    /// What holds after an exchange; latches open anew where the peer's address changed.
    Describe { leg: LegId, line: Line },
    /// `listener` hears `source`, and nobody else; `None`: silence. Both must be there. Not for units that mix.
    Hear {
        listener: Node,
        source: Option<Node>,
    },
    /// A unit that mixes hears `source` as well.
    Join {
        listener: SoundId,
        source: Node,
        side: Side,
    },
    /// A unit that mixes does not hear `source` any more.
    Part { listener: SoundId, source: Node },
    /// The leg is sampled so often from now on; `None`: no longer.
    Monitor { leg: LegId, every: Option<Duration> },
    /// The keys that the leg's peer presses in these ways are told from now on, and not passed on.
    HandleKeys { leg: LegId, ways: dtmf::Ways },
    /// Something in what the leg's peer says is listened for from now on, or no longer.
    Detect { leg: LegId, wish: detect::Wish },
    /// Keys are pressed for the leg's peer to hear, after those that wait already.
    Press {
        leg: LegId,
        strokes: Vec<dtmf::Stroke>,
    },
    /// Two ends of a call between two sessions: what the one hears the other says. Neither has a port; each is a leg in
    /// every other respect, and closing one closes both.
    Tie { one: LegId, other: LegId },
    /// The leg is over. Its port stays bound; the stock lets it rest.
    Close { leg: LegId },
    /// A unit comes to be.
    Create { unit: SoundId, what: NewUnit },
    /// A unit is told something.
    Steer { unit: SoundId, order: Order },
    /// A unit is over; nothing more is heard of it.
    Drop { unit: SoundId },
}

/// What the sound tells its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Ports for the stock, bound and waiting.
    Stock {
        ports: Vec<Port>,
    },
    /// No port of the range can be had for the stock. Said once, until there is one again.
    Exhausted,
    FirstPacket {
        leg: LegId,
    },
    /// The peer of a leg has pressed a key, and keys are handled there.
    Key {
        leg: LegId,
        key: dtmf::Key,
        way: dtmf::Way,
    },
    /// What [`Command::Detect`] has asked for was heard.
    Detected {
        leg: LegId,
        found: detect::Found,
    },
    /// Nothing for 7 s on a leg that should send and has sent before.
    Stopped {
        leg: LegId,
    },
    Resumed {
        leg: LegId,
    },
    /// The peer's sound is coded so: with the first packet, and where it changes over. `wideband`: for more than the
    /// telephone's 3.4 kHz.
    Codec {
        leg: LegId,
        name: &'static str,
        wideband: bool,
    },
    /// What [`Command::Monitor`] asked for, of the time since the last.
    Sampled {
        leg: LegId,
        heard: Sample,
        said: Sample,
    },
    /// What a unit has come to.
    Unit {
        unit: SoundId,
        news: News,
    },
    /// The last of a leg.
    Closed {
        leg: LegId,
        counters: Counters,
        quality: Quality,
    },
}

/// What became of a leg's RTP. RTCP is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// From the peer, and its payload bytes with headers.
    pub received: u64,
    pub received_bytes: u64,
    /// To the peer.
    pub sent: u64,
    /// From somebody else than the peer.
    pub strangers: u64,
    /// No RTP at all.
    pub malformed: u64,
    /// From the peer, but not agreed upon: another payload, or in spite of a hold.
    pub unwanted: u64,
    /// Encrypted with another key, damaged, or not encrypted at all; RTCP as well.
    pub forged: u64,
    /// Encrypted, and here before.
    pub replayed: u64,
}
