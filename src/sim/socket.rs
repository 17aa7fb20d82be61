//! Servers for WebSockets in a world: they say and play what they were told to, and keep what they hear. Texts and
//! sound go through the same messages as outside of worlds.

mod ledgers;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::base::socket::{Close, Encoding, Heard, SocketUrl, Stream};
use crate::base::{Now, SoundId};
use crate::media::frame::FRAME_MS;
use crate::media::measure;
use crate::media::socket::ledger::{Passed, Way};
use crate::media::socket::{Inflow, Outflow, format};
use crate::media::unit::voice::Feed;
use crate::media::{Clip, Frame};
use crate::script::Place;
use crate::script::inquiry::wild;
use crate::session::SocketWish;
use crate::sim::clips;
use ledgers::Ledgers;

/// How long a handshake and a goodbye take.
const SHAKE: Duration = Duration::from_millis(20);
/// What is looked at of what is heard, and how long after its end.
const LATELY: Duration = Duration::from_millis(400);
const SILENT: Duration = Duration::from_millis(100);
const SILENCE_DBFS: f64 = -50.0;
/// A tone is one of those that are heard where it is no further below all that is heard.
const BELOW_DB: f64 = 10.0;

/// A server.
#[derive(Clone, Debug)]
pub struct Server {
    pub name: String,
    /// Whole, or without its query; `*` stands for any text.
    pub url: String,
    pub manner: Manner,
    /// What it hears comes back.
    pub echoes: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    Accepts,
    /// With this status.
    Refuses(u16),
    /// Nobody is there.
    Fails,
}

/// What a server does, in all its connections.
#[derive(Clone, Debug)]
pub enum Deed {
    Listen(Server),
    Say(String),
    Play {
        hz: u32,
        lasts: Duration,
        tag: Option<String>,
        encoding: Encoding,
    },
    Close {
        code: u16,
        reason: String,
    },
    /// The connections break.
    Break,
    /// It connects to the newest session.
    Visit {
        path: String,
    },
    /// It sends a request to the newest session.
    Ask {
        method: String,
        path: String,
        content: String,
    },
}

/// What comes to the program.
#[derive(Clone, Debug)]
pub enum Coming {
    Heard(SoundId, Heard),
    Feed(SoundId, Feed),
}

/// All of them, and who is connected.
#[derive(Default)]
pub struct Sockets {
    servers: Vec<(Server, Ear)>,
    talks: BTreeMap<SoundId, Talk>,
    /// Who wants to connect to a session, until that lets it in.
    visitor: Option<usize>,
    ledgers: Ledgers,
}

/// What a server has heard.
#[derive(Default)]
struct Ear {
    texts: Vec<String>,
    /// The `start` messages of streams.
    starts: Vec<String>,
    rate_hz: u32,
    sound: VecDeque<i16>,
    end: Option<Instant>,
    connections: usize,
}

/// A connection.
struct Talk {
    server: usize,
    open_at: Instant,
    /// The program's side.
    flows: HashMap<SoundId, Outflow>,
    inflow: Inflow,
    voices: HashMap<String, SoundId>,
    /// The server's side.
    theirs: Inflow,
}

impl Sockets {
    /// Its number.
    pub fn add(&mut self, server: Server) -> usize {
        self.servers.push((server, Ear::default()));
        self.servers.len() - 1
    }

    pub fn server(&mut self, number: usize) -> Option<&mut Server> {
        self.servers.get_mut(number).map(|(server, _)| server)
    }

    pub fn named(&self, name: &str) -> Option<usize> {
        self.servers
            .iter()
            .rposition(|(server, _)| server.name == name)
    }

    /// The texts that came to it, in order.
    pub fn texts(&self, number: usize) -> &[String] {
        self.servers.get(number).map_or(&[], |(_, ear)| &ear.texts)
    }

    /// The `start` messages of streams that came to it.
    pub fn starts(&self, number: usize) -> &[String] {
        self.servers.get(number).map_or(&[], |(_, ear)| &ear.starts)
    }

    /// Of its newest connection: the trace, and the figures as JSON; nothing of neither is kept unless the scenario wants it.
    pub fn kept(&self, number: usize) -> Option<(&str, &str)> {
        self.ledgers.of_server(number)
    }

    /// Nothing more can be written; `None`: it works again. What comes of it.
    pub fn set_fault(&mut self, fault: Option<String>) -> Vec<(SoundId, Heard)> {
        self.ledgers.set_fault(fault)
    }

    /// Its connections that are open, and how many there were.
    pub fn connections(&self, number: usize, now: Instant) -> (usize, usize) {
        let talks = self.talks.values();
        let open = talks.filter(|talk| talk.server == number && talk.open_at <= now);
        let ever = self
            .servers
            .get(number)
            .map_or(0, |(_, ear)| ear.connections);
        (open.count(), ever)
    }

