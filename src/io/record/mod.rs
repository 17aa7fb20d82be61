//! Recordings: sound becomes files, on a thread of its own.
//!
//! ```text
//!  media thread ─ begin, sound, end ─▸ bounded queue ─▸ writer: gap ▸ pen ▸ file.part ▸ each half second
//!                                                        └ begun, ended ─▸ told      on the disk ▸ file
//! ```
//!
//! A clone of the way stays with the media thread, which never waits: sound that finds no room is left out, counted, and silence in the file,
//! so that what follows stays in time. A full disk ends a recording and nothing else. Whatever ends the
//! program, what was on the disk is a file that can be played: the next start gives it its name.

mod desk;
mod flac;
mod mp3;
pub(super) mod pen;
pub(in crate::io) mod place;
#[cfg(test)]
mod tests;
mod wav;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use desk::{Desk, Links};
pub use pen::{Format, Paper, Shape};
pub use place::{Filed, Folder};
use writer::Writer;

/// How a writer goes about its work.
#[derive(Clone, Debug)]
pub struct Pace {
    /// The longest that sound is only in memory.
    pub flush: Duration,
    /// Pieces of sound that may wait, of all recordings together: 20 ms each.
    pub most_waiting: usize,
    /// Bytes that must stay free on the disk.
    pub most_full: u64,
    /// A day's recordings are deleted so many days later; 0: never.
    pub keep_days: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Pace {
            flush: Duration::from_millis(500),
            most_waiting: 8192,
            most_full: 100 << 20,
            keep_days: 0,
        }
    }
}

/// What a recording shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub shape: Shape,
    /// Where its file stands, told by [`Folder::choose`].
    pub filed: Filed,
    pub url: String,
    pub longest: Duration,
    /// Where so many are under way already, it does not begin.
    pub at_once: usize,
}

/// What became of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Its file is there, and this link leads to it.
    Begun { url: String },
    /// The last of it. `fault` where it ended before it was told to; the sound so far is kept.
    Ended {
        duration: Duration,
        fault: Option<String>,
    },
}

/// The way to the writer; `K` names a recording. The last one of them waits until everything is on the disk.
pub struct Recordings<K> {
    inlet: Inlet<K>,
    thread: Option<JoinHandle<()>>,
}

/// A way to the writer that holds nothing up.
pub struct Inlet<K> {
    jobs: Sender<Job<K>>,
    waiting: Arc<AtomicUsize>,
    most_waiting: usize,
}

impl<K> Clone for Inlet<K> {
    fn clone(&self) -> Self {
        Inlet {
            jobs: self.jobs.clone(),
            waiting: self.waiting.clone(),
            most_waiting: self.most_waiting,
        }
    }
}

/// How a file is made; another one in tests.
pub type Create = fn(&std::path::Path) -> std::io::Result<Box<dyn Paper>>;

enum Job<K> {
    Begin(K, Box<Plan>),
    /// Interleaved, from this sample of the recording on.
    Sound(K, u64, Vec<i16>),
    End(K),
    /// Everything so far goes to the disk, and then this is called.
    Settle(Box<dyn FnOnce() + Send>),
    /// Whatever is open is ended, and nothing more is written.
    Close,
}

impl<K: Copy + Eq + std::hash::Hash + Send + 'static> Recordings<K> {
    /// Files go beneath `root`. What a crash left there gets its name first.
    pub fn start(
        root: PathBuf,
        pace: Pace,
        tell: impl Fn(K, News) + Send + 'static,
    ) -> std::io::Result<Recordings<K>> {
        Self::start_on(root, pace, place::create, tell)
    }

    fn start_on(
        root: PathBuf,
        pace: Pace,
        create: Create,
        tell: impl Fn(K, News) + Send + 'static,
    ) -> std::io::Result<Recordings<K>> {
        let (jobs, todo) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let (seen, most_waiting) = (waiting.clone(), pace.most_waiting);
        let thread = thread::Builder::new()
            .name("recordings".to_string())
            .spawn(move || {
                place::adopt(&root);
                Writer::new(root, pace, create, tell).run(&todo, &seen);
            })?;
        Ok(Recordings {
            inlet: Inlet {
                jobs,
                waiting,
                most_waiting,
            },
            thread: Some(thread),
        })
    }

    pub fn inlet(&self) -> Inlet<K> {
        self.inlet.clone()
    }

    pub fn begin(&self, recording: K, plan: Plan) {
        self.inlet.send(Job::Begin(recording, Box::new(plan)));
    }

    pub fn end(&self, recording: K) {
        self.inlet.send(Job::End(recording));
    }
}

impl<K> Inlet<K> {
    /// Sound from sample `at` of the recording on, interleaved where it is stereo, at the rate of its
    /// plan. Never waits: `false` where there was no room.
    pub fn sound(&self, recording: K, at: u64, samples: Vec<i16>) -> bool {
        if self.waiting.load(Ordering::Relaxed) >= self.most_waiting {
            metrics::counter!("switchhook_recording_frames_dropped_total").increment(1);
            return false;
        }
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.send(Job::Sound(recording, at, samples));
        true
    }

    /// `done` is called when everything so far is on the disk; dropped where there is no writer any more.
    pub fn settle(&self, done: Box<dyn FnOnce() + Send>) {
        self.send(Job::Settle(done));
    }

    fn send(&self, job: Job<K>) {
        // Gone only where its thread has ended; a panic of it has been logged.
        let _ = self.jobs.send(job);
    }
}

/// Waits until everything is on the disk.
impl<K> Drop for Recordings<K> {
    fn drop(&mut self) {
        self.inlet.send(Job::Close);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
