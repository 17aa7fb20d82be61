//! The functions that the API is written over. Each checks the form of what it is given, once
//! more and in Rust, and turns it into a [`Command`]; a script never holds one of them.

use std::rc::Rc;

use rquickjs::function::{IntoJsFunc, Opt};
use rquickjs::{Ctx, Exception, Function, Object, Result};

use crate::base::{CallId, UnitId};
use crate::script::api::unsupported::{self, Missing};
use crate::script::command::{Command, Destination, Level, PlaceCall, Verdict};
use crate::script::describe::{cut, first_place};
use crate::script::event::HeaderMap;
use crate::script::host::Host;
use crate::script::party;
use crate::script::unit::Node;

/// Name and value of one header together; VoxEngine's number.
const LONGEST_HEADER: usize = 4095;
/// A header's name alone.
const LONGEST_HEADER_NAME: usize = 200;
/// An address, a name, a password.
const LONGEST_TEXT: usize = 4095;
const LONGEST_REASON: usize = 200;

/// The object that the API gets as `host`.
pub(super) fn install<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    natives.object.prop("timers", host.timers as f64)?;
    texts(&natives, host)?;
    calls(&natives, host)?;
    media_and_transfer(&natives, host)?;
    session(&natives, host)?;
    language(&natives, host)?;
    Ok(natives.object)
}

pub(super) struct Natives<'a, 'js> {
    ctx: &'a Ctx<'js>,
    pub(super) object: Object<'js>,
}

impl<'a, 'js> Natives<'a, 'js> {
    pub(super) fn new(ctx: &'a Ctx<'js>) -> Result<Self> {
        let object = Object::new(ctx.clone())?;
        Ok(Natives { ctx, object })
    }

    pub(super) fn add<P, F>(&self, name: &'static str, function: F) -> Result<()>
    where
        F: IntoJsFunc<'js, P> + 'js,
    {
        self.object
            .prop(name, Function::new(self.ctx.clone(), function)?)
    }
}

/// Checks and readings of texts.
fn texts<'js>(natives: &Natives<'_, 'js>, host: &Rc<Host>) -> Result<()> {
    let h = host.clone();
    natives.add("log", move |level: String, text: String| {
        let level = match level.as_str() {
            "error" => Level::Error,
            "warning" => Level::Warning,
            _ => Level::Info,
        };
        h.log(level, &text);
    })?;
    let h = host.clone();
    natives.add("warn", move |text: String, stack: String| {
        h.warn(&text, &stack);
    })?;
    natives.add("headerFault", |name: String, value: String| {
        header_fault(&name, &value)
    })?;
    natives.add("mimeType", |ctx: Ctx<'js>, text: String| {
        let (kind, rest) = text.split_once('/').unwrap_or_default();
        let subtype = rest.split(';').next().unwrap_or_default().trim_end();
        if is_token(kind) && is_token(subtype) && is_plain(&text) && text.len() <= 200 {
            return Ok(text);
        }
        Err(Exception::throw_type(
            &ctx,
            "Call.sendInfo: the MIME type must be such as application/dtmf-relay",
        ))
    })?;
    natives.add(
        "plainText",
        |ctx: Ctx<'js>, text: Option<String>, what: String| match text {
            Some(text) if !is_plain(&text) => Err(Exception::throw_type(
                &ctx,
                &format!("{what}: control characters are not allowed"),
            )),
            Some(text) if text.len() > LONGEST_TEXT => Err(Exception::throw_range(
                &ctx,
                &format!("{what}: longer than {LONGEST_TEXT} bytes"),
            )),
            text => Ok(text),
        },
    )?;
    natives.add("bytes", |text: String| text.len() as f64)?;
    natives.add("userOf", |text: Option<String>| {
        party::user_of(&text.unwrap_or_default())
    })?;
    natives.add("nameOf", |text: Option<String>| {
        party::name_of(&text.unwrap_or_default())
    })
}

