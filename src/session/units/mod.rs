//! The units of a session: what has sound and is no call. Each kind is a file here and a variant of [`Kind`];
//! the media room has its sound, this room its story.

mod asr;
mod conference;
mod player;
mod recorder;
pub mod socket;
mod visit;

use std::collections::{BTreeMap, HashSet};

use super::{Effect, Sent, Session, Stage};
use crate::base::recording::Wish;
use crate::base::{CallId, Now, SoundId, UnitId};
use crate::media::{self, Clip};
use crate::script::Event;
use crate::script::command::Level;
use crate::script::unit::{NewUnit, Source, UnitNews, UnitOrder};
use asr::Asr;
use conference::Conference;
use player::Player;
use recorder::Recorder;
use socket::Socket;

/// Most units of a session, its own included: a script that does not wait for its limits to be told.
const MOST: usize = 250;
/// Units of which more than these are listened to are looked through for those that are over.
const MOST_EARS: usize = 1024;

/// Who is there, and who listens to what.
#[derive(Debug, Default)]
pub struct Units {
    live: BTreeMap<UnitId, Unit>,
    ears: BTreeMap<UnitId, HashSet<String>>,
    own: u32,
}

#[derive(Debug)]
struct Unit {
    owner: Owner,
    kind: Kind,
}

/// Who hears of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The script, which has an object for it.
    Script,
    /// A call that plays it to itself.
    Call(CallId),
}

#[derive(Debug)]
enum Kind {
    Player(Player),
    Recorder(Recorder),
    Asr(Asr),
    Conference(Conference),
    Socket(Socket),
    /// Plays one tag of a socket.
    Voice {
        socket: UnitId,
    },
    /// Takes a stream for a socket.
    Outlet {
        socket: UnitId,
    },
}

impl Units {
    pub fn has(&self, unit: UnitId) -> bool {
        self.live.contains_key(&unit)
    }

    /// Whether it hears all that is linked to it, not only the newest.
    pub fn mixes(&self, unit: UnitId) -> bool {
        let unit = self.live.get(&unit);
        unit.is_some_and(|unit| match unit.kind {
            Kind::Player(_)
            | Kind::Asr(_)
            | Kind::Socket(_)
            | Kind::Voice { .. }
            | Kind::Outlet { .. } => false,
            Kind::Recorder(_) => true,
            Kind::Conference(_) => true,
        })
    }

    pub fn listen(&mut self, unit: UnitId, event: &str, on: bool) {
        match on {
            true => {
                self.ears.entry(unit).or_default().insert(event.to_string());
            }
            false => {
                if let Some(ears) = self.ears.get_mut(&unit) {
                    ears.remove(event);
                }
            }
        }
        if self.ears.len() > MOST_EARS {
            let live = &self.live;
            self.ears.retain(|unit, _| live.contains_key(unit));
        }
    }

    fn listens(&self, unit: UnitId, event: &str) -> bool {
        let ears = self.ears.get(&unit);
        ears.is_some_and(|ears| ears.contains(event))
    }

    /// A name for a unit that no script knows.
    fn own_name(&mut self) -> UnitId {
        self.own = self.own.wrapping_add(1);
        UnitId(UnitId::OWN.0 + self.own % UnitId::OWN.0)
    }
}

impl Session {
    pub(super) fn create_unit(&mut self, unit: UnitId, what: NewUnit, now: Now) {
        if unit >= UnitId::OWN || self.units.has(unit) {
            // The isolate numbers its units; a number of old is not one of its own.
            return;
        }
        if let Err(fault) = self.has_room() {
            return self.log(Level::Warning, format!("{unit} is not made: {fault}"));
        }
        match what {
            NewUnit::Player(player) => self.create_player(unit, Owner::Script, player, now),
            NewUnit::Recorder(recorder) => {
                self.create_recorder(unit, Owner::Script, recorder, now);
            }
            NewUnit::Asr(asr) => self.create_asr(unit, asr),
            NewUnit::Conference { hd } => self.create_conference(unit, hd),
            NewUnit::Socket(socket) => self.create_socket(unit, socket),
        }
    }

