//! The JavaScript of one test: a QuickJS runtime of its own, without files, network or clock, that asks one
//! native function for everything.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::OnceLock;

use rquickjs::context::intrinsic;
use rquickjs::{Context, Ctx, Error, Exception, Function, Object, Persistent, Runtime, Value};
use serde::Deserialize;
use serde_json::Value as Json;

use super::api;
use super::ask::Ask;
use super::stage::Stage;
use crate::script::Place;
use crate::script::bytecode::{self, Bytecode, Keep};

const MEMORY: usize = 64 << 20;
const STACK: usize = 256 << 10;
/// QuickJS polls every 10,000 jumps; a test that jumps so often without waiting runs for ever.
const MOST_POLLS: u32 = 1000;
/// And one that chains so many promises.
const MOST_JOBS: u32 = 1_000_000;
const LONGEST_MESSAGE: usize = 4000;

/// The parts of the language that tests get: no Date and no weak references, which would tell of the machine.
type Language = (
    intrinsic::Eval,
    intrinsic::RegExpCompiler,
    intrinsic::RegExp,
    intrinsic::Json,
    intrinsic::Proxy,
    intrinsic::MapSet,
    intrinsic::TypedArrays,
    intrinsic::Promise,
);

/// What every test sees, compiled once in this process.
static API: OnceLock<Bytecode> = OnceLock::new();

/// What was thrown, or what never came.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Wrong {
    pub message: String,
    /// As the engine writes it, innermost frame first.
    pub stack: String,
}

/// A promise that was rejected, with the reason.
type Rejection = (Persistent<Value<'static>>, Persistent<Value<'static>>);

/// Fields are dropped in this order: no value outlives the runtime.
pub(super) struct Engine {
    driver: Persistent<Object<'static>>,
    rejections: Rc<RefCell<Vec<Rejection>>>,
    context: Context,
    runtime: Runtime,
    polls: Rc<Cell<u32>>,
}

impl Engine {
    /// Runs a file, which names its tests. Without a stage there is nothing that they could ask.
    pub fn new(program: &Bytecode, stage: Option<Rc<RefCell<Stage>>>) -> Result<Engine, Wrong> {
        let no_memory = |_| Wrong::of("there is no memory for a test");
        let runtime = Runtime::new().map_err(no_memory)?;
        runtime.set_memory_limit(MEMORY);
        runtime.set_max_stack_size(STACK);
        let polls = Rc::new(Cell::new(0));
        let counter = polls.clone();
        runtime.set_interrupt_handler(Some(Box::new(move || {
            counter.set(counter.get() + 1);
            counter.get() > MOST_POLLS
        })));
        let rejections = Rc::new(RefCell::new(Vec::new()));
        let known = rejections.clone();
        runtime.set_host_promise_rejection_tracker(Some(Box::new(
            move |ctx, promise, reason, handled| note(&known, &ctx, promise, reason, handled),
        )));
        let context = Context::custom::<Language>(&runtime).map_err(no_memory)?;
        let driver = context.with(|ctx| {
            let driver = boot(&ctx, stage).map_err(|wrong| thrown(&ctx, None, wrong))?;
            let ran = bytecode::run(&ctx, program).map(drop);
            ran.map_err(|wrong| thrown(&ctx, Some(&driver), wrong))?;
            Ok(Persistent::save(&ctx, driver))
        });
        let engine = Engine {
            driver: driver.map_err(|wrong| judged(&polls, wrong))?,
            rejections,
            context,
            runtime,
            polls,
        };
        Ok(engine)
    }

    /// Asks the driver for something; a fresh turn of the test begins.
    pub fn dispatch(&self, kind: &str, argument: &str) -> Result<String, Wrong> {
        self.polls.set(0);
        let driver = self.driver.clone();
        let answer = self.context.with(|ctx| {
            let ask = || {
                let dispatch: Function = driver.clone().restore(&ctx)?.get("dispatch")?;
                dispatch.call::<_, String>((kind, argument))
            };
            ask().map_err(|wrong| thrown(&ctx, driver.clone().restore(&ctx).ok().as_ref(), wrong))
        });
        answer.map_err(|wrong| judged(&self.polls, wrong))
    }

    /// Runs what was promised, until there is nothing to run.
    pub fn drain(&self) -> Result<(), Wrong> {
        self.polls.set(0);
        let mut jobs = 0;
        while self.runtime.is_job_pending() {
            jobs += 1;
            if jobs > MOST_JOBS {
                return Err(for_ever());
            }
            if let Err(exception) = self.runtime.execute_pending_job() {
                let driver = self.driver.clone();
                let wrong = exception.0.with(|ctx| {
                    let driver = driver.restore(&ctx).ok();
                    thrown(&ctx, driver.as_ref(), Error::Exception)
                });
                return Err(judged(&self.polls, wrong));
            }
        }
        let Some((_, reason)) = self.rejections.take().into_iter().next() else {
            return Ok(());
        };
        let driver = self.driver.clone();
        let wrong = self.context.with(|ctx| match reason.restore(&ctx) {
            Ok(reason) => told(&ctx, driver.restore(&ctx).ok().as_ref(), reason),
            Err(_) => Wrong::of("a promise was rejected"),
        });
        let message = format!(
            "{}\n(in something that the test did not await)",
            wrong.message
        );
        Err(Wrong { message, ..wrong })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.rejections.take();
    }
}

