//! The isolates of a world, run inline: one turn at a time, each after the time that a script thinks.
//! A turn's time is counted in the engine's polls, so a runaway loop ends at the same place every time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Now, SessionId};
use crate::script::isolate::Limits;
use crate::script::{Event, Fault, Isolate, Program, Turn};
use crate::settings;

/// QuickJS polls every 10,000 jumps: a good deal more than any honest turn needs.
const MOST_POLLS: u32 = 200;

/// All isolates.
pub struct Scripts {
    limits: Limits,
    think: Duration,
    open: BTreeMap<SessionId, Script>,
}

struct Script {
    /// Or why there is none.
    isolate: Result<Isolate, Fault>,
    /// With the time at which the turn has come to its end.
    events: VecDeque<(Instant, Event)>,
}

impl Scripts {
    pub fn new(limits: &settings::Limits, think: Duration) -> Scripts {
        Scripts {
            limits: Limits {
                memory_bytes: (limits.memory_mb as usize) << 20,
                turn_ms: u64::from(limits.turn_ms),
                stack_bytes: (limits.stack_kb as usize) << 10,
                timers: limits.timers as usize,
                players: limits.players as usize,
            },
            think,
            open: BTreeMap::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.open.len()
    }

    pub fn open(&mut self, session: SessionId, program: Arc<Program>, seed: u64) {
        let isolate = Isolate::warm(&self.limits).map(|mut isolate| {
            isolate.load(program, seed);
            isolate
        });
        let events = VecDeque::new();
        self.open.insert(session, Script { isolate, events });
    }

    pub fn tell(&mut self, session: SessionId, event: Event, now: Instant) {
        if let Some(script) = self.open.get_mut(&session) {
            let free_at = script.events.back().map_or(now, |(at, _)| *at).max(now);
            script.events.push_back((free_at + self.think, event));
        }
    }

    pub fn close(&mut self, session: SessionId) {
        self.open.remove(&session);
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
        Some((session, turn))
    }
}
