//! The retry key: what tells a client that repeats its own request from a thief who repeats it (DESIGN 4.3).

use super::{Invalid, InvalidReason, SecretHash, SessionId};

/// Hash of a retry key, bound to its session.
pub type RetryKeyHash = SecretHash;

/// What a client sends as `Idempotency-Key` with every refresh of one token. It chose it at random before the first such
/// request left, and stored it durably.
#[derive(Clone)]
pub struct RetryKey(String);

impl RetryKey {
    /// Parses 16 to 128 visible ASCII characters; a UUID or 128 bits in any usual encoding fit. Shorter ones could be
    /// guessed, and the key protects the session from whoever guesses it.
    ///
    /// # Errors
    /// Anything else is malformed.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let legal = (16..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if legal { Ok(Self(text.to_owned())) } else { Err(Invalid::new("Idempotency-Key", InvalidReason::Malformed)) }
    }

    /// What the session's row keeps of it.
    #[must_use]
    pub fn hash(&self, session: SessionId) -> RetryKeyHash {
        SecretHash::of(&[session.as_bytes(), self.0.as_bytes()].concat())
    }
}

impl std::fmt::Debug for RetryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[secret]")
    }
}