    /// Whether there may be one unit more.
    fn has_room(&self) -> Result<(), String> {
        match self.units.live.len() < MOST {
            true => Ok(()),
            false => Err(format!("a session may have {MOST} media units")),
        }
    }

    pub(super) fn steer_unit(&mut self, unit: UnitId, order: UnitOrder, now: Now) {
        match order {
            UnitOrder::Player(order) => self.steer_player(unit, order),
            UnitOrder::Recorder(order) => self.steer_recorder(unit, order, now),
            UnitOrder::Asr(order) => self.steer_asr(unit, order),
            UnitOrder::Conference(order) => self.steer_conference(unit, order, now),
            UnitOrder::Socket(order) => self.steer_socket(unit, order),
        }
    }

    /// What the shell has brought for a unit; the fault is for the script to read.
    pub fn handle_clip(&mut self, unit: UnitId, clip: Result<Clip, String>, now: Now) {
        self.clip_came(unit, clip);
        self.look_after(now);
    }

    pub(super) fn hear_unit(&mut self, unit: UnitId, news: media::News) {
        match news {
            media::News::Player(news) => self.hear_player(unit, news),
            media::News::Cutter(news) => self.hear_cutter(unit, news),
            media::News::Voice(news) => self.hear_voice(unit, news),
        }
    }

    /// Ends a unit: whoever heard it hears silence. Nothing is told.
    pub(super) fn drop_unit(&mut self, unit: UnitId) {
        let Some(gone) = self.units.live.remove(&unit) else {
            return;
        };
        let deaf = self.links.cut(unit.into());
        let sound = self.sound_of_unit(unit);
        self.sound(media::Command::Drop { unit: sound });
        let is_recorder = matches!(gone.kind, Kind::Recorder(_));
        if let Kind::Socket(socket) = gone.kind {
            self.drop_parts_of(socket, unit);
        }
        if is_recorder {
            self.wish_recording(unit, Wish::End);
        }
        for (_, listener) in deaf {
            self.gone_deaf(listener);
        }
    }

    /// What a call plays to itself ends with it, or with what comes after.
    pub(super) fn drop_units_of(&mut self, call: CallId) {
        let live = self.units.live.iter();
        let own: Vec<_> = live
            .filter(|(_, unit)| {
                unit.owner == Owner::Call(call) && matches!(unit.kind, Kind::Player(_))
            })
            .map(|(id, _)| *id)
            .collect();
        for unit in own {
            self.drop_unit(unit);
        }
    }

    pub(super) fn drop_all_units(&mut self) {
        let all: Vec<_> = self.units.live.keys().copied().collect();
        for unit in all {
            self.drop_unit(unit);
        }
    }

    /// The units that are left.
    pub fn units(&self) -> impl Iterator<Item = SoundId> {
        self.units.live.keys().map(|unit| self.sound_of_unit(*unit))
    }

    pub(super) fn sound_of_unit(&self, unit: UnitId) -> SoundId {
        SoundId {
            session: self.id,
            unit,
        }
    }

    pub(super) fn sound(&mut self, command: media::Command) {
        self.effects.push_back(Effect::Media(command));
    }

    fn fetch(&mut self, unit: UnitId, source: Source) {
        let place = match self.units.live.get(&unit).map(|unit| &unit.kind) {
            Some(Kind::Player(player)) => player.asked_at(),
            Some(_) | None => None,
        };
        self.effects.push_back(Effect::Fetch {
            unit,
            source,
            place,
        });
    }

    /// News for the script, where it listens or may be about to; that a unit is over it knows in any case before
    /// it does anything again.
    fn tell_unit(&mut self, unit: UnitId, news: UnitNews) {
        if !matches!(self.stage, Stage::Running { .. }) {
            return;
        }
        let may_listen = !self.outstanding.is_empty();
        let heard = may_listen || self.units.listens(unit, news.name());
        match (heard, news.changes_unit()) {
            (true, _) => self.tell(Event::Unit { unit, news }, Sent::Plain),
            (false, true) => self.unheard.push(Event::Unit { unit, news }),
            (false, false) => {}
        }
    }
}
