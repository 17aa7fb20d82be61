//! The script threads: each owns many isolates, and a session stays on its thread for life.
//!
//! ```text
//!  engine task                        script threads
//!  open, turn, close ──job──▶  [isolate][isolate] … + a few warm ones
//!       next         ◀─report─  turn, how long it took
//!                    ◀─wedged─  the watchdog, when a thread does not come back
//! ```
//!
//! The engine's side never waits for a script. Each turn that it asks for is answered once and in
//! order, whatever happens on the thread: by the isolate, or by a fault and then by empty turns. A
//! fault may also come unasked, when a neighbour wedged the thread that a quiet session lives on.

mod thread;
mod watchdog;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::base::{Now, SessionId};
use crate::script::fault::FaultKind;
use crate::script::isolate::Limits;
use crate::script::{Event, Fault, Isolate, Program, Turn};
use thread::{Job, Thread};
use watchdog::{Stamp, Watchdog};

pub use thread::Engine;

/// See [`Settings::grace`]: what a busy machine needs.
pub const GRACE: Duration = Duration::from_millis(500);

/// The least stack of a script thread; an isolate may use a part of it.
const STACK_BYTES: usize = 2 << 20;

#[derive(Clone, Debug)]
pub struct Settings {
    /// How many script threads there are; at least one.
    pub threads: usize,
    /// Fresh isolates that each thread keeps ready.
    pub warm: usize,
    /// Events of one session that may wait for its script; with more it does not keep up, and ends.
    pub mailbox: usize,
    pub limits: Limits,
    /// A thread may come back so long after its turn's budget; then it is given up.
    pub grace: Duration,
}

impl Settings {
    /// How long a job may hold its thread.
    fn patience(&self) -> Duration {
        Duration::from_millis(self.limits.turn_ms) + self.grace
    }
}

/// What a turn came to.
#[derive(Debug)]
pub struct Answer {
    pub session: SessionId,
    pub turn: Turn,
    /// By the wall; zero where no script ran.
    pub took: Duration,
}

/// One thread among all that ever were: a replacement has another number, so a late report of an
/// abandoned thread is known by its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct WorkerId(u64);

/// What the threads and the watchdog say.
#[derive(Debug)]
enum Report {
    Turn {
        worker: WorkerId,
        session: SessionId,
        turn: Turn,
        took: Duration,
    },
    /// The thread has been at a job of `session` for too long and is abandoned.
    Wedged {
        worker: WorkerId,
        session: SessionId,
    },
}

/// The engine's hold on all script threads. They end when it is dropped.
pub struct Workers {
    settings: Settings,
    spawn: Spawn,
    workers: HashMap<WorkerId, Worker>,
    sessions: HashMap<SessionId, Session>,
    watchdog: Watchdog,
    reports: UnboundedReceiver<Report>,
    report: UnboundedSender<Report>,
    /// Answers that no thread gave.
    ready: VecDeque<Answer>,
    spawned: u64,
    abandoned: usize,
}

type Spawn = fn(WorkerId, &Settings, UnboundedSender<Report>) -> io::Result<Worker>;

/// One thread, seen from the engine's side.
struct Worker {
    jobs: Sender<Job>,
    stamp: Arc<Stamp>,
    sessions: usize,
    /// Turns that it has not answered yet, of all its sessions.
    outstanding: usize,
}

/// One session, seen from the engine's side.
struct Session {
    program: Arc<Program>,
    place: Place,
}

enum Place {
    On {
        worker: WorkerId,
        outstanding: usize,
    },
    /// Its isolate is out of reach; a fault has been told.
    Lost,
}

impl Workers {
    pub fn start(settings: Settings) -> io::Result<Workers> {
        Workers::start_with::<Isolate>(settings)
    }

    fn start_with<E: Engine>(settings: Settings) -> io::Result<Workers> {
        let (report, reports) = unbounded_channel();
        let mut workers = Workers {
            watchdog: Watchdog::start(settings.patience(), report.clone())?,
            spawn: spawn::<E>,
            workers: HashMap::new(),
            sessions: HashMap::new(),
            reports,
            report,
            ready: VecDeque::new(),
            spawned: 0,
            abandoned: 0,
            settings,
        };
        for _ in 0..workers.settings.threads.max(1) {
            workers.hire()?;
        }
        Ok(workers)
    }

