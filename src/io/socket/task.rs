//! One socket from its handshake to its end.
//!
//! ```text
//!  orders ─▶ ┌────────┐ ─ pump ─▶ server
//!  frames ─▶ │ outbox │
//!            └────────┘ ◀─ pace ─ server: text ▸ sound? ▸ feed, else tell
//! ```

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::pace::Pace;
use super::{Arrival, Book, Ends, From, Inside, Job, Order, Terms, connect};
use crate::base::SoundId;
use crate::base::socket::{Close, Heard};
use crate::io::way::Way as Road;
use crate::media::Frame;
use crate::media::frame::FRAME_MS;
use crate::media::socket::ledger::{Passed, Way};
use crate::media::socket::{Inflow, Outflow, format};
use crate::media::unit::voice::Feed;

/// Messages of sound that wait in the outbox before no more frames are taken: 1 s of one stream.
const MOST_SOUND: usize = 50;
/// A ping so often, and no life after so long without anything is the end.
const PING_EVERY: Duration = Duration::from_secs(20);
const DEAD: Duration = Duration::from_secs(60);
/// How long the other side has for its close.
const GOODBYE: Duration = Duration::from_secs(5);
/// How long who was let in has until it is there.
const ARRIVAL: Duration = Duration::from_secs(10);
/// Losses are told no more often.
const LOST_EVERY: Duration = Duration::from_secs(10);

/// From the handshake on. The end is told, whatever comes.
pub(super) async fn run(way: Arc<Road>, job: Job) {
    let Job {
        socket,
        from,
        terms,
        ends,
        book,
        inside,
    } = job;
    match from {
        From::Ours(new) => {
            let open = connect::connect(&way, &new, &terms);
            hold(socket, open, ends, book, inside).await;
        }
        From::Outside(arrival) => hold(socket, arrive(arrival, &terms), ends, book, inside).await,
    }
}

/// Who was let in, when it is there.
async fn arrive(
    arrival: oneshot::Receiver<Arrival>,
    terms: &Terms,
) -> Result<WebSocketStream<Arrival>, String> {
    let Ok(Ok(stream)) = timeout(ARRIVAL, arrival).await else {
        return Err("the connection was gone before it was open".to_string());
    };
    let config = Some(connect::config(terms));
    Ok(WebSocketStream::from_raw_socket(stream, Role::Server, config).await)
}

async fn hold<S>(
    socket: SoundId,
    open: impl Future<Output = Result<WebSocketStream<S>, String>>,
    mut ends: Ends,
    mut book: Option<Book>,
    inside: Inside,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut early = Vec::new();
    let open = tokio::select! {
        open = open => open,
        told = wait_for_end(&mut ends, &mut early) => {
            let close = Close::abnormal("closed before it was open");
            if let Some(book) = &mut book {
                book.close(&close);
            }
            if told {
                (inside.tell)(socket, Heard::Closed(close));
            }
            return;
        }
    };
    match open {
        Ok(open) => {
            count("open");
            talk(socket, open, early, ends, book, inside).await;
        }
        Err(why) => {
            count("failed");
            let close = Close::abnormal(why.clone());
            if let Some(book) = &mut book {
                book.fail(&why);
                book.close(&close);
            }
            let closed = Heard::Closed(close);
            (inside.tell)(socket, Heard::Failed { why });
            (inside.tell)(socket, closed);
        }
    }
}

/// What is ordered before the socket is open waits, but for its end. Says whether somebody is there to hear of that.
async fn wait_for_end(ends: &mut Ends, early: &mut Vec<Order>) -> bool {
    loop {
        match ends.orders.recv().await {
            None => return false,
            Some(Order::Close | Order::Refuse) => return true,
            Some(order) => early.push(order),
        }
    }
}

/// What is on its way to the server.
#[derive(Default)]
struct Outbox {
    waiting: VecDeque<(Message, Kind)>,
    /// Something was written and not flushed.
    unflushed: bool,
}

/// What a message is, for those who keep it.
enum Kind {
    Text,
    /// The `start` or `stop` of a stream.
    Stream,
    /// A piece of one.
    Media {
        tag: Option<String>,
    },
    /// Of the connection itself.
    Own,
}

impl Outbox {
    fn push(&mut self, message: Message, kind: Kind) {
        self.waiting.push_back((message, kind));
        self.unflushed = true;
    }

