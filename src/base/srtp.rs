//! Keys for SRTP as two sides agree on them (RFC 4568): which suite, which key, and whether at all. The ciphers are
//! `media::srtp`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Dice;

/// Whether a leg's sound is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// Neither offered nor accepted.
    #[default]
    Off,
    /// Where the other side can.
    Optional,
    /// Or there is no call.
    Required,
}

/// A crypto suite (RFC 4568 §6.2): AES-128 in counter mode with an authentication tag of 80 or 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    AesCm80,
    AesCm32,
}

impl Suite {
    /// In the order in which we offer them.
    pub const ALL: [Suite; 2] = [Suite::AesCm80, Suite::AesCm32];

    pub fn name(self) -> &'static str {
        match self {
            Suite::AesCm80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    pub fn named(name: &str) -> Option<Suite> {
        let mut all = Suite::ALL.into_iter();
        all.find(|suite| name.eq_ignore_ascii_case(suite.name()))
    }

    /// The length of an RTP packet's tag, in bytes. RTCP always has 10.
    pub fn tag(self) -> usize {
        match self {
            Suite::AesCm80 => 10,
            Suite::AesCm32 => 4,
        }
    }
}

/// A master key with its salt, for one direction. It prints as `•••`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Master {
    pub suite: Suite,
    /// 16 bytes of key, 14 of salt.
    bytes: [u8; 30],
}

impl Master {
    /// A fresh one, dealt by chance.
    pub fn deal(suite: Suite, dice: &mut Dice) -> Master {
        let mut bytes = [0; 30];
        for chunk in bytes.chunks_mut(8) {
            let chance = dice.u64().to_be_bytes();
            for (byte, chance) in chunk.iter_mut().zip(chance) {
                *byte = chance;
            }
        }
        Master { suite, bytes }
    }

    /// From the base64 text of an `inline:` parameter.
    pub fn from_inline(suite: Suite, text: &str) -> Option<Master> {
        let bytes = STANDARD.decode(text).ok()?.try_into().ok()?;
        Some(Master { suite, bytes })
    }

    /// The text of an `inline:` parameter: the secret itself, for the wire alone.
    pub fn to_inline(self) -> String {
        STANDARD.encode(self.bytes)
    }

    pub fn key(&self) -> [u8; 16] {
        let (key, _) = self.bytes.split_first_chunk().expect("there are 30 bytes");
        *key
    }

    pub fn salt(&self) -> [u8; 14] {
        let (_, salt) = self.bytes.split_last_chunk().expect("there are 30 bytes");
        *salt
    }
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} •••", self.suite.name())
    }
}

/// What was agreed for a leg: our key for what we send, the peer's for what it sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    pub send: Master,
    pub receive: Master,
}

/// A leg's own side: what it wants, and its keys, the same for the life of the leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Side {
    pub policy: Policy,
    /// One for each suite; `None` where the policy wants none.
    pub own: Option<[Master; Suite::ALL.len()]>,
}

impl Side {
    pub fn deal(policy: Policy, dice: &mut Dice) -> Side {
        let own =
            (policy != Policy::Off).then(|| Suite::ALL.map(|suite| Master::deal(suite, dice)));
        Side { policy, own }
    }

    /// Our key for a suite.
    pub fn key_of(&self, suite: Suite) -> Option<Master> {
        let own = self.own.as_ref()?;
        own.iter().find(|master| master.suite == suite).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_and_read_and_never_printed() {
        let mut dice = Dice::from_seed(1);
        let master = Master::deal(Suite::AesCm32, &mut dice);
        let text = master.to_inline();
        assert_eq!(text.len(), 40);
        assert_eq!(Master::from_inline(Suite::AesCm32, &text), Some(master));
        assert_eq!(format!("{master:?}"), "AES_CM_128_HMAC_SHA1_32 •••");
        let side = Side::deal(Policy::Optional, &mut dice);
        let printed = format!("{side:?}");
        for own in side.own.unwrap() {
            assert!(!printed.contains(&own.to_inline()));
        }
    }

    #[test]
    fn a_key_of_another_length_is_none() {
        for text in ["", "AAAA", "not base64!", &"A".repeat(44)] {
            assert_eq!(Master::from_inline(Suite::AesCm80, text), None);
        }
    }
}
