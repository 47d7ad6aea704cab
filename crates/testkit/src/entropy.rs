//! Randomness that repeats itself: SHA-256 over a seed and a counter.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use gatewright_core::{model::SecretHash, port::Entropy};

/// A source of bytes that look random and are the same in every run with the same seed. Guessable: for tests only.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    blocks: AtomicU64,
}

impl SeededEntropy {
    /// The source with this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { seed, blocks: AtomicU64::new(0) }
    }

    /// The next `N` bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let block = self.blocks.fetch_add(1, SeqCst);
            let hash = SecretHash::of(&[self.seed.to_be_bytes(), block.to_be_bytes()].concat());
            chunk.copy_from_slice(&hash.as_bytes()[..chunk.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_the_same_bytes_again_and_another_gives_others() {
        let take = |seed| {
            let entropy = SeededEntropy::new(seed);
            (entropy.bytes::<40>(), entropy.bytes::<40>())
        };
        assert_eq!(take(1), take(1));
        assert_ne!(take(1), take(2));
        assert_ne!(take(1).0, take(1).1);
    }
}