    /// The level of this frequency in what it hears, in dBFS, where it is one of those that are heard.
    pub fn tone(&self, number: usize, hz: u32, now: Instant) -> Option<f64> {
        let (rate_hz, sound) = self.recent(number, now)?;
        let all = measure::dbfs(&sound);
        let level = measure::level_at(rate_hz, f64::from(hz), &sound);
        (all > SILENCE_DBFS && level > all - BELOW_DB).then_some(level)
    }

    /// What it hears, as a report tells it.
    pub fn tones(&self, number: usize, now: Instant) -> String {
        let peaks = self.recent(number, now);
        let peaks = peaks.map_or_else(Vec::new, |(rate_hz, sound)| measure::peaks(rate_hz, &sound));
        let peaks = peaks.iter().take(6);
        let peaks: Vec<_> = peaks
            .map(|peak| format!("{:.0} Hz at {:.0} dB", peak.hz, peak.dbfs))
            .collect();
        match peaks.is_empty() {
            true => "silence".to_string(),
            false => peaks.join(", "),
        }
    }

    fn recent(&self, number: usize, now: Instant) -> Option<(u32, Vec<i16>)> {
        let (_, ear) = self.servers.get(number)?;
        let fresh = ear.end.is_some_and(|end| now.duration_since(end) <= SILENT);
        (fresh && ear.sound.len() as u32 > ear.rate_hz / 10)
            .then(|| (ear.rate_hz, ear.sound.iter().copied().collect()))
    }

    /// What a session wants of a socket: a note for the ladder, a fault of the test where nobody is there for it, and what
    /// comes of it when.
    pub fn wish(
        &mut self,
        socket: SoundId,
        wish: SocketWish,
        now: Now,
    ) -> (Option<String>, Option<String>, Vec<(Duration, Coming)>) {
        let heard = |heard| vec![(SHAKE, Coming::Heard(socket, heard))];
        let new = match wish {
            SocketWish::Keep(title) => {
                let heard = self.ledgers.begin(socket, *title, now).into_iter();
                let heard = heard.map(|heard| (Duration::ZERO, Coming::Heard(socket, heard)));
                return (None, None, heard.collect());
            }
            SocketWish::Connect(new) => new,
            SocketWish::Accept => {
                let Some(server) = self.visitor.take() else {
                    return (None, None, Vec::new());
                };
                self.connected(socket, server, now);
                return (None, None, heard(Heard::Open {}));
            }
            wish => {
                let (note, coming) = self.talk(socket, wish, now);
                return (note, None, coming);
            }
        };
        let note = Some(format!("connects to {}", new.url));
        let Some(server) = self.server_for(&new.url) else {
            let fault = untended(&new.url, new.place.as_ref());
            return (
                note,
                Some(fault),
                refused(socket, &new.url, "there is nobody outside"),
            );
        };
        self.ledgers.meets(socket, server);
        let Some((found, _)) = self.servers.get(server) else {
            return (note, None, Vec::new());
        };
        match found.manner {
            Manner::Accepts => {}
            Manner::Refuses(code) => {
                let why = format!("the server answered {code}");
                return (note, None, refused(socket, &new.url, &why));
            }
            Manner::Fails => {
                return (note, None, refused(socket, &new.url, "nobody is there"));
            }
        }
        self.connected(socket, server, now);
        (note, None, heard(Heard::Open {}))
    }

    /// This server wants to connect to a session.
    pub fn visits(&mut self, server: usize) {
        self.visitor = Some(server);
    }

    fn connected(&mut self, socket: SoundId, server: usize, now: Now) {
        self.ledgers.meets(socket, server);
        self.ledgers.open(socket, now.after(SHAKE));
        if let Some((_, ear)) = self.servers.get_mut(server) {
            ear.connections += 1;
        }
        let talk = Talk {
            server,
            open_at: now.at + SHAKE,
            flows: HashMap::new(),
            inflow: Inflow::default(),
            voices: HashMap::new(),
            theirs: Inflow::default(),
        };
        self.talks.insert(socket, talk);
    }

