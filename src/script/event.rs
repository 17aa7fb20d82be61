//! All that a script can hear.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::access::Request;
use crate::base::socket::Visit;
use crate::base::{CallId, SessionId, UnitId};
use crate::script::inquiry::Reply;
use crate::script::unit::UnitNews;

/// Header name (the sender's spelling) to value; only what a script may see.
pub type HeaderMap = BTreeMap<String, String>;

/// One thing that happened; one turn of the isolate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// First of all: the top-level code of the scenarios runs, then `AppEvents.Started`.
    Started {
        session: SessionId,
        custom_data: String,
        /// Where the session is reached by HTTP, where it is; no journal has it.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        access: String,
    },
    /// `AppEvents.CallAlerting`.
    Alerting(Box<Alerting>),
    /// Something about one call. `state` is the call's state from now on; where it differs from what
    /// the isolate knows, `CallEvents.StateChanged` is raised before.
    Call {
        call: CallId,
        state: CallState,
        news: CallNews,
    },
    /// Something about one unit.
    Unit { unit: UnitId, news: UnitNews },
    /// Somebody connects from outside: `AppEvents.WebSocket` with its unit, or `NewWebSocketFailed`.
    Visit { visit: Box<Visit>, outcome: Visited },
    /// `AppEvents.HttpRequest`.
    Request(Box<Request>),
    /// Events that nobody listened to when they happened, oldest first, and then one that the script is to hear:
    /// all in one turn.
    After(Vec<Event>, Box<Event>),
    /// A timer of the script has run out.
    Timer { id: u32 },
    /// What came of something that the script asked of the world outside.
    Reply { inquiry: u32, reply: Reply },
    /// `AppEvents.Terminating`: timers and media are dead.
    Terminating,
    /// `AppEvents.Terminated`: only `Logger.write` works. The isolate is dropped after it.
    Terminated,
}

/// What became of a visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Visited {
    Socket(UnitId),
    Refused(String),
}

/// The call that starts a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alerting {
    pub call: CallId,
    /// The From's user.
    pub callerid: String,
    /// The dialled number or user.
    pub destination: String,
    /// The From's display name or ''.
    pub display_name: String,
    pub from_uri: String,
    pub to_uri: String,
    pub headers: HeaderMap,
    /// `pstn`, `sip` or `user`.
    pub client_type: String,
    /// Opaque to us; may be handed on.
    pub scheme: serde_json::Value,
}

impl Event {
    /// What listeners know it as, where there are any.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Started { .. } => "Started",
            Event::Alerting(_) => "CallAlerting",
            Event::Call { news, .. } => news.name(),
            Event::After(_, event) => event.name(),
            Event::Unit { .. } => "news of a unit",
            Event::Visit { .. } => "WebSocket",
            Event::Request(_) => "HttpRequest",
            Event::Timer { .. } => "a timer",
            Event::Reply { .. } => "an answer from outside",
            Event::Terminating => "Terminating",
            Event::Terminated => "Terminated",
        }
    }

    /// As it may be kept: nothing in it leads to a session, or is somebody's secret.
    pub fn without_secrets(&self) -> Event {
        match self {
            Event::Visit { visit, outcome } => Event::Visit {
                visit: Box::new(visit.without_secrets()),
                outcome: outcome.clone(),
            },
            Event::Request(request) => Event::Request(Box::new(request.without_secrets())),
            Event::After(before, event) => Event::After(
                before.iter().map(Event::without_secrets).collect(),
                Box::new(event.without_secrets()),
            ),
            other => other.clone(),
        }
    }

    /// The script's last two events, which even a broken isolate takes.
    pub fn is_last_word(&self) -> bool {
        match self {
            Event::Terminating | Event::Terminated => true,
            Event::After(_, event) => event.is_last_word(),
            _ => false,
        }
    }
}

