//! G.722 at 64 kbit/s: two bands of ADPCM, 16 kHz of sound on a clock that says 8 kHz (RFC 3551 §4.5.2).
//! The arithmetic is the crate's.

use audio_codec::g722::{G722Decoder, G722Encoder};
use audio_codec::{Decoder, Encoder};

use super::{Unreadable, WrongLength};

/// Two samples make a byte.
pub fn encode(
    encoder: &mut G722Encoder,
    samples: &[i16],
    payload: &mut Vec<u8>,
) -> Result<(), WrongLength> {
    if !samples.len().is_multiple_of(2) {
        return Err(WrongLength);
    }
    payload.resize(encoder.max_encode_bytes(samples.len()), 0);
    let written = encoder
        .encode_into(samples, payload)
        .map_err(|_| WrongLength)?;
    payload.truncate(written);
    Ok(())
}

pub fn decode(
    decoder: &mut G722Decoder,
    payload: &[u8],
    count: usize,
    samples: &mut Vec<i16>,
) -> Result<(), Unreadable> {
    samples.resize(count, 0);
    let written = decoder
        .decode_into(payload, samples)
        .map_err(|_| Unreadable)?;
    samples.truncate(written);
    Ok(())
}
