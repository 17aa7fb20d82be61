//! Plays a recording: one thing that came in after the other, and between them what is due.
//!
//! Time is the recording's. A deadline of ours that was met a little late then, because a machine is never
//! exactly on time, is met at the same moment now ([`LATE`]), so that what crossed on the wire crosses again.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::alike::Alike;
use super::expected::{self, Sent};
use super::ladder::{self, Lines};
use super::{Difference, Given, Replayed, What};
use crate::base::{Dice, LegId, Now, SessionId, SoundId, recording};
use crate::journal::Entry;
use crate::journal::entry::{Fetched, Text};
use crate::journal::file::Recording;
use crate::journal::private::Private;
use crate::media::{self, Clip, Port};
use crate::script::command::Level;
use crate::script::{self, Turn};
use crate::settings::Record;
use crate::sim::world::scripts::Scripts;
use crate::sip::message::Uri;
use crate::sip::stack::QueryId;
use crate::sip::transport::{Flow, Target, Transport, host_address};
use crate::switchboard::{Foreknown, Output, Switchboard};

/// How late a deadline may have been met.
const LATE: Duration = Duration::from_millis(250);
/// How long an answer of a peer's waits for what it answers, where chance delays that.
const WAITS: Duration = Duration::from_secs(5);
/// More than any session has.
const MOST_STEPS: u32 = 2_000_000;
const MOST_DIFFERENCES: usize = 1000;
const LONGEST_CLIP: Duration = Duration::from_secs(60);

struct Stage<'a> {
    board: Switchboard,
    scripts: Scripts,
    start: Instant,
    /// The recording's end.
    lasted: Duration,
    began_unix_ms: u64,
    now: Duration,
    entries: &'a [(Duration, Entry)],
    /// The next entry.
    next: usize,
    sent: Vec<Sent>,
    alike: Alike,
    sessions: BTreeMap<SessionId, Script>,
    /// What was answered and need not wait.
    ready: VecDeque<(SessionId, Turn)>,
    queries: Vec<(QueryId, String)>,
    /// What scripts have asked of the world outside.
    asked: BTreeSet<(SessionId, u32)>,
    /// Units that wait for what they are to play.
    fetching: BTreeSet<SoundId>,
    /// Whose sound goes to a file.
    recording: BTreeSet<SoundId>,
    /// Sockets of whose texts only the lengths were written.
    private: Private,
    /// Legs with ports, as they are opened now, and then by the port's number.
    opened: Vec<LegId>,
    ports_then: HashMap<u16, usize>,
    ports: usize,
    lines: Lines,
    differences: Vec<Difference>,
    remarks: BTreeSet<String>,
    steps: u32,
}

/// What is to come of one session's script.
#[derive(Default)]
struct Script {
    events: VecDeque<(u64, script::Event)>,
    logs: VecDeque<(Level, String)>,
    /// Answers that wait for the moment of the recording.
    answers: VecDeque<Turn>,
    /// It has heard something else than in the recording, and is answered at once.
    strays: bool,
    /// Its log is another.
    babbles: bool,
}

/// Plays `recording`; an error says why it cannot be.
pub fn play(recording: &Recording, given: Given) -> Result<Replayed, String> {
    let mut stage = Stage::new(recording, given);
    stage.settle();
    stage.run(recording.left_out > 0)?;
    Ok(stage.finish(recording))
}