impl CallNews {
    /// The event's name in `CallEvents`.
    pub fn name(&self) -> &'static str {
        match self {
            CallNews::Connected { .. } => "Connected",
            CallNews::Failed { .. } => "Failed",
            CallNews::Disconnected { .. } => "Disconnected",
            CallNews::Ringing { .. } => "Ringing",
            CallNews::AudioStarted { .. } => "AudioStarted",
            CallNews::InfoReceived { .. } => "InfoReceived",
            CallNews::MessageReceived { .. } => "MessageReceived",
            CallNews::OnHold => "OnHold",
            CallNews::OffHold => "OffHold",
            CallNews::BlindTransferRequested { .. } => "BlindTransferRequested",
            CallNews::TransferProgress { .. } => "TransferProgress",
            CallNews::TransferComplete { .. } => "TransferComplete",
            CallNews::TransferFailed { .. } => "TransferFailed",
            CallNews::FirstAudioPacketReceived => "FirstAudioPacketReceived",
            CallNews::RtpStopped => "RtpStopped",
            CallNews::RtpResumed => "RtpResumed",
            CallNews::AudioQualityDetected { .. } => "AudioQualityDetected",
            CallNews::MediaStatisticsReceived { .. } => "MediaStatisticsReceived",
            CallNews::Statistics => "Statistics",
            CallNews::PlaybackReady => "PlaybackReady",
            CallNews::PlaybackStarted { .. } => "PlaybackStarted",
            CallNews::PlaybackFinished { .. } => "PlaybackFinished",
            CallNews::ToneReceived { .. } => "ToneReceived",
            CallNews::MicStatusChange { .. } => "MicStatusChange",
            CallNews::ToneDetected { .. } => "ToneDetected",
            CallNews::BeepDetectionComplete { .. } => "BeepDetectionComplete",
            CallNews::BeepDetectionError { .. } => "BeepDetectionError",
            CallNews::AudioIdentificationStarted => "AudioIdentificationStarted",
            CallNews::AudioIdentificationStopped => "AudioIdentificationStopped",
            CallNews::AudioIdentificationResult { .. } => "AudioIdentificationResult",
            CallNews::RecordStarted { .. } => "RecordStarted",
            CallNews::RecordStopped { .. } => "RecordStopped",
            CallNews::RecordError { .. } => "RecordError",
        }
    }

    /// Whether the call is another after it, so that a script which does not listen must know it all the same
    /// before it next looks.
    pub fn changes_call(&self) -> bool {
        match self {
            CallNews::Connected { .. }
            | CallNews::Failed { .. }
            | CallNews::Disconnected { .. }
            | CallNews::Ringing { .. }
            | CallNews::AudioStarted { .. }
            | CallNews::BlindTransferRequested { .. }
            | CallNews::TransferComplete { .. }
            | CallNews::TransferFailed { .. } => true,
            CallNews::InfoReceived { .. }
            | CallNews::MessageReceived { .. }
            | CallNews::OnHold
            | CallNews::OffHold
            | CallNews::TransferProgress { .. }
            | CallNews::FirstAudioPacketReceived
            | CallNews::RtpStopped
            | CallNews::RtpResumed
            | CallNews::AudioQualityDetected { .. }
            | CallNews::MediaStatisticsReceived { .. }
            | CallNews::Statistics
            | CallNews::PlaybackReady
            | CallNews::PlaybackStarted { .. }
            | CallNews::PlaybackFinished { .. }
            | CallNews::MicStatusChange { .. }
            | CallNews::ToneDetected { .. }
            | CallNews::BeepDetectionComplete { .. }
            | CallNews::BeepDetectionError { .. }
            | CallNews::AudioIdentificationStarted
            | CallNews::AudioIdentificationStopped
            | CallNews::AudioIdentificationResult { .. }
            | CallNews::ToneReceived { .. }
            | CallNews::RecordStarted { .. }
            | CallNews::RecordStopped { .. }
            | CallNews::RecordError { .. } => false,
        }
    }
}

/// `Call.state()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum CallState {
    Alerting,
    Progressing,
    Connected,
    Terminated,
}

