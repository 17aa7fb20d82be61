//! Writes down what concerns each session while it happens. Where nothing is to be recorded it does
//! nothing at all.
//!
//! Everything that comes in begins a *step*; what comes of it is written under it. A message belongs to a
//! journal by its Call-ID, everything else by its session, leg or question.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::book::Book;
use super::entry::{Fetched, Sound, Text};
use super::{Admitted, Entry, Journal};
use crate::base::access::Request;
use crate::base::socket::{Heard, Visit};
use crate::base::{LegId, Now, SessionId, SoundId, recording};
use crate::media::{self, Clip};
use crate::script::asr::Recognised;
use crate::script::command::Level;
use crate::script::{self, Program, Reply, Turn};
use crate::settings::{Record, Settings};
use crate::sip::message::{Message, Method, parse};
use crate::sip::registrar::Stored;
use crate::sip::stack::{self, QueryId};
use crate::sip::transport::{Flow, Target};

/// What all journals in the making may hold together; beyond it new sessions are not recorded.
const MOST_BYTES: usize = 64 << 20;

/// How long after a session's end what still comes for its calls is written: the ACK of a refusal, what was
/// sent twice.
const LINGER: Duration = Duration::from_secs(1);

/// Writes the journals.
#[derive(Debug)]
pub struct Scribe {
    keep: Record,
    most_bytes: usize,
    settings: Arc<Settings>,
    stack: stack::Settings,
    now: Option<Now>,
    /// Counts what came in.
    step: u64,
    /// How much has been written so far, in all books.
    written: u64,
    cause: Cause,
    books: BTreeMap<u64, Book>,
    next_book: u64,
    sessions: HashMap<SessionId, u64>,
    calls: HashMap<String, u64>,
    queries: HashMap<QueryId, (u64, String)>,
    ports: HashMap<LegId, (u64, u16)>,
    /// What is over, and when it is closed.
    closing: VecDeque<(Instant, u64)>,
    hurries: bool,
    done: VecDeque<Journal>,
}

/// What is being dealt with.
#[derive(Debug)]
enum Cause {
    /// Something that is in no journal as such.
    Other,
    /// A message of this journal's.
    Known { book: u64, call_id: String },
    /// A message whose Call-ID no journal knew when it came.
    Message {
        flow: Flow,
        bytes: Bytes,
        call_id: String,
        admitted: Option<Admitted>,
        /// What was answered before anybody knew whose it is.
        early: Vec<(Flow, Bytes)>,
    },
}

impl Scribe {
    pub fn new(settings: Arc<Settings>, stack: stack::Settings) -> Scribe {
        let mut scribe = Scribe {
            keep: Record::Off,
            most_bytes: 0,
            settings: settings.clone(),
            stack: stack.clone(),
            now: None,
            step: 0,
            written: 0,
            cause: Cause::Other,
            books: BTreeMap::new(),
            next_book: 0,
            sessions: HashMap::new(),
            calls: HashMap::new(),
            queries: HashMap::new(),
            ports: HashMap::new(),
            closing: VecDeque::new(),
            hurries: false,
            done: VecDeque::new(),
        };
        scribe.configure(settings, stack);
        scribe
    }

    /// For sessions that begin from now on.
    pub fn configure(&mut self, settings: Arc<Settings>, stack: stack::Settings) {
        self.keep = settings.record;
        self.most_bytes = (settings.limits.journal_kb as usize) << 10;
        (self.settings, self.stack) = (settings, stack);
    }

    /// The next journal that is whole and to be kept.
    pub fn poll(&mut self) -> Option<Journal> {
        self.done.pop_front()
    }

    fn is_off(&self) -> bool {
        self.keep == Record::Off && self.books.is_empty()
    }

    // What comes in.

    fn begin_step(&mut self, cause: Cause, now: Now) {
        self.step += 1;
        self.now = Some(now);
        self.cause = cause;
    }

    /// Something came that is no journal's own: a deadline, other settings.
    pub fn other(&mut self, now: Now) {
        if !self.is_off() {
            self.begin_step(Cause::Other, now);
        }
    }

