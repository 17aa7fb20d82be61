//! Players: of the script's, and what a call plays to itself.
//!
//! ```text
//!  Awaiting ──all clips──▶ Ready ──first sound──▶ Started ──end──▶ forgotten: PlaybackFinished
//!      └────────────────────fault────────────────────────────────▶ forgotten: PlaybackFinished{error}
//!  stop() at any time ───────────────────────────────────▶ forgotten: Stopped
//! ```

use std::collections::VecDeque;
use std::time::Duration;

use super::{Kind, Owner, Unit};
use crate::base::{CallId, Now, UnitId};
use crate::media::tone::ToneScript;
use crate::media::unit::player as sound;
use crate::media::{self, Clip};
use crate::script::Place;
use crate::script::command::Level;
use crate::script::event::CallNews;
use crate::script::unit::{NewPlayer, PlayerNews, PlayerOrder, Sound, Source, UnitNews};
use crate::session::{Sent, Session};

/// A player as its story goes.
#[derive(Debug)]
pub struct Player {
    /// `None`: it goes on for ever, or nobody knows yet.
    duration: Option<Duration>,
    endless: bool,
    /// Whether the call that plays it to itself tells of it.
    tells: bool,
    brought: Brought,
}

/// What somebody else brings, piece by piece.
#[derive(Debug, Default)]
struct Brought {
    /// Those that are there.
    clips: Vec<Clip>,
    /// Those that are not asked for yet: one is at a time.
    ahead: VecDeque<Source>,
    /// Where the script has asked for it.
    place: Option<Place>,
    /// Markers of pieces that are not all there: the piece and the place in it, in milliseconds.
    marks: Vec<(usize, i64)>,
    /// Markers ahead: where they are in all, and how the script has named them.
    named: Vec<(u64, i64)>,
}

/// Markers that wait for their piece.
const MOST_MARKS: usize = 100;

impl Player {
    /// Where the script has asked for what is brought.
    pub(super) fn asked_at(&self) -> Option<Place> {
        self.brought.place.clone()
    }
}

