//! Messages to the URLs of scripts: JSON over HTTP, tried a few times, on a thread of their own.
//!
//! ```text
//!  send ─▸ bounded queue ─▸ a line for each transfer ─▸ so many at a time: try · wait · try …
//! ```
//!
//! Nobody waits for them. What is told of one transfer arrives in order; what finds no room is dropped and
//! counted. Where a URL may lead is the operator's to say: see [`judge`](crate::io::judge).

#[cfg(test)]
mod tests;
mod try_once;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ipnet::IpNet;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{self, JoinSet};
use tokio::time::{sleep, timeout};

use crate::io::way::Way;
use crate::session::Post;
use crate::sip::stack::ReferId;
use try_once::{Tried, try_once};

/// How messages are sent.
#[derive(Clone, Debug)]
pub struct Pace {
    /// One try, from the question to DNS to the answer.
    pub patience: Duration,
    /// Between the tries, of which there is one more.
    pub waits: Vec<Duration>,
    /// Messages that may wait in each of two places: to be looked at, and behind others of their line.
    pub most_waiting: usize,
    /// Messages under way at a time.
    pub most_at_once: usize,
    /// How long the end of the program waits for what is left.
    pub last_words: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            patience: Duration::from_secs(5),
            waits: [1, 2, 4].map(Duration::from_secs).to_vec(),
            most_waiting: 512,
            most_at_once: 32,
            last_words: Duration::from_secs(2),
        }
    }
}

/// The way out. Dropped, it waits a moment for what is left.
pub struct Poster {
    queue: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
}

struct Message {
    post: Post,
    allow: Vec<IpNet>,
}

impl Poster {
    pub fn start(pace: Pace) -> io::Result<Poster> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (queue, messages) = channel(pace.most_waiting);
        let thread = thread::Builder::new()
            .name("post".to_string())
            .spawn(move || {
                runtime.block_on(deliver(messages, pace));
                // A question to DNS may hang in a thread of its own.
                runtime.shutdown_background();
            })?;
        Ok(Poster {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// `allow` are the addresses that are not public and may be reached. Never waits.
    pub fn send(&self, post: Post, allow: Vec<IpNet>) {
        if let Some(queue) = &self.queue
            && queue.try_send(Message { post, allow }).is_err()
        {
            count("dropped");
        }
    }
}

impl Drop for Poster {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been logged where it happened.
            let _ = thread.join();
        }
    }
}

/// Until the queue is closed and what is left is sent, or its time is over.
async fn deliver(mut messages: Receiver<Message>, pace: Pace) {
    let mut lines = Lines::new(pace);
    loop {
        tokio::select! {
            Some(done) = lines.under_way.join_next_with_id() => lines.done(done),
            message = messages.recv(), if lines.has_room() => match message {
                Some(message) => lines.take(message),
                None => break,
            },
        }
    }
    let last_words = lines.pace.last_words;
    let rest = async {
        while let Some(done) = lines.under_way.join_next_with_id().await {
            lines.done(done);
        }
    };
    let _ = timeout(last_words, rest).await;
}

/// A line for each transfer, of which the first message is under way or about to be.
struct Lines {
    pace: Arc<Pace>,
    way: Arc<Way>,
    waiting: BTreeMap<ReferId, VecDeque<Message>>,
    /// How many messages wait in all lines.
    count: usize,
    /// Lines whose first message has found no room yet.
    ready: VecDeque<ReferId>,
    under_way: JoinSet<()>,
    of: BTreeMap<task::Id, ReferId>,
}

impl Lines {
    fn new(pace: Pace) -> Lines {
        Lines {
            pace: Arc::new(pace),
            way: Arc::default(),
            waiting: BTreeMap::new(),
            count: 0,
            ready: VecDeque::new(),
            under_way: JoinSet::new(),
            of: BTreeMap::new(),
        }
    }

    fn has_room(&self) -> bool {
        self.count < self.pace.most_waiting
    }

    fn take(&mut self, message: Message) {
        let refer = message.post.refer;
        let is_new = !self.waiting.contains_key(&refer);
        self.waiting.entry(refer).or_default().push_back(message);
        self.count += 1;
        if is_new {
            self.ready.push_back(refer);
        }
        self.go_on();
    }

    fn done(&mut self, done: Result<(task::Id, ()), task::JoinError>) {
        let id = match &done {
            Ok((id, ())) => *id,
            Err(broken) => broken.id(),
        };
        if let Some(refer) = self.of.remove(&id) {
            match self.waiting.get(&refer) {
                Some(line) if !line.is_empty() => self.ready.push_back(refer),
                _ => drop(self.waiting.remove(&refer)),
            }
        }
        self.go_on();
    }

    fn go_on(&mut self) {
        while self.under_way.len() < self.pace.most_at_once
            && let Some(refer) = self.ready.pop_front()
        {
            let line = self.waiting.get_mut(&refer);
            let Some(message) = line.and_then(VecDeque::pop_front) else {
                continue;
            };
            self.count -= 1;
            let (pace, way) = (self.pace.clone(), self.way.clone());
            let task = self
                .under_way
                .spawn(async move { send(message, &pace, &way).await });
            self.of.insert(task.id(), refer);
        }
    }
}

/// One message, with all its tries.
async fn send(message: Message, pace: &Pace, way: &Way) {
    let Message { post, allow } = message;
    let mut waits = pace.waits.iter();
    loop {
        let tried = try_once(&post, &allow, way, pace.patience).await;
        let why = match (tried, waits.next()) {
            (Tried::Taken, _) => return count("delivered"),
            (Tried::Again(_), Some(wait)) => {
                sleep(*wait).await;
                continue;
            }
            (Tried::Again(why) | Tried::Refused(why), _) => why,
        };
        tracing::warn!(url = %post.hook, "a status was not delivered: {why}");
        return count("failed");
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("switchhook_posts_total", "outcome" => outcome).increment(1);
}