/// Wishes about one call.
fn calls<'js>(natives: &Natives<'_, 'js>, host: &Rc<Host>) -> Result<()> {
    let h = host.clone();
    natives.add(
        "answer",
        move |ctx: Ctx<'js>,
              call: u32,
              headers: Headers<'js>,
              display_name: Opt<Option<String>>| {
            let (headers, bytes) = header_map(headers)?;
            let command = Command::Answer {
                call: CallId(call),
                headers,
                display_name: display_name.0.flatten(),
            };
            h.ask(&ctx, command, bytes)
        },
    )?;
    let h = host.clone();
    natives.add(
        "reject",
        move |ctx: Ctx<'js>, call: u32, code: u16, headers: Headers<'js>| {
            let (headers, bytes) = header_map(headers)?;
            let call = CallId(call);
            h.ask(
                &ctx,
                Command::Reject {
                    call,
                    code,
                    headers,
                },
                bytes,
            )
        },
    )?;
    type WithHeaders = fn(CallId, HeaderMap) -> Command;
    let plain: [(&str, WithHeaders); 3] = [
        ("ring", |call, headers| Command::Ring { call, headers }),
        ("startEarlyMedia", |call, headers| {
            Command::StartEarlyMedia { call, headers }
        }),
        ("hangup", |call, headers| Command::Hangup { call, headers }),
    ];
    for (name, command) in plain {
        let h = host.clone();
        natives.add(
            name,
            move |ctx: Ctx<'js>, call: u32, headers: Headers<'js>| {
                let (headers, bytes) = header_map(headers)?;
                h.ask(&ctx, command(CallId(call), headers), bytes)
            },
        )?;
    }
    let h = host.clone();
    natives.add(
        "sendInfo",
        move |ctx: Ctx<'js>, call: u32, mime_type: String, body: String, headers: Headers<'js>| {
            let (headers, bytes) = header_map(headers)?;
            let bytes = bytes + body.len();
            let command = Command::SendInfo {
                call: CallId(call),
                mime_type,
                body,
                headers,
            };
            h.ask(&ctx, command, bytes)
        },
    )?;
    let h = host.clone();
    natives.add(
        "sendMessage",
        move |ctx: Ctx<'js>, call: u32, text: String| {
            let (call, bytes) = (CallId(call), text.len());
            h.ask(&ctx, Command::SendMessage { call, text }, bytes)
        },
    )?;
    let h = host.clone();
    natives.add("placeCall", move |ctx: Ctx<'js>, wish: Object<'js>| {
        let (call, bytes) = place_call(&wish)?;
        h.ask(&ctx, Command::PlaceCall(Box::new(call)), bytes)
    })
}

fn media_and_transfer<'js>(natives: &Natives<'_, 'js>, host: &Rc<Host>) -> Result<()> {
    let h = host.clone();
    natives.add("link", move |ctx: Ctx<'js>, from: f64, to: f64| {
        let (from, to) = (node(from), node(to));
        h.ask(&ctx, Command::Link { from, to }, 0)
    })?;
    let h = host.clone();
    natives.add("unlink", move |ctx: Ctx<'js>, from: f64, to: f64| {
        let (from, to) = (node(from), node(to));
        h.ask(&ctx, Command::Unlink { from, to }, 0)
    })?;
    let h = host.clone();
    natives.add(
        "listen",
        move |ctx: Ctx<'js>, call: u32, event: String, on: bool| {
            let call = CallId(call);
            h.ask(&ctx, Command::Listen { call, event, on }, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "monitorMediaStatistics",
        move |ctx: Ctx<'js>, call: u32, every_ms: u32| {
            let command = Command::MonitorMediaStatistics {
                call: CallId(call),
                every_ms: Some(every_ms).filter(|ms| *ms > 0),
            };
            h.ask(&ctx, command, 0)
        },
    )?;
    let h = host.clone();
    natives.add("watchEnd", move |ctx: Ctx<'js>| {
        h.ask(&ctx, Command::WatchEnd, 0)
    })?;
    let h = host.clone();
    natives.add(
        "handleBlindTransfer",
        move |ctx: Ctx<'js>, call: u32, handle: bool| {
            let call = CallId(call);
            h.ask(&ctx, Command::HandleBlindTransfer { call, handle }, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "transferSucceeded",
        move |ctx: Ctx<'js>, call: u32, stack: String| {
            let command = Command::NotifyTransfer {
                call: CallId(call),
                verdict: Verdict::Success,
                place: first_place(&stack),
            };
            h.ask(&ctx, command, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "transferFailed",
        move |ctx: Ctx<'js>, call: u32, code: u16, reason: Option<String>, stack: String| {
            let reason = reason.map(plain_reason);
            let command = Command::NotifyTransfer {
                call: CallId(call),
                verdict: Verdict::Failed { code, reason },
                place: first_place(&stack),
            };
            h.ask(&ctx, command, 0)
        },
    )?;
    let h = host.clone();
    natives.add(
        "transferRejected",
        move |ctx: Ctx<'js>, call: u32, code: u16, reason: Option<String>, stack: String| {
            let command = Command::RejectTransfer {
                call: CallId(call),
                code,
                reason: reason.map(plain_reason),
                place: first_place(&stack),
            };
            h.ask(&ctx, command, 0)
        },
    )
}

/// As the API numbers whatever has sound: a call by its number, a unit, which count from 1, by minus its own.
pub(super) fn node(number: f64) -> Node {
    match number < 0.0 {
        true => Node::Unit(UnitId(-number as u32)),
        false => Node::Call(CallId(number as u32)),
    }
}

