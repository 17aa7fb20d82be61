//! WebSockets to servers outside, and from there: one task each, on a thread of their own. Texts and ends are told to the engine; sound
//! goes to the media thread and comes from there without passing it.
//!
//! ```text
//!  engine ─wish─▶ Sockets ─order─▶ task ◀──messages──▶ server
//!         ◀────────heard────────────┤
//!  media thread ─frames─▶           └─ feeds ─▶ media thread
//! ```
//!
//! Nobody waits for a socket: what it does not take in time is dropped and counted (sound), or ends it (texts).

mod book;
mod connect;
mod pace;
mod task;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, channel};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::base::SoundId;
use crate::base::socket::{Heard, Stream};
use crate::io::lane::Lane;
use crate::io::media::Taker;
use crate::io::way::Way;
use crate::media::unit::voice::Feed;
use crate::media::{Cut, Frame};
use crate::script::socket::NewSocket;
use crate::session::SocketWish;
pub use book::Book;
pub(in crate::io) use connect::connect;

/// Texts and orders that wait for one socket.
const MOST_ORDERS: usize = 256;
/// The bytes of texts that wait for one socket.
const MOST_BYTES: usize = 4 << 20;
/// Frames of sound that wait for one socket: 3 s of one stream.
const MOST_FRAMES: usize = 150;
/// How long the end of the program waits for sockets to say goodbye.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What the policy says of one socket.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The addresses that are not public and may be called all the same.
    pub allow: Vec<IpNet>,
    /// The longest message that may come, in bytes.
    pub most_bytes: usize,
}

/// Whom sockets talk to inside the program. Nothing here may wait.
#[derive(Clone)]
pub struct Inside {
    pub tell: Arc<dyn Fn(SoundId, Heard) + Send + Sync>,
    /// Sound for a voice.
    pub feed: Arc<dyn Fn(SoundId, Feed) + Send + Sync>,
    /// From now on the frames of an outlet go there.
    pub take: Arc<dyn Fn(SoundId, Taker) + Send + Sync>,
}

/// All of them. Dropped, it waits a moment for their last words.
pub struct Sockets {
    live: HashMap<SoundId, Line>,
    /// Where those go that are let in, until somebody takes them there.
    doors: HashMap<SoundId, Door>,
    /// For those that are about to begin.
    books: HashMap<SoundId, Book>,
    inside: Inside,
    /// The last to be dropped: their tasks hear from the rest that nobody is there any more.
    lane: Lane<Job>,
}

/// A connection that has come in, behind its handshake.
pub type Arrival = TokioIo<Upgraded>;
/// Takes one.
pub type Door = oneshot::Sender<Arrival>;

/// Where a connection comes from.
enum From {
    Ours(Box<NewSocket>),
    Outside(oneshot::Receiver<Arrival>),
}

/// A task to be.
struct Job {
    socket: SoundId,
    from: From,
    terms: Terms,
    ends: Ends,
    /// What is kept of it.
    book: Option<Book>,
    inside: Inside,
}

/// The engine's side of one socket.
struct Line {
    orders: Sender<Order>,
    frames: Sender<(SoundId, Frame)>,
    shared: Arc<Shared>,
}

/// The task's side.
struct Ends {
    orders: Receiver<Order>,
    frames: Receiver<(SoundId, Frame)>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Of texts that wait.
    bytes: AtomicUsize,
    /// Frames that found no room.
    lost: AtomicU64,
    /// A text found no room.
    overrun: AtomicBool,
}

enum Order {
    Send(String),
    Start { outlet: SoundId, stream: Stream },
    Stop { outlet: SoundId },
    Tune { tag: String, voice: SoundId },
    Close,
    Refuse,
}

impl Sockets {
    pub fn start(inside: Inside) -> io::Result<Sockets> {
        Ok(Sockets {
            lane: Lane::start("sockets", work)?,
            live: HashMap::new(),
            doors: HashMap::new(),
            books: HashMap::new(),
            inside,
        })
    }

    /// Never waits.
    pub fn wish(&mut self, socket: SoundId, wish: SocketWish, terms: impl FnOnce() -> Terms) {
        let order = match wish {
            // Its book is made elsewhere, and has come already.
            SocketWish::Keep(_) => return,
            SocketWish::Connect(new) => return self.begin(socket, From::Ours(new), terms()),
            SocketWish::Accept => {
                let (door, arrival) = oneshot::channel();
                self.doors.insert(socket, door);
                return self.begin(socket, From::Outside(arrival), terms());
            }
            SocketWish::Drop => {
                self.doors.remove(&socket);
                // The task hears that nobody is there, and says goodbye.
                self.live.remove(&socket);
                return;
            }
            SocketWish::Send(text) => Order::Send(text),
            SocketWish::Start { outlet, stream } => {
                self.take(socket, outlet);
                Order::Start { outlet, stream }
            }
            SocketWish::Stop { outlet } => Order::Stop { outlet },
            SocketWish::Tune { tag, voice } => Order::Tune { tag, voice },
            SocketWish::Close => Order::Close,
            SocketWish::Refuse => Order::Refuse,
        };
        let Some(line) = self.live.get(&socket) else {
            return;
        };
        let weight = match &order {
            Order::Send(text) => text.len(),
            _ => 0,
        };
        let waiting = line.shared.bytes.fetch_add(weight, Ordering::Relaxed);
        if waiting + weight > MOST_BYTES || line.orders.try_send(order).is_err() {
            line.shared.overrun.store(true, Ordering::Relaxed);
            self.live.remove(&socket);
        }
    }

    /// What goes over a socket is to be kept there, from its beginning on.
    pub fn keep(&mut self, socket: SoundId, book: Book) {
        self.books.insert(socket, book);
    }

    /// Where a connection goes that was let in. Dropped, there is none.
    pub fn door(&mut self, socket: SoundId) -> Option<Door> {
        self.doors.remove(&socket)
    }

    fn begin(&mut self, socket: SoundId, from: From, terms: Terms) {
        let (orders, ordered) = channel(MOST_ORDERS);
        let (frames, framed) = channel(MOST_FRAMES);
        let shared = Arc::<Shared>::default();
        let ends = Ends {
            orders: ordered,
            frames: framed,
            shared: shared.clone(),
        };
        let line = Line {
            orders,
            frames,
            shared,
        };
        self.live.insert(socket, line);
        let job = Job {
            socket,
            from,
            terms,
            ends,
            book: self.books.remove(&socket),
            inside: self.inside.clone(),
        };
        self.lane.send(job);
    }

    /// The frames of an outlet come to the socket's task.
    fn take(&self, socket: SoundId, outlet: SoundId) {
        let Some(line) = self.live.get(&socket) else {
            return;
        };
        let (frames, shared) = (line.frames.clone(), line.shared.clone());
        let taker = move |cut: Cut| {
            if frames.try_send((outlet, cut.frame)).is_err() {
                shared.lost.fetch_add(1, Ordering::Relaxed);
            }
        };
        (self.inside.take)(outlet, Box::new(taker));
    }
}

async fn work(mut jobs: UnboundedReceiver<Job>) {
    let way = Arc::new(Way::default());
    let mut under_way = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = under_way.join_next() => {}
            job = jobs.recv() => match job {
                Some(job) => drop(under_way.spawn(task::run(way.clone(), job))),
                None => break,
            },
        }
    }
    let rest = async { while under_way.join_next().await.is_some() {} };
    let _ = timeout(LAST_WORDS, rest).await;
}
