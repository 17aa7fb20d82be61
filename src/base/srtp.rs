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

/// A crypto suite: AES-128 in counter mode with an authentication tag of 80 or 32 bits (RFC 4568 §6.2), or in Galois'
/// counter mode (RFC 7714).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    AesCm80,
    AesCm32,
    Gcm128,
}

impl Suite {
    /// In the order in which we offer them.
    pub const ALL: [Suite; 3] = [Suite::AesCm80, Suite::AesCm32, Suite::Gcm128];
    /// Those that need no setting.
    const USUAL: [Suite; 2] = [Suite::AesCm80, Suite::AesCm32];

    pub fn name(self) -> &'static str {
        match self {
            Suite::AesCm80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm32 => "AES_CM_128_HMAC_SHA1_32",
            Suite::Gcm128 => "AEAD_AES_128_GCM",
        }
    }

    pub fn named(name: &str) -> Option<Suite> {
        let mut all = Suite::ALL.into_iter();
        all.find(|suite| name.eq_ignore_ascii_case(suite.name()))
    }

    /// The length of an RTP packet's tag, in bytes.
    pub fn tag(self) -> usize {
        match self {
            Suite::AesCm80 => 10,
            Suite::AesCm32 => 4,
            Suite::Gcm128 => 16,
        }
    }

    /// Of an RTCP compound's.
    pub fn rtcp_tag(self) -> usize {
        match self {
            Suite::AesCm80 | Suite::AesCm32 => 10,
            Suite::Gcm128 => 16,
        }
    }

    /// Of a key with its salt, in bytes: the salt of GCM is shorter.
    fn length(self) -> usize {
        match self {
            Suite::AesCm80 | Suite::AesCm32 => LONGEST,
            Suite::Gcm128 => 28,
        }
    }
}

/// 16 bytes of key, 14 of salt.
const LONGEST: usize = 30;

/// A master key with its salt, for one direction. It prints as `•••`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Master {
    pub suite: Suite,
    /// A shorter salt is followed by zeros.
    bytes: [u8; LONGEST],
}

impl Master {
    /// A fresh one, dealt by chance.
    pub fn deal(suite: Suite, dice: &mut Dice) -> Master {
        let mut bytes = [0; LONGEST];
        for chunk in bytes.chunks_mut(8) {
            let chance = dice.u64().to_be_bytes();
            for (byte, chance) in chunk.iter_mut().zip(chance) {
                *byte = chance;
            }
        }
        bytes[suite.length()..].fill(0);
        Master { suite, bytes }
    }

    /// From the base64 text of an `inline:` parameter.
    pub fn from_inline(suite: Suite, text: &str) -> Option<Master> {
        let told = STANDARD.decode(text).ok()?;
        let mut bytes = [0; LONGEST];
        // Of another length it is no key of this suite's.
        let place = bytes.get_mut(..suite.length())?;
        (told.len() == place.len()).then(|| place.copy_from_slice(&told))?;
        Some(Master { suite, bytes })
    }

    /// The text of an `inline:` parameter: the secret itself, for the wire alone.
    pub fn to_inline(self) -> String {
        STANDARD.encode(&self.bytes[..self.suite.length()])
    }

    pub fn key(&self) -> [u8; 16] {
        let (key, _) = self.bytes.split_first_chunk().expect("there are 30 bytes");
        *key
    }

    /// As the derivation of keys takes it: one of 12 bytes with two zeros behind it (RFC 7714 §11).
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
    /// One for each usual suite; `None` where the policy wants none.
    own: Option<[Master; Suite::USUAL.len()]>,
    /// For the suite that a setting adds.
    gcm: Option<Master>,
}

impl Side {
    /// `gcm`: AEAD_AES_128_GCM as well.
    pub fn deal(policy: Policy, gcm: bool, dice: &mut Dice) -> Side {
        let on = policy != Policy::Off;
        let own = on.then(|| Suite::USUAL.map(|suite| Master::deal(suite, dice)));
        let gcm = (on && gcm).then(|| Master::deal(Suite::Gcm128, dice));
        Side { policy, own, gcm }
    }

    /// Our keys, in the order in which they are offered; none where the policy wants none.
    pub fn keys(&self) -> impl Iterator<Item = &Master> {
        self.own.iter().flatten().chain(&self.gcm)
    }

    /// Our key for a suite.
    pub fn key_of(&self, suite: Suite) -> Option<Master> {
        self.keys().find(|master| master.suite == suite).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_that_needs_a_setting_comes_last_and_its_key_is_shorter() {
        let names = |gcm| {
            let side = Side::deal(Policy::Required, gcm, &mut Dice::from_seed(1));
            side.keys().map(|key| key.suite.name()).collect::<Vec<_>>()
        };
        let usual = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"];
        assert_eq!(names(false), usual);
        assert_eq!(names(true), [usual[0], usual[1], "AEAD_AES_128_GCM"]);
        assert_eq!(
            Side::deal(Policy::Off, true, &mut Dice::from_seed(1))
                .keys()
                .count(),
            0
        );
        let master = Master::deal(Suite::Gcm128, &mut Dice::from_seed(1));
        let text = master.to_inline();
        assert_eq!(STANDARD.decode(&text).unwrap().len(), 28);
        assert_eq!(Master::from_inline(Suite::Gcm128, &text), Some(master));
        assert_eq!(Master::from_inline(Suite::AesCm80, &text), None);
        assert_eq!(master.salt()[12..], [0, 0]);
    }

    #[test]
    fn a_key_is_written_and_read_and_never_printed() {
        let mut dice = Dice::from_seed(1);
        let master = Master::deal(Suite::AesCm32, &mut dice);
        let text = master.to_inline();
        assert_eq!(text.len(), 40);
        assert_eq!(Master::from_inline(Suite::AesCm32, &text), Some(master));
        assert_eq!(format!("{master:?}"), "AES_CM_128_HMAC_SHA1_32 •••");
        let side = Side::deal(Policy::Optional, true, &mut dice);
        let printed = format!("{side:?}");
        for own in side.keys() {
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
