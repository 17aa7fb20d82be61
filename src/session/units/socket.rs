//! WebSockets: texts and sound between a script and a server.
//!
//! ```text
//!                ┌─ texts ────────────────▶ script
//!  server ▸ task ┤
//!                └─ sound ▸ voice, one for each tag that is listened to ▸ whoever hears it
//!  whoever is heard ▸ outlet, one for each stream ▸ task ▸ server
//! ```

use std::collections::BTreeMap;

use super::{Kind, Owner, Unit};
use crate::base::socket::{Heard, Keep, Kept, Stream, Title, Visit};
use crate::base::{Now, SoundId, UnitId};
use crate::media;
use crate::media::unit::voice;
use crate::script::command::Level;
use crate::script::event::Visited;
use crate::script::socket::{NewSocket, SocketNews, SocketOrder};
use crate::script::unit::{Node, UnitNews};
use crate::session::{Effect, Session};

/// Streams of a socket that go out at a time, and tags with a voice of their own.
const MOST_STREAMS: usize = 16;

/// A socket as its session keeps it.
#[derive(Debug, Default)]
pub struct Socket {
    is_open: bool,
    /// Who has come in and is not there yet.
    visit: Option<Visit>,
    /// Where what is kept of it can be had, for who has come in.
    filed: Option<SocketNews>,
    /// What goes out, by the unit that takes it.
    streams: BTreeMap<UnitId, (Node, Stream)>,
    /// Who plays a tag that has its own listeners.
    voices: BTreeMap<String, UnitId>,
}

impl Socket {
    /// One that comes in from outside.
    pub(super) fn awaited(visit: Visit) -> Socket {
        Socket {
            visit: Some(visit),
            ..Socket::default()
        }
    }
}

/// What the shell does with a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// So much is to be kept of it; said before the next of these.
    Keep(Box<Title>),
    Connect(Box<NewSocket>),
    /// It comes in from outside.
    Accept,
    Send(String),
    /// What this unit takes goes out from now on.
    Start {
        outlet: SoundId,
        stream: Stream,
    },
    Stop {
        outlet: SoundId,
    },
    /// Sound of this tag is for that voice.
    Tune {
        tag: String,
        voice: SoundId,
    },
    /// The script has had enough.
    Close,
    /// The script has never heard of it: 1008.
    Refuse,
    /// Nobody is there any more to hear of it.
    Drop,
}

impl Session {
    pub(super) fn create_socket(&mut self, id: UnitId, new: NewSocket) {
        let kinds = self.units.live.values();
        let sockets = kinds.filter(|unit| matches!(unit.kind, Kind::Socket(_)));
        let most = self.limits.sockets;
        if sockets.count() >= most as usize {
            let reason = format!("a session may have {most} sockets: limits.sockets");
            return self.never_connected(id, reason);
        }
        self.log(Level::Info, format!("{id} connects to {}", new.url));
        let kind = Kind::Socket(Socket::default());
        let owner = Owner::Script;
        self.units.live.insert(id, Unit { owner, kind });
        self.create_voice(id);
        let keep = self.may_keep(id, new.keep);
        match keep.is_wanted() {
            true => {
                let target = new.url.to_string();
                let mut title = Title::new(keep, false, target, &new.headers.0);
                title.protocols = new.protocols.clone();
                self.wish(id, Wish::Keep(Box::new(title)));
            }
            // Else it is told with its links.
            false => self.tell_socket(id, SocketNews::created()),
        }
        self.wish(id, Wish::Connect(Box::new(new)));
    }

    /// Of sockets that come in this is kept from now on, or no more.
    pub(in crate::session) fn keep_of_visits(&mut self, what: Kept, on: bool) {
        match what {
            Kept::Statistics => self.keep_of_visits.statistics = on,
            Kept::Trace => self.keep_of_visits.trace = on,
        }
    }

