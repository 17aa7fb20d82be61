//! The world outside of a world: HTTP servers that say what they were told to say, and the storage of the
//! application. Everything is answered in virtual time.
//!
//! ```text
//!  asked ─▸ newest stub that takes it ─▸ says, fails, or asks whoever made it ─▸ told when it is due
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use super::recogniser::Recogniser;
use super::shelf::Shelf;
use super::socket::{Coming, Deed, Sockets};
use crate::base::hook::HookUrl;
use crate::base::socket::Heard;
use crate::base::web::{Answer, Failure, Headers, Method, Request};
use crate::base::{Now, SessionId, SoundId};
use crate::media::{Clip, Frame};
use crate::script::Place;
use crate::script::asr::Recognised;
use crate::script::inquiry::{HttpInquiry, Inquiry, Reply, wild};
use crate::script::unit::UrlRequest;
use crate::session::{Post, SocketWish};

/// How long a server takes that was not told otherwise.
const USUAL: Duration = Duration::from_millis(20);
/// How long the storage takes.
const DISK: Duration = Duration::from_millis(1);
/// How long a player waits for what it plays.
const CLIP: Duration = Duration::from_secs(12);
/// The largest body that a script gets, as outside of worlds.
const MOST_BYTES: usize = 2 << 20;

/// A server, or a part of one.
#[derive(Clone, Debug)]
pub struct Stub {
    /// Any, where it is absent.
    pub method: Option<Method>,
    /// The whole URL, or without its query; `*` stands for any text.
    pub url: String,
    /// One after the other; the last one again and again. None: 200 without a body.
    pub says: Vec<Says>,
    pub after: Duration,
    /// How often it answers; after that it is as if it were not there.
    pub times: Option<u32>,
}

#[derive(Clone, Debug)]
pub enum Says {
    Answer(Answer),
    /// What a player that asks gets to play.
    Sound(Clip),
    Fails(Failure),
    /// Whoever made the stub is asked: see [`Outside::question`].
    Asks,
}

/// A request that was made, whatever came of it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub at: Duration,
    pub request: Request,
    /// Where in the scenario; absent for what the runtime posts to a status URL.
    pub place: Option<Place>,
    /// By its number, in the order of their making.
    pub stub: Option<usize>,
}

/// Something that the maker of a stub is to answer.
#[derive(Clone, Debug)]
pub struct Question {
    pub id: u64,
    pub stub: usize,
    /// Which of what the stub says, counted from 0.
    pub said: usize,
    pub request: Request,
}

/// Everything outside.
#[derive(Debug, Default)]
pub struct Outside {
    stubs: Vec<(Stub, u32)>,
    shelf: Shelf,
    recogniser: Recogniser,
    sockets: Sockets,
    asked: Vec<Asked>,
    /// What is told when.
    due: BTreeMap<(Instant, u64), Told>,
    questions: VecDeque<Question>,
    open: BTreeMap<u64, Open>,
    count: u64,
    /// What no stub takes, in words, where that is a fault.
    unstubbed: Vec<String>,
    /// What no stub takes finds no connection, and that is all.
    is_lonely: bool,
}

/// What a stub has for a request.
struct Found {
    stub: usize,
    said: usize,
    says: Says,
    after: Duration,
}

/// A question that its maker has not answered.
#[derive(Debug)]
struct Open {
    session: SessionId,
    inquiry: u32,
    asked: Instant,
    after: Duration,
    total: Duration,
}

#[derive(Debug)]
pub(super) enum Told {
    Reply {
        session: SessionId,
        inquiry: u32,
        reply: Reply,
    },
    Clip {
        unit: SoundId,
        clip: Result<Clip, String>,
    },
    Recognised {
        unit: SoundId,
        recognised: Recognised,
    },
    Socket(Coming),
}

impl Stub {
    pub fn new(method: Option<Method>, url: &str) -> Stub {
        let url = HookUrl::parse(url).map_or(url.to_string(), |url| url.reveal().to_string());
        Stub {
            method,
            url,
            says: Vec::new(),
            after: USUAL,
            times: None,
        }
    }

    fn takes(&self, request: &Request) -> bool {
        let whole = request.url.reveal();
        let (path, _) = whole.split_once(['?', '#']).unwrap_or((whole, ""));
        let method = self.method.is_none_or(|method| method == request.method);
        method && (wild(&self.url, whole) || (!self.url.contains('?') && wild(&self.url, path)))
    }
}

