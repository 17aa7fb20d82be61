//! WebSockets in the words of a script: what it asks of one and what it hears of it.

mod natives;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::socket::{Keep, SocketUrl};
use crate::base::web::Headers;
use crate::script::fault::Place;

pub(super) use natives::natives;

/// A connection to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSocket {
    pub url: SocketUrl,
    /// Subprotocols, the best first.
    pub protocols: Vec<String>,
    pub headers: Headers,
    #[serde(default)]
    pub keep: Keep,
    /// Where the script asks for it.
    pub place: Option<Place>,
}

/// What a socket is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SocketOrder {
    Send {
        text: String,
    },
    Close,
    /// Nobody listens for who has come in.
    Refuse,
    /// Sound that has come and waits is not played: of one stream, or of all.
    Clear {
        tag: Option<String>,
    },
}

/// `WebSocketEvents.*` with their payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SocketNews {
    /// With links to what is kept of it.
    Created {
        statistics_url: Option<String>,
        trace_url: Option<String>,
    },
    Open,
    Message {
        text: String,
    },
    Error {
        reason: String,
    },
    /// The last of it.
    Close {
        code: u16,
        reason: String,
        clean: bool,
    },
    /// A stream of sound is heard.
    MediaStarted {
        tag: Option<String>,
        encoding: Option<String>,
        custom: BTreeMap<String, String>,
    },
    MediaEnded {
        tag: Option<String>,
        duration_s: f64,
    },
}

impl SocketNews {
    /// Of one of which nothing is kept.
    pub fn created() -> SocketNews {
        SocketNews::Created {
            statistics_url: None,
            trace_url: None,
        }
    }

    /// The event's name in `WebSocketEvents`.
    pub fn name(&self) -> &'static str {
        match self {
            SocketNews::Created { .. } => "CREATED",
            SocketNews::Open => "OPEN",
            SocketNews::Message { .. } => "MESSAGE",
            SocketNews::Error { .. } => "ERROR",
            SocketNews::Close { .. } => "CLOSE",
            SocketNews::MediaStarted { .. } => "MEDIA_STARTED",
            SocketNews::MediaEnded { .. } => "MEDIA_ENDED",
        }
    }
}
