//! A journal as people read it: who said what, when, with what the script was told, did and logged beside it.

use std::net::SocketAddr;
use std::time::Duration;

use crate::base::SessionId;
use crate::journal::Entry;
use crate::journal::file::Recording;
use crate::script::command::Level;
use crate::script::{Command, Event};
use crate::sip::ladder::Ladder;
use crate::sip::message::{Message, Method, parse};

/// As ladders call the program.
const SERVER: &str = "switchhook";

/// Lines with their times.
pub struct Lines {
    ladder: Ladder,
    server: Option<SocketAddr>,
    lines: Vec<(Duration, String)>,
}

impl Lines {
    /// With names for the addresses of a recording.
    pub fn new(recording: &Recording) -> Lines {
        let parties = parties(recording);
        Lines {
            server: parties.first().map(|(_, address)| *address),
            ladder: Ladder::new(parties),
            lines: Vec::new(),
        }
    }

    /// A message on its way, with a remark.
    pub fn message(
        &mut self,
        at: Duration,
        from: SocketAddr,
        to: SocketAddr,
        text: &[u8],
        remark: &str,
    ) {
        let line = match parse(text.to_vec().into()) {
            Ok(message) => self.ladder.message_with(at, from, to, &message, remark),
            Err(_) => self.ladder.note(at, SERVER, "what cannot be read"),
        };
        self.lines.push((at, line.to_string()));
    }

    /// Something besides.
    pub fn note(&mut self, at: Duration, text: &str) {
        let line = self.ladder.note(at, SERVER, text);
        self.lines.push((at, line.to_string()));
    }

    pub fn finish(self) -> Vec<(Duration, String)> {
        self.lines
    }

    /// Where the recorded program listened.
    pub fn server(&self) -> Option<SocketAddr> {
        self.server
    }

    /// A line of the journal.
    pub fn entry(&mut self, at: Duration, entry: &Entry) {
        match entry {
            Entry::In { flow, text } => self.message(at, flow.remote, flow.local, &text.0, ""),
            Entry::Out { flow, text } => self.message(at, flow.local, flow.remote, &text.0, ""),
            other => {
                for text in notes(other) {
                    self.note(at, &text);
                }
            }
        }
    }
}

/// What a journal's entry says besides a message.
fn notes(entry: &Entry) -> Vec<String> {
    match entry {
        Entry::In { .. }
        | Entry::Out { .. }
        | Entry::Admitted(_)
        | Entry::Due {}
        | Entry::Port { .. }
        | Entry::Bindings { .. } => Vec::new(),
        Entry::Unreachable { flow } => vec![format!("{} cannot be reached", flow.remote)],
        Entry::Session {
            session,
            rule,
            destination,
            scenarios,
            ..
        } => {
            let names: Vec<_> = scenarios
                .iter()
                .map(|(name, version)| format!("{name} ({version})"))
                .collect();
            vec![format!(
                "session {session} for {destination}: rule {rule}, {}",
                names.join(", ")
            )]
        }
        Entry::Resolved { uri, targets } => {
            let targets: Vec<_> = targets
                .iter()
                .map(|target| target.remote.to_string())
                .collect();
            vec![format!("DNS: {uri} is {}", targets.join(", "))]
        }
        Entry::Sound { rtp, news } => vec![format!("sound on port {rtp}: {news:?}")],
        Entry::Unit { unit, news, .. } => vec![format!("unit {}: {news:?}", unit.0)],
        Entry::Recognised {
            unit, recognised, ..
        } => vec![format!("unit {}: {recognised:?}", unit.0)],
        Entry::Socket { unit, heard, .. } => vec![format!("socket {}: {heard:?}", unit.0)],
        Entry::Visit { visit, .. } => vec![format!("a socket wants in: {}", visit.path)],
        Entry::Request { request, .. } => {
            vec![format!(
                "{} {} to the session",
                request.method, request.path
            )]
        }
        Entry::Clip { unit, clip, .. } => vec![format!("unit {}: {clip:?}", unit.0)],
        Entry::Recording { unit, news, .. } => vec![format!("unit {}: {news:?}", unit.0)],
        Entry::Reply { inquiry, .. } => vec![format!("answer to question {inquiry} of the script")],
        Entry::Drain { .. } => vec!["drains".to_string()],
        Entry::ShutDown {} => vec!["shuts down".to_string()],
        Entry::Event { session, event, .. } => vec![event_line(*session, event)],
        Entry::Turn {
            commands, fault, ..
        } => {
            let told = commands.iter().filter_map(command_line);
            let fault = fault.iter().map(|fault| format!("script fault: {fault}"));
            told.chain(fault).collect()
        }
        Entry::Log { level, text, .. } => vec![format!("{}: {text}", mark(*level))],
    }
}