    /// What may be kept of what is wanted.
    pub(super) fn may_keep(&mut self, id: UnitId, wanted: Keep) -> Keep {
        let no_room = wanted.trace && self.limits.socket_trace_kb == 0;
        if no_room {
            let text = format!("{id} is not traced: limits.socketTraceKb is 0");
            self.log(Level::Warning, text);
        }
        Keep {
            trace: wanted.trace && !no_room,
            ..wanted
        }
    }

    fn never_connected(&mut self, id: UnitId, reason: String) {
        self.log(Level::Warning, format!("{id}: {reason}"));
        let error = SocketNews::Error {
            reason: reason.clone(),
        };
        self.tell_socket(id, error);
        let close = SocketNews::Close {
            code: 1008,
            reason,
            clean: false,
        };
        self.tell_socket(id, close);
    }

    pub(super) fn create_voice(&mut self, id: UnitId) {
        let most_ms = self.limits.socket_buffer_s.saturating_mul(1_000);
        let unit = self.sound_of_unit(id);
        let what = media::NewUnit::Voice { most_ms };
        self.sound(media::Command::Create { unit, what });
    }

    pub(super) fn steer_socket(&mut self, id: UnitId, order: SocketOrder) {
        let Some(socket) = self.socket(id) else {
            return;
        };
        match order {
            SocketOrder::Send { text } if socket.is_open => self.wish(id, Wish::Send(text)),
            // Before the script knew that it is over.
            SocketOrder::Send { .. } => {}
            SocketOrder::Close => self.wish(id, Wish::Close),
            SocketOrder::Refuse => {
                let text = format!("{id} is refused: nobody listens to AppEvents.WebSocket");
                self.log(Level::Warning, text);
                self.wish(id, Wish::Refuse);
            }
            SocketOrder::Clear { tag } => {
                let own = tag.as_ref().and_then(|tag| socket.voices.get(tag)).copied();
                let voices = match (&tag, own) {
                    (Some(_), Some(voice)) => vec![(voice, None)],
                    (Some(_), None) => vec![(id, tag)],
                    (None, _) => {
                        let voices = socket.voices.values().copied().chain([id]);
                        voices.map(|voice| (voice, None)).collect()
                    }
                };
                for (voice, tag) in voices {
                    let unit = self.sound_of_unit(voice);
                    let order = media::Order::Voice(voice::Feed::Clear { tag });
                    self.sound(media::Command::Steer { unit, order });
                }
            }
        }
    }

    /// `to` hears `from`, one of which is a socket.
    pub(in crate::session) fn send_media(
        &mut self,
        from: Node,
        to: Node,
        stream: Stream,
        now: Now,
    ) {
        if let Some(socket) = self.as_socket(to) {
            return self.start_stream(from, socket, stream, now);
        }
        let Some(socket) = self.as_socket(from) else {
            return self.link(from, to, now);
        };
        match stream.tag {
            None => self.link(socket, to, now),
            Some(tag) => {
                if let Some(voice) = self.voice_of(socket, tag) {
                    self.link(voice, to, now);
                }
            }
        }
    }

    /// The end of it; without a tag, of all that goes from the one to the other.
    pub(in crate::session) fn stop_media(&mut self, from: Node, to: Node, tag: Option<String>) {
        if let Some(id) = self.as_socket(to) {
            let streams = self.socket(id).map(|socket| socket.streams.clone());
            for (outlet, (source, stream)) in streams.unwrap_or_default() {
                if source == from && (tag.is_none() || tag == stream.tag) {
                    self.end_stream(outlet);
                }
            }
        } else if let Some(id) = self.as_socket(from) {
            let voices = self.socket(id).map(|socket| socket.voices.clone());
            for (of, voice) in voices.unwrap_or_default() {
                if tag.as_ref().is_none_or(|tag| *tag == of) {
                    self.unlink(voice.into(), to);
                }
            }
            if tag.is_none() {
                self.unlink(from, to);
            }
        } else {
            self.unlink(from, to);
        }
    }