impl<'a> Stage<'a> {
    fn new(recording: &'a Recording, given: Given) -> Stage<'a> {
        let now = Now {
            at: given.start,
            unix_ms: recording.began_unix_ms,
        };
        let mut settings = given.settings;
        settings.record = Record::Off;
        let scripts = Scripts::new(&settings.limits, Duration::ZERO, None);
        let mut board = Switchboard::new(
            settings.into(),
            given.catalog.into(),
            recording.stack.clone(),
            Dice::from_seed(recording.began_unix_ms),
            now,
        );
        let mut foreknown = Foreknown::default();
        let mut sessions: BTreeMap<SessionId, Script> = BTreeMap::new();
        let mut alike = Alike::default();
        let mut ports = Vec::new();
        for (_, entry) in &recording.entries {
            match entry {
                Entry::Session { session, seed, .. } => {
                    foreknown.sessions.push_back((*session, *seed));
                }
                Entry::Admitted(admitted) => {
                    let call_id = admitted.call_id.clone();
                    foreknown.admitted.insert(call_id, admitted.clone());
                }
                Entry::Event {
                    session,
                    unix_ms,
                    event,
                } => {
                    let script = sessions.entry(*session).or_default();
                    script.events.push_back((*unix_ms, event.clone()));
                }
                Entry::Log {
                    session,
                    level,
                    text,
                } => {
                    let script = sessions.entry(*session).or_default();
                    script.logs.push_back((*level, text.clone()));
                }
                Entry::In { text, .. } => alike.heard(&String::from_utf8_lossy(&text.0)),
                Entry::Out { text, .. } => alike.said(&String::from_utf8_lossy(&text.0)),
                Entry::Port { rtp } if !ports.contains(&Port { rtp: *rtp }) => {
                    ports.push(Port { rtp: *rtp })
                }
                _ => {}
            }
        }
        board.foresee(foreknown);
        let spare = (0..64).map(|index| Port {
            rtp: 64_000 + 2 * index,
        });
        let spare: Vec<_> = spare.filter(|port| !ports.contains(port)).collect();
        ports.extend(spare);
        board.handle_media(media::Event::Stock { ports }, now);
        Stage {
            board,
            scripts,
            start: given.start,
            lasted: recording.lasted,
            began_unix_ms: recording.began_unix_ms,
            now: Duration::ZERO,
            entries: &recording.entries,
            next: 0,
            sent: recording
                .entries
                .iter()
                .filter_map(|(at, entry)| Sent::of(*at, entry))
                .collect(),
            alike,
            sessions,
            ready: VecDeque::new(),
            queries: Vec::new(),
            asked: BTreeSet::new(),
            fetching: BTreeSet::new(),
            recording: BTreeSet::new(),
            private: Private::default(),
            opened: Vec::new(),
            ports_then: HashMap::new(),
            ports: 0,
            lines: Lines::new(recording),
            differences: Vec::new(),
            remarks: BTreeSet::new(),
            steps: 0,
        }
    }

    fn moment(&self) -> Now {
        Now {
            at: self.start + self.now,
            unix_ms: self.began_unix_ms + self.now.as_millis() as u64,
        }
    }

    fn due(&self) -> Option<Duration> {
        let at = self.board.next_deadline()?;
        Some(at.saturating_duration_since(self.start).max(self.now))
    }

    fn run(&mut self, is_cut: bool) -> Result<(), String> {
        let last = self.entries.last().map_or(Duration::ZERO, |(at, _)| *at);
        while self.next < self.entries.len() {
            let (at, _) = self.entries[self.next];
            match self.due().filter(|due| *due < at && !self.was_late(*due)) {
                Some(due) => self.pass(due)?,
                None => self.happen()?,
            }
        }
        // What a recording that was full left out is not asked for.
        let end = if is_cut { last } else { self.lasted };
        while let Some(due) = self.due().filter(|due| *due <= end) {
            self.pass(due)?;
        }
        Ok(())
    }

    /// Whether the deadline was met a little later then.
    fn was_late(&self, due: Duration) -> bool {
        let rest = self.entries[self.next..].iter();
        let next = rest.take_while(|(at, _)| *at <= due + LATE);
        next.into_iter()
            .any(|(at, entry)| matches!(entry, Entry::Due {}) && *at >= due)
    }

    fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        match self.steps > MOST_STEPS {
            true => Err("it does not come to an end".to_string()),
            false => Ok(()),
        }
    }

    fn pass(&mut self, due: Duration) -> Result<(), String> {
        self.step()?;
        self.now = self.now.max(due);
        self.board.handle_timeout(self.moment());
        self.settle();
        Ok(())
    }