impl Outside {
    /// What no stub takes is no fault: nobody is there.
    pub fn be_lonely(&mut self) {
        self.is_lonely = true;
    }

    /// Its number.
    pub fn add(&mut self, stub: Stub) -> usize {
        self.stubs.push((stub, 0));
        self.stubs.len() - 1
    }

    pub fn stub(&mut self, number: usize) -> Option<&mut Stub> {
        self.stubs.get_mut(number).map(|(stub, _)| stub)
    }

    pub fn asked(&self) -> &[Asked] {
        &self.asked
    }

    pub fn unstubbed(&self) -> &[String] {
        &self.unstubbed
    }

    pub fn recogniser(&mut self) -> &mut Recogniser {
        &mut self.recogniser
    }

    pub fn shelf(&mut self) -> &mut Shelf {
        &mut self.shelf
    }

    pub fn sockets_there(&self) -> &Sockets {
        &self.sockets
    }

    pub fn sockets(&mut self) -> &mut Sockets {
        &mut self.sockets
    }

    /// What a session wants of a socket. What is to be noted of it.
    pub(super) fn wish(&mut self, socket: SoundId, wish: SocketWish, now: Now) -> Option<String> {
        let (note, fault, coming) = self.sockets.wish(socket, wish, now);
        if let Some(fault) = fault.filter(|_| !self.is_lonely) {
            self.unstubbed.push(fault);
        }
        for (after, coming) in coming {
            self.tell(now.at + after, Told::Socket(coming));
        }
        note
    }

    /// A frame goes to the server of a socket.
    pub(super) fn hear_frame(&mut self, outlet: SoundId, frame: &Frame, now: Now) {
        for coming in self.sockets.hear(outlet, frame, now) {
            self.tell(now.at, Told::Socket(coming));
        }
    }

    /// A server of a socket does something.
    pub(super) fn act_socket(&mut self, server: usize, deed: Deed, now: Now) {
        for coming in self.sockets.act(server, deed, now) {
            self.tell(now.at, Told::Socket(coming));
        }
    }

    /// The oldest that nobody has taken yet.
    pub fn question(&mut self) -> Option<Question> {
        self.questions.pop_front()
    }

    pub fn is_asking(&self) -> bool {
        !self.open.is_empty()
    }

    /// To [`Outside::question`].
    pub fn answer(&mut self, id: u64, outcome: Result<Answer, Failure>, now: Instant) {
        let Some(open) = self.open.remove(&id) else {
            return;
        };
        let since = now.saturating_duration_since(open.asked);
        let after = open.after.max(since);
        let (session, inquiry) = (open.session, open.inquiry);
        self.plan(
            session,
            inquiry,
            open.asked,
            open.total,
            after,
            bounded(outcome),
        );
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.keys().next().map(|(at, _)| *at)
    }

    pub(super) fn take_due(&mut self, now: Instant) -> Option<Told> {
        let first = self.due.first_entry();
        first
            .filter(|told| told.key().0 <= now)
            .map(|told| told.remove())
    }

    /// A session asks. What is to be noted of it.
    pub(super) fn inquire(
        &mut self,
        (session, inquiry): (SessionId, u32),
        what: Inquiry,
        place: Option<Place>,
        room: u32,
        (now, elapsed): (Now, Duration),
    ) -> String {
        match what {
            Inquiry::Http(http) => self.ask((session, inquiry), *http, place, (now.at, elapsed)),
            Inquiry::Unfit(failure) => {
                let said = failure.to_string();
                let reply = Reply::Http(Err(failure));
                self.tell_at(now.at, session, inquiry, reply);
                said
            }
            Inquiry::Storage(what) => {
                let said = format!("storage: {}", what.name());
                let outcome = self.shelf.answer(what, room, now.unix_ms / 1000);
                self.tell_at(now.at + DISK, session, inquiry, Reply::Storage(outcome));
                said
            }
        }
    }

