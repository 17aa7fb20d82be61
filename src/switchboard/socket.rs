//! What comes to sessions by HTTP: WebSockets, what they tell, and requests.

use super::Switchboard;
use crate::base::access::Request;
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

    /// Somebody has sent a request to a session's URL.
    pub fn handle_request(
        &mut self,
        session: SessionId,
        request: Request,
        now: Now,
    ) -> Result<(), Refused> {
        self.scribe.request(session, &request, now);
        let mut outcome = Err(Refused::Gone);
        self.with_session(session, now, |session, _| {
            outcome = session.handle_request(request, now);
        });
        self.settle(now);
        outcome
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
