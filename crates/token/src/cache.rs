//! A bounded cache of verified tokens, for services that see the same token many times in its ten minutes. It saves the
//! signature operation and nothing else: the times are judged anew on every call, so a cached token ends when it ends,
//! and other keys mean another, empty cache, so a key that is gone takes its tokens with it.

use crate::{AccessClaims, Rejection, Verifier, VerifyingKeys};
use aws_lc_rs::digest;
use quick_cache::sync::Cache;
use std::{fmt, sync::Arc};

/// A [`Verifier`] that remembers the access tokens it accepted.
pub struct CachedVerifier {
    verifier: Verifier,
    /// By SHA-256 of the whole token, signature included. Tokens themselves are not kept.
    accepted: Cache<[u8; 32], Arc<Accepted>>,
    capacity: usize,
}

struct Accepted {
    claims: Arc<AccessClaims>,
    not_before: Option<i64>,
}

impl CachedVerifier {
    /// Remembers at most `capacity` tokens, about 1 KiB each.
    pub fn new(verifier: Verifier, capacity: usize) -> Self {
        Self { verifier, accepted: Cache::new(capacity), capacity }
    }

    /// The same verifier with other keys, and nothing remembered.
    #[must_use]
    pub fn with_keys(&self, keys: VerifyingKeys) -> Self {
        Self::new(self.verifier.with_keys(keys), self.capacity)
    }

    /// Verifies an access token at a time in seconds since 1970: the same answer as [`Verifier::verify_access`], always.
    pub fn verify_access(&self, token: &str, now_unix_secs: i64) -> Result<Arc<AccessClaims>, Rejection> {
        if token.len() > crate::MAX_TOKEN_LEN {
            return Err(Rejection::TooLong);
        }
        let hash = digest::digest(&digest::SHA256, token.as_bytes());
        let name: [u8; 32] = hash.as_ref().try_into().expect("SHA-256 has 32 bytes");
        if let Some(known) = self.accepted.get(&name) {
            let judged = self.verifier.judge_access_times(&known.claims, known.not_before, now_unix_secs);
            if judged.is_err_and(Rejection::is_expired) {
                self.accepted.remove(&name);
            }
            return judged.map(|()| Arc::clone(&known.claims));
        }
        let (claims, not_before) = self.verifier.read_access(token)?;
        self.verifier.judge_access_times(&claims, not_before, now_unix_secs)?;
        let claims = Arc::new(claims);
        self.accepted.insert(name, Arc::new(Accepted { claims: Arc::clone(&claims), not_before }));
        Ok(claims)
    }

    /// How many tokens are remembered now.
    pub fn len(&self) -> usize {
        self.accepted.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.accepted.is_empty()
    }
}

impl fmt::Debug for CachedVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CachedVerifier")
            .field("verifier", &self.verifier)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
