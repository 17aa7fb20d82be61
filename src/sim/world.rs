//! One switchboard, its isolates, its phones and the network between them, in virtual time.
//!
//! A world goes from one moment at which something is due to the next; at one moment, what was
//! planned comes first, then what arrives, then turns of scripts, then deadlines. So the same seed and
//! the same plan print the same ladder.

mod hearing;
mod recognising;
mod replaces;
pub mod scripts;
mod speaking;
mod strangers;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::alarm::Alarm;
use super::clips;
use super::disk::{Disk, Recording};
use super::ears::{Ears, Heard};
use super::fingers::Fingers;
use super::invariants::{Watch, untold};
use super::net::{Fate, Net, Packet, Weather, Wrong};
use super::outside::{Outside, Stub, Told};
use super::phone::{self, Line, Manners, News, Owner, Phone, Spelling, Wish};
use super::relay;
use super::socket::{self, Coming};
use super::sound::Sound;
use super::tape::Tapes;
use super::voices::{Utterance, Voices};
use crate::base::socket::{Refused, Visit};
use crate::base::{Dice, Now, SessionId, SoundId};
use crate::journal::Journal;
use crate::media::dtmf::Stroke;
use crate::media::{self, Clip, Graph, Port};
use crate::scenario::Catalog;
use crate::script::Place;
use crate::script::asr::Recognised;
use crate::script::command::Level;
use crate::script::marks::Ran;
use crate::script::unit;
use crate::session::Post;
use crate::session::record::CallRecord;
use crate::settings::Settings;
use crate::sip::ladder::Ladder;
use crate::sip::message::{Message, Method, Name, Uri, parse};
use crate::sip::registrar::Stored;
use crate::sip::stack::{self, Census};
use crate::sip::transport::{Flow, Listener, Target, Transport, host_address};
use crate::switchboard::{self, Alive, Count, Switchboard};

use scripts::Scripts;
pub use scripts::{Slow, Stopwatch};
pub use strangers::{Stranger, Strangers};

/// Where the switchboard lives in every world.
pub const SERVER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 5060);

/// As ladders call it.
pub const SERVER_NAME: &str = "switchhook";

/// How a world begins.
pub struct Setup {
    /// The first moment.
    pub start: Instant,
    pub seed: u64,
    pub settings: Settings,
    pub catalog: Catalog,
    pub weather: Weather,
    /// How long each turn of a script takes.
    pub think: Duration,
    /// How many RTP ports the switchboard has.
    pub ports: u16,
    /// The scripts call the target of a transfer as often as they like.
    pub dials_at_will: bool,
    /// For the time that turns of scripts take; without it nobody looks.
    pub stopwatch: Option<Stopwatch>,
}

/// Something that is planned for a moment.
#[derive(Clone, Debug)]
pub enum Deed {
    Wish {
        phone: String,
        wish: Wish,
    },
    /// The phone presses keys.
    Press {
        phone: String,
        strokes: Vec<Stroke>,
    },
    /// From now on the phone says this on its calls; `None`: nothing, and it sends no sound.
    Say {
        phone: String,
        utterance: Option<Utterance>,
    },
    Manners {
        phone: String,
        manners: Box<Manners>,
    },
    /// `phone` calls `to` in the place of the call of `whose`, with `with` where that is said (RFC 3891).
    TakeOver {
        phone: String,
        to: String,
        whose: String,
        with: Option<String>,
        /// `to` is a phone, and asked past the switchboard.
        directly: bool,
        spelling: Spelling,
    },
    /// `phone` calls another phone past the switchboard.
    CallDirectly {
        phone: String,
        other: String,
    },
    /// A REFER outside any dialog about the call of `whose`, or about none.
    ReferOutside {
        phone: String,
        to: String,
        whose: Option<String>,
    },
    /// From now on nothing reaches the phone and nothing leaves it.
    Vanish {
        phone: String,
    },
    /// From now on the phone's port is closed, and the sender learns it.
    SwitchOff {
        phone: String,
    },
    Reappear {
        phone: String,
    },
    /// From now on the phone is no phone: everything that comes is sent back to the switchboard.
    SendBack {
        phone: String,
    },
    /// A server for sockets does something, by its name.
    Socket {
        server: String,
        deed: socket::Deed,
    },
    /// A server outside answers from now on.
    Serve(Box<Stub>),
    /// The recogniser says this of an utterance, so long after its end.
    Understand {
        recognised: Recognised,
        after: Duration,
    },
    /// There is no recogniser.
    NobodyUnderstands,
    /// The storage has an entry, for a day.
    Store {
        key: String,
        value: String,
    },
    /// Nothing can be written from now on; `None`: again it can.
    Disk {
        fault: Option<String>,
    },
    Catalog(Box<Catalog>),
    Settings(Box<Settings>),
    Weather(Weather),
    Wrong(Wrong),
    /// Nothing goes wrong any more, and whoever has vanished is back.
    Calm,
    /// No new calls; running ones are ended after so long, where that is given.
    Drain {
        within: Option<Duration>,
    },
    ShutDown,
}