    pub fn message(&mut self, flow: Flow, bytes: &Bytes, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        let Some(call_id) = call_id_of(bytes) else {
            return;
        };
        let text = Text(bytes.clone());
        match self.calls.get(&call_id).copied() {
            Some(book) => {
                self.cause(book, Entry::In { flow, text });
                self.cause = Cause::Known { book, call_id };
            }
            None => {
                self.cause = Cause::Message {
                    flow,
                    bytes: bytes.clone(),
                    call_id,
                    admitted: None,
                    early: Vec::new(),
                }
            }
        }
    }

    pub fn unreachable(&mut self, flow: Flow, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        let mut books = Vec::new();
        books.extend(
            self.books
                .iter()
                .filter(|(_, book)| book.flows.contains(&flow))
                .map(|(id, _)| *id),
        );
        for book in books {
            self.cause(book, Entry::Unreachable { flow });
        }
    }

    pub fn resolved(&mut self, query: QueryId, targets: &[Target], now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        if let Some((book, uri)) = self.queries.remove(&query) {
            let targets = targets.to_vec();
            self.cause(book, Entry::Resolved { uri, targets });
        }
    }

    pub fn turn(&mut self, session: SessionId, turn: &Turn, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        let Some(book) = self.sessions.get(&session).copied() else {
            return;
        };
        let (commands, fault) = (turn.commands.clone(), turn.fault.clone());
        if let Some(fault) = &fault {
            self.fail(session, || format!("script fault: {fault}"));
        }
        self.cause(
            book,
            Entry::Turn {
                session,
                commands,
                fault,
            },
        );
    }

    /// What the registrar knows of a user whom the turn that comes now wants to call.
    pub fn bindings(
        &mut self,
        session: SessionId,
        user: &str,
        bindings: impl FnOnce() -> Vec<Stored>,
        now: Now,
    ) {
        if self.is_off() {
            return;
        }
        let Some(id) = self.sessions.get(&session).copied() else {
            return;
        };
        self.now = Some(now);
        if let Some(book) = self.books.get_mut(&id) {
            book.users.insert(user.to_string());
        }
        let entry = Entry::Bindings {
            user: user.to_string(),
            bindings: bindings(),
        };
        self.put(id, entry);
    }

    pub fn sound(&mut self, leg: LegId, event: &media::Event, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        if let (Some((book, rtp)), Some(news)) = (self.ports.get(&leg).copied(), Sound::of(event)) {
            self.cause(book, Entry::Sound { rtp, news });
        }
    }

    pub fn unit(&mut self, unit: SoundId, event: &media::Event, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        let book = self.sessions.get(&unit.session).copied();
        if let (Some(book), media::Event::Unit { news, .. }) = (book, event) {
            let (session, unit, news) = (unit.session, unit.unit, news.clone());
            let entry = Entry::Unit {
                session,
                unit,
                news,
            };
            self.cause(book, entry);
        }
    }

    /// What was fetched for a unit: that it came, and how long it is.
    pub fn clip(&mut self, unit: SoundId, clip: &Result<Clip, String>, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        if let Some(book) = self.sessions.get(&unit.session).copied() {
            let (session, unit) = (unit.session, unit.unit);
            let clip = match clip {
                Ok(clip) => Fetched::Clip {
                    ms: clip.duration().as_millis() as u64,
                },
                Err(why) => Fetched::Nothing { why: why.clone() },
            };
            let entry = Entry::Clip {
                session,
                unit,
                clip,
            };
            self.cause(book, entry);
        }
    }

    /// What became of a recording's file.
    pub fn recording(&mut self, unit: SoundId, news: &recording::News, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        if let Some(book) = self.sessions.get(&unit.session).copied() {
            let (session, unit, news) = (unit.session, unit.unit, news.clone());
            let entry = Entry::Recording {
                session,
                unit,
                news,
            };
            self.cause(book, entry);
        }
    }

