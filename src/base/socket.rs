//! WebSockets in plain values: where one leads, how its sound is coded, how it ends. Who opens it is the shell's to
//! say, or a simulation's.

mod keep;

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::hook::HookUrl;
pub use keep::{Keep, Kept, Title};

/// `WebSocketAudioEncoding`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Encoding {
    /// 16 bits, little-endian, at 8 kHz.
    #[default]
    #[serde(rename = "PCM8")]
    Pcm8k,
    /// The same at 16 kHz.
    #[serde(rename = "PCM16")]
    Pcm16k,
    #[serde(rename = "ULAW")]
    Ulaw,
    #[serde(rename = "ALAW")]
    Alaw,
    #[serde(rename = "OPUS")]
    Opus,
}

impl Encoding {
    /// By its value in `WebSocketAudioEncoding`.
    pub fn named(name: &str) -> Option<Encoding> {
        Some(match name {
            "PCM8" => Encoding::Pcm8k,
            "PCM16" => Encoding::Pcm16k,
            "ULAW" => Encoding::Ulaw,
            "ALAW" => Encoding::Alaw,
            "OPUS" => Encoding::Opus,
            _ => return None,
        })
    }

    /// As a `start` message names it, beside the rate.
    pub fn on_the_wire(self) -> &'static str {
        match self {
            Encoding::Pcm8k | Encoding::Pcm16k => "PCM16",
            Encoding::Ulaw => "ULAW",
            Encoding::Alaw => "ALAW",
            Encoding::Opus => "OPUS",
        }
    }

    pub fn rate_hz(self) -> u32 {
        match self {
            Encoding::Pcm8k | Encoding::Ulaw | Encoding::Alaw => 8_000,
            Encoding::Pcm16k => 16_000,
            Encoding::Opus => 48_000,
        }
    }
}

/// A `ws:` or `wss:` URL with a host. It prints masked, as a [`HookUrl`] does.
#[derive(Clone, PartialEq, Eq)]
pub struct SocketUrl(HookUrl);

impl SocketUrl {
    /// What is wrong with `text` where it is none.
    pub fn parse(text: &str) -> Result<SocketUrl, &'static str> {
        let web = match text.split_once(':') {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("ws") => format!("http:{rest}"),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("wss") => format!("https:{rest}"),
            _ => return Err("only ws: and wss: URLs are connected to"),
        };
        HookUrl::parse(&web).map(SocketUrl)
    }

    /// With `http` in the place of `ws`: host, port and path are the same.
    pub fn as_web(&self) -> &HookUrl {
        &self.0
    }

    /// Whole, secrets included; the caller must not print it.
    pub fn reveal(&self) -> String {
        self.0.reveal().replacen("http", "ws", 1)
    }
}

impl fmt::Display for SocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_string().replacen("http", "ws", 1))
    }
}

impl fmt::Debug for SocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for SocketUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.reveal())
    }
}

impl<'de> Deserialize<'de> for SocketUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SocketUrl::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// How a socket ended (RFC 6455 §7.1.5, §7.1.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    pub code: u16,
    pub reason: String,
    /// Both sides have said it.
    pub clean: bool,
}

impl Close {
    /// No close came: the connection broke, or there was none.
    pub fn abnormal(reason: impl Into<String>) -> Close {
        Close {
            code: 1006,
            reason: reason.into(),
            clean: false,
        }
    }
}

/// What a socket tells its session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Heard {
    /// Where what is kept of it can be had: told once, before everything else, where something is.
    Filed {
        statistics: Option<String>,
        trace: Option<String>,
    },
    /// No more is kept of it, and why.
    Unkept {
        why: String,
    },
    Open {},
    Text {
        text: String,
    },
    /// Why it is about to end, in words without secrets.
    Failed {
        why: String,
    },
    /// Frames of sound that did not go out: the other side takes them too slowly.
    Lost {
        frames: u64,
    },
    /// Nothing more comes.
    Closed(Close),
}

/// Who wants to connect from outside, and how it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Visit {
    /// What follows the session's own path, `/` where nothing does; with its query.
    pub path: String,
    /// Name and value, without those of the handshake itself.
    pub headers: Vec<(String, String)>,
}

impl Visit {
    /// About how much memory it holds, in bytes.
    pub fn weight(&self) -> usize {
        let headers = self.headers.iter();
        let headers = headers.map(|(name, value)| 50 + name.len() + value.len());
        self.path.len() + headers.sum::<usize>()
    }

    /// As it may be kept: what proves who somebody is is left out.
    pub fn without_secrets(&self) -> Visit {
        Visit {
            path: self.path.clone(),
            headers: without_proof(&self.headers),
        }
    }
}

/// Headers without the values of those that prove who somebody is, as their names tell.
pub fn without_proof(headers: &[(String, String)]) -> Vec<(String, String)> {
    let headers = headers.iter().map(|(name, value)| {
        let value = match keep::is_proof(name) {
            true => "…".to_string(),
            false => value.clone(),
        };
        (name.clone(), value)
    });
    headers.collect()
}

/// Why nobody comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// There is no such session, or it is ending.
    Gone,
    /// Its script has not allowed it.
    Forbidden,
    /// It has as many sockets as it may, or as much to hear.
    Full,
}

/// A stream of sound that goes out by a socket, as `SendMediaParameters` describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    pub tag: Option<String>,
    pub encoding: Encoding,
    /// A JSON object, or nothing.
    pub custom: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_url_keeps_its_scheme_and_prints_without_what_may_be_secret() {
        let url = SocketUrl::parse("wss://me:key@Agents.example:8443/a?token=1").unwrap();
        assert_eq!(url.to_string(), "wss://agents.example:8443/a?…");
        assert_eq!(url.reveal(), "wss://me:key@agents.example:8443/a?token=1");
        assert!(url.as_web().is_secure());
        let json = serde_json::to_string(&url).unwrap();
        assert_eq!(serde_json::from_str::<SocketUrl>(&json).unwrap(), url);
        for wrong in ["http://h/", "ws", "", "ws:", "ws://h/ x", "wss://"] {
            assert!(SocketUrl::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_proves_who_somebody_is_is_not_kept_of_a_visit() {
        let header = |name: &str, value: &str| (name.to_string(), value.to_string());
        let visit = Visit {
            path: "/agent?x=1".into(),
            headers: vec![
                header("host", "pbx.example"),
                header("Authorization", "Bearer 1"),
                header("x-api-key", "1"),
                header("cookie", "a=1"),
            ],
        };
        let kept = visit.without_secrets();
        assert_eq!(kept.path, "/agent?x=1");
        let values = kept.headers.iter().map(|(_, value)| value.as_str());
        assert_eq!(values.collect::<Vec<_>>(), ["pbx.example", "…", "…", "…"]);
    }

    #[test]
    fn encodings_have_the_names_of_the_api() {
        for name in ["PCM8", "PCM16", "ULAW", "ALAW", "OPUS"] {
            let encoding = Encoding::named(name).unwrap();
            assert_eq!(serde_json::to_value(encoding).unwrap(), name);
        }
        assert_eq!(Encoding::named("MP3"), None);
    }
}
