//! Drives the switchboard: whatever happens is told it here, one thing after another, and what it
//! wants done is done at once. The only task that touches it, on a thread of its own.
//!
//! ```text
//!  wires ─┐                              ┌▸ wires
//!  turns ─┤                              ├▸ script threads
//!  sound ─┼▸ clock ▸ switchboard ▸ poll ─┼▸ sound
//!  DNS   ─┤                              ├▸ DNS
//!  news  ─┤                              ├▸ records and bindings
//!  time  ─┘                              └▸ log and figures
//! ```
//!
//! Nothing here waits for anybody: scripts, DNS and the disk live elsewhere and answer through channels.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc::{Receiver, UnboundedReceiver};
use tokio::time::{Instant as TokioInstant, MissedTickBehavior, interval, sleep_until};

use crate::base::Now;
use crate::io::clock;
use crate::io::workers::{Answer, Workers};
use crate::media;
use crate::scenario::Catalog;
use crate::script::command::Level;
use crate::script::isolate::Limits;
use crate::session::record::CallRecord;
use crate::settings::{self, Settings};
use crate::sip::message::Uri;
use crate::sip::registrar::Stored;
use crate::sip::stack::QueryId;
use crate::sip::transport::{Flow, Target};
use crate::switchboard::{Output, Switchboard};
use crate::telemetry::metrics;

/// So many of one source's things in a row, before the others and the time have their turn.
const BATCH: usize = 64;

/// A step that takes longer delays everybody's answers.
const SLOW_STEP: Duration = Duration::from_millis(20);

/// How long the last words of an end at once may take to be answered.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// How often the gauges are read off.
const FIGURES_EVERY: Duration = Duration::from_secs(1);

/// What comes from the network.
#[derive(Debug)]
pub enum Wire {
    /// One datagram, or one message cut out of a connection.
    Message { flow: Flow, bytes: Bytes },
    /// The other side is not there, or the connection broke.
    Unreachable { flow: Flow },
}

/// What comes rarely.
#[derive(Debug)]
pub enum Told {
    Resolved {
        query: QueryId,
        targets: Vec<Target>,
    },
    Sound(media::Event),
    Catalog(Arc<Catalog>),
    Settings(Arc<Settings>),
    /// Take no new calls; the running ones may finish. Told again: end at once.
    End,
}

/// What the switchboard's wishes reach. Nothing here may wait.
pub trait Outside {
    fn transmit(&mut self, flow: Flow, bytes: Bytes);
    fn resolve(&mut self, query: QueryId, uri: Uri);
    fn sound(&mut self, command: media::Command);
    fn record(&mut self, record: CallRecord);
    fn bindings(&mut self, user: String, bindings: Vec<Stored>);
}

/// What others may know of the driver at any time.
#[derive(Debug, Default)]
pub struct Pulse {
    pub sessions: AtomicUsize,
    /// No new calls are taken.
    pub draining: AtomicBool,
}

/// The switchboard with everything that it drives.
pub struct Driver<O> {
    board: Switchboard,
    workers: Workers,
    outside: O,
    limits: settings::Limits,
    phase: Phase,
    pulse: Arc<Pulse>,
}

/// Where the program stands between its start and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// No new calls. What is not over by then is not waited for.
    Draining {
        gone_by: Instant,
    },
    /// Everything has been ended; what is not answered by then is not waited for.
    Ending {
        gone_by: Instant,
    },
}

impl<O: Outside> Driver<O> {
    pub fn new(board: Switchboard, workers: Workers, outside: O, limits: settings::Limits) -> Self {
        Driver {
            board,
            workers,
            outside,
            limits,
            phase: Phase::Open,
            pulse: Arc::default(),
        }
    }

    pub fn pulse(&self) -> Arc<Pulse> {
        self.pulse.clone()
    }

    /// Until the program has been told to end and nothing is left to wait for.
    pub async fn run(mut self, mut wires: Receiver<Wire>, mut told: UnboundedReceiver<Told>) -> O {
        let mut timer = pin!(sleep_until(TokioInstant::now()));
        let mut figures = interval(FIGURES_EVERY);
        figures.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first ports for sound are there before the first call.
        self.catch_up(&mut wires, &mut told);
        while !self.is_over() {
            let wake_at = self.wake_at();
            if let Some(at) = wake_at {
                timer.as_mut().reset(TokioInstant::from_std(at));
            }
            tokio::select! {
                biased;
                Some(wire) = wires.recv() => self.handle_wire(wire),
                answer = self.workers.next() => self.handle_turn(answer),
                Some(told) = told.recv() => self.handle_told(told),
                () = timer.as_mut(), if wake_at.is_some() => {}
                _ = figures.tick() => self.read_off(),
            }
            self.catch_up(&mut wires, &mut told);
        }
        self.outside
    }

    fn handle_wire(&mut self, wire: Wire) {
        match wire {
            Wire::Message { flow, bytes } => {
                self.step(|board, now| board.handle_message(flow, bytes, now));
            }
            Wire::Unreachable { flow } => {
                self.step(|board, now| board.handle_unreachable(flow, now));
            }
        }
    }

