//! WebSockets of sessions: what they tell, and who connects to them.

use super::Switchboard;
use crate::base::socket::{Heard, Refused, Visit};
use crate::base::{Now, SessionId, SoundId};

impl Switchboard {
    /// Somebody wants to connect to a session; its unit where it may.
    pub fn handle_visit(
        &mut self,
        session: SessionId,
        visit: Visit,
        now: Now,
    ) -> Result<SoundId, Refused> {
        self.scribe.visit(session, &visit, now);
        let mut outcome = Err(Refused::Gone);
        self.with_session(session, now, |session, _| {
            outcome = session.handle_visit(visit, now);
        });
        self.settle(now);
        outcome.map(|unit| SoundId { session, unit })
    }

    /// What a WebSocket has told; nobody's where its session is over.
    pub fn handle_socket(&mut self, socket: SoundId, heard: Heard, now: Now) {
        self.scribe.socket(socket, &heard, now);
        self.with_session(socket.session, now, |session, _| {
            session.handle_socket(socket.unit, heard, now);
        });
        self.settle(now);
    }
}
