//! What the program tells about itself: the log for people, the figures for machines.

pub mod log;
pub mod metrics;

pub use log::start;
