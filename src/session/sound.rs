//! From descriptions to sound: what SDP agreed on, in the words of the media room.

use std::net::IpAddr;

use super::{Effect, Session};
use crate::base::CallId;
use crate::media::{self, Line, Payload};
use crate::script::command::Level;
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
    pub(super) fn link(&mut self, from: CallId, to: CallId) {
        let (Some(source), Some(listener)) = (self.calls.get(&from), self.calls.get(&to)) else {
            return;
        };
        let (source, leg) = (source.call.sound, listener.call.sound);
        let both_agreed =
            self.calls[&from].call.is_connected() && self.calls[&to].call.is_connected();
        if both_agreed {
            let theirs = self.calls[&to].call.codecs();
            if !self.calls[&from]
                .call
                .codecs()
                .iter()
                .any(|codec| theirs.contains(codec))
            {
                self.log(Level::Warning, format!("{from} and {to} share no codec, so they will not hear each other: transcoding is not supported yet"));
            }
        }
        self.links.link(from, to);
        self.effects.push_back(Effect::Media(media::Command::Hear {
            leg,
            source: Some(source),
        }));
        for call in [from, to] {
            if let Some(talk) = self.calls.get_mut(&call) {
                talk.widowed = false;
            }
        }
    }

    pub(super) fn unlink(&mut self, from: CallId, to: CallId) {
        if self.links.unlink(from, to) {
            self.silence(to);
        }
    }

    /// `call` hears nobody and nobody hears it.
    pub(super) fn cut_sound(&mut self, call: CallId) {
        for deaf in self.links.cut(call) {
            self.silence(deaf);
        }
    }

    fn silence(&mut self, call: CallId) {
        if let Some(talk) = self.calls.get(&call) {
            let leg = talk.call.sound;
            self.effects
                .push_back(Effect::Media(media::Command::Hear { leg, source: None }));
        }
    }

    /// What an outgoing call may offer so that it can talk to the others of its session, best first:
    /// what all of `others` can take; where they have nothing in common, what the first can take.
    pub(super) fn codecs_with(&self, others: impl Iterator<Item = CallId>) -> Vec<Codec> {
        let mut shared: Option<Vec<Codec>> = None;
        for other in others {
            let theirs = self
                .calls
                .get(&other)
                .map(|talk| talk.call.codecs())
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
        shared.unwrap_or_else(|| Codec::ALL.to_vec())
    }
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
    Line {
        rtp: media.rtp,
        rtcp: media.rtcp,
        signalling,
        payloads: formats.chain(events).collect(),
        send: media.send,
        receive: media.receive,
    }
}
