//! From descriptions to sound: what SDP agreed on, in the words of the media room.

use std::net::IpAddr;

use super::{Effect, Session};
use crate::base::{CallId, Now, SoundId};
use crate::call::Effects;
use crate::media::{self, Line, Payload};
use crate::script::command::Level;
use crate::script::unit::Node;
use crate::sdp::{Codec, Media};

impl Session {
    pub(super) fn describe(&mut self, call: CallId, media: Media, signalling: IpAddr) {
        if let Some(talk) = self.calls.get(&call) {
            let leg = talk.call.sound;
            let line = line_of(&media, signalling);
            self.effects
                .push_back(Effect::Media(media::Command::Describe { leg, line }));
        }
    }

    /// `to` hears `from`.
    pub(super) fn link(&mut self, from: impl Into<Node>, to: impl Into<Node>, now: Now) {
        let (from, to) = (from.into(), to.into());
        if self.sound_of(from).is_none() || self.sound_of(to).is_none() {
            return;
        }
        if let Node::Unit(unit) = from
            && self.units.is_recorder(unit)
        {
            let text = format!("{to} does not hear {unit}: a recorder has nothing to say");
            return self.log(Level::Warning, text);
        }
        if self.mixer_of(to).is_some() {
            if let Node::Unit(unit) = to
                && !self.takes_source(unit, from)
            {
                return;
            }
            self.links.join(from, to);
            return self.tell_link(from, to);
        }
        let before = self.links.link(from, to);
        if let (Node::Call(from), Node::Call(to)) = (from, to) {
            self.talk_alike(from, to, now);
        }
        self.tell_link(from, to);
        if let Some(Node::Unit(unit)) = before.filter(|before| *before != from)
            && self.is_own(unit)
            && self.is_endless(unit)
        {
            // Nobody else hears it, and it would never end.
            self.drop_unit(unit);
        }
        for node in [from, to] {
            if let Node::Call(call) = node
                && let Some(talk) = self.calls.get_mut(&call)
            {
                talk.widowed = false;
            }
        }
    }

    /// The media room is told of a link.
    pub(super) fn tell_link(&mut self, from: Node, to: Node) {
        let (Some(source), Some(listener)) = (self.sound_of(from), self.sound_of(to)) else {
            return;
        };
        self.sound(match self.mixer_of(to) {
            Some(listener) => media::Command::Join {
                listener,
                source,
                side: media::Side::Both,
            },
            None => media::Command::Hear {
                listener,
                source: Some(source),
            },
        });
    }

    /// What the media room calls it; `None` where it is over.
    pub(super) fn sound_of(&self, node: Node) -> Option<media::Node> {
        match node {
            Node::Call(call) => self.calls.get(&call).map(|talk| talk.call.sound.into()),
            Node::Unit(unit) => {
                let is_there = self.units.has(unit);
                is_there.then(|| self.sound_of_unit(unit).into())
            }
        }
    }

    /// Packets that need no decoding are heard best and cost least: where one does not take what the other sends
    /// and could, it is asked to change over. Till it has, and where they share nothing, their sound is
    /// transcoded.
    fn talk_alike(&mut self, one: CallId, other: CallId, now: Now) {
        let (Some(a), Some(b)) = (self.calls.get(&one), self.calls.get(&other)) else {
            return;
        };
        let (a, b) = (&a.call, &b.call);
        if a.is_inner() || b.is_inner() {
            // Between two sessions nothing is coded.
            return;
        }
        if !a.is_connected() || !b.is_connected() || a.is_changing() || b.is_changing() {
            return;
        }
        let (talks_a, talks_b) = (a.codecs(), b.codecs());
        let hears = |talks: &[Codec], takes: &[Codec]| {
            talks.first().is_none_or(|codec| takes.contains(codec))
        };
        if hears(&talks_a, &talks_b) && hears(&talks_b, &talks_a) {
            return;
        }
        let change = match (hears(&talks_b, &a.takes()), hears(&talks_a, &b.takes())) {
            (true, _) => Some((one, shared(&talks_b, &a.takes()))),
            (false, true) => Some((other, shared(&talks_a, &b.takes()))),
            (false, false) => None,
        };
        let Some((call, wanted)) = change else {
            return;
        };
        let mut out = Effects::new();
        if let Some(talk) = self.calls.get_mut(&call) {
            talk.call.change_codecs(wanted, &mut out);
        }
        self.take(call, out, now);
    }