/// Everything, at one moment.
pub struct World {
    start: Instant,
    now: Now,
    board: Switchboard,
    scripts: Scripts,
    /// The session that began last.
    newest: Option<SessionId>,
    net: Net,
    phones: BTreeMap<String, Phone>,
    sound: Sound,
    /// What plays and mixes, in virtual time; phones send it what they are told to say.
    graph: Graph,
    voices: Voices,
    tapes: Tapes,
    fingers: Fingers,
    /// Units whose speech is recognised, and where scripts have asked for it.
    asked_to_recognise: BTreeMap<SoundId, Option<Place>>,
    /// What is found at a URL that a script plays.
    clips: BTreeMap<String, Clip>,
    /// Who sends everything back.
    relays: BTreeSet<SocketAddr>,
    ears: Ears,
    /// Something was said or done that may have changed who hears whom.
    changed: bool,
    plan: BTreeMap<(Instant, u64), Deed>,
    planned: u64,
    /// Answers of the transport that it could not deliver, on their way to the sender.
    undelivered: BTreeMap<(Instant, u64), Flow>,
    hosts: BTreeMap<String, Vec<Target>>,
    dice: Dice,
    watch: Watch,
    alarm: Alarm,
    ladder: Ladder,
    log: Vec<LogLine>,
    news: Vec<(Duration, String, News)>,
    records: Vec<CallRecord>,
    counts: Vec<Count>,
    posts: Vec<Post>,
    outside: Outside,
    disk: Disk,
    /// How many entries the storage may have.
    storage_entries: u32,
    journals: Vec<Journal>,
    bindings: BTreeMap<String, Vec<Stored>>,
    /// Who introduces whomever a script calls and nobody knows.
    strangers: Option<Box<dyn Strangers>>,
    faults: Vec<String>,
}

/// A line of a session's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub at: Duration,
    pub session: SessionId,
    pub level: Level,
    pub text: String,
}

impl Setup {
    /// A calm world.
    pub fn new(start: Instant, seed: u64, settings: Settings, catalog: Catalog) -> Setup {
        Setup {
            start,
            seed,
            settings,
            catalog,
            weather: Weather::CALM,
            think: Duration::ZERO,
            ports: 64,
            dials_at_will: false,
            stopwatch: None,
        }
    }
}

impl World {
    pub fn new(setup: Setup) -> World {
        let mut dice = Dice::from_seed(setup.seed);
        let listener = |transport| Listener {
            transport,
            bound: SERVER,
            advertised: SERVER,
        };
        let sip = stack::Settings {
            product: "switchhook".to_string(),
            listeners: vec![listener(Transport::Udp), listener(Transport::Tcp)],
            session_expires_s: setup.settings.limits.session_expires_s,
            min_se_s: setup.settings.limits.min_se_s,
            most_legs: 10_000,
        };
        let now = Now {
            at: setup.start,
            // 2025-01-01T00:00:00Z
            unix_ms: 1_735_689_600_000,
        };
        let storage_entries = setup.settings.limits.storage_entries;
        let scripts = Scripts::new(&setup.settings.limits, setup.think, setup.stopwatch);
        let (settings, catalog) = (Arc::new(setup.settings), Arc::new(setup.catalog));
        let mut board = Switchboard::new(settings, catalog, sip, dice.deal(), now);
        let ports = (0..setup.ports).map(|index| Port {
            rtp: 10_000 + 2 * index,
        });
        let stock = media::Event::Stock {
            ports: ports.collect(),
        };
        board.handle_media(stock, now);
        let mut world = World {
            start: setup.start,
            now,
            board,
            scripts,
            newest: None,
            net: Net::new(setup.weather, dice.deal()),
            phones: BTreeMap::new(),
            sound: Sound::new(SERVER.ip()),
            graph: Graph::new(Dice::from_seed(setup.seed)),
            voices: Voices::default(),
            tapes: Tapes::default(),
            fingers: Fingers::default(),
            asked_to_recognise: BTreeMap::new(),
            clips: BTreeMap::new(),
            relays: BTreeSet::new(),
            ears: Ears::default(),
            changed: false,
            plan: BTreeMap::new(),
            planned: 0,
            undelivered: BTreeMap::new(),
            hosts: BTreeMap::new(),
            dice,
            watch: Watch::default(),
            alarm: Alarm::set(),
            ladder: Ladder::new([(SERVER_NAME, SERVER)]),
            log: Vec::new(),
            news: Vec::new(),
            records: Vec::new(),
            counts: Vec::new(),
            posts: Vec::new(),
            outside: Outside::default(),
            disk: Disk::default(),
            storage_entries,
            journals: Vec::new(),
            bindings: BTreeMap::new(),
            strangers: None,
            faults: Vec::new(),
        };
        if setup.dials_at_will {
            world.watch.let_scripts_dial_at_will();
        }
        world.settle();
        world
    }

