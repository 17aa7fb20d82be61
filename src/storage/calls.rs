//! `DATA/calls.jsonl`: one JSON line per ended leg, whole or not at all. A full disk stops nothing:
//! lines wait, and what does not fit any more is counted.

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Serialize;
use tracing::{error, info, warn};

use crate::base::bounded::Bounded;
use crate::storage::bell::{Bell, Sleeper, Woken, bell};

const FILE: &str = "calls.jsonl";
/// Lines that wait for the disk.
const MOST_WAITING: usize = 10_000;
/// After a write that failed.
const PAUSE: Duration = Duration::from_secs(1);
/// Lines that are written in one go.
const MOST_AT_ONCE: usize = 256;

/// The file of call records; what was handed over is written before it is gone, if it can be.
#[derive(Debug)]
pub struct CallLog {
    shared: Arc<Shared>,
    bell: Option<Bell>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    waiting: Mutex<Bounded<Vec<u8>>>,
    dropped: AtomicU64,
}

impl CallLog {
    /// Opens the file for appending, and makes it where it is missing.
    pub fn open(data: &Path) -> io::Result<CallLog> {
        std::fs::create_dir_all(data)?;
        CallLog::start(JsonLines::open(data.join(FILE))?, MOST_WAITING)
    }

    fn start(sink: impl Sink, most_waiting: usize) -> io::Result<CallLog> {
        let shared = Arc::new(Shared {
            waiting: Mutex::new(Bounded::new(most_waiting)),
            dropped: AtomicU64::new(0),
        });
        let (bell, sleeper) = bell();
        let writer = Writer {
            shared: shared.clone(),
            sleeper,
            sink,
            batch: VecDeque::new(),
        };
        let thread = std::thread::Builder::new()
            .name("calls".to_string())
            .spawn(move || writer.run())?;
        Ok(CallLog {
            shared,
            bell: Some(bell),
            thread: Some(thread),
        })
    }

    /// Hands one record over; `false` where too many wait already. Does not wait.
    pub fn write(&self, record: &impl Serialize) -> bool {
        let Ok(mut line) = serde_json::to_vec(record) else {
            return false;
        };
        line.push(b'\n');
        let taken = self.shared.waiting().push(line).is_ok();
        if !taken {
            self.shared.dropped.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("switchhook_records_dropped_total").increment(1);
        }
        if let Some(bell) = &self.bell {
            bell.ring();
        }
        taken
    }

    /// How many records did not fit.
    pub fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for CallLog {
    fn drop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            error!("the call records' thread had died");
        }
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Bounded<Vec<u8>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where lines go; a file but in tests.
trait Sink: Send + 'static {
    /// All of it or nothing.
    fn append(&mut self, lines: &[u8]) -> io::Result<()>;
}

struct Writer<S> {
    shared: Arc<Shared>,
    sleeper: Sleeper,
    sink: S,
    /// Lines that are being written.
    batch: VecDeque<Vec<u8>>,
}

impl<S: Sink> Writer<S> {
    fn run(mut self) {
        let mut failing = false;
        loop {
            let woken = match failing {
                true => self.pause(),
                false => self.sleeper.sleep(Duration::from_secs(3600)),
            };
            match self.write() {
                Ok(()) if failing => {
                    let dropped = self.shared.dropped.load(Ordering::Relaxed);
                    info!(dropped, "call records are written again");
                    failing = false;
                }
                Ok(()) => {}
                Err(error) if !failing => {
                    warn!("call records cannot be written, tried again every second: {error}");
                    failing = true;
                }
                Err(_) => {}
            }
            if woken == Woken::Alone {
                let left = self.batch.len() + self.shared.waiting().len();
                if left > 0 {
                    error!("{left} call records were not written");
                }
                return;
            }
        }
    }

    /// Sleeps for the whole pause, whoever rings, but not when the program ends.
    fn pause(&self) -> Woken {
        let steps = 10;
        for _ in 0..steps {
            if self.sleeper.sleep(Duration::ZERO) == Woken::Alone {
                return Woken::Alone;
            }
            std::thread::sleep(PAUSE / steps);
        }
        Woken::TimeOut
    }

    fn write(&mut self) -> io::Result<()> {
        loop {
            {
                let mut waiting = self.shared.waiting();
                while self.batch.len() < MOST_AT_ONCE
                    && let Some(line) = waiting.pop()
                {
                    self.batch.push_back(line);
                }
            }
            if self.batch.is_empty() {
                return Ok(());
            }
            let lines = self.batch.make_contiguous().concat();
            self.sink.append(&lines)?;
            self.batch.clear();
        }
    }
}

