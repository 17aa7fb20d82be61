//! Who is there: digest authentication (RFC 3261 §22, RFC 7616, RFC 8760), both ways.
//!
//! [`challenge`] asks phones that want in; [`answer`] replies where a trunk asks us.

pub mod answer;
pub mod challenge;
mod nonce;

pub use answer::Answerer;
pub use challenge::{Challenger, Verdict};
