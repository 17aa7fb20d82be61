//! The catalog: an immutable snapshot of the scenario folder, and how it is made.
//!
//! ```text
//! folder ▸ snapshot of names and bytes ▸ load (with the catalog before) ▸ catalog, faults, changes
//! ```

pub mod catalog;
pub mod check;
pub mod coverage;
pub mod fault;
pub mod load;
pub mod rules;
pub mod source;
pub mod syntax;

pub use catalog::{Catalog, Route, Unrouted};
pub use fault::Fault;
pub use rules::{Rule, Rules};
