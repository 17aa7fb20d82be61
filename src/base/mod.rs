//! What every room may use: ids, time, chance, masks, bounded queues, patterns, URLs and strict JSON.

pub mod bounded;
pub mod dice;
pub mod hook;
pub mod ids;
pub mod json;
pub mod now;
pub mod pattern;
pub mod pii;

pub use dice::Dice;
pub use ids::{CallId, LegId, SessionId, SoundId, UnitId};
pub use now::Now;
