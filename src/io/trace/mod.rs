//! What is kept of WebSockets becomes files, on a thread of its own: a trace, which grows line by line, and a document with
//! figures, which is written anew. They lie where recordings lie, have links as those have, and go when those go.
//!
//! ```text
//!  task of a socket ─ lines, document ─▸ bounded queue ─▸ writer ─ each half second ─▸ NAME.txt, NAME.json
//!                                                          └ the disk is full ─▸ told, and no more is kept of that one
//! ```
//!
//! Nobody waits for it: what finds no room in the queue is left out, and the trace says where.

mod writer;

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;

use crate::base::socket::Keep;
use crate::base::{Dice, SoundId};
use crate::io::record::{Folder, Links};
use crate::settings::sound;
use writer::Writer;

/// Bytes that may wait for the disk, of all sockets together.
const MOST_WAITING: usize = 16 << 20;

/// All that is kept. Dropped, it waits until everything is on the disk.
pub struct Traces {
    inlet: Inlet,
    links: Links,
    dice: Dice,
    last: u64,
    thread: Option<JoinHandle<()>>,
}

/// The way to the writer.
#[derive(Clone)]
struct Inlet {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
}

enum Job {
    Begin(u64, Files),
    Lines(u64, String),
    Document(u64, String),
    End(u64),
    /// Everything so far goes to the disk, and then this is called.
    Settle(Box<dyn FnOnce() + Send>),
    Close,
}

/// What there is to be for one socket, by names beneath the folder.
struct Files {
    socket: SoundId,
    trace: Option<String>,
    document: Option<String>,
}

/// The files of one socket. Dropped, they are whole.
pub struct Pages {
    inlet: Inlet,
    number: u64,
    pub links: PageLinks,
}

/// Where they can be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLinks {
    pub statistics: Option<String>,
    pub trace: Option<String>,
}

impl Traces {
    /// Files go beneath `root`, while so many bytes stay free there. `tell` hears why no more is kept of a socket.
    pub fn start(
        root: PathBuf,
        keep_free: u64,
        links: Links,
        dice: Dice,
        tell: impl Fn(SoundId, String) + Send + 'static,
    ) -> io::Result<Traces> {
        let (jobs, todo) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let seen = waiting.clone();
        let writer = Writer::new(root, keep_free, tell);
        let thread = thread::Builder::new()
            .name("traces".to_string())
            .spawn(move || writer.run(&todo, &seen))?;
        Ok(Traces {
            inlet: Inlet { jobs, waiting },
            links,
            dice,
            last: 0,
            thread: Some(thread),
        })
    }

    /// Pages for a socket. Never waits: what becomes of them the writer tells.
    pub fn begin(&mut self, socket: SoundId, keep: Keep, settings: &sound::Recordings) -> Pages {
        self.last += 1;
        let now = Timestamp::now();
        let chance = u128::from(self.dice.u64()) << 64 | u128::from(self.dice.u64());
        let name = |wanted: bool, ending: &str| {
            wanted.then(|| {
                Folder::choose(now, "socket", chance, ending)
                    .name()
                    .to_string()
            })
        };
        let (trace, document) = (name(keep.trace, "txt"), name(keep.statistics, "json"));
        let link = |name: &Option<String>| {
            let name = name.as_deref();
            name.map(|name| self.links.to(name, now, settings))
        };
        let links = PageLinks {
            statistics: link(&document),
            trace: link(&trace),
        };
        let files = Files {
            socket,
            trace,
            document,
        };
        self.inlet.send(Job::Begin(self.last, files));
        Pages {
            inlet: self.inlet.clone(),
            number: self.last,
            links,
        }
    }

    /// Calls what it is given when everything so far is on the disk.
    pub fn settler(&self) -> impl Fn(Box<dyn FnOnce() + Send>) + Send + Sync + 'static {
        let inlet = self.inlet.clone();
        move |done| inlet.send(Job::Settle(done))
    }
}

impl Pages {
    /// `false`: there was no room.
    pub fn lines(&self, lines: String) -> bool {
        self.inlet
            .page(lines, |lines| Job::Lines(self.number, lines))
    }

    /// In the place of the one before. `false`: there was no room.
    pub fn document(&self, text: String) -> bool {
        self.inlet
            .page(text, |text| Job::Document(self.number, text))
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.inlet.send(Job::End(self.number));
    }
}

impl Inlet {
    fn page(&self, text: String, job: impl FnOnce(String) -> Job) -> bool {
        let bytes = text.len();
        let before = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > MOST_WAITING {
            self.waiting.fetch_sub(bytes, Ordering::Relaxed);
            return false;
        }
        self.send(job(text));
        true
    }

    fn send(&self, job: Job) {
        // Gone only where its thread has ended; a panic of it has been logged.
        let _ = self.jobs.send(job);
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        self.inlet.send(Job::Close);
        if let Some(thread) = self.thread.take() {
            // A panic there has been logged where it happened.
            let _ = thread.join();
        }
    }
}
