//! A call whose sound does not come (`limits.noSoundS`): its far end may be gone without a BYE, or never have been
//! reached. Held calls owe nothing.

use std::time::Instant;

use super::{Quiet, Session};
use crate::base::{CallId, Now};
use crate::call::{By, End, HeaderMap};
use crate::media::{self, graph};
use crate::script::command::Level;

use super::lifetime::seconds;

impl Quiet {
    pub(super) fn until(self) -> Option<Instant> {
        match self {
            Quiet::Until(at) => Some(at),
            Quiet::NotYet | Quiet::Speaks => None,
        }
    }
}

impl Session {
    /// The call is answered: from now on it should be heard.
    pub(super) fn expect_sound(&mut self, call: CallId, now: Now) {
        if self.is_inner(call) {
            // What comes across is whatever the other session says, or nothing.
            return;
        }
        let patience = seconds(self.limits.no_sound_s);
        let talk = self.calls.get_mut(&call);
        if let Some(talk) = talk.filter(|talk| talk.quiet == Quiet::NotYet && !patience.is_zero()) {
            talk.quiet = Quiet::Until(now.at + patience);
        }
    }

    pub(super) fn expect_no_sound(&mut self, call: CallId) {
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.quiet = Quiet::NotYet;
        }
    }

    pub(super) fn note_quiet(&mut self, event: &media::Event, now: Now) {
        let patience = seconds(self.limits.no_sound_s);
        let (leg, quiet) = match event {
            media::Event::FirstPacket { leg } | media::Event::Resumed { leg } => {
                (leg, Quiet::Speaks)
            }
            media::Event::Stopped { leg } if !patience.is_zero() => {
                // It is silent for some seconds already.
                (
                    leg,
                    Quiet::Until(now.at + patience.saturating_sub(graph::SILENCE)),
                )
            }
            _ => return,
        };
        let mut talks = self.calls.values_mut();
        if let Some(talk) = talks.find(|talk| talk.call.sound == *leg) {
            talk.quiet = quiet;
        }
    }

    pub(super) fn give_up_quiet(&mut self, call: CallId, now: Now) {
        let holds = |talk: &super::Talk| !talk.call.is_connected() || talk.call.is_held();
        if self.calls.get(&call).is_none_or(holds) {
            return;
        }
        let patience = self.limits.no_sound_s;
        self.log(
            Level::Warning,
            format!("{call} has sent no sound for {patience} s (limits.noSoundS); hung up"),
        );
        let end = End::new(408, "No sound", By::Runtime);
        self.hang_up(call, end, &HeaderMap::new(), now);
    }
}
