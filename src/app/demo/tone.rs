//! One tone per phone, as twenty milliseconds of G.711 µ-law. The frequencies fit into a packet a whole
//! number of times, so that all packets of a phone are alike and a listener knows them at sight.

/// Samples of one packet at 8 kHz.
pub(super) const SAMPLES: usize = 160;

/// 400, 600, 800 … Hz for the phones in their order.
pub(super) fn tone(phone: usize) -> [u8; SAMPLES] {
    let hz = 400.0 + 200.0 * phone as f64;
    std::array::from_fn(|at| {
        let angle = 2.0 * std::f64::consts::PI * hz * at as f64 / 8000.0;
        mu_law((8000.0 * angle.sin()) as i16)
    })
}

/// G.711 µ-law: sign, three bits of exponent, four of mantissa, all inverted.
fn mu_law(sample: i16) -> u8 {
    const BIAS: i32 = 132;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = (i32::from(sample).abs() + BIAS).min(32_767);
    let exponent = (magnitude.ilog2() - 7) as i32;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !(sign | (exponent << 4) | mantissa) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_and_the_loudest_samples_are_coded_as_the_standard_says() {
        assert_eq!([0, 32_767, -32_767].map(mu_law), [0xff, 0x80, 0x00]);
        // From the tables of G.711: 1000 lies in the segment that begins at 924.
        assert_eq!(mu_law(1000), 0xce);
    }

    #[test]
    fn no_two_phones_sound_alike() {
        assert_ne!(tone(0), tone(1));
        assert_ne!(tone(1), tone(2));
    }
}
