//! Recorders: of the script's, and the record of a call.
//!
//! ```text
//!  Opening ──open──▶ Running: Started{url} ──stop(), the call's end──▶ forgotten: Stopped
//!     └───fault───▶ forgotten: Error          └──the file takes no more──▶ forgotten: [Error,] Stopped
//! ```
//!
//! Whoever was told that it has started is told once that it has stopped; where the end of a call ends its record, after
//! that end. How long it was is counted here: the sound leaves the media room in step with time.

use std::time::Instant;

use super::{Kind, Owner, Unit};
use crate::base::recording::{News, Sleeve, Wish};
use crate::base::{CallId, Now, UnitId};
use crate::call::Phase;
use crate::media::unit::recorder as sound;
use crate::media::{self, Side};
use crate::script::command::Level;
use crate::script::event::CallNews;
use crate::script::unit::{NewRecorder, RecorderNews, RecorderOrder, UnitNews};
use crate::session::{Effect, Sent, Session, Talk};

/// The telephone's band, and all that a call can carry.
const RATE_HZ: u32 = 8_000;
const HD_RATE_HZ: u32 = 48_000;

/// A recorder as its story goes.
#[derive(Debug)]
pub struct Recorder {
    began: Instant,
    /// `None`: its file is not open yet.
    url: Option<String>,
}

impl Recorder {
    fn lasted_s(&self, now: Now) -> f64 {
        let lasted = now.at.saturating_duration_since(self.began);
        lasted.as_millis() as f64 / 1000.0
    }
}

impl Session {
    pub(super) fn create_recorder(&mut self, id: UnitId, owner: Owner, new: NewRecorder, now: Now) {
        let kind = Kind::Recorder(Recorder {
            began: now.at,
            url: None,
        });
        self.units.live.insert(id, Unit { owner, kind });
        let rate_hz = if new.hd { HD_RATE_HZ } else { RATE_HZ };
        let unit = self.sound_of_unit(id);
        self.sound(media::Command::Create {
            unit,
            what: media::NewUnit::Recorder {
                rate_hz,
                stereo: new.stereo,
            },
        });
        let sleeve = Sleeve {
            format: new.format,
            rate_hz,
            is_stereo: new.stereo,
            prefix: new.prefix,
        };
        self.wish_recording(id, Wish::Begin(sleeve));
    }

    /// `Call.record`: one recording of a call at a time.
    pub(in crate::session) fn record_call(&mut self, call: CallId, new: NewRecorder, now: Now) {
        if !self.calls.contains_key(&call) {
            return;
        }
        if self.record_of(call).is_some() {
            let text = format!("{call} is recorded already; Call.record does nothing");
            return self.log(Level::Warning, text);
        }
        if let Err(fault) = self.has_room() {
            return self.log(Level::Warning, format!("{call} is not recorded: {fault}"));
        }
        let id = self.units.own_name();
        self.create_recorder(id, Owner::Call(call), new, now);
        self.listen_to_both_sides(call);
    }

    /// The record of a call hears what its endpoint says and what it hears: once more where its sound is another.
    pub(in crate::session) fn listen_to_both_sides(&mut self, call: CallId) {
        let (Some(id), Some(talk)) = (self.record_of(call), self.calls.get(&call)) else {
            return;
        };
        let leg = talk.call.sound;
        let listener = self.sound_of_unit(id);
        for (source, side) in [
            (media::Node::Leg(leg), Side::Left),
            (media::Node::Heard(leg), Side::Right),
        ] {
            self.sound(media::Command::Join {
                listener,
                source,
                side,
            });
        }
    }

    pub(super) fn steer_recorder(&mut self, id: UnitId, order: RecorderOrder, now: Now) {
        match order {
            RecorderOrder::Mute(muted) if self.units.has(id) => {
                let unit = self.sound_of_unit(id);
                let order = media::Order::Recorder(sound::Order::Mute(muted));
                self.sound(media::Command::Steer { unit, order });
            }
            RecorderOrder::Mute(_) => {}
            RecorderOrder::Stop => self.stop_recorder(id, None, now),
        }
    }

