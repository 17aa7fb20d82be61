//! Sees from outside that a script thread does not come back from its job.
//!
//! QuickJS asks for its interrupt handler rarely and not at all inside most built-ins, so a script can
//! hold its thread for minutes. The watchdog counts its own ticks instead of reading a clock: a
//! process that was stopped, or a machine that had no time for anybody, condemns no thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, setpriority_process};

use super::{Report, WorkerId};
use crate::base::SessionId;

/// How often the watchdog looks.
const TICK: Duration = Duration::from_millis(50);

/// What a thread shows of itself to the watchdog.
#[derive(Debug, Default)]
pub(super) struct Stamp {
    /// Odd while a job is under way; counts up at every start and every end.
    jobs: AtomicU64,
    /// The session of the job under way.
    session: AtomicU64,
    /// The kernel's name of the thread.
    tid: AtomicI32,
    /// Nobody waits for the thread any more; it ends when it comes back.
    abandoned: AtomicBool,
}

impl Stamp {
    /// Called by the thread itself, first of all.
    pub(super) fn sign(&self) {
        let tid = rustix::thread::gettid();
        self.tid
            .store(tid.as_raw_nonzero().get(), Ordering::Relaxed);
    }

    pub(super) fn begin(&self, session: SessionId) {
        self.session.store(session.0, Ordering::Relaxed);
        self.jobs.fetch_add(1, Ordering::Release);
    }

    pub(super) fn end(&self) {
        self.jobs.fetch_add(1, Ordering::Release);
    }

    pub(super) fn is_abandoned(&self) -> bool {
        self.abandoned.load(Ordering::Acquire)
    }

    /// A thread that nobody waits for gets what others leave: it must not slow down SIP.
    fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
        if let Some(tid) = Pid::from_raw(self.tid.load(Ordering::Relaxed)) {
            let _ = setpriority_process(Some(tid), 19);
        }
    }
}

/// What the engine's side tells the watchdog.
enum Word {
    Watch { worker: WorkerId, stamp: Arc<Stamp> },
    Patience(Duration),
}

/// The engine's hold on the watchdog; the thread ends when it is dropped.
#[derive(Debug)]
pub(super) struct Watchdog(Sender<Word>);

impl Watchdog {
    /// A job that takes longer than `patience` is reported, once.
    pub(super) fn start(
        patience: Duration,
        reports: tokio::sync::mpsc::UnboundedSender<Report>,
    ) -> std::io::Result<Watchdog> {
        let (words, heard) = channel();
        thread::Builder::new()
            .name("watchdog".into())
            .spawn(move || watch(&heard, ticks(patience), &reports))?;
        Ok(Watchdog(words))
    }

    pub(super) fn watch(&self, worker: WorkerId, stamp: Arc<Stamp>) {
        let _ = self.0.send(Word::Watch { worker, stamp });
    }

    pub(super) fn be_patient_for(&self, patience: Duration) {
        let _ = self.0.send(Word::Patience(patience));
    }
}

struct Watched {
    worker: WorkerId,
    stamp: Arc<Stamp>,
    /// The job count at the last look, and for how many looks it has stood there.
    jobs: u64,
    ticks: u128,
}

fn watch(
    heard: &Receiver<Word>,
    mut patience: u128,
    reports: &tokio::sync::mpsc::UnboundedSender<Report>,
) {
    let mut threads: Vec<Watched> = Vec::new();
    loop {
        match heard.recv_timeout(TICK) {
            Ok(Word::Watch { worker, stamp }) => threads.push(Watched {
                worker,
                stamp,
                jobs: 0,
                ticks: 0,
            }),
            Ok(Word::Patience(longer)) => patience = ticks(longer),
            Err(RecvTimeoutError::Timeout) => threads.retain_mut(|thread| {
                let wedged = thread.tick() >= patience;
                if wedged {
                    thread.stamp.abandon();
                    let _ = reports.send(Report::Wedged {
                        worker: thread.worker,
                        session: SessionId(thread.stamp.session.load(Ordering::Relaxed)),
                    });
                }
                !wedged
            }),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

impl Watched {
    /// For how many ticks the thread has been at one and the same job.
    fn tick(&mut self) -> u128 {
        let jobs = self.stamp.jobs.load(Ordering::Acquire);
        let is_busy = jobs % 2 == 1;
        self.ticks = match is_busy && jobs == self.jobs {
            true => self.ticks + 1,
            false => 0,
        };
        self.jobs = jobs;
        self.ticks
    }
}

fn ticks(patience: Duration) -> u128 {
    patience.as_millis().div_ceil(TICK.as_millis()).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_at_one_job_for_many_looks_is_told_from_a_busy_and_an_idle_one() {
        let stamp = Arc::new(Stamp::default());
        let mut watched = Watched {
            worker: WorkerId(1),
            stamp: stamp.clone(),
            jobs: 0,
            ticks: 0,
        };
        assert_eq!([watched.tick(), watched.tick()], [0, 0], "idle");
        stamp.begin(SessionId(1));
        assert_eq!([watched.tick(), watched.tick(), watched.tick()], [0, 1, 2]);
        stamp.end();
        stamp.begin(SessionId(2));
        assert_eq!([watched.tick(), watched.tick()], [0, 1], "another job");
        stamp.end();
        assert_eq!([watched.tick(), watched.tick()], [0, 0], "idle again");
    }
}
