//! Which session a leg belongs to: the one machine that the shell and the simulator drive.
//!
//! It owns the SIP stack, the sessions and the registrar, in one task and without locks. Isolates live
//! elsewhere: a session's events go out as [`Output::Turn`], what its script asks comes back through
//! [`Switchboard::handle_turn`]. Nothing here ever waits for a script.

mod admission;
mod bury;
mod conference;
mod dial;
mod drain;
mod effect;
mod firewall;
mod foreknown;
mod hear;
mod hop;
mod opening;
mod output;
mod party;
mod passage;
mod reception;
mod refer;
mod referral;
mod reflection;
mod register;
mod replaces;
mod socket;
mod sound;
mod trunks;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use crate::base::{Dice, LegId, Now, SessionId};
use crate::journal::Scribe;
use crate::media::port::Stock;
use crate::scenario::Catalog;
use crate::script::{Reply, Turn};
use crate::session::{Errand, Session};
use crate::settings::Settings;
use crate::sip::auth::challenge::Challenger;
use crate::sip::registrar::{Registrar, Stored};
use crate::sip::stack::{self, QueryId, ReferId, Stack};
use crate::sip::transport::{Flow, Target};

use drain::Drain;
use firewall::Firewall;
pub use firewall::Rule;
pub use foreknown::Foreknown;
pub use hop::HOP;
pub use output::{Alive, Count, Output};
use party::Seat;
use passage::Passage;
use trunks::Trunks;

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
}