/// `CallEvents.*` with their payload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CallNews {
    /// What the call plays to itself has come.
    PlaybackReady,
    PlaybackStarted {
        /// Seconds; 0 where it has no end.
        duration_s: f64,
    },
    PlaybackFinished {
        error: Option<String>,
    },
    Connected {
        headers: HeaderMap,
        scheme: serde_json::Value,
    },
    /// An outgoing call ended before it connected.
    Failed {
        code: u16,
        reason: String,
        headers: HeaderMap,
    },
    /// Any other end.
    Disconnected {
        internal_code: u16,
        reason: String,
        /// Seconds since the answer.
        duration_s: u64,
        /// Who hung up last: `Incoming` where the peer did, `Outgoing` where the script or the runtime did.
        direction: String,
        headers: HeaderMap,
    },
    Ringing {
        headers: HeaderMap,
    },
    AudioStarted {
        headers: HeaderMap,
    },
    InfoReceived {
        mime_type: String,
        body: String,
        headers: HeaderMap,
    },
    MessageReceived {
        text: String,
        headers: HeaderMap,
    },
    OnHold,
    OffHold,
    BlindTransferRequested {
        transfer_to: String,
        /// The call that is joined with the transferor.
        transferee: Option<CallId>,
        /// `Refer-To` and `Referred-By` raw (whatever form the peer used), and every `X-*`.
        headers: HeaderMap,
        replaces: Option<Replaces>,
        /// How long the script has for its verdict.
        deadline_ms: u64,
    },
    /// A NOTIFY about our own REFER brought this status of the new call.
    TransferProgress {
        status: u16,
        reason: String,
    },
    TransferComplete {
        role: TransferRole,
        headers: HeaderMap,
        /// Where the transfer was `Call.transferTo`.
        own: Option<ReferStatus>,
    },
    TransferFailed {
        role: TransferRole,
        code: u16,
        reason: String,
        headers: HeaderMap,
        /// Where the transfer was `Call.transferTo`.
        own: Option<ReferStatus>,
    },
    FirstAudioPacketReceived,
    RtpStopped,
    RtpResumed,
    /// The peer's sound is coded for more than the telephone's band, or is not.
    AudioQualityDetected {
        hd: bool,
    },
    /// The far end has pressed a key.
    ToneReceived {
        /// `0` to `9`, `*`, `#`, `A` to `D`.
        tone: String,
        /// `DTMFType`.
        kind: u8,
    },
    /// What `record` writes is open.
    RecordStarted {
        url: String,
    },
    /// Nothing more is written.
    RecordStopped {
        /// Empty where it never began.
        url: String,
        duration_s: f64,
    },
    RecordError {
        error: String,
    },
    /// Somebody at the far end begins to speak, or has fallen silent.
    MicStatusChange {
        active: bool,
    },
    /// A tone of the exchange, or the beep of an answering machine.
    ToneDetected {
        /// `dial`, `ringback`, `busy`, `congestion`, `special`, `voicemail`.
        tone: String,
    },
    BeepDetectionComplete {
        /// In Hz, where there was one.
        frequency: Option<u32>,
        /// `true`: it did not come in time; `false`: nobody waits for it any more.
        timeout: Option<bool>,
    },
    BeepDetectionError {
        reason: String,
    },
    AudioIdentificationStarted,
    AudioIdentificationStopped,
    AudioIdentificationResult {
        /// `AMD.ResultClass`.
        class: String,
        /// 0 to 100.
        confidence: u8,
    },
    /// What `monitorMediaStatistics` asked for: of what the peer sends and of what we send.
    MediaStatisticsReceived {
        heard: MediaSample,
        said: MediaSample,
    },
    /// How the call's sound fares has changed since it was last looked at.
    Statistics,
}

/// One direction of a call's sound since the last sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaSample {
    /// The SSRC.
    pub id: u32,
    pub packets: u64,
    /// In hundredths of a percent; `None`: the peer has not reported.
    pub loss: Option<u16>,
    pub jitter_us: Option<u32>,
}

/// What a REFER of ours came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferStatus {
    /// The answer to the REFER itself.
    pub refer_status: Option<u16>,
    /// The last status of the new call that a NOTIFY told, from 200 on.
    pub final_status: Option<u16>,
}

/// Who somebody is in a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferRole {
    Transferor,
    Transferee,
    Target,
}

/// The dialog that a REFER wants replaced (RFC 3891), as the script reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replaces {
    pub call_id: String,
    pub to_tag: String,
    pub from_tag: String,
    pub early_only: bool,
}
