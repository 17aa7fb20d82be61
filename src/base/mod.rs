//! What every room may use: ids, time, chance, masks, codecs by name, bounded queues, patterns, URLs, HTTP as values and strict JSON.

pub mod access;
pub mod bounded;
pub mod codec;
pub mod dice;
pub mod hook;
pub mod ids;
pub mod json;
pub mod link;
pub mod now;
pub mod pattern;
pub mod pii;
pub mod recording;
pub mod seal;
pub mod socket;
pub mod srtp;
pub mod web;

pub use codec::Codec;
pub use dice::Dice;
pub use ids::{CallId, LegId, SessionId, SoundId, UnitId};
pub use now::Now;