    fn text(&mut self, text: String, kind: Kind) {
        self.push(Message::text(text), kind);
    }

    /// Until all of it is written, which is when a book has it. May be given up at any time and taken up again.
    fn poll_pump<S>(
        &mut self,
        sink: &mut SplitSink<WebSocketStream<S>, Message>,
        mut book: Option<&mut Book>,
        cx: &mut Context,
    ) -> Poll<Result<(), Error>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        while !self.waiting.is_empty() {
            ready!(sink.poll_ready_unpin(cx))?;
            let Some((message, kind)) = self.waiting.pop_front() else {
                break;
            };
            match &mut book {
                None => sink.start_send_unpin(message)?,
                Some(book) => {
                    // A second name for the same bytes.
                    let copy = message.clone();
                    sink.start_send_unpin(message)?;
                    pass_out(book, &copy, &kind);
                }
            }
        }
        ready!(sink.poll_flush_unpin(cx))?;
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }
}

fn pass_out(book: &mut Book, message: &Message, kind: &Kind) {
    let passed = match (message, kind) {
        (Message::Text(text), Kind::Text) => Passed::Text(text.as_str()),
        (Message::Text(text), Kind::Stream) => Passed::Stream(text.as_str()),
        (Message::Text(text), Kind::Media { tag }) => Passed::Media {
            tag: tag.as_deref(),
            bytes: text.len(),
            ms: FRAME_MS.into(),
        },
        (Message::Ping(_), _) => Passed::Ping,
        (Message::Close(frame), _) => close_passed(frame.as_ref()),
        // Nothing else is sent.
        _ => return,
    };
    book.pass(Way::Out, passed);
}

fn close_passed(frame: Option<&CloseFrame>) -> Passed<'_> {
    Passed::Close {
        code: frame.map_or(1005, |frame| frame.code.into()),
        reason: frame.map_or("", |frame| frame.reason.as_str()),
    }
}

struct Task<'a> {
    socket: SoundId,
    inside: &'a Inside,
    outbox: Outbox,
    book: Option<Book>,
    flows: HashMap<SoundId, Outflow>,
    inflow: Inflow,
    /// Who plays which tag; the socket's own voice has the others.
    voices: HashMap<String, SoundId>,
    lost: u64,
}

/// What comes next.
enum Next {
    On,
    /// It ends so.
    End(Close),
    /// We have said goodbye, and wait for the other side.
    Leave,
}

