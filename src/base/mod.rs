//! What every room may use: ids, time, chance, masks and bounded queues.

pub mod bounded;
pub mod dice;
pub mod ids;
pub mod now;
pub mod pii;

pub use dice::Dice;
pub use ids::{CallId, LegId, SessionId};
pub use now::Now;