    fn start_stream(&mut self, from: Node, id: UnitId, stream: Stream, now: Now) {
        let Some(socket) = self.socket(id) else {
            return;
        };
        let same = socket.streams.iter();
        let same = same.filter(|(_, (_, known))| known.tag == stream.tag);
        let same: Vec<_> = same.map(|(outlet, _)| *outlet).collect();
        let count = socket.streams.len();
        if same.is_empty() && count >= MOST_STREAMS {
            let text = format!("{id}: a socket carries {MOST_STREAMS} streams, no more");
            return self.log(Level::Warning, text);
        }
        for outlet in same {
            self.end_stream(outlet);
        }
        if self.sound_of(from).is_none() {
            return;
        }
        let outlet = self.units.own_name();
        let (owner, kind) = (Owner::Script, Kind::Outlet { socket: id });
        self.units.live.insert(outlet, Unit { owner, kind });
        let unit = self.sound_of_unit(outlet);
        let what = media::NewUnit::Outlet;
        self.sound(media::Command::Create { unit, what });
        if let Some(socket) = self.socket_mut(id) {
            socket.streams.insert(outlet, (from, stream.clone()));
        }
        let outlet_sound = unit;
        self.wish(
            id,
            Wish::Start {
                outlet: outlet_sound,
                stream,
            },
        );
        self.link(from, outlet, now);
    }

    /// Who plays a tag by itself, from now on where nobody does.
    fn voice_of(&mut self, id: UnitId, tag: String) -> Option<UnitId> {
        let socket = self.socket(id)?;
        if let Some(voice) = socket.voices.get(&tag) {
            return Some(*voice);
        }
        if socket.voices.len() >= MOST_STREAMS {
            let text = format!("{id}: {MOST_STREAMS} tags have listeners already, no more can");
            self.log(Level::Warning, text);
            return None;
        }
        let voice = self.units.own_name();
        let (owner, kind) = (Owner::Script, Kind::Voice { socket: id });
        self.units.live.insert(voice, Unit { owner, kind });
        self.create_voice(voice);
        if let Some(socket) = self.socket_mut(id) {
            socket.voices.insert(tag.clone(), voice);
        }
        let voice_sound = self.sound_of_unit(voice);
        self.wish(
            id,
            Wish::Tune {
                tag,
                voice: voice_sound,
            },
        );
        Some(voice)
    }

    /// Where a listener that lost its source is what takes a stream of a socket, the stream is over.
    pub(in crate::session) fn gone_deaf(&mut self, listener: Node) {
        if let Node::Unit(unit) = listener {
            self.end_stream(unit);
        }
    }

    fn end_stream(&mut self, outlet: UnitId) {
        let Some(Unit {
            kind: Kind::Outlet { socket },
            ..
        }) = self.units.live.get(&outlet)
        else {
            return;
        };
        let id = *socket;
        if let Some(socket) = self.socket_mut(id) {
            socket.streams.remove(&outlet);
        }
        self.drop_unit(outlet);
        let outlet = self.sound_of_unit(outlet);
        self.wish(id, Wish::Stop { outlet });
    }

