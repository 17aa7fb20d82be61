//! What the switchboard asks of the shell, and what it tells of itself.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ipnet::IpNet;

use super::Rule;
use crate::base::{SessionId, SoundId, recording};
use crate::journal::Journal;
use crate::media;
use crate::script::asr::NewAsr;
use crate::script::command::Level;
use crate::script::unit::Source;
use crate::script::{self, Inquiry, Place, Program};
use crate::session::record::CallRecord;
use crate::session::{Post, SocketWish};
use crate::settings::Settings;
use crate::sip::message::Uri;
use crate::sip::registrar::Stored;
use crate::sip::stack::{Census, QueryId};
use crate::sip::transport::Flow;

/// What the shell must do.
#[derive(Debug)]
pub enum Output {
    Transmit {
        flow: Flow,
        bytes: Bytes,
    },
    Resolve {
        query: QueryId,
        uri: Uri,
    },
    /// Give the session an isolate on some worker, for its whole life.
    OpenIsolate {
        session: SessionId,
        program: Arc<Program>,
        seed: u64,
    },
    /// One event for the session's isolate; each is answered by one [`Switchboard::handle_turn`], in order.
    Turn {
        session: SessionId,
        event: script::Event,
    },
    /// The isolate is not needed any more; a turn that is still outstanding is nobody's.
    CloseIsolate {
        session: SessionId,
    },
    Media(media::Command),
    /// Sound for a unit; [`Switchboard::handle_clip`] takes it.
    Fetch {
        unit: SoundId,
        source: Source,
        /// Where the script asks for it.
        place: Option<Place>,
        /// Where files lie, who speaks, which addresses may be asked.
        settings: Arc<Settings>,
    },
    /// A recording of a unit's sound begins or ends; [`Switchboard::handle_recording`] takes what comes of it.
    Recording {
        unit: SoundId,
        wish: recording::Wish,
        /// Where it goes, and how.
        settings: Arc<Settings>,
    },
    /// What leaves the graph of this unit is speech, to be recognised; [`Switchboard::handle_recognised`] takes what
    /// it is.
    Recognise {
        unit: SoundId,
        asr: Box<NewAsr>,
        settings: Arc<Settings>,
    },
    /// Something for a WebSocket; [`Switchboard::handle_socket`] takes what comes of it.
    Socket {
        socket: SoundId,
        wish: SocketWish,
        /// Which addresses may be called, and how much may come.
        settings: Arc<Settings>,
    },
    /// A line of a session's log, from the script or from the runtime about it.
    Log {
        session: SessionId,
        level: Level,
        text: String,
    },
    /// One leg has ended.
    Record(Box<CallRecord>),
    /// Something is told to a URL of a script's. `allow` are the addresses that are not public and may
    /// be reached all the same.
    Post {
        post: Post,
        allow: Vec<IpNet>,
    },
    /// A script asks something of the world outside; one [`Switchboard::handle_reply`] answers it. `allow` as for
    /// `Post`.
    Inquire {
        session: SessionId,
        inquiry: u32,
        what: Inquiry,
        place: Option<Place>,
        allow: Vec<IpNet>,
    },
    /// The registrar's bindings of a user have changed; the whole list, to be stored.
    Bindings {
        user: String,
        bindings: Vec<Stored>,
    },
    /// Something to be counted.
    Count(Count),
    /// A session is over that was to be recorded.
    Journal(Box<Journal>),
}

/// What the counters count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    CallIncoming,
    CallRefused {
        code: u16,
    },
    SessionFault,
    TransferAsked,
    TransferRefused {
        code: u16,
        rule: Rule,
    },
    TransferEnded {
        code: u16,
        took: Duration,
    },
    /// A script has asked the far end of a call to call somebody else.
    ReferSent,
    /// What came of it: 200 to 299 where the far end said that it did.
    ReferEnded {
        code: u16,
    },
}

/// What is alive; all zero when nothing is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alive {
    pub sessions: usize,
    pub calls: usize,
    pub transfers: usize,
    pub ports_in_use: usize,
    pub sip: Census,
}
