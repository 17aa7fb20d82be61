//! What is kept of a session so that it can be played again: everything that came in, with its time, and
//! what was said and done about it, to compare.
//!
//! ```text
//! switchboard ▸ Scribe ▸ Journal ▸ file::write (masked) ─▸ disk ─▸ file::read ▸ replay
//! ```
//!
//! A journal has one session, and every other that its calls have got into: a leg that moves between two
//! sessions makes their journals one.

mod admitted;
mod book;
pub mod entry;
pub mod file;
mod hidden;
pub mod mask;
pub mod private;
pub mod scribe;

use std::sync::Arc;
use std::time::Duration;

use crate::script::Program;
use crate::settings::Settings;
use crate::sip::stack;

pub use admitted::{Admitted, By};
pub use entry::Entry;
pub use scribe::Scribe;

/// A session from its first message to its last, as it is handed over.
#[derive(Clone, Debug)]
pub struct Journal {
    /// Names the file: the session that began first.
    pub name: String,
    /// Milliseconds since the Unix epoch at its first entry.
    pub began_unix_ms: u64,
    /// As they were when it began.
    pub settings: Arc<Settings>,
    pub stack: stack::Settings,
    /// Users that somebody wanted to reach, or who called.
    pub users: Vec<String>,
    /// What the sessions ran.
    pub programs: Vec<Arc<Program>>,
    /// Why somebody would want to look at it; none where all went well.
    pub failures: Vec<String>,
    /// Until it was closed.
    pub lasted: Duration,
    /// Entries that came after it was full.
    pub left_out: u64,
    /// In order, with the time since the first.
    pub entries: Vec<(Duration, Entry)>,
}
