//! Who comes from outside by HTTP: sockets, and requests that are just told.
//!
//! ```text
//!  visit ──may it?──▶ awaited ──its connection──▶ open: the script has a socket as those it makes
//!          └ refused            └ none: gone, and nobody hears of it
//! ```

use super::socket::{Socket, Wish};
use super::{Kind, Owner, Unit};
use crate::base::access::Request;
use crate::base::socket::{Refused, Title, Visit};
use crate::base::{Now, UnitId};
use crate::script::Event;
use crate::script::command::Level;
use crate::script::event::Visited;
use crate::session::{Sent, Session, Stage};

/// A script that has so many events to hear yet is told of no request, and of nobody else who was refused.
const MOST_OUTSTANDING: usize = 32;

impl Session {
    /// Somebody wants to connect; its unit where it may. The script hears of it when it is there.
    pub fn handle_visit(&mut self, visit: Visit, now: Now) -> Result<UnitId, Refused> {
        let outcome = self.visit(visit);
        self.look_after(now);
        outcome
    }

    fn visit(&mut self, visit: Visit) -> Result<UnitId, Refused> {
        if !matches!(self.stage, Stage::Running { .. }) {
            return Err(Refused::Gone);
        }
        if !self.allows_sockets {
            self.log(
                Level::Warning,
                "a WebSocket from outside is refused: VoxEngine.allowWebSocketConnections was not called",
            );
            return Err(Refused::Forbidden);
        }
        let most = self.limits.sockets;
        let room = match self.sockets().count() < most as usize {
            true => self.has_room(),
            false => Err(format!("a session may have {most} sockets: limits.sockets")),
        };
        if let Err(reason) = room {
            self.log(
                Level::Warning,
                format!("a WebSocket from outside is refused: {reason}"),
            );
            if self.outstanding.len() < MOST_OUTSTANDING {
                self.tell_visit(visit, Visited::Refused(reason));
            }
            return Err(Refused::Full);
        }
        let id = self.units.own_name();
        let keep = self.may_keep(id, self.keep_of_visits);
        let target = match visit.path.split_once('?') {
            Some((path, _)) => format!("{path}?…"),
            None => visit.path.clone(),
        };
        let title = Title::new(keep, true, target, &visit.headers);
        let kind = Kind::Socket(Socket::awaited(visit));
        let owner = Owner::Script;
        self.units.live.insert(id, Unit { owner, kind });
        self.create_voice(id);
        if keep.is_wanted() {
            self.wish(id, Wish::Keep(Box::new(title)));
        }
        self.wish(id, Wish::Accept);
        Ok(id)
    }

    /// Somebody has sent a request to the session's URL.
    pub fn handle_request(&mut self, request: Request, now: Now) -> Result<(), Refused> {
        let outcome = match self.stage {
            Stage::Running { .. } if self.outstanding.len() < MOST_OUTSTANDING => {
                self.tell(Event::Request(Box::new(request)), Sent::Plain);
                Ok(())
            }
            Stage::Running { .. } => Err(Refused::Full),
            _ => Err(Refused::Gone),
        };
        self.look_after(now);
        outcome
    }

    pub(super) fn tell_visit(&mut self, visit: Visit, outcome: Visited) {
        let visit = Box::new(visit);
        self.tell(Event::Visit { visit, outcome }, Sent::Plain);
    }
}
