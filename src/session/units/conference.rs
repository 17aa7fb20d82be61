//! Conferences: a mixer, and endpoints, which are calls that are in it by name. A call may be in it without being an
//! endpoint, by a link alone.
//!
//! ```text
//!  created: Started ──▶ add(): EndpointAdded ──▶ add() again, a new name: EndpointUpdated
//!                          │                ├──▶ manageEndpoint(): EndpointManaged
//!                          │                └──▶ its call ends: EndpointRemoved
//!                          └── full, or the call is over: ConferenceError
//!  stop() at any time: Stopped ▸ forgotten
//! ```

use std::collections::BTreeMap;

use super::{Kind, Owner, Unit};
use crate::base::{CallId, Now, UnitId};
use crate::media::{self, NewUnit};
use crate::script::command::Level;
use crate::script::unit::{
    ConferenceNews, ConferenceOrder, Direction, Node, Receive, UnitNews, Whose,
};
use crate::session::Session;

/// Codes of `ConferenceError`: VoxEngine documents 102 alone, which is not ours (that a conference has no video).
const FULL: u16 = 101;
const NO_CALL: u16 = 103;

/// What mixes for telephones, and for more than those.
const RATE_HZ: u32 = 8_000;
const HD_RATE_HZ: u32 = 48_000;

/// A conference as its story goes.
#[derive(Debug, Default)]
pub struct Conference {
    /// By the number that the script has given.
    endpoints: BTreeMap<u32, Endpoint>,
    /// Whom each listener does not hear, as the media room was told last.
    without: BTreeMap<media::Node, Vec<media::Node>>,
}

#[derive(Debug)]
struct Endpoint {
    call: CallId,
    /// Whether it receives those whom it names; who comes later it receives by `others`.
    named: BTreeMap<u32, bool>,
    others: bool,
}

impl Endpoint {
    fn receives(&self, other: u32) -> bool {
        self.named.get(&other).copied().unwrap_or(self.others)
    }
}

impl Session {
    pub(super) fn create_conference(&mut self, id: UnitId, hd: bool) {
        let kind = Kind::Conference(Conference::default());
        let owner = Owner::Script;
        self.units.live.insert(id, Unit { owner, kind });
        let unit = self.sound_of_unit(id);
        self.sound(media::Command::Create {
            unit,
            what: NewUnit::Mixer {
                rate_hz: if hd { HD_RATE_HZ } else { RATE_HZ },
                talkers: self.limits.conference_talkers,
            },
        });
        self.tell_conference(id, ConferenceNews::Started);
    }

    pub(super) fn steer_conference(&mut self, id: UnitId, order: ConferenceOrder, now: Now) {
        if self.conference(id).is_none() {
            return;
        }
        match order {
            ConferenceOrder::Add {
                endpoint,
                call,
                direction,
            } => self.add_endpoint(id, endpoint, call, direction, now),
            ConferenceOrder::Update { endpoint } => {
                if self.has_endpoint(id, endpoint) {
                    self.tell_conference(id, ConferenceNews::EndpointUpdated { endpoint });
                }
            }
            ConferenceOrder::Manage { endpoint, receive } => {
                if self.has_endpoint(id, endpoint) {
                    self.manage_endpoint(id, endpoint, &receive);
                    self.tell_conference(id, ConferenceNews::EndpointManaged { endpoint });
                }
            }
            ConferenceOrder::Stop => {
                self.tell_conference(id, ConferenceNews::Stopped);
                self.drop_unit(id);
            }
        }
    }

    fn add_endpoint(
        &mut self,
        id: UnitId,
        endpoint: u32,
        call: CallId,
        direction: Direction,
        now: Now,
    ) {
        let most = self.limits.conference_endpoints as usize;
        let there = self.calls.contains_key(&call);
        let Some(conference) = self.conference(id) else {
            return;
        };
        let known = conference.endpoints.contains_key(&endpoint);
        if !there {
            let error = format!("{call} is over");
            return self.refuse_endpoint(id, NO_CALL, error, Some(endpoint), !known);
        }
        if !known && conference.endpoints.len() >= most {
            let error = format!("a conference may have {most} endpoints");
            return self.refuse_endpoint(id, FULL, error, Some(endpoint), true);
        }
        if !known {
            let (named, others) = (BTreeMap::new(), true);
            conference.endpoints.insert(
                endpoint,
                Endpoint {
                    call,
                    named,
                    others,
                },
            );
        }
        let (sends, receives) = match direction {
            Direction::Send => (true, false),
            Direction::Receive => (false, true),
            Direction::Both => (true, true),
        };
        match sends {
            true => self.link(call, id, now),
            false => self.unlink(call.into(), id.into()),
        }
        match receives {
            true => self.link(id, call, now),
            false => self.unlink(id.into(), call.into()),
        }
        self.tell_hearing(id);
        let news = match known {
            true => ConferenceNews::EndpointUpdated { endpoint },
            false => ConferenceNews::EndpointAdded { endpoint },
        };
        self.tell_conference(id, news);
    }

