//! The natives of recorders.

use std::rc::Rc;

use rquickjs::{Ctx, Exception, Object, Result};

use crate::base::{CallId, UnitId};
use crate::script::command::Command;
use crate::script::host::Host;
use crate::script::natives::Natives;
use crate::script::unit::{NewRecorder, NewUnit, RecorderOrder, UnitOrder};

/// What a recording is to be, in bytes of its JSON.
const MOST_WISH: usize = 4096;

/// For `recorder.js`.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add("record", move |ctx: Ctx<'js>, call: u32, wish: String| {
        let record = Command::Record {
            call: CallId(call),
            what: Box::new(wished(&ctx, &wish)?),
        };
        h.ask(&ctx, record, wish.len())
    })?;
    let h = host.clone();
    natives.add("recorder", move |ctx: Ctx<'js>, unit: u32, wish: String| {
        let create = Command::CreateUnit {
            unit: UnitId(unit),
            what: Box::new(NewUnit::Recorder(wished(&ctx, &wish)?)),
        };
        h.ask(&ctx, create, wish.len())
    })?;
    let h = host.clone();
    natives.add("mute", move |ctx: Ctx<'js>, unit: u32, muted: bool| {
        let order = UnitOrder::Recorder(RecorderOrder::Mute(muted));
        let unit = UnitId(unit);
        h.ask(&ctx, Command::SteerUnit { unit, order }, 0)
    })?;
    let h = host.clone();
    natives.add("stop", move |ctx: Ctx<'js>, unit: u32| {
        let order = UnitOrder::Recorder(RecorderOrder::Stop);
        let unit = UnitId(unit);
        h.ask(&ctx, Command::SteerUnit { unit, order }, 0)
    })?;
    Ok(natives.object)
}

fn wished(ctx: &Ctx, wish: &str) -> Result<NewRecorder> {
    if wish.len() > MOST_WISH {
        let fault = "the name of a recording is longer than 4 KiB";
        return Err(Exception::throw_range(ctx, fault));
    }
    serde_json::from_str(wish)
        .map_err(|_| Exception::throw_type(ctx, "what is to be recorded cannot be read"))
}