    /// What else has come by now, a bounded part of each kind, so that none holds up the others.
    fn catch_up(&mut self, wires: &mut Receiver<Wire>, told: &mut UnboundedReceiver<Told>) {
        for _ in 0..BATCH {
            let Ok(told) = told.try_recv() else { break };
            self.handle_told(told);
        }
        for _ in 0..BATCH {
            let Ok(wire) = wires.try_recv() else { break };
            self.handle_wire(wire);
        }
        for _ in 0..BATCH {
            let Some(answer) = self.workers.try_next() else {
                break;
            };
            self.handle_turn(answer);
        }
        if self
            .board
            .next_deadline()
            .is_some_and(|at| at <= clock::now().at)
        {
            self.step(|board, now| board.handle_timeout(now));
        }
        if self.phase == Phase::Open
            && self.workers.abandoned() > self.limits.abandoned_workers as usize
        {
            tracing::error!(
                abandoned = self.workers.abandoned(),
                "too many script threads were wedged and given up: no new calls from now on, and the \
                 program ends with the last running one; look for the scenarios named above"
            );
            self.drain();
        }
    }

    fn handle_turn(&mut self, answer: Answer) {
        let Answer {
            session,
            turn,
            took,
        } = answer;
        metrics::turn(took);
        self.step(|board, now| board.handle_turn(session, turn, now));
    }

    fn handle_told(&mut self, told: Told) {
        match told {
            Told::Resolved { query, targets } => {
                self.step(|board, now| board.handle_resolved(query, targets, now));
            }
            Told::Sound(event) => self.step(|board, now| board.handle_media(event, now)),
            Told::Catalog(catalog) => self.step(|board, _| board.set_catalog(catalog)),
            Told::Settings(settings) => {
                self.limits = settings.limits.clone();
                self.workers.configure(script_limits(&self.limits));
                self.step(|board, now| board.set_settings(settings, now));
            }
            Told::End => match self.phase {
                Phase::Open => self.drain(),
                Phase::Draining { .. } => self.end_now(),
                Phase::Ending { .. } => {}
            },
        }
    }

    fn read_off(&self) {
        let alive = self.board.alive();
        metrics::alive(&alive);
        metrics::abandoned(self.workers.abandoned());
        self.pulse.sessions.store(alive.sessions, Ordering::Relaxed);
    }

    fn drain(&mut self) {
        self.pulse.draining.store(true, Ordering::Relaxed);
        let until = clock::now().at + Duration::from_secs(self.limits.drain_s.into());
        let alive = self.board.alive();
        tracing::info!(
            sessions = alive.sessions,
            calls = alive.calls,
            at_most_s = self.limits.drain_s,
            "draining: no new calls; once more and everything ends at once"
        );
        self.phase = Phase::Draining {
            gone_by: until + LAST_WORDS,
        };
        self.step(|board, now| board.drain(Some(until), now));
    }

    fn end_now(&mut self) {
        tracing::info!(
            calls = self.board.alive().calls,
            "ending everything at once"
        );
        self.phase = Phase::Ending {
            gone_by: clock::now().at + LAST_WORDS,
        };
        self.step(|board, now| board.shut_down(now));
    }

    fn is_over(&self) -> bool {
        match self.phase {
            Phase::Open => false,
            Phase::Draining { gone_by } | Phase::Ending { gone_by } => {
                self.board.is_quiet() || gone_by <= clock::now().at
            }
        }
    }

    fn wake_at(&self) -> Option<Instant> {
        let gone_by = match self.phase {
            Phase::Open => None,
            Phase::Draining { gone_by } | Phase::Ending { gone_by } => Some(gone_by),
        };
        [self.board.next_deadline(), gone_by]
            .into_iter()
            .flatten()
            .min()
    }

    /// One thing that happened, and all that follows from it. A bug in there costs this step.
    fn step(&mut self, happened: impl FnOnce(&mut Switchboard, Now)) {
        let now = clock::now();
        let board = &mut self.board;
        if catch_unwind(AssertUnwindSafe(|| happened(board, now))).is_err() {
            metrics::bug();
            tracing::error!(
                "a step of the switchboard failed by a bug of ours and was skipped; please report the panic"
            );
        }
        while let Some(output) = self.board.poll() {
            self.carry_out(output, now);
        }
        let took = clock::now().at.saturating_duration_since(now.at);
        if took > SLOW_STEP {
            metrics::slow_step();
            tracing::warn!(?took, "a step of the switchboard took long");
        }
    }

    fn carry_out(&mut self, output: Output, now: Now) {
        match output {
            Output::Transmit { flow, bytes } => self.outside.transmit(flow, bytes),
            Output::Resolve { query, uri } => self.outside.resolve(query, uri),
            Output::OpenIsolate {
                session,
                program,
                seed,
            } => self.workers.open(session, program, seed),
            Output::Turn { session, event } => self.workers.turn(session, event, now),
            Output::CloseIsolate { session } => self.workers.close(session),
            Output::Media(command) => self.outside.sound(command),
            Output::Log {
                session,
                level,
                text,
            } => match level {
                Level::Info => tracing::info!(target: "switchhook::session", %session, "{text}"),
                Level::Warning => tracing::warn!(target: "switchhook::session", %session, "{text}"),
                Level::Error => tracing::error!(target: "switchhook::session", %session, "{text}"),
            },
            Output::Record(record) => self.outside.record(*record),
            Output::Bindings { user, bindings } => self.outside.bindings(user, bindings),
            Output::Count(count) => metrics::count(&count),
        }
    }
}

/// What the operator's limits mean for an isolate.
pub fn script_limits(limits: &settings::Limits) -> Limits {
    Limits {
        memory_bytes: (limits.memory_mb as usize) << 20,
        turn_ms: limits.turn_ms.into(),
        stack_bytes: (limits.stack_kb as usize) << 10,
        timers: limits.timers as usize,
    }
}
