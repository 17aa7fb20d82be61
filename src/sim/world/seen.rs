//! What a world shows of itself: to stories, tests and crowds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{LogLine, Slow, World};
use crate::base::Now;
use crate::journal::Journal;
use crate::script::marks::Ran;
use crate::session::record::CallRecord;
use crate::sim::disk::Recording;
use crate::sim::outside::Outside;
use crate::sim::phone::{Manners, News, Phone};
use crate::sip::ladder::Ladder;
use crate::sip::registrar::Stored;
use crate::switchboard::{Alive, Count};

impl World {
    /// What recorders have written, in the order in which they have begun.
    pub fn recordings(&self) -> &[Recording] {
        self.disk.recordings()
    }

    /// Whether everything that was set off has been said: nothing is on the way, no script has a turn to take,
    /// and nothing is due at this very moment.
    pub fn is_settled(&self) -> bool {
        let nothing_due = self.next().is_none_or(|next| next > self.now.at);
        let nothing_flies = self.net.next_arrival().is_none() && self.undelivered.is_empty();
        let nobody_asks = !self.outside.is_asking();
        nothing_due && nothing_flies && nobody_asks && self.scripts.next_turn().is_none()
    }

    /// When something is due next, as time since the start.
    pub fn next_due(&self) -> Option<Duration> {
        self.next().map(|at| at.duration_since(self.start))
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.now.at.duration_since(self.start)
    }

    pub fn phone(&self, name: &str) -> Option<&Phone> {
        self.phones.get(name)
    }

    pub fn phones(&self) -> impl Iterator<Item = &Phone> {
        self.phones.values()
    }

    pub fn manners(&mut self, name: &str) -> Option<&mut Manners> {
        self.phones.get_mut(name).map(Phone::manners)
    }

    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// What the phones saw and did, with the time since the start and the phone's name.
    pub fn news(&self) -> &[(Duration, String, News)] {
        &self.news
    }

    pub fn records(&self) -> &[CallRecord] {
        &self.records
    }

    pub fn counts(&self) -> &[Count] {
        &self.counts
    }

    /// What was told to URLs: the URL as the log shows it, and the body.
    pub fn posts(&self) -> Vec<String> {
        let posts = self.posts.iter();
        posts
            .map(|post| format!("{} {}", post.hook, post.body))
            .collect()
    }

    /// Whom and what scripts reach outside.
    pub fn outside(&mut self) -> &mut Outside {
        &mut self.outside
    }

    /// What was asked of servers outside: method, URL and body.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.outside.asked().iter();
        asked
            .map(|asked| {
                let request = &asked.request;
                let (url, body) = (request.url.reveal(), request.body.text());
                format!("{} {url} {body}", request.method)
                    .trim_end()
                    .to_string()
            })
            .collect()
    }

    pub fn now(&self) -> Now {
        self.now
    }

    /// What was recorded of the sessions that are over.
    pub fn journals(&self) -> &[Journal] {
        &self.journals
    }

    /// What the registrar wants stored, by user.
    pub fn bindings(&self) -> &BTreeMap<String, Vec<Stored>> {
        &self.bindings
    }

    pub fn alive(&self) -> Alive {
        self.board.alive()
    }

    /// How often the spots of marked scenarios have run.
    pub fn ran(&self) -> Ran {
        self.scripts.ran()
    }

    /// The names of the scenarios that sessions have run.
    pub fn used(&self) -> &BTreeSet<String> {
        self.scripts.used()
    }

    /// The turns that took longest, by the stopwatch.
    pub fn slow_turns(&self) -> &[Slow] {
        self.scripts.slow()
    }

    pub fn is_quiet(&self) -> bool {
        self.board.is_quiet()
    }

    /// How many packets have been sent so far.
    pub fn packets(&self) -> u32 {
        u32::try_from(self.net.sent()).unwrap_or(u32::MAX)
    }
}