    /// What a recogniser said of a unit's sound.
    pub fn recognised(&mut self, unit: SoundId, recognised: &Recognised, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        if let Some(book) = self.sessions.get(&unit.session).copied() {
            let (session, unit, recognised) = (unit.session, unit.unit, recognised.clone());
            let entry = Entry::Recognised {
                session,
                unit,
                recognised,
            };
            self.cause(book, entry);
        }
    }

    /// What a WebSocket has told.
    pub fn socket(&mut self, socket: SoundId, heard: &Heard, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        if let Some(book) = self.sessions.get(&socket.session).copied() {
            let (session, unit, heard) = (socket.session, socket.unit, heard.clone());
            let entry = Entry::Socket {
                session,
                unit,
                heard,
            };
            self.cause(book, entry);
        }
    }

    /// Somebody wants to connect to a session.
    pub fn visit(&mut self, session: SessionId, visit: &Visit, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        if let Some(book) = self.sessions.get(&session).copied() {
            let visit = visit.without_secrets();
            self.cause(book, Entry::Visit { session, visit });
        }
    }

    /// Somebody has sent a request to a session's URL.
    pub fn request(&mut self, session: SessionId, request: &Request, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        if let Some(book) = self.sessions.get(&session).copied() {
            let request = request.without_secrets();
            self.cause(book, Entry::Request { session, request });
        }
    }

    /// The world outside has answered a script.
    pub fn reply(&mut self, session: SessionId, inquiry: u32, reply: &Reply, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        if let Some(book) = self.sessions.get(&session).copied() {
            let reply = reply.clone();
            self.cause(
                book,
                Entry::Reply {
                    session,
                    inquiry,
                    reply,
                },
            );
        }
    }

    pub fn drain(&mut self, within_ms: Option<u64>, now: Now) {
        self.tell_all(|| Entry::Drain { within_ms }, now);
    }

    pub fn shut_down(&mut self, now: Now) {
        self.tell_all(|| Entry::ShutDown {}, now);
    }

    fn tell_all(&mut self, entry: impl Fn() -> Entry, now: Now) {
        if self.is_off() {
            return;
        }
        self.begin_step(Cause::Other, now);
        let books: Vec<u64> = self.books.keys().copied().collect();
        for book in books {
            self.cause(book, entry());
        }
    }

    // What was decided.

    /// The message in hand was let in.
    pub fn admitted(&mut self, by: super::By, destination: &str) {
        let admission = |call_id: &str| Admitted {
            call_id: call_id.to_string(),
            by,
            destination: destination.to_string(),
        };
        match &mut self.cause {
            Cause::Other => {}
            Cause::Known { book, call_id } => {
                let entry = Entry::Admitted(admission(call_id));
                let book = *book;
                self.put(book, entry);
            }
            Cause::Message {
                call_id, admitted, ..
            } => *admitted = Some(admission(call_id)),
        }
    }

    /// A session begins with the message in hand, or because of a transfer out of another.
    pub fn begin(
        &mut self,
        session: SessionId,
        seed: u64,
        rule: &str,
        destination: &str,
        conference: bool,
        program: &Arc<Program>,
    ) {
        if self.keep == Record::Off {
            return;
        }
        let Some(now) = self.now else { return };
        let held: usize = self.books.values().map(|book| book.bytes).sum();
        if held > MOST_BYTES {
            tracing::warn!(%session, "too much is being recorded already: this session is not");
            return;
        }
        // A call that comes back to us has the Call-ID with which it went out.
        let id = match &self.cause {
            Cause::Known { book, .. } if self.books.contains_key(book) => *book,
            _ => {
                self.next_book += 1;
                let book = Book::new(session, self.settings.clone(), self.stack.clone(), now);
                self.books.insert(self.next_book, book);
                self.next_book
            }
        };
        if let Some(book) = self.books.get_mut(&id) {
            book.open.insert(session);
            book.programs.push(program.clone());
        }
        self.sessions.insert(session, id);
        self.adopt(session);
        let scenarios = program.scenarios.iter();
        let entry = Entry::Session {
            session,
            seed,
            rule: rule.to_string(),
            destination: destination.to_string(),
            scenarios: scenarios
                .map(|scenario| (scenario.name.clone(), scenario.version.clone()))
                .collect(),
            conference,
        };
        self.put(id, entry);
    }

