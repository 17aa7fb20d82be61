//! Who is at the other end of a leg, as far as we know, and whose leg it is.

use crate::base::{LegId, SessionId};
use crate::settings::{Profile, Settings};
use crate::sip::message::{Headers, Name, Request};

use super::admission::Caller;
use super::hop;

/// A leg's place: the session that it belongs to, and who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub session: SessionId,
    pub party: Party,
    /// How many transfers have led to the call.
    pub depth: u32,
    /// REFERs that came in it.
    pub refers: u32,
}

/// Somebody on a leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub who: Who,
    /// A script of ours has called it; else it has called us.
    pub dialled: bool,
    /// What its User-Agent or Server says that it is.
    pub looks_like: Option<Profile>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialled {
    pub leg: LegId,
    pub who: Who,
    /// How many transfers have led to it.
    pub depth: u32,
}

impl Seat {
    /// For a call that came in.
    pub fn of_caller(session: SessionId, caller: &Caller, request: &Request) -> Seat {
        let who = match caller {
            Caller::Trunk { name } => Who::Trunk { name: name.clone() },
            Caller::User { name } => Who::User { name: name.clone() },
            Caller::Neighbour => Who::Neighbour,
        };
        let party = Party {
            who,
            dialled: false,
            looks_like: looks_like(&request.headers),
        };
        Seat {
            session,
            party,
            depth: hop::depth(&request.headers),
            refers: 0,
        }
    }

    /// For a call that a script of the session places.
    pub fn of_dialled(session: SessionId, who: Who, depth: u32) -> Seat {
        let party = Party {
            who,
            dialled: true,
            looks_like: None,
        };
        Seat {
            session,
            party,
            depth,
            refers: 0,
        }
    }
}

impl Party {
    /// How this party wants to be told of the transfer that `refer` asks for: as the user or trunk has it,
    /// else by what calls itself so, else by the settings alone.
    pub fn profile(&self, settings: &Settings, refer: &Request) -> Profile {
        let chosen = match &self.who {
            Who::Trunk { name } => {
                let mut trunks = settings.trunks.iter();
                let trunk = trunks.find(|trunk| trunk.name == *name);
                trunk.and_then(|trunk| trunk.profile)
            }
            Who::User { name } => settings.users.get(name).and_then(|user| user.profile),
            Who::Neighbour | Who::Stranger => None,
        };
        chosen
            .or_else(|| looks_like(&refer.headers))
            .or(self.looks_like)
            .unwrap_or_default()
    }
}

/// What a message says about the program that sent it.
pub fn looks_like(headers: &Headers) -> Option<Profile> {
    let agents = [Name::UserAgent, Name::Server];
    let mut said = agents.iter().filter_map(|name| headers.text(name));
    said.find_map(Profile::of_agent)
}
