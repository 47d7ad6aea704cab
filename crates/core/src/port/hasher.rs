//! How a password or PIN becomes a hash. The cost is deliberate, so the port may refuse work, and must never let a flood of
//! it slow anything else down.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::{ClientSource, PasswordHash, Plaintext};

/// A deliberately slow, salted hash with a bounded queue in front of it.
#[async_trait]
pub trait Hasher: Send + Sync {
    /// Hashes `plaintext` with a fresh salt and today's parameters.
    ///
    /// # Errors
    /// [`HashError::OverCapacity`] when the queue is full; nothing has been computed then.
    async fn hash(&self, plaintext: &Plaintext, source: ClientSource) -> Result<PasswordHash, HashError>;

    /// Compares `plaintext` with `stored`. Without a stored hash it computes a dummy of the same cost and answers
    /// [`Verification::Wrong`], so that the time says nothing about who exists (SECURITY PW16).
    ///
    /// # Errors
    /// [`HashError::OverCapacity`] when the queue is full, [`HashError::Unreadable`] when `stored` is no hash that this
    /// hasher understands or one that costs more than it allows.
    async fn verify(
        &self,
        plaintext: &Plaintext,
        stored: Option<&PasswordHash>,
        source: ClientSource,
    ) -> Result<Verification, HashError>;
}

/// What comparing a plaintext with a stored hash said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// It is not this one.
    Wrong,
    /// It is this one, and the stored hash is of today's strength.
    Right,
    /// It is this one, but the stored hash is weaker than today's; here is its replacement.
    RightButWeak {
        /// The same plaintext, hashed with today's parameters and a fresh salt.
        stronger: PasswordHash,
    },
}

/// Why nothing was hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// All permits are taken and the queue is full.
    #[error("the password queue is full")]
    OverCapacity {
        /// When it is worth trying again.
        retry_after: Duration,
    },
    /// A stored hash cannot be read. The database was written by something else.
    #[error("a stored password hash cannot be read")]
    Unreadable,
    /// The hashing threads have been stopped.
    #[error("the password engine has stopped")]
    Stopped,
}
