//! The natives of what is listened for in a call: voices, beeps, who has picked up.

use std::rc::Rc;

use rquickjs::{Ctx, Object, Result};

use crate::base::CallId;
use crate::script::command::{Command, Detection};
use crate::script::host::Host;
use crate::script::natives::Natives;

/// For `senses.js` and `amd.js`, which have looked at the numbers.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add(
        "handleMicStatus",
        move |ctx: Ctx<'js>, call: u32, handle: bool| {
            let call = CallId(call);
            let what = Detection::Voice(handle);
            h.ask(&ctx, Command::Detect { call, what }, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "detectBeep",
        move |ctx: Ctx<'js>, call: u32, frequencies: Vec<u32>, timeout_ms: u32| {
            let bytes = frequencies.len() * 4;
            let what = Detection::Beep {
                frequencies,
                timeout_ms: Some(timeout_ms).filter(|ms| *ms > 0),
            };
            let call = CallId(call);
            h.ask(&ctx, Command::Detect { call, what }, bytes)
        },
    )?;
    let h = host.clone();
    natives.add("detectNoBeep", move |ctx: Ctx<'js>, call: u32| {
        let (call, what) = (CallId(call), Detection::NoBeep);
        h.ask(&ctx, Command::Detect { call, what }, 0)
    })?;
    let h = host.clone();
    natives.add(
        "detectParty",
        move |ctx: Ctx<'js>, call: u32, timeout_ms: u32, human: u8, machine: u8| {
            let what = Detection::Party {
                timeout_ms,
                human,
                machine,
            };
            let call = CallId(call);
            h.ask(&ctx, Command::Detect { call, what }, 0)
        },
    )?;
    let h = host.clone();
    natives.add("hideTones", move |ctx: Ctx<'js>, hidden: bool| {
        h.ask(&ctx, Command::HideTones { hidden }, 0)
    })?;
    Ok(natives.object)
}
