//! What has sound and is no call, in the words of a script: what it asks of such a unit and what it hears of it.

use serde::{Deserialize, Serialize};

use crate::base::recording::Format;
use crate::base::web::Body;
use crate::base::{CallId, UnitId};
use crate::script::asr::{AsrNews, AsrOrder, NewAsr};
use crate::script::fault::Place;
use crate::script::socket::{NewSocket, SocketNews, SocketOrder};

/// Whatever has sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Node {
    Call(CallId),
    Unit(UnitId),
}

impl From<CallId> for Node {
    fn from(call: CallId) -> Node {
        Node::Call(call)
    }
}

impl From<UnitId> for Node {
    fn from(unit: UnitId) -> Node {
        Node::Unit(unit)
    }
}

impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Node::Call(call) => call.fmt(f),
            Node::Unit(unit) => unit.fmt(f),
        }
    }
}

/// A unit to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NewUnit {
    Player(NewPlayer),
    Recorder(NewRecorder),
    Asr(NewAsr),
    /// `hd`: 48 kHz rather than 8.
    Conference {
        hd: bool,
    },
    Socket(NewSocket),
}

/// A player to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewPlayer {
    pub sound: Sound,
    pub looped: bool,
    /// It waits for `resume()`.
    pub paused: bool,
}

/// A recorder to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewRecorder {
    /// `None`: as the operator has decided.
    pub format: Option<Format>,
    /// 48 kHz; else the telephone's 8.
    pub hd: bool,
    /// Left: the endpoint's voice; right: what it hears.
    pub stereo: bool,
    /// What the file's name begins with.
    pub prefix: String,
}

/// What is to be played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sound {
    /// A tone script.
    Tones(String),
    /// The ringback tone of a country.
    Progress(String),
    /// Somebody else has to bring it: these, one after the other.
    Fetched {
        sources: Vec<Source>,
        /// Where the script asks for it.
        place: Option<Place>,
    },
}

/// Where sound comes from that is not made here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    Url(UrlRequest),
    /// By its name in the media folder.
    File(String),
    Said(Said),
}

/// A text and who is to say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    pub text: String,
    /// As the scenario names it.
    pub voice: Option<String>,
}

/// `URLPlayerRequest`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlRequest {
    pub url: String,
    /// POST rather than GET.
    pub post: bool,
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

/// What a unit is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UnitOrder {
    Player(PlayerOrder),
    Socket(SocketOrder),
    Recorder(RecorderOrder),
    Asr(AsrOrder),
    Conference(ConferenceOrder),
}

/// What a recorder is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RecorderOrder {
    /// Silence is recorded in the place of what it hears.
    Mute(bool),
    Stop,
}

/// What a player is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlayerOrder {
    Pause,
    Resume,
    /// Milliseconds from the beginning of this segment, or less than 0 from its end; the first is 0.
    Mark {
        ms: i64,
        segment: usize,
    },
    /// Milliseconds from its beginning.
    Jump {
        ms: u64,
    },
    /// 100 is as it is.
    Volume {
        percent: u32,
    },
    Stop,
}

/// What a conference is told. The isolate numbers its endpoints from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ConferenceOrder {
    /// A call is an endpoint, or one in another way than before.
    Add {
        endpoint: u32,
        call: CallId,
        direction: Direction,
    },
    /// Something about it has changed that is the script's alone.
    Update {
        endpoint: u32,
    },
    /// Whose sound it receives.
    Manage {
        endpoint: u32,
        receive: Vec<Receive>,
    },
    Stop,
}

/// Which way the sound of an endpoint goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// From it to the conference.
    Send,
    Receive,
    Both,
}

/// Whether an endpoint receives somebody's sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receive {
    pub of: Whose,
    pub on: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    All,
    /// Those that come later.
    New,
    Endpoint(u32),
}

/// What a script hears of a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum UnitNews {
    Player(PlayerNews),
    Socket(SocketNews),
    Recorder(RecorderNews),
    Asr(AsrNews),
    Conference(ConferenceNews),
}

