//! One script thread: it owns isolates, takes jobs in order and reports what came of them.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::watchdog::Stamp;
use super::{Report, WorkerId};
use crate::base::{Now, SessionId};
use crate::io::clock::{Budget, Stopwatch};
use crate::script::fault::FaultKind;
use crate::script::isolate::{Limits, OutOfTime};
use crate::script::{Event, Fault, Isolate, Program, Turn};

/// What runs a session's script. The isolate, or what a test puts in its place.
pub trait Engine: Sized + 'static {
    fn warm(limits: &Limits) -> Result<Self, Fault>;
    fn load(&mut self, program: Arc<Program>, seed: u64);
    fn turn(&mut self, event: Event, now: Now, out_of_time: OutOfTime) -> Turn;
}

impl Engine for Isolate {
    fn warm(limits: &Limits) -> Result<Self, Fault> {
        Isolate::warm(limits)
    }

    fn load(&mut self, program: Arc<Program>, seed: u64) {
        Isolate::load(self, program, seed);
    }

    fn turn(&mut self, event: Event, now: Now, out_of_time: OutOfTime) -> Turn {
        Isolate::turn(self, event, now, out_of_time)
    }
}

/// What the engine's side asks of a thread.
#[derive(Debug)]
pub(super) enum Job {
    Open {
        session: SessionId,
        program: Arc<Program>,
        seed: u64,
    },
    Turn {
        session: SessionId,
        event: Event,
        now: Now,
    },
    Close {
        session: SessionId,
    },
    /// For isolates from now on.
    Limits(Limits),
}

/// Everything that lives on the thread.
pub(super) struct Thread<E> {
    pub(super) id: WorkerId,
    pub(super) stamp: Arc<Stamp>,
    pub(super) reports: UnboundedSender<Report>,
    pub(super) limits: Limits,
    /// How many fresh isolates to keep ready.
    pub(super) warm: usize,
    pub(super) pool: Vec<E>,
    pub(super) sessions: HashMap<SessionId, Seat<E>>,
}

/// A session on its thread.
pub(super) enum Seat<E> {
    Alive(E),
    /// The fault is told in answer to the next turn; after that turns are answered with nothing.
    Dead(Option<Fault>),
}

impl<E: Engine> Thread<E> {
    /// Until the engine's side lets go or gives up.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        self.stamp.sign();
        let mut can_warm = true;
        while !self.stamp.is_abandoned() {
            let job = match jobs.try_recv() {
                Ok(job) => job,
                Err(TryRecvError::Empty) if can_warm && self.pool.len() < self.warm => {
                    can_warm = self.warm_one();
                    continue;
                }
                Err(TryRecvError::Empty) => match jobs.recv() {
                    Ok(job) => job,
                    Err(_) => return,
                },
                Err(TryRecvError::Disconnected) => return,
            };
            can_warm = true;
            self.handle_job(job);
        }
    }

    fn handle_job(&mut self, job: Job) {
        match job {
            Job::Open {
                session,
                program,
                seed,
            } => {
                self.stamp.begin(session);
                let seat = self.seat(program, seed);
                self.sessions.insert(session, seat);
                self.stamp.end();
            }
            Job::Turn {
                session,
                event,
                now,
            } => {
                self.stamp.begin(session);
                let watch = Stopwatch::start();
                let turn = self.turn(session, event, now);
                let took = watch.elapsed();
                self.stamp.end();
                let _ = self.reports.send(Report::Turn {
                    worker: self.id,
                    session,
                    turn,
                    took,
                });
            }
            Job::Close { session } => {
                self.stamp.begin(session);
                let seat = self.sessions.remove(&session);
                let _ = catch_unwind(AssertUnwindSafe(|| drop(seat)));
                self.stamp.end();
            }
            Job::Limits(limits) => {
                self.limits = limits;
                self.pool.clear();
            }
        }
    }

    /// A fresh isolate from the pool, or made now; a used one is never taken again.
    fn seat(&mut self, program: Arc<Program>, seed: u64) -> Seat<E> {
        let pooled = self.pool.pop();
        let limits = &self.limits;
        let seated = catch_unwind(AssertUnwindSafe(|| {
            let mut engine = match pooled {
                Some(engine) => engine,
                None => E::warm(limits)?,
            };
            engine.load(program, seed);
            Ok(engine)
        }));
        match seated {
            Ok(Ok(engine)) => Seat::Alive(engine),
            Ok(Err(fault)) => Seat::Dead(Some(fault)),
            Err(_) => Seat::Dead(Some(our_fault())),
        }
    }

    fn turn(&mut self, session: SessionId, event: Event, now: Now) -> Turn {
        let engine = match self.sessions.get_mut(&session) {
            Some(Seat::Alive(engine)) => engine,
            Some(Seat::Dead(fault)) => {
                return Turn {
                    fault: fault.take(),
                    ..Turn::default()
                };
            }
            None => return Turn::default(),
        };
        let mut budget = Budget::start(Duration::from_millis(self.limits.turn_ms));
        let out_of_time = Box::new(move || budget.is_over());
        catch_unwind(AssertUnwindSafe(|| engine.turn(event, now, out_of_time))).unwrap_or_else(
            |_| {
                // What a panic left behind is in no state to be taken apart: its memory is the price.
                let broken = self.sessions.insert(session, Seat::Dead(None));
                std::mem::forget(broken);
                Turn {
                    fault: Some(our_fault()),
                    ..Turn::default()
                }
            },
        )
    }

    /// Whether it is worth trying again before the next job.
    fn warm_one(&mut self) -> bool {
        match catch_unwind(AssertUnwindSafe(|| E::warm(&self.limits))) {
            Ok(Ok(engine)) => {
                self.pool.push(engine);
                true
            }
            // A session that wants one will be told why.
            Ok(Err(_)) | Err(_) => false,
        }
    }
}

fn our_fault() -> Fault {
    Fault {
        kind: FaultKind::Internal,
        message: "switchhook itself failed while it ran this script and ended the session; \
                  please report it with the panic from the program's log"
            .into(),
        place: None,
        stack: String::new(),
    }
}
