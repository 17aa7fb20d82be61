//! What is told of the sound of sessions: by the media room, and by those who fetch, record and recognise it.

use super::Switchboard;
use crate::base::{Now, SoundId, recording};
use crate::media::{self, Clip};
use crate::script::asr::Recognised;

impl Switchboard {
    pub fn handle_media(&mut self, event: media::Event, now: Now) {
        match event {
            media::Event::Stock { ports } => self.stock.add(ports),
            // A call that finds the stock empty is answered 503; a closed leg has no session to tell.
            media::Event::Exhausted | media::Event::Closed { .. } => {}
            media::Event::Unit { unit, .. } => {
                self.scribe.unit(unit, &event, now);
                self.with_session(unit.session, now, |session, _| {
                    session.handle_media(event, now)
                });
                self.settle(now);
            }
            media::Event::FirstPacket { leg }
            | media::Event::Stopped { leg }
            | media::Event::Resumed { leg }
            | media::Event::Codec { leg, .. }
            | media::Event::Key { leg, .. }
            | media::Event::Detected { leg, .. }
            | media::Event::Sampled { leg, .. } => {
                if let Some(session) = self.sounds.get(&leg).copied() {
                    self.scribe.sound(leg, &event, now);
                    self.with_session(session, now, |session, _| session.handle_media(event, now));
                    self.settle(now);
                }
            }
        }
    }

    /// What was fetched for a unit, or why it was not.
    pub fn handle_clip(&mut self, unit: SoundId, clip: Result<Clip, String>, now: Now) {
        self.scribe.clip(unit, &clip, now);
        self.with_session(unit.session, now, |session, _| {
            session.handle_clip(unit.unit, clip, now);
        });
        self.settle(now);
    }

    /// What became of a recording's file.
    pub fn handle_recording(&mut self, unit: SoundId, news: recording::News, now: Now) {
        self.scribe.recording(unit, &news, now);
        self.with_session(unit.session, now, |session, _| {
            session.handle_recording(unit.unit, news, now);
        });
        self.settle(now);
    }

    /// What the recogniser of a unit says.
    pub fn handle_recognised(&mut self, unit: SoundId, recognised: Recognised, now: Now) {
        self.scribe.recognised(unit, &recognised, now);
        self.with_session(unit.session, now, |session, _| {
            session.handle_recognised(unit.unit, recognised, now);
        });
        self.settle(now);
    }
}