    /// The next entry.
    fn happen(&mut self) -> Result<(), String> {
        self.step()?;
        let (at, entry) = &self.entries[self.next];
        self.next += 1;
        self.now = self.now.max(*at);
        match entry {
            Entry::In { flow, text } => self.hear(*flow, text)?,
            Entry::Unreachable { flow } => {
                self.lines.entry(*at, entry);
                self.board.handle_unreachable(*flow, self.moment());
            }
            Entry::Resolved { uri, targets } => {
                let asked = self.queries.iter().position(|(_, asked)| asked == uri);
                if let Some(index) = asked {
                    let (query, _) = self.queries.remove(index);
                    self.board
                        .handle_resolved(query, targets.clone(), self.moment());
                }
            }
            Entry::Sound { rtp, news } => {
                let nth = self.ports_then.get(rtp);
                if let Some(leg) = nth.and_then(|nth| self.opened.get(*nth)).copied() {
                    self.lines.entry(*at, entry);
                    self.board.handle_media(news.event(leg), self.moment());
                }
            }
            Entry::Port { rtp } => {
                self.ports_then.insert(*rtp, self.ports);
                self.ports += 1;
            }
            Entry::Due {} => {
                let now = self.moment();
                if self.board.next_deadline().is_some_and(|at| at <= now.at) {
                    self.board.handle_timeout(now);
                }
            }
            Entry::Drain { within_ms } => {
                self.lines.entry(*at, entry);
                let now = self.moment();
                let until = within_ms.map(|ms| now.at + Duration::from_millis(ms.min(86_400_000)));
                self.board.drain(until, now);
            }
            Entry::ShutDown {} => {
                self.lines.entry(*at, entry);
                self.board.shut_down(self.moment());
            }
            Entry::Bindings { user, bindings } => {
                self.board
                    .restore_bindings(user.clone(), bindings.clone(), self.moment());
            }
            Entry::Unit {
                session,
                unit,
                news,
            } => {
                self.lines.entry(*at, entry);
                let unit = SoundId {
                    session: *session,
                    unit: *unit,
                };
                let news = news.clone();
                self.board
                    .handle_media(media::Event::Unit { unit, news }, self.moment());
            }
            Entry::Clip {
                session,
                unit,
                clip,
            } => {
                let unit = SoundId {
                    session: *session,
                    unit: *unit,
                };
                // Nobody listens: what is played comes to its end when the recording says so.
                let clip = match clip {
                    Fetched::Clip { ms } => {
                        Ok(Clip::silence(Duration::from_millis(*ms).min(LONGEST_CLIP)))
                    }
                    Fetched::Nothing { why } => Err(why.clone()),
                };
                if self.fetching.remove(&unit) {
                    self.board.handle_clip(unit, clip, self.moment());
                }
            }
            Entry::Recording {
                session,
                unit,
                news,
            } => {
                let unit = SoundId {
                    session: *session,
                    unit: *unit,
                };
                if self.recording.contains(&unit) {
                    self.board
                        .handle_recording(unit, news.clone(), self.moment());
                }
            }
            Entry::Recognised {
                session,
                unit,
                recognised,
            } => {
                self.lines.entry(*at, entry);
                let unit = SoundId {
                    session: *session,
                    unit: *unit,
                };
                let recognised = recognised.clone();
                self.board
                    .handle_recognised(unit, recognised, self.moment());
            }
            Entry::Socket {
                session,
                unit,
                heard,
            } => {
                let socket = SoundId {
                    session: *session,
                    unit: *unit,
                };
                self.lines.entry(*at, entry);
                self.board
                    .handle_socket(socket, heard.clone(), self.moment());
            }
            Entry::Visit { session, visit } => {
                self.lines.entry(*at, entry);
                let (visit, now) = (visit.clone(), self.moment());
                // What came of it is in the entries that follow.
                let _ = self.board.handle_visit(*session, visit, now);
            }
            Entry::Request { session, request } => {
                self.lines.entry(*at, entry);
                let (request, now) = (request.clone(), self.moment());
                let _ = self.board.handle_request(*session, request, now);
            }
            Entry::Reply {
                session,
                inquiry,
                reply,
            } => {
                if self.asked.remove(&(*session, *inquiry)) {
                    let now = self.moment();
                    self.board
                        .handle_reply(*session, *inquiry, reply.clone(), now);
                }
            }
            Entry::Turn {
                session,
                commands,
                fault,
            } => self.answer(*session, commands, fault.as_ref()),
            Entry::Out { .. }
            | Entry::Admitted(_)
            | Entry::Session { .. }
            | Entry::Event { .. }
            | Entry::Log { .. } => {}
        }
        self.settle();
        Ok(())
    }

