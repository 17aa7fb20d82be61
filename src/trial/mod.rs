//! Tests of scenarios: `NAME.test.js` beside them, played in virtual time against the engine that answers
//! real phones.
//!
//! ```text
//!  test file ─▸ engine (JS of its own) ── asks ──▸ stage ─▸ sim::World: phones, net, switchboard, isolates
//!                 ▲                                  │
//!                 └────── what it waited for ◂── play, a step at a time
//! ```
//!
//! Every test has a JavaScript runtime and a world of its own, so none sees what another did, and the same seed
//! gives the same bytes. Nothing here knows files or a clock.

mod api;
mod ask;
mod engine;
pub mod kept;
pub mod outcome;
pub mod play;
pub mod report;
mod stage;

pub use outcome::{Failure, Outcome, Verdict};
pub use play::{Bench, play};
