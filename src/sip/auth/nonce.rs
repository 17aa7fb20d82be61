//! Nonces that carry their own proof: nothing is kept for somebody who only asks (RFC 7616 §3.3).
//!
//! ```text
//! hex( issued, 8 bytes | salt, 8 bytes | HMAC-SHA-256(secret, issued | salt | realm), 16 bytes )
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

use crate::base::Dice;
use crate::base::seal::{same, seal};
use crate::sip::message::digest::hex;

/// Most nonces whose counts are remembered; only authenticated users cause any.
const MOST_REMEMBERED: usize = 65_536;

/// Makes nonces and knows its own again.
pub struct Mint {
    secret: [u8; 32],
    realm: String,
    dice: Dice,
}

/// A nonce of ours: when it was made, since the mint's beginning, and what makes it unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nonce {
    pub issued_ms: u64,
    salt: u64,
}

/// Which nonce counts were used, so that none is used twice (RFC 7616 §5.5).
#[derive(Debug, Default)]
pub struct Uses {
    seen: BTreeMap<Nonce, Window>,
    /// Nonces up to this one were forgotten for lack of room; they cannot be used any more.
    forgotten: Option<Nonce>,
    limit: usize,
}

/// The highest count, and which of the 64 up to it were used: requests overtake each other.
#[derive(Clone, Copy, Debug)]
struct Window {
    highest: u32,
    used: u64,
}

impl Mint {
    pub fn new(realm: &str, mut dice: Dice) -> Self {
        let mut secret = [0; 32];
        for part in secret.chunks_mut(8) {
            part.copy_from_slice(&dice.u64().to_be_bytes());
        }
        Mint {
            secret,
            realm: realm.to_string(),
            dice,
        }
    }

    pub fn issue(&mut self, since_start: Duration) -> String {
        let nonce = Nonce {
            issued_ms: since_start.as_millis() as u64,
            salt: self.dice.u64(),
        };
        hex(&[&nonce.bytes()[..], &self.proof(nonce)].concat())
    }

    /// The nonce that `text` is; `None` where it is none of ours.
    pub fn recognise(&self, text: &str) -> Option<Nonce> {
        let bytes = unhex(text)?;
        let (issued, rest) = bytes.split_first_chunk::<8>()?;
        let (salt, proof) = rest.split_first_chunk::<8>()?;
        let nonce = Nonce {
            issued_ms: u64::from_be_bytes(*issued),
            salt: u64::from_be_bytes(*salt),
        };
        same(proof, &self.proof(nonce)).then_some(nonce)
    }

    fn proof(&self, nonce: Nonce) -> [u8; 16] {
        let message = [&nonce.bytes()[..], self.realm.as_bytes()].concat();
        let whole = seal(&self.secret, &message);
        whole[..16].try_into().expect("32 bytes have 16")
    }
}

impl Nonce {
    fn bytes(self) -> [u8; 16] {
        let whole = u128::from(self.issued_ms) << 64 | u128::from(self.salt);
        whole.to_be_bytes()
    }
}

impl Uses {
    pub fn new() -> Self {
        Uses {
            limit: MOST_REMEMBERED,
            ..Uses::default()
        }
    }

    /// Notes that `nonce` is used with `count`; false where it was before. Without a count, as RFC 2069
    /// clients have it, a nonce is used once. Nonces older than `valid_from_ms` are let go.
    pub fn note(&mut self, nonce: Nonce, count: Option<u32>, valid_from_ms: u64) -> bool {
        while let Some(entry) = self.seen.first_entry() {
            if entry.key().issued_ms >= valid_from_ms {
                break;
            }
            entry.remove();
        }
        if self.forgotten.is_some_and(|forgotten| nonce <= forgotten) {
            return false;
        }
        let fresh = match (self.seen.get_mut(&nonce), count) {
            (Some(window), Some(count)) => return window.note(count),
            (Some(_), None) | (None, Some(0)) => return false,
            (None, Some(count)) => Window {
                highest: count,
                used: 1,
            },
            (None, None) => Window {
                highest: u32::MAX,
                used: u64::MAX,
            },
        };
        self.seen.insert(nonce, fresh);
        if self.seen.len() > self.limit {
            self.forgotten = self.seen.pop_first().map(|(nonce, _)| nonce);
        }
        true
    }
}

impl Window {
    fn note(&mut self, count: u32) -> bool {
        if count > self.highest {
            let ahead = count - self.highest;
            self.used = self.used.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let bit = match self.highest - count {
            behind @ 0..=63 if count > 0 => 1u64 << behind,
            _ => return false,
        };
        let is_new = self.used & bit == 0;
        self.used |= bit;
        is_new
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonce(issued_ms: u64) -> Nonce {
        Nonce { issued_ms, salt: 0 }
    }

    #[test]
    fn a_mint_knows_its_own_nonces_only() {
        let mut mint = Mint::new("a", Dice::from_seed(1));
        let issued = mint.issue(Duration::from_millis(1234));
        assert_eq!(mint.recognise(&issued).map(|n| n.issued_ms), Some(1234));
        assert_ne!(issued, mint.issue(Duration::from_millis(1234)));

        let forged = format!("00000000000000ff{}", &issued[16..]);
        assert_eq!(mint.recognise(&forged), None);
        assert_eq!(mint.recognise(""), None);
        assert_eq!(mint.recognise(&"ä".repeat(32)), None);
        assert_eq!(mint.recognise(&"+1".repeat(32)), None);
        let other = Mint::new("a", Dice::from_seed(2));
        assert_eq!(other.recognise(&issued), None);
        let other_realm = Mint::new("b", Dice::from_seed(1));
        assert_eq!(other_realm.recognise(&issued), None);
    }

    #[test]
    fn each_count_of_a_nonce_is_good_for_once() {
        let mut uses = Uses::new();
        let mut check = |count, good| {
            assert_eq!(uses.note(nonce(5), Some(count), 0), good, "{count}");
        };
        check(1, true);
        check(1, false);
        check(3, true);
        check(2, true);
        check(2, false);
        check(0, false);
        check(200, true);
        check(136, false);
        check(137, true);
        check(137, false);
        check(u32::MAX, true);
        check(200, false);
    }

    #[test]
    fn a_nonce_without_counts_is_good_for_once() {
        let mut uses = Uses::new();
        assert!(uses.note(nonce(1), None, 0));
        assert!(!uses.note(nonce(1), None, 0));
        assert!(!uses.note(nonce(1), Some(7), 0));
        assert!(uses.note(nonce(2), Some(1), 0));
        assert!(!uses.note(nonce(2), None, 0));
    }

    #[test]
    fn what_is_forgotten_for_lack_of_room_is_not_taken_again() {
        let mut uses = Uses {
            limit: 2,
            ..Uses::default()
        };
        for issued in [10, 20, 30] {
            assert!(uses.note(nonce(issued), Some(1), 0));
        }
        assert!(!uses.note(nonce(10), Some(2), 0), "forgotten");
        assert!(uses.note(nonce(20), Some(2), 0), "remembered");
        assert!(uses.note(nonce(40), Some(1), 25), "room from what expired");
        assert_eq!(uses.seen.len(), 2);
    }
}