/// `RecorderEvents.*` with their payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum RecorderNews {
    /// The file is open.
    Started { url: String },
    /// `stop()` was called, the session ends, or nothing more can be written.
    Stopped { duration_s: f64 },
    RecorderError {
        error: String,
        /// Nothing comes after it.
        over: bool,
    },
}

/// `PlayerEvents.*` with their payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PlayerNews {
    Created,
    /// What it plays has come.
    PlaybackReady,
    Started {
        /// Seconds; 0 where it has no end.
        duration_s: f64,
    },
    PlaybackMarkerReached {
        /// As it was given.
        offset_ms: i64,
    },
    /// `stop()` was called.
    Stopped,
    /// It could not be played; `PlaybackFinished` follows.
    Error {
        error: String,
    },
    PlaybackFinished {
        error: Option<String>,
    },
}

/// `ConferenceEvents.*` with what the isolate does not know itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ConferenceNews {
    Started,
    Stopped,
    EndpointAdded {
        endpoint: u32,
    },
    EndpointUpdated {
        endpoint: u32,
    },
    EndpointRemoved {
        endpoint: u32,
    },
    EndpointManaged {
        endpoint: u32,
    },
    ConferenceError {
        code: u16,
        error: String,
        endpoint: Option<u32>,
        /// The endpoint is none.
        gone: bool,
    },
}

impl UnitNews {
    /// The event's name, without its kind.
    pub fn name(&self) -> &'static str {
        match self {
            UnitNews::Player(news) => match news {
                PlayerNews::Created => "Created",
                PlayerNews::PlaybackReady => "PlaybackReady",
                PlayerNews::Started { .. } => "Started",
                PlayerNews::PlaybackMarkerReached { .. } => "PlaybackMarkerReached",
                PlayerNews::Stopped => "Stopped",
                PlayerNews::Error { .. } => "Error",
                PlayerNews::PlaybackFinished { .. } => "PlaybackFinished",
            },
            UnitNews::Recorder(news) => match news {
                RecorderNews::Started { .. } => "Started",
                RecorderNews::Stopped { .. } => "Stopped",
                RecorderNews::RecorderError { .. } => "RecorderError",
            },
            UnitNews::Socket(news) => news.name(),
            UnitNews::Asr(news) => news.name(),
            UnitNews::Conference(news) => match news {
                ConferenceNews::Started => "Started",
                ConferenceNews::Stopped => "Stopped",
                ConferenceNews::EndpointAdded { .. } => "EndpointAdded",
                ConferenceNews::EndpointUpdated { .. } => "EndpointUpdated",
                ConferenceNews::EndpointRemoved { .. } => "EndpointRemoved",
                ConferenceNews::EndpointManaged { .. } => "EndpointManaged",
                ConferenceNews::ConferenceError { .. } => "ConferenceError",
            },
        }
    }

    /// Whether the unit is over after it, or another, which the script must know even where it does not listen.
    pub fn changes_unit(&self) -> bool {
        match self {
            UnitNews::Player(news) => {
                matches!(
                    news,
                    PlayerNews::Stopped | PlayerNews::PlaybackFinished { .. }
                )
            }
            UnitNews::Recorder(news) => match news {
                RecorderNews::Started { .. } => false,
                RecorderNews::Stopped { .. } => true,
                RecorderNews::RecorderError { over, .. } => *over,
            },
            UnitNews::Asr(news) => matches!(news, AsrNews::Stopped { .. }),
            UnitNews::Conference(news) => matches!(
                news,
                ConferenceNews::Stopped
                    | ConferenceNews::EndpointRemoved { .. }
                    | ConferenceNews::ConferenceError { gone: true, .. }
            ),
            UnitNews::Socket(news) => {
                matches!(news, SocketNews::Open | SocketNews::Close { .. })
            }
        }
    }
}
