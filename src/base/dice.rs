//! Chance, dealt. The shell seeds it from the operating system, so tags, branches and nonces cannot
//! be guessed; a simulation seeds it with a number, so the same seed prints the same ladder.

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};

/// A source of chance, owned by whoever deals.
#[derive(Clone, Debug)]
pub struct Dice(ChaCha12Rng);

impl Dice {
    /// From 32 bytes of the operating system's entropy.
    pub fn from_entropy(seed: [u8; 32]) -> Self {
        Dice(ChaCha12Rng::from_seed(seed))
    }

    /// From a simulation's seed: the same number, the same throws.
    pub fn from_seed(seed: u64) -> Self {
        Dice(ChaCha12Rng::seed_from_u64(seed))
    }

    /// Another source, dealt from this one.
    pub fn deal(&mut self) -> Dice {
        Dice(ChaCha12Rng::from_rng(&mut self.0))
    }

    pub fn u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`, which must not be 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A token of `bytes` random bytes in lower-case hex.
    pub fn token(&mut self, bytes: usize) -> String {
        let mut raw = vec![0; bytes];
        self.0.fill_bytes(&mut raw);
        raw.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_deals_the_same_throws() {
        let (mut a, mut b) = (Dice::from_seed(7), Dice::from_seed(7));
        assert_eq!(a.token(8), b.token(8));
        assert_ne!(a.token(8), a.token(8));
    }

    #[test]
    fn below_stays_below() {
        let mut dice = Dice::from_seed(1);
        assert!((0..1000).all(|_| dice.below(3) < 3));
    }
}
