//! The catalog: an immutable snapshot of the scenario folder, and how it is made.

pub mod catalog;
pub mod rules;

pub use catalog::{Catalog, Unrouted};
pub use rules::{Rule, Rules};
