//! The natives of `Net` and `ApplicationStorage`: what the script asks is checked for form and asked of the
//! session; what it is told waits here until the API takes it.

use std::rc::Rc;

use rquickjs::{Array, Ctx, Exception, Object, Result};
use serde_json::json;

use crate::base::hook::HookUrl;
use crate::base::web::{Answer, Body, Failure, Headers, Method, Request, headers_fault};
use crate::script::bytes::{Bytes, Encoding};
use crate::script::command::Command;
use crate::script::describe::first_place;
use crate::script::host::Host;
use crate::script::inquiry::{Entry, HttpInquiry, Inquiry, Reply, StorageInquiry, Stored};
use crate::script::natives::Natives;

/// VoxEngine's numbers; a script may only lower them.
const CONNECT_S: f64 = 6.0;
const TOTAL_S: f64 = 90.0;

const LONGEST_KEY: usize = 200;
const LONGEST_VALUE: usize = 2000;
const LONGEST_TTL_S: f64 = 7_776_000.0;
const MOST_KEYS: f64 = 1000.0;

/// For `net.js`.
pub(super) fn natives_of_net<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add(
        "request",
        move |ctx: Ctx<'js>, inquiry: u32, wish: Object<'js>, stack: String| {
            let (what, bytes) = http(&ctx, &wish)?;
            let command = Command::Inquire {
                inquiry,
                what,
                place: first_place(&stack),
            };
            h.ask(&ctx, command, bytes)
        },
    )?;
    let h = host.clone();
    natives.add("text", move || {
        h.arrived.borrow().as_ref().and_then(text_of)
    })?;
    let h = host.clone();
    natives.add("bytes", move |ctx: Ctx<'js>| {
        let bytes = h.arrived.borrow().as_ref().map(|a| a.body.0.clone());
        let list = Array::new(ctx)?;
        for (at, byte) in bytes.iter().flatten().enumerate() {
            list.set(at, *byte)?;
        }
        Ok::<_, rquickjs::Error>(list)
    })?;
    Ok(natives.object)
}

/// For `storage.js`.
pub(super) fn natives_of_storage<'js>(ctx: &Ctx<'js>, host: &Rc<Host>) -> Result<Object<'js>> {
    let natives = Natives::new(ctx)?;
    let h = host.clone();
    natives.add(
        "storage",
        move |ctx: Ctx<'js>, inquiry: u32, wish: Object<'js>, stack: String| {
            let (what, bytes) = storage(&ctx, &wish)?;
            let command = Command::Inquire {
                inquiry,
                what: Inquiry::Storage(what),
                place: first_place(&stack),
            };
            h.ask(&ctx, command, bytes)
        },
    )?;
    Ok(natives.object)
}

fn http<'js>(ctx: &Ctx<'js>, wish: &Object<'js>) -> Result<(Inquiry, usize)> {
    let wrong = |text: &str| Exception::throw_type(ctx, &format!("Net.httpRequest: {text}"));
    let method: String = wish.get("method")?;
    let Some(method) = Method::parse(&method) else {
        return Err(wrong(
            "the method must be GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS",
        ));
    };
    let headers = pairs(wish.get("headers")?);
    if let Some(fault) = headers_fault(&headers) {
        return Err(wrong(&fault));
    }
    let body: Option<Bytes> = wish.get("body")?;
    let body = body.map(|body| body.0).unwrap_or_default();
    let parameters = pairs(wish.get("params")?);
    let url: String = wish.get("url")?;
    let weight = url.len()
        + body.len()
        + headers
            .iter()
            .map(|(n, v)| n.len() + v.len())
            .sum::<usize>();
    let url = HookUrl::parse(&url).and_then(|url| match parameters.is_empty() {
        true => Ok(url),
        false => url.with_parameters(parameters.iter().map(|(n, v)| (n.as_str(), v.as_str()))),
    });
    let url = match url {
        Ok(url) => url,
        Err(fault) => return Ok((Inquiry::Unfit(Failure::BadUrl(fault.to_string())), 0)),
    };
    let lowered = |name: &str, most: f64| -> Result<u32> {
        let seconds: Option<f64> = wish.get(name)?;
        match seconds {
            None => Ok((most * 1000.0) as u32),
            Some(seconds) if seconds > 0.0 => Ok((seconds.min(most) * 1000.0).max(1.0) as u32),
            Some(_) => Err(wrong(&format!("{name} must be more than 0 seconds"))),
        }
    };
    let inquiry = HttpInquiry {
        connect_ms: lowered("connectionTimeout", CONNECT_S)?,
        total_ms: lowered("timeout", TOTAL_S)?,
        request: Request {
            method,
            url,
            headers: Headers(headers),
            body: Body::from(body),
        },
    };
    Ok((Inquiry::Http(Box::new(inquiry)), weight))
}

/// Name, value, name, value: as the API lists them.
fn pairs(list: Vec<String>) -> Vec<(String, String)> {
    let mut list = list.into_iter();
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (list.next(), list.next()) {
        pairs.push((name, value));
    }
    pairs
}

