//! The timer values of RFC 3261 §17.1.1.1 (Table 4 gives the letters) and the pace of repeats.

use std::time::{Duration, Instant};

/// Round-trip estimate; the base of every other value.
pub const T1: Duration = Duration::from_millis(500);
/// The longest gap between repeats of a non-INVITE request and of an INVITE's response.
pub const T2: Duration = Duration::from_secs(4);
/// How long a message may stay in the network: timers I and K.
pub const T4: Duration = Duration::from_secs(5);
/// How long a transaction may go unanswered: 64·T1, the RFC's timers B, F, H, J, L and M.
pub const GIVE_UP: Duration = Duration::from_secs(32);
/// Timer D. A plain 32 s, not a multiple of T1: it outlasts the *peer's* retransmissions, and the
/// peer's T1 is unknown to us.
pub const TIMER_D: Duration = Duration::from_secs(32);
/// When a non-INVITE request that still has no answer gets a 100: the moment at which the peer's
/// Timer E reaches T2 (RFC 4320 §4.1).
pub const SLOW: Duration = Duration::from_millis(3500);

/// Timers A, E and G: the next repeat and the gap that led to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resend {
    pub at: Instant,
    gap: Duration,
}

impl Resend {
    /// `None` on a reliable transport, which repeats what is lost by itself.
    pub fn start(reliable: bool, now: Instant) -> Option<Resend> {
        (!reliable).then_some(Resend {
            at: now + T1,
            gap: T1,
        })
    }

    /// The repeat is due: the gap doubles, up to `longest`. Counted from now, so that a process
    /// that was stopped does not catch up in a burst.
    pub fn advance(&mut self, longest: Duration, now: Instant) {
        self.gap = (self.gap * 2).min(longest);
        self.at = now + self.gap;
    }

    /// From now on every T2 (Timer E in Proceeding).
    pub fn slow_down(&mut self) {
        self.gap = T2;
    }
}
