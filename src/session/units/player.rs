//! Players: of the script's, and what a call plays to itself.
//!
//! ```text
//!  Awaiting ──clip──▶ Ready ──first sound──▶ Started ──end──▶ forgotten: PlaybackFinished
//!      └────────────────fault──────────────────────────────▶ forgotten: PlaybackFinished{error}
//!  stop() at any time ───────────────────────────────────▶ forgotten: Stopped
//! ```

use std::time::Duration;

use super::{Kind, Owner, Unit};
use crate::base::{CallId, Now, UnitId};
use crate::media::tone::ToneScript;
use crate::media::unit::player as sound;
use crate::media::{self, Clip};
use crate::script::command::Level;
use crate::script::unit::{NewPlayer, PlayerNews, PlayerOrder, Sound, UnitNews};
use crate::session::Session;

/// A player as its story goes.
#[derive(Debug)]
pub struct Player {
    /// `None`: it goes on for ever, or nobody knows yet.
    duration: Option<Duration>,
    endless: bool,
}

impl Session {
    pub(super) fn create_player(&mut self, id: UnitId, owner: Owner, new: NewPlayer, _now: Now) {
        let mut player = Player {
            duration: None,
            endless: new.looped,
        };
        let (sound, source) = match new.sound {
            Sound::Tones(script) => match ToneScript::parse(&script) {
                Ok(script) => (sound::Sound::Tones(script), None),
                Err(fault) => return self.never_played(id, owner, fault),
            },
            Sound::Progress(country) => match ToneScript::ringback(&country) {
                Some(script) => (sound::Sound::Tones(script), None),
                None => {
                    let fault = format!("there is no progress tone of `{country}`");
                    return self.never_played(id, owner, fault);
                }
            },
            Sound::Fetched(source) => (sound::Sound::Awaited, Some(source)),
        };
        if let sound::Sound::Tones(script) = &sound {
            player.duration = script.duration();
            player.endless |= player.duration.is_none();
        }
        let kind = Kind::Player(player);
        self.units.live.insert(id, Unit { owner, kind });
        let unit = self.sound_of_unit(id);
        self.tell_player(id, PlayerNews::Created);
        self.sound(media::Command::Create {
            unit,
            what: media::NewUnit::Player {
                sound,
                looped: new.looped,
                paused: new.paused,
            },
        });
        if let Some(source) = source {
            self.fetch(id, source);
        }
    }

    /// Plays something to a call, in the place of whatever it heard.
    pub(in crate::session) fn play(&mut self, call: CallId, sound: Sound, looped: bool, now: Now) {
        if !self.calls.contains_key(&call) {
            return;
        }
        self.drop_units_of(call);
        let unit = self.units.own_name();
        let player = NewPlayer {
            sound,
            looped,
            paused: false,
        };
        self.create_player(unit, Owner::Call(call), player, now);
        if self.units.has(unit) {
            self.link(unit, call, now);
        }
    }

    pub(super) fn steer_player(&mut self, id: UnitId, order: PlayerOrder) {
        if !self.units.has(id) {
            return;
        }
        let order = match order {
            PlayerOrder::Pause => sound::Order::Pause,
            PlayerOrder::Resume => sound::Order::Resume,
            PlayerOrder::Mark { ms } => sound::Order::Mark { ms },
            PlayerOrder::Stop => {
                self.tell_player(id, PlayerNews::Stopped);
                return self.drop_unit(id);
            }
        };
        self.order(id, order);
    }

    pub(super) fn clip_came(&mut self, id: UnitId, clip: Result<Clip, String>) {
        let Some(unit) = self.units.live.get_mut(&id) else {
            // It was stopped meanwhile.
            return;
        };
        let Kind::Player(player) = &mut unit.kind;
        match clip {
            Ok(clip) => {
                player.duration = Some(clip.duration());
                self.tell_player(id, PlayerNews::PlaybackReady);
                self.order(id, sound::Order::Play(vec![clip]));
            }
            Err(fault) => self.played(id, Some(fault)),
        }
    }

    pub(super) fn hear_player(&mut self, id: UnitId, news: sound::News) {
        let Some(unit) = self.units.live.get(&id) else {
            return;
        };
        let Kind::Player(player) = &unit.kind;
        match news {
            sound::News::Started => {
                let duration_s = player.duration.map_or(0.0, |long| long.as_secs_f64());
                self.tell_player(id, PlayerNews::Started { duration_s });
            }
            sound::News::Marker { ms } => {
                self.tell_player(id, PlayerNews::PlaybackMarkerReached { offset_ms: ms });
            }
            sound::News::Finished => self.played(id, None),
        }
    }

    /// Whether it goes on until somebody ends it.
    pub(in crate::session) fn is_endless(&self, id: UnitId) -> bool {
        let unit = self.units.live.get(&id);
        unit.is_some_and(|unit| match &unit.kind {
            Kind::Player(player) => player.endless,
        })
    }

    /// Whether a call plays it to itself.
    pub(in crate::session) fn is_own(&self, id: UnitId) -> bool {
        let unit = self.units.live.get(&id);
        unit.is_some_and(|unit| unit.owner != Owner::Script)
    }

    fn order(&mut self, id: UnitId, order: sound::Order) {
        let unit = self.sound_of_unit(id);
        let order = media::Order::Player(order);
        self.sound(media::Command::Steer { unit, order });
    }

    /// It has come to its end.
    fn played(&mut self, id: UnitId, error: Option<String>) {
        self.tell_player(id, PlayerNews::PlaybackFinished { error });
        self.drop_unit(id);
    }

    /// There was nothing to play to begin with.
    fn never_played(&mut self, id: UnitId, owner: Owner, fault: String) {
        match owner {
            Owner::Script => {
                let error = Some(fault);
                let news = PlayerNews::PlaybackFinished { error };
                self.tell_unit(id, UnitNews::Player(news));
            }
            Owner::Call(call) => self.log(Level::Warning, format!("{call}: {fault}")),
        }
    }

    /// Whoever has the player hears of it.
    fn tell_player(&mut self, id: UnitId, news: PlayerNews) {
        match self.units.live.get(&id).map(|unit| unit.owner) {
            Some(Owner::Script) => self.tell_unit(id, UnitNews::Player(news)),
            // A progress tone tells nothing.
            Some(Owner::Call(_)) | None => {}
        }
    }
}
