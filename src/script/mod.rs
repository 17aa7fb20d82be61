//! The scripts: one QuickJS runtime per session, a turn at a time. This room knows no SIP.
//!
//! The border is plain values: an [`Event`] in, [`Command`]s out, both serde, so that a worker may
//! be a thread today and a process tomorrow. Rust holds ids; the one JS value it keeps is the
//! API's dispatcher (see [`isolate`]).

pub mod api;
pub mod asr;
pub mod bytecode;
mod bytes;
pub mod command;
mod conference;
mod describe;
pub mod event;
pub mod fault;
mod host;
pub mod inquiry;
pub mod isolate;
pub mod marks;
mod natives;
mod outside;
mod party;
pub mod program;
mod recorder;
mod refer;
mod senses;
pub mod socket;
mod sound;
mod tones;
pub mod unit;

pub use command::Command;
pub use event::Event;
pub use fault::{Fault, Place};
pub use inquiry::{Inquiry, Reply};
pub use isolate::{Isolate, Turn};
pub use program::Program;

#[cfg(test)]
mod tests;
