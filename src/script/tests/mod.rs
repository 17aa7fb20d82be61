//! Scenarios played turn by turn: events in, everything asked out, as one text.

mod faults;
mod guides;
mod hostile;
mod isolation;
mod language;
mod limits;
mod members;
mod outside;
mod playback;
mod recording;

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use crate::base::{CallId, Now, SessionId};
use crate::script::command::{Command, Destination, Level, PlaceCall, TransferTo, Verdict};
use crate::script::event::{Alerting, CallNews, CallState, HeaderMap, ReferStatus, TransferRole};
use crate::script::isolate::{Isolate, Limits, OutOfTime, Turn};
use crate::script::program::{Program, Scenario};
use crate::script::{Event, Fault};

/// A scenario on its stage.
pub(super) struct Stage {
    isolate: Isolate,
    now: Now,
    /// Everything so far.
    pub(super) told: String,
}

impl Stage {
    pub(super) fn new(source: &str) -> Stage {
        Stage::with(&Limits::default(), &[("test.js", source)])
    }

    pub(super) fn with(limits: &Limits, sources: &[(&str, &str)]) -> Stage {
        let mut isolate = Isolate::warm(limits).expect("there is memory");
        isolate.load(program(sources), 7);
        Stage {
            isolate,
            now: Now {
                at: Instant::now(),
                unix_ms: 1_700_000_000_123,
            },
            told: String::new(),
        }
    }

    /// A stage on which `Started` has been played, silently where it asked for nothing.
    pub(super) fn started(source: &str) -> Stage {
        let mut stage = Stage::new(source);
        stage.play(started());
        stage
    }

    /// And on which a call has come in.
    pub(super) fn alerted(source: &str) -> Stage {
        let mut stage = Stage::started(source);
        stage.play(alerting());
        stage
    }

    pub(super) fn play(&mut self, event: Event) -> &mut Stage {
        let title = title(&event);
        let turn = self.turn(event, Box::new(|| false));
        self.tell(&title, &turn);
        self
    }

    pub(super) fn turn(&mut self, event: Event, out_of_time: OutOfTime) -> Turn {
        self.isolate.turn(event, self.now, out_of_time)
    }

    fn tell(&mut self, title: &str, turn: &Turn) {
        if turn.commands.is_empty() && turn.fault.is_none() {
            return;
        }
        writeln!(self.told, "{title}").expect("a String takes all");
        for command in &turn.commands {
            writeln!(self.told, "  {}", line(command)).expect("a String takes all");
        }
        if let Some(fault) = &turn.fault {
            writeln!(self.told, "  FAULT {:?} {fault}", fault.kind).expect("a String takes all");
            for frame in fault.stack.lines() {
                writeln!(self.told, "    {}", frame.trim()).expect("a String takes all");
            }
        }
    }
}

pub(super) fn program(sources: &[(&str, &str)]) -> Arc<Program> {
    let scenarios = sources
        .iter()
        .map(|(file, source)| Arc::new(compiled(file, source).expect("the scenario compiles")))
        .collect();
    Arc::new(Program { scenarios })
}

pub(super) fn compiled(file: &str, source: &str) -> Result<Scenario, Fault> {
    Scenario::compile(file.trim_end_matches(".js"), file, source.as_bytes())
}

pub(super) fn started() -> Event {
    Event::Started {
        session: SessionId(0xabc),
        custom_data: "from outside".into(),
        access: "http://127.0.0.1:8080/sessions/1".into(),
    }
}

pub(super) fn alerting() -> Event {
    Event::Alerting(Box::new(Alerting {
        call: CallId::INCOMING,
        callerid: "1001".into(),
        destination: "2002".into(),
        display_name: "Alice".into(),
        from_uri: "sip:1001@example.com".into(),
        to_uri: "sip:2002@example.com".into(),
        headers: headers(&[("X-Tenant", "blue")]),
        client_type: "sip".into(),
        scheme: serde_json::json!({"in": 1}),
    }))
}

pub(super) fn news(call: u32, state: CallState, news: CallNews) -> Event {
    Event::Call {
        call: CallId(call),
        state,
        news,
    }
}

pub(super) fn connected(call: u32) -> Event {
    news(
        call,
        CallState::Connected,
        CallNews::Connected {
            headers: headers(&[("X-Answered", "yes")]),
            scheme: serde_json::json!({"out": call}),
        },
    )
}

