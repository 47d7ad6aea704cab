//! Passwords in the store: hashes only, apart from accounts, and returned to nobody but the login.

use async_trait::async_trait;

use super::{Entry, StoreError};
use crate::model::{AccountId, PasswordHash, SessionId, Timestamp};

/// Replacing a password that was seen.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    /// Whose it is.
    pub account_id: AccountId,
    /// The hash that the caller compared with.
    pub seen: PasswordHash,
    /// The new one.
    pub new: PasswordHash,
    /// The session that changes it and lives on; all others of the account end with the old epoch.
    pub keep: SessionId,
    /// When.
    pub at: Timestamp,
}

/// The passwords.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// Reads the hash of an account's password.
    async fn password(&self, account: AccountId) -> Result<Option<PasswordHash>, StoreError>;

    /// Replaces the password, raises the account's epoch, and takes the kept session along into the new epoch, if it is
    /// alive. All tokens that mails of the account carry die (SECURITY EM2), but for those that take
    /// a change of address back. `false` if the stored hash is not the one that was seen, or the kept session is dead; nothing was written then.
    /// Of all concurrent calls that saw the same hash exactly one answers `true`.
    async fn change(&self, change: PasswordChange, entry: Entry) -> Result<bool, StoreError>;

    /// Replaces a hash by a stronger one of the same password (SECURITY PW13). `false` if the stored hash is not `seen`.
    /// Ends nothing.
    async fn rehash(&self, account: AccountId, seen: &PasswordHash, stronger: PasswordHash)
    -> Result<bool, StoreError>;
}