    pub fn add_phone(&mut self, owner: Owner, manners: Manners) {
        self.ladder.introduce(owner.name.clone(), owner.address);
        let name = owner.name.clone();
        let phone = Phone::new(owner, manners, self.dice.deal());
        self.phones.insert(name, phone);
    }

    /// What DNS says of a host name.
    pub fn add_host(&mut self, name: &str, targets: Vec<Target>) {
        self.hosts.insert(name.to_string(), targets);
    }

    /// What is found at a URL that a script plays.
    pub fn add_clip(&mut self, url: &str, clip: Clip) {
        self.clips.insert(url.to_string(), clip);
    }

    /// Plans a deed for a time after the start; what is planned for the past is done at once.
    pub fn plan(&mut self, at: Duration, deed: Deed) {
        self.planned += 1;
        self.plan.insert((self.start + at, self.planned), deed);
    }

    /// Does it now.
    pub fn act(&mut self, deed: Deed) {
        self.carry_out(deed);
        self.settle();
    }

    /// What recorders have written, in the order in which they have begun.
    pub fn recordings(&self) -> &[Recording] {
        self.disk.recordings()
    }

    /// Other settings, as they would be had the world begun with them; the stack's own stay.
    pub fn furnish(&mut self, settings: Settings) {
        self.board.set_settings(Arc::new(settings), self.now);
        self.settle();
    }

    /// Somebody's remark, for the ladder.
    pub fn remark(&mut self, who: &str, what: &str) {
        self.note(who, what);
    }

    /// Whether everything that was set off has been said: nothing is on the way, no script has a turn to take,
    /// and nothing is due at this very moment.
    pub fn is_settled(&self) -> bool {
        let nothing_due = self.next().is_none_or(|next| next > self.now.at);
        let nothing_flies = self.net.next_arrival().is_none() && self.undelivered.is_empty();
        let nobody_asks = !self.outside.is_asking();
        nothing_due && nothing_flies && nobody_asks && self.scripts.next_turn().is_none()
    }

    /// When something is due next, as time since the start.
    pub fn next_due(&self) -> Option<Duration> {
        self.next().map(|at| at.duration_since(self.start))
    }

    /// The time since the start.
    pub fn elapsed(&self) -> Duration {
        self.now.at.duration_since(self.start)
    }

    pub fn phone(&self, name: &str) -> Option<&Phone> {
        self.phones.get(name)
    }

    pub fn phones(&self) -> impl Iterator<Item = &Phone> {
        self.phones.values()
    }

    pub fn manners(&mut self, name: &str) -> Option<&mut Manners> {
        self.phones.get_mut(name).map(Phone::manners)
    }

    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// What the phones saw and did, with the time since the start and the phone's name.
    pub fn news(&self) -> &[(Duration, String, News)] {
        &self.news
    }

    pub fn records(&self) -> &[CallRecord] {
        &self.records
    }

    pub fn counts(&self) -> &[Count] {
        &self.counts
    }

    /// What was told to URLs: the URL as the log shows it, and the body.
    pub fn posts(&self) -> Vec<String> {
        let posts = self.posts.iter();
        posts
            .map(|post| format!("{} {}", post.hook, post.body))
            .collect()
    }

    /// Whom and what scripts reach outside.
    pub fn outside(&mut self) -> &mut Outside {
        &mut self.outside
    }

