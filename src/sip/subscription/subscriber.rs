//! The subscriber of one REFER of ours (RFC 3515 §2.4, RFC 6665 §4.1): what we are told of it.
//!
//! ```text
//!  REFER sent ──2xx, or a NOTIFY before it──▶ Following ──terminated, time──▶ Over
//!      └──300–699, silence──▶ Over
//! ```

use std::time::{Duration, Instant};

use crate::sip::refer::SubscriptionState;

/// How long a last NOTIFY may take after the subscription has expired, lost a few times.
const STRAGGLER: Duration = Duration::from_secs(32);

/// The longest life of a subscription that we believe.
const LONGEST: Duration = Duration::from_secs(3600);

/// What we follow of one REFER.
#[derive(Debug)]
pub struct Subscriber {
    /// The REFER's CSeq number, by which a NOTIFY may name it.
    id: u32,
    /// How long the peer may say nothing after its 2xx, and at least after any NOTIFY: phones announce a
    /// minute and let the target ring for two.
    patience: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    /// The REFER waits for its answer; a NOTIFY may come before.
    Asked {
        followed_until: Option<Instant>,
        ended: bool,
    },
    Following {
        until: Instant,
    },
    Over,
}

impl Subscriber {
    pub fn new(id: u32, patience: Duration) -> Subscriber {
        Subscriber {
            id,
            patience,
            state: State::Asked {
                followed_until: None,
                ended: false,
            },
        }
    }

    pub fn id(&self) -> u32 {
        self.id
    }

    /// The REFER was sent again with another number (after a challenge).
    pub fn renumber(&mut self, id: u32) {
        self.id = id;
    }

    /// The REFER's final response. `subscribed` is false where the peer declined to (RFC 4488).
    pub fn answered(&mut self, code: u16, subscribed: bool, now: Instant) {
        let State::Asked {
            followed_until,
            ended,
        } = &self.state
        else {
            return;
        };
        self.state = match code {
            200..=299 if subscribed && !ended => State::Following {
                until: followed_until.unwrap_or(now + self.patience),
            },
            _ => State::Over,
        };
    }

    /// A NOTIFY came; `last` where it told a final status, after which only a NOTIFY that says
    /// `terminated` may come.
    pub fn notified(&mut self, standing: &SubscriptionState, last: bool, now: Instant) {
        let life = match (last, standing.expires_s) {
            (true, _) => Duration::ZERO,
            (false, Some(s)) => Duration::from_secs(s.into())
                .min(LONGEST)
                .max(self.patience),
            (false, None) => LONGEST.max(self.patience),
        };
        let until = now + life + STRAGGLER;
        match (&mut self.state, standing.terminated) {
            (State::Asked { ended, .. }, true) => *ended = true,
            (State::Asked { followed_until, .. }, false) => *followed_until = Some(until),
            (State::Following { .. }, true) => self.state = State::Over,
            (State::Following { until: known }, false) => *known = until,
            (State::Over, _) => {}
        }
    }

    /// Whether a NOTIFY may still come.
    pub fn listens(&self) -> bool {
        matches!(
            self.state,
            State::Asked { ended: false, .. } | State::Following { .. }
        )
    }

    /// `true` where the subscription ended by this: nobody told us how it went.
    pub fn handle_timeout(&mut self, now: Instant) -> bool {
        match self.state {
            State::Following { until } if until <= now => {
                self.state = State::Over;
                true
            }
            _ => false,
        }
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        match self.state {
            State::Following { until } => Some(until),
            State::Asked { .. } | State::Over => None,
        }
    }

    /// Nobody wants to know any more.
    pub fn forget(&mut self) {
        self.state = State::Over;
    }

    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }
}
