//! The natives of `conference.js`.

use std::rc::Rc;

use rquickjs::{Ctx, Exception, Object, Result};
use serde::Deserialize;

use crate::base::{CallId, UnitId};
use crate::script::command::Command;
use crate::script::host::Host;
use crate::script::natives::Natives;
use crate::script::unit::{ConferenceOrder, Direction, NewUnit, Receive, UnitOrder, Whose};

/// Most that one wish about what an endpoint receives may name.
const MOST_NAMED: usize = 400;

pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add("conference", move |ctx: Ctx<'js>, unit: u32, hd: bool| {
        let what = Box::new(NewUnit::Conference { hd });
        let unit = UnitId(unit);
        h.ask(&ctx, Command::CreateUnit { unit, what }, 0)
    })?;
    let h = host.clone();
    natives.add(
        "add",
        move |ctx: Ctx<'js>, unit: u32, endpoint: u32, call: u32, direction: String| {
            let direction = match direction.as_str() {
                "SEND" => Direction::Send,
                "RECEIVE" => Direction::Receive,
                _ => Direction::Both,
            };
            let order = ConferenceOrder::Add {
                endpoint,
                call: CallId(call),
                direction,
            };
            steer(&ctx, &h, unit, order, 0)
        },
    )?;
    let h = host.clone();
    natives.add("update", move |ctx: Ctx<'js>, unit: u32, endpoint: u32| {
        steer(&ctx, &h, unit, ConferenceOrder::Update { endpoint }, 0)
    })?;
    let h = host.clone();
    natives.add(
        "manage",
        move |ctx: Ctx<'js>, unit: u32, endpoint: u32, wish: String| {
            let order = ConferenceOrder::Manage {
                endpoint,
                receive: received(&ctx, &wish)?,
            };
            steer(&ctx, &h, unit, order, wish.len())
        },
    )?;
    let h = host.clone();
    natives.add("stop", move |ctx: Ctx<'js>, unit: u32| {
        steer(&ctx, &h, unit, ConferenceOrder::Stop, 0)
    })?;
    Ok(natives.object)
}

fn steer(ctx: &Ctx, host: &Host, unit: u32, order: ConferenceOrder, bytes: usize) -> Result<()> {
    let unit = UnitId(unit);
    let order = UnitOrder::Conference(order);
    host.ask(ctx, Command::SteerUnit { unit, order }, bytes)
}

/// As `conference.js` writes it.
#[derive(Deserialize)]
struct Written {
    of: String,
    number: u32,
    on: bool,
}

fn received(ctx: &Ctx, wish: &str) -> Result<Vec<Receive>> {
    let written: Vec<Written> = serde_json::from_str(wish)
        .map_err(|_| Exception::throw_type(ctx, "what is to be received cannot be read"))?;
    let receive = written.into_iter().take(MOST_NAMED).map(|written| Receive {
        of: match written.of.as_str() {
            "all" => Whose::All,
            "new" => Whose::New,
            _ => Whose::Endpoint(written.number),
        },
        on: written.on,
    });
    Ok(receive.collect())
}
