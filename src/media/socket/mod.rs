//! Sound in the messages of a WebSocket: VoxEngine's format, in and out.
//!
//! ```text
//!  {"event":"start"…}  {"event":"media"…}  {"event":"media"…}  {"event":"stop"…}
//!     Frame ▸ Outflow ▸ message                message ▸ format::read ▸ Inflow ▸ Feed for a voice
//! ```
//!
//! What went over one is kept in a [`Ledger`], where somebody wants to know.

mod account;
pub mod format;
pub mod inflow;
pub mod ledger;
pub mod outflow;
mod trace;

pub use inflow::Inflow;
pub use ledger::Ledger;
pub use outflow::Outflow;
