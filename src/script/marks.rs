//! Marks in a script's source, for whoever wants to know which of its parts ran: each calls a counter. Places in
//! the marked text lie further right than in the author's; whatever leaves the isolate names the author's.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rquickjs::{Ctx, Function};

use crate::script::program::{Program, Scenario};
use crate::script::{Fault, Place};

/// How often the spots of each file have run, by the file's name.
pub type Ran = BTreeMap<String, Vec<u64>>;

/// What was marked in a source, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// The global function that every mark calls with the number of its spot.
    pub function: String,
    pub spots: Vec<Spot>,
    /// By line and column.
    pub inserts: Vec<Insert>,
    /// Short texts that stand in the source: numbers and users may be among them.
    pub words: Vec<String>,
}

/// Something that runs as a whole or not at all; lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spot {
    pub line: u32,
    pub column: u32,
}

/// Text that the author has not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Insert {
    pub line: u32,
    /// How many bytes of the author's stand before it on its line.
    pub after: u32,
    pub bytes: u32,
}

impl Marks {
    /// The author's column for one of the marked text; the engine counts bytes, and on the first line from 0.
    fn column(&self, line: u32, column: u32) -> u32 {
        let base = u32::from(line > 1);
        let found = column.saturating_sub(base);
        let mut inserted = 0;
        for insert in self.inserts.iter().filter(|insert| insert.line == line) {
            let begins = insert.after + inserted;
            if found < begins {
                break;
            }
            if found < begins + insert.bytes {
                return insert.after + base;
            }
            inserted += insert.bytes;
        }
        found - inserted + base
    }

    pub(super) fn place(&self, place: &mut Place) {
        place.column = self.column(place.line, place.column);
    }
}

/// The counters of one isolate.
#[derive(Default)]
pub(super) struct Counters(Vec<(String, Rc<RefCell<Vec<u64>>>)>);

impl Counters {
    /// Gives the marks of a program what they call.
    pub(super) fn install(&mut self, ctx: &Ctx<'_>, program: &Program) -> rquickjs::Result<()> {
        for scenario in &program.scenarios {
            let Some(marks) = scenario.bytecode.marks() else {
                continue;
            };
            let counts = Rc::new(RefCell::new(vec![0u64; marks.spots.len()]));
            self.0.push((scenario.file.clone(), counts.clone()));
            let count = Function::new(ctx.clone(), move |spot: u32| {
                if let Some(times) = counts.borrow_mut().get_mut(spot as usize) {
                    *times = times.saturating_add(1);
                }
            })?;
            ctx.globals().prop(marks.function.as_str(), count)?;
        }
        Ok(())
    }

    /// Adds what has run so far.
    pub(super) fn add_to(&self, ran: &mut Ran) {
        for (file, counts) in &self.0 {
            add(ran, file, &counts.borrow());
        }
    }
}

/// Adds the counts of a file.
pub fn add(ran: &mut Ran, file: &str, counts: &[u64]) {
    if !ran.contains_key(file) {
        ran.insert(file.to_string(), vec![0; counts.len()]);
    }
    if let Some(sums) = ran.get_mut(file) {
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum = sum.saturating_add(*count);
        }
    }
}

/// A fault with the author's places.
pub(super) fn place_fault(program: &Program, fault: Fault) -> Fault {
    let mut place = fault.place;
    if let Some(place) = &mut place {
        place_in(program, place);
    }
    let frames = fault.stack.lines();
    let frames = frames.map(|frame| {
        let placed = placed_frame(program, frame);
        placed.unwrap_or_else(|| frame.to_string())
    });
    Fault {
        place,
        stack: frames.collect::<Vec<_>>().join("\n"),
        ..fault
    }
}

/// A place as the author knows it.
pub(super) fn place_in(program: &Program, place: &mut Place) {
    if let Some(marks) = marks_of(program, |scenario| scenario.file == place.file) {
        marks.place(place);
    }
}

/// `    at name (file:line:column)` or `    at file:line:column`.
fn placed_frame(program: &Program, frame: &str) -> Option<String> {
    let (body, close) = match frame.strip_suffix(')') {
        Some(body) => (body, ")"),
        None => (frame, ""),
    };
    let (rest, column) = body.rsplit_once(':')?;
    let (named, line) = rest.rsplit_once(':')?;
    let marks = marks_of(program, |scenario| {
        let before = named.strip_suffix(scenario.file.as_str());
        before.is_some_and(|before| before.ends_with(['(', ' ']))
    })?;
    let column = marks.column(line.parse().ok()?, column.parse().ok()?);
    Some(format!("{rest}:{column}{close}"))
}

fn marks_of(program: &Program, is_it: impl Fn(&Scenario) -> bool) -> Option<&Arc<Marks>> {
    let mut scenarios = program.scenarios.iter();
    scenarios
        .find(|scenario| is_it(scenario))
        .and_then(|scenario| scenario.bytecode.marks())
}
