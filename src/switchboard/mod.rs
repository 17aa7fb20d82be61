//! Which session a leg belongs to: the one machine that the shell and the simulator drive.
//!
//! It owns the SIP stack, the sessions and the registrar, in one task and without locks. Isolates live
//! elsewhere: a session's events go out as [`Output::Turn`], what its script asks comes back through
//! [`Switchboard::handle_turn`]. Nothing here ever waits for a script.

mod admission;
mod conference;
mod dial;
mod firewall;
mod foreknown;
mod hop;
mod opening;
mod party;
mod passage;
mod reception;
mod refer;
mod referral;
mod reflection;
mod register;
mod replaces;
mod trunks;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ipnet::IpNet;

use crate::base::pii::without_seals;
use crate::base::socket::{Heard, Refused, Visit};
use crate::base::{Dice, LegId, Now, SessionId, SoundId, recording};
use crate::journal::{Journal, Scribe};
use crate::media::port::Stock;
use crate::media::{self, Clip};
use crate::scenario::Catalog;
use crate::script::asr::{NewAsr, Recognised};
use crate::script::command::Level;
use crate::script::unit::Source;
use crate::script::{self, Inquiry, Place, Program, Reply, Turn};
use crate::session::record::CallRecord;
use crate::session::{Cause, Effect, Errand, Post, Session, SocketWish};
use crate::settings::Settings;
use crate::settings::sound::{Asr, Recogniser};
use crate::sip::auth::challenge::Challenger;
use crate::sip::message::{Headers, Uri};
use crate::sip::registrar::{Registrar, Stored};
use crate::sip::stack::{self, Census, Command, Event, QueryId, ReferId, Stack};
use crate::sip::transport::{Flow, Target};

use firewall::Firewall;
pub use firewall::Rule;
pub use foreknown::Foreknown;
pub use hop::HOP;
use party::{Seat, Who};
use passage::Passage;
use trunks::Trunks;

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

/// The whole engine.
pub struct Switchboard {
    settings: Arc<Settings>,
    catalog: Arc<Catalog>,
    sip: stack::Settings,
    stack: Stack,
    challenger: Challenger,
    registrar: Registrar,
    trunks: Trunks,
    stock: Stock,
    dice: Dice,
    sessions: HashMap<SessionId, Entry>,
    legs: HashMap<LegId, Seat>,
    sounds: HashMap<LegId, SessionId>,
    refers: HashMap<ReferId, SessionId>,
    /// By name: the session that hosts it.
    conferences: HashMap<String, SessionId>,
    /// Each end of a call between two sessions, and the other.
    inner: HashMap<LegId, LegId>,
    firewall: Firewall,
    /// Transfers from one session to another.
    passages: HashMap<ReferId, Passage>,
    /// What sessions asked for and what concerns others.
    errands: VecDeque<(SessionId, Errand)>,
    deadlines: BTreeSet<(Instant, SessionId)>,
    next_leg: u64,
    scribe: Scribe,
    foreknown: Foreknown,
    drain: Option<Drain>,
    outputs: VecDeque<Output>,
}

/// A session and what the switchboard keeps about it.
struct Entry {
    session: Session,
    /// For the calls that it places: one less than the incoming call's.
    max_forwards: u8,
    /// How many transfers have led to it.
    depth: u32,
    /// The conference that it hosts.
    conference: Option<String>,
    deadline: Option<Instant>,
}

/// The program is on its way out.
#[derive(Clone, Copy, Debug)]
struct Drain {
    /// Running sessions are ended then.
    until: Option<Instant>,
}

