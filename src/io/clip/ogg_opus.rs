//! Opus in Ogg (RFC 7845). The pages are told apart here; the decoder is that of the phones.

use super::Fault;

/// Whether the first page of `bytes` begins an Opus stream.
pub fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(b"OggS") && bytes.get(28..36) == Some(b"OpusHead")
}

pub fn decode(_bytes: Vec<u8>) -> Result<(u32, Vec<i16>), Fault> {
    Err(Fault::Unsupported("Opus".to_string()))
}