    fn manage_endpoint(&mut self, id: UnitId, endpoint: u32, receive: &[Receive]) {
        let Some(conference) = self.conference(id) else {
            return;
        };
        let all: Vec<u32> = conference.endpoints.keys().copied().collect();
        let Some(own) = conference.endpoints.get_mut(&endpoint) else {
            return;
        };
        // The general first, whatever the order in which they were written.
        for Receive { of, on } in receive {
            match of {
                // Those that are there; who comes later is another matter.
                Whose::All => own.named = all.iter().map(|other| (*other, *on)).collect(),
                Whose::New => {
                    let kept = all.iter().map(|other| (*other, own.receives(*other)));
                    own.named = kept.collect();
                    own.others = *on;
                }
                Whose::Endpoint(_) => {}
            }
        }
        for Receive { of, on } in receive {
            if let Whose::Endpoint(other) = of
                && all.contains(other)
            {
                own.named.insert(*other, *on);
            }
        }
        self.tell_hearing(id);
    }

    /// The call is over, or another session's: it is an endpoint no more.
    pub(in crate::session) fn leave_conferences(&mut self, call: CallId) {
        let left: Vec<(UnitId, u32)> = self
            .units
            .live
            .iter()
            .filter_map(|(id, unit)| {
                let Kind::Conference(conference) = &unit.kind else {
                    return None;
                };
                let mut endpoints = conference.endpoints.iter();
                let found = endpoints.find(|(_, endpoint)| endpoint.call == call);
                found.map(|(endpoint, _)| (*id, *endpoint))
            })
            .collect();
        for (id, endpoint) in left {
            if let Some(conference) = self.conference(id) {
                conference.endpoints.remove(&endpoint);
                for other in conference.endpoints.values_mut() {
                    other.named.remove(&endpoint);
                }
            }
            self.tell_hearing(id);
            self.tell_conference(id, ConferenceNews::EndpointRemoved { endpoint });
        }
    }

    /// Another leg has the place of a call: where it is an endpoint, the media room must know whom that one hears.
    pub(in crate::session) fn tell_hearing_again(&mut self) {
        let all: Vec<UnitId> = self.units.live.keys().copied().collect();
        for id in all {
            self.tell_hearing(id);
        }
    }

    /// Whether one source more can be linked to this unit; else it is said why not.
    pub(in crate::session) fn takes_source(&mut self, unit: UnitId, from: Node) -> bool {
        let most = self.limits.conference_endpoints as usize;
        if self.conference(unit).is_none() {
            return true;
        }
        let sources = self.links.around(unit);
        let mut sources = sources.iter().filter(|(_, to)| *to == unit.into());
        if sources.clone().any(|(source, _)| *source == from) || sources.by_ref().count() < most {
            return true;
        }
        let error = format!("a conference may hear {most} others");
        self.refuse_endpoint(unit, FULL, error, None, false);
        false
    }

    /// The media room is told whom each listener does not hear, where that is another than before.
    fn tell_hearing(&mut self, id: UnitId) {
        let sounds: BTreeMap<CallId, media::Node> = self
            .calls
            .iter()
            .map(|(call, talk)| (*call, talk.call.sound.into()))
            .collect();
        let unit = self.sound_of_unit(id);
        let Some(conference) = self.conference(id) else {
            return;
        };
        let mut without = BTreeMap::new();
        for own in conference.endpoints.values() {
            let deaf_to = conference.endpoints.iter();
            let deaf_to = deaf_to.filter(|(other, _)| !own.receives(**other));
            let nodes: Vec<media::Node> = deaf_to
                .filter_map(|(_, other)| sounds.get(&other.call).copied())
                .collect();
            if let (Some(listener), false) = (sounds.get(&own.call), nodes.is_empty()) {
                without.insert(*listener, nodes);
            }
        }
        let before = std::mem::replace(&mut conference.without, without.clone());
        let over = before
            .keys()
            .filter(|listener| !without.contains_key(listener));
        let over: Vec<_> = over.map(|listener| (*listener, Vec::new())).collect();
        let changed = without
            .into_iter()
            .filter(|(listener, nodes)| before.get(listener) != Some(nodes));
        for (listener, without) in over.into_iter().chain(changed) {
            let order = media::unit::mixer::Order { listener, without };
            let order = media::Order::Mixer(order);
            self.sound(media::Command::Steer { unit, order });
        }
    }

    fn refuse_endpoint(
        &mut self,
        id: UnitId,
        code: u16,
        error: String,
        endpoint: Option<u32>,
        gone: bool,
    ) {
        self.log(Level::Warning, format!("{id}: {error}"));
        self.tell_conference(
            id,
            ConferenceNews::ConferenceError {
                code,
                error,
                endpoint,
                gone,
            },
        );
    }

    fn has_endpoint(&mut self, id: UnitId, endpoint: u32) -> bool {
        let conference = self.conference(id);
        conference.is_some_and(|conference| conference.endpoints.contains_key(&endpoint))
    }

    fn conference(&mut self, id: UnitId) -> Option<&mut Conference> {
        match &mut self.units.live.get_mut(&id)?.kind {
            Kind::Conference(conference) => Some(conference),
            _ => None,
        }
    }

    fn tell_conference(&mut self, id: UnitId, news: ConferenceNews) {
        self.tell_unit(id, UnitNews::Conference(news));
    }
}
