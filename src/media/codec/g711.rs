//! G.711: eight bits a sample, spaced as the ear hears.

/// What µ-law adds so that each segment is twice the one before.
const BIAS: i32 = 0x84;
const ULAW_CLIP: i32 = 32_635;

static ULAW: [i16; 256] = ulaw_levels();
static ALAW: [i16; 256] = alaw_levels();

pub fn from_ulaw(code: u8) -> i16 {
    ULAW[usize::from(code)]
}

pub fn from_alaw(code: u8) -> i16 {
    ALAW[usize::from(code)]
}

/// The code nearest to a sample; the codes go over the wire with all bits inverted.
pub fn to_ulaw(sample: i16) -> u8 {
    let sample = i32::from(sample);
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = sample.abs().min(ULAW_CLIP) + BIAS;
    // 7 bits stay: the place of the highest bit, 7 to 14, and the four below it.
    let segment = 24 - magnitude.leading_zeros() as i32;
    let step = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | segment << 4 | step) as u8
}

/// The code nearest to a sample; every other bit goes inverted over the wire.
pub fn to_alaw(sample: i16) -> u8 {
    let sample = i32::from(sample) >> 3;
    // The ranges below and above zero are one bit apart, so there is no zero.
    let (sign, magnitude) = if sample < 0 {
        (0x00, -sample - 1)
    } else {
        (0x80, sample)
    };
    let code = match magnitude {
        0..32 => magnitude >> 1,
        _ => {
            let segment = 27 - magnitude.leading_zeros() as i32;
            segment << 4 | (magnitude >> segment) & 0x0f
        }
    };
    ((sign | code) ^ 0x55) as u8
}

const fn ulaw(code: u8) -> i16 {
    let code = !code as i32;
    let magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code >> 4) & 7)) - BIAS;
    (if code & 0x80 != 0 {
        -magnitude
    } else {
        magnitude
    }) as i16
}

const fn alaw(code: u8) -> i16 {
    let code = (code ^ 0x55) as i32;
    let step = (code & 0x0f) << 4;
    let magnitude = match (code >> 4) & 7 {
        0 => step + 8,
        segment => (step + 0x108) << (segment - 1),
    };
    (if code & 0x80 != 0 {
        magnitude
    } else {
        -magnitude
    }) as i16
}

const fn ulaw_levels() -> [i16; 256] {
    let mut levels = [0; 256];
    let mut code = 0;
    while code < 256 {
        levels[code] = ulaw(code as u8);
        code += 1;
    }
    levels
}

const fn alaw_levels() -> [i16; 256] {
    let mut levels = [0; 256];
    let mut code = 0;
    while code < 256 {
        levels[code] = alaw(code as u8);
        code += 1;
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_of_the_standard_are_ours() {
        // G.711 tables 1a to 2b: the ends, the middle, and a segment's border.
        assert_eq!(
            [0xff, 0x7f, 0x80, 0x00, 0xfe].map(from_ulaw),
            [0, 0, 32_124, -32_124, 8]
        );
        assert_eq!(
            [0xd5, 0x55, 0xaa, 0x2a, 0xd4].map(from_alaw),
            [8, -8, 32_256, -32_256, 24]
        );
        assert_eq!(
            [0, 8, 32_767, -32_768].map(to_ulaw),
            [0xff, 0xfe, 0x80, 0x00]
        );
        assert_eq!(
            [0, -1, 32_767, -32_768].map(to_alaw),
            [0xd5, 0x55, 0xaa, 0x2a]
        );
    }

    #[test]
    fn every_code_comes_back() {
        for code in 0..=255 {
            // µ-law has two zeros.
            let same = if code == 0x7f { 0xff } else { code };
            assert_eq!(to_ulaw(from_ulaw(code)), same);
            assert_eq!(to_alaw(from_alaw(code)), code);
        }
    }

    #[test]
    fn louder_is_never_quieter_and_the_error_is_a_32nd() {
        for (to, from) in [
            (to_ulaw as fn(i16) -> u8, from_ulaw as fn(u8) -> i16),
            (to_alaw, from_alaw),
        ] {
            let mut last = i32::MIN;
            for sample in i16::MIN..=i16::MAX {
                let heard = i32::from(from(to(sample)));
                let sample = i32::from(sample);
                assert!(heard >= last, "{sample}");
                assert!(
                    (heard - sample).abs() <= sample.abs() / 32 + 16,
                    "{sample}: {heard}"
                );
                last = heard;
            }
        }
    }
}