    /// What a socket has told.
    pub fn handle_socket(&mut self, id: UnitId, heard: Heard, now: Now) {
        let Some(socket) = self.socket_mut(id) else {
            return;
        };
        let awaited = socket.visit.is_some();
        match heard {
            Heard::Filed { statistics, trace } => {
                let created = SocketNews::Created {
                    statistics_url: statistics.clone(),
                    trace_url: trace.clone(),
                };
                match awaited {
                    true => socket.filed = Some(created),
                    false => self.tell_socket(id, created),
                }
                let places = [("statistics", statistics), ("trace", trace)];
                for (what, url) in places {
                    if let Some(url) = url {
                        self.log(Level::Info, format!("{id} is created, its {what}: {url}"));
                    }
                }
            }
            Heard::Unkept { why } => {
                self.log(Level::Warning, format!("{id}: {why}"));
            }
            Heard::Open {} => {
                socket.is_open = true;
                let filed = socket.filed.take();
                match socket.visit.take() {
                    Some(visit) => {
                        self.log(Level::Info, format!("{id} came in from outside"));
                        self.tell_visit(visit, Visited::Socket(id));
                        if let Some(created) = filed {
                            self.tell_socket(id, created);
                        }
                    }
                    None => self.tell_socket(id, SocketNews::Open),
                }
            }
            // The script has never heard of it.
            Heard::Closed(close) if awaited => {
                let text = format!("{id} did not come in: {}", close.reason);
                self.log(Level::Warning, text);
                self.drop_unit(id);
            }
            Heard::Failed { .. } if awaited => {}
            Heard::Text { text } => self.tell_socket(id, SocketNews::Message { text }),
            Heard::Failed { why } => {
                self.log(Level::Warning, format!("{id}: {why}"));
                self.tell_socket(id, SocketNews::Error { reason: why });
            }
            Heard::Lost { frames } => {
                let text = format!(
                    "{id}: {frames} frames of sound did not go out: the other side takes them too slowly"
                );
                self.log(Level::Warning, text);
            }
            Heard::Closed(close) => {
                let (code, clean) = (close.code, close.clean);
                self.log(
                    Level::Info,
                    format!("{id} is closed: {code} {}", close.reason),
                );
                let reason = close.reason;
                let news = SocketNews::Close {
                    code,
                    reason,
                    clean,
                };
                self.tell_socket(id, news);
                self.drop_unit(id);
            }
        }
        self.look_after(now);
    }

    pub(super) fn hear_voice(&mut self, unit: UnitId, news: voice::News) {
        let id = match self.units.live.get(&unit).map(|unit| &unit.kind) {
            Some(Kind::Socket(_)) => unit,
            Some(Kind::Voice { socket }) => *socket,
            _ => return,
        };
        let news = match news {
            voice::News::Started {
                tag,
                encoding,
                custom,
            } => SocketNews::MediaStarted {
                tag,
                encoding,
                custom,
            },
            voice::News::Ended { tag, ms } => SocketNews::MediaEnded {
                tag,
                duration_s: ms as f64 / 1_000.0,
            },
            voice::News::Overrun => {
                let most = self.limits.socket_buffer_s;
                let text = format!(
                    "{id}: more than {most} s of sound wait to be played (limits.socketBufferS): the rest is left out"
                );
                return self.log(Level::Warning, text);
            }
        };
        self.tell_socket(id, news);
    }

    /// What a socket has besides itself goes with it.
    pub(super) fn drop_parts_of(&mut self, socket: Socket, id: UnitId) {
        for outlet in socket.streams.into_keys() {
            self.drop_unit(outlet);
        }
        for voice in socket.voices.into_values() {
            self.drop_unit(voice);
        }
        self.wish(id, Wish::Drop);
    }

    /// The sockets that are left.
    pub fn sockets(&self) -> impl Iterator<Item = SoundId> {
        let live = self.units.live.iter();
        let sockets = live.filter(|(_, unit)| matches!(unit.kind, Kind::Socket(_)));
        sockets.map(|(id, _)| self.sound_of_unit(*id))
    }

    pub(in crate::session) fn as_socket(&self, node: Node) -> Option<UnitId> {
        match node {
            Node::Unit(unit) => self.socket(unit).map(|_| unit),
            Node::Call(_) => None,
        }
    }

    fn socket(&self, id: UnitId) -> Option<&Socket> {
        match self.units.live.get(&id).map(|unit| &unit.kind) {
            Some(Kind::Socket(socket)) => Some(socket),
            _ => None,
        }
    }

    fn socket_mut(&mut self, id: UnitId) -> Option<&mut Socket> {
        match self.units.live.get_mut(&id).map(|unit| &mut unit.kind) {
            Some(Kind::Socket(socket)) => Some(socket),
            _ => None,
        }
    }

    fn tell_socket(&mut self, id: UnitId, news: SocketNews) {
        self.tell_unit(id, UnitNews::Socket(news));
    }

    pub(super) fn wish(&mut self, unit: UnitId, wish: Wish) {
        self.effects.push_back(Effect::Socket { unit, wish });
    }
}
