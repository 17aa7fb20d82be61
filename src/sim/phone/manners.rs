//! How a phone behaves without being told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use super::follow::Following;
use crate::sdp::Codec;

/// What it does by itself.
#[derive(Clone, Debug)]
pub struct Manners {
    /// For the next incoming calls, one each.
    pub next: VecDeque<Reception>,
    /// For every other incoming call.
    pub usual: Reception,
    /// Gives up an unanswered call of its own then.
    pub patience: Option<Duration>,
    /// Hangs up an incoming call so long after it came.
    pub talks_for: Option<Duration>,
    /// Hangs up so long after its REFER was accepted.
    pub leaves_when_accepted: Option<Duration>,
    /// Hangs up so long after it was told of a success.
    pub leaves_on_success: Option<Duration>,
    pub codecs: Vec<Codec>,
    /// Where its descriptions want the sound; `None`: where it listens.
    pub sound_at: Option<SocketAddr>,
    /// How it takes a REFER; `None`: with 603.
    pub follows: Option<Following>,
    /// Refuses with this code that one of its calls is replaced by another (RFC 3891 §3).
    pub unmoved: Option<u16>,
    /// What it calls itself in User-Agent and Server, from its beginning on.
    pub agent: Option<String>,
    /// In its INVITEs and REFERs besides: name and value.
    pub adds: Vec<(String, String)>,
    /// Of its INVITEs.
    pub max_forwards: u8,
}

/// How it takes an incoming call; the times count from its coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reception {
    /// A provisional code.
    pub rings: Option<(u16, Duration)>,
    pub then: Then,
}

/// How an incoming call goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Until somebody says what to do.
    Wait,
    Answer(Duration),
    Reject(u16, Duration),
}

impl Reception {
    /// Nobody is there.
    pub const SILENT: Reception = Reception {
        rings: None,
        then: Then::Wait,
    };

    pub const fn answer(rings_after: Duration, answers_after: Duration) -> Reception {
        Reception {
            rings: Some((180, rings_after)),
            then: Then::Answer(answers_after),
        }
    }

    pub const fn reject(code: u16, after: Duration) -> Reception {
        Reception {
            rings: None,
            then: Then::Reject(code, after),
        }
    }
}

impl Manners {
    pub(super) fn receive(&mut self) -> Reception {
        self.next.pop_front().unwrap_or(self.usual)
    }
}

impl Default for Manners {
    /// Rings at once and waits.
    fn default() -> Self {
        Manners {
            next: VecDeque::new(),
            usual: Reception {
                rings: Some((180, Duration::ZERO)),
                then: Then::Wait,
            },
            patience: None,
            talks_for: None,
            leaves_when_accepted: None,
            leaves_on_success: None,
            codecs: vec![Codec::Pcmu, Codec::Pcma],
            sound_at: None,
            follows: None,
            unmoved: None,
            agent: None,
            adds: Vec::new(),
            max_forwards: 70,
        }
    }
}