pub(super) fn ringing(call: u32) -> Event {
    let headers = HeaderMap::new();
    news(call, CallState::Progressing, CallNews::Ringing { headers })
}

pub(super) fn failed(call: u32, code: u16, reason: &str) -> Event {
    news(
        call,
        CallState::Terminated,
        CallNews::Failed {
            code,
            reason: reason.into(),
            headers: HeaderMap::new(),
        },
    )
}

pub(super) fn disconnected(call: u32) -> Event {
    news(
        call,
        CallState::Terminated,
        CallNews::Disconnected {
            internal_code: 200,
            reason: "Normal call clearing".into(),
            duration_s: 12,
            direction: "Incoming".into(),
            headers: HeaderMap::new(),
        },
    )
}

pub(super) fn transfer_requested(call: u32) -> Event {
    news(
        call,
        CallState::Connected,
        CallNews::BlindTransferRequested {
            transferee: None,
            transfer_to: "carol".into(),
            headers: headers(&[
                ("Refer-To", "\"Carol\" <sip:carol@example.com>"),
                ("Referred-By", "<sip:bob@example.com>"),
                ("X-Ticket", "42"),
            ]),
            replaces: None,
            deadline_ms: 120_000,
        },
    )
}

pub(super) fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

/// One command as a person would note it down.
fn line(command: &Command) -> String {
    match command {
        Command::PlaceCall(placed) => place_line(placed),
        Command::Answer {
            call,
            headers,
            display_name,
        } => match display_name {
            Some(name) => format!("answer {call}{} as {name}", list(headers)),
            None => format!("answer {call}{}", list(headers)),
        },
        Command::Reject {
            call,
            code,
            headers,
        } => format!("reject {call} {code}{}", list(headers)),
        Command::SendMedia { from, to, stream } => format!("{to} hears {from} as {stream:?}"),
        Command::StopMedia { from, to, tag } => format!("{to} hears {from} no more, {tag:?}"),
        Command::Ring { call, headers } => format!("ring {call}{}", list(headers)),
        Command::StartEarlyMedia { call, headers } => {
            format!("early media {call}{}", list(headers))
        }
        Command::Hangup { call, headers } => format!("hang up {call}{}", list(headers)),
        Command::SendInfo {
            call,
            mime_type,
            body,
            headers,
        } => format!("info {call} {mime_type} {body:?}{}", list(headers)),
        Command::SendMessage { call, text } => format!("message {call} {text:?}"),
        Command::Detect { call, what } => format!("{call} listens for {what:?}"),
        Command::HideTones { hidden } => format!("keys are hidden: {hidden}"),
        Command::Link { from, to } => format!("{to} hears {from}"),
        Command::Unlink { from, to } => format!("{to} hears {from} no more"),
        Command::CreateUnit { unit, what } => format!("{unit} is {what:?}"),
        Command::SteerUnit { unit, order } => format!("{unit} {order:?}"),
        Command::ListenUnit { unit, event, on } => format!("{unit} listens to {event}: {on}"),
        Command::StopPlayback { call } => format!("{call} plays no more"),
        Command::Play { call, sound, .. } => format!("{call} plays {sound:?}"),
        Command::Record { call, what } => format!("{call} is recorded: {what:?}"),
        Command::HandleBlindTransfer { call, handle } => {
            format!("{call} handles blind transfers: {handle}")
        }
        Command::NotifyTransfer {
            call,
            verdict,
            place,
        } => {
            let place = place.as_ref().map_or("?".into(), |place| place.to_string());
            match verdict {
                Verdict::Success => format!("verdict {call} success at {place}"),
                Verdict::Failed { code, reason } => {
                    format!("verdict {call} {code} {reason:?} at {place}")
                }
            }
        }
        Command::RejectTransfer {
            call,
            code,
            reason,
            place,
        } => {
            let place = place.as_ref().map_or("?".into(), |place| place.to_string());
            format!("REFER of {call} refused {code} {reason:?} at {place}")
        }
        Command::TransferTo(transfer) => transfer_line(transfer),
        Command::WatchEnd => "watches the end".into(),
        Command::AllowSockets => "allows sockets".into(),
        Command::KeepOfVisits { what, on } => format!("keeps of sockets: {what:?} {on}"),
        Command::Listen { call, event, on } => format!("{call} listens to {event}: {on}"),
        Command::SetTimer {
            id,
            after_ms,
            repeat,
        } => format!(
            "timer {id} {} {after_ms} ms",
            ["in", "every"][usize::from(*repeat)]
        ),
        Command::ClearTimer { id } => format!("timer {id} off"),
        Command::Inquire {
            inquiry,
            what,
            place,
        } => outside::line(*inquiry, what, place.as_ref()),
        Command::Log { level, text } => match level {
            Level::Info => format!("log {text}"),
            Level::Warning => format!("WARNING {text}"),
            Level::Error => format!("ERROR {text}"),
        },
        Command::MonitorMediaStatistics { call, every_ms } => {
            let every = every_ms.map_or("not".to_string(), |ms| format!("every {ms} ms"));
            format!("monitor {} {every}", call.0)
        }
        Command::HandleTones { call, tones } => {
            let ways = [
                (tones.events, "events"),
                (tones.in_band, "in-band"),
                (tones.info, "info"),
            ];
            let ways = ways
                .into_iter()
                .filter(|(wanted, _)| *wanted)
                .map(|(_, way)| way);
            format!(
                "tones of {}: {}",
                call.0,
                ways.collect::<Vec<_>>().join(" ")
            )
        }
        Command::SendDigits { call, digits } => format!("digits {digits} for {}", call.0),
        Command::Terminate => "terminate".into(),
    }
}