pub(super) async fn talk<S>(
    socket: SoundId,
    open: WebSocketStream<S>,
    early: Vec<Order>,
    mut ends: Ends,
    book: Option<Book>,
    inside: Inside,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sink, mut stream) = open.split();
    let mut task = Task {
        socket,
        inside: &inside,
        outbox: Outbox::default(),
        book,
        flows: HashMap::new(),
        inflow: Inflow::default(),
        voices: HashMap::new(),
        lost: 0,
    };
    // What was heard before nobody waits for.
    while ends.frames.try_recv().is_ok() {}
    ends.shared.lost.store(0, Ordering::Relaxed);
    if let Some(book) = &mut task.book {
        book.open();
        // How far away it is is known from the beginning.
        task.outbox.push(Message::Ping(Bytes::new()), Kind::Own);
    }
    (inside.tell)(socket, Heard::Open {});
    for order in early {
        task.obey(order, &mut ends);
    }
    let mut pace = Pace::new(Instant::now());
    let mut read_at: Option<Instant> = None;
    let mut heard_at = Instant::now();
    let mut leave_at: Option<Instant> = None;
    let mut told_at: Option<Instant> = None;
    let mut beat = interval(Duration::from_secs(1));
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut beats = 0u64;
    let mut orphan = false;
    let close = loop {
        let sounds = task.outbox.waiting.len() < MOST_SOUND && leave_at.is_none();
        let pumps = task.outbox.unflushed || !task.outbox.waiting.is_empty();
        let next = tokio::select! {
            biased;
            written = poll_fn(|cx| task.outbox.poll_pump(&mut sink, task.book.as_mut(), cx)), if pumps => match written {
                Ok(()) => Next::On,
                Err(fault) => task.broken(&fault),
            },
            order = ends.orders.recv(), if leave_at.is_none() => match order {
                Some(order) => task.obey(order, &mut ends),
                None if ends.shared.overrun.load(Ordering::Relaxed) => {
                    let why = "the other side takes messages too slowly: too many wait";
                    task.fail(why.to_string())
                }
                None => {
                    orphan = true;
                    task.say_goodbye(1001)
                }
            },
            Some((outlet, frame)) = ends.frames.recv(), if sounds => {
                task.say(outlet, &frame);
                Next::On
            }
            message = next_message(&mut stream, read_at) => {
                let now = Instant::now();
                heard_at = now;
                match message {
                    Some(Ok(message)) => {
                        read_at = pace.take(message.len(), now);
                        // Our own pongs are written with the next flush.
                        task.outbox.unflushed |= message.is_ping() || message.is_close();
                        task.hear(message)
                    }
                    Some(Err(fault)) => task.broken(&fault),
                    None => Next::End(Close::abnormal("the connection broke")),
                }
            }
            _ = beat.tick() => {
                beats += 1;
                if beats.is_multiple_of(PING_EVERY.as_secs()) && leave_at.is_none() {
                    task.outbox.push(Message::Ping(Bytes::new()), Kind::Own);
                }
                task.count_lost(&ends);
                if let Some(book) = &mut task.book {
                    book.beat();
                }
                if task.lost > 0 && told_at.is_none_or(|at| at.elapsed() >= LOST_EVERY) {
                    told_at = Some(Instant::now());
                    task.tell_lost();
                }
                let reads = read_at.is_none_or(|at| at <= Instant::now());
                if reads && heard_at.elapsed() > DEAD {
                    task.fail(format!("nothing was heard for {} s", DEAD.as_secs()))
                } else {
                    Next::On
                }
            }
            () = sleep_until(leave_at.unwrap_or_else(Instant::now)), if leave_at.is_some() => {
                Next::End(Close::abnormal("the other side did not say goodbye"))
            }
        };
        match next {
            Next::On => {}
            Next::End(close) => break close,
            Next::Leave => {
                let patience = if orphan { super::LAST_WORDS } else { GOODBYE };
                leave_at = Some(Instant::now() + patience);
            }
        }
    };
    task.count_lost(&ends);
    if task.lost > 0 {
        task.tell_lost();
    }
    if !orphan {
        (inside.tell)(socket, Heard::Closed(close.clone()));
    }
    // What we owe the other side, as far as it goes at once.
    let flush = poll_fn(|cx| {
        let book = task.book.as_mut();
        task.outbox.poll_pump(&mut sink, book, cx)
    });
    let _ = tokio::time::timeout(Duration::from_millis(200), flush).await;
    if let Some(book) = &mut task.book {
        book.close(&close);
    }
}

/// The next message, not before it may be read.
async fn next_message<S>(
    stream: &mut SplitStream<WebSocketStream<S>>,
    at: Option<Instant>,
) -> Option<Result<Message, Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if let Some(at) = at {
        sleep_until(at).await;
    }
    stream.next().await
}