    /// What was asked of servers outside: method, URL and body.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.outside.asked().iter();
        asked
            .map(|asked| {
                let request = &asked.request;
                let (url, body) = (request.url.reveal(), request.body.text());
                format!("{} {url} {body}", request.method)
                    .trim_end()
                    .to_string()
            })
            .collect()
    }

    pub fn now(&self) -> Now {
        self.now
    }

    /// What was recorded of the sessions that are over.
    pub fn journals(&self) -> &[Journal] {
        &self.journals
    }

    /// What the registrar wants stored, by user.
    pub fn bindings(&self) -> &BTreeMap<String, Vec<Stored>> {
        &self.bindings
    }

    pub fn alive(&self) -> Alive {
        self.board.alive()
    }

    /// How often the spots of marked scenarios have run.
    pub fn ran(&self) -> Ran {
        self.scripts.ran()
    }

    /// The names of the scenarios that sessions have run.
    pub fn used(&self) -> &BTreeSet<String> {
        self.scripts.used()
    }

    /// The turns that took longest, by the stopwatch.
    pub fn slow_turns(&self) -> &[Slow] {
        self.scripts.slow()
    }

    pub fn is_quiet(&self) -> bool {
        self.board.is_quiet()
    }

    /// Goes on to the next moment at which something is due; `false` where nothing ever is.
    pub fn step(&mut self) -> bool {
        let Some(next) = self.next() else {
            return false;
        };
        self.now = self.now.after(next.saturating_duration_since(self.now.at));
        self.happen();
        self.settle();
        true
    }

    /// Until a time after the start; later things stay due.
    pub fn run_until(&mut self, until: Duration) {
        let until = self.start + until;
        while self.next().is_some_and(|next| next <= until) {
            self.step();
        }
        self.now = self.now.after(until.saturating_duration_since(self.now.at));
    }

    /// Until nothing is due any more, or the time after the start has come. Says whether it is quiet.
    pub fn run_until_quiet(&mut self, until: Duration) -> bool {
        self.run_until(until);
        self.next().is_none()
    }

    /// How many packets have been sent so far.
    pub fn packets(&self) -> u32 {
        u32::try_from(self.net.sent()).unwrap_or(u32::MAX)
    }

    /// What went wrong so far.
    pub fn take_faults(&mut self) -> Vec<String> {
        std::mem::take(&mut self.faults)
    }

    /// What went wrong, where everything should be over now.
    pub fn finish(&mut self) -> Vec<String> {
        let owed = self.watch.finish(self.board.alive());
        self.faults.extend(untold(&self.posts));
        self.faults.extend_from_slice(self.outside.unstubbed());
        self.faults.extend(owed);
        let open = self.disk.open_files();
        if open > 0 {
            self.faults
                .push(format!("{open} recordings are still open"));
        }
        if self.scripts.left() > 0 {
            self.faults
                .push(format!("{} isolates are left", self.scripts.left()));
        }
        for phone in self
            .phones
            .values()
            .filter(|phone| phone.lines().next().is_none())
        {
            let left = phone.census();
            if left != Census::default() {
                let name = &phone.owner().name;
                self.faults
                    .push(format!("something is left at {name}: {left:?}"));
            }
        }
        if !self.sound.is_empty() {
            self.faults
                .push(format!("{} ports are left open", self.sound.len()));
        }
        self.take_faults()
    }

    fn next(&self) -> Option<Instant> {
        let plan = self.plan.keys().next().map(|(at, _)| *at);
        let undelivered = self.undelivered.keys().next().map(|(at, _)| *at);
        let phones = self.phones.values().filter_map(Phone::next_deadline).min();
        let due = [
            plan,
            undelivered,
            self.net.next_arrival(),
            self.scripts.next_turn(),
            self.outside.next_due(),
            self.board.next_deadline(),
            self.graph.next_tick(),
            self.graph.next_silence(),
            self.fingers.next_due(),
            self.voices.next_due(),
            phones,
        ];
        due.into_iter()
            .flatten()
            .min()
            .map(|at| at.max(self.now.at))
    }

    /// One thing that is due now.
    fn happen(&mut self) {
        let now = self.now;
        if let Some(deed) = self
            .plan
            .first_entry()
            .filter(|deed| deed.key().0 <= now.at)
        {
            let deed = deed.remove();
            return self.carry_out(deed);
        }
        if let Some(packet) = self.net.arrive(now.at) {
            return self.arrive(packet);
        }
        if let Some(flow) = self
            .undelivered
            .first_entry()
            .filter(|flow| flow.key().0 <= now.at)
        {
            let flow = flow.remove();
            return match flow.local == SERVER {
                true => self.board.handle_unreachable(flow, now),
                false => {
                    self.with_phone_at(flow.local, |phone| phone.handle_unreachable(&flow, now.at))
                }
            };
        }
        if let Some((session, turn)) = self.scripts.turn(now) {
            self.introduce(&turn.commands);
            return self.board.handle_turn(session, turn, now);
        }
        if let Some(told) = self.outside.take_due(now.at) {
            if let Some(note) = told.note() {
                self.note(SERVER_NAME, &note);
            }
            return match told {
                Told::Reply {
                    session,
                    inquiry,
                    reply,
                } => self.board.handle_reply(session, inquiry, reply, now),
                Told::Clip { unit, clip } => self.board.handle_clip(unit, clip, now),
                Told::Recognised { unit, recognised } => self.recognised(unit, recognised),
                Told::Socket(Coming::Heard(socket, heard)) => {
                    self.board.handle_socket(socket, heard, now);
                }
                Told::Socket(Coming::Feed(unit, feed)) => {
                    let order = media::Order::Voice(feed);
                    let steer = media::Command::Steer { unit, order };
                    self.graph.handle_command(steer, now.at);
                }
            };
        }
        if self.board.next_deadline().is_some_and(|at| at <= now.at) {
            return self.board.handle_timeout(now);
        }
        if let Some((leg, from, packet)) = self.fingers.take_due(now.at) {
            return self.sound_in(leg, from, packet);
        }
        if let Some(phone) = self.voices.due(now.at) {
            return self.speak(&phone);
        }
        let tick = [self.graph.next_tick(), self.graph.next_silence()];
        if tick.into_iter().flatten().any(|at| at <= now.at) {
            self.graph.handle_timeout(now.at);
            return self.sound_out();
        }
        let mut phones = self.phones.values_mut();
        let due = phones.find(|phone| phone.next_deadline().is_some_and(|at| at <= now.at));
        if let Some(phone) = due {
            phone.handle_timeout(now.at);
        }
    }

    fn arrive(&mut self, packet: Packet) {
        let now = self.now;
        let Packet { flow, bytes } = packet;
        if flow.local == SERVER {
            self.watch.received(&flow, &bytes);
            return self.board.handle_message(flow, bytes, now);
        }
        if self.relays.contains(&flow.local) {
            if let Some((flow, bytes)) = relay::send_back(flow.local, flow, bytes) {
                self.transmit(flow, bytes);
            }
            return;
        }
        self.with_phone_at(flow.local, |phone| {
            phone.handle_message(flow, bytes, now.at)
        });
    }

    fn with_phone_at(&mut self, address: SocketAddr, step: impl FnOnce(&mut Phone)) {
        let mut phones = self.phones.values_mut();
        if let Some(phone) = phones.find(|phone| phone.owner().address == address) {
            step(phone);
        }
    }

    fn carry_out(&mut self, deed: Deed) {
        let now = self.now;
        let address = |phones: &BTreeMap<String, Phone>, phone: &str| {
            phones.get(phone).map(|phone| phone.owner().address)
        };
        match deed {
            Deed::Wish { phone, wish } => {
                if let Some(phone) = self.phones.get_mut(&phone) {
                    phone.handle_wish(wish, now.at);
                }
            }
            Deed::TakeOver {
                phone,
                to,
                whose,
                with,
                directly,
                spelling,
            } => {
                let at = address(&self.phones, &to).filter(|_| directly);
                let other = self.phones.get(&whose);
                let ids = other.and_then(|other| other.dialog(with.as_deref()));
                match ids.map(Box::new) {
                    Some(ids) => {
                        let wish = Wish::TakeOver {
                            to,
                            at,
                            ids,
                            spelling,
                        };
                        self.carry_out(Deed::Wish { phone, wish });
                    }
                    None => self.note(&phone, &format!("finds no call of {whose} to take over")),
                }
            }
            Deed::CallDirectly { phone, other } => {
                if let Some(owner) = self.phones.get(&other).map(Phone::owner) {
                    let (user, address) = (owner.user.clone(), owner.address);
                    let wish = Wish::CallDirectly { user, address };
                    self.carry_out(Deed::Wish { phone, wish });
                }
            }
            Deed::ReferOutside { phone, to, whose } => {
                let about = whose.and_then(|whose| self.phones.get(&whose)?.dialog(None));
                if let Some(phone) = self.phones.get_mut(&phone) {
                    phone.refer_outside(&to, about.as_ref(), self.now.at);
                }
            }
            Deed::Press { phone, strokes } => {
                if self.press(&phone, &strokes) == 0 {
                    self.note(&phone, "has no call that takes keys");
                }
            }
            Deed::Say { phone, utterance } => self.tell_to_say(&phone, utterance),
            Deed::Manners { phone, manners } => {
                if let Some(phone) = self.phones.get_mut(&phone) {
                    phone.set_manners(*manners);
                }
            }
            Deed::Vanish { phone } => {
                if let Some(address) = address(&self.phones, &phone) {
                    self.net.vanish(address);
                    self.note(&phone, "vanishes");
                }
            }
            Deed::SwitchOff { phone } => {
                if let Some(address) = address(&self.phones, &phone) {
                    self.net.close(address);
                    self.note(&phone, "is switched off");
                }
            }
            Deed::Reappear { phone } => {
                if let Some(address) = address(&self.phones, &phone) {
                    self.net.reappear(address);
                    self.note(&phone, "is back");
                }
            }
            Deed::SendBack { phone } => {
                self.relays.extend(address(&self.phones, &phone));
            }
            Deed::Understand { recognised, after } => {
                self.outside.recogniser().add(recognised, after);
            }
            Deed::NobodyUnderstands => self.outside.recogniser().be_absent(),
            Deed::Socket { server, deed } => self.act_socket(&server, None, deed),
            Deed::Serve(stub) => {
                self.outside.add(*stub);
            }
            Deed::Store { key, value } => self.outside.store(key, value, 86_400, now),
            Deed::Disk { fault } => {
                for (unit, news) in self.disk.set_fault(fault) {
                    self.board.handle_recording(unit, news, now);
                }
            }
            Deed::Catalog(catalog) => {
                self.board.set_catalog(Arc::from(catalog));
                self.note(SERVER_NAME, "has new scenarios");
            }
            Deed::Settings(settings) => {
                self.storage_entries = settings.limits.storage_entries;
                self.board.set_settings(Arc::from(settings), now);
                self.note(SERVER_NAME, "has new settings");
            }
            Deed::Weather(weather) => self.net.set_weather(weather),
            Deed::Wrong(wrong) => self.net.expect_wrong(wrong),
            Deed::Calm => self.net.calm(),
            Deed::Drain { within } => {
                self.note(SERVER_NAME, "drains");
                self.board.drain(within.map(|within| now.at + within), now);
            }
            Deed::ShutDown => {
                self.note(SERVER_NAME, "shuts down");
                self.board.shut_down(now);
            }
        }
    }

    /// A server for sockets does something, at once.
    pub fn act_as_server(&mut self, number: usize, deed: socket::Deed) {
        let name = self.outside.sockets().server(number);
        let name = name.map_or(String::new(), |server| server.name.clone());
        self.act_socket(&name, Some(number), deed);
        self.settle();
    }

    fn act_socket(&mut self, server: &str, known: Option<usize>, deed: socket::Deed) {
        let known = known.or_else(|| self.outside.sockets().named(server));
        if let socket::Deed::Visit { path } = deed {
            return self.visit(server, known.unwrap_or(0), path);
        }
        if !matches!(deed, socket::Deed::Listen(_)) {
            let did = match &deed {
                socket::Deed::Play { hz, lasts, .. } => {
                    format!("plays {:.1} s of {hz} Hz", lasts.as_secs_f64())
                }
                socket::Deed::Say(text) => format!("says {text}"),
                socket::Deed::Close { code, .. } => format!("closes with {code}"),
                socket::Deed::Break | socket::Deed::Listen(_) | socket::Deed::Visit { .. } => {
                    "breaks".to_string()
                }
            };
            self.note(server, &did);
        }
        self.outside
            .act_socket(known.unwrap_or(0), deed, self.now.at);
    }

    /// A server connects to the newest session.
    fn visit(&mut self, name: &str, server: usize, path: String) {
        self.outside.sockets().visits(server);
        let headers = vec![("host".to_string(), "pbx.example".to_string())];
        let visit = Visit {
            path: path.clone(),
            headers,
        };
        let session = self.newest.ok_or(Refused::Gone);
        let outcome = session.and_then(|session| self.board.handle_visit(session, visit, self.now));
        let answer = match outcome {
            Ok(_) => "101",
            Err(Refused::Gone) => "404",
            Err(Refused::Forbidden) => "403",
            Err(Refused::Full) => "503",
        };
        self.note(name, &format!("asks for {path}: {answer}"));
    }

    fn note(&mut self, who: &str, what: &str) {
        let at = self.elapsed();
        self.ladder.note(at, who, what);
    }

    /// Takes everybody's outputs until there are none, then looks at what came of it.
    fn settle(&mut self) {
        loop {
            while let Some(output) = self.board.poll() {
                self.take(output);
            }
            let mut spoken = VecDeque::new();
            for (name, phone) in &mut self.phones {
                while let Some(output) = phone.poll() {
                    spoken.push_back((name.clone(), output));
                }
            }
            if spoken.is_empty() {
                break;
            }
            for (name, output) in spoken {
                self.take_from_phone(name, output);
            }
        }
        self.hear_first_packets();
        if std::mem::take(&mut self.changed) {
            self.voices.wake(self.now.at);
            self.listen();
        }
        for fault in self.watch.take_faults() {
            self.note(SERVER_NAME, &format!("fault: {fault}"));
            self.faults.push(fault);
        }
        let cries = self.alarm.take();
        self.faults
            .extend(cries.into_iter().map(|cry| format!("error!: {cry}")));
    }

    fn hear_first_packets(&mut self) {
        let lines = self.phones.values().flat_map(Phone::lines);
        let voices: Vec<_> = lines.filter_map(Line::voice).collect();
        for leg in self.sound.first_packets(&voices) {
            self.board
                .handle_media(media::Event::FirstPacket { leg }, self.now);
            while let Some(output) = self.board.poll() {
                self.take(output);
            }
        }
    }

    fn listen(&mut self) {
        let lines = self.phones.iter().flat_map(|(name, phone)| {
            let lines = phone.lines().filter(|line| line.is_talking());
            lines.filter_map(move |line| {
                let voice = line.voice()?;
                let waits = voice.receives && !phone.gives_away(line.leg);
                Some(((name.clone(), line.leg), voice, waits))
            })
        });
        let lines: Vec<_> = lines.collect();
        let calls = lines.iter().map(|(line, voice, waits)| {
            let mut others = lines.iter().filter(|(other, _, _)| other != line);
            let speaker = others.find(|(_, other, _)| self.reaches(voice, other));
            Heard {
                line: line.clone(),
                waits: *waits,
                sends: voice.sends,
                speaker: speaker.map(|(speaker, _, _)| speaker.clone()),
            }
        });
        let calls: Vec<_> = calls.collect();
        self.ears.listen(self.now.at, &calls);
    }

    fn take(&mut self, output: switchboard::Output) {
        match output {
            switchboard::Output::Transmit { flow, bytes } => {
                self.watch.sent(&flow, &bytes);
                self.transmit(flow, bytes);
            }
            switchboard::Output::Resolve { query, uri } => {
                let targets = self.resolve(&uri);
                self.board.handle_resolved(query, targets, self.now);
            }
            switchboard::Output::OpenIsolate {
                session,
                program,
                seed,
            } => {
                self.newest = Some(session);
                self.scripts.open(session, program, seed);
            }
            switchboard::Output::Turn { session, event } => {
                self.scripts.tell(session, event, self.now.at);
            }
            switchboard::Output::CloseIsolate { session } => self.scripts.close(session),
            switchboard::Output::Media(command) => {
                self.changed = true;
                self.graph.handle_command(command.clone(), self.now.at);
                self.sound.handle(command);
            }
            switchboard::Output::Fetch {
                unit,
                source,
                place,
                ..
            } => {
                if let unit::Source::Url(request) = &source {
                    let when = (self.now, self.elapsed());
                    if let Some(note) = self.outside.bring(unit, request, when) {
                        return self.note(SERVER_NAME, &note);
                    }
                }
                let clip = clips::bring(&self.clips, &source);
                if let (Err(_), unit::Source::Url(request)) = (&clip, &source) {
                    self.outside.miss_sound(&request.url, place);
                }
                self.board.handle_clip(unit, clip, self.now);
            }
            switchboard::Output::Recording {
                unit,
                wish,
                settings,
            } => {
                let news = self.disk.handle(unit, wish, &settings.recordings);
                if let Some(news) = news {
                    self.board.handle_recording(unit, news, self.now);
                }
            }
            switchboard::Output::Recognise { unit, asr, .. } => self.recognise(unit, *asr),
            switchboard::Output::Socket { socket, wish, .. } => {
                if let Some(note) = self.outside.wish(socket, wish, self.now.at) {
                    self.note(SERVER_NAME, &note);
                }
            }
            switchboard::Output::Log {
                session,
                level,
                text,
            } => {
                let mark = match level {
                    Level::Info => "log",
                    Level::Warning => "warning",
                    Level::Error => "error",
                };
                self.note(
                    SERVER_NAME,
                    &format!("{mark}: {}", text.replace('\n', " ⏎ ")),
                );
                let at = self.elapsed();
                self.log.push(LogLine {
                    at,
                    session,
                    level,
                    text,
                });
            }
            switchboard::Output::Record(record) => self.records.push(*record),
            switchboard::Output::Bindings { user, bindings } => {
                self.bindings.insert(user, bindings);
            }
            switchboard::Output::Post { post, .. } => {
                let body = brief(&post.body);
                self.note(SERVER_NAME, &format!("posts to {}: {body}", post.hook));
                self.outside.hear_post(&post, self.elapsed());
                self.posts.push(post);
            }
            switchboard::Output::Inquire {
                session,
                inquiry,
                what,
                place,
                ..
            } => {
                let (room, when) = (self.storage_entries, (self.now, self.elapsed()));
                let asker = (session, inquiry);
                let note = self.outside.inquire(asker, what, place, room, when);
                self.note(SERVER_NAME, &note);
            }
            switchboard::Output::Count(count) => self.counts.push(count),
            switchboard::Output::Journal(journal) => self.journals.push(*journal),
        }
    }

    fn take_from_phone(&mut self, name: String, output: phone::Output) {
        match output {
            phone::Output::Transmit { flow, bytes } => self.transmit(flow, bytes),
            phone::Output::Resolve { query, uri } => {
                let targets = self.resolve(&uri);
                let now = self.now.at;
                if let Some(phone) = self.phones.get_mut(&name) {
                    phone.handle_resolved(query, targets, now);
                }
            }
            phone::Output::News(news) => {
                self.changed = true;
                let at = self.elapsed();
                self.news.push((at, name, news));
            }
        }
    }

    fn transmit(&mut self, flow: Flow, bytes: Bytes) {
        let fate = self.net.send(
            Packet {
                flow,
                bytes: bytes.clone(),
            },
            self.now.at,
        );
        let remark = match fate {
            Fate::Arrives => "",
            Fate::Lost => "lost",
            Fate::Doubled => "doubled",
            Fate::Late => "late",
            Fate::Vanished => "vanished",
            Fate::Refused => {
                self.planned += 1;
                let back = self.now.at + Duration::from_millis(20);
                self.undelivered.insert((back, self.planned), flow);
                "refused"
            }
        };
        let at = self.elapsed();
        match parse(bytes) {
            Ok(message) => {
                self.changed |= match &message {
                    Message::Request(request) => !request.body.is_empty(),
                    Message::Response(response) => !response.body.is_empty(),
                };
                let mut remarks = told_besides(&message);
                remarks.extend(replaces::said_in(&message).map(|said| self.call_named_by(&said)));
                remarks.extend((!remark.is_empty()).then(|| remark.to_string()));
                let remark = remarks.join(" · ");
                self.ladder
                    .message_with(at, flow.local, flow.remote, &message, &remark);
            }
            Err(malformed) => self.faults.push(format!(
                "{} sent what cannot be read: {malformed}",
                flow.local
            )),
        }
    }

    /// Numeric hosts are where they say; others are in [`World::add_host`]'s list or nowhere.
    fn resolve(&self, uri: &Uri) -> Vec<Target> {
        let Some(uri) = uri.as_sip() else {
            return Vec::new();
        };
        let transport = match uri.params.value("transport") {
            Some(transport) if transport.eq_ignore_ascii_case("tcp") => Transport::Tcp,
            _ => Transport::Udp,
        };
        match host_address(&uri.host) {
            Some(ip) => vec![Target {
                transport,
                remote: SocketAddr::new(ip, uri.port.unwrap_or(5060)),
            }],
            None => self.hosts.get(&uri.host).cloned().unwrap_or_default(),
        }
    }
}