impl Session {
    pub(super) fn create_player(&mut self, id: UnitId, owner: Owner, new: NewPlayer, _now: Now) {
        let mut player = Player {
            duration: None,
            endless: new.looped,
            tells: matches!(new.sound, Sound::Fetched { .. }),
            brought: Brought::default(),
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
            Sound::Fetched { sources, place } => {
                player.brought.ahead = sources.into();
                player.brought.place = place;
                let first = player.brought.ahead.pop_front();
                (sound::Sound::Awaited, first)
            }
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

    /// Ends what a call plays to itself; nothing is told of it.
    pub(in crate::session) fn stop_playback(&mut self, call: CallId) {
        self.drop_units_of(call);
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
            PlayerOrder::Mark { ms, segment } => match self.marked(id, segment, ms) {
                Some(ms) => sound::Order::Mark { ms },
                None => return,
            },
            PlayerOrder::Jump { ms } => sound::Order::Jump { ms },
            PlayerOrder::Volume { percent } => sound::Order::Volume {
                permille: percent.saturating_mul(10),
            },
            PlayerOrder::Stop => {
                self.tell_player(id, PlayerNews::Stopped);
                return self.drop_unit(id);
            }
        };
        self.order(id, order);
    }

    pub(super) fn clip_came(&mut self, id: UnitId, clip: Result<Clip, String>) {
        let Some(player) = self.player(id) else {
            // It was stopped meanwhile.
            return;
        };
        let brought = &mut player.brought;
        match clip {
            Ok(clip) => brought.clips.push(clip),
            Err(fault) => return self.played(id, Some(fault)),
        }
        if let Some(next) = brought.ahead.pop_front() {
            return self.fetch(id, next);
        }
        player.duration = Some(brought.clips.iter().map(Clip::duration).sum());
        let clips = brought.clips.clone();
        let marks = std::mem::take(&mut brought.marks);
        self.tell_player(id, PlayerNews::PlaybackReady);
        self.order(id, sound::Order::Play(clips));
        for (segment, ms) in marks {
            self.steer_player(id, PlayerOrder::Mark { ms, segment });
        }
    }

    /// Where a marker of a piece lies in all of it; `None` where the pieces that say so are not there yet, or it counts
    /// from an end that there is not.
    fn marked(&mut self, id: UnitId, segment: usize, ms: i64) -> Option<u64> {
        let player = self.player(id)?;
        let brought = &mut player.brought;
        // From its end it counts where this piece is there as well.
        let needed = segment + usize::from(ms < 0);
        let from: Duration = match player.tells {
            true if brought.clips.len() < needed => {
                if brought.marks.len() < MOST_MARKS {
                    brought.marks.push((segment, ms));
                }
                return None;
            }
            true => brought.clips.iter().take(needed).map(Clip::duration).sum(),
            false if ms < 0 => player.duration?,
            false => Duration::ZERO,
        };
        let at = (from.as_millis() as u64).saturating_add_signed(ms);
        if brought.named.len() < MOST_MARKS {
            brought.named.push((at, ms));
        }
        Some(at)
    }

    pub(super) fn hear_player(&mut self, id: UnitId, news: sound::News) {
        let Some(player) = self.player(id) else {
            return;
        };
        match news {
            sound::News::Started => {
                let duration_s = player
                    .duration
                    .map_or(0.0, |long| long.as_millis() as f64 / 1000.0);
                self.tell_player(id, PlayerNews::Started { duration_s });
            }
            sound::News::Marker { ms } => {
                let named = &mut player.brought.named;
                let place = named.iter().position(|(at, _)| *at == ms);
                let offset_ms = place.map_or(ms as i64, |place| named.remove(place).1);
                self.tell_player(id, PlayerNews::PlaybackMarkerReached { offset_ms });
            }
            sound::News::Finished => self.played(id, None),
        }
    }

    /// Whether it goes on until somebody ends it.
    pub(in crate::session) fn is_endless(&self, id: UnitId) -> bool {
        let unit = self.units.live.get(&id);
        unit.is_some_and(|unit| match &unit.kind {
            Kind::Player(player) => player.endless,
            _ => false,
        })
    }

    /// Whether a call plays it to itself.
    pub(in crate::session) fn is_own(&self, id: UnitId) -> bool {
        let unit = self.units.live.get(&id);
        unit.is_some_and(|unit| unit.owner != Owner::Script)
    }

    fn player(&mut self, id: UnitId) -> Option<&mut Player> {
        match &mut self.units.live.get_mut(&id)?.kind {
            Kind::Player(player) => Some(player),
            _ => None,
        }
    }

    fn order(&mut self, id: UnitId, order: sound::Order) {
        let unit = self.sound_of_unit(id);
        let order = media::Order::Player(order);
        self.sound(media::Command::Steer { unit, order });
    }

    /// It has come to its end.
    fn played(&mut self, id: UnitId, error: Option<String>) {
        if let Some(error) = error.clone() {
            self.tell_player(id, PlayerNews::Error { error });
        }
        self.tell_player(id, PlayerNews::PlaybackFinished { error });
        self.drop_unit(id);
    }

    /// There was nothing to play to begin with.
    fn never_played(&mut self, id: UnitId, owner: Owner, fault: String) {
        match owner {
            Owner::Script => {
                let error = fault.clone();
                self.tell_unit(id, UnitNews::Player(PlayerNews::Error { error }));
                let error = Some(fault);
                let news = PlayerNews::PlaybackFinished { error };
                self.tell_unit(id, UnitNews::Player(news));
            }
            Owner::Call(call) => self.log(Level::Warning, format!("{call}: {fault}")),
        }
    }

    /// Whoever has the player hears of it.
    fn tell_player(&mut self, id: UnitId, news: PlayerNews) {
        let Some(unit) = self.units.live.get(&id) else {
            return;
        };
        let Kind::Player(player) = &unit.kind else {
            return;
        };
        match unit.owner {
            Owner::Script => self.tell_unit(id, UnitNews::Player(news)),
            Owner::Call(call) if player.tells => self.tell_playback(call, news),
            // A progress tone tells nothing.
            Owner::Call(_) => {}
        }
    }

    /// What a call plays to itself is news of the call.
    fn tell_playback(&mut self, call: CallId, news: PlayerNews) {
        let news = match news {
            PlayerNews::PlaybackReady => CallNews::PlaybackReady,
            PlayerNews::Started { duration_s } => CallNews::PlaybackStarted { duration_s },
            PlayerNews::PlaybackFinished { error } => CallNews::PlaybackFinished { error },
            // Nobody can mark or stop it but by the call.
            PlayerNews::Created
            | PlayerNews::PlaybackMarkerReached { .. }
            | PlayerNews::Error { .. }
            | PlayerNews::Stopped => return,
        };
        if let Some(phase) = self.calls.get(&call).map(|talk| talk.call.phase()) {
            self.tell_call(call, phase, news, Sent::Plain);
        }
    }
}
