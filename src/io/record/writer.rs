//! The writer's thread: one recording after the other, a piece at a time.

use std::collections::HashMap;
use std::fs;
use std::hash::Hash;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::pen::Pen;
use super::{Create, Job, News, Pace, Plan, place};

/// Silence is written in pieces of at most so many samples.
const GAP: usize = 4096;

/// How often it is looked whether something is old enough to be deleted.
const SWEEP: Duration = Duration::from_secs(3600);

pub struct Writer<K, T> {
    root: PathBuf,
    pace: Pace,
    create: Create,
    tell: T,
    open: HashMap<K, Open>,
    /// When all that is open goes to the disk.
    flush_at: Option<Instant>,
    sweep_at: Instant,
}

/// A recording that is being written.
struct Open {
    plan: Plan,
    pen: Pen,
    /// Samples of each channel so far.
    written: u64,
    is_dirty: bool,
}

impl<K: Copy + Eq + Hash, T: Fn(K, News)> Writer<K, T> {
    pub fn new(root: PathBuf, pace: Pace, create: Create, tell: T) -> Self {
        Writer {
            root,
            pace,
            create,
            tell,
            open: HashMap::new(),
            flush_at: None,
            sweep_at: Instant::now(),
        }
    }

    /// Until it is told to close, or nobody can send any more; what is open then is ended.
    pub fn run(mut self, todo: &Receiver<Job<K>>, waiting: &AtomicUsize) {
        loop {
            if self.sweep_at <= Instant::now() {
                place::sweep(&self.root, self.pace.keep_days);
                self.sweep_at = Instant::now() + SWEEP;
            }
            let next = self.flush_at.unwrap_or(self.sweep_at);
            let job = todo.recv_timeout(next.saturating_duration_since(Instant::now()));
            match job {
                Ok(Job::Begin(recording, plan)) => self.begin(recording, *plan),
                Ok(Job::Sound(recording, at, samples)) => {
                    waiting.fetch_sub(1, Ordering::Relaxed);
                    self.sound(recording, at, &samples);
                }
                Ok(Job::End(recording)) => self.end(recording, None),
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
        let left: Vec<K> = self.open.keys().copied().collect();
        for recording in left {
            self.end(recording, None);
        }
    }

    fn begin(&mut self, recording: K, plan: Plan) {
        let (part, _) = place::paths(&self.root, &plan.filed);
        let under_way = self.open.len();
        if under_way >= plan.at_once {
            let fault =
                format!("{under_way} recordings are under way already, which is recordings.atOnce");
            return self.refuse(recording, fault);
        }
        let pen = (self.create)(&part).and_then(|paper| {
            self.check_room()?;
            Pen::new(paper, plan.shape)
        });
        match pen {
            Ok(pen) => {
                let url = plan.url.clone();
                let open = Open {
                    plan,
                    pen,
                    written: 0,
                    is_dirty: false,
                };
                self.open.insert(recording, open);
                self.count();
                (self.tell)(recording, News::Begun { url });
            }
            Err(error) => {
                // Nothing is in it.
                let _ = fs::remove_file(&part);
                self.refuse(recording, told(&error));
            }
        }
    }

    /// It does not begin.
    fn refuse(&self, recording: K, fault: String) {
        metrics::counter!("switchhook_recording_faults_total").increment(1);
        tracing::warn!("a recording cannot begin: {fault}");
        let duration = Duration::ZERO;
        let fault = Some(fault);
        (self.tell)(recording, News::Ended { duration, fault });
    }

    fn sound(&mut self, recording: K, at: u64, samples: &[i16]) {
        // Sound of one that has ended may still be on its way.
        let Some(open) = self.open.get_mut(&recording) else {
            return;
        };
        // A bug of an encoder costs its recording, not all of them.
        let written = catch_unwind(AssertUnwindSafe(|| open.write(at, samples)));
        let bug = |_| Err(io::Error::other("its encoder has failed by a bug"));
        match written.unwrap_or_else(bug) {
            Ok(()) => {
                self.flush_at
                    .get_or_insert_with(|| Instant::now() + self.pace.flush);
                if open.duration() >= open.plan.longest {
                    let file = open.plan.filed.name();
                    tracing::warn!(
                        file,
                        "a recording is as long as it may be: recordings.longestS"
                    );
                    self.end(recording, None);
                }
            }
            Err(error) => self.end(recording, Some(error)),
        }
    }

    fn flush(&mut self) {
        self.flush_at = None;
        let room = self.check_room();
        let mut faults = Vec::new();
        for (recording, open) in &mut self.open {
            let flushed = match (open.is_dirty, &room) {
                (false, _) => Ok(()),
                (true, Err(full)) => Err(io::Error::new(full.kind(), full.to_string())),
                (true, Ok(())) => open.pen.flush(),
            };
            open.is_dirty = false;
            if let Err(error) = flushed {
                faults.push((*recording, error));
            }
        }
        for (recording, error) in faults {
            self.end(recording, Some(error));
        }
    }

    fn end(&mut self, recording: K, fault: Option<io::Error>) {
        let Some(open) = self.open.remove(&recording) else {
            return;
        };
        self.count();
        let duration = open.duration();
        let (part, whole) = place::paths(&self.root, &open.plan.filed);
        let finished = open.pen.finish();
        let named = fs::rename(&part, &whole);
        let fault = fault.or(finished.err()).or(named.err());
        let fault = fault.map(|error| told(&error));
        if let Some(fault) = &fault {
            metrics::counter!("switchhook_recording_faults_total").increment(1);
            tracing::warn!(
                file = open.plan.filed.name(),
                "a recording has ended early: {fault}"
            );
        }
        (self.tell)(recording, News::Ended { duration, fault });
    }

    fn count(&self) {
        metrics::gauge!("switchhook_recordings").set(self.open.len() as f64);
    }

    fn check_room(&self) -> io::Result<()> {
        place::check_room(&self.root, self.pace.most_full)
    }
}

impl Open {
    fn write(&mut self, at: u64, samples: &[i16]) -> io::Result<()> {
        let channels = usize::from(self.plan.shape.channels());
        let longest =
            self.plan.longest.as_millis() as u64 * u64::from(self.plan.shape.rate_hz) / 1000;
        let silence = [0; GAP];
        let mut gap = at.min(longest).saturating_sub(self.written);
        while gap > 0 {
            let now = gap.min((GAP / channels) as u64);
            self.pen
                .write(silence.get(..now as usize * channels).unwrap_or_default())?;
            self.written += now;
            gap -= now;
        }
        let room = longest.saturating_sub(self.written);
        let count = ((samples.len() / channels) as u64).min(room);
        let samples = samples.get(..count as usize * channels).unwrap_or_default();
        self.pen.write(samples)?;
        self.written += count;
        self.is_dirty = true;
        Ok(())
    }

    fn duration(&self) -> Duration {
        let rate = u64::from(self.plan.shape.rate_hz.max(1));
        Duration::from_micros(self.written * 1_000_000 / rate)
    }
}

fn told(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".to_string(),
        _ => format!("the recording cannot be written: {error}"),
    }
}
