//! The writer's thread.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::{Files, Job};
use crate::base::SoundId;
use crate::io::record::place;

/// The longest that something is only in memory.
const FLUSH: Duration = Duration::from_millis(500);
/// More than this of one trace does not wait for that.
const PIECE: usize = 256 << 10;

pub struct Writer<T> {
    root: PathBuf,
    /// Bytes that stay free.
    keep_free: u64,
    tell: T,
    open: BTreeMap<u64, Open>,
    flush_at: Option<Instant>,
}

struct Open {
    files: Files,
    file: Option<Box<dyn place::Paper>>,
    lines: String,
    document: Option<String>,
}

impl<T: Fn(SoundId, String)> Writer<T> {
    pub fn new(root: PathBuf, keep_free: u64, tell: T) -> Self {
        Writer {
            root,
            keep_free,
            tell,
            open: BTreeMap::new(),
            flush_at: None,
        }
    }

    /// Until it is told to close, or nobody can send any more.
    pub fn run(mut self, todo: &Receiver<Job>, waiting: &AtomicUsize) {
        loop {
            let job = match self.flush_at {
                Some(at) => todo.recv_timeout(at.saturating_duration_since(Instant::now())),
                None => todo.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match job {
                Ok(Job::Begin(number, files)) => {
                    let open = Open {
                        files,
                        file: None,
                        lines: String::new(),
                        document: None,
                    };
                    self.open.insert(number, open);
                }
                Ok(Job::Lines(number, lines)) => {
                    waiting.fetch_sub(lines.len(), Ordering::Relaxed);
                    let Some(open) = self.open.get_mut(&number) else {
                        continue;
                    };
                    open.lines.push_str(&lines);
                    let is_much = open.lines.len() > PIECE;
                    self.flush_soon();
                    if is_much {
                        self.flush_one(number);
                    }
                }
                Ok(Job::Document(number, text)) => {
                    waiting.fetch_sub(text.len(), Ordering::Relaxed);
                    if let Some(open) = self.open.get_mut(&number) {
                        open.document = Some(text);
                        self.flush_soon();
                    }
                }
                Ok(Job::End(number)) => {
                    self.flush_one(number);
                    self.open.remove(&number);
                }
                Ok(Job::Settle(done)) => {
                    self.flush();
                    done();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Job::Close) | Err(RecvTimeoutError::Disconnected) => break,
            }
            if self.flush_at.is_some_and(|at| at <= Instant::now()) {
                self.flush();
            }
        }
        self.flush();
    }

    fn flush_soon(&mut self) {
        self.flush_at.get_or_insert_with(|| Instant::now() + FLUSH);
    }

    fn flush(&mut self) {
        self.flush_at = None;
        let all: Vec<u64> = self.open.keys().copied().collect();
        for number in all {
            self.flush_one(number);
        }
    }

    /// What cannot be written ends what is kept of that socket, and nothing else.
    fn flush_one(&mut self, number: u64) {
        let Some(open) = self.open.get_mut(&number) else {
            return;
        };
        if open.lines.is_empty() && open.document.is_none() {
            return;
        }
        let written =
            place::check_room(&self.root, self.keep_free).and_then(|()| open.write(&self.root));
        let Err(error) = written else {
            return;
        };
        let socket = open.files.socket;
        self.open.remove(&number);
        metrics::counter!("switchhook_socket_trace_faults_total").increment(1);
        let why = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "the disk is full".to_string()
            }
            _ => error.to_string(),
        };
        tracing::warn!(%socket, "a socket is no longer traced: {why}");
        (self.tell)(socket, format!("no more is kept of it: {why}"));
    }
}

impl Open {
    fn write(&mut self, root: &std::path::Path) -> io::Result<()> {
        if let (Some(name), false) = (&self.files.trace, self.lines.is_empty()) {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(place::create(&root.join(name))?),
            };
            file.write_all(self.lines.as_bytes())?;
            file.flush()?;
            self.lines.clear();
        }
        if let (Some(name), Some(text)) = (&self.files.document, self.document.take()) {
            // Whoever reads it meanwhile has the one before, whole.
            let fresh = root.join(format!("{name}{}", place::FRESH));
            let _ = fs::remove_file(&fresh);
            let mut file = place::create(&fresh)?;
            file.write_all(text.as_bytes())?;
            file.flush()?;
            drop(file);
            fs::rename(&fresh, root.join(name))?;
        }
        Ok(())
    }
}
