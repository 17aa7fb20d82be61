//! What is wrong in the scenario folder or in a configuration file, for the operator.

use std::fmt;

use crate::base::json::JsonFault;
use crate::script;
use crate::script::Place;

/// One fault with its place; the last good version of what it spoils stays in use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    pub place: Place,
    /// What is wrong and what to do.
    pub message: String,
}

impl Fault {
    pub fn new(file: &str, line: u32, column: u32, message: impl Into<String>) -> Fault {
        let place = Place {
            file: file.to_string(),
            line,
            column,
        };
        Fault {
            place,
            message: message.into(),
        }
    }

    pub fn json(file: &str, fault: JsonFault) -> Fault {
        Fault::new(file, fault.line, fault.column, fault.message)
    }

    /// A scenario that does not compile.
    pub fn script(file: &str, fault: script::Fault) -> Fault {
        match fault.place {
            Some(place) => Fault {
                place,
                message: fault.message,
            },
            None => {
                // What has no place of its own may begin with the file, which stands there already.
                let message = fault.message.strip_prefix(file).unwrap_or(&fault.message);
                let message = message.strip_prefix(": ").unwrap_or(message);
                Fault::new(file, 1, 1, message)
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}
