//! L16: samples as they are, the high byte first (RFC 3551 §4.5.11).

/// `None` for half a sample.
pub fn samples_in(payload: &[u8]) -> Option<usize> {
    payload.len().is_multiple_of(2).then_some(payload.len() / 2)
}

pub fn decode(payload: &[u8], samples: &mut Vec<i16>) {
    let (pairs, _) = payload.as_chunks::<2>();
    samples.extend(pairs.iter().copied().map(i16::from_be_bytes));
}
