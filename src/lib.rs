//! switchhook: programmable call control that you host yourself.
//!
//! The path of one call, in the order of the modules:
//!
//! ```text
//! wire ▸ sip::transaction ▸ sip::dialog ▸ sip::invite ▸ switchboard ▸ session ▸ call ▸ script
//!                                                        ◂ commands ◂
//! ```
//!
//! Everything up to [`switchboard`] is pure: told the time, handed the bytes and dealt the dice.
//! [`io`] owns sockets, threads and the clock; [`sim`] runs the same machines in virtual time.
#![deny(unsafe_code)]

pub mod base;
pub mod call;
pub mod journal;
pub mod media;
pub mod scenario;
pub mod script;
pub mod sdp;
pub mod session;
pub mod settings;
pub mod sip;
pub mod switchboard;

pub mod app;
pub mod cli;
pub mod config;
pub mod http;
pub mod io;
pub mod storage;
pub mod telemetry;

pub mod replay;
pub mod sim;
pub mod trial;