impl Switchboard {
    pub fn new(
        settings: Arc<Settings>,
        catalog: Arc<Catalog>,
        sip: stack::Settings,
        mut dice: Dice,
        now: Now,
    ) -> Switchboard {
        let mut board = Switchboard {
            stack: Stack::new(sip.clone(), dice.deal()),
            challenger: Challenger::new(
                &admission::realm(&settings, &sip),
                settings.digest,
                dice.deal(),
                now.at,
            ),
            registrar: Registrar::new(register::registrar_config(&settings, &sip)),
            trunks: Trunks::default(),
            stock: Stock::default(),
            sessions: HashMap::new(),
            legs: HashMap::new(),
            sounds: HashMap::new(),
            refers: HashMap::new(),
            conferences: HashMap::new(),
            inner: HashMap::new(),
            firewall: Firewall::default(),
            passages: HashMap::new(),
            errands: VecDeque::new(),
            deadlines: BTreeSet::new(),
            next_leg: 0,
            scribe: Scribe::new(settings.clone(), sip.clone()),
            foreknown: Foreknown::default(),
            drain: None,
            outputs: VecDeque::new(),
            settings,
            catalog,
            sip,
            dice,
        };
        board.trunks.follow(&board.settings, &mut board.dice);
        board
    }

    /// New calls are routed by this catalog; running sessions keep theirs.
    pub fn set_catalog(&mut self, catalog: Arc<Catalog>) {
        self.catalog = catalog;
    }

    /// New calls are handled by these settings; running sessions keep theirs.
    pub fn set_settings(&mut self, settings: Arc<Settings>, now: Now) {
        self.registrar
            .configure(register::registrar_config(&settings, &self.sip));
        self.sip.session_expires_s = settings.limits.session_expires_s;
        self.sip.min_se_s = settings.limits.min_se_s;
        self.stack.configure(self.sip.clone());
        self.scribe.configure(settings.clone(), self.sip.clone());
        self.scribe.other(now);
        let realm = admission::realm(&settings, &self.sip);
        if realm != self.challenger.realm() || settings.digest != self.settings.digest {
            self.challenger = Challenger::new(&realm, settings.digest, self.dice.deal(), now.at);
        }
        self.settings = settings;
        for user in self
            .registrar
            .keep_users(|user| self.settings.users.contains_key(user))
        {
            self.store_bindings(user);
        }
        self.trunks.follow(&self.settings, &mut self.dice);
        self.settle(now);
    }

    /// Bindings that survived a restart.
    pub fn restore_bindings(&mut self, user: String, bindings: Vec<Stored>, now: Now) {
        self.registrar.restore(&user, bindings, now);
    }

    pub fn handle_message(&mut self, flow: Flow, bytes: Bytes, now: Now) {
        self.scribe.message(flow, &bytes, now);
        self.stack.handle_message(flow, bytes, now.at);
        self.settle(now);
    }

    pub fn handle_resolved(&mut self, query: QueryId, targets: Vec<Target>, now: Now) {
        self.scribe.resolved(query, &targets, now);
        self.stack.handle_resolved(query, targets, now.at);
        self.settle(now);
    }

    pub fn handle_unreachable(&mut self, flow: Flow, now: Now) {
        self.scribe.unreachable(flow, now);
        self.stack.handle_unreachable(&flow, now.at);
        for user in self.registrar.handle_closed(&flow) {
            self.store_bindings(user);
        }
        self.settle(now);
    }

    /// What an isolate made of the oldest event that its session has outstanding.
    pub fn handle_turn(&mut self, session: SessionId, turn: Turn, now: Now) {
        if turn.fault.is_some() {
            self.outputs.push_back(Output::Count(Count::SessionFault));
        }
        self.note_turn(session, &turn, now);
        self.with_session(session, now, |session, desk| {
            session.handle_turn(turn, desk, now)
        });
        self.settle(now);
    }

    pub fn handle_media(&mut self, event: media::Event, now: Now) {
        match event {
            media::Event::Stock { ports } => self.stock.add(ports),
            // A call that finds the stock empty is answered 503; a closed leg has no session to tell.
            media::Event::Exhausted | media::Event::Closed { .. } => {}
            media::Event::Unit { unit, .. } => {
                self.scribe.unit(unit, &event, now);
                self.with_session(unit.session, now, |session, _| {
                    session.handle_media(event, now)
                });
                self.settle(now);
            }
            media::Event::FirstPacket { leg }
            | media::Event::Stopped { leg }
            | media::Event::Resumed { leg }
            | media::Event::Codec { leg, .. }
            | media::Event::Key { leg, .. }
            | media::Event::Detected { leg, .. }
            | media::Event::Sampled { leg, .. } => {
                if let Some(session) = self.sounds.get(&leg).copied() {
                    self.scribe.sound(leg, &event, now);
                    self.with_session(session, now, |session, _| session.handle_media(event, now));
                    self.settle(now);
                }
            }
        }
    }

