//! The program's way out: no new calls, then no calls at all.

use std::time::Instant;

use super::Switchboard;
use crate::base::Now;
use crate::session::Cause;
use crate::sip::stack::Command;

/// The program is on its way out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drain {
    /// Running sessions are ended then.
    pub(super) until: Option<Instant>,
}

impl Switchboard {
    /// No new calls (503); running ones go on. With `until`, they are ended then.
    pub fn drain(&mut self, until: Option<Instant>, now: Now) {
        let within = until.map(|until| until.saturating_duration_since(now.at));
        self.scribe
            .drain(within.map(|within| within.as_millis() as u64), now);
        if self.drain.is_none() {
            self.stack.handle_command(Command::Drain, now.at);
            self.trunks.sign_off();
            self.scribe.hurry();
        }
        self.drain = Some(Drain { until });
        self.settle(now);
    }

    /// Ends everything now: verdicts (503), refusals (503), BYEs.
    pub fn shut_down(&mut self, now: Now) {
        self.drain(None, now);
        self.scribe.shut_down(now);
        let mut sessions: Vec<_> = self.sessions.keys().copied().collect();
        // In an order of their own, so that the same seed ends the same way.
        sessions.sort();
        for session in sessions {
            self.with_session(session, now, |session, _| session.end(Cause::Shutdown, now));
            self.settle(now);
        }
    }

    /// Whether a drain or shutdown has nothing left to wait for.
    pub fn is_quiet(&self) -> bool {
        self.sessions.values().all(|entry| entry.session.is_done())
            && self.stack.census().dialogs == 0
            && self.trunks.is_signed_off()
    }
}
