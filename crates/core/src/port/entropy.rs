//! Randomness. The one place of this crate where the operating system's generator is asked.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};

/// A source of random bytes that nobody can guess.
pub trait Entropy: Send + Sync {
    /// Fills `buffer` with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

/// The process's cryptographic generator, seeded by the operating system (SECURITY SE1).
#[derive(Debug, Default)]
pub struct SystemEntropy(SystemRandom);

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "the one named place where the system's randomness is read")]
    fn fill(&self, buffer: &mut [u8]) {
        // Going on without randomness would mint guessable tokens: stopping the request is the only safe answer.
        self.0.fill(buffer).expect("the operating system's random generator works");
    }
}
