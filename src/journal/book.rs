//! A journal that is being written: a few sessions that have to do with each other.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Instant;

use super::{Entry, Journal};
use crate::base::{Now, SessionId};
use crate::script::Program;
use crate::settings::Settings;
use crate::sip::stack;
use crate::sip::transport::Flow;

/// Reasons that are kept of one journal.
const MOST_FAILURES: usize = 8;

/// One journal in the making.
#[derive(Debug)]
pub(super) struct Book {
    first: SessionId,
    pub began: Now,
    settings: Arc<Settings>,
    stack: stack::Settings,
    pub users: BTreeSet<String>,
    pub programs: Vec<Arc<Program>>,
    /// Sessions that are not over.
    pub open: BTreeSet<SessionId>,
    /// Where its messages came from or went.
    pub flows: HashSet<Flow>,
    failures: Vec<String>,
    /// By their number among all that is written, in whichever book: many happen at one moment.
    entries: Vec<(u64, Instant, Entry)>,
    pub bytes: usize,
    left_out: u64,
    /// The step whose cause is in here.
    pub step: u64,
}

impl Book {
    pub fn new(
        first: SessionId,
        settings: Arc<Settings>,
        stack: stack::Settings,
        now: Now,
    ) -> Book {
        Book {
            first,
            began: now,
            settings,
            stack,
            users: BTreeSet::new(),
            programs: Vec::new(),
            open: BTreeSet::new(),
            flows: HashSet::new(),
            failures: Vec::new(),
            entries: Vec::new(),
            bytes: 0,
            left_out: 0,
            step: 0,
        }
    }

    /// Once something did not fit, nothing does: what is there has no holes.
    pub fn write(&mut self, nth: u64, entry: Entry, most_bytes: usize, now: Now) {
        let weight = entry.weight();
        match self.left_out == 0 && self.bytes + weight <= most_bytes {
            true => {
                self.bytes += weight;
                self.entries.push((nth, now.at, entry));
            }
            false => self.left_out += 1,
        }
    }

    pub fn fail(&mut self, why: String) {
        if self.failures.len() < MOST_FAILURES && !self.failures.contains(&why) {
            self.failures.push(why);
        }
    }

    pub fn has_failed(&self) -> bool {
        !self.failures.is_empty()
    }

    /// Both are one from now on.
    pub fn take_in(&mut self, other: Book) {
        if other.began.at < self.began.at {
            (self.began, self.first) = (other.began, other.first);
            (self.settings, self.stack) = (other.settings, other.stack);
        }
        self.users.extend(other.users);
        self.programs.extend(other.programs);
        self.open.extend(other.open);
        self.flows.extend(other.flows);
        for why in other.failures {
            self.fail(why);
        }
        self.entries.extend(other.entries);
        self.entries.sort_by_key(|(nth, ..)| *nth);
        self.bytes += other.bytes;
        self.left_out += other.left_out;
        self.step = self.step.max(other.step);
    }

    pub fn close(self, now: Now) -> Journal {
        let began = self.began.at;
        let entries = self.entries.into_iter();
        Journal {
            name: self.first.to_string(),
            began_unix_ms: self.began.unix_ms,
            settings: self.settings,
            stack: self.stack,
            users: self.users.into_iter().collect(),
            programs: self.programs,
            failures: self.failures,
            left_out: self.left_out,
            lasted: now.at.saturating_duration_since(began),
            entries: entries
                .map(|(_, at, entry)| (at.saturating_duration_since(began), entry))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::command::Level;

    #[test]
    fn two_books_become_one_in_the_order_in_which_they_were_written() {
        let now = Now {
            at: Instant::now(),
            unix_ms: 0,
        };
        let log = |text: &str| Entry::Log {
            session: SessionId(1),
            level: Level::Info,
            text: text.to_string(),
        };
        let stack = stack::Settings {
            product: String::new(),
            listeners: Vec::new(),
            session_expires_s: 0,
            min_se_s: 90,
            most_legs: 1,
        };
        let book = || Book::new(SessionId(1), Arc::default(), stack.clone(), now);
        let (mut one, mut other) = (book(), book());
        // All at one moment.
        for (nth, text) in ["first", "second", "third", "fourth"]
            .into_iter()
            .enumerate()
        {
            let book = if nth % 2 == 0 { &mut other } else { &mut one };
            book.write(nth as u64, log(text), 1 << 20, now);
        }
        one.take_in(other);
        let entries = one.close(now).entries.into_iter();
        let texts = entries.map(|(_, entry)| match entry {
            Entry::Log { text, .. } => text,
            other => panic!("{other:?}"),
        });
        assert_eq!(
            texts.collect::<Vec<_>>(),
            ["first", "second", "third", "fourth"]
        );
    }
}