fn transfer_line(transfer: &TransferTo) -> String {
    let mut line = format!("transfer {}", transfer.call);
    if let Some(other) = transfer.other {
        let _ = write!(line, " in place of {other}");
    }
    for (name, text) in [
        ("to", &transfer.to),
        ("by", &transfer.referred_by),
        ("telling", &transfer.status_url),
    ] {
        if let Some(text) = text {
            let _ = write!(line, " {name} {text}");
        }
    }
    if let Some(seconds) = transfer.progress_timeout_s {
        let _ = write!(line, " patience {seconds}");
    }
    let keeps = if transfer.hang_up {
        ""
    } else {
        " and keeps it"
    };
    line + keeps + &list(&transfer.headers)
}

fn place_line(placed: &PlaceCall) -> String {
    let mut line = match &placed.to {
        Destination::User { username } => format!("call user {username}"),
        Destination::UserDirect { username, incoming } => {
            format!("call user {username} directly from {incoming}")
        }
        Destination::Pstn { number } => format!("call number {number}"),
        Destination::Conference { name } => format!("call conference {name}"),
        Destination::Sip {
            to,
            auth_user,
            password,
            out_proxy,
        } => {
            let mut line = format!("call {to}");
            for (name, value) in [
                ("user", auth_user),
                ("password", password),
                ("proxy", out_proxy),
            ] {
                if let Some(value) = value {
                    let _ = write!(line, " {name}={value}");
                }
            }
            line
        }
    };
    let _ = write!(line, " as {}", placed.call);
    if let Some(callerid) = &placed.callerid {
        let _ = write!(line, " callerid={callerid}");
    }
    if let Some(name) = &placed.display_name {
        let _ = write!(line, " name={name}");
    }
    if let Some(timeout) = placed.timeout_s {
        let _ = write!(line, " timeout={timeout}");
    }
    line + &list(&placed.headers)
}

fn list(headers: &HeaderMap) -> String {
    headers
        .iter()
        .map(|(name, value)| format!(" [{name}: {value}]"))
        .collect()
}

fn title(event: &Event) -> String {
    match event {
        Event::Started { .. } => "▸ Started".into(),
        Event::After(_, event) => title(event),
        Event::Alerting(alerting) => format!("▸ {} alerting", alerting.call),
        Event::Call { call, news, .. } => {
            let news = format!("{news:?}");
            let kind = news.split([' ', '{', '(']).next().unwrap_or_default();
            format!("▸ {call} {kind}")
        }
        Event::Timer { id } => format!("▸ timer {id}"),
        Event::Visit { outcome, .. } => format!("▸ visit {outcome:?}"),
        Event::Request(request) => format!("▸ {} {}", request.method, request.path),
        Event::Reply { inquiry, .. } => format!("▸ reply {inquiry}"),
        Event::Terminating => "▸ Terminating".into(),
        Event::Unit { unit, news } => format!("▸ {unit} {news:?}"),
        Event::Terminated => "▸ Terminated".into(),
    }
}
