//! What a phone does by itself at a later time.

use std::time::{Duration, Instant};

use super::{Line, Phone};
use crate::base::LegId;

/// What the phone does by itself at a later time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chore {
    Ring {
        leg: LegId,
        code: u16,
    },
    Answer {
        leg: LegId,
    },
    Reject {
        leg: LegId,
        code: u16,
    },
    HangUp {
        leg: LegId,
    },
    GiveUp {
        leg: LegId,
    },
    Offer {
        leg: LegId,
        hold: bool,
    },
    /// Tells the transferor once more how a call that it follows stands.
    TellAgain {
        leg: LegId,
    },
}

impl Phone {
    pub(super) fn later(&mut self, chore: Chore, after: Duration, now: Instant) {
        let id = self.id();
        self.chores.insert((now + after, id), chore);
    }

    pub(super) fn take_up(&mut self, chore: Chore, now: Instant) {
        let alerting = |leg: &LegId| self.lines.get(leg).is_some_and(Line::is_alerting);
        match chore {
            Chore::Ring { leg, code } if alerting(&leg) => self.ring(leg, code, now),
            Chore::Answer { leg } if alerting(&leg) => self.answer(leg, now),
            Chore::Reject { leg, code } if alerting(&leg) => self.reject(leg, code, now),
            Chore::GiveUp { leg } if self.lines.get(&leg).is_some_and(Line::is_calling) => {
                self.hang_up(leg, now);
            }
            Chore::HangUp { leg } if self.lines.get(&leg).is_some_and(Line::is_alive) => {
                self.hang_up(leg, now);
            }
            Chore::TellAgain { leg } => self.tell_again(leg, now),
            Chore::Offer { leg, hold } if self.lines.get(&leg).is_some_and(Line::is_talking) => {
                self.offer(leg, hold, now);
            }
            // The call has moved on in the meantime.
            Chore::Ring { .. }
            | Chore::Answer { .. }
            | Chore::Reject { .. }
            | Chore::GiveUp { .. }
            | Chore::Offer { .. }
            | Chore::HangUp { .. } => {}
        }
    }
}
