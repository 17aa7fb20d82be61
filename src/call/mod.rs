//! One call in the words people use: it rings, is answered, is held, is hung up.
//!
//! ```text
//!   incoming INVITE                     the script places a call
//!         │                                      │
//!      Incoming ──ring, early media──┐        Dialing ──180, 183──┐
//!         │  answer                  │           │ first 2xx      │
//!         └────────────┬─────────────┘           └──────┬─────────┘
//!                  Connected ◂──────── hold, re-INVITE ─┘
//!                      │ hang-up of either side
//!                    Ended
//! ```
//!
//! A call may also stand in for a party of another call whom a transfer brings here ([`stand_in`]), or lead to
//! another session of this program and not into the world ([`inner`]).
//!
//! A call that the script places to a user rings every device of that user, so `Dialing` holds one
//! leg per device; the first answer wins. All of them share one port, and so one sound.

pub mod ending;
pub mod headers;
mod incoming;
mod inner;
mod outgoing;
mod stand_in;
mod talk;

use std::net::IpAddr;

use bytes::Bytes;

use crate::base::{CallId, LegId, Now};
use crate::sdp::negotiate::Local;
use crate::sdp::{Codec, Media, Negotiation};
use crate::sip::message::{Body, Request};
use crate::sip::stack::{self, Command};

pub use ending::{By, End};
pub use headers::HeaderMap;
pub use inner::Across;
pub use outgoing::Way;
pub use stand_in::{Departed, Word};

/// One leg, or several while the devices of a user ring.
#[derive(Debug)]
pub struct Call {
    pub id: CallId,
    pub facts: Facts,
    /// The name of this call's sound, and of its port. For a call of several devices it is none of
    /// theirs.
    pub sound: LegId,
    local: Local,
    state: State,
}

/// What the call record wants to know.
#[derive(Clone, Debug)]
pub struct Facts {
    pub incoming: bool,
    pub from: String,
    pub to: String,
    /// `pstn`, `sip` or `user`; `conference` for a call between two sessions.
    pub client_type: String,
    pub started: Now,
    pub answered: Option<Now>,
    pub end: Option<(Now, End)>,
}

impl Facts {
    /// Of a call that comes in now.
    pub fn incoming(from: String, to: String, client_type: &str, now: Now) -> Facts {
        Facts {
            incoming: true,
            from,
            to,
            client_type: client_type.to_string(),
            started: now,
            answered: None,
            end: None,
        }
    }

    /// Of a call that is placed now.
    pub fn outgoing(from: String, to: String, client_type: &str, now: Now) -> Facts {
        Facts {
            incoming: false,
            ..Facts::incoming(from, to, client_type, now)
        }
    }

    /// Whole seconds since the answer.
    pub fn duration_s(&self, now: Now) -> u64 {
        self.answered.map_or(0, |answered| {
            now.at.saturating_duration_since(answered.at).as_secs()
        })
    }
}

#[derive(Debug)]
enum State {
    /// The peer's INVITE waits for our answer.
    Incoming {
        leg: LegId,
        /// The peer's offer; `None` where it wants ours.
        offer: Option<Bytes>,
        signalling: IpAddr,
        negotiation: Negotiation,
        /// What a 183 has already answered, to be repeated in the 200.
        early: Option<Bytes>,
    },
    /// Our INVITEs, one per device.
    Dialing {
        devices: Vec<outgoing::Device>,
        /// The failure to tell when the last device has failed.
        worst: Option<(u16, String)>,
        rang: bool,
        early_sound: bool,
    },
    /// No leg: somebody of another call is to come.
    StandIn(stand_in::StandIn),
    /// One end of a call between two sessions of this program.
    Inner(inner::Inner),
    Connected {
        leg: LegId,
        signalling: IpAddr,
        negotiation: Negotiation,
        /// The codecs that a further offer of ours names.
        codecs: Vec<Codec>,
        /// All that the peer is known to take, best first.
        takes: Vec<Codec>,
        /// An offer of ours with other codecs is on its way.
        changing: bool,
        held: bool,
    },
    Ended,
}

/// What a call wants done and what it has to tell.
#[derive(Debug)]
pub enum Effect {
    Sip(Command),
    /// What holds for the call's sound from now on.
    Sound {
        media: Media,
        signalling: IpAddr,
    },
    News(News),
    /// What a stand-in says.
    Word(Word),
    /// What one end of a call between two sessions tells the other.
    Across {
        to: LegId,
        what: Across,
    },
}

/// What a call tells its session.
#[derive(Debug)]
pub enum News {
    Ringing {
        headers: HeaderMap,
    },
    /// 183, whether or not packets came.
    AudioStarted {
        headers: HeaderMap,
    },
    Connected {
        headers: HeaderMap,
    },
    /// An outgoing call ended before it connected.
    Failed {
        code: u16,
        reason: String,
        headers: HeaderMap,
    },
    /// Any other end.
    Disconnected {
        end: End,
        headers: HeaderMap,
    },
    Held,
    Resumed,
    Info {
        mime_type: String,
        body: String,
        headers: HeaderMap,
    },
    Message {
        text: String,
        headers: HeaderMap,
    },
    /// Something went amiss that the script's author should read.
    Warning(String),
}

