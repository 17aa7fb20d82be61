//! The natives of `socket.js`.

use std::rc::Rc;

use rquickjs::{Ctx, Exception, Object, Result};

use super::{NewSocket, SocketOrder};
use crate::base::UnitId;
use crate::base::socket::{Encoding, Keep, Kept, SocketUrl, Stream};
use crate::base::web::{Headers, headers_fault, is_token};
use crate::script::command::Command;
use crate::script::describe::first_place;
use crate::script::host::Host;
use crate::script::natives::{Natives, node};
use crate::script::unit::{NewUnit, UnitOrder};

/// Longest text of one message, in bytes.
const LONGEST_TEXT: usize = 256 << 10;
/// Tags and custom parameters, in bytes.
const LONGEST_TAG: usize = 1_000;
const LONGEST_CUSTOM: usize = 16 << 10;
const MOST_PROTOCOLS: usize = 20;

pub(in crate::script) fn natives<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add(
        "create",
        move |ctx: Ctx<'js>,
              unit: u32,
              url: String,
              protocols: Vec<String>,
              headers: Vec<String>,
              keep: Vec<bool>,
              stack: String| {
            let bytes = url.len() + headers.iter().map(String::len).sum::<usize>();
            let what = new_socket(url, protocols, headers, &stack);
            let mut what =
                what.map_err(|fault| wrong(&ctx, "VoxEngine.createWebSocket", &fault))?;
            if let [statistics, trace, privacy] = keep[..] {
                what.keep = Keep {
                    statistics,
                    trace,
                    privacy,
                };
            }
            let what = Box::new(NewUnit::Socket(what));
            let unit = UnitId(unit);
            h.ask(&ctx, Command::CreateUnit { unit, what }, bytes)
        },
    )?;
    let h = host.clone();
    natives.add("send", move |ctx: Ctx<'js>, unit: u32, text: String| {
        let bytes = text.len();
        if bytes > LONGEST_TEXT {
            let fault = format!("a message may have {LONGEST_TEXT} bytes");
            let fault = format!("WebSocket.send: {fault}");
            return Err(Exception::throw_range(&ctx, &fault));
        }
        steer(&h, &ctx, unit, SocketOrder::Send { text }, bytes)
    })?;
    let h = host.clone();
    natives.add("close", move |ctx: Ctx<'js>, unit: u32| {
        steer(&h, &ctx, unit, SocketOrder::Close, 0)
    })?;
    let h = host.clone();
    natives.add("refuse", move |ctx: Ctx<'js>, unit: u32| {
        steer(&h, &ctx, unit, SocketOrder::Refuse, 0)
    })?;
    let h = host.clone();
    natives.add("allow", move |ctx: Ctx<'js>| {
        h.ask(&ctx, Command::AllowSockets, 0)
    })?;
    let h = host.clone();
    natives.add("keep", move |ctx: Ctx<'js>, is_trace: bool, on: bool| {
        let what = match is_trace {
            true => Kept::Trace,
            false => Kept::Statistics,
        };
        h.ask(&ctx, Command::KeepOfVisits { what, on }, 0)
    })?;
    let h = host.clone();
    natives.add(
        "clear",
        move |ctx: Ctx<'js>, unit: u32, tag: Option<String>| {
            let tag = short(&ctx, "WebSocket.clearMediaBuffer", tag)?;
            steer(&h, &ctx, unit, SocketOrder::Clear { tag }, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "sendMedia",
        move |ctx: Ctx<'js>,
              from: f64,
              to: f64,
              tag: Option<String>,
              encoding: Option<String>,
              custom: Option<String>| {
            let (from, to) = (node(from), node(to));
            let what = "sendMediaTo";
            let encoding = encoding.map_or(Ok(Encoding::default()), |name| {
                Encoding::named(&name).ok_or_else(|| {
                    wrong(
                        &ctx,
                        what,
                        &format!("`{name}` is no WebSocketAudioEncoding"),
                    )
                })
            })?;
            if custom
                .as_ref()
                .is_some_and(|custom| custom.len() > LONGEST_CUSTOM)
            {
                let fault = format!("{what}: customParameters may have {LONGEST_CUSTOM} bytes");
                return Err(Exception::throw_range(&ctx, &fault));
            }
            let bytes = custom.as_ref().map_or(0, String::len);
            let stream = Box::new(Stream {
                tag: short(&ctx, what, tag)?,
                encoding,
                custom,
            });
            h.ask(&ctx, Command::SendMedia { from, to, stream }, bytes)
        },
    )?;
    let h = host.clone();
    natives.add(
        "stopMedia",
        move |ctx: Ctx<'js>, from: f64, to: f64, tag: Option<String>| {
            let (from, to) = (node(from), node(to));
            let tag = short(&ctx, "stopMediaTo", tag)?;
            h.ask(&ctx, Command::StopMedia { from, to, tag }, 0)
        },
    )?;
    Ok(natives.object)
}

fn steer(host: &Host, ctx: &Ctx, unit: u32, order: SocketOrder, bytes: usize) -> Result<()> {
    let order = UnitOrder::Socket(order);
    let unit = UnitId(unit);
    host.ask(ctx, Command::SteerUnit { unit, order }, bytes)
}

fn wrong(ctx: &Ctx, what: &str, fault: &str) -> rquickjs::Error {
    Exception::throw_type(ctx, &format!("{what}: {fault}"))
}

fn short(ctx: &Ctx, what: &str, tag: Option<String>) -> Result<Option<String>> {
    match tag {
        Some(tag) if tag.len() > LONGEST_TAG => {
            let fault = format!("{what}: a tag may have {LONGEST_TAG} bytes");
            Err(Exception::throw_range(ctx, &fault))
        }
        tag => Ok(tag),
    }
}

/// Headers as name, value, name, value.
fn new_socket(
    url: String,
    protocols: Vec<String>,
    headers: Vec<String>,
    stack: &str,
) -> std::result::Result<NewSocket, String> {
    let url = SocketUrl::parse(&url)?;
    if protocols.len() > MOST_PROTOCOLS || !protocols.iter().all(|name| is_token(name)) {
        return Err(format!(
            "at most {MOST_PROTOCOLS} protocols, each a word without spaces and commas"
        ));
    }
    let mut list = headers.into_iter();
    let mut headers = Vec::new();
    while let (Some(name), Some(value)) = (list.next(), list.next()) {
        let own = name.to_ascii_lowercase();
        if own.starts_with("sec-websocket-") || own == "upgrade" {
            return Err(format!("the header {name} is not a script's to set"));
        }
        headers.push((name, value));
    }
    if let Some(fault) = headers_fault(&headers) {
        return Err(fault);
    }
    Ok(NewSocket {
        url,
        protocols,
        headers: Headers(headers),
        keep: Keep::default(),
        place: first_place(stack),
    })
}
