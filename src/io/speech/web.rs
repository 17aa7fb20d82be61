//! A service that speaks: its request from the template, its sound from the answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Filling;
use crate::base::hook::HookUrl;
use crate::base::web::{Answer, Body, Headers, Method, Request, header_fault, percent_encoded};
use crate::settings::sound::HttpProvider;

/// What the service is asked.
pub fn request(provider: &HttpProvider, filling: &Filling) -> Result<Request, String> {
    let [text, voice, language] =
        [filling.text, filling.voice, filling.language].map(percent_encoded);
    let in_url = Filling {
        text: &text,
        voice: &voice,
        language: &language,
    };
    let url = HookUrl::parse(&in_url.fill(provider.url.reveal()))?;
    let mut headers = Vec::new();
    for (name, value) in &provider.headers {
        let value = filling.fill(value.reveal());
        match header_fault(name, &value) {
            None => headers.push((name.clone(), value)),
            Some(fault) => return Err(format!("the header {name} of the speech service: {fault}")),
        }
    }
    let body = match &provider.body {
        None => Body::default(),
        Some(body) => {
            let mut body: Value = serde_json::from_str(body.reveal())
                .map_err(|_| "the body of the speech service is no JSON".to_string())?;
            fill(&mut body, filling);
            let named = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-type");
            if !headers.iter().any(named) {
                let json = ("Content-Type".to_string(), "application/json".to_string());
                headers.push(json);
            }
            Body(body.to_string().into_bytes().into())
        }
    };
    Ok(Request {
        method: match provider.body {
            Some(_) => Method::Post,
            None => Method::Get,
        },
        url,
        headers: Headers(headers),
        body,
    })
}

/// The audio file that the service has answered with.
pub fn audio_of(provider: &HttpProvider, answer: &Answer) -> Result<Vec<u8>, String> {
    if !(200..300).contains(&answer.code) {
        return Err(format!("the speech service has answered {}", answer.code));
    }
    let bytes = answer.body.0.to_vec();
    let Some(place) = &provider.audio_at else {
        return Ok(bytes);
    };
    let answer: Value = serde_json::from_slice(&bytes)
        .map_err(|_| "the speech service has not answered with JSON".to_string())?;
    let text = answer.pointer(place).and_then(Value::as_str);
    let text =
        text.ok_or_else(|| format!("the answer of the speech service has no text at {place}"))?;
    let audio = STANDARD.decode(text);
    audio.map_err(|_| "the audio of the speech service is no Base64".to_string())
}

/// Strings are templates, at any depth; what is filled in stays inside its string.
fn fill(value: &mut Value, filling: &Filling) {
    match value {
        Value::String(text) => *text = filling.fill(text),
        Value::Array(items) => items.iter_mut().for_each(|item| fill(item, filling)),
        Value::Object(fields) => fields.values_mut().for_each(|field| fill(field, filling)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