    fn talk(
        &mut self,
        socket: SoundId,
        wish: SocketWish,
        now: Now,
    ) -> (Option<String>, Vec<(Duration, Coming)>) {
        let Some(talk) = self.talks.get_mut(&socket) else {
            return (None, Vec::new());
        };
        let Some((server, ear)) = self.servers.get_mut(talk.server) else {
            return (None, Vec::new());
        };
        let name = server.name.clone();
        let mut pass = |way: Way, passed: Passed| self.ledgers.pass(socket, way, passed, now);
        match wish {
            SocketWish::Keep(_) | SocketWish::Connect(_) | SocketWish::Accept => {}
            SocketWish::Send(text) => {
                pass(Way::Out, Passed::Text(&text));
                let note = format!("says to {name}: {text}");
                ear.texts.push(text);
                return (Some(note), Vec::new());
            }
            SocketWish::Start { outlet, stream } => {
                let note = format!("sends sound to {name}{}", tagged(&stream));
                let flow = Outflow::new(stream);
                let start = flow.start();
                pass(Way::Out, Passed::Stream(&start));
                if let Some(message) = format::read(&start) {
                    talk.theirs.take(message);
                }
                let back = match server.echoes {
                    true => talk.comes(socket, &start, pass),
                    false => None,
                };
                ear.starts.push(start);
                talk.flows.insert(outlet, flow);
                return (Some(note), at_once(back));
            }
            SocketWish::Stop { outlet } => {
                let Some(flow) = talk.flows.remove(&outlet) else {
                    return (None, Vec::new());
                };
                let stop = flow.stop();
                pass(Way::Out, Passed::Stream(&stop));
                let back = match server.echoes {
                    true => talk.comes(socket, &stop, pass),
                    false => None,
                };
                return (
                    Some(format!("sends no more sound to {name}")),
                    at_once(back),
                );
            }
            SocketWish::Tune { tag, voice } => drop(talk.voices.insert(tag, voice)),
            SocketWish::Close | SocketWish::Refuse => {
                let said = match wish {
                    SocketWish::Refuse => 1008,
                    _ => 1000,
                };
                let is_open = talk.open_at <= now.at;
                let close = Close {
                    code: if is_open { said } else { 1006 },
                    reason: String::new(),
                    clean: is_open,
                };
                if is_open {
                    let (code, reason) = (said, "");
                    pass(Way::Out, Passed::Close { code, reason });
                }
                self.talks.remove(&socket);
                let coming = Coming::Heard(socket, Heard::Closed(close));
                return (
                    Some(format!("closes the socket to {name}")),
                    vec![(SHAKE, coming)],
                );
            }
            SocketWish::Drop => {
                self.talks.remove(&socket);
                let close = Close::abnormal("the session is over");
                self.ledgers.close(socket, &close, now);
                return (Some(format!("leaves the socket to {name}")), Vec::new());
            }
        }
        (None, Vec::new())
    }

    /// A frame of an outlet on its way to its server; what comes back of it.
    pub fn hear(&mut self, outlet: SoundId, frame: &Frame, now: Now) -> Vec<Coming> {
        let mut back = Vec::new();
        let mut talks = self.talks.iter_mut();
        let talk = talks.find(|(_, talk)| talk.flows.contains_key(&outlet));
        let Some((socket, talk)) = talk.filter(|(_, talk)| talk.open_at <= now.at) else {
            return back;
        };
        let (Some(flow), Some((server, ear))) = (
            talk.flows.get_mut(&outlet),
            self.servers.get_mut(talk.server),
        ) else {
            return back;
        };
        flow.hear(frame);
        let mut said = Vec::new();
        let tag = flow.tag().map(str::to_string);
        while let Some(message) = flow.speak() {
            said.push(message);
        }
        let mut pass = |way: Way, passed: Passed| self.ledgers.pass(*socket, way, passed, now);
        for text in said {
            let (tag, bytes, ms) = (tag.as_deref(), text.len(), FRAME_MS.into());
            pass(Way::Out, Passed::Media { tag, bytes, ms });
            let message = format::read(&text).and_then(|message| talk.theirs.take(message));
            if let Some(Feed::Sound { clip, .. }) = message {
                ear.add(&clip, now.at);
            }
            if server.echoes {
                back.extend(talk.comes(*socket, &text, &mut pass));
            }
        }
        back
    }

    /// What a server does; what comes of it at once.
    pub fn act(&mut self, number: usize, deed: Deed, now: Now) -> Vec<Coming> {
        if let Deed::Listen(server) = deed {
            self.add(server);
            return Vec::new();
        }
        let mut coming = Vec::new();
        let mut over = Vec::new();
        let talks = self.talks.iter_mut();
        let talks = talks.filter(|(_, talk)| talk.server == number && talk.open_at <= now.at);
        for (socket, talk) in talks {
            let mut pass = |way: Way, passed: Passed| self.ledgers.pass(*socket, way, passed, now);
            match &deed {
                Deed::Listen(_) | Deed::Visit { .. } | Deed::Ask { .. } => {}
                Deed::Say(text) => coming.extend(talk.comes(*socket, text, pass)),
                Deed::Play {
                    hz,
                    lasts,
                    tag,
                    encoding,
                } => {
                    let stream = Stream {
                        tag: tag.clone(),
                        encoding: *encoding,
                        custom: None,
                    };
                    for text in played(stream, &clips::tone(*hz, *lasts)) {
                        coming.extend(talk.comes(*socket, &text, &mut pass));
                    }
                }
                Deed::Close { code, reason } => {
                    let close = Close {
                        code: *code,
                        reason: reason.clone(),
                        clean: true,
                    };
                    let (code, reason) = (*code, reason.as_str());
                    pass(Way::In, Passed::Close { code, reason });
                    coming.push(Coming::Heard(*socket, Heard::Closed(close)));
                    over.push(*socket);
                }
                Deed::Break => {
                    let why = "the connection broke".to_string();
                    coming.push(Coming::Heard(*socket, Heard::Failed { why: why.clone() }));
                    let close = Heard::Closed(Close::abnormal(why));
                    coming.push(Coming::Heard(*socket, close));
                    over.push(*socket);
                }
            }
        }
        self.talks.retain(|socket, _| !over.contains(socket));
        coming
    }

