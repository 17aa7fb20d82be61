//! The shell: sockets, threads and the clock. What it hears it hands to the pure rooms, what they ask
//! it does; it decides nothing about calls.

pub mod asr;
pub mod clip;
pub mod clock;
pub mod fetch;
pub mod folder;
pub mod judge;
mod lane;
pub mod listen;
pub mod media;
pub mod post;
pub mod record;
pub mod resolve;
pub mod sip;
pub mod socket;
pub mod speech;
#[cfg(test)]
mod tests;
pub mod trace;
pub mod watch;
pub mod way;
pub mod workers;
