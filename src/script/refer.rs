//! The natives of `Call.transferTo`: what the script wants is checked for form and asked of the session.

use std::rc::Rc;

use rquickjs::function::Opt;
use rquickjs::{Ctx, Exception, Object, Result};

use crate::base::CallId;
use crate::base::hook::HookUrl;
use crate::script::command::{Command, TransferTo};
use crate::script::host::Host;
use crate::script::natives::{Natives, header_map};

/// For `transfer.js`.
pub(super) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    natives.add(
        "hookUrl",
        |ctx: Ctx<'js>, url: String| match HookUrl::parse(&url) {
            Ok(_) => Ok(url),
            Err(fault) => Err(Exception::throw_type(
                &ctx,
                &format!("Call.transferTo: statusUrl: {fault}"),
            )),
        },
    )?;
    let h = host.clone();
    natives.add("transferTo", move |ctx: Ctx<'js>, wish: Object<'js>| {
        let (transfer, bytes) = transfer_to(&wish)?;
        h.ask(&ctx, Command::TransferTo(Box::new(transfer)), bytes)
    })?;
    Ok(natives.object)
}

fn transfer_to(wish: &Object<'_>) -> Result<(TransferTo, usize)> {
    let text = |name: &str| wish.get::<_, Option<String>>(name);
    let (headers, bytes) = header_map(Opt(wish.get("headers")?))?;
    let seconds: Option<f64> = wish.get("progressTimeout")?;
    let transfer = TransferTo {
        call: CallId(wish.get("call")?),
        to: text("to")?,
        other: wish.get::<_, Option<u32>>("other")?.map(CallId),
        headers,
        referred_by: text("referredBy")?,
        status_url: text("statusUrl")?,
        progress_timeout_s: seconds.map(|seconds| seconds.ceil() as u32),
        hang_up: wish.get("hangUp")?,
    };
    let texts = [&transfer.to, &transfer.referred_by, &transfer.status_url];
    let weight: usize = texts.into_iter().flatten().map(String::len).sum();
    Ok((transfer, bytes + weight))
}
