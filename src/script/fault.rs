//! What is wrong in a script, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a scenario's source; line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// As the author named it, e.g. `reception.js`.
    pub file: String,
    pub line: u32,
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// Why a session ends by its script's fault, or why a scenario cannot be loaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct Fault {
    pub kind: FaultKind,
    /// For people: what happened and what to do.
    pub message: String,
    pub place: Option<Place>,
    /// The JS stack with the scenario's own names, innermost first; may be empty.
    pub stack: String,
}

/// The classes of fault; each has its own advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultKind {
    Syntax,
    Exception,
    UnhandledRejection,
    OutOfTime,
    OutOfMemory,
    /// The worker was wedged inside a built-in and had to be abandoned.
    Wedged,
    /// More events waited for the script than its mailbox holds.
    Overrun,
    /// A bug of ours, or no room on the machine.
    Internal,
    /// Too large, not UTF-8, unreadable.
    Source,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