    /// New limits, for isolates that are made from now on.
    pub fn configure(&mut self, limits: Limits) {
        for worker in self.workers.values() {
            let _ = worker.jobs.send(Job::Limits(limits.clone()));
        }
        self.settings.limits = limits;
        self.watchdog.be_patient_for(self.settings.patience());
    }

    /// A session's isolate, on the thread that has least to do, for its whole life.
    pub fn open(&mut self, session: SessionId, program: Arc<Program>, seed: u64) {
        if self.workers.is_empty() {
            // The last attempt at a thread failed; perhaps there is room by now.
            let _ = self.hire();
        }
        let least_busy = self
            .workers
            .iter_mut()
            .min_by_key(|(id, worker)| (worker.outstanding, worker.sessions, **id));
        let place = match least_busy {
            Some((id, worker)) => {
                worker.sessions += 1;
                let _ = worker.jobs.send(Job::Open {
                    session,
                    program: program.clone(),
                    seed,
                });
                Place::On {
                    worker: *id,
                    outstanding: 0,
                }
            }
            None => {
                self.tell(session, Some(no_thread()));
                Place::Lost
            }
        };
        self.sessions.insert(session, Session { program, place });
    }

    /// One event for a session's script; answered by one [`Answer`], in order.
    pub fn turn(&mut self, session: SessionId, event: Event, now: Now) {
        let mailbox = self.settings.mailbox;
        match self.sessions.get_mut(&session).map(|seat| &mut seat.place) {
            Some(Place::On {
                worker,
                outstanding,
            }) if *outstanding < mailbox => {
                *outstanding += 1;
                if let Some(worker) = self.workers.get_mut(worker) {
                    worker.outstanding += 1;
                    let _ = worker.jobs.send(Job::Turn {
                        session,
                        event,
                        now,
                    });
                }
            }
            Some(Place::On { .. }) => self.lose(session, 1, overrun(mailbox)),
            Some(Place::Lost) | None => self.tell(session, None),
        }
    }

    /// The session is over; whatever its script still does is of no interest.
    pub fn close(&mut self, session: SessionId) {
        if let Some(Session {
            place: Place::On { worker, .. },
            ..
        }) = self.sessions.remove(&session)
        {
            self.vacate(worker, session);
        }
    }

    /// The next answer; waits for it. May be cancelled at any time.
    pub async fn next(&mut self) -> Answer {
        loop {
            if let Some(answer) = self.ready.pop_front() {
                return answer;
            }
            // Never `None`: we hold a sender ourselves.
            if let Some(report) = self.reports.recv().await {
                self.handle_report(report);
            }
        }
    }

    /// The next answer, if it is there already.
    pub fn try_next(&mut self) -> Option<Answer> {
        loop {
            if let Some(answer) = self.ready.pop_front() {
                return Some(answer);
            }
            let report = self.reports.try_recv().ok()?;
            self.handle_report(report);
        }
    }

    /// Threads that were given up since the start.
    pub fn abandoned(&self) -> usize {
        self.abandoned
    }