    /// A call has agreed on its sound: whoever was linked with it before may have to change over.
    pub(super) fn talk_alike_with_partners(&mut self, call: CallId, now: Now) {
        for partner in self.links.partners(call) {
            self.talk_alike(partner, call, now);
        }
    }

    pub(super) fn unlink(&mut self, from: Node, to: Node) {
        if self.links.unlink(from, to) {
            self.silence(from, to);
        }
    }

    /// `call` hears nobody and nobody hears it: it ends, or is about to. What was recorded of it is whole.
    pub(super) fn cut_sound(&mut self, call: CallId, now: Now) {
        self.stop_record_of(call, now);
        for (from, to) in self.links.cut(call.into()) {
            self.silence(from, to);
        }
        self.drop_units_of(call);
    }

    /// `to` does not hear `from` any more.
    fn silence(&mut self, from: Node, to: Node) {
        if let Some(listener) = self.mixer_of(to) {
            if let Some(source) = self.sound_of(from) {
                self.sound(media::Command::Part { listener, source });
            }
        } else if let Some(listener) = self.sound_of(to) {
            let source = None;
            self.sound(media::Command::Hear { listener, source });
        }
        self.gone_deaf(to);
    }

    /// The unit, where it is one that mixes.
    fn mixer_of(&self, node: Node) -> Option<SoundId> {
        match node {
            Node::Unit(unit) if self.units.mixes(unit) => Some(self.sound_of_unit(unit)),
            Node::Unit(_) | Node::Call(_) => None,
        }
    }

    /// What a call may talk so that the others of its session understand it as it is, best first:
    /// what all of `others` can take; where they have nothing in common, what the first can take.
    pub(super) fn codecs_with(&self, others: impl Iterator<Item = CallId>) -> Vec<Codec> {
        let shared = self.shared_with(others);
        shared.unwrap_or_else(|| Codec::USUAL.to_vec())
    }

    /// As [`Session::codecs_with`]; `None` where nobody is there who is known to take anything.
    pub(super) fn shared_with(&self, others: impl Iterator<Item = CallId>) -> Option<Vec<Codec>> {
        let mut shared: Option<Vec<Codec>> = None;
        for other in others {
            let theirs = self
                .calls
                .get(&other)
                .map(|talk| talk.call.takes())
                .unwrap_or_default();
            if theirs.is_empty() {
                continue;
            }
            shared = Some(match shared {
                None => theirs,
                Some(shared) => {
                    let both: Vec<_> = shared
                        .iter()
                        .copied()
                        .filter(|codec| theirs.contains(codec))
                        .collect();
                    if both.is_empty() { shared } else { both }
                }
            });
        }
        shared
    }
}

/// What is in both, in the order of the first.
fn shared(first: &[Codec], second: &[Codec]) -> Vec<Codec> {
    let both = first.iter().copied();
    both.filter(|codec| second.contains(codec)).collect()
}

fn line_of(media: &Media, signalling: IpAddr) -> Line {
    let formats = media.formats.iter().map(|format| Payload {
        name: format.codec.name(),
        clock_hz: format.codec.clock_hz(),
        send: format.send,
        receive: format.receive,
    });
    let events = media.events.iter().map(|events| Payload {
        name: "telephone-event",
        clock_hz: events.clock_hz,
        send: events.send,
        receive: events.receive,
    });
    let comfort = media.comfort.iter().map(|comfort| Payload {
        name: "CN",
        clock_hz: 8_000,
        send: comfort.send,
        receive: comfort.receive,
    });
    Line {
        rtp: media.rtp,
        rtcp: media.rtcp,
        signalling,
        payloads: formats.chain(comfort).chain(events).collect(),
        send: media.send,
        receive: media.receive,
        ptime_ms: media.ptime_ms,
        srtp: media.srtp,
        comedia: media.comedia,
        copies: media.copies,
    }
}
