//! How time enters. The shell reads two clocks once per step and hands them down; nothing pure
//! asks for the time itself.

use std::time::{Duration, Instant};

/// The moment of a step: monotonic for deadlines, wall for what people and scripts read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// For deadlines; never jumps.
    pub at: Instant,
    /// Milliseconds since the Unix epoch; may jump with the machine's clock.
    pub unix_ms: u64,
}

impl Now {
    /// The same moment, `later` on; for simulations.
    pub fn after(self, later: Duration) -> Now {
        Now {
            at: self.at + later,
            unix_ms: self.unix_ms + later.as_millis() as u64,
        }
    }
}
