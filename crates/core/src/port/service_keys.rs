//! Service keys in the store: hashes only (SECURITY AZ5).

use async_trait::async_trait;

use super::{Entry, StoreError};
use crate::model::{SecretHash, ServiceKey, ServiceKeyId, Timestamp};

/// The service keys.
#[async_trait]
pub trait ServiceKeys: Send + Sync {
    /// Keeps a new key. One that would be more than `max` is not kept: `false`.
    async fn keep_service_key(&self, key: ServiceKey, max: usize, entry: Entry) -> Result<bool, StoreError>;

    /// Reads all, newest first, those that have run out too.
    async fn service_keys(&self) -> Result<Vec<ServiceKey>, StoreError>;

    /// Reads the key with this hash, whether or not it has run out. Sees every revocation that was acknowledged before the
    /// call, on whatever node.
    async fn service_key(&self, hash: SecretHash) -> Result<Option<ServiceKey>, StoreError>;

    /// Notes when the key was used last, unless that was less than a minute before `at`: a key that asks a thousand times a second
    /// costs one write a minute.
    async fn note_service_key_use(&self, id: ServiceKeyId, at: Timestamp) -> Result<(), StoreError>;

    /// Revokes a key: it is gone. Of all concurrent calls exactly one answers `true`.
    async fn revoke_service_key(&self, id: ServiceKeyId, entry: Entry) -> Result<bool, StoreError>;
}
