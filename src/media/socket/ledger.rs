//! What is kept of a socket: its figures as a document, and the trace of its messages. It is told of each message when it
//! has left or has come, and says what is to be written; who writes it is the shell's to say, or a simulation's.

use serde::Serialize;

use super::account::Account;
use super::trace::{Trace, stamp};
use crate::base::socket::{Close, Title};
use crate::base::{Now, SoundId};
use crate::media::frame::FRAME_MS;

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// To the other side.
    Out,
    In,
}

impl Way {
    /// Before a message in a trace.
    pub fn mark(self) -> &'static str {
        match self {
            Way::Out => ">>",
            Way::In => "<<",
        }
    }
}

/// A message, as far as anything of it is kept.
#[derive(Clone, Copy, Debug)]
pub enum Passed<'a> {
    Text(&'a str),
    /// The `start` or `stop` of a stream.
    Stream(&'a str),
    /// A piece of one.
    Media {
        tag: Option<&'a str>,
        /// Of the whole message.
        bytes: usize,
        ms: u64,
    },
    Bytes(usize),
    Ping,
    Pong,
    Close {
        code: u16,
        reason: &'a str,
    },
}

/// The ledger of one socket.
pub struct Ledger {
    head: Head,
    state: State,
    account: Account,
    /// There is something to write that was not written yet.
    is_fresh: bool,
    trace: Option<Trace>,
}

#[derive(Serialize)]
struct Head {
    session: String,
    websocket: String,
    target: String,
    incoming: bool,
    created: String,
    #[serde(skip)]
    keeps_figures: bool,
}

#[derive(Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
enum State {
    Connecting,
    Open {
        opened: String,
    },
    Closed {
        #[serde(skip_serializing_if = "Option::is_none")]
        opened: Option<String>,
        closed: String,
        code: u16,
        reason: String,
        #[serde(rename = "wasClean")]
        was_clean: bool,
    },
}

/// What the document is made of.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    head: &'a Head,
    #[serde(flatten)]
    state: &'a State,
    #[serde(flatten)]
    account: &'a Account,
    updated: String,
}

impl Ledger {
    /// `most`: bytes that a trace may have.
    pub fn new(socket: SoundId, title: Title, most: usize, now: Now) -> Ledger {
        let keep = title.keep;
        let mut trace = keep.trace.then(|| Trace::new(keep.privacy, most));
        if let Some(trace) = &mut trace {
            let (session, unit) = (socket.session, socket.unit);
            trace.note(&format!("{unit} of session {session}"), now);
            let begins = match title.incoming {
                true => format!("somebody connects to {}", title.target),
                false => format!("connects to {}", title.target),
            };
            trace.note(&begins, now);
            if !title.protocols.is_empty() {
                trace.note(&format!("protocols {}", title.protocols.join(", ")), now);
            }
            for (name, value) in &title.headers {
                trace.note(&format!("header {name}: {value}"), now);
            }
        }
        Ledger {
            head: Head {
                session: socket.session.to_string(),
                websocket: socket.unit.to_string(),
                target: title.target,
                incoming: title.incoming,
                created: stamp(now),
                keeps_figures: keep.statistics,
            },
            state: State::Connecting,
            account: Account::default(),
            is_fresh: true,
            trace,
        }
    }

    pub fn open(&mut self, now: Now) {
        self.state = State::Open { opened: stamp(now) };
        self.is_fresh = true;
        self.note("open", now);
    }

    pub fn pass(&mut self, way: Way, passed: Passed, now: Now) {
        let answered = self.account.pass(way, &passed, now.at);
        self.is_fresh = true;
        if let Some(trace) = &mut self.trace {
            trace.pass(way, &passed, now);
        }
        if let Some(ms) = answered {
            self.note(&format!("a ping came back after {ms} ms"), now);
        }
    }

    /// Frames of sound that did not go out: the other side takes them too slowly.
    pub fn drop_frames(&mut self, frames: u64, now: Now) {
        self.account.drop_frames(frames, FRAME_MS.into());
        self.is_fresh = true;
        let text = format!("{frames} frames of sound did not go out: it takes them too slowly");
        self.note(&text, now);
    }

    pub fn fail(&mut self, why: &str, now: Now) {
        self.note(&format!("error: {why}"), now);
    }

    /// The last of it.
    pub fn close(&mut self, close: &Close, now: Now) {
        let opened = match &self.state {
            State::Connecting => None,
            State::Open { opened } => Some(opened.clone()),
            State::Closed { .. } => return,
        };
        self.state = State::Closed {
            opened,
            closed: stamp(now),
            code: close.code,
            reason: close.reason.clone(),
            was_clean: close.clean,
        };
        self.is_fresh = true;
        let clean = if close.clean { "" } else { ", not clean" };
        let text = format!("closed: {} {}", close.code, close.reason);
        self.note(&format!("{}{clean}", text.trim_end()), now);
    }

    /// So much of the trace found no room on its way to the disk.
    pub fn miss(&mut self, bytes: usize, now: Now) {
        let text = format!("{bytes} bytes are missing here: the disk is behind");
        self.note(&text, now);
    }

    /// Once a second or so.
    pub fn beat(&mut self, now: Now) {
        if let Some(trace) = &mut self.trace {
            trace.beat(now.at);
        }
    }

    /// What follows in the trace.
    pub fn lines(&mut self) -> Option<String> {
        self.trace.as_mut().and_then(Trace::take)
    }

    /// The figures as JSON, where they are wanted and something is new.
    pub fn document(&mut self, now: Now) -> Option<String> {
        if !self.head.keeps_figures || !std::mem::take(&mut self.is_fresh) {
            return None;
        }
        let document = Document {
            head: &self.head,
            state: &self.state,
            account: &self.account,
            updated: stamp(now),
        };
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        Some(text)
    }

    fn note(&mut self, text: &str, now: Now) {
        if let Some(trace) = &mut self.trace {
            trace.note(text, now);
        }
    }
}

#[cfg(test)]
mod tests;
