//! One line of a journal.

use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Admitted;
use crate::base::access::Request;
use crate::base::socket::{Heard, Visit};
use crate::base::{LegId, SessionId, UnitId, recording};
use crate::media::detect::Found;
use crate::media::dtmf::{Key, Way};
use crate::media::{self, Sample};
use crate::script::asr::Recognised;
use crate::script::command::Level;
use crate::script::socket::{SocketNews, SocketOrder};
use crate::script::unit::{UnitNews, UnitOrder};
use crate::script::{self, Command, Fault, Reply};
use crate::sip::registrar::Stored;
use crate::sip::transport::{Flow, Target};

/// Something that came in, was decided or went out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Entry {
    /// SIP came.
    In {
        flow: Flow,
        text: Text,
    },
    /// SIP went out.
    Out {
        flow: Flow,
        text: Text,
    },
    /// The transport could not deliver.
    Unreachable {
        flow: Flow,
    },
    /// The next message from outside any dialog with this Call-ID was let in.
    Admitted(Admitted),
    /// A session began; the one after the other where there are more.
    Session {
        #[serde(with = "hex")]
        session: SessionId,
        /// The script's chance.
        seed: u64,
        rule: String,
        destination: String,
        /// Names with the versions of their sources.
        scenarios: Vec<(String, String)>,
        /// Further calls to the destination are calls of this session.
        #[serde(default)]
        conference: bool,
    },
    /// What the registrar knew of a user whom a script is about to call.
    Bindings {
        user: String,
        bindings: Vec<Stored>,
    },
    /// DNS answered.
    Resolved {
        uri: String,
        targets: Vec<Target>,
    },
    /// A leg got this RTP port.
    Port {
        rtp: u16,
    },
    /// The sound of the leg on that port told something.
    Sound {
        rtp: u16,
        news: Sound,
    },
    /// A player, recorder or another thing that sounds told something.
    Unit {
        #[serde(with = "hex")]
        session: SessionId,
        unit: UnitId,
        news: media::News,
    },
    /// What a unit is to play has come, or not.
    Clip {
        #[serde(with = "hex")]
        session: SessionId,
        unit: UnitId,
        clip: Fetched,
    },
    /// What became of a recording's file.
    Recording {
        #[serde(with = "hex")]
        session: SessionId,
        unit: UnitId,
        news: recording::News,
    },
    /// What a recogniser of speech said.
    Recognised {
        #[serde(with = "hex")]
        session: SessionId,
        unit: UnitId,
        recognised: Recognised,
    },
    /// A WebSocket told something.
    Socket {
        #[serde(with = "hex")]
        session: SessionId,
        unit: UnitId,
        heard: Heard,
    },
    /// Somebody wanted to connect to the session.
    Visit {
        #[serde(with = "hex")]
        session: SessionId,
        visit: Visit,
    },
    /// Somebody sent a request to the session's URL.
    Request {
        #[serde(with = "hex")]
        session: SessionId,
        request: Request,
    },
    /// The world outside answered what the script had asked.
    Reply {
        #[serde(with = "hex")]
        session: SessionId,
        inquiry: u32,
        reply: Reply,
    },
    /// Something was due, or happened to somebody else and moved this session on.
    Due {},
    /// The program began to drain; everything ends after so long.
    Drain {
        within_ms: Option<u64>,
    },
    ShutDown {},
    /// The script was told.
    Event {
        #[serde(with = "hex")]
        session: SessionId,
        /// What the script's clock said.
        unix_ms: u64,
        event: script::Event,
    },
    /// What the script made of the oldest event that it had not answered.
    Turn {
        #[serde(with = "hex")]
        session: SessionId,
        commands: Vec<Command>,
        fault: Option<Fault>,
    },
    /// A line of the session's log, from the runtime or from the script.
    Log {
        #[serde(with = "hex")]
        session: SessionId,
        level: Level,
        text: String,
    },
}

/// What came for a unit; of sound only how long it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fetched {
    Clip { ms: u64 },
    Nothing { why: String },
}

/// What the sound of a leg tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Sound {
    FirstPacket {},
    Stopped {},
    Resumed {},
    Codec {
        wideband: bool,
    },
    Sampled {
        heard: Sample,
        said: Sample,
    },
    Detected {
        found: Found,
    },
    /// The code of RFC 4733.
    Key {
        code: u8,
        in_band: bool,
    },
}

impl Sound {
    /// As the sound of `leg` tells it.
    pub fn event(self, leg: LegId) -> media::Event {
        match self {
            Sound::FirstPacket {} => media::Event::FirstPacket { leg },
            Sound::Stopped {} => media::Event::Stopped { leg },
            Sound::Resumed {} => media::Event::Resumed { leg },
            Sound::Codec { wideband } => media::Event::Codec {
                leg,
                // No session asks for the name.
                name: "",
                wideband,
            },
            Sound::Sampled { heard, said } => media::Event::Sampled { leg, heard, said },
            Sound::Detected { found } => media::Event::Detected { leg, found },
            Sound::Key { code, in_band } => media::Event::Key {
                leg,
                // A code that is none was not written by us.
                key: Key::of_code(code % 16).expect("there are sixteen"),
                way: if in_band { Way::InBand } else { Way::Event },
            },
        }
    }

