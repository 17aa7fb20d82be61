//! One session's JavaScript: a QuickJS runtime of its own, told an event at a time.
//!
//! ```text
//! warm ▸ load ▸ turn(Started) ▸ turn(…)* ▸ turn(Terminating) ▸ turn(Terminated) ▸ drop
//! ```
//!
//! A turn is: the listeners of one event, then promise jobs until there are none, then the look for
//! a rejection that nobody handled. Whatever breaks ends the session as a [`Fault`].
//!
//! The engine asks the clock only every 10,000 jumps and inside few of its built-ins. The API wraps
//! those that a script could wedge a thread with (`api/bounds.js`); what is left is the watchdog's.

use std::rc::Rc;
use std::sync::Arc;

use rquickjs::context::intrinsic;
use rquickjs::{Context, Ctx, Function, Persistent, Runtime, Value};
use serde_json::json;

use crate::base::{Dice, Now};
use crate::script::api::{Api, unsupported};
use crate::script::bytecode::Bytecode;
use crate::script::event::{Alerting, Visited};
use crate::script::fault::FaultKind;
use crate::script::host::Host;
use crate::script::marks::{self, Counters, Ran};
use crate::script::{
    Command, Event, Fault, Program, Reply, api, bytecode, command::Level, describe, natives,
    outside,
};

/// What an isolate may use; VoxEngine's numbers by default.
#[derive(Clone, Debug)]
pub struct Limits {
    pub memory_bytes: usize,
    pub turn_ms: u64,
    pub stack_bytes: usize,
    pub timers: usize,
    /// Media players at a time.
    pub players: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            memory_bytes: 16 << 20,
            turn_ms: 1000,
            stack_bytes: 256 << 10,
            timers: 100,
            players: 10,
        }
    }
}

/// Heap size of the first collection of cycles: above what an ordinary call ever reaches.
const FIRST_COLLECTION: usize = 1 << 20;

/// Where the engine cannot even make an error for the want of memory it throws null. A null is
/// taken for that where the script still holds this share of its memory, and else for its own.
const NULL_MEANS_MEMORY: f64 = 0.75;

/// What the last listeners of a broken session may use besides.
const RESERVE: usize = 1 << 20;

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

