//! The messages: what is one of sound, and what is a text for somebody else.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::base::socket::Stream;

/// Custom parameters and tags of others are cut to what a script can use.
const MOST_CUSTOM: usize = 50;
const LONGEST: usize = 1_000;

/// A message of sound that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Start {
        tag: Option<String>,
        /// As it was written, and the rate beside it.
        encoding: Option<String>,
        rate_hz: Option<u32>,
        custom: BTreeMap<String, String>,
    },
    Media {
        tag: Option<String>,
        payload: Vec<u8>,
    },
    Stop {
        tag: Option<String>,
    },
}

impl Message {
    /// Of the stream that it belongs to.
    pub fn tag(&self) -> Option<&str> {
        match self {
            Message::Start { tag, .. } | Message::Media { tag, .. } | Message::Stop { tag } => {
                tag.as_deref()
            }
        }
    }
}

#[derive(Deserialize)]
struct Written {
    event: String,
    start: Option<Start>,
    media: Option<Media>,
    stop: Option<Stop>,
}

#[derive(Deserialize)]
struct Start {
    tag: Option<String>,
    #[serde(rename = "mediaFormat")]
    format: Option<Format>,
    #[serde(rename = "customParameters")]
    custom: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Format {
    encoding: Option<String>,
    #[serde(rename = "sampleRate")]
    rate_hz: Option<u32>,
}

#[derive(Deserialize)]
struct Media {
    tag: Option<String>,
    payload: String,
}

#[derive(Deserialize)]
struct Stop {
    tag: Option<String>,
}

/// `None`: it is no message of sound, so it is a text.
pub fn read(text: &str) -> Option<Message> {
    // Spares other texts the parser.
    if !text.trim_start().starts_with('{') || !text.contains("\"event\"") {
        return None;
    }
    let written: Written = serde_json::from_str(text).ok()?;
    Some(match written.event.as_str() {
        "start" => {
            let start = written.start?;
            let (encoding, rate_hz) = match start.format {
                Some(format) => (format.encoding, format.rate_hz),
                None => (None, None),
            };
            Message::Start {
                tag: start.tag.map(cut),
                encoding: encoding.map(cut),
                rate_hz,
                custom: custom(start.custom.unwrap_or_default()),
            }
        }
        "media" => {
            let media = written.media?;
            Message::Media {
                tag: media.tag.map(cut),
                payload: STANDARD.decode(media.payload).ok()?,
            }
        }
        "stop" => Message::Stop {
            tag: written.stop.and_then(|stop| stop.tag).map(cut),
        },
        _ => return None,
    })
}

fn custom(given: Map<String, Value>) -> BTreeMap<String, String> {
    let text = |value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let given = given.into_iter().take(MOST_CUSTOM);
    given
        .map(|(name, value)| (cut(name), cut(text(value))))
        .collect()
}

fn cut(text: String) -> String {
    text.chars().take(LONGEST).collect()
}

/// The first of a stream.
pub fn start(stream: &Stream) -> String {
    let mut start = Map::new();
    put_tag(&mut start, stream);
    let format = json!({
        "encoding": stream.encoding.on_the_wire(), "sampleRate": stream.encoding.rate_hz(), "channels": 1,
    });
    start.insert("mediaFormat".to_string(), format);
    let custom = stream.custom.as_deref();
    if let Some(custom) = custom.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        start.insert("customParameters".to_string(), custom);
    }
    json!({"event": "start", "sequenceNumber": 0, "start": start}).to_string()
}

/// `timestamp_ms`: since the stream's start. `chunk` counts from 1.
pub fn media(
    stream: &Stream,
    sequence: u64,
    chunk: u64,
    timestamp_ms: u64,
    payload: &[u8],
) -> String {
    let mut media = Map::new();
    put_tag(&mut media, stream);
    media.insert("chunk".to_string(), chunk.into());
    media.insert("timestamp".to_string(), timestamp_ms.into());
    media.insert("payload".to_string(), STANDARD.encode(payload).into());
    json!({"event": "media", "sequenceNumber": sequence, "media": media}).to_string()
}

/// The last of a stream.
pub fn stop(stream: &Stream, sequence: u64, bytes: u64, duration_ms: u64) -> String {
    let mut stop = Map::new();
    put_tag(&mut stop, stream);
    let info = json!({"bytesSent": bytes, "duration": duration_ms as f64 / 1_000.0});
    stop.insert("mediaInfo".to_string(), info);
    json!({"event": "stop", "sequenceNumber": sequence, "stop": stop}).to_string()
}

fn put_tag(fields: &mut Map<String, Value>, stream: &Stream) {
    if let Some(tag) = &stream.tag {
        fields.insert("tag".to_string(), tag.clone().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_sound_are_told_from_texts() {
        let start = r#"{"event":"start","sequenceNumber":0,"start":{"tag":"a","mediaFormat":{"encoding":"ULAW","sampleRate":8000},"customParameters":{"x":1,"y":"z"}}}"#;
        let custom = [("x", "1"), ("y", "z")].map(|(a, b)| (a.to_string(), b.to_string()));
        assert_eq!(
            read(start),
            Some(Message::Start {
                tag: Some("a".into()),
                encoding: Some("ULAW".into()),
                rate_hz: Some(8_000),
                custom: custom.into(),
            })
        );
        assert_eq!(
            read(r#" {"event":"media","media":{"payload":"AAE=","chunk":"7"}}"#),
            Some(Message::Media {
                tag: None,
                payload: vec![0, 1]
            })
        );
        assert_eq!(
            read(r#"{"event":"stop"}"#),
            Some(Message::Stop { tag: None })
        );
        for text in [
            "",
            "hello",
            "{",
            "[]",
            "null",
            r#"{"event":"mark"}"#,
            r#"{"event":1}"#,
            r#"{"event":"media"}"#,
            r#"{"event":"media","media":{"payload":"%"}}"#,
            r#"{"type":"session","event":{"start":1}}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_can_be_read() {
        let stream = Stream {
            tag: Some("caller".into()),
            custom: Some(r#"{"language":"de"}"#.into()),
            ..Stream::default()
        };
        let custom = [("language".to_string(), "de".to_string())];
        assert_eq!(
            read(&super::start(&stream)),
            Some(Message::Start {
                tag: stream.tag.clone(),
                encoding: Some("PCM16".into()),
                rate_hz: Some(8_000),
                custom: custom.into(),
            })
        );
        let (tag, payload) = (stream.tag.clone(), vec![1, 2, 3]);
        assert_eq!(
            read(&media(&stream, 3, 3, 40, &payload)),
            Some(Message::Media { tag, payload })
        );
        let tag = stream.tag.clone();
        assert_eq!(
            read(&stop(&stream, 9, 1_000, 20)),
            Some(Message::Stop { tag })
        );
    }
}
