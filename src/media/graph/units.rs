//! The units among the legs: their ticks, and who gets the frames.

use std::time::Instant;

use super::choir::Choir;
use super::leg::Talks;
use super::{Graph, MOST_FRAMES};
use crate::base::SoundId;
use crate::media::unit::{Cut, Made, Order, Taken, Unit};
use crate::media::{Event, NewUnit, Node};

/// A unit and its place.
#[derive(Debug)]
pub(super) struct Seat {
    pub unit: Unit,
    /// One at most, except of those that mix.
    pub sources: Vec<Node>,
    pub listeners: Vec<Node>,
    /// When its next tick is due; `None` while it makes no sound.
    pub tick: Option<Instant>,
    /// Where it mixes.
    pub choir: Choir,
}

impl Seat {
    /// Does not hear it any more.
    pub fn leave(&mut self, source: Node) {
        self.sources.retain(|other| *other != source);
        self.unit.part(source);
    }
}

impl Graph {
    pub(super) fn create(&mut self, id: SoundId, what: NewUnit, now: Instant) {
        self.units.entry(id).or_insert_with(|| Seat {
            unit: Unit::new(what),
            sources: Vec::new(),
            listeners: Vec::new(),
            tick: None,
            choir: Choir::default(),
        });
        self.set_clock(id, now);
    }

    pub(super) fn steer(&mut self, id: SoundId, order: Order, now: Instant) {
        if let Some(seat) = self.units.get_mut(&id) {
            seat.unit.obey(order);
            self.set_clock(id, now);
        }
    }

    pub(super) fn drop_unit(&mut self, id: SoundId, now: Instant) {
        let sources = self.units.get(&id).map(|seat| seat.sources.clone());
        for source in sources.unwrap_or_default() {
            self.part(id, source, now);
        }
        let Some(seat) = self.units.remove(&id) else {
            return;
        };
        if let Some(at) = seat.tick {
            self.clock.stop(id.into(), at);
        }
        self.deafen(Node::Unit(id), seat.listeners);
        self.frames.retain(|(unit, _)| *unit != id);
    }

    /// A unit has ticks while it makes sound.
    fn set_clock(&mut self, id: SoundId, now: Instant) {
        let Some(seat) = self.units.get_mut(&id) else {
            return;
        };
        match (seat.unit.sounds(), seat.tick) {
            (true, None) => seat.tick = Some(self.clock.start(id.into(), now)),
            (false, Some(at)) => {
                self.clock.stop(id.into(), at);
                seat.tick = None;
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    /// A unit makes its frame, and everybody who hears it gets it.
    pub(super) fn tick(&mut self, id: SoundId, at: Instant, now: Instant) {
        let Some(seat) = self.units.get_mut(&id) else {
            return;
        };
        let made = seat.unit.make(&mut self.frame, &mut self.news);
        seat.tick = match seat.unit.sounds() {
            true => Some(self.clock.go_on(id.into(), at, now)),
            false => None,
        };
        for news in self.news.drain(..) {
            self.events.push_back(Event::Unit { unit: id, news });
        }
        match made {
            Made::Nothing => {}
            Made::Frame => self.pass_round(id.into(), None, true, at),
            Made::Mix => self.pass_mix_round(id, at),
            Made::Cut(cut) => self.let_out(id, *cut),
        }
    }

    /// The frame goes to everybody who hears `source`. `relayed`: in what format its packets go, to those who take
    /// them. `speaks`: it is no mere silence.
    pub(super) fn pass_round(
        &mut self,
        source: Node,
        relayed: Option<Option<Talks>>,
        speaks: bool,
        at: Instant,
    ) {
        let mut served = 0;
        while let Some(listener) = self.listener_at(source, served) {
            served += 1;
            self.deliver(source, listener, relayed, speaks, at);
        }
    }

    /// Everybody who hears a mix gets it without what they said themselves.
    fn pass_mix_round(&mut self, id: SoundId, at: Instant) {
        let mut served = 0;
        // Whether the frame is the mix that has everybody in it.
        let mut has_all = false;
        while let Some(listener) = self.listener_at(Node::Unit(id), served) {
            served += 1;
            let hears_all = self.hears_all(id, listener);
            if let Some(seat) = self.units.get(&id)
                && !(has_all && hears_all.is_some())
            {
                seat.unit.mix_for(listener, &mut self.frame);
                has_all = hears_all.is_some();
            }
            if !hears_all.is_some_and(|leg| self.sing_to(id, leg, at)) {
                self.deliver(Node::Unit(id), listener, None, true, at);
            }
        }
    }

    fn listener_at(&self, source: Node, place: usize) -> Option<Node> {
        let listeners = match source {
            Node::Leg(leg) => &self.legs.get(&leg)?.listeners,
            Node::Heard(leg) => &self.legs.get(&leg)?.taps,
            Node::Unit(unit) => &self.units.get(&unit)?.listeners,
        };
        listeners.get(place).copied()
    }

    /// The frame goes to one listener, and to the taps of a leg.
    fn deliver(
        &mut self,
        source: Node,
        listener: Node,
        relayed: Option<Option<Talks>>,
        speaks: bool,
        at: Instant,
    ) {
        match listener {
            Node::Leg(id) => {
                let Some(leg) = self.legs.get_mut(&id) else {
                    return;
                };
                if speaks && relayed.is_none_or(|talks| leg.needs_other_words(talks)) {
                    leg.speak(id, &self.frame, at, &mut self.outbox);
                }
                let mut served = 0;
                while let Some(tap) = self.listener_at(Node::Heard(id), served) {
                    served += 1;
                    self.hand_to(Node::Heard(id), tap);
                }
                self.cross(id, speaks, at);
            }
            Node::Unit(_) => self.hand_to(source, listener),
            Node::Heard(_) => {}
        }
    }

    /// The frame goes to a unit.
    fn hand_to(&mut self, source: Node, listener: Node) {
        let Node::Unit(id) = listener else {
            return;
        };
        let seat = self.units.get_mut(&id);
        let taken = seat.map(|seat| seat.unit.take(source, &self.frame));
        if taken == Some(Taken::Out) {
            let frame = self.frame.clone();
            self.let_out(id, Cut { frame, right: None });
        }
    }

    fn let_out(&mut self, id: SoundId, cut: Cut) {
        if self.frames.len() >= MOST_FRAMES {
            self.frames.pop_front();
            self.lost_frames += 1;
        }
        self.frames.push_back((id, cut));
    }
}