    /// What became of a recording's file.
    pub fn handle_recording(&mut self, unit: UnitId, news: News, now: Now) {
        match news {
            News::Begun { url } => {
                let Some(recorder) = self.recorder(unit) else {
                    // It was stopped meanwhile, and so is the file.
                    return;
                };
                recorder.url = Some(url.clone());
                self.tell_recorder(unit, RecorderNews::Started { url }, "");
            }
            News::Ended { fault } => self.stop_recorder(unit, fault, now),
        }
        self.look_after(now);
    }

    /// The record of a call ends with its sound; the script hears of it after the call's end.
    pub(in crate::session) fn stop_record_of(&mut self, call: CallId, now: Now) {
        let Some(id) = self.record_of(call) else {
            return;
        };
        if let Some(recorder) = self.recorder(id) {
            let duration_s = recorder.lasted_s(now);
            let url = recorder.url.clone().unwrap_or_default();
            if let Some(talk) = self.calls.get_mut(&call) {
                let stopped = CallNews::RecordStopped { url, duration_s };
                talk.recorded.push(stopped);
            }
        }
        self.drop_unit(id);
    }

    /// The call is over, and the script knows: now what was recorded of it.
    pub(in crate::session) fn tell_recorded(&mut self, call: CallId, talk: &Talk) {
        for news in &talk.recorded {
            self.tell_call(call, Phase::Terminated, news.clone(), Sent::Plain);
        }
    }

    /// The end of a recorder, for the script and for its file.
    fn stop_recorder(&mut self, id: UnitId, fault: Option<String>, now: Now) {
        let Some(recorder) = self.recorder(id) else {
            return;
        };
        let duration_s = recorder.lasted_s(now);
        let url = recorder.url.clone();
        let over = url.is_none() && fault.is_some();
        if let Some(error) = fault {
            self.tell_recorder(id, RecorderNews::RecorderError { error, over }, "");
        }
        if !over {
            let news = RecorderNews::Stopped { duration_s };
            self.tell_recorder(id, news, &url.unwrap_or_default());
        }
        self.drop_unit(id);
    }

    fn recorder(&mut self, id: UnitId) -> Option<&mut Recorder> {
        match &mut self.units.live.get_mut(&id)?.kind {
            Kind::Recorder(recorder) => Some(recorder),
            _ => None,
        }
    }

    /// The recorder of a call's own.
    fn record_of(&self, call: CallId) -> Option<UnitId> {
        let mut live = self.units.live.iter();
        let own = live.find(|(_, unit)| {
            unit.owner == Owner::Call(call) && matches!(unit.kind, Kind::Recorder(_))
        });
        own.map(|(id, _)| *id)
    }

    pub(super) fn wish_recording(&mut self, unit: UnitId, wish: Wish) {
        self.effects.push_back(Effect::Recording { unit, wish });
    }

    /// Whoever has the recorder hears of it; `url` is for the last word of a call's record.
    fn tell_recorder(&mut self, id: UnitId, news: RecorderNews, url: &str) {
        match self.units.live.get(&id).map(|unit| unit.owner) {
            Some(Owner::Script) => self.tell_unit(id, UnitNews::Recorder(news)),
            Some(Owner::Call(call)) => {
                let news = match news {
                    RecorderNews::Started { url } => CallNews::RecordStarted { url },
                    RecorderNews::RecorderError { error, .. } => CallNews::RecordError { error },
                    RecorderNews::Stopped { duration_s } => CallNews::RecordStopped {
                        url: url.to_string(),
                        duration_s,
                    },
                };
                if let Some(phase) = self.calls.get(&call).map(|talk| talk.call.phase()) {
                    self.tell_call(call, phase, news, Sent::Plain);
                }
            }
            None => {}
        }
    }
}

impl super::Units {
    /// The units whose file is open or about to be.
    pub(in crate::session) fn is_recorder(&self, id: UnitId) -> bool {
        let unit = self.live.get(&id);
        unit.is_some_and(|unit| matches!(unit.kind, Kind::Recorder(_)))
    }
}
