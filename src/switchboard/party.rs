//! Who is at the other end of a leg, as far as we know, and whose leg it is.

use crate::base::{LegId, SessionId};

use super::admission::Caller;

/// A leg's place: the session that it belongs to, and who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub session: SessionId,
    pub party: Party,
}

/// Somebody on a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub who: Who,
    /// A script of ours has called it; else it has called us.
    pub dialled: bool,
}

/// By what we know somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    Trunk {
        name: String,
    },
    User {
        name: String,
    },
    /// From loopback, where nobody had a password when the call came.
    Neighbour,
    /// At an address that a script has called, and known by nothing else.
    Stranger,
}

/// A call that a script places, and whom it reaches.
pub type Dialled = (LegId, Who);

impl Seat {
    /// For a call that came in.
    pub fn of_caller(session: SessionId, caller: &Caller) -> Seat {
        let who = match caller {
            Caller::Trunk { name } => Who::Trunk { name: name.clone() },
            Caller::User { name } => Who::User { name: name.clone() },
            Caller::Neighbour => Who::Neighbour,
        };
        let party = Party {
            who,
            dialled: false,
        };
        Seat { session, party }
    }

    /// For a call that a script of the session places.
    pub fn of_dialled(session: SessionId, who: Who) -> Seat {
        let party = Party { who, dialled: true };
        Seat { session, party }
    }
}
