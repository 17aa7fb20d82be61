//! SIP without sockets (RFC 3261): messages, transactions, dialogs and the usages on them.
//! Bodies are bytes here; nothing in this room knows SDP.
//!
//! ```text
//! bytes ▸ message ▸ transaction ▸ dialog ▸ invite, subscription ▸ stack ▸ events
//!                                              ◂ commands ◂
//! ```

pub mod auth;
pub mod dialog;
pub mod invite;
pub mod ladder;
pub mod message;
pub mod refer;
pub mod registrar;
pub mod registration;
pub mod route;
pub mod stack;
pub mod subscription;
pub mod transaction;
pub mod transport;
