//! Requests outside dialogs (RFC 3261 §8.2): what is answered at the door, and what goes up.

use super::desk::{ACCEPT, ALLOW, EVENTS, SUPPORTED};
use super::{Settings, body};
use crate::sip::invite::refresh;
use crate::sip::message::{Headers, Method, Name, Request, Uri};
use crate::sip::refer::{EventName, Replaces};

/// What is to become of a request.
#[derive(Debug)]
pub enum Verdict {
    /// Answer it so.
    Answer(u16, Headers),
    /// A call.
    Incoming,
    /// A subscription to a transfer; only a REFER makes one that can be subscribed to (RFC 3515 §2.4.4).
    Subscribe,
    /// The layers above know.
    Ask,
}

/// What the stack is busy with.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub draining: bool,
    pub full: bool,
}

/// Judges a request outside any dialog; the body of an INVITE is reduced to its SDP.
pub fn judge(request: &mut Request, load: Load, settings: &Settings) -> Verdict {
    let answer = |code| Verdict::Answer(code, Headers::new());
    match &request.method {
        Method::Other(_) => return with(501, Name::Allow, ALLOW),
        Method::Publish => return with(405, Name::Allow, ALLOW),
        _ => {}
    }
    if matches!(request.uri, Uri::Other(_)) {
        return answer(416);
    }
    if let Some((code, headers)) = extensions(request) {
        return Verdict::Answer(code, headers);
    }
    match request.method {
        Method::Invite => judge_invite(request, load, settings),
        Method::Options if load.draining => with(503, Name::RetryAfter, "60"),
        Method::Options => Verdict::Answer(200, abilities()),
        Method::Register | Method::Message => match load.full {
            true => with(503, Name::RetryAfter, "5"),
            false => Verdict::Ask,
        },
        // Whether it may be heard is decided above; a full house does not ask.
        Method::Refer => match load.full {
            true => with(503, Name::RetryAfter, "5"),
            false => Verdict::Ask,
        },
        Method::Subscribe => match EventName::of(&request.headers) {
            None => answer(400),
            Some(name) if name.package == EVENTS => match load.full {
                true => with(503, Name::RetryAfter, "5"),
                false => Verdict::Subscribe,
            },
            Some(_) => with(489, Name::AllowEvents, EVENTS),
        },
        Method::Notify => match EventName::of(&request.headers) {
            None => answer(400),
            Some(name) if name.package == EVENTS => answer(481),
            Some(_) => with(489, Name::AllowEvents, EVENTS),
        },
        // Requests of a dialog, and there is none.
        Method::Bye | Method::Info | Method::Prack | Method::Update => answer(481),
        Method::Ack | Method::Cancel => answer(481),
        Method::Publish | Method::Other(_) => with(501, Name::Allow, ALLOW),
    }
}

fn judge_invite(request: &mut Request, load: Load, settings: &Settings) -> Verdict {
    let answer = |code| Verdict::Answer(code, Headers::new());
    if load.draining {
        return with(503, Name::RetryAfter, "60");
    }
    if load.full {
        return with(503, Name::RetryAfter, "5");
    }
    if matches!(request.headers.max_forwards(), Ok(Some(0))) {
        return answer(483);
    }
    if !names_one_dialog(request) {
        return answer(400);
    }
    let tagged = request
        .headers
        .from()
        .is_ok_and(|from| from.tag().is_some());
    match request.headers.contact() {
        Ok(Some(_)) => {}
        // RFC 2543 let a caller do without.
        Ok(None) if !tagged => {}
        Ok(None) | Err(_) => return answer(400),
    }
    if let Err(refusal) = body::settle(request) {
        return Verdict::Answer(refusal.code, refusal.headers);
    }
    if !accepts_sdp(request) {
        return answer(406);
    }
    if let Some(least_s) = refresh::too_short(request, settings) {
        let mut headers = Headers::new();
        headers.push(Name::MinSe, least_s.to_string());
        return Verdict::Answer(422, headers);
    }
    Verdict::Incoming
}

/// Whether an INVITE wants no call replaced, or one and nothing else besides (RFC 3891 §3). Which one is
/// for the layers above to find, and whether it may be.
fn names_one_dialog(request: &Request) -> bool {
    let headers = &request.headers;
    let count = headers.all(&Name::Replaces).count();
    let whole = || headers.text(&Name::Replaces).and_then(Replaces::parse);
    let joins = || headers.all(&Name::Join).next().is_some();
    count == 0 || (count == 1 && whole().is_some() && !joins())
}

/// Whether our answer may hold SDP (§20.1): it may where Accept is missing.
fn accepts_sdp(request: &Request) -> bool {
    if request.headers.get(&Name::Accept).is_none() {
        return true;
    }
    request.headers.list(&Name::Accept).any(|range| {
        let range = String::from_utf8_lossy(range);
        let kind = range.split(';').next().unwrap_or_default().trim();
        ["application/sdp", "application/*", "*/*"]
            .iter()
            .any(|fitting| kind.eq_ignore_ascii_case(fitting))
    })
}

/// 420 where Require or Proxy-Require names what we do not know (§8.2.2.3).
pub fn extensions(request: &Request) -> Option<(u16, Headers)> {
    if matches!(request.method, Method::Ack | Method::Cancel) {
        return None;
    }
    let known = |tag: &str| {
        SUPPORTED
            .split(", ")
            .any(|known| known.eq_ignore_ascii_case(tag))
    };
    let unknown: Vec<String> = request
        .headers
        .list(&Name::Require)
        .chain(request.headers.list(&Name::ProxyRequire))
        .map(|tag| String::from_utf8_lossy(tag).trim().to_string())
        // Some Yealink phones write `Proxy-Require: 0` into a REFER and mean nothing by it.
        .filter(|tag| !tag.is_empty() && tag != "0" && !known(tag))
        .collect();
    (!unknown.is_empty()).then(|| {
        let mut headers = Headers::new();
        headers.push(Name::Unsupported, unknown.join(", "));
        (420, headers)
    })
}

/// What we can (§11.2).
pub fn abilities() -> Headers {
    let mut headers = Headers::new();
    headers.push(Name::Allow, ALLOW);
    headers.push(Name::Accept, ACCEPT);
    headers.push(Name::Supported, SUPPORTED);
    headers.push(Name::AllowEvents, EVENTS);
    headers
}

fn with(code: u16, name: Name, value: &'static str) -> Verdict {
    let mut headers = Headers::new();
    headers.push(name, value);
    Verdict::Answer(code, headers)
}