fn storage<'js>(ctx: &Ctx<'js>, wish: &Object<'js>) -> Result<(StorageInquiry, usize)> {
    let kind: String = wish.get("kind")?;
    let wrong =
        |text: String| Exception::throw_range(ctx, &format!("ApplicationStorage.{kind}: {text}"));
    let within = |name: &str, text: String, most: usize| match text.chars().count() {
        length if length > most => Err(wrong(format!(
            "the {name} is longer than {most} characters"
        ))),
        _ => Ok(text),
    };
    let key = || -> Result<String> {
        let key: String = wish.get("key")?;
        match key.is_empty() {
            true => Err(wrong("the key is empty".to_string())),
            false => within("key", key, LONGEST_KEY),
        }
    };
    let number = |name: &str, most: f64, usual: f64| -> Result<u32> {
        let given: Option<f64> = wish.get(name)?;
        match given.unwrap_or(usual) {
            number if (0.0..=most).contains(&number) => Ok(number as u32),
            _ => Err(wrong(format!("the {name} must be 0 to {most}"))),
        }
    };
    let what = match kind.as_str() {
        "get" => StorageInquiry::Get { key: key()? },
        "put" => StorageInquiry::Put {
            key: key()?,
            value: within("value", wish.get("value")?, LONGEST_VALUE)?,
            ttl_s: number("ttl", LONGEST_TTL_S, f64::NAN)?,
        },
        "remove" => StorageInquiry::Remove { key: key()? },
        _ => StorageInquiry::Keys {
            pattern: match wish.get::<_, Option<String>>("pattern")? {
                Some(pattern) => Some(within("pattern", pattern, LONGEST_KEY)?),
                None => None,
            },
            most: number("count", MOST_KEYS, MOST_KEYS)?,
        },
    };
    let weight = match &what {
        StorageInquiry::Put { key, value, .. } => key.len() + value.len(),
        StorageInquiry::Get { key } | StorageInquiry::Remove { key } => key.len(),
        StorageInquiry::Keys { .. } => 0,
    };
    Ok((what, weight + 64))
}

/// The reply as the API reads it, but for an answer's body, which is taken by `text` and `bytes`.
pub(super) fn told(inquiry: u32, reply: &Reply) -> String {
    let entry = |entry: &Entry| json!({"key": entry.key, "value": entry.value, "expireAt": entry.expires_unix_s});
    let told = match reply {
        Reply::Http(Ok(answer)) => json!({"code": answer.code, "headers": answer.headers}),
        Reply::Http(Err(failure)) => {
            json!({"code": code_of(failure), "error": failure.to_string()})
        }
        Reply::Storage(Ok(Stored::Entry(found))) => json!({"entry": found.as_ref().map(entry)}),
        Reply::Storage(Ok(Stored::Keys(keys))) => json!({"keys": keys}),
        Reply::Storage(Err(error)) => json!({"error": error}),
    };
    json!({"inquiry": inquiry, "told": told}).to_string()
}

/// VoxEngine's codes for what is no answer.
fn code_of(failure: &Failure) -> i32 {
    match failure {
        Failure::Forbidden(_) => 0,
        Failure::BadUrl(_) => -2,
        Failure::NoHost(_) => -3,
        Failure::NoConnection(_) => -4,
        Failure::Redirects => -5,
        Failure::Broken(_) => -6,
        Failure::Timeout(_) => -7,
        Failure::Internal(_) => -8,
        Failure::TooLarge(_) => -9,
    }
}

/// The body in its charset; none where it is neither said to be text nor UTF-8.
fn text_of(answer: &Answer) -> Option<String> {
    let kind = answer.headers.value("content-type").unwrap_or("text/plain");
    let kind = kind.to_ascii_lowercase();
    let charset = kind.split("charset=").nth(1).map(|rest| {
        let name = rest.split(';').next().unwrap_or_default();
        name.trim_matches(|c: char| c == '"' || c.is_whitespace())
    });
    if let Some(encoding) = charset.and_then(Encoding::named) {
        return Some(encoding.decode(&answer.body.0));
    }
    let texts = ["text/", "json", "xml", "javascript", "urlencoded"];
    match std::str::from_utf8(&answer.body.0) {
        Ok(text) => Some(text.to_string()),
        Err(_) if texts.iter().any(|text| kind.contains(text)) => Some(answer.body.text()),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_text_in_its_charset_and_none_where_it_is_binary() {
        let answer = |kind: Option<&str>, body: &'static [u8]| {
            let headers = kind.map(|kind| ("content-type".to_string(), kind.to_string()));
            text_of(&Answer {
                code: 200,
                headers: Headers(headers.into_iter().collect()),
                body: Body::from(body),
            })
        };
        let is = |text: &str| Some(text.to_string());
        assert_eq!(answer(None, b"a"), is("a"));
        assert_eq!(
            answer(Some("text/html; charset=ISO-8859-1"), b"\xfc"),
            is("ü")
        );
        assert_eq!(answer(Some("application/json"), b"\xfc"), is("\u{fffd}"));
        assert_eq!(answer(Some("audio/wav"), b"\xfc\0"), None);
        assert_eq!(answer(Some("audio/wav"), b"RIFF"), is("RIFF"));
    }
}