/// What happened, in the order in which it did.
pub type Effects = Vec<Effect>;

/// As VoxEngine's `Call.state()` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Alerting,
    Progressing,
    Connected,
    Terminated,
}

impl Call {
    pub fn phase(&self) -> Phase {
        match &self.state {
            State::Incoming { early: None, .. } => Phase::Alerting,
            State::Incoming { .. } => Phase::Progressing,
            State::Dialing {
                rang: false,
                early_sound: false,
                ..
            } => Phase::Alerting,
            State::Dialing { .. } => Phase::Progressing,
            State::StandIn(stand_in) if stand_in.has_early_media() => Phase::Progressing,
            State::StandIn(_) => Phase::Alerting,
            State::Inner(inner) => inner.phase(),
            State::Connected { .. } => Phase::Connected,
            State::Ended => Phase::Terminated,
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    pub fn is_connected(&self) -> bool {
        match &self.state {
            State::Connected { .. } => true,
            State::Inner(inner) => inner.is_connected(),
            _ => false,
        }
    }

    /// Whether the far end has neither been answered nor has it answered yet.
    pub fn is_unanswered(&self) -> bool {
        match &self.state {
            State::Incoming { .. } | State::Dialing { .. } | State::StandIn(_) => true,
            State::Inner(inner) => !inner.is_connected(),
            State::Connected { .. } | State::Ended => false,
        }
    }

    /// Whether we have called and nobody has answered.
    pub fn is_dialing(&self) -> bool {
        match &self.state {
            State::Dialing { .. } => true,
            State::Inner(inner) => inner.is_calling(),
            _ => false,
        }
    }

    /// Whether the peer has put us on hold.
    pub fn is_held(&self) -> bool {
        matches!(self.state, State::Connected { held: true, .. })
    }

    pub fn is_incoming(&self) -> bool {
        self.facts.incoming
    }

    /// The legs that this call still cares about.
    pub fn legs(&self) -> Vec<LegId> {
        match &self.state {
            State::Incoming { leg, .. } | State::Connected { leg, .. } => vec![*leg],
            State::Dialing { devices, .. } => devices.iter().map(|device| device.leg).collect(),
            State::StandIn(stand_in) => stand_in.legs(),
            State::Inner(inner) => vec![inner.end()],
            State::Ended => Vec::new(),
        }
    }

    pub fn has_leg(&self, leg: LegId) -> bool {
        match &self.state {
            State::Incoming { leg: own, .. } | State::Connected { leg: own, .. } => *own == leg,
            State::Dialing { devices, .. } => devices.iter().any(|device| device.leg == leg),
            State::StandIn(stand_in) => stand_in.legs().contains(&leg),
            State::Inner(inner) => inner.end() == leg,
            State::Ended => false,
        }
    }

    /// The codecs that this call can take, best first: what was agreed, early or for good, else what
    /// the peer offered, else what we offered.
    pub fn codecs(&self) -> Vec<Codec> {
        match &self.state {
            State::Incoming {
                offer: Some(offer),
                negotiation,
                ..
            } => negotiation.codecs_of(offer),
            State::Connected {
                negotiation,
                codecs,
                ..
            } => match negotiation.media() {
                Some(media) => media.formats.iter().map(|format| format.codec).collect(),
                None => codecs.clone(),
            },
            State::Dialing { devices, .. } => devices
                .iter()
                .find_map(outgoing::Device::early_codecs)
                .unwrap_or_default(),
            State::StandIn(stand_in) => stand_in.takes(),
            // Nothing is coded between two sessions.
            State::Inner(_) | State::Incoming { offer: None, .. } | State::Ended => Vec::new(),
        }
    }

    /// All that the call may talk, in the operator's order.
    pub fn wanted(&self) -> &[Codec] {
        self.local.wanted.codecs()
    }

    /// Something that SIP tells about one of [`Call::legs`].
    pub fn handle_sip(&mut self, event: stack::Event, now: Now, out: &mut Effects) {
        match &self.state {
            State::Incoming { .. } => self.incoming_hears(event, now, out),
            State::Dialing { .. } => self.dialing_hears(event, now, out),
            State::StandIn(_) => self.stand_in_hears(event, now, out),
            State::Connected { .. } => self.connected_hears(event, now, out),
            // A losing device, or what crossed our hang-up; and between two sessions there is no SIP.
            State::Ended | State::Inner(_) => {}
        }
    }
}

/// The body of an offer or answer.
fn sdp_body(text: impl Into<Bytes>) -> Body {
    Body {
        content_type: "application/sdp".to_string(),
        bytes: text.into(),
    }
}

/// The session description of a message, whole or as a part of a multipart body.
fn description_of(body: Option<Body>) -> Option<Bytes> {
    body.map(|body| body.bytes)
        .filter(|bytes| !bytes.is_empty())
}

/// A request's description.
fn offer_of(request: &Request) -> Option<Bytes> {
    description_of(request.body())
}
