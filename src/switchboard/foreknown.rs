//! What a replay knows beforehand: the chance and the admissions of the recording. Empty in the program.

use std::collections::{HashMap, VecDeque};

use super::Switchboard;
use super::admission::Caller;
use crate::base::{Now, SessionId};
use crate::journal::{Admitted, By};
use crate::script::Turn;
use crate::script::command::{Command, Destination};
use crate::sip::message::Request;

/// What chance and digests will say.
#[derive(Clone, Debug, Default)]
pub struct Foreknown {
    /// Names and chance of the sessions that begin, in order.
    pub sessions: VecDeque<(SessionId, u64)>,
    /// By Call-ID.
    pub admitted: HashMap<String, Admitted>,
}

impl Switchboard {
    /// From now on chance and admission are as they were in a recording.
    pub fn foresee(&mut self, foreknown: Foreknown) {
        self.foreknown = foreknown;
    }

    /// A name for a session, and its script's chance.
    pub(super) fn name_session(&mut self) -> (SessionId, u64) {
        match self.foreknown.sessions.pop_front() {
            Some(known) => known,
            None => (SessionId(self.dice.u64()), self.dice.u64()),
        }
    }

    /// Who it was that sent this request, and for whom it was.
    pub(super) fn foreseen(&self, request: &Request) -> Option<(Caller, String)> {
        let admitted = self
            .foreknown
            .admitted
            .get(request.headers.call_id().ok()?)?;
        let caller = match admitted.by.clone() {
            By::Trunk { name } => Caller::Trunk { name },
            By::User { name } => Caller::User { name },
            By::Neighbour {} => Caller::Neighbour,
        };
        Some((caller, admitted.destination.clone()))
    }

    /// Notes who was let in, for a journal.
    pub(super) fn note_admitted(&mut self, caller: &Caller, destination: &str) {
        let by = match caller.clone() {
            Caller::Trunk { name } => By::Trunk { name },
            Caller::User { name } => By::User { name },
            Caller::Neighbour => By::Neighbour {},
        };
        self.scribe.admitted(by, destination);
    }

    /// Notes what a script has made of an event, and what we know of the users whom it calls.
    pub(super) fn note_turn(&mut self, session: SessionId, turn: &Turn, now: Now) {
        for command in &turn.commands {
            let Command::PlaceCall(place) = command else {
                continue;
            };
            let name = match &place.to {
                Destination::User { username } | Destination::UserDirect { username, .. } => {
                    let name = username.strip_prefix("sip:").unwrap_or(username);
                    Some(
                        name.split_once('@')
                            .map_or(name, |(user, _)| user)
                            .to_string(),
                    )
                }
                Destination::Sip { to, .. } => {
                    super::dial::parse_address(to).and_then(|to| to.uri.user())
                }
                Destination::Pstn { .. } | Destination::Conference { .. } => None,
            };
            let known = |name: &String| self.settings.users.contains_key(name);
            if let Some(name) = name.filter(known) {
                let registrar = &self.registrar;
                self.scribe
                    .bindings(session, &name, || registrar.stored(&name), now);
            }
        }
        self.scribe.turn(session, turn, now);
    }
}