/// What a story wants to see of a message besides what every ladder shows: hold, and what an INVITE
/// brings along.
fn told_besides(message: &Message) -> Vec<String> {
    let mut told: Vec<String> = offers_hold(message)
        .map(str::to_string)
        .into_iter()
        .collect();
    if let Message::Request(request) = message
        && request.method == Method::Invite
    {
        let fields = request.headers.iter().filter(|field| {
            let name = field.name.as_bytes();
            field.name == Name::ReferredBy
                || name.get(..2).is_some_and(|x| x.eq_ignore_ascii_case(b"x-"))
        });
        told.extend(fields.map(|field| {
            let (name, value) = (field.name.as_bytes(), &field.value);
            format!(
                "{}: {}",
                String::from_utf8_lossy(name),
                String::from_utf8_lossy(value)
            )
        }));
    }
    told
}

/// A JSON object without what is the same in all of a story, and without what is empty.
fn brief(body: &str) -> String {
    let value = serde_json::from_str(body).unwrap_or(serde_json::Value::Null);
    let fields = value.as_object().into_iter().flatten();
    let told = fields.filter(|(name, value)| {
        !value.is_null() && !["event", "session", "call"].contains(&name.as_str())
    });
    let told: Vec<_> = told
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    told.join(", ")
}

/// What a description says besides `sendrecv`.
fn offers_hold(message: &Message) -> Option<&'static str> {
    let body = match message {
        Message::Request(request) => &request.body,
        Message::Response(response) => &response.body,
    };
    let directions = ["sendonly", "recvonly", "inactive"];
    let lines: Vec<&[u8]> = body.split(|byte| matches!(byte, b'\r' | b'\n')).collect();
    directions.into_iter().find(|direction| {
        let line = format!("a={direction}");
        lines.contains(&line.as_bytes())
    })
}