    /// What a session is about to hear of its socket.
    pub fn told(&mut self, socket: SoundId, heard: &Heard, now: Now) {
        self.ledgers.hear(socket, heard, now);
    }

    /// The newest that takes it.
    fn server_for(&self, url: &SocketUrl) -> Option<usize> {
        let whole = url.reveal();
        let (path, _) = whole.split_once(['?', '#']).unwrap_or((&whole, ""));
        self.servers.iter().rposition(|(server, _)| {
            let own = match SocketUrl::parse(&server.url) {
                Ok(url) => url.reveal(),
                Err(_) => server.url.clone(),
            };
            wild(&own, &whole) || (!own.contains('?') && wild(&own, path))
        })
    }
}

impl Talk {
    /// A message of the server's comes to the program, and passes on its way there.
    fn comes(
        &mut self,
        socket: SoundId,
        text: &str,
        mut pass: impl FnMut(Way, Passed),
    ) -> Option<Coming> {
        let Some(message) = format::read(text) else {
            pass(Way::In, Passed::Text(text));
            let text = text.to_string();
            return Some(Coming::Heard(socket, Heard::Text { text }));
        };
        let tag = message.tag().map(str::to_string);
        let is_media = matches!(message, format::Message::Media { .. });
        let voice = tag.as_ref().and_then(|tag| self.voices.get(tag)).copied();
        let feed = self.inflow.take(message);
        let bytes = text.len();
        let ms = feed.as_ref().map_or(0, Feed::ms);
        let tag = tag.as_deref();
        match is_media {
            true => pass(Way::In, Passed::Media { tag, bytes, ms }),
            false => pass(Way::In, Passed::Stream(text)),
        }
        Some(Coming::Feed(voice.unwrap_or(socket), feed?))
    }
}

impl Ear {
    fn add(&mut self, clip: &Clip, now: Instant) {
        let gap = self.end.is_none_or(|end| now.duration_since(end) > SILENT);
        if gap || self.rate_hz != clip.rate_hz() {
            self.sound.clear();
        }
        self.rate_hz = clip.rate_hz();
        self.sound.extend(clip.samples());
        let most = self.rate_hz as usize * LATELY.as_millis() as usize / 1_000;
        let over = self.sound.len().saturating_sub(most);
        self.sound.drain(..over);
        self.end = Some(now);
    }
}

/// The messages of a whole clip: agents send faster than it is heard.
fn played(stream: Stream, clip: &Clip) -> Vec<String> {
    let mut flow = Outflow::new(stream);
    let mut said = vec![flow.start()];
    let whole = crate::media::frame::samples_of(clip.rate_hz());
    for samples in clip.samples().chunks(whole) {
        flow.hear(&Frame::of(clip.rate_hz(), samples));
        while let Some(message) = flow.speak() {
            said.push(message);
        }
    }
    said.push(flow.stop());
    said
}

fn refused(socket: SoundId, url: &SocketUrl, why: &str) -> Vec<(Duration, Coming)> {
    let why = format!("{url}: {why}");
    let closed = Heard::Closed(Close::abnormal(why.clone()));
    let told = [Heard::Failed { why }, closed];
    told.map(|heard| (SHAKE, Coming::Heard(socket, heard)))
        .into()
}

fn untended(url: &SocketUrl, place: Option<&Place>) -> String {
    let place = place.map_or("a scenario".to_string(), ToString::to_string);
    let shown = url.to_string();
    let bare = shown.trim_end_matches("?…");
    format!("{place} connects to {shown}, and the test has nobody there: t.socket(\"{bare}\")")
}

fn at_once(coming: Option<Coming>) -> Vec<(Duration, Coming)> {
    coming
        .into_iter()
        .map(|coming| (Duration::ZERO, coming))
        .collect()
}

fn tagged(stream: &Stream) -> String {
    match &stream.tag {
        Some(tag) => format!(" tagged {tag}"),
        None => String::new(),
    }
}

impl std::fmt::Debug for Sockets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} servers for sockets", self.servers.len())
    }
}
