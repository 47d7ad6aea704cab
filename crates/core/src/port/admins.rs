//! The admins in the store: the first one, and the last.
//!
//! A user is an admin who has the role [`crate::model::ADMIN`]. What must stay true: once there is one that can sign in (it and its
//! account are not disabled), there always is; the steps of [`super::Users`] and [`super::Accounts`] that could leave none
//! answer that it is the last admin, and change nothing, however many of them run at once.

use async_trait::async_trait;

use super::{Entry, NewAccount, StoreError};
use crate::model::{SecretHash, Timestamp, User};

/// How making the first admin turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bootstrapped {
    /// The account with its first user, who is an admin, exists; the secret is gone.
    Done,
    /// There is an admin already, disabled or not. Nothing was written.
    Closed,
    /// Another account has this address. Nothing was written.
    EmailTaken,
    /// Another user has this username or one that looks like it. Nothing was written.
    UsernameTaken,
}

/// The admins.
#[async_trait]
pub trait Admins: Send + Sync {
    /// Reads all users who have the role `admin`, oldest first, disabled ones too.
    async fn admins(&self) -> Result<Vec<User>, StoreError>;

    /// Keeps the hash of the secret that lets its holder make the first admin until `ends_at`, instead of an earlier one.
    /// `false` if there is an admin already; nothing was written then.
    async fn open_bootstrap(&self, secret: SecretHash, ends_at: Timestamp, entry: Entry) -> Result<bool, StoreError>;

    /// Reads the hash that was kept, if it is good at `now`.
    async fn bootstrap_secret(&self, now: Timestamp) -> Result<Option<SecretHash>, StoreError>;

    /// Makes the first admin, as [`super::Accounts::sign_up`] makes an account, and forgets the secret. Of all concurrent calls
    /// exactly one answers [`Bootstrapped::Done`], and none once there is an admin.
    async fn bootstrap(&self, new: NewAccount, entry: Entry) -> Result<Bootstrapped, StoreError>;
}
