//! The issuer's keys and their life: `Next` (published, does not sign yet), `Signing` (exactly one, once there is any),
//! `Retiring` (signs no more, still verifies), `Gone`. A key set is a value: every change makes a new one, decided by
//! `plan.rs` and carried out by `apply.rs`, and nothing here reads a clock.

mod apply;
mod entry;
mod plan;

pub use apply::RotationError;
pub use entry::{KeyEntry, KeyRecord, KeyState, RestoreError};
pub use plan::{RotationPolicy, Transition, Urgency};

use crate::{
    AccessClaims, Jwk, Jwks, KeyId, SecurityEventClaims, SelectionClaims, SignError, SigningKey, TokenType,
    VerifyingKeys,
};
use std::sync::Arc;

/// The keys of an issuer at one moment. Immutable and cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct KeySet(Arc<[KeyEntry]>);

impl KeySet {
    /// Puts stored entries together again. Entries that are gone are left out; names must be unique and at most one key
    /// may sign.
    pub fn restore(entries: impl IntoIterator<Item = KeyEntry>) -> Result<Self, RestoreError> {
        let live: Vec<_> = entries.into_iter().filter(|entry| entry.state() != KeyState::Gone).collect();
        if live.iter().filter(|entry| entry.state() == KeyState::Signing).count() > 1 {
            return Err(RestoreError::TwoSigningKeys);
        }
        let same = |(at, entry): (usize, &KeyEntry)| live[..at].iter().any(|other| other.kid() == entry.kid());
        if live.iter().enumerate().any(same) {
            return Err(RestoreError::DuplicateKeyId);
        }
        Ok(Self(live.into()))
    }

    /// The entries that are not gone, in the order in which they were added or restored.
    pub fn entries(&self) -> &[KeyEntry] {
        &self.0
    }

    /// The key that signs now.
    pub fn signing(&self) -> Option<&KeyEntry> {
        self.0.iter().find(|entry| entry.state() == KeyState::Signing)
    }

    /// The key that will sign next. If two were stored, it is the older one, and the plan removes the other.
    pub fn next(&self) -> Option<&KeyEntry> {
        let waiting = self.0.iter().filter(|entry| entry.state() == KeyState::Next);
        waiting.min_by_key(|entry| (entry.created_at(), entry.kid()))
    }

    /// The entry with this name.
    pub fn find(&self, kid: &KeyId) -> Option<&KeyEntry> {
        self.0.iter().find(|entry| entry.kid() == kid)
    }

    /// Signs an access token with the signing key.
    pub fn sign_access(&self, claims: &AccessClaims) -> Result<String, SignError> {
        self.signing_key()?.sign(TokenType::Access, &claims.to_json()?)
    }

    /// Signs a selection token with the signing key.
    pub fn sign_selection(&self, claims: &SelectionClaims) -> Result<String, SignError> {
        self.signing_key()?.sign(TokenType::Selection, &claims.to_json()?)
    }

    /// Signs a security event with the signing key; `None` if that has no public half, with which anybody else could verify it.
    pub fn sign_security_event(&self, claims: &SecurityEventClaims) -> Result<Option<String>, SignError> {
        let key = self.signing_key()?;
        if key.public_jwk().is_none() {
            return Ok(None);
        }
        key.sign(TokenType::SecurityEvent, &claims.to_json()?).map(Some)
    }

    /// The public keys to publish: next, signing and retiring ones, by name, so that every node answers with the same bytes
    /// and the same entity tag. HS256 keys have no public half and never appear.
    pub fn jwks(&self) -> Jwks {
        let mut keys: Vec<Jwk> = self.0.iter().filter_map(|entry| entry.key().public_jwk()).cloned().collect();
        keys.sort_unstable_by(|one, other| one.kid().cmp(other.kid()));
        Jwks { keys }
    }

    /// The keys with which the issuer verifies its own tokens, HS256 included.
    pub fn verifying_keys(&self) -> VerifyingKeys {
        let keys = self.0.iter().map(|entry| entry.key().verifying_key().clone());
        VerifyingKeys::new(keys).expect("names are unique in every key set")
    }

    fn signing_key(&self) -> Result<&SigningKey, SignError> {
        self.signing().map(KeyEntry::key).ok_or(SignError::NoSigningKey)
    }
}
