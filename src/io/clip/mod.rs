//! Audio files: how one becomes a [`Clip`], where they may lie, and which are kept in memory.
//!
//! ```text
//!  name ─▸ folder ─┐
//!                  ├─▸ read: wav · mp3 · ogg · flac ─▸ mono ─▸ a rate that media takes ─▸ Clip ─▸ shelf
//!  bytes ──────────┘
//! ```
//!
//! Whoever sends a file decides nothing but its own sound: each step is bounded, and a file that breaks a
//! decoder costs that file alone.

pub mod folder;
pub mod library;
#[cfg(test)]
mod library_tests;
mod mix;
mod ogg_opus;
mod pool;
mod rate;
mod read;
pub mod shelf;
#[cfg(test)]
pub(super) mod tests;

pub use library::{Library, Wanted};
pub use read::{Fault, MOST_BYTES, read};
