//! The scripts: one QuickJS runtime per session, a turn at a time. This room knows no SIP.
//!
//! The border is plain values: an [`Event`](event::Event) in, [`Command`](command::Command)s out, both
//! serde, so that a worker may be a thread today and a process tomorrow. Rust holds ids, never a JS value.

pub mod api;
pub mod command;
pub mod event;
pub mod fault;
pub mod isolate;
pub mod program;

pub use command::Command;
pub use event::Event;
pub use fault::{Fault, Place};
pub use isolate::{Isolate, Turn};
pub use program::Program;
