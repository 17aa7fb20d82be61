//! Who hears whom, kept on both sides. A leg hears one source, the newest; so does a unit, except those that mix.
//! What a leg hears can itself be heard ([`Node::Heard`]): whoever does is a *tap* of that leg.

use std::time::Instant;

use super::Graph;
use crate::base::{LegId, SoundId};
use crate::media::{Node, Side};

impl Graph {
    pub(super) fn hear(&mut self, listener: Node, source: Option<Node>, now: Instant) {
        // A source that is over is silent, and nobody hears itself.
        let wanted = source.filter(|source| self.has(*source) && *source != listener);
        let before = match listener {
            Node::Leg(id) => match self.legs.get_mut(&id) {
                Some(leg) if leg.source != wanted => {
                    leg.fall_silent();
                    std::mem::replace(&mut leg.source, wanted)
                }
                Some(_) | None => return,
            },
            Node::Unit(id) => match self.units.get_mut(&id) {
                Some(seat) if seat.unit.hears_many() => return,
                Some(seat) if seat.sources.first() != wanted.as_ref() => {
                    let before = seat.sources.pop();
                    seat.sources.extend(wanted);
                    before
                }
                Some(_) | None => return,
            },
            // It hears what its leg hears.
            Node::Heard(_) => return,
        };
        self.tell_sources(listener, before, wanted, now);
    }

    /// One source more for a unit that mixes.
    pub(super) fn join(&mut self, id: SoundId, source: Node, side: Side, now: Instant) {
        let listener = Node::Unit(id);
        if !self.has(source) || source == listener {
            return;
        }
        let Some(seat) = self.units.get_mut(&id) else {
            return;
        };
        if !seat.unit.join(source, side) || seat.sources.contains(&source) {
            return;
        }
        seat.sources.push(source);
        self.tell_sources(listener, None, Some(source), now);
    }

    /// One source less.
    pub(super) fn part(&mut self, id: SoundId, source: Node, now: Instant) {
        let Some(seat) = self.units.get_mut(&id) else {
            return;
        };
        if !seat.sources.contains(&source) {
            return;
        }
        seat.leave(source);
        self.tell_sources(Node::Unit(id), Some(source), None, now);
    }

    /// `listener` hears `wanted` instead of `before`.
    fn tell_sources(
        &mut self,
        listener: Node,
        before: Option<Node>,
        wanted: Option<Node>,
        now: Instant,
    ) {
        if let Some(listeners) = before.and_then(|before| self.listeners_of(before)) {
            listeners.retain(|other| *other != listener);
        }
        if let Some(listeners) = wanted.and_then(|wanted| self.listeners_of(wanted)) {
            listeners.push(listener);
        }
        for source in [before, wanted] {
            match source {
                Some(Node::Leg(source)) => self.prick_ear(source, now),
                Some(Node::Heard(leg)) => self.prick_ear_for(leg, now),
                Some(Node::Unit(_)) | None => {}
            }
        }
    }

    pub(super) fn has(&self, node: Node) -> bool {
        match node {
            Node::Leg(leg) | Node::Heard(leg) => self.legs.contains_key(&leg),
            Node::Unit(unit) => self.units.contains_key(&unit),
        }
    }

    fn listeners_of(&mut self, node: Node) -> Option<&mut Vec<Node>> {
        match node {
            Node::Leg(leg) => self.legs.get_mut(&leg).map(|leg| &mut leg.listeners),
            Node::Heard(leg) => self.legs.get_mut(&leg).map(|leg| &mut leg.taps),
            Node::Unit(unit) => self.units.get_mut(&unit).map(|seat| &mut seat.listeners),
        }
    }

    /// A leg's listeners and taps lose it.
    pub(super) fn forget_leg(&mut self, id: LegId, listeners: Vec<Node>, taps: Vec<Node>) {
        self.deafen(Node::Leg(id), listeners);
        self.deafen(Node::Heard(id), taps);
    }

    /// Their source is gone.
    pub(super) fn deafen(&mut self, source: Node, listeners: Vec<Node>) {
        for listener in listeners {
            match listener {
                Node::Leg(leg) | Node::Heard(leg) => {
                    if let Some(leg) = self.legs.get_mut(&leg) {
                        leg.source = None;
                        leg.fall_silent();
                    }
                }
                Node::Unit(unit) => {
                    if let Some(seat) = self.units.get_mut(&unit) {
                        seat.leave(source);
                    }
                }
            }
        }
    }
}
