//! What an isolate keeps on this side of the border: the turn's commands, its clock and chance, and
//! the limits on what a script may pour out of itself. No JS value outlives a turn here.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt::Write;

use rquickjs::{Ctx, Exception, Persistent, Value};

use crate::base::web::Answer;
use crate::base::{Dice, Now};
use crate::script::command::{Command, Level};
use crate::script::describe;
use crate::script::isolate::{Limits, OutOfTime};

/// A session's whole log.
const SESSION_LOG: usize = 10 << 20;
/// One turn's share of it.
const TURN_LOG: usize = 1 << 20;
/// One turn's wishes: no script has a use for more, and each is held until the turn is over.
const TURN_COMMANDS: usize = 10_000;
const TURN_COMMAND_BYTES: usize = 4 << 20;

/// Shared between the isolate and the functions that it gives to the API.
pub(super) struct Host {
    pub(super) timers: usize,
    pub(super) players: usize,
    now_ms: Cell<f64>,
    pub(super) dice: RefCell<Dice>,
    commands: RefCell<Vec<Command>>,
    command_bytes: Cell<usize>,
    clock: RefCell<Option<OutOfTime>>,
    expired: Cell<bool>,
    session_log: Cell<usize>,
    turn_log: Cell<usize>,
    dropped_lines: Cell<u64>,
    /// Promises rejected in this turn that nobody handles so far, with what they were rejected with.
    rejections: RefCell<Vec<Rejection>>,
    /// What an HTTP server said, while the turn that hears of it lasts.
    pub(super) arrived: RefCell<Option<Answer>>,
}

struct Rejection {
    promise: Persistent<Value<'static>>,
    reason: Persistent<Value<'static>>,
}

impl Host {
    pub(super) fn new(limits: &Limits) -> Host {
        Host {
            timers: limits.timers,
            players: limits.players,
            now_ms: Cell::new(0.0),
            dice: RefCell::new(Dice::from_seed(0)),
            commands: RefCell::default(),
            command_bytes: Cell::new(0),
            clock: RefCell::default(),
            expired: Cell::new(false),
            session_log: Cell::new(0),
            turn_log: Cell::new(0),
            dropped_lines: Cell::new(0),
            rejections: RefCell::default(),
            arrived: RefCell::default(),
        }
    }

    /// A turn begins.
    pub(super) fn begin(&self, now: Now, clock: OutOfTime) {
        self.now_ms.set(now.unix_ms as f64);
        *self.clock.borrow_mut() = Some(clock);
        self.expired.set(false);
        self.turn_log.set(0);
        self.command_bytes.set(0);
    }

    /// The turn is over; what it asked for. Lets go of every JS value.
    pub(super) fn finish(&self) -> Vec<Command> {
        self.let_go();
        *self.arrived.borrow_mut() = None;
        *self.clock.borrow_mut() = None;
        let mut commands = self.commands.take();
        let dropped = self.dropped_lines.take();
        if dropped > 0 {
            commands.push(Command::Log {
                level: Level::Warning,
                text: format!("truncated {dropped} log lines: the session logs too much"),
            });
        }
        commands
    }

    /// Drops every JS value that the turn has left here.
    pub(super) fn let_go(&self) {
        let rejections = self.rejections.take();
        drop(rejections);
    }

    /// Milliseconds since the Unix epoch at which this turn stands still.
    pub(super) fn now_ms(&self) -> f64 {
        self.now_ms.get()
    }

    /// True once the turn's time is over, and from then on.
    pub(super) fn out_of_time(&self) -> bool {
        if self.expired.get() {
            return true;
        }
        let expired = match self.clock.try_borrow_mut() {
            Ok(mut clock) => clock.as_mut().is_some_and(|over| over()),
            // The clock itself asks; it cannot be a script.
            Err(_) => false,
        };
        self.expired.set(expired);
        expired
    }

    /// True where a look at the clock has stopped the turn.
    pub(super) fn expired(&self) -> bool {
        self.expired.get()
    }

    /// One wish of the script. `bytes` is what its texts weigh.
    pub(super) fn ask(
        &self,
        ctx: &Ctx<'_>,
        command: Command,
        bytes: usize,
    ) -> rquickjs::Result<()> {
        let total = self.command_bytes.get().saturating_add(bytes);
        let many = self.commands.borrow().len() >= TURN_COMMANDS;
        if many || total > TURN_COMMAND_BYTES {
            // Making an error may run the script's own code, so nothing is borrowed here.
            return Err(Exception::throw_range(
                ctx,
                "the script asks for too much in one turn",
            ));
        }
        self.command_bytes.set(total);
        self.commands.borrow_mut().push(command);
        Ok(())
    }

    /// One line of the session's log, made harmless; dropped and counted past the limit.
    pub(super) fn log(&self, level: Level, text: &str) {
        let text = harmless(text);
        let weight = text.len() + 64;
        let (session, turn) = (
            self.session_log.get() + weight,
            self.turn_log.get() + weight,
        );
        if session > SESSION_LOG || turn > TURN_LOG {
            self.dropped_lines.set(self.dropped_lines.get() + 1);
            return;
        }
        self.session_log.set(session);
        self.turn_log.set(turn);
        self.commands.borrow_mut().push(Command::Log {
            level,
            text: text.into_owned(),
        });
    }

    /// The runtime's word about what the script did at the innermost of its own frames.
    pub(super) fn warn(&self, text: &str, stack: &str) {
        match describe::first_place(stack) {
            Some(place) => self.log(
                Level::Warning,
                &format!("{}:{}: {text}", place.file, place.line),
            ),
            None => self.log(Level::Warning, text),
        }
    }

    /// The engine's word about a promise.
    pub(super) fn rejected<'js>(
        &self,
        ctx: &Ctx<'js>,
        promise: Value<'js>,
        reason: Value<'js>,
        handled: bool,
    ) {
        let mut rejections = self.rejections.borrow_mut();
        if handled {
            // Mostly the last one: a promise is rejected and caught at once.
            let known = rejections.iter().rposition(|rejection| {
                rejection.promise.clone().restore(ctx).ok().as_ref() == Some(&promise)
            });
            if let Some(at) = known {
                rejections.remove(at);
            }
        } else {
            rejections.push(Rejection {
                promise: Persistent::save(ctx, promise),
                reason: Persistent::save(ctx, reason),
            });
        }
    }

    /// The reason of the first rejection that nobody has handled.
    pub(super) fn unhandled<'js>(&self, ctx: &Ctx<'js>) -> Option<Value<'js>> {
        let rejections = self.rejections.borrow();
        rejections.first()?.reason.clone().restore(ctx).ok()
    }
}

/// Text that cannot forge a log line or steer a terminal: control characters and line separators
/// are written out.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}');
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => plain.push_str("\\n"),
            '\r' => plain.push_str("\\r"),
            c if harmful(c) => {
                let _ = write!(plain, "\\u{{{:x}}}", u32::from(c));
            }
            c => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_forge_a_line_or_steer_a_terminal() {
        assert_eq!(harmless("a\tb ü 😀"), "a\tb ü 😀");
        assert_eq!(
            harmless("x\r\nERROR\u{1b}[2J\0\u{85}\u{2028}\u{7f}"),
            "x\\r\\nERROR\\u{1b}[2J\\u{0}\\u{85}\\u{2028}\\u{7f}"
        );
    }
}