    // What comes in.

    fn hear(&mut self, flow: Flow, text: &Text) -> Result<(), String> {
        if expected::is_response(text) {
            self.wait_for_what_it_answers(text)?;
        }
        // What is not UTF-8 cannot name any of ours.
        let bytes = match std::str::from_utf8(&text.0) {
            Ok(text) => Bytes::from(self.alike.translate(text)),
            Err(_) => text.0.clone(),
        };
        self.lines
            .message(self.now, flow.remote, flow.local, &bytes, "");
        self.board.handle_message(flow, bytes, self.moment());
        Ok(())
    }

    fn wait_for_what_it_answers(&mut self, text: &Text) -> Result<(), String> {
        let Some(branch) = expected::branch_of(text) else {
            return Ok(());
        };
        let until = self.now + WAITS;
        let is_missing = |stage: &Stage| {
            let mut same = stage
                .sent
                .iter()
                .filter(|sent| sent.has_branch(&branch))
                .peekable();
            same.peek().is_some() && !same.any(|sent| sent.again)
        };
        while is_missing(self)
            && let Some(due) = self.due().filter(|due| *due <= until)
        {
            self.pass(due)?;
        }
        Ok(())
    }

    /// The script answered now, in the recording.
    fn answer(
        &mut self,
        session: SessionId,
        then: &[script::Command],
        fault: Option<&script::Fault>,
    ) {
        let Some(script) = self.sessions.get_mut(&session) else {
            return;
        };
        let Some(turn) = script.answers.pop_front() else {
            return;
        };
        let told = |turn: &[script::Command]| turn.iter().map(json).collect::<Vec<_>>();
        // What is private was never written.
        self.private.learn(session, &turn.commands);
        let mut commands = turn.commands.clone();
        for command in &mut commands {
            self.private.cover_command(session, command);
        }
        let (then, now) = (told(then), told(&commands));
        let fault_then = fault.map(|fault| fault.to_string());
        let fault_now = turn.fault.as_ref().map(|fault| fault.to_string());
        let same = then.len() == now.len()
            && then
                .iter()
                .zip(&now)
                .all(|(then, now)| self.alike.are(then, now));
        if !same || fault_then != fault_now {
            let first = then
                .iter()
                .zip(&now)
                .position(|(then, now)| !self.alike.are(then, now));
            let first = first.unwrap_or(then.len().min(now.len()));
            let line = |told: &[String], fault: Option<&String>| match (told.get(first), fault) {
                (Some(line), _) => line.clone(),
                (None, Some(fault)) => format!("fault: {fault}"),
                (None, None) => "nothing more".to_string(),
            };
            let text = format!(
                "the script's turn\n  then {}\n  now  {}",
                line(&then, fault_then.as_ref()),
                line(&now, fault_now.as_ref())
            );
            self.differ(What::Command, text);
        }
        self.hand_over(session, turn);
    }

    fn hand_over(&mut self, session: SessionId, turn: Turn) {
        for line in turn.commands.iter().filter_map(ladder::command_line) {
            self.lines.note(self.now, &line);
        }
        if let Some(fault) = &turn.fault {
            self.lines.note(self.now, &format!("script fault: {fault}"));
        }
        self.board.handle_turn(session, turn, self.moment());
    }

    // What goes out.

    fn settle(&mut self) {
        loop {
            while let Some(output) = self.board.poll() {
                self.take(output);
            }
            match self.ready.pop_front() {
                Some((session, turn)) => self.hand_over(session, turn),
                None => return,
            }
        }
    }