    fn ask(
        &mut self,
        (session, inquiry): (SessionId, u32),
        http: HttpInquiry,
        place: Option<Place>,
        (now, elapsed): (Instant, Duration),
    ) -> String {
        let HttpInquiry {
            request, total_ms, ..
        } = http;
        let said = format!("asks {} {}", request.method, request.url);
        let total = Duration::from_millis(total_ms.into());
        let found = self.take_stub(&request);
        self.asked.push(Asked {
            at: elapsed,
            request: request.clone(),
            place: place.clone(),
            stub: found.as_ref().map(|found| found.stub),
        });
        match found {
            None => {
                let asked = format!("asks {}", request.method);
                self.miss_stub(place, &asked, &request.url, "…");
                let failure = Failure::NoConnection("there is nobody outside".to_string());
                self.plan(session, inquiry, now, total, USUAL, Err(failure));
            }
            Some(Found {
                stub,
                said,
                says,
                after,
            }) => match says {
                Says::Answer(answer) => {
                    self.plan(session, inquiry, now, total, after, bounded(Ok(answer)));
                }
                Says::Sound(_) => {
                    let answer = Answer {
                        code: 200,
                        headers: Headers(vec![("content-type".into(), "audio/wav".into())]),
                        body: Default::default(),
                    };
                    self.plan(session, inquiry, now, total, after, Ok(answer));
                }
                Says::Fails(Failure::Timeout(_)) => {
                    let failure = Failure::Timeout(total);
                    self.plan(session, inquiry, now, total, total, Err(failure));
                }
                Says::Fails(failure) => {
                    self.plan(session, inquiry, now, total, after, Err(failure));
                }
                Says::Asks => {
                    self.count += 1;
                    let id = self.count;
                    self.questions.push_back(Question {
                        id,
                        stub,
                        said,
                        request,
                    });
                    let open = Open {
                        session,
                        inquiry,
                        asked: now,
                        after,
                        total,
                    };
                    self.open.insert(id, open);
                }
            },
        }
        said
    }

    /// The runtime posts to a status URL: whoever it is stubbed for sees it, and nobody must.
    pub(super) fn hear_post(&mut self, post: &Post, at: Duration) {
        let request = Request {
            method: Method::Post,
            url: post.hook.clone(),
            headers: Headers(vec![("Content-Type".into(), "application/json".into())]),
            body: post.body.clone().into(),
        };
        let stub = self.take_stub(&request).map(|found| found.stub);
        self.asked.push(Asked {
            at,
            request,
            place: None,
            stub,
        });
    }

    /// The newest stub that takes it, which of its words it says, and when.
    fn take_stub(&mut self, request: &Request) -> Option<Found> {
        let mut stubs = self.stubs.iter_mut().enumerate().rev();
        let (number, (stub, asked)) = stubs.find(|(_, (stub, asked))| {
            stub.times.is_none_or(|times| *asked < times) && stub.takes(request)
        })?;
        let at = (*asked as usize).min(stub.says.len().saturating_sub(1));
        *asked += 1;
        let says = stub.says.get(at).cloned();
        Some(Found {
            stub: number,
            said: at,
            says: says.unwrap_or_else(|| {
                Says::Answer(Answer {
                    code: 200,
                    headers: Headers::default(),
                    body: Default::default(),
                })
            }),
            after: stub.after,
        })
    }

    fn plan(
        &mut self,
        session: SessionId,
        inquiry: u32,
        asked: Instant,
        total: Duration,
        after: Duration,
        outcome: Result<Answer, Failure>,
    ) {
        let (after, outcome) = match after > total {
            true => (total, Err(Failure::Timeout(total))),
            false => (after, outcome),
        };
        self.tell_at(asked + after, session, inquiry, Reply::Http(outcome));
    }

    fn tell_at(&mut self, at: Instant, session: SessionId, inquiry: u32, reply: Reply) {
        let told = Told::Reply {
            session,
            inquiry,
            reply,
        };
        self.tell(at, told);
    }

    fn tell(&mut self, at: Instant, told: Told) {
        self.count += 1;
        self.due.insert((at, self.count), told);
    }

    /// A player asks. What is to be noted of it; `None` where no stub takes it.
    pub(super) fn bring(
        &mut self,
        unit: SoundId,
        wanted: &UrlRequest,
        (now, elapsed): (Now, Duration),
    ) -> Option<String> {
        let request = Request {
            method: if wanted.post {
                Method::Post
            } else {
                Method::Get
            },
            url: HookUrl::parse(&wanted.url).ok()?,
            headers: Headers(wanted.headers.clone()),
            body: wanted.body.clone(),
        };
        let found = self.take_stub(&request)?;
        let said = format!("asks {} {} for sound", request.method, request.url);
        let url = request.url.to_string();
        self.asked.push(Asked {
            at: elapsed,
            request,
            place: None,
            stub: Some(found.stub),
        });
        let (after, clip) = match found.says {
            _ if found.after > CLIP => (CLIP, Err(Failure::Timeout(CLIP).to_string())),
            Says::Sound(clip) => (found.after, Ok(clip)),
            Says::Fails(Failure::Timeout(_)) => (CLIP, Err(Failure::Timeout(CLIP).to_string())),
            Says::Fails(failure) => (found.after, Err(failure.to_string())),
            Says::Answer(answer) if answer.code != 200 => (
                found.after,
                Err(format!("the server answered {}", answer.code)),
            ),
            Says::Answer(_) | Says::Asks => (
                found.after,
                Err("what the test answers has no sound; reply(t.tone(440, 2)) has".to_string()),
            ),
        };
        let clip = clip.map_err(|fault| format!("{url}: {fault}"));
        self.tell(now.at + after, Told::Clip { unit, clip });
        Some(said)
    }