    /// The message in hand is about a call of this session.
    pub fn adopt(&mut self, session: SessionId) {
        let Some(id) = self.sessions.get(&session).copied() else {
            return;
        };
        if let Cause::Message { .. } = &self.cause
            && let Cause::Message {
                flow,
                bytes,
                call_id,
                admitted,
                early,
            } = std::mem::replace(&mut self.cause, Cause::Other)
        {
            self.calls.insert(call_id, id);
            if let Some(admitted) = admitted {
                if let (super::By::User { name }, Some(book)) =
                    (&admitted.by, self.books.get_mut(&id))
                {
                    book.users.insert(name.clone());
                }
                self.put(id, Entry::Admitted(admitted));
            }
            let text = Text(bytes);
            self.cause(id, Entry::In { flow, text });
            for (flow, bytes) in early {
                let text = Text(bytes);
                self.put(id, Entry::Out { flow, text });
            }
        }
    }

    /// The two have to do with each other: one journal from now on.
    pub fn join(&mut self, one: SessionId, other: SessionId) {
        let (Some(into), Some(from)) = (
            self.sessions.get(&one).copied(),
            self.sessions.get(&other).copied(),
        ) else {
            return;
        };
        if into == from {
            return;
        }
        let Some(gone) = self.books.remove(&from) else {
            return;
        };
        if let Some(book) = self.books.get_mut(&into) {
            book.take_in(gone);
        }
        let moved = |id: &mut u64| {
            if *id == from {
                *id = into;
            }
        };
        self.sessions.values_mut().for_each(moved);
        self.calls.values_mut().for_each(moved);
        self.queries.values_mut().for_each(|(id, _)| moved(id));
        self.ports.values_mut().for_each(|(id, _)| moved(id));
    }

    /// A call of this session's has this Call-ID.
    pub fn call(&mut self, session: SessionId, call_id: Option<&str>) {
        if let (Some(id), Some(call_id)) = (self.sessions.get(&session), call_id) {
            self.calls.insert(call_id.to_string(), *id);
        }
    }

    /// Something that somebody will want to look at.
    pub fn fail(&mut self, session: SessionId, why: impl FnOnce() -> String) {
        let id = self.sessions.get(&session);
        if let Some(book) = id.and_then(|id| self.books.get_mut(id)) {
            book.fail(why());
        }
    }

    // What goes out.

    pub fn sent(&mut self, flow: Flow, bytes: &Bytes) {
        if self.is_off() {
            return;
        }
        let Some(call_id) = call_id_of(bytes) else {
            return;
        };
        if let Some(id) = self.calls.get(&call_id).copied() {
            self.note_refusal(id, bytes);
            let text = Text(bytes.clone());
            return self.put(id, Entry::Out { flow, text });
        }
        if let Cause::Message {
            call_id: held,
            early,
            ..
        } = &mut self.cause
            && *held == call_id
        {
            early.push((flow, bytes.clone()));
        }
    }

    /// A call that we refuse for want of something, or give up.
    fn note_refusal(&mut self, id: u64, bytes: &Bytes) {
        let code = bytes
            .strip_prefix(b"SIP/2.0 ")
            .and_then(|rest| rest.get(..3));
        let code = code.and_then(|code| std::str::from_utf8(code).ok()?.parse::<u16>().ok());
        let Some(code) = code.filter(|code| *code == 408 || (500..600).contains(code)) else {
            return;
        };
        let invite = matches!(parse(bytes.clone()), Ok(Message::Response(response))
            if response.headers.cseq().is_ok_and(|cseq| cseq.method == Method::Invite));
        if let (true, Some(book)) = (invite, self.books.get_mut(&id)) {
            book.fail(format!("a call was answered {code}"));
        }
    }

    pub fn asked(&mut self, query: QueryId, uri: &str, session: Option<SessionId>) {
        if let Some(id) = session.and_then(|session| self.sessions.get(&session)) {
            self.queries.insert(query, (*id, uri.to_string()));
        }
    }