    fn take(&mut self, output: Output) {
        match output {
            Output::Transmit { flow, bytes } => self.send(flow, bytes),
            Output::Resolve { query, uri } => self.ask(query, &uri),
            Output::OpenIsolate {
                session,
                program,
                seed,
            } => self.scripts.open(session, program, seed),
            Output::Turn { session, event } => self.tell(session, event),
            Output::CloseIsolate { session } => self.scripts.close(session),
            Output::Media(media::Command::Open { leg, .. }) => self.opened.push(leg),
            Output::Log {
                session,
                level,
                text,
            } => self.log(session, level, &text),
            Output::Post { post, .. } => self
                .lines
                .note(self.now, &format!("posts to {}", post.hook)),
            Output::Inquire {
                session, inquiry, ..
            } => drop(self.asked.insert((session, inquiry))),
            Output::Fetch { unit, .. } => drop(self.fetching.insert(unit)),
            Output::Recording { unit, wish, .. } => match wish {
                recording::Wish::Begin(_) => drop(self.recording.insert(unit)),
                recording::Wish::End => drop(self.recording.remove(&unit)),
            },
            Output::Media(_)
            | Output::Recognise { .. }
            | Output::Socket { .. }
            | Output::Record(_)
            | Output::Bindings { .. }
            | Output::Count(_)
            | Output::Journal(_) => {}
        }
    }

    fn send(&mut self, flow: Flow, bytes: Bytes) {
        let text = Text(bytes);
        let found = expected::find(&self.sent, &mut self.alike, &text);
        let remark = match found {
            None => {
                let now = String::from_utf8_lossy(&text.0).into_owned();
                self.differ(
                    What::Sip,
                    format!("sent now, and not then: {}", ladder::summary(&now)),
                );
                "only now"
            }
            Some(index) => {
                let Some(sent) = self.sent.get_mut(index) else {
                    return;
                };
                sent.again = true;
                let told = expected::compare(sent, &mut self.alike, flow, &text);
                match told.is_empty() {
                    true => "",
                    false => {
                        let text = format!("{}\n{}", sent.summary(), told.join("\n"));
                        self.differ(What::Sip, text);
                        "another"
                    }
                }
            }
        };
        self.lines
            .message(self.now, flow.local, flow.remote, &text.0, remark);
    }

    fn ask(&mut self, query: QueryId, uri: &Uri) {
        let text = uri.to_string();
        let rest = self.entries[self.next..].iter();
        let answers =
            rest.filter(|(_, entry)| matches!(entry, Entry::Resolved { uri, .. } if *uri == text));
        let waiting = self
            .queries
            .iter()
            .filter(|(_, asked)| *asked == text)
            .count();
        if answers.count() > waiting {
            return self.queries.push((query, text));
        }
        let targets = numeric(uri);
        if targets.is_empty() {
            self.remarks
                .insert(format!("the recording does not know where {text} is"));
        }
        self.board.handle_resolved(query, targets, self.moment());
    }

    fn tell(&mut self, session: SessionId, event: script::Event) {
        self.lines
            .note(self.now, &ladder::event_line(session, &event));
        let mut now = self.moment();
        let script = self.sessions.entry(session).or_default();
        let then = script.events.pop_front();
        let strayed = script.strays;
        let told = json(&event);
        let same = then
            .as_ref()
            .is_some_and(|(_, then)| self.alike.are(&json(then), &told));
        match (&then, same) {
            (Some((unix_ms, _)), true) if !strayed => now.unix_ms = *unix_ms,
            _ if strayed => {}
            (then, _) => {
                script.strays = true;
                let line =
                    |event: Option<&script::Event>| event.map_or("nothing".to_string(), json);
                let text = format!(
                    "the script is told\n  then {}\n  now  {told}",
                    line(then.as_ref().map(|(_, event)| event))
                );
                self.differ(What::Event, text);
            }
        }
        self.scripts.tell(session, event, now.at);
        if let Some((session, turn)) = self.scripts.turn(now) {
            let script = self.sessions.entry(session).or_default();
            script.answers.push_back(turn);
            if script.strays {
                let waiting = std::mem::take(&mut script.answers);
                self.ready
                    .extend(waiting.into_iter().map(|turn| (session, turn)));
            }
        }
    }

