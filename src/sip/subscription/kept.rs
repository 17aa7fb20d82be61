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
const MOST_KEPT: usize = 10_000;

/// How the user part of such a URI begins.
const PREFIX: &str = "refer-";

/// Transfers by their secret.
#[derive(Debug, Default)]
pub struct Kept(HashMap<String, Event>);

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
        self.0.retain(|_, event| event.until > now);
        if self.0.len() >= MOST_KEPT {
            let oldest = self.0.iter().min_by_key(|(_, event)| event.until);
            if let Some(secret) = oldest.map(|(secret, _)| secret.clone()) {
                self.0.remove(&secret);
            }
        }
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
        self.0.insert(secret, event);
    }

    /// Notes how it stands; hands back who follows it.
    pub fn tell(&mut self, refer: ReferId, status: &Status, now: Instant) -> Vec<LegId> {
        let mut events = self.0.values_mut();
        match events.find(|event| event.refer == refer) {
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
        let event = self.0.get_mut(user.strip_prefix(PREFIX)?)?;
        if event.until <= now || event.watchers.len() >= MOST_WATCHERS {
            return None;
        }
        event.watchers.push(leg);
        Some((event.refer, event.status.clone()))
    }

    /// The leg follows nothing any more.
    pub fn part(&mut self, leg: LegId) {
        for event in self.0.values_mut() {
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