/// A file of lines that may be moved away under our hands.
struct JsonLines {
    path: PathBuf,
    file: File,
}

impl JsonLines {
    fn open(path: PathBuf) -> io::Result<JsonLines> {
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .append(true)
            .open(&path)?;
        // A line that a crash cut short ends here.
        let length = file.metadata()?.len();
        if length > 0 {
            file.seek(SeekFrom::Start(length - 1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(JsonLines { path, file })
    }

    /// Whether the path still leads to our file, or somebody has moved it away.
    fn is_ours(&self) -> bool {
        let same = |at: std::fs::Metadata, ours: std::fs::Metadata| {
            (at.dev(), at.ino()) == (ours.dev(), ours.ino())
        };
        match (std::fs::metadata(&self.path), self.file.metadata()) {
            (Ok(at), Ok(ours)) => same(at, ours),
            _ => false,
        }
    }
}

impl Sink for JsonLines {
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if !self.is_ours() {
            *self = JsonLines::open(self.path.clone())?;
        }
        let before = self.file.metadata()?.len();
        self.file.write_all(lines).inspect_err(|_| {
            // Nobody reads half a line. Where even this fails, the next start ends it.
            let _ = self.file.set_len(before);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    #[test]
    fn each_record_is_one_line() {
        let data = tempfile::tempdir().unwrap();
        let log = CallLog::open(data.path()).unwrap();
        assert!(log.write(&serde_json::json!({"from": "a\nb"})));
        assert!(log.write(&serde_json::json!({"from": 2})));
        drop(log);
        assert_eq!(text(data.path()), "{\"from\":\"a\\nb\"}\n{\"from\":2}\n");
    }

    #[test]
    fn a_line_cut_short_by_a_crash_does_not_spoil_the_next() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(data.path().join(FILE), "{\"from\":1}\n{\"fr").unwrap();
        let log = CallLog::open(data.path()).unwrap();
        log.write(&3);
        drop(log);
        assert_eq!(text(data.path()), "{\"from\":1}\n{\"fr\n3\n");
    }

    #[test]
    fn a_file_that_was_moved_away_is_made_anew() {
        let data = tempfile::tempdir().unwrap();
        let mut lines = JsonLines::open(data.path().join(FILE)).unwrap();
        lines.append(b"1\n").unwrap();
        std::fs::rename(data.path().join(FILE), data.path().join("old")).unwrap();
        lines.append(b"2\n").unwrap();
        assert_eq!(text(data.path()), "2\n");
    }

    #[test]
    fn a_full_disk_keeps_lines_waiting_counts_what_does_not_fit_and_loses_nothing_else() {
        let (tried, tries) = sync_channel(100);
        let (answer, answers) = sync_channel(100);
        let log = CallLog::start(Disk { tried, answers }, 2).unwrap();
        log.write(&1);
        assert_eq!(tries.recv().unwrap(), "1\n");
        // The first line is at the writer; two more fit.
        assert!(log.write(&2));
        assert!(log.write(&3));
        assert!(!log.write(&4));
        assert_eq!(log.dropped(), 1);
        answer.send(false).unwrap();
        assert_eq!(tries.recv().unwrap(), "1\n2\n3\n");
        assert!(log.write(&5));
        answer.send(true).unwrap();
        assert_eq!(tries.recv().unwrap(), "5\n");
        answer.send(true).unwrap();
        drop(log);
        assert!(tries.recv().is_err(), "nothing is written twice");
    }

    #[test]
    fn a_disk_that_stays_full_does_not_hold_up_the_end() {
        let (tried, tries) = sync_channel(100);
        let (answer, answers) = sync_channel(100);
        let log = CallLog::start(Disk { tried, answers }, 2).unwrap();
        log.write(&1);
        assert_eq!(tries.recv().unwrap(), "1\n");
        drop(answer);
        drop(log);
        assert_eq!(tries.recv().unwrap(), "1\n", "the last try");
        assert!(tries.recv().is_err());
    }

    fn text(data: &Path) -> String {
        std::fs::read_to_string(data.join(FILE)).unwrap()
    }

    /// Tells what it is to write and is told whether it can; without an answer it is full.
    struct Disk {
        tried: SyncSender<String>,
        answers: Receiver<bool>,
    }

    impl Sink for Disk {
        fn append(&mut self, lines: &[u8]) -> io::Result<()> {
            self.tried
                .send(String::from_utf8(lines.to_vec()).unwrap())
                .unwrap();
            match self.answers.recv() {
                Ok(true) => Ok(()),
                Ok(false) | Err(_) => Err(io::ErrorKind::StorageFull.into()),
            }
        }
    }
}
