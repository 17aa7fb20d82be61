//! One tone per phone, as twenty milliseconds of G.711 µ-law. The frequencies fit into a packet a whole
//! number of times, so that all packets of a phone are alike and a listener knows them at sight.

use crate::media::codec::{Coding, Encoder};

/// Samples of one packet at 8 kHz, a byte each.
pub(super) const SAMPLES: usize = 160;

/// 400, 600, 800 … Hz for the phones in their order.
pub(super) fn tone(phone: usize) -> [u8; SAMPLES] {
    let hz = 400.0 + 200.0 * phone as f64;
    let samples: [i16; SAMPLES] = std::array::from_fn(|at| {
        let angle = 2.0 * std::f64::consts::PI * hz * at as f64 / 8000.0;
        (8000.0 * angle.sin()) as i16
    });
    let mut packet = Vec::with_capacity(SAMPLES);
    Encoder::new(Coding::Pcmu)
        .encode(&samples, &mut packet)
        .expect("twenty milliseconds are a packet");
    packet.try_into().expect("a sample of G.711 is a byte")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_phones_sound_alike() {
        assert_ne!(tone(0), tone(1));
        assert_ne!(tone(1), tone(2));
    }
}
