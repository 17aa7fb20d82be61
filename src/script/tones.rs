//! The natives of keys: what a call listens for, and what is pressed for its far end.

use std::rc::Rc;

use rquickjs::{Ctx, Exception, Object, Result};

use crate::base::CallId;
use crate::script::command::{Command, Tones};
use crate::script::host::Host;
use crate::script::natives::Natives;

/// Most characters of one `sendDigits`.
const MOST_DIGITS: usize = 256;
/// Keys, pauses, and what is left out.
const DIGITS: &str = "0123456789*#ABCDabcd,pPwW -";

/// For `tones.js`.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add(
        "handleTones",
        move |ctx: Ctx<'js>, call: u32, events: bool, in_band: bool, info: bool| {
            let tones = Tones {
                events,
                in_band,
                info,
            };
            let call = CallId(call);
            h.ask(&ctx, Command::HandleTones { call, tones }, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "sendDigits",
        move |ctx: Ctx<'js>, call: u32, digits: String| {
            if let Some(fault) = fault_of(&digits) {
                return Err(Exception::throw_type(&ctx, &fault));
            }
            let bytes = digits.len();
            let call = CallId(call);
            h.ask(&ctx, Command::SendDigits { call, digits }, bytes)
        },
    )?;
    Ok(natives.object)
}

fn fault_of(digits: &str) -> Option<String> {
    let fault = if digits.chars().count() > MOST_DIGITS {
        format!("at most {MOST_DIGITS} keys are sent at one time")
    } else if let Some(other) = digits.chars().find(|c| !DIGITS.contains(*c)) {
        format!("{other:?} is no key of a phone: 0-9, *, #, A-D, and ',', 'p' or 'w' for a pause")
    } else if digits.chars().all(|c| " -".contains(c)) {
        "there are no keys in it".to_string()
    } else {
        return None;
    };
    Some(format!("Call.sendDigits: {fault}"))
}
