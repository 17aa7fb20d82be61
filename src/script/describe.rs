//! What was thrown, in words: from a JS value to a [`Fault`] with file, line, column and stack.
//!
//! A script can throw anything: `null`, an object whose `message` throws, an error whose stack it
//! wrote itself. Whatever it is, a clear fault comes out.

use rquickjs::{Coerced, Ctx, Object, Value};

use crate::script::api;
use crate::script::fault::{Fault, FaultKind, Place};
use crate::script::host::harmless;

/// The message of a thrown null.
pub(super) const NULL_THROWN: &str = "null was thrown";
const LONGEST_MESSAGE: usize = 1000;
const LONGEST_STACK: usize = 4000;

/// What a thrown value says of itself.
pub(super) struct Thrown {
    pub(super) message: String,
    /// As the engine wrote it, with our own frames.
    pub(super) stack: String,
    /// The engine could not even make an error object.
    pub(super) nothing: bool,
    pub(super) out_of_memory: bool,
}

/// Reads a thrown value; what it throws meanwhile is dropped.
pub(super) fn thrown<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Thrown {
    let mut told = Thrown {
        message: String::new(),
        stack: String::new(),
        nothing: false,
        out_of_memory: false,
    };
    if value.is_error()
        && let Some(error) = value.as_object()
    {
        let name = text(ctx, error, "name").unwrap_or_else(|| "Error".into());
        let message = text(ctx, error, "message").unwrap_or_default();
        told.out_of_memory = name == "InternalError" && message == "out of memory";
        told.message = match message.as_str() {
            "" => name,
            _ => format!("{name}: {message}"),
        };
        told.stack = text(ctx, error, "stack").unwrap_or_default();
    } else if value.is_null() || value.is_undefined() {
        told.nothing = value.is_null();
        told.message = match told.nothing {
            true => NULL_THROWN.into(),
            false => "undefined was thrown".into(),
        };
    } else if value.is_string() {
        told.message = format!("{:?} was thrown", coerced(ctx, value).unwrap_or_default());
    } else {
        told.message = match coerced(ctx, value) {
            Some(text) => format!("{text} was thrown"),
            None => "an object without a text was thrown".into(),
        };
        if let Some(object) = value.as_object() {
            told.stack = text(ctx, object, "stack").unwrap_or_default();
        }
    }
    told.message = cut(&harmless(&told.message), LONGEST_MESSAGE).into();
    told
}

/// A fault from what was thrown; `fallback` is a stack for a value that carries none.
pub(super) fn fault(kind: FaultKind, thrown: Thrown, fallback: &str) -> Fault {
    let stack = match first_place(&thrown.stack) {
        Some(_) => thrown.stack.as_str(),
        None => fallback,
    };
    Fault {
        kind,
        place: first_place(stack),
        stack: own_frames(stack),
        message: thrown.message,
    }
}

/// The first frame of a stack that is not the API's.
pub(super) fn first_place(stack: &str) -> Option<Place> {
    stack.lines().find_map(place_of_frame)
}

/// `    at name (file:line:column)` or `    at file:line:column`.
fn place_of_frame(frame: &str) -> Option<Place> {
    let frame = frame.trim();
    let spot = match frame.rsplit_once('(') {
        Some((_, rest)) => rest.strip_suffix(')')?,
        None => frame.strip_prefix("at ")?,
    };
    let (rest, column) = spot.rsplit_once(':')?;
    let (file, line) = rest.rsplit_once(':')?;
    if file == api::FILE {
        return None;
    }
    Some(Place {
        file: cut(&harmless(file), 200).into(),
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}

/// The scenario's own frames, innermost first.
fn own_frames(stack: &str) -> String {
    let frames: Vec<String> = stack
        .lines()
        .filter(|frame| place_of_frame(frame).is_some())
        // The engine calls a script's top level so.
        .map(|frame| harmless(frame.trim_end()).replacen("at <eval> (", "at the top level (", 1))
        .collect();
    cut(&frames.join("\n"), LONGEST_STACK).into()
}

fn text<'js>(ctx: &Ctx<'js>, object: &Object<'js>, name: &str) -> Option<String> {
    match object.get::<_, Option<Coerced<String>>>(name) {
        Ok(text) => text.map(|text| text.0),
        Err(_) => {
            ctx.catch();
            None
        }
    }
}

fn coerced<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Option<String> {
    match value.get::<Coerced<String>>() {
        Ok(text) => Some(text.0),
        Err(_) => {
            ctx.catch();
            None
        }
    }
}

/// At most `limit` bytes, at a character's border.
pub(super) fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let mut end = limit;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_of_the_scenario_is_the_place() {
        let stack = "    at answer (<null>:0:1)\n    at <anonymous> (reception.js:4:7)\n    at reception.js:9:1\n";
        assert_eq!(
            first_place(stack).map(|place| place.to_string()),
            Some("reception.js:4:7".into())
        );
        assert_eq!(
            own_frames(stack),
            "    at <anonymous> (reception.js:4:7)\n    at reception.js:9:1"
        );
    }

    #[test]
    fn a_stack_that_a_script_wrote_itself_does_no_harm() {
        for stack in [
            "",
            "(",
            "at :::",
            "at x (a:b:c)",
            "at f (x.js:1)",
            "\u{1b}[2J(",
        ] {
            assert_eq!(first_place(stack), None, "{stack:?}");
        }
    }
}
