//! `a=crypto` (RFC 4568): a key for SRTP, in the open; whoever reads the description can read the sound.
//!
//! ```text
//! a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:BASE64|2^20|1:4 UNENCRYPTED_SRTCP
//!          tag suite                        key    lifetime MKI  session parameters
//! ```

use crate::base::srtp::{Master, Suite};

/// One line of it that we can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crypto {
    /// By which an answer names the line of the offer.
    pub tag: u32,
    pub master: Master,
}

impl Crypto {
    /// Reads the value; `None` for a suite that we do not have, and for what would change the packets: more than one key
    /// (MKI), or a session parameter that may not be passed over (§6.3).
    pub fn read(value: &str) -> Option<Crypto> {
        let mut words = value.split_ascii_whitespace();
        let tag = words.next()?;
        let tag = tag.parse().ok().filter(|_| tag.len() <= 9)?;
        let suite = Suite::named(words.next()?)?;
        let key = words.next()?;
        let (method, key) = key.split_once(':')?;
        if !method.eq_ignore_ascii_case("inline") {
            return None;
        }
        let mut parts = key.split('|');
        let master = Master::from_inline(suite, parts.next()?)?;
        // A lifetime has no colon: it is longer than any call of ours, or the peer changes its key in time.
        if parts.any(|part| part.contains(':')) {
            return None;
        }
        // WSH is a hint; `-` says of itself that it may be passed over.
        let harmless = |word: &str| word.starts_with('-') || word.starts_with("WSH=");
        words.all(harmless).then_some(Crypto { tag, master })
    }

    /// The value as it is written.
    pub fn write(&self) -> String {
        let (tag, suite) = (self.tag, self.master.suite.name());
        format!("{tag} {suite} inline:{}", self.master.to_inline())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";

    #[test]
    fn the_lines_of_the_rfc_and_of_phones_are_read() {
        for (line, tag, suite) in [
            ("1 AES_CM_128_HMAC_SHA1_80 inline:KEY", 1, Suite::AesCm80),
            (
                "2 AES_CM_128_HMAC_SHA1_32 inline:KEY|2^20 WSH=128",
                2,
                Suite::AesCm32,
            ),
            (
                "10 aes_cm_128_hmac_sha1_80 INLINE:KEY|1048576 -FUTURE",
                10,
                Suite::AesCm80,
            ),
        ] {
            let crypto = Crypto::read(&line.replace("KEY", KEY)).unwrap();
            assert_eq!((crypto.tag, crypto.master.suite), (tag, suite));
            assert_eq!(crypto.master.to_inline(), KEY);
            assert_eq!(Crypto::read(&crypto.write()), Some(crypto));
        }
    }

    #[test]
    fn what_would_change_the_packets_or_is_unknown_is_not_used() {
        for line in [
            "",
            "1",
            "x AES_CM_128_HMAC_SHA1_80 inline:KEY",
            "1 F8_128_HMAC_SHA1_80 inline:KEY",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY|1:4;inline:KEY|2:4",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY UNENCRYPTED_SRTP",
            "1 AES_CM_128_HMAC_SHA1_80 inline:KEY KDR=1",
            "1 AES_CM_128_HMAC_SHA1_80 outline:KEY",
            "1 AES_CM_128_HMAC_SHA1_80 inline:short",
            "12345678901 AES_CM_128_HMAC_SHA1_80 inline:KEY",
        ] {
            assert_eq!(Crypto::read(&line.replace("KEY", KEY)), None, "{line}");
        }
    }
}