    pub fn told(&mut self, session: SessionId, event: &script::Event) {
        let (Some(id), Some(now)) = (self.sessions.get(&session).copied(), self.now) else {
            return;
        };
        let entry = Entry::Event {
            session,
            unix_ms: now.unix_ms,
            event: event.without_secrets(),
        };
        self.put(id, entry);
    }

    pub fn log(&mut self, session: SessionId, level: Level, text: &str) {
        let Some(id) = self.sessions.get(&session).copied() else {
            return;
        };
        if level == Level::Error {
            self.fail(session, || text.to_string());
        }
        let text = text.to_string();
        self.put(
            id,
            Entry::Log {
                session,
                level,
                text,
            },
        );
    }

    pub fn media(&mut self, session: SessionId, command: &media::Command) {
        let Some(id) = self.sessions.get(&session).copied() else {
            return;
        };
        if let media::Command::Open { leg, port } = command {
            self.ports.insert(*leg, (id, port.rtp));
            self.put(id, Entry::Port { rtp: port.rtp });
        }
    }

    /// Nothing is left of the session.
    pub fn over(&mut self, session: SessionId) {
        let Some(id) = self.sessions.get(&session).copied() else {
            return;
        };
        let Some(book) = self.books.get_mut(&id) else {
            return;
        };
        book.open.remove(&session);
        let linger = if self.hurries { Duration::ZERO } else { LINGER };
        if let (true, Some(now)) = (book.open.is_empty(), self.now) {
            self.closing.push_back((now.at + linger, id));
        }
    }

    /// When the next journal is closed.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.closing.front().map(|(at, _)| *at)
    }

    /// The program is ending: what is over is closed at once.
    pub fn hurry(&mut self) {
        self.hurries = true;
        for (at, _) in &mut self.closing {
            if let Some(now) = self.now {
                *at = now.at;
            }
        }
    }

    /// Closes what has been over for long enough.
    pub fn close(&mut self, now: Now) {
        while let Some((at, id)) = self.closing.front().copied()
            && at <= now.at
        {
            self.closing.pop_front();
            // It may have gone into another, or have a session again.
            if self.books.get(&id).is_some_and(|book| book.open.is_empty()) {
                self.close_book(id, now);
            }
        }
    }

    fn close_book(&mut self, id: u64, now: Now) {
        if let Some(book) = self.books.remove(&id) {
            let wanted = match self.keep {
                Record::All => true,
                Record::Failures | Record::Off => book.has_failed(),
            };
            if wanted {
                self.done.push_back(book.close(now));
            }
        }
        self.sessions.retain(|_, own| *own != id);
        self.calls.retain(|_, own| *own != id);
        self.queries.retain(|_, (own, _)| *own != id);
        self.ports.retain(|_, (own, _)| *own != id);
    }

    // Writing.

    fn cause(&mut self, id: u64, entry: Entry) {
        if let Some(book) = self.books.get_mut(&id) {
            book.step = self.step;
        }
        self.put(id, entry);
    }

    fn put(&mut self, id: u64, entry: Entry) {
        let (Some(now), Some(book)) = (self.now, self.books.get_mut(&id)) else {
            return;
        };
        if let Entry::In { flow, .. } | Entry::Out { flow, .. } = &entry {
            book.flows.insert(*flow);
        }
        let comes_of_it = match &entry {
            Entry::Admitted(_) | Entry::Bindings { .. } => false,
            other => !other.is_cause(),
        };
        if comes_of_it && book.step != self.step {
            book.step = self.step;
            self.written += 1;
            book.write(self.written, Entry::Due {}, self.most_bytes, now);
        }
        self.written += 1;
        book.write(self.written, entry, self.most_bytes, now);
    }
}

fn call_id_of(bytes: &Bytes) -> Option<String> {
    let message = parse(bytes.clone()).ok()?;
    let headers = match &message {
        Message::Request(request) => &request.headers,
        Message::Response(response) => &response.headers,
    };
    headers.call_id().ok().map(str::to_string)
}