    fn log(&mut self, session: SessionId, level: Level, text: &str) {
        self.lines
            .note(self.now, &format!("{}: {text}", ladder::mark(level)));
        let script = self.sessions.entry(session).or_default();
        if script.babbles {
            return;
        }
        let then = script.logs.pop_front();
        let same = then.as_ref().is_some_and(|(then_level, then)| {
            *then_level == level && self.alike.are(&timeless(then), &timeless(text))
        });
        if !same {
            script.babbles = true;
            let then = then.map_or("nothing".to_string(), |(level, text)| {
                format!("{}: {text}", ladder::mark(level))
            });
            let text = format!(
                "the log\n  then {then}\n  now  {}: {text}",
                ladder::mark(level)
            );
            self.differ(What::Log, text);
        }
    }

    fn differ(&mut self, what: What, text: String) {
        if self.differences.len() < MOST_DIFFERENCES {
            let at = self.now;
            self.differences.push(Difference { at, what, text });
        }
    }

    fn finish(mut self, recording: &Recording) -> Replayed {
        if recording.left_out > 0 {
            let last = recording
                .entries
                .last()
                .map_or(Duration::ZERO, |(at, _)| *at);
            // Of the last moment only a part was written.
            self.differences.retain(|difference| difference.at < last);
            self.remarks.insert(format!(
                "the journal was full at {:.3} s and {} entries were left out: it is compared up to there",
                last.as_secs_f64(),
                recording.left_out
            ));
        } else {
            let unsent: Vec<_> = self.sent.iter().filter(|sent| !sent.again).collect();
            let unsent = unsent.into_iter().map(|sent| Difference {
                at: sent.at,
                what: What::Sip,
                text: format!("not sent any more: {}", sent.summary()),
            });
            let unsent: Vec<_> = unsent.collect();
            self.differences.extend(unsent);
            for script in self.sessions.values() {
                let event = script.events.front().filter(|_| !script.strays);
                let unheard = event.map(|(_, event)| {
                    (
                        What::Event,
                        format!("the script is told no more: {}", json(event)),
                    )
                });
                let log = script.logs.front().filter(|_| !script.babbles);
                let unlogged =
                    log.map(|(_, text)| (What::Log, format!("not logged any more: {text}")));
                for (what, text) in unheard.into_iter().chain(unlogged) {
                    self.differences.push(Difference {
                        at: self.now,
                        what,
                        text,
                    });
                }
            }
            let alive = self.board.alive();
            if alive.sessions > 0 {
                self.remarks.insert(format!(
                    "sessions that go on where the recording ends: {}",
                    alive.sessions
                ));
            }
        }
        self.differences.sort_by_key(|difference| difference.at);
        Replayed {
            differences: self.differences,
            lines: self.lines.finish(),
            remarks: self.remarks.into_iter().collect(),
        }
    }
}

/// As a journal has it, without what it does not tell.
fn json<T: serde::Serialize>(value: &T) -> String {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    crate::journal::mask::cover_fields(&mut value);
    forget_places(&mut value);
    value.to_string()
}

/// Where in its text a script asks for something: another text has it elsewhere.
fn forget_places(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(fields) => {
            fields.remove("place");
            fields.values_mut().for_each(forget_places);
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(forget_places),
        _ => {}
    }
}

/// The runtime's account of a transfer without its times, which a machine's clock rounds as it likes.
fn timeless(line: &str) -> String {
    if !line.contains(" transfer to ") {
        return line.to_string();
    }
    let is_time = |word: &&str| {
        let plain = word.trim_end_matches(',');
        plain.contains('.')
            && plain
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let words: Vec<_> = line.split(' ').filter(|word| !is_time(word)).collect();
    words.join(" ")
}

/// A host that is an address is there.
fn numeric(uri: &Uri) -> Vec<Target> {
    let Some(uri) = uri.as_sip() else {
        return Vec::new();
    };
    let transport = match uri.params.value("transport") {
        Some(transport) if transport.eq_ignore_ascii_case("tcp") => Transport::Tcp,
        _ => Transport::Udp,
    };
    let ip = host_address(&uri.host);
    let target = ip.map(|ip| Target {
        transport,
        remote: SocketAddr::new(ip, uri.port.unwrap_or(5060)),
    });
    target.into_iter().collect()
}