    /// `None` for what no session hears.
    pub fn of(event: &media::Event) -> Option<Sound> {
        match event {
            media::Event::FirstPacket { .. } => Some(Sound::FirstPacket {}),
            media::Event::Stopped { .. } => Some(Sound::Stopped {}),
            media::Event::Resumed { .. } => Some(Sound::Resumed {}),
            media::Event::Codec { wideband, .. } => Some(Sound::Codec {
                wideband: *wideband,
            }),
            media::Event::Sampled { heard, said, .. } => Some(Sound::Sampled {
                heard: *heard,
                said: *said,
            }),
            media::Event::Detected { found, .. } => Some(Sound::Detected { found: *found }),
            media::Event::Key { key, way, .. } => Some(Sound::Key {
                code: key.code(),
                in_band: *way == Way::InBand,
            }),
            media::Event::Unit { .. }
            | media::Event::Stock { .. }
            | media::Event::Exhausted
            | media::Event::Closed { .. } => None,
        }
    }
}

impl Entry {
    /// Whether it made something happen, rather than came of it.
    pub fn is_cause(&self) -> bool {
        match self {
            Entry::In { .. }
            | Entry::Unreachable { .. }
            | Entry::Resolved { .. }
            | Entry::Reply { .. }
            | Entry::Unit { .. }
            | Entry::Clip { .. }
            | Entry::Recording { .. }
            | Entry::Recognised { .. }
            | Entry::Socket { .. }
            | Entry::Visit { .. }
            | Entry::Request { .. }
            | Entry::Sound { .. }
            | Entry::Due {}
            | Entry::Drain { .. }
            | Entry::ShutDown {}
            | Entry::Turn { .. } => true,
            Entry::Out { .. }
            | Entry::Admitted(_)
            | Entry::Session { .. }
            | Entry::Bindings { .. }
            | Entry::Port { .. }
            | Entry::Event { .. }
            | Entry::Log { .. } => false,
        }
    }

    /// About how much memory it holds, in bytes.
    pub fn weight(&self) -> usize {
        100 + match self {
            Entry::In { text, .. } | Entry::Out { text, .. } => text.0.len(),
            Entry::Turn { commands, .. } => commands.iter().map(weight_of).sum(),
            Entry::Event {
                event: script::Event::Reply { reply, .. },
                ..
            } => weight_of_reply(reply),
            Entry::Reply { reply, .. } => weight_of_reply(reply),
            Entry::Recognised { recognised, .. } => recognised.weight(),
            Entry::Socket {
                heard: Heard::Text { text },
                ..
            }
            | Entry::Event {
                event:
                    script::Event::Unit {
                        news: UnitNews::Socket(SocketNews::Message { text }),
                        ..
                    },
                ..
            } => 200 + text.len(),
            Entry::Visit { visit, .. } => visit.weight(),
            Entry::Request { request, .. } => request.weight(),
            Entry::Event {
                event: script::Event::Request(request),
                ..
            } => 200 + request.weight(),
            Entry::Event {
                event: script::Event::Visit { visit, .. },
                ..
            } => 200 + visit.weight(),
            Entry::Event { .. } => 600,
            Entry::Log { text, .. } => text.len(),
            Entry::Bindings { bindings, .. } => 200 * bindings.len(),
            _ => 100,
        }
    }
}

fn weight_of_reply(reply: &Reply) -> usize {
    let json = serde_json::to_string(reply);
    json.map_or(0, |json| json.len())
}

fn weight_of(command: &Command) -> usize {
    100 + match command {
        Command::Log { text, .. } => text.len(),
        Command::SendInfo { body, .. } => body.len(),
        Command::SendMessage { text, .. } => text.len(),
        Command::SteerUnit {
            order: UnitOrder::Socket(SocketOrder::Send { text }),
            ..
        } => text.len(),
        Command::Inquire { .. } => serde_json::to_string(command).map_or(0, |json| json.len()),
        _ => 200,
    }
}

/// A message as it was on the wire. In JSON it is a string, or hex where it is not UTF-8.
#[derive(Clone, PartialEq, Eq)]
pub struct Text(pub Bytes);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(String),
    Hex { hex: String },
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => {
                let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
                serde_json::json!({ "hex": hex }).serialize(serializer)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        let bytes = match Written::deserialize(deserializer)? {
            Written::Plain(text) => text.into_bytes(),
            Written::Hex { hex } => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                let pairs = hex.as_bytes().chunks(2).map(|pair| match pair {
                    [high, low] => Some((digit(high)? * 16 + digit(low)?) as u8),
                    _ => None,
                });
                let bytes: Option<Vec<u8>> = pairs.collect();
                bytes.ok_or_else(|| D::Error::custom("hex wants pairs of digits"))?
            }
        };
        Ok(Text(bytes.into()))
    }
}

/// A session's id as logs have it: 64 bits are more than a number of JSON holds everywhere.
mod hex {
    use super::*;

    pub fn serialize<S: Serializer>(id: &SessionId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&id.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SessionId, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16)
            .map(SessionId)
            .map_err(|_| D::Error::custom("a session's id is 16 hex digits"))
    }
}
