//! Calls between two sessions of this program, seen from one of them: `VoxEngine.callConference` on the one side, a
//! further `CallAlerting` on the other. The switchboard finds the other session; from then on the two ends tell each
//! other what they do, and their sound is tied together in the media room.

use super::lifetime::seconds;
use super::{Desk, Effect, Errand, Sent, Session, Stage};
use crate::base::{CallId, LegId, Now};
use crate::call::{Across, Call, Effects, Facts, HeaderMap};
use crate::media::{self, Port};
use crate::script::Event;
use crate::script::command::PlaceCall;
use crate::script::event::Alerting;

/// The type of such a call, as scripts and records have it.
pub const CONFERENCE: &str = "conference";

/// The two ends of a call to be, and who it is from.
#[derive(Debug)]
pub struct Ends {
    pub near: LegId,
    pub far: LegId,
    pub callerid: String,
    pub display_name: String,
    /// How many transfers have led to it, and how much further it may go.
    pub depth: u32,
    pub max_forwards: u8,
}

/// A call to a conference, on its way to the session that hosts it.
#[derive(Debug)]
pub struct Visit {
    /// As it was dialled.
    pub conference: String,
    pub ends: Ends,
    /// `X-*` only.
    pub headers: HeaderMap,
}

impl Session {
    /// `VoxEngine.callConference`: what becomes of it comes across.
    pub(super) fn call_conference(
        &mut self,
        place: PlaceCall,
        conference: String,
        desk: &mut dyn Desk,
        now: Now,
    ) {
        let id = place.call;
        let transfer = self.transfers.open_for_calls();
        let ends = match desk.dial_conference(&place, transfer) {
            Ok(ends) => ends,
            Err((code, reason)) => return self.not_placed(id, code, reason),
        };
        let (from, to) = (ends.callerid.clone(), conference.clone());
        let facts = Facts::outgoing(from, to, CONFERENCE, now);
        let (one, other) = (ends.near, ends.far);
        self.sound(media::Command::Tie { one, other });
        let timeout = place.timeout_s.map_or(self.limits.no_answer_s, u32::from);
        let call = Call::calling(id, ends.near, ends.far, facts);
        self.adopt(call, None, Some(now.at + seconds(timeout)));
        self.target_placed(id);
        self.errand(Errand::Enter(Box::new(Visit {
            conference,
            ends,
            headers: place.headers,
        })));
    }

    /// A name for a call that comes in to this session though it runs already; `None` where it takes no more.
    pub fn name_guest(&mut self) -> Option<CallId> {
        if !self.is_running() || self.calls.len() >= self.limits.conference_endpoints as usize {
            return None;
        }
        let name = CallId(CallId::LATER.0 + self.guests % CallId::LATER.0);
        self.guests = self.guests.wrapping_add(1);
        Some(name)
    }

    /// Whether the script may still do something.
    pub fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Running { .. })
    }

    /// One more call comes in.
    pub fn let_in(&mut self, call: Call, port: Option<Port>, alerting: Alerting, now: Now) {
        let give_up_at = now.at + seconds(self.limits.unanswered_s);
        if let Some(port) = port {
            let leg = call.sound;
            self.sound(media::Command::Open { leg, port });
        }
        self.adopt(call, port, Some(give_up_at));
        self.tell(Event::Alerting(Box::new(alerting)), Sent::Plain);
    }

    /// What the other end of one of our calls tells.
    pub fn hear_across(&mut self, end: LegId, what: Across, now: Now) {
        let Some(call) = self.call_of(end) else {
            return;
        };
        let mut out = Effects::new();
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.call.hear_across(what, now, &mut out);
        }
        self.take(call, out, now);
        self.look_after(now);
    }

    /// Whether the call leads to another session.
    pub(super) fn is_inner(&self, call: CallId) -> bool {
        let talk = self.calls.get(&call);
        talk.is_some_and(|talk| talk.call.is_inner())
    }

    /// An end without a leg has nobody to say that it is gone.
    pub(super) fn forget_end(&mut self, end: LegId) {
        if self.open_legs.remove(&end) {
            self.effects
                .push_back(Effect::Media(media::Command::Close { leg: end }));
        }
    }
}
