//! A mark that only who holds the key can make: HMAC-SHA-256 (RFC 2104), and its comparison in
//! constant time.

use sha2::{Digest as _, Sha256};

/// Of `message` under `key`.
pub fn seal(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut short = [0; 64];
    match key.len() {
        0..=64 => short[..key.len()].copy_from_slice(key),
        _ => short[..32].copy_from_slice(&Sha256::digest(key)),
    }
    let padded = |pad: u8| short.map(|byte| byte ^ pad);
    let inner = Sha256::new()
        .chain_update(padded(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(padded(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
}

/// The same in hexadecimal digits.
pub fn seal_hex(key: &[u8], message: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(64);
    for byte in seal(key, message) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether the two are the same; how long it takes tells nothing of where they differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    let differ = one.iter().zip(other).fold(0, |sum, (a, b)| sum | (a ^ b));
    one.len() == other.len() && std::hint::black_box(differ) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 1, 2 and 6.
    #[test]
    fn seals_are_those_of_the_rfc() {
        check(
            &[0x0b; 20],
            "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        );
        check(
            b"Jefe",
            "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        );
        check(
            &[0xaa; 131],
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        );
    }

    #[test]
    fn only_the_same_is_the_same() {
        assert!(same(b"", b""));
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd"));
        assert!(!same(b"abc", b"ab"));
        assert!(!same(b"", b"a"));
    }

    #[track_caller]
    fn check(key: &[u8], message: &str, seal: &str) {
        assert_eq!(seal_hex(key, message.as_bytes()), seal);
    }
}
