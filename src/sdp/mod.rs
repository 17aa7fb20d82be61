//! Session descriptions (RFC 8866) and offer/answer (RFC 3264) for one audio stream; other streams are
//! kept in their place and refused with port 0.

pub mod codec;
pub mod negotiate;
pub mod parse;
pub mod write;

pub use codec::Codec;
pub use negotiate::{Media, Negotiation, Refusal};