    /// What was fetched for a unit, or why it was not.
    pub fn handle_clip(&mut self, unit: SoundId, clip: Result<Clip, String>, now: Now) {
        self.scribe.clip(unit, &clip, now);
        self.with_session(unit.session, now, |session, _| {
            session.handle_clip(unit.unit, clip, now);
        });
        self.settle(now);
    }

    /// What became of a recording's file.
    pub fn handle_recording(&mut self, unit: SoundId, news: recording::News, now: Now) {
        self.scribe.recording(unit, &news, now);
        self.with_session(unit.session, now, |session, _| {
            session.handle_recording(unit.unit, news, now);
        });
        self.settle(now);
    }
    /// What the recogniser of a unit says.
    pub fn handle_recognised(&mut self, unit: SoundId, recognised: Recognised, now: Now) {
        self.scribe.recognised(unit, &recognised, now);
        self.with_session(unit.session, now, |session, _| {
            session.handle_recognised(unit.unit, recognised, now);
        });
        self.settle(now);
    }

    /// Somebody wants to connect to a session; its unit where it may.
    pub fn handle_visit(
        &mut self,
        session: SessionId,
        visit: Visit,
        now: Now,
    ) -> Result<SoundId, Refused> {
        self.scribe.visit(session, &visit, now);
        let mut outcome = Err(Refused::Gone);
        self.with_session(session, now, |session, _| {
            outcome = session.handle_visit(visit, now);
        });
        self.settle(now);
        outcome.map(|unit| SoundId { session, unit })
    }

    /// What a WebSocket has told; nobody's where its session is over.
    pub fn handle_socket(&mut self, socket: SoundId, heard: Heard, now: Now) {
        self.scribe.socket(socket, &heard, now);
        self.with_session(socket.session, now, |session, _| {
            session.handle_socket(socket.unit, heard, now);
        });
        self.settle(now);
    }

    pub fn handle_timeout(&mut self, now: Now) {
        self.scribe.other(now);
        self.stack.handle_timeout(now.at);
        self.settle(now);
        while let Some((at, session)) = self.deadlines.first().copied() {
            if at > now.at {
                break;
            }
            self.with_session(session, now, |session, _| session.handle_timeout(now));
            self.settle(now);
        }
        for user in self.registrar.handle_timeout(now.at) {
            self.store_bindings(user);
        }
        self.trunks.handle_timeout(now.at);
        self.settle(now);
        if self
            .drain
            .is_some_and(|drain| drain.until.is_some_and(|until| until <= now.at))
        {
            self.shut_down(now);
        }
    }

    /// What came of something that a script asked of the world outside; nobody's where its session is over.
    pub fn handle_reply(&mut self, session: SessionId, inquiry: u32, reply: Reply, now: Now) {
        self.scribe.reply(session, inquiry, &reply, now);
        self.with_session(session, now, |session, _| {
            session.handle_reply(inquiry, reply, now);
        });
        self.settle(now);
    }

    /// No new calls (503); running ones go on. With `until`, they are ended then.
    pub fn drain(&mut self, until: Option<Instant>, now: Now) {
        let within = until.map(|until| until.saturating_duration_since(now.at));
        self.scribe
            .drain(within.map(|within| within.as_millis() as u64), now);
        if self.drain.is_none() {
            self.stack.handle_command(Command::Drain, now.at);
            self.trunks.sign_off();
            self.scribe.hurry();
        }
        self.drain = Some(Drain { until });
        self.settle(now);
    }

