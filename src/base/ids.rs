//! The ids that cross a border between rooms. Each is a number, so no room holds another's values.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One running scenario. Dealt by chance, so that it cannot be guessed from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionId(pub u64);

/// One leg: one SIP dialog usage of ours, early or confirmed, in the whole program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LegId(pub u64);

/// A call as one session's script names it. 0 is the incoming call that started the session; the script's own
/// calls count from 1 and are numbered by the isolate; those that come in later, where the session hosts a
/// conference, are numbered by the session from [`CallId::LATER`] on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CallId(pub u32);

/// What has sound and is no call, as one session's script names it: a player, a conference, a recorder. The
/// isolate numbers its own from 1; those that the session makes for a call are from [`UnitId::OWN`] on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UnitId(pub u32);

impl UnitId {
    /// The first of the session's own.
    pub const OWN: UnitId = UnitId(1 << 30);
}

/// A unit in the whole program, as the media room names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SoundId {
    pub session: SessionId,
    pub unit: UnitId,
}

impl CallId {
    /// The call that started the session.
    pub const INCOMING: CallId = CallId(0);
    /// The first of those that come in later.
    pub const LATER: CallId = CallId(1 << 30);
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for LegId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "leg{}", self.0)
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.checked_sub(CallId::LATER.0) {
            Some(later) => write!(f, "call-in{}", later + 1),
            None => write!(f, "call{}", self.0),
        }
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unit{}", self.0)
    }
}

impl fmt::Display for SoundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.session, self.unit)
    }
}