impl Wrong {
    pub fn of(message: &str) -> Wrong {
        Wrong {
            message: message.to_string(),
            stack: String::new(),
        }
    }

    /// The innermost place in the test's own file.
    pub fn place(&self, file: &str) -> Option<Place> {
        self.stack.lines().find_map(|frame| place(frame, file))
    }
}

/// `    at name (file:line:column)` or `    at file:line:column`.
fn place(frame: &str, file: &str) -> Option<Place> {
    let frame = frame.trim();
    let spot = match frame.rsplit_once('(') {
        Some((_, rest)) => rest.strip_suffix(')')?,
        None => frame.strip_prefix("at ")?,
    };
    let (rest, column) = spot.rsplit_once(':')?;
    let (named, line) = rest.rsplit_once(':')?;
    (named == file).then_some(())?;
    Some(Place {
        file: file.to_string(),
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}

/// Compiles a file of tests, which every test of it runs anew.
pub(super) fn compile(file: &str, source: &str) -> Result<Bytecode, Wrong> {
    let no_memory = |_| Wrong::of("there is no memory to compile it");
    let runtime = Runtime::new().map_err(no_memory)?;
    runtime.set_memory_limit(MEMORY);
    runtime.set_max_stack_size(STACK);
    let context = Context::custom::<Language>(&runtime).map_err(no_memory)?;
    context.with(|ctx| {
        bytecode::compile(&ctx, source, file, Keep::Lines).map_err(|wrong| {
            let driver = boot(&ctx, None).ok();
            thrown(&ctx, driver.as_ref(), wrong)
        })
    })
}

fn boot<'js>(ctx: &Ctx<'js>, stage: Option<Rc<RefCell<Stage>>>) -> rquickjs::Result<Object<'js>> {
    let host = Function::new(ctx.clone(), move |ctx: Ctx<'js>, asked: String| {
        let answer = match (&stage, serde_json::from_str::<Ask>(&asked)) {
            (_, Err(fault)) => Err(fault.to_string()),
            (None, Ok(_)) => Err("phones and time are there inside a test only".to_string()),
            (Some(stage), Ok(ask)) => stage.borrow_mut().answer(ask),
        };
        answer
            .map(|answer: Json| answer.to_string())
            .map_err(|refusal| Exception::throw_message(&ctx, &refusal))
    })?;
    let api = match API.get() {
        Some(api) => api,
        None => {
            let api = bytecode::compile(ctx, &api::source(), api::FILE, Keep::Lines)?;
            API.get_or_init(|| api)
        }
    };
    let api: Function = bytecode::run(ctx, api)?.get()?;
    api.call((host, ctx.globals()))
}

fn note<'js>(
    known: &Rc<RefCell<Vec<Rejection>>>,
    ctx: &Ctx<'js>,
    promise: Value<'js>,
    reason: Value<'js>,
    handled: bool,
) {
    let mut known = known.borrow_mut();
    match handled {
        false => known.push((
            Persistent::save(ctx, promise),
            Persistent::save(ctx, reason),
        )),
        true => {
            known.retain(|(other, _)| other.clone().restore(ctx).ok().as_ref() != Some(&promise))
        }
    }
}

fn thrown<'js>(ctx: &Ctx<'js>, driver: Option<&Object<'js>>, wrong: Error) -> Wrong {
    match wrong.is_exception() {
        true => told(ctx, driver, ctx.catch()),
        false => Wrong::of(&wrong.to_string()),
    }
}

/// A thrown value in the driver's words.
fn told<'js>(ctx: &Ctx<'js>, driver: Option<&Object<'js>>, value: Value<'js>) -> Wrong {
    let told = driver.and_then(|driver| {
        let told: Function = driver.get("told").ok()?;
        let told: String = told.call((value.clone(),)).ok()?;
        serde_json::from_str::<Wrong>(&told).ok()
    });
    ctx.catch();
    let mut wrong = told.unwrap_or_else(|| match value.as_exception() {
        Some(exception) => Wrong {
            message: exception.message().unwrap_or_default(),
            stack: exception.stack().unwrap_or_default(),
        },
        None => Wrong::of("something was thrown, and there was no memory to say what"),
    });
    if wrong.message.len() > LONGEST_MESSAGE {
        let mut ends = (0..=LONGEST_MESSAGE).rev();
        let end = ends.find(|end| wrong.message.is_char_boundary(*end));
        wrong.message.truncate(end.unwrap_or(0));
        wrong.message.push('…');
    }
    wrong
}

/// What the engine reports, seen with what we know of its time.
fn judged(polls: &Cell<u32>, wrong: Wrong) -> Wrong {
    match polls.get() > MOST_POLLS {
        true => Wrong {
            stack: wrong.stack,
            ..for_ever()
        },
        false => wrong,
    }
}

fn for_ever() -> Wrong {
    Wrong::of("the test runs for ever without waiting for anything")
}
