//! The same machines in virtual time: a world of phones, one switchboard and a network that misbehaves
//! on demand. A hundred seconds cost nothing, and the same seed prints the same ladder.
//!
//! ```text
//!  story ─▸ world ─▸ phone ◂─▸ net ◂─▸ switchboard ◂─▸ isolates, a turn at a time
//!             │
//!             └─▸ ladder, log, records, invariants
//! ```
//!
//! Nothing here knows sockets, files or a clock: whoever runs a world hands in its first moment.

pub mod alarm;
mod chance;
pub mod chaos;
pub mod clips;
pub mod crowd;
pub mod disk;
pub mod ears;
mod fingers;
pub mod invariants;
pub mod net;
pub mod outside;
pub mod phone;
pub mod recogniser;
pub mod relay;
pub mod shelf;
pub mod socket;
pub mod sound;
pub mod story;
pub mod tape;
pub mod voices;
pub mod world;

pub use net::Net;
pub use phone::Phone;
pub use world::World;