/// What may stand behind a status code: no control characters, not too long.
fn plain_reason(reason: String) -> String {
    let plain: String = reason.chars().filter(|c| !c.is_control()).collect();
    cut(&plain, LONGEST_REASON).into()
}

/// Timers and the session's end.
fn session<'js>(natives: &Natives<'_, 'js>, host: &Rc<Host>) -> Result<()> {
    let h = host.clone();
    natives.add(
        "setTimer",
        move |ctx: Ctx<'js>, id: u32, after_ms: f64, repeat: bool| {
            let after_ms = after_ms as u64;
            let command = Command::SetTimer {
                id,
                after_ms,
                repeat,
            };
            h.ask(&ctx, command, 0)
        },
    )?;
    let h = host.clone();
    natives.add("clearTimer", move |ctx: Ctx<'js>, id: u32| {
        h.ask(&ctx, Command::ClearTimer { id }, 0)
    })?;
    let h = host.clone();
    natives.add("terminate", move |ctx: Ctx<'js>| {
        h.ask(&ctx, Command::Terminate, 0)
    })
}

/// Chance and what is missing.
fn language<'js>(natives: &Natives<'_, 'js>, host: &Rc<Host>) -> Result<()> {
    let h = host.clone();
    natives.add("random", move || {
        (h.dice.borrow_mut().u64() >> 11) as f64 / (1u64 << 53) as f64
    })?;
    natives.add("missing", |owner: String, member: String| {
        unsupported::missing(&owner, &member).map(|missing| match missing {
            Missing::Function => 1,
            Missing::Value => 2,
        })
    })
}

/// For `bounds.js`.
pub(super) fn for_bounds<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add("look", move |ctx: Ctx<'js>| match h.out_of_time() {
        true => Err(Exception::throw_internal(&ctx, "interrupted")),
        false => Ok(()),
    })?;
    Ok(natives.object)
}

/// Headers as the API has checked them: own properties of an object without prototype.
pub(super) type Headers<'js> = Opt<Option<Object<'js>>>;

pub(super) fn header_map(headers: Headers<'_>) -> Result<(HeaderMap, usize)> {
    let mut map = HeaderMap::new();
    let mut bytes = 0;
    if let Some(headers) = headers.0.flatten() {
        for pair in headers.props::<String, String>() {
            let (name, value) = pair?;
            // The API has thrown already where a header may not be sent.
            if header_fault(&name, &value).is_none() {
                bytes += name.len() + value.len();
                map.insert(name, value);
            }
        }
    }
    Ok((map, bytes))
}

fn header_fault(name: &str, value: &str) -> Option<String> {
    let shown = || cut(name, 40).escape_default().to_string();
    if !name
        .get(..2)
        .is_some_and(|start| start.eq_ignore_ascii_case("x-"))
        || name.len() == 2
    {
        return Some(format!("the header {} does not begin with X-", shown()));
    }
    if !is_token(name) {
        return Some(format!("{} is no header name", shown()));
    }
    if !is_plain(value) {
        return Some(format!(
            "the header {} contains a control character",
            shown()
        ));
    }
    if name.len() > LONGEST_HEADER_NAME || name.len() + value.len() > LONGEST_HEADER {
        return Some(format!(
            "the header {} is too long: {LONGEST_HEADER_NAME} bytes for the name, {LONGEST_HEADER} with its value",
            shown()
        ));
    }
    None
}

fn place_call(wish: &Object<'_>) -> Result<(PlaceCall, usize)> {
    let text = |name: &str| wish.get::<_, Option<String>>(name);
    let to: String = wish.get("to")?;
    let incoming: Option<u32> = wish.get("incoming")?;
    let (headers, bytes) = header_map(Opt(wish.get("headers")?))?;
    let bytes = bytes + 4 * to.len();
    let to = match (wish.get::<_, String>("kind")?.as_str(), incoming) {
        ("user", Some(incoming)) => Destination::UserDirect {
            username: to,
            incoming: CallId(incoming),
        },
        ("user", None) => Destination::User { username: to },
        ("pstn", _) => Destination::Pstn { number: to },
        ("conference", _) => Destination::Conference { name: to },
        _ => Destination::Sip {
            to,
            auth_user: text("authUser")?,
            password: text("password")?,
            out_proxy: text("outProxy")?,
        },
    };
    let call = PlaceCall {
        call: CallId(wish.get("call")?),
        to,
        callerid: text("callerid")?,
        display_name: text("displayName")?,
        headers,
        timeout_s: wish.get("timeout")?,
    };
    Ok((call, bytes))
}

/// RFC 3261 §25.1.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

fn is_plain(text: &str) -> bool {
    !text
        .chars()
        .any(|c| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}'))
}
