//! The isolates of a world, run inline: one turn at a time, each after the time that a script thinks.
//! A turn's time is counted in the engine's polls, so a runaway loop ends at the same place every time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Now, SessionId};
use crate::script::isolate::Limits;
use crate::script::marks::Ran;
use crate::script::{Event, Fault, Isolate, Program, Turn};
use crate::settings;

/// QuickJS polls every 10,000 jumps: a good deal more than any honest turn needs.
const MOST_POLLS: u32 = 200;
/// Turns that are remembered for the time that they took.
const MOST_SLOW: usize = 5;

/// Says how much time this thread has worked; the shell has one.
pub type Stopwatch = fn() -> Duration;

/// A turn that took long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slow {
    pub took: Duration,
    /// The scenarios that ran, and the event that they heard.
    pub what: String,
}

/// All isolates.
pub struct Scripts {
    limits: Limits,
    think: Duration,
    stopwatch: Option<Stopwatch>,
    slow: Vec<Slow>,
    /// Of the isolates that are closed.
    ran: Ran,
    /// The names of the scenarios that were opened.
    used: BTreeSet<String>,
    open: BTreeMap<SessionId, Script>,
}

struct Script {
    program: Arc<Program>,
    /// Or why there is none.
    isolate: Result<Isolate, Fault>,
    /// With the time at which the turn has come to its end.
    events: VecDeque<(Instant, Event)>,
}

impl Scripts {
    pub fn new(
        limits: &settings::Limits,
        think: Duration,
        stopwatch: Option<Stopwatch>,
    ) -> Scripts {
        Scripts {
            limits: Limits {
                memory_bytes: (limits.memory_mb as usize) << 20,
                turn_ms: u64::from(limits.turn_ms),
                stack_bytes: (limits.stack_kb as usize) << 10,
                timers: limits.timers as usize,
                players: limits.players as usize,
            },
            think,
            stopwatch,
            slow: Vec::new(),
            ran: Ran::new(),
            used: BTreeSet::new(),
            open: BTreeMap::new(),
        }
    }

    /// How many isolates there are.
    pub fn left(&self) -> usize {
        self.open.len()
    }

    pub fn open(&mut self, session: SessionId, program: Arc<Program>, seed: u64) {
        let names = program.scenarios.iter();
        self.used
            .extend(names.map(|scenario| scenario.name.clone()));
        let isolate = Isolate::warm(&self.limits).map(|mut isolate| {
            isolate.load(program.clone(), seed);
            isolate
        });
        let script = Script {
            program,
            isolate,
            events: VecDeque::new(),
        };
        self.open.insert(session, script);
    }

    pub fn tell(&mut self, session: SessionId, event: Event, now: Instant) {
        if let Some(script) = self.open.get_mut(&session) {
            let free_at = script.events.back().map_or(now, |(at, _)| *at).max(now);
            script.events.push_back((free_at + self.think, event));
        }
    }

    pub fn close(&mut self, session: SessionId) {
        if let Some(Script {
            isolate: Ok(isolate),
            ..
        }) = self.open.remove(&session)
        {
            isolate.add_ran_to(&mut self.ran);
        }
    }

    /// How often the spots of marked scenarios have run.
    pub fn ran(&self) -> Ran {
        let mut ran = self.ran.clone();
        let open = self.open.values();
        for isolate in open.filter_map(|script| script.isolate.as_ref().ok()) {
            isolate.add_ran_to(&mut ran);
        }
        ran
    }

    pub fn used(&self) -> &BTreeSet<String> {
        &self.used
    }

    pub fn slow(&self) -> &[Slow] {
        &self.slow
    }

    pub fn next_turn(&self) -> Option<Instant> {
        let fronts = self
            .open
            .values()
            .filter_map(|script| script.events.front());
        fronts.map(|(at, _)| *at).min()
    }

    /// Takes the turn that is due first, if one is due.
    pub fn turn(&mut self, now: Now) -> Option<(SessionId, Turn)> {
        let due = |script: &Script| {
            script
                .events
                .front()
                .map(|(at, _)| *at)
                .filter(|at| *at <= now.at)
        };
        let sessions = self
            .open
            .iter()
            .filter_map(|(session, script)| Some((due(script)?, *session)));
        let (_, session) = sessions.min()?;
        let script = self.open.get_mut(&session)?;
        let (_, event) = script.events.pop_front()?;
        let began = self.stopwatch.map(|stopwatch| {
            let scenarios = script.program.scenarios.iter();
            let files: Vec<_> = scenarios.map(|scenario| scenario.file.as_str()).collect();
            let what = format!("{}: {}", files.join(", "), event.name());
            (stopwatch, stopwatch(), what)
        });
        let turn = match &mut script.isolate {
            Ok(isolate) => {
                let mut polls = 0;
                let out_of_time = Box::new(move || {
                    polls += 1;
                    polls > MOST_POLLS
                });
                isolate.turn(event, now, out_of_time)
            }
            Err(fault) => Turn {
                fault: Some(fault.clone()),
                ..Turn::default()
            },
        };
        if let Some((stopwatch, began, what)) = began {
            let took = stopwatch().saturating_sub(began);
            self.slow.push(Slow { took, what });
            self.slow.sort_by_key(|slow| std::cmp::Reverse(slow.took));
            self.slow.truncate(MOST_SLOW);
        }
        Some((session, turn))
    }
}