impl Task<'_> {
    fn obey(&mut self, order: Order, ends: &mut Ends) -> Next {
        match order {
            Order::Send(text) => {
                ends.shared.bytes.fetch_sub(text.len(), Ordering::Relaxed);
                self.outbox.text(text, Kind::Text);
            }
            Order::Start { outlet, stream } => {
                let flow = Outflow::new(stream);
                self.outbox.text(flow.start(), Kind::Stream);
                self.flows.insert(outlet, flow);
            }
            Order::Stop { outlet } => {
                // What was heard before the end goes out before it.
                while let Ok((outlet, frame)) = ends.frames.try_recv() {
                    self.say(outlet, &frame);
                }
                if let Some(flow) = self.flows.remove(&outlet) {
                    self.outbox.text(flow.stop(), Kind::Stream);
                }
            }
            Order::Tune { tag, voice } => drop(self.voices.insert(tag, voice)),
            Order::Close => return self.say_goodbye(1000),
            Order::Refuse => return self.say_goodbye(1008),
        }
        Next::On
    }

    fn say(&mut self, outlet: SoundId, frame: &Frame) {
        if let Some(flow) = self.flows.get_mut(&outlet) {
            flow.hear(frame);
            while let Some(message) = flow.speak() {
                let tag = flow.tag().map(str::to_string);
                self.outbox.text(message, Kind::Media { tag });
            }
        }
    }

    fn hear(&mut self, message: Message) -> Next {
        match message {
            Message::Text(text) => match format::read(text.as_str()) {
                Some(message) => self.hear_sound(message, text.as_str()),
                None => {
                    self.pass_in(Passed::Text(text.as_str()));
                    let text = text.as_str().to_string();
                    (self.inside.tell)(self.socket, Heard::Text { text });
                }
            },
            Message::Close(frame) => {
                self.pass_in(close_passed(frame.as_ref()));
                return Next::End(close_of(frame));
            }
            // Nothing that scripts know comes in bytes.
            Message::Binary(bytes) => {
                self.pass_in(Passed::Bytes(bytes.len()));
                count("binary");
            }
            Message::Pong(_) => self.pass_in(Passed::Pong),
            Message::Ping(_) | Message::Frame(_) => {}
        }
        Next::On
    }

    fn hear_sound(&mut self, message: format::Message, text: &str) {
        let tag = message.tag().map(str::to_string);
        let is_media = matches!(message, format::Message::Media { .. });
        let voice = tag.as_ref().and_then(|tag| self.voices.get(tag)).copied();
        let feed = self.inflow.take(message);
        self.pass_in(match is_media {
            true => Passed::Media {
                tag: tag.as_deref(),
                bytes: text.len(),
                ms: feed.as_ref().map_or(0, Feed::ms),
            },
            false => Passed::Stream(text),
        });
        match feed {
            Some(feed) => (self.inside.feed)(voice.unwrap_or(self.socket), feed),
            None => count("unreadable"),
        }
    }

    fn pass_in(&mut self, passed: Passed) {
        if let Some(book) = &mut self.book {
            book.pass(Way::In, passed);
        }
    }

    fn say_goodbye(&mut self, code: u16) -> Next {
        for (_, flow) in self.flows.drain() {
            self.outbox.text(flow.stop(), Kind::Stream);
        }
        self.push_close(code);
        Next::Leave
    }

    fn push_close(&mut self, code: u16) {
        let frame = CloseFrame {
            code: CloseCode::from(code),
            reason: "".into(),
        };
        self.outbox.push(Message::Close(Some(frame)), Kind::Own);
    }

    fn tell_failed(&mut self, why: &str) {
        if let Some(book) = &mut self.book {
            book.fail(why);
        }
        let why = why.to_string();
        (self.inside.tell)(self.socket, Heard::Failed { why });
    }

    /// It is given up.
    fn fail(&mut self, why: String) -> Next {
        self.tell_failed(&why);
        Next::End(Close::abnormal(why))
    }

    /// The connection's end without a goodbye, or what forbids to go on.
    fn broken(&mut self, fault: &Error) -> Next {
        let code = match fault {
            // After a goodbye of both.
            Error::ConnectionClosed | Error::AlreadyClosed => {
                return Next::End(Close::abnormal("the connection is closed"));
            }
            Error::Capacity(_) => 1009,
            Error::Protocol(_) => 1002,
            Error::Utf8(_) => 1007,
            _ => 1006,
        };
        let why = connect::told(fault);
        self.tell_failed(&why);
        if code != 1006 {
            self.outbox.waiting.clear();
            self.push_close(code);
        }
        Next::End(Close {
            code,
            reason: why,
            clean: false,
        })
    }

    /// What has found no room since it was last asked.
    fn count_lost(&mut self, ends: &Ends) {
        let lost = ends.shared.lost.swap(0, Ordering::Relaxed);
        self.lost += lost;
        if let Some(book) = &mut self.book {
            book.drop_frames(lost);
        }
    }

    fn tell_lost(&mut self) {
        let frames = std::mem::take(&mut self.lost);
        metrics::counter!("switchhook_socket_frames_dropped_total").increment(frames);
        (self.inside.tell)(self.socket, Heard::Lost { frames });
    }
}

fn close_of(frame: Option<CloseFrame>) -> Close {
    match frame {
        Some(frame) => Close {
            code: frame.code.into(),
            reason: frame.reason.to_string(),
            clean: true,
        },
        None => Close {
            code: 1005,
            reason: String::new(),
            clean: true,
        },
    }
}

fn count(what: &'static str) {
    metrics::counter!("switchhook_sockets_total", "what" => what).increment(1);
}
