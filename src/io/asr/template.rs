//! What a service that recognises speech is asked, from its template, and what its answer says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::base::hook::HookUrl;
use crate::base::pii::Secret;
use crate::base::web::{
    Answer, Body, Failure, Headers, Method, Request, header_fault, percent_encoded,
};
use crate::io::speech;
use crate::script::asr::Recognised;
use crate::settings::sound::{Asr, HttpRecogniser, Utterance};

/// Of one utterance, in characters.
const MOST_TEXT: usize = 8_000;

/// What fills a template, besides the sound.
pub(super) struct Filling {
    pub language: String,
    pub rate_hz: u32,
    /// As the scenario gave them.
    pub parameters: Map<String, Value>,
}

impl Filling {
    fn value(&self, name: &str, audio: &str) -> Option<Value> {
        match name {
            "audio" => Some(audio.into()),
            "language" => Some(self.language.as_str().into()),
            "rate" => Some(self.rate_hz.into()),
            name => {
                let value = self.parameters.get(name);
                value.filter(|value| !value.is_null()).cloned()
            }
        }
    }

    /// What is filled in is not looked through again.
    pub fn fill(&self, template: &str, audio: &str, write: impl Fn(&str) -> String) -> String {
        let mut whole = String::new();
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Name(name) => {
                    let value = self.value(name, audio).map(|value| plain(&value));
                    whole.push_str(&write(&value.unwrap_or_default()));
                }
            }
        }
        whole
    }

    /// A text that is one name and nothing else becomes what it stands for; `None` where that was not given.
    pub fn fill_json(&self, value: &Value, audio: &str) -> Option<Value> {
        Some(match value {
            Value::String(text) => match &pieces(text)[..] {
                [Piece::Name(name)] => self.value(name, audio)?,
                _ => self.fill(text, audio, str::to_string).into(),
            },
            Value::Array(items) => {
                let items = items.iter();
                items
                    .filter_map(|item| self.fill_json(item, audio))
                    .collect()
            }
            Value::Object(fields) => {
                let fields = fields.iter();
                let filled = fields.filter_map(|(name, field)| {
                    Some((name.clone(), self.fill_json(field, audio)?))
                });
                Value::Object(filled.collect())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }
}

/// As the service names it.
pub(super) fn language(name: Option<&str>, settings: &Asr) -> String {
    let name = name.unwrap_or(&settings.language);
    let named = |name: &str| settings.languages.get(name).cloned();
    named(name).unwrap_or_else(|| {
        let code = speech::language(name);
        let code = code.unwrap_or_else(|| name.to_string());
        named(&code).unwrap_or(code)
    })
}

/// A part of a template.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    /// What stands in braces, where it can be a name.
    Name(&'a str),
}

fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while !rest.is_empty() {
        let name = rest.strip_prefix('{').and_then(|after| {
            let (name, after) = after.split_once('}')?;
            let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            is_name.then_some((name, after))
        });
        if let Some((name, after)) = name {
            pieces.push(Piece::Name(name));
            rest = after;
            continue;
        }
        let next = rest.char_indices().skip(1).find(|(_, c)| *c == '{');
        let (text, after) = rest.split_at(next.map_or(rest.len(), |(at, _)| at));
        pieces.push(Piece::Text(text));
        rest = after;
    }
    pieces
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(","),
        value => value.to_string(),
    }
}

/// What the service is asked about an utterance.
pub(super) fn request(
    service: &HttpRecogniser,
    filling: &Filling,
    samples: &[i16],
) -> Result<Request, String> {
    let url = HookUrl::parse(&filling.fill(service.url.reveal(), "", percent_encoded))?;
    let mut headers = headers(&service.headers, filling)?;
    let wav = wav(filling.rate_hz, samples);
    let (kind, body) = match &service.body {
        Utterance::Wav => ("audio/wav".to_string(), wav),
        Utterance::Json(template) => {
            let template: Value = serde_json::from_str(template.reveal())
                .map_err(|_| "the body of speech.asr.http is no JSON".to_string())?;
            let body = filling.fill_json(&template, &STANDARD.encode(wav));
            let body = body.unwrap_or_default().to_string();
            ("application/json".to_string(), body.into_bytes())
        }
        Utterance::Form(fields) => form(fields, filling, &wav),
    };
    add_header(&mut headers, "Content-Type", kind)?;
    Ok(Request {
        method: Method::Post,
        url,
        headers: Headers(headers),
        body: Body(body.into()),
    })
}

/// Of the setting, and then of the scenario.
pub(super) fn headers(
    templates: &[(String, Secret)],
    filling: &Filling,
) -> Result<Vec<(String, String)>, String> {
    let mut headers = Vec::new();
    for (name, value) in templates {
        let value = filling.fill(value.reveal(), "", str::to_string);
        add_header(&mut headers, name, value)?;
    }
    if let Some(Value::Object(own)) = filling.parameters.get("headers") {
        for (name, value) in own {
            add_header(&mut headers, name, plain(value))?;
        }
    }
    Ok(headers)
}

