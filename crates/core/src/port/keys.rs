//! Signing keys in the store, sealed with the master key.

use async_trait::async_trait;

use super::StoreError;

/// A signing key as it is kept. The store understands none of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its `kid`.
    pub kid: String,
    /// Its state, by its stable name.
    pub state: String,
    /// When it was made, in seconds since 1970.
    pub created_at: i64,
    /// When it was published.
    pub published_at: Option<i64>,
    /// Since when it signs.
    pub signing_since: Option<i64>,
    /// Since when it signs no more.
    pub retiring_since: Option<i64>,
    /// Algorithm and private key, sealed.
    pub sealed: Vec<u8>,
}

/// All keys, with the version of the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoredKeys {
    /// Rises with every change.
    pub version: i64,
    /// The keys.
    pub keys: Vec<StoredKey>,
}

/// The signing keys.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Reads all keys. A store that has none answers version 0 and no keys.
    async fn keys(&self) -> Result<StoredKeys, StoreError>;

    /// Replaces the whole set if its version is still `seen`, and raises it by one. Of all concurrent calls that saw the same
    /// version exactly one answers `true`.
    async fn replace(&self, seen: i64, keys: Vec<StoredKey>) -> Result<bool, StoreError>;
}