    /// A player asks a server that nobody has put there. What is no URL of a server is the scenario's to bear.
    pub(super) fn miss_sound(&mut self, url: &str, place: Option<Place>) {
        let Ok(url) = HookUrl::parse(url) else {
            return;
        };
        self.miss_stub(place, "plays", &url, "t.tone(440, 2)");
    }

    /// An utterance is over, of a unit that was made at this place.
    pub(super) fn recognise(&mut self, unit: SoundId, place: Option<Place>, now: Instant) {
        let (recognised, after) = self.recogniser.answer().unwrap_or_else(|| {
            if !self.is_lonely {
                let place = place.map_or("a scenario".to_string(), |place| place.to_string());
                self.unstubbed.push(format!(
                    "{place} recognises speech, and the test does not say what is spoken: t.recognise(\"…\")"
                ));
            }
            let why = "nobody has said what is spoken".to_string();
            (Recognised::Fault { why }, USUAL)
        });
        let at = self.recogniser.when(unit, now + after);
        self.tell(at, Told::Recognised { unit, recognised });
    }

    /// A fault of the test, unless nobody is expected outside: `answer` is what it could reply.
    fn miss_stub(&mut self, place: Option<Place>, does: &str, url: &HookUrl, answer: &str) {
        if self.is_lonely {
            return;
        }
        let place = place.map_or("a scenario".to_string(), |place| place.to_string());
        let url = url.to_string();
        let bare = url.trim_end_matches("?…");
        self.unstubbed.push(format!(
            "{place} {does} {url}, and the test has no answer to it: t.http(\"{bare}\").reply({answer})"
        ));
    }

    /// An entry, without anybody's asking.
    pub fn store(&mut self, key: String, value: String, ttl_s: u32, now: Now) {
        self.shelf
            .put(key, value, now.unix_ms / 1000 + u64::from(ttl_s));
    }

    /// The value of a key.
    pub fn stored(&mut self, key: &str, now: Now) -> Option<String> {
        self.shelf.value(key, now.unix_ms / 1000)
    }

    pub fn stored_keys(&mut self, now: Now) -> Vec<String> {
        self.shelf.keys(now.unix_ms / 1000)
    }
}

impl Told {
    /// For the ladder; nothing of the storage, whose answers are the scenario's own.
    pub fn note(&self) -> Option<String> {
        match self {
            Told::Reply { reply, .. } => match reply {
                Reply::Http(Ok(answer)) => {
                    Some(format!("is answered {}, {:?}", answer.code, answer.body))
                }
                Reply::Http(Err(failure)) => Some(format!("gets no answer: {failure}")),
                Reply::Storage(Ok(_)) => None,
                Reply::Storage(Err(fault)) => Some(format!("storage: {fault}")),
            },
            // Its place in the ladder is the world's to say.
            Told::Recognised { .. } => None,
            Told::Clip { clip, .. } => Some(match clip {
                Ok(clip) => format!("gets {:.1} s of sound", clip.duration().as_secs_f64()),
                Err(fault) => format!("gets no sound: {fault}"),
            }),
            Told::Socket(Coming::Heard(socket, heard)) => match heard {
                Heard::Open {} => Some(format!("{} is open", socket.unit)),
                Heard::Text { text } => Some(format!("{} hears: {text}", socket.unit)),
                // The session's log tells it.
                Heard::Filed { .. }
                | Heard::Unkept { .. }
                | Heard::Closed(_)
                | Heard::Failed { .. }
                | Heard::Lost { .. } => None,
            },
            // Twenty milliseconds each.
            Told::Socket(Coming::Feed(..)) => None,
        }
    }
}

fn bounded(outcome: Result<Answer, Failure>) -> Result<Answer, Failure> {
    match outcome {
        Ok(answer) if answer.body.0.len() > MOST_BYTES => Err(Failure::TooLarge(MOST_BYTES)),
        outcome => outcome,
    }
}
