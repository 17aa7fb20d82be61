//! The natives of units: what the script wants is checked for form and asked of the session.

use std::rc::Rc;

use rquickjs::{Ctx, Object, Result};

use crate::base::{CallId, UnitId};
use crate::script::command::Command;
use crate::script::host::Host;
use crate::script::natives::Natives;
use crate::script::unit::{NewPlayer, NewUnit, PlayerOrder, Sound, UnitOrder};

/// For `units.js`.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    natives.object.prop("players", host.players as f64)?;
    let h = host.clone();
    natives.add(
        "listen",
        move |ctx: Ctx<'js>, unit: u32, event: String, on: bool| {
            let unit = UnitId(unit);
            h.ask(&ctx, Command::ListenUnit { unit, event, on }, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "tonePlayer",
        move |ctx: Ctx<'js>, unit: u32, script: String, looped: bool| {
            let bytes = script.len();
            let what = NewUnit::Player(NewPlayer {
                sound: Sound::Tones(script),
                looped,
                paused: false,
            });
            let unit = UnitId(unit);
            let what = Box::new(what);
            h.ask(&ctx, Command::CreateUnit { unit, what }, bytes)
        },
    )?;
    let h = host.clone();
    natives.add(
        "steerPlayer",
        move |ctx: Ctx<'js>, unit: u32, order: String, ms: f64| {
            let order = match order.as_str() {
                "pause" => PlayerOrder::Pause,
                "resume" => PlayerOrder::Resume,
                "mark" => PlayerOrder::Mark { ms: ms as u64 },
                _ => PlayerOrder::Stop,
            };
            let order = UnitOrder::Player(order);
            let unit = UnitId(unit);
            h.ask(&ctx, Command::SteerUnit { unit, order }, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "playProgressTone",
        move |ctx: Ctx<'js>, call: u32, country: String| {
            let bytes = country.len();
            let play = Command::Play {
                call: CallId(call),
                sound: Box::new(Sound::Progress(country)),
                looped: false,
            };
            h.ask(&ctx, play, bytes)
        },
    )?;
    Ok(natives.object)
}