pub fn mark(level: Level) -> &'static str {
    match level {
        Level::Info => "log",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// What a script is told.
pub fn event_line(session: SessionId, event: &Event) -> String {
    match event {
        Event::Started { .. } => format!("▸ script of {session}: Started"),
        Event::Alerting(alerting) => {
            format!(
                "▸ script: CallAlerting {} ─▸ {}",
                alerting.callerid, alerting.destination
            )
        }
        Event::Call { call, news, .. } => format!("▸ script: {call} {}", news.name()),
        Event::After(before, event) => {
            let mut all: Vec<_> = before
                .iter()
                .map(|event| event_line(session, event))
                .collect();
            all.push(event_line(session, event));
            let all: Vec<_> = all
                .iter()
                .map(|line| line.trim_start_matches("▸ script: "))
                .collect();
            format!("▸ script: {}", all.join(", "))
        }
        other => {
            let name = format!("{other:?}");
            let name = name
                .split([' ', '{', '('])
                .next()
                .unwrap_or_default()
                .to_string();
            format!("▸ script: {name}")
        }
    }
}

/// What a script wishes; its log comes as such, and whom it listens to is not told.
pub fn command_line(command: &Command) -> Option<String> {
    match command {
        Command::Log { .. }
        | Command::Listen { .. }
        | Command::WatchEnd
        | Command::KeepOfVisits { .. }
        | Command::AllowSockets => None,
        other => {
            let value = serde_json::to_value(other).unwrap_or_default();
            Some(match value {
                serde_json::Value::Object(fields) => {
                    let (name, fields) = fields.into_iter().next().unwrap_or_default();
                    format!("◂ script: {name} {}", brief(&fields))
                }
                other => format!("◂ script: {}", brief(&other)),
            })
        }
    }
}

fn brief(value: &serde_json::Value) -> String {
    let empty = |value: &serde_json::Value| {
        value.is_null()
            || value.as_object().is_some_and(|fields| fields.is_empty())
            || *value == false
    };
    match value {
        serde_json::Value::Object(fields) => {
            let fields = fields.iter().filter(|(_, value)| !empty(value));
            let fields: Vec<_> = fields
                .map(|(name, value)| format!("{name} {}", brief(value)))
                .collect();
            fields.join(", ")
        }
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A message in one line, without who and when.
pub fn summary(text: &str) -> String {
    let nobody = SocketAddr::from(([0, 0, 0, 0], 1));
    match parse(text.as_bytes().to_vec().into()) {
        Ok(message) => {
            let mut ladder = Ladder::new([("x", nobody)]);
            let line = ladder.message(Duration::ZERO, nobody, nobody, &message);
            line.split_once("─▸ x  ")
                .map_or(line, |(_, summary)| summary)
                .to_string()
        }
        Err(_) => "what cannot be read".to_string(),
    }
}

/// The program first, then whoever called or was called, by the name of the call.
pub fn parties(recording: &Recording) -> Vec<(String, SocketAddr)> {
    let mut parties: Vec<(String, SocketAddr)> = Vec::new();
    for (_, entry) in &recording.entries {
        let (flow, text, incoming) = match entry {
            Entry::In { flow, text } => (flow, text, true),
            Entry::Out { flow, text } => (flow, text, false),
            _ => continue,
        };
        if parties.is_empty() {
            parties.push((SERVER.to_string(), flow.local));
        }
        let Ok(Message::Request(request)) = parse(text.0.clone()) else {
            continue;
        };
        if request.method != Method::Invite
            || parties.iter().any(|(_, known)| *known == flow.remote)
        {
            continue;
        }
        let user = match incoming {
            true => request.headers.from().ok().and_then(|from| from.uri.user()),
            false => request.uri.user(),
        };
        let user = user
            .filter(|user| !user.is_empty())
            .unwrap_or_else(|| flow.remote.to_string());
        let user: String = user.chars().filter(|c| !c.is_control()).take(40).collect();
        let mut name = user.clone();
        let mut nth = 1;
        while parties.iter().any(|(known, _)| *known == name) {
            nth += 1;
            name = format!("{user}-{nth}");
        }
        parties.push((name, flow.remote));
    }
    parties
}
