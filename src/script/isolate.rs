//! One session's JavaScript: a QuickJS runtime of its own, told an event at a time.

use std::sync::Arc;
use std::time::Duration;

use crate::base::Now;
use crate::script::{Command, Event, Fault, Program};

/// What an isolate may use; VoxEngine's numbers by default.
#[derive(Clone, Debug)]
pub struct Limits {
    pub memory_bytes: usize,
    pub turn_ms: u64,
    pub stack_bytes: usize,
    pub timers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory_bytes: 16 << 20,
            turn_ms: 1000,
            stack_bytes: 256 << 10,
            timers: 100,
        }
    }
}

/// Tells whether the turn's time is over; the shell measures it, a test may count.
pub type OutOfTime = Box<dyn FnMut() -> bool>;

/// What a turn came to.
#[derive(Debug, Default)]
pub struct Turn {
    /// Also what was asked before a fault.
    pub commands: Vec<Command>,
    /// The session is over; the isolate takes no further events but `Terminating` and `Terminated`.
    pub fault: Option<Fault>,
}

/// A QuickJS runtime with the API in it. Stays on the thread that made it.
pub struct Isolate {
    _private: (),
}

impl Isolate {
    /// A fresh runtime with the API but no scenario; may be made ahead and kept warm.
    pub fn warm(_limits: &Limits) -> Result<Isolate, Fault> {
        todo!()
    }

    /// Gives the isolate its program and its chance (`Math.random`, `uuidgen`). Once.
    pub fn load(&mut self, _program: Arc<Program>, _seed: u64) {
        todo!()
    }

    /// One event to its listeners, then promise jobs until there are none. `Date` stands still at `now`.
    /// `out_of_time` starts anew with each turn.
    pub fn turn(&mut self, _event: Event, _now: Now, _out_of_time: OutOfTime) -> Turn {
        let _: Duration;
        todo!()
    }

    /// Bytes that the engine's heap holds.
    pub fn memory_bytes(&self) -> usize {
        todo!()
    }
}