    /// Ends everything now: verdicts (503), refusals (503), BYEs.
    pub fn shut_down(&mut self, now: Now) {
        self.drain(None, now);
        self.scribe.shut_down(now);
        let mut sessions: Vec<_> = self.sessions.keys().copied().collect();
        // In an order of their own, so that the same seed ends the same way.
        sessions.sort();
        for session in sessions {
            self.with_session(session, now, |session, _| session.end(Cause::Shutdown, now));
            self.settle(now);
        }
    }

    /// Whether a drain or shutdown has nothing left to wait for.
    pub fn is_quiet(&self) -> bool {
        self.sessions.values().all(|entry| entry.session.is_done())
            && self.stack.census().dialogs == 0
            && self.trunks.is_signed_off()
    }

    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    pub fn next_deadline(&self) -> Option<Instant> {
        let sessions = self.deadlines.first().map(|(at, _)| *at);
        let drain = self.drain.and_then(|drain| drain.until);
        [
            self.stack.next_deadline(),
            sessions,
            self.registrar.next_deadline(),
            self.trunks.next_deadline(),
            self.scribe.next_deadline(),
            drain,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub fn alive(&self) -> Alive {
        Alive {
            sessions: self.sessions.len(),
            calls: self
                .sessions
                .values()
                .map(|entry| entry.session.live_calls())
                .sum(),
            transfers: self
                .sessions
                .values()
                .map(|entry| entry.session.open_transfers())
                .sum(),
            ports_in_use: self.stock.in_use(),
            sip: self.stack.census(),
        }
    }

    /// Lets a session take a step and carries out what comes of it. A bug in there costs this session
    /// and no other.
    fn with_session(
        &mut self,
        id: SessionId,
        now: Now,
        step: impl FnOnce(&mut Session, &mut dyn crate::session::Desk),
    ) {
        let Some(mut entry) = self.sessions.remove(&id) else {
            return;
        };
        let mut desk = dial::Desk {
            settings: &self.settings,
            registrar: &self.registrar,
            stock: &mut self.stock,
            listeners: &self.sip.listeners,
            next_leg: &mut self.next_leg,
            dice: &mut self.dice,
            session: id,
            max_forwards: entry.max_forwards,
            depth: entry.depth,
            asked: self.firewall.all_asked(),
            dialled: Vec::new(),
            legs: &self.legs,
            now,
        };
        let stepped = catch_unwind(AssertUnwindSafe(|| {
            step(&mut entry.session, &mut desk);
            // A step may come from another session, and leave this one without a call.
            entry.session.look_after(now);
        }));
        if stepped.is_err() {
            tracing::error!(session = %id, "a bug in the runtime ended this session; please report it");
            self.scribe.fail(id, || "a bug in the runtime".to_string());
            self.bury(id, entry, now);
            self.scribe.over(id);
            return;
        }
        for dialled in std::mem::take(&mut desk.dialled) {
            let seat = Seat::of_dialled(id, dialled.who, dialled.depth);
            self.legs.insert(dialled.leg, seat);
        }
        while let Some(effect) = entry.session.poll() {
            self.carry_out(id, effect, now);
        }
        if let Some(at) = entry.deadline.take() {
            self.deadlines.remove(&(at, id));
        }
        if entry.session.is_over() {
            self.hosts_no_more(id, entry.conference);
            self.scribe.over(id);
            return;
        }
        if let Some(at) = entry.session.next_deadline() {
            self.deadlines.insert((at, id));
            entry.deadline = Some(at);
        }
        self.sessions.insert(id, entry);
    }

    /// A step of a session that has something to say; `None` where it is gone, or was broken by a bug.
    fn try_session<T>(
        &mut self,
        id: SessionId,
        now: Now,
        step: impl FnOnce(&mut Session) -> T,
    ) -> Option<T> {
        let mut result = None;
        self.with_session(id, now, |session, _| result = Some(step(session)));
        result
    }

    fn owner_of(&self, leg: LegId) -> Option<SessionId> {
        self.legs.get(&leg).map(|seat| seat.session)
    }

    /// The leg is another session's from now on.
    fn move_leg(&mut self, leg: LegId, to: SessionId) {
        if let Some(seat) = self.legs.get_mut(&leg) {
            self.scribe.join(seat.session, to);
            seat.session = to;
        }
    }

    /// A name for a leg of ours, or for a sound that is no leg's.
    fn next_leg(&mut self) -> LegId {
        self.next_leg += 1;
        LegId(self.next_leg & !(1 << 63))
    }

    /// Host and port of our own URIs.
    fn own_host(&self) -> (String, Option<u16>) {
        match self.sip.listeners.first() {
            Some(listener) => {
                let (_, host, port) = reception::host_of(listener, self.settings.domain.as_deref());
                (host, port)
            }
            None => ("localhost".to_string(), None),
        }
    }

    fn carry_out(&mut self, id: SessionId, effect: Effect, now: Now) {
        match effect {
            Effect::Sip(command) => {
                let mut placed = None;
                if let Command::Invite(invite) = &command {
                    placed = Some(invite.leg);
                    let seat = || Seat::of_dialled(id, Who::Stranger, 0);
                    self.legs.entry(invite.leg).or_insert_with(seat);
                }
                if let Command::RefuseRefer { refer, .. } = &command {
                    self.firewall.settled(*refer);
                }
                self.stack.handle_command(command, now.at);
                if let Some(leg) = placed {
                    self.scribe.call(id, self.stack.call_id(leg));
                }
            }
            Effect::Media(command) => {
                self.scribe.media(id, &command);
                if let media::Command::Open { leg, .. } = &command {
                    self.sounds.insert(*leg, id);
                }
                if let media::Command::Close { leg } = &command {
                    self.sounds.remove(leg);
                }
                let command = match command {
                    media::Command::Describe { leg, line } => {
                        let line = self.without_reflection(id, line);
                        media::Command::Describe { leg, line }
                    }
                    other => other,
                };
                self.outputs.push_back(Output::Media(command));
            }
            Effect::FreePort(port) => self.stock.put_back(port, now.at),
            Effect::Turn(event) => {
                self.scribe.told(id, &event);
                self.outputs.push_back(Output::Turn { session: id, event });
            }
            Effect::Log { level, text } => self.log(id, level, text),
            Effect::Record(record) => self.outputs.push_back(Output::Record(record)),
            Effect::CloseIsolate => self.outputs.push_back(Output::CloseIsolate { session: id }),
            Effect::WatchRefer(refer) => {
                self.refers.insert(refer, id);
                self.firewall.accepted(refer);
            }
            Effect::FollowRefer(refer) => {
                self.refers.insert(refer, id);
                self.outputs.push_back(Output::Count(Count::ReferSent));
            }
            Effect::UnfollowRefer { refer, code } => {
                if code >= 300 {
                    self.scribe.fail(id, || {
                        format!("a transfer that the script asked for ended with {code}")
                    });
                }
                self.refers.remove(&refer);
                self.outputs
                    .push_back(Output::Count(Count::ReferEnded { code }));
            }
            Effect::Fetch {
                unit,
                source,
                place,
            } => self.outputs.push_back(Output::Fetch {
                unit: SoundId { session: id, unit },
                source,
                place,
                settings: self.settings.clone(),
            }),
            Effect::Recording { unit, wish } => self.outputs.push_back(Output::Recording {
                unit: SoundId { session: id, unit },
                wish,
                settings: self.settings.clone(),
            }),
            Effect::Recognise { unit, asr } => {
                let unit = SoundId { session: id, unit };
                let what = media::NewUnit::Cutter(cutting(&self.settings.speech.asr));
                let create = media::Command::Create { unit, what };
                self.outputs.push_back(Output::Media(create));
                self.outputs.push_back(Output::Recognise {
                    unit,
                    asr,
                    settings: self.settings.clone(),
                });
            }
            Effect::Socket { unit, wish } => self.outputs.push_back(Output::Socket {
                socket: SoundId { session: id, unit },
                wish,
                settings: self.settings.clone(),
            }),
            Effect::Post(post) => self.outputs.push_back(Output::Post {
                post,
                allow: self.settings.http.allow.clone(),
            }),
            Effect::Inquire {
                inquiry,
                what,
                place,
            } => self.outputs.push_back(Output::Inquire {
                session: id,
                inquiry,
                what,
                place,
                allow: self.settings.http.allow.clone(),
            }),
            Effect::Verdict { refer, code } => {
                if code >= 300 {
                    self.scribe
                        .fail(id, || format!("a transfer ended with {code}"));
                }
                self.count_verdict(refer, code, now)
            }
            Effect::Refused { code } => self.count_refused(code),
            Effect::Errand(errand) => self.errands.push_back((id, errand)),
        }
    }

    /// A line of a session's log.
    fn log(&mut self, session: SessionId, level: Level, text: String) {
        let text = match without_seals(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(masked) => masked,
        };
        self.scribe.log(session, level, &text);
        self.outputs.push_back(Output::Log {
            session,
            level,
            text,
        });
    }

    /// A session that broke: its legs are ended, its isolate closed, its ports taken back.
    fn bury(&mut self, id: SessionId, entry: Entry, now: Now) {
        if let Some(at) = entry.deadline {
            self.deadlines.remove(&(at, id));
        }
        let refers: Vec<_> = self
            .refers
            .iter()
            .filter(|(_, owner)| **owner == id)
            .map(|(refer, _)| *refer)
            .collect();
        for refer in refers {
            self.stack.handle_command(
                Command::Notify {
                    refer,
                    code: 500,
                    reason: None,
                },
                now.at,
            );
            // Where it was one of ours.
            self.stack
                .handle_command(Command::ForgetRefer { refer }, now.at);
        }
        let legs: Vec<_> = self
            .legs
            .iter()
            .filter(|(_, seat)| seat.session == id)
            .map(|(leg, _)| *leg)
            .collect();
        for leg in legs {
            if self.let_end_go(leg, 500, now) {
                continue;
            }
            self.stack.handle_command(
                Command::Hangup {
                    leg,
                    headers: Headers::new(),
                },
                now.at,
            );
        }
        let sounds: Vec<_> = self
            .sounds
            .iter()
            .filter(|(_, owner)| **owner == id)
            .map(|(leg, _)| *leg)
            .collect();
        for leg in sounds {
            self.sounds.remove(&leg);
            self.outputs
                .push_back(Output::Media(media::Command::Close { leg }));
        }
        for socket in entry.session.sockets() {
            self.outputs.push_back(Output::Socket {
                socket,
                wish: SocketWish::Drop,
                settings: self.settings.clone(),
            });
        }
        for unit in entry.session.units() {
            self.outputs
                .push_back(Output::Media(media::Command::Drop { unit }));
        }
        for port in entry.session.ports() {
            self.stock.put_back(port, now.at);
        }
        self.outputs.push_back(Output::CloseIsolate { session: id });
        self.firewall.forget(id);
        self.legs.retain(|_, seat| seat.session != id);
        self.refers.retain(|_, owner| *owner != id);
        self.hosts_no_more(id, entry.conference);
        self.forget_passages_to(id, now);
    }

    /// Until SIP has nothing more to say.
    fn settle(&mut self, now: Now) {
        loop {
            while let Some(command) = self.trunks.poll() {
                self.stack.handle_command(command, now.at);
            }
            match self.stack.poll() {
                Some(stack::Output::Transmit { flow, bytes }) => {
                    self.scribe.sent(flow, &bytes);
                    self.outputs.push_back(Output::Transmit { flow, bytes })
                }
                Some(stack::Output::Resolve { query, uri }) => {
                    let asks = self.stack.asks(query).and_then(|leg| self.owner_of(leg));
                    self.scribe.asked(query, &uri.to_string(), asks);
                    self.outputs.push_back(Output::Resolve { query, uri })
                }
                Some(stack::Output::Event(event)) => self.hear(event, now),
                None if self.run_errands(now) => {}
                None => break,
            }
        }
        self.scribe.close(now);
        while let Some(journal) = self.scribe.poll() {
            self.outputs.push_back(Output::Journal(Box::new(journal)));
        }
    }

    fn hear(&mut self, event: Event, now: Now) {
        let owner = match &event {
            Event::Incoming { leg, .. } => {
                let leg = *leg;
                let Event::Incoming { request, flow, .. } = event else {
                    return;
                };
                return self.receive(leg, *request, flow, now);
            }
            Event::Request { leg: None, .. } => {
                let Event::Request {
                    transaction,
                    request,
                    flow,
                    ..
                } = event
                else {
                    return;
                };
                return self.hear_outside(transaction, *request, flow, now);
            }
            Event::Response { id, .. } if self.trunks.owns(*id) => {
                return self.trunks.handle_response(event, now.at);
            }
            Event::Progress { leg, .. }
            | Event::Answered { leg, .. }
            | Event::Failed { leg, .. }
            | Event::Confirmed { leg, .. }
            | Event::Offered { leg, .. }
            | Event::OfferAnswered { leg, .. }
            | Event::OfferRefused { leg, .. }
            | Event::Ended { leg, .. }
            | Event::Referred { leg, .. }
            | Event::Gone { leg }
            | Event::Request { leg: Some(leg), .. } => self.legs.get(leg).map(|seat| seat.session),
            Event::ReferTold { refer, .. }
            | Event::ReferClosed { refer }
            | Event::ReferAnswered { refer, .. }
            | Event::ReferNotified { refer, .. } => self.refers.get(refer).copied(),
            // The answer to an INFO or MESSAGE: nobody waits for it.
            Event::Response { .. } => None,
        };
        match &event {
            Event::Gone { leg } => drop(self.legs.remove(leg)),
            Event::ReferClosed { refer } => {
                self.refers.remove(refer);
                self.firewall.closed(*refer);
            }
            _ => {}
        }
        match owner {
            Some(session) => {
                let closed = match &event {
                    Event::ReferClosed { refer } => Some(*refer),
                    _ => None,
                };
                self.note_agent(&event);
                let mut referred = None;
                if let Event::Referred {
                    leg,
                    refer,
                    request,
                    flow,
                } = &event
                {
                    let Some(profile) = self.let_in(session, (*leg, *refer), request, flow, now)
                    else {
                        return;
                    };
                    referred = Some((*refer, profile));
                }
                let mut transferee = Vec::new();
                self.with_session(session, now, |session, _| {
                    if let Some((refer, profile)) = referred {
                        session.mind(refer, profile);
                    }
                    session.handle_sip(event, now);
                    if let Some((refer, _)) = referred {
                        transferee = session.transferee_legs(refer);
                    }
                });
                if let Some((refer, _)) = referred {
                    self.firewall.note_transferee(refer, transferee);
                }
                if let Some(refer) = closed {
                    self.passage_closed(refer, now);
                }
            }
            None => self.hear_orphan(event, now),
        }
    }

    /// What a called party says about itself.
    fn note_agent(&mut self, event: &Event) {
        if let Event::Answered { leg, response } = event
            && let Some(seat) = self.legs.get_mut(leg)
        {
            seat.party.looks_like = party::looks_like(&response.headers);
        }
    }

    /// Something about a leg whose session is gone already: nobody may be left hanging by it.
    fn hear_orphan(&mut self, event: Event, now: Now) {
        let headers = Headers::new();
        let answer = match event {
            Event::Referred { refer, .. } => Command::RefuseRefer {
                refer,
                code: 481,
                reason: None,
                headers,
            },
            Event::Offered { offer, .. } => Command::AnswerOffer {
                offer,
                outcome: Err(481),
            },
            Event::Request { transaction, .. } => Command::Respond {
                transaction,
                code: 481,
                reason: None,
                headers,
                body: None,
            },
            Event::Answered { leg, .. } => Command::Hangup { leg, headers },
            _ => return,
        };
        self.stack.handle_command(answer, now.at);
    }
}

/// How the utterances are cut that a recogniser gets.
fn cutting(asr: &Asr) -> media::unit::cutter::Cutting {
    media::unit::cutter::Cutting {
        rate_hz: asr.rate_hz,
        quiet_ms: asr.quiet_ms,
        longest_ms: asr.longest_s * 1_000,
        whole: matches!(asr.service, Some(Recogniser::Socket(_))),
    }
}
