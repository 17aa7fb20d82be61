//! Sound in the messages of a WebSocket: VoxEngine's format, in and out.
//!
//! ```text
//!  {"event":"start"…}  {"event":"media"…}  {"event":"media"…}  {"event":"stop"…}
//!     Frame ▸ Outflow ▸ message                message ▸ format::read ▸ Inflow ▸ Feed for a voice
//! ```

pub mod format;
pub mod inflow;
pub mod outflow;

pub use inflow::Inflow;
pub use outflow::Outflow;
