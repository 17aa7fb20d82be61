//! What is kept of transfers whose transferor subscribes to them by itself (RFC 7614): how each stands, by
//! the secret part of its `Refer-Events-At`.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::notifier::Status;
use crate::base::LegId;
use crate::sip::message::{NameAddr, Uri};
use crate::sip::stack::ReferId;

/// How long the outcome may be asked for after the end: twice 64·T1 (§4.5 wants one at the least).
const AFTER_THE_END: Duration = Duration::from_secs(64);

/// How long a transfer without an outcome is kept.
const LONGEST: Duration = Duration::from_secs(2 * 3600);

/// Dialogs that follow one transfer.
const MOST_WATCHERS: usize = 8;

/// Transfers that are kept; beyond it the oldest makes way.
const MOST_KEPT: usize = 1024;

/// How the user part of such a URI begins.
const PREFIX: &str = "refer-";

/// The transfers.
#[derive(Debug, Default)]
pub struct Kept {
    by_secret: HashMap<String, Event>,
    secrets: HashMap<ReferId, String>,
}

#[derive(Debug)]
struct Event {
    refer: ReferId,
    status: Status,
    until: Instant,
    watchers: Vec<LegId>,
}

impl Kept {
    /// A transfer was accepted.
    pub fn open(&mut self, secret: String, refer: ReferId, now: Instant) {
        self.by_secret.retain(|_, event| event.until > now);
        if self.by_secret.len() >= MOST_KEPT {
            let oldest = self.by_secret.iter().min_by_key(|(_, event)| event.until);
            if let Some(secret) = oldest.map(|(secret, _)| secret.clone()) {
                self.by_secret.remove(&secret);
            }
        }
        let by_secret = &self.by_secret;
        self.secrets
            .retain(|_, secret| by_secret.contains_key(secret));
        let status = Status {
            code: 100,
            reason: "Trying".to_string(),
        };
        let event = Event {
            refer,
            status,
            until: now + LONGEST,
            watchers: Vec::new(),
        };
        self.secrets.insert(refer, secret.clone());
        self.by_secret.insert(secret, event);
    }

    /// Notes how it stands; hands back who follows it.
    pub fn tell(&mut self, refer: ReferId, status: &Status, now: Instant) -> Vec<LegId> {
        let secret = self.secrets.get(&refer);
        match secret.and_then(|secret| self.by_secret.get_mut(secret)) {
            Some(event) if event.status.code < 200 => {
                event.status = status.clone();
                if status.code >= 200 {
                    event.until = now + AFTER_THE_END;
                }
                event.watchers.clone()
            }
            // The first outcome counts.
            Some(_) | None => Vec::new(),
        }
    }

    /// Somebody subscribes at this URI: which transfer that is, and how it stands. `None` where it is none
    /// of ours, is forgotten, or has enough who follow it.
    pub fn join(&mut self, uri: &Uri, leg: LegId, now: Instant) -> Option<(ReferId, Status)> {
        let user = uri.user()?;
        let event = self.by_secret.get_mut(user.strip_prefix(PREFIX)?)?;
        if event.until <= now || event.watchers.len() >= MOST_WATCHERS {
            return None;
        }
        event.watchers.push(leg);
        Some((event.refer, event.status.clone()))
    }

    /// The leg follows nothing any more.
    pub fn part(&mut self, leg: LegId) {
        for event in self.by_secret.values_mut() {
            event.watchers.retain(|watcher| *watcher != leg);
        }
    }
}

/// The `Refer-Events-At` for a secret; `contact` is ours in that dialog.
pub fn events_at(contact: &str, secret: &str) -> Option<String> {
    let mut address = NameAddr::parse(contact.as_bytes()).ok()?;
    let Uri::Sip(uri) = &mut address.uri else {
        return None;
    };
    uri.raw_user = Some(format!("{PREFIX}{secret}"));
    Some(NameAddr::new(address.uri).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16) -> Status {
        Status {
            code,
            reason: String::new(),
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_forgotten_after_a_while() {
        let start = Instant::now();
        let mut kept = Kept::default();
        for number in 0..MOST_KEPT as u64 + 5 {
            kept.open(format!("{number}"), ReferId(number), start);
        }
        let sizes = |kept: &Kept| (kept.by_secret.len(), kept.secrets.len());
        assert_eq!(sizes(&kept), (MOST_KEPT, MOST_KEPT));
        kept.open("last".to_string(), ReferId(u64::MAX), start + LONGEST);
        assert_eq!(sizes(&kept), (1, 1));
    }

    #[test]
    fn only_so_many_follow_one_transfer_and_the_first_outcome_counts() {
        let now = Instant::now();
        let mut kept = Kept::default();
        kept.open("s".to_string(), ReferId(1), now);
        let uri = Uri::sip("refer-s", "h", None);
        for leg in 0..20 {
            let joined = kept.join(&uri, LegId(leg), now).is_some();
            assert_eq!(joined, leg < MOST_WATCHERS as u64);
        }
        kept.part(LegId(0));
        assert_eq!(
            kept.tell(ReferId(1), &status(486), now).len(),
            MOST_WATCHERS - 1
        );
        assert_eq!(kept.tell(ReferId(1), &status(200), now), []);
        assert_eq!(
            kept.join(&uri, LegId(30), now),
            Some((ReferId(1), status(486)))
        );
        for other in ["refer-", "refer-t", "s"] {
            assert_eq!(kept.join(&Uri::sip(other, "h", None), LegId(31), now), None);
        }
    }
}