    /// Sessions that have an isolate or have lost it.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    fn handle_report(&mut self, report: Report) {
        match report {
            Report::Turn {
                worker,
                session,
                turn,
                took,
            } => {
                if let Some(worker) = self.workers.get_mut(&worker) {
                    worker.outstanding = worker.outstanding.saturating_sub(1);
                }
                match self.sessions.get_mut(&session).map(|seat| &mut seat.place) {
                    Some(Place::On {
                        worker: home,
                        outstanding,
                    }) if *home == worker => {
                        *outstanding = outstanding.saturating_sub(1);
                        self.ready.push_back(Answer {
                            session,
                            turn,
                            took,
                        });
                    }
                    // Late: the session is over, or its answer has been given in the script's stead.
                    Some(Place::On { .. } | Place::Lost) | None => {}
                }
            }
            Report::Wedged { worker, session } => self.abandon(worker, session),
        }
    }

    /// Every session of the thread is told, and another thread takes its place.
    fn abandon(&mut self, wedged: WorkerId, culprit: SessionId) {
        if self.workers.remove(&wedged).is_none() {
            return;
        }
        self.abandoned += 1;
        let culprit_runs = self.sessions.get(&culprit).map(|seat| names(&seat.program));
        let mut lost: Vec<SessionId> = self
            .sessions
            .iter()
            .filter(|(_, seat)| matches!(seat.place, Place::On { worker, .. } if worker == wedged))
            .map(|(session, _)| *session)
            .collect();
        lost.sort_unstable_by_key(|session| (*session != culprit, *session));
        for session in lost {
            let own = self.sessions.get(&session).map(|seat| names(&seat.program));
            let held_s = self.settings.patience().as_secs_f64();
            let fault = wedge(session, own, culprit, culprit_runs.as_deref(), held_s);
            self.lose(session, 0, fault);
        }
        let replaced = self.hire();
        tracing::error!(
            session = %culprit,
            scenarios = culprit_runs.as_deref().unwrap_or("unknown"),
            abandoned = self.abandoned,
            replaced = replaced.is_ok(),
            "a script thread did not come back and was given up"
        );
    }

    /// The session's isolate is given up: `unsent` and all outstanding turns are answered here.
    fn lose(&mut self, session: SessionId, unsent: usize, fault: Fault) {
        let Some(seat) = self.sessions.get_mut(&session) else {
            return;
        };
        let Place::On {
            worker,
            outstanding,
        } = std::mem::replace(&mut seat.place, Place::Lost)
        else {
            return;
        };
        self.vacate(worker, session);
        self.tell(session, Some(fault));
        for _ in 1..outstanding + unsent {
            self.tell(session, None);
        }
    }

    fn vacate(&mut self, worker: WorkerId, session: SessionId) {
        if let Some(worker) = self.workers.get_mut(&worker) {
            worker.sessions = worker.sessions.saturating_sub(1);
            let _ = worker.jobs.send(Job::Close { session });
        }
    }

    fn tell(&mut self, session: SessionId, fault: Option<Fault>) {
        self.ready.push_back(Answer {
            session,
            turn: Turn {
                fault,
                ..Turn::default()
            },
            took: Duration::ZERO,
        });
    }

    fn hire(&mut self) -> io::Result<()> {
        self.spawned += 1;
        let id = WorkerId(self.spawned);
        let worker = (self.spawn)(id, &self.settings, self.report.clone())?;
        self.watchdog.watch(id, worker.stamp.clone());
        self.workers.insert(id, worker);
        Ok(())
    }
}

fn spawn<E: Engine>(
    id: WorkerId,
    settings: &Settings,
    reports: UnboundedSender<Report>,
) -> io::Result<Worker> {
    let (jobs, heard) = channel();
    let stamp = Arc::new(Stamp::default());
    let (limits, warm, its_stamp) = (settings.limits.clone(), settings.warm, stamp.clone());
    std::thread::Builder::new()
        .name(format!("script-{}", id.0))
        .stack_size(STACK_BYTES.max(4 * limits.stack_bytes))
        .spawn(move || {
            Thread::<E> {
                id,
                stamp: its_stamp,
                reports,
                limits,
                warm,
                pool: Vec::new(),
                sessions: HashMap::new(),
            }
            .run(&heard);
        })?;
    Ok(Worker {
        jobs,
        stamp,
        sessions: 0,
        outstanding: 0,
    })
}

fn names(program: &Program) -> String {
    let names: Vec<&str> = program.scenarios.iter().map(|s| s.name.as_str()).collect();
    names.join("+")
}

fn wedge(
    session: SessionId,
    own: Option<String>,
    culprit: SessionId,
    culprit_runs: Option<&str>,
    held_s: f64,
) -> Fault {
    let own = own.unwrap_or_default();
    let message = match session == culprit {
        true => format!(
            "scenario {own} held its script thread for more than {held_s} s inside something that cannot be \
             interrupted (join, replaceAll, new Date or eval on a huge value, or a loop that catches its own lack \
             of memory); the thread was given up and the session ended. Bound the size of what the script works on"
        ),
        false => format!(
            "session {culprit} (scenario {}) held the script thread that this session shares for more than \
             {held_s} s and could not be interrupted; the thread was given up and its sessions ended. Nothing is \
             known to be wrong with {own}",
            culprit_runs.unwrap_or("unknown")
        ),
    };
    fault(FaultKind::Wedged, message)
}

fn overrun(mailbox: usize) -> Fault {
    let message = format!(
        "{mailbox} events wait for this script already and one more came: it does not keep up, and the session \
         ended. Shorten what its listeners do, or stop the timer or the peer that floods it"
    );
    fault(FaultKind::Overrun, message)
}

fn no_thread() -> Fault {
    let message =
        "no script thread could be started; the machine has no room for another one".to_string();
    fault(FaultKind::Internal, message)
}

fn fault(kind: FaultKind, message: String) -> Fault {
    Fault {
        kind,
        message,
        place: None,
        stack: String::new(),
    }
}