/// The parts of the language that scenarios get: no `eval` (the engine's compiler is not there at
/// all, see `api/language.js`), no weak references. Its Date is there only to be replaced or taken away.
type Language = (
    intrinsic::Date,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

/// A QuickJS runtime with the API in it. Stays on the thread that made it.
pub struct Isolate {
    /// The one JS value that is kept. Fields are dropped in this order, so it is gone before the
    /// runtime that it lives in; a test makes and drops thousands.
    dispatch: Persistent<Function<'static>>,
    context: Context,
    runtime: Runtime,
    host: Rc<Host>,
    api: &'static Api,
    program: Option<Arc<Program>>,
    counters: Counters,
    limits: Limits,
    broken: Option<FaultKind>,
}

impl Isolate {
    /// A fresh runtime with the API but no scenario; may be made ahead and kept warm.
    /// Fails where there is no memory for it.
    pub fn warm(limits: &Limits) -> Result<Isolate, Fault> {
        let api = api::compiled()?;
        let host = Rc::new(Host::new(limits));
        let runtime = Runtime::new().map_err(|_| no_memory())?;
        runtime.set_max_stack_size(limits.stack_bytes);
        runtime.set_gc_threshold(FIRST_COLLECTION);
        let context = Context::custom::<Language>(&runtime).map_err(|_| no_memory())?;
        let dispatch = context.with(|ctx| {
            let boot = || {
                let api: Function = bytecode::run(&ctx, &api.core)?.get()?;
                let dispatch: Function =
                    api.call((natives::install(&ctx, &host)?, ctx.globals()))?;
                Ok(Persistent::save(&ctx, dispatch))
            };
            boot().map_err(|wrong| fault_of(&ctx, wrong, ""))
        })?;
        // Not before: the engine is not made for want of memory while it boots.
        runtime.set_memory_limit(limits.memory_bytes);
        let clock = host.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || clock.out_of_time())));
        let tracker = host.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(
            move |ctx, promise, reason, handled| tracker.rejected(&ctx, promise, reason, handled),
        )));
        Ok(Isolate {
            dispatch,
            context,
            runtime,
            host,
            api,
            program: None,
            counters: Counters::default(),
            limits: limits.clone(),
            broken: None,
        })
    }

    /// Gives the isolate its program and its chance (`Math.random`, `uuidgen`). Once.
    pub fn load(&mut self, program: Arc<Program>, seed: u64) {
        self.program = Some(program);
        *self.host.dice.borrow_mut() = Dice::from_seed(seed);
    }

    /// One event to its listeners, then promise jobs until there are none. `Date` stands still at `now`.
    /// `out_of_time` starts anew with each turn.
    pub fn turn(&mut self, event: Event, now: Now, out_of_time: OutOfTime) -> Turn {
        let last_words = event.is_last_word();
        if self.broken.is_some() && !last_words {
            return Turn::default();
        }
        self.host.begin(now, out_of_time);
        let outcome = self.deliver(event).map_err(|fault| match &self.program {
            Some(program) => marks::place_fault(program, fault),
            None => fault,
        });
        let fault = match outcome {
            Ok(()) => None,
            Err(fault) if last_words => {
                self.host.log(Level::Error, &fault.to_string());
                None
            }
            Err(fault) => {
                self.broken = Some(fault.kind);
                // So that the last listeners can run where memory was what ran out.
                self.runtime
                    .set_memory_limit(self.limits.memory_bytes.saturating_add(RESERVE));
                Some(fault)
            }
        };
        let mut commands = self.host.finish();
        if let Some(program) = &self.program {
            let places = commands.iter_mut().filter_map(Command::place_mut);
            places.for_each(|place| marks::place_in(program, place));
        }
        Turn { commands, fault }
    }

    /// Adds how often the spots of marked scenarios have run.
    pub fn add_ran_to(&self, ran: &mut Ran) {
        self.counters.add_to(ran);
    }

    /// Bytes that the engine's heap holds; walks all of it.
    pub fn memory_bytes(&self) -> usize {
        usize::try_from(self.runtime.memory_usage().malloc_size).unwrap_or(0)
    }

    fn deliver(&mut self, event: Event) -> Result<(), Fault> {
        match event {
            Event::Started {
                session,
                custom_data,
                access,
            } => {
                let session = session.to_string();
                let json =
                    json!({"session": session, "custom_data": custom_data, "access": access});
                self.dispatch("begin", json.to_string())?;
                if let Some(program) = self.program.clone() {
                    let parts = program.scenarios.iter().map(|scenario| &scenario.bytecode);
                    let mentions = parts.flat_map(Bytecode::mentions).copied().collect();
                    let (api, dispatch) = (self.api, self.dispatch.clone());
                    self.step(|ctx, host| {
                        api.complete(ctx, host, &dispatch.restore(ctx)?, &mentions)
                    })?;
                    for owner in unsupported::globals_of(&program) {
                        self.dispatch("stub", owner)?;
                    }
                    let mut counters = Counters::default();
                    self.step(|ctx, _| counters.install(ctx, &program))?;
                    self.counters = counters;
                    for scenario in &program.scenarios {
                        self.step(|ctx, _| bytecode::run(ctx, &scenario.bytecode).map(drop))?;
                        self.drain()?;
                    }
                }
                self.dispatch("started", String::new())?;
            }
            Event::Alerting(alerting) => self.dispatch("alerting", json_of(&alerting))?,
            Event::Call { call, state, news } => {
                let json = json!({"call": call, "state": state, "news": news});
                self.dispatch("call", json.to_string())?;
            }
            Event::Unit { unit, news } => {
                let json = json!({"unit": unit, "news": news});
                self.dispatch("unit", json.to_string())?;
            }
            Event::Visit { visit, outcome } => {
                let (unit, reason) = match outcome {
                    Visited::Socket(unit) => (Some(unit), None),
                    Visited::Refused(reason) => (None, Some(reason)),
                };
                let json = json!({
                    "path": visit.path,
                    "headers": visit.headers,
                    "unit": unit,
                    "reason": reason,
                });
                self.dispatch("visit", json.to_string())?;
            }
            Event::Request(request) => {
                let json = serde_json::json!(request);
                self.dispatch("request", json.to_string())?;
            }
            Event::After(before, event) => {
                for event in before {
                    self.deliver(event)?;
                }
                return self.deliver(*event);
            }
            Event::Timer { id } => self.dispatch("timer", id.to_string())?,
            Event::Reply { inquiry, reply } => {
                let json = outside::told(inquiry, &reply);
                if let Reply::Http(Ok(answer)) = reply {
                    *self.host.arrived.borrow_mut() = Some(answer);
                }
                self.dispatch("reply", json)?;
            }
            Event::Terminating => {
                self.dispatch("terminating", self.broken.is_some().to_string())?
            }
            Event::Terminated => self.dispatch("terminated", self.broken.is_some().to_string())?,
        }
        // What an endless chain of jobs left behind is not taken up again.
        if self.broken == Some(FaultKind::OutOfTime) {
            return Ok(());
        }
        self.drain()?;
        self.step(|ctx, host| match host.unhandled(ctx) {
            Some(reason) => Err(ctx.throw(reason)),
            None => Ok(()),
        })
        .map_err(|fault| match fault.kind {
            FaultKind::Exception => Fault {
                kind: FaultKind::UnhandledRejection,
                message: format!("unhandled rejection: {}", fault.message),
                ..fault
            },
            _ => fault,
        })
    }

    /// Promise jobs, one at a time, with a look at the clock before each.
    fn drain(&mut self) -> Result<(), Fault> {
        while self.runtime.is_job_pending() {
            if self.host.out_of_time() {
                return Err(self.out_of_time(String::new(), None));
            }
            if let Err(thrown) = self.runtime.execute_pending_job() {
                let fault = thrown
                    .0
                    .with(|ctx| fault_of(&ctx, rquickjs::Error::Exception, ""));
                return Err(self.judged(fault));
            }
        }
        match self.host.expired() {
            true => Err(self.out_of_time(String::new(), None)),
            false => Ok(()),
        }
    }

    fn dispatch(&mut self, kind: &str, json: String) -> Result<(), Fault> {
        let dispatch = self.dispatch.clone();
        self.step(|ctx, _| {
            let dispatch = dispatch.restore(ctx)?;
            dispatch.call::<_, Value>((kind, json)).map(drop)
        })
    }

    /// Runs something of the script's.
    fn step(
        &mut self,
        step: impl for<'js> FnOnce(&Ctx<'js>, &Rc<Host>) -> rquickjs::Result<()>,
    ) -> Result<(), Fault> {
        let (dispatch, host) = (self.dispatch.clone(), self.host.clone());
        let outcome = self.context.with(|ctx| {
            step(&ctx, &host).map_err(|wrong| {
                let thrown = ctx.catch();
                let running = dispatch
                    .restore(&ctx)
                    .and_then(|dispatch| dispatch.call::<_, String>(("where", "")));
                let running = running.unwrap_or_else(|_| {
                    ctx.catch();
                    String::new()
                });
                ctx.throw(thrown);
                fault_of(&ctx, wrong, &running)
            })
        });
        match outcome {
            Err(fault) => Err(self.judged(fault)),
            // A script may outlive its time in its last words before the engine looks.
            Ok(()) if self.host.expired() => Err(self.out_of_time(String::new(), None)),
            Ok(()) => Ok(()),
        }
    }

    /// What the engine reports, seen with what we know of clock and memory.
    fn judged(&self, fault: Fault) -> Fault {
        if self.host.expired() {
            return self.out_of_time(fault.stack, fault.place);
        }
        let full = self.memory_bytes() as f64 > NULL_MEANS_MEMORY * self.limits.memory_bytes as f64;
        match fault.kind {
            FaultKind::Exception if fault.message == describe::NULL_THROWN && full => Fault {
                kind: FaultKind::OutOfMemory,
                message: self.memory_used_up(),
                ..fault
            },
            FaultKind::Exception if fault.message == describe::NULL_THROWN => Fault {
                message: format!(
                    "{}, by the script or by the engine at its limit of {} MiB",
                    describe::NULL_THROWN,
                    self.limits.memory_bytes >> 20
                ),
                ..fault
            },
            FaultKind::OutOfMemory => Fault {
                message: self.memory_used_up(),
                ..fault
            },
            _ => fault,
        }
    }

    fn memory_used_up(&self) -> String {
        format!(
            "the script used up its {} MiB of memory",
            self.limits.memory_bytes >> 20
        )
    }

    fn out_of_time(&self, stack: String, place: Option<crate::script::Place>) -> Fault {
        Fault {
            kind: FaultKind::OutOfTime,
            message: format!(
                "the script ran for more than {} ms without returning",
                self.limits.turn_ms
            ),
            place,
            stack,
        }
    }
}

impl Drop for Isolate {
    /// A turn that panicked may have left rejections behind, which must not outlive the runtime.
    fn drop(&mut self) {
        self.host.let_go();
    }
}

fn json_of(alerting: &Alerting) -> String {
    serde_json::to_string(alerting).expect("an Alerting holds texts, and JSON can say them")
}

/// The context's pending exception as a fault; `running` is a stack for what carries none.
fn fault_of(ctx: &Ctx<'_>, wrong: rquickjs::Error, running: &str) -> Fault {
    if !wrong.is_exception() {
        return Fault {
            kind: match wrong {
                rquickjs::Error::Allocation => FaultKind::OutOfMemory,
                _ => FaultKind::Exception,
            },
            message: wrong.to_string(),
            place: describe::first_place(running),
            stack: String::new(),
        };
    }
    let thrown = describe::thrown(ctx, &ctx.catch());
    let kind = match thrown.out_of_memory {
        true => FaultKind::OutOfMemory,
        false => FaultKind::Exception,
    };
    describe::fault(kind, thrown, running)
}

fn no_memory() -> Fault {
    Fault {
        kind: FaultKind::OutOfMemory,
        message: "there is no memory for another script".into(),
        place: None,
        stack: String::new(),
    }
}