/// The first of a name stays.
fn add_header(
    headers: &mut Vec<(String, String)>,
    name: &str,
    value: String,
) -> Result<(), String> {
    if let Some(fault) = header_fault(name, &value) {
        return Err(format!("the header {name} for the recogniser: {fault}"));
    }
    if !headers
        .iter()
        .any(|(known, _)| known.eq_ignore_ascii_case(name))
    {
        headers.push((name.to_string(), value));
    }
    Ok(())
}

/// RFC 7578. Its boundary is made of the sound: nobody who writes a field knows it.
fn form(fields: &[(String, Secret)], filling: &Filling, wav: &[u8]) -> (String, Vec<u8>) {
    let hash = wav.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let boundary = format!("switchhook-{hash:016x}");
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
        body.extend_from_slice(head.as_bytes());
        if value.reveal() == "{audio}" {
            let head = "; filename=\"speech.wav\"\r\nContent-Type: audio/wav\r\n\r\n";
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(wav);
        } else {
            body.extend_from_slice(b"\r\n\r\n");
            let value = filling.fill(value.reveal(), "", str::to_string);
            body.extend_from_slice(value.as_bytes());
        }
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// A wav file of 16 bits, mono.
pub(super) fn wav(rate_hz: u32, samples: &[i16]) -> Vec<u8> {
    let bytes = samples.len() as u32 * 2;
    let mut file = Vec::with_capacity(44 + samples.len() * 2);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16u32.to_le_bytes());
    // PCM, one channel.
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&rate_hz.to_le_bytes());
    file.extend_from_slice(&(rate_hz * 2).to_le_bytes());
    file.extend_from_slice(&2u16.to_le_bytes());
    file.extend_from_slice(&16u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&bytes.to_le_bytes());
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// What the service has understood, or why not.
pub(super) fn read(service: &HttpRecogniser, answer: Result<Answer, Failure>) -> Recognised {
    understood(service, answer).unwrap_or_else(|why| Recognised::Fault { why })
}

fn understood(
    service: &HttpRecogniser,
    answer: Result<Answer, Failure>,
) -> Result<Recognised, String> {
    let answer = answer.map_err(|failure| format!("the recogniser: {failure}"))?;
    if !(200..300).contains(&answer.code) {
        return Err(format!("the recogniser has answered {}", answer.code));
    }
    let Some(place) = &service.text_at else {
        return Ok(recognised(&answer.body.text(), None, None));
    };
    let said: Value = serde_json::from_slice(&answer.body.0)
        .map_err(|_| "the recogniser has not answered with JSON".to_string())?;
    let text = said.pointer(place).and_then(Value::as_str);
    let text =
        text.ok_or_else(|| format!("the answer of the recogniser has no text at {place}"))?;
    let at = |place: &Option<String>| said.pointer(place.as_deref()?);
    let confidence = at(&service.confidence_at).and_then(Value::as_f64);
    let language = at(&service.language_at).and_then(Value::as_str);
    Ok(recognised(text, confidence, language))
}

/// Without a number whoever has a text is sure of it.
pub(super) fn recognised(
    text: &str,
    confidence: Option<f64>,
    language: Option<&str>,
) -> Recognised {
    let text: String = text.trim().chars().take(MOST_TEXT).collect();
    let confidence = match confidence {
        _ if text.is_empty() => 0.0,
        None => 100.0,
        Some(share) if share <= 1.0 => (share.max(0.0) * 10_000.0).round() / 100.0,
        Some(percent) => percent.min(100.0),
    };
    Recognised::Text {
        text,
        confidence,
        language: language.map(|language| language.chars().take(100).collect()),
    }
}

/// All texts of a service that are filled.
pub(super) fn templates(service: &HttpRecogniser) -> Vec<&str> {
    let mut templates = vec![service.url.reveal()];
    templates.extend(service.headers.iter().map(|(_, value)| value.reveal()));
    match &service.body {
        Utterance::Wav => {}
        Utterance::Json(body) => templates.push(body.reveal()),
        Utterance::Form(fields) => templates.extend(fields.iter().map(|(_, value)| value.reveal())),
    }
    templates
}

/// Parameters of a scenario that go nowhere.
pub(super) fn ignored(templates: &[&str], parameters: &Map<String, Value>) -> Vec<String> {
    let goes = |name: &str, value: &Value| match name {
        // The language; headers of their own; every utterance has a result in any case, and those before it only where
        // the service has them.
        "profile" | "headers" | "singleUtterance" | "interimResults" => true,
        _ => {
            let named = format!("{{{name}}}");
            value.is_null() || templates.iter().any(|text| text.contains(&named))
        }
    };
    let parameters = parameters.iter();
    parameters
        .filter(|(name, value)| !goes(name, value))
        .map(|(name, _)| name.chars().take(100).collect())
        .take(50)
        .collect()
}
