//! Session descriptions (RFC 8866) and offer/answer (RFC 3264) for one audio stream; other streams are
//! kept in their place and refused with port 0.
//!
//! ```text
//! bytes ─parse─▶ Description ─negotiate─▶ Media (what holds)
//!                                  └─write─▶ text (what we say)
//! ```

pub mod codec;
pub mod crypto;
pub mod negotiate;
mod numbers;
pub mod parse;
pub mod write;

pub use codec::Codec;
pub use negotiate::{Comfort, Events, Format, Local, Media, Negotiation, Refusal};
