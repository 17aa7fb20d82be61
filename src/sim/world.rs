//! One switchboard, its isolates, its phones and the network between them, in virtual time.
//!
//! A world goes from one moment at which something is due to the next; at one moment, what was
//! planned comes first, then what arrives, then turns of scripts, then deadlines. So the same seed and
//! the same plan print the same ladder.

mod deed;
mod hearing;
mod recognising;
mod replaces;
pub mod scripts;
mod seen;
mod setup;
mod shell;
mod sockets;
mod speaking;
mod strangers;
mod wire;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::disk::Disk;
use super::ears::{Ears, Heard};
use super::fingers::Fingers;
use super::invariants::{Watch, untold};
use super::net::Net;
use super::outside::{Outside, Told};
use super::phone::{self, Line, Manners, News, Owner, Phone};
use super::socket::Coming;
use super::sound::Sound;
use super::tape::Tapes;
use super::voices::Voices;
use crate::base::{Dice, Now, SessionId, SoundId};
use crate::journal::Journal;
use crate::media::{self, Clip, Graph};
use crate::script::Place;
use crate::script::command::Level;
use crate::session::Post;
use crate::session::record::CallRecord;
use crate::settings::Settings;
use crate::sip::ladder::Ladder;
use crate::sip::registrar::Stored;
use crate::sip::stack::Census;
use crate::sip::transport::{Flow, Target};
use crate::switchboard::{Count, Switchboard};

pub use deed::Deed;
use scripts::Scripts;
pub use scripts::{Slow, Stopwatch};
pub use setup::Setup;
pub use strangers::{Stranger, Strangers};

/// Where the switchboard lives in every world.
pub const SERVER: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 5060);

/// As ladders call it.
pub const SERVER_NAME: &str = "switchhook";

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
    /// Somebody wants samples of a leg's sound.
    is_monitored: bool,
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

impl World {
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

    /// Other settings, as they would be had the world begun with them; the stack's own stay.
    pub fn furnish(&mut self, settings: Settings) {
        self.board.set_settings(Arc::new(settings), self.now);
        self.settle();
    }

    /// Somebody's remark, for the ladder.
    pub fn remark(&mut self, who: &str, what: &str) {
        self.note(who, what);
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
            self.next_sample(),
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
                    self.outside.sockets().told(socket, &heard, now);
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
        if self.next_sample().is_some_and(|at| at <= now.at) {
            return self.sample(now.at);
        }
        let mut phones = self.phones.values_mut();
        let due = phones.find(|phone| phone.next_deadline().is_some_and(|at| at <= now.at));
        if let Some(phone) = due {
            phone.handle_timeout(now.at);
        }
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
}
