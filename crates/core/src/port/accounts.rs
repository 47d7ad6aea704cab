//! Accounts in the store.

use async_trait::async_trait;

use super::{Entry, StoreError};
use crate::model::{Account, AccountId, Login, PasswordHash, Timestamp, User};

/// An account that is about to be: with its first user, an owner, and its password.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The account.
    pub account: Account,
    /// Its first user.
    pub owner: User,
    /// Its password. `None` for one that its owner has never chosen one for, and signs in by mail.
    pub password: Option<PasswordHash>,
}

/// How a sign-up turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// The account, its user and its password exist.
    Done,
    /// Another account has this address (by its key). Nothing was written.
    EmailTaken,
    /// Another user has this username or one that looks like it. Nothing was written.
    UsernameTaken,
}

/// How disabling or enabling an account turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetDisabled {
    /// It is as was asked for.
    Done,
    /// There is no such account, or it was so already. Nothing was written.
    Unchanged,
    /// It has the last admin that can sign in. Nothing was written.
    LastAdmin,
}

/// How deleting an account turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteAccount {
    /// It is gone.
    Done,
    /// There is no such account.
    Gone,
    /// It has the last admin that can sign in. Nothing was written.
    LastAdmin,
}

/// The accounts.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// Makes an account with its first user and password. Of all concurrent calls with the same e-mail key, exactly one
    /// answers [`SignUp::Done`]; likewise for a username or skeleton.
    async fn sign_up(&self, new: NewAccount, entry: Entry) -> Result<SignUp, StoreError>;

    /// Reads an account.
    async fn account(&self, id: AccountId) -> Result<Option<Account>, StoreError>;

    /// Reads the account that somebody means who logs in: by its address, or by the name of one of its users. Costs the same
    /// whether it exists or not.
    async fn account_by_login(&self, login: &Login) -> Result<Option<Account>, StoreError>;

    /// Disables the account (`Some`) or enables it again (`None`). Disabling raises the epoch, so that all its sessions end
    /// (SECURITY SE7).
    async fn set_disabled(
        &self,
        id: AccountId,
        since: Option<Timestamp>,
        entry: Entry,
    ) -> Result<SetDisabled, StoreError>;

    /// Deletes the account, its users, credentials and sessions, and erases what is personal in its activity. Of all concurrent
    /// calls exactly one answers [`DeleteAccount::Done`]. No session of it can be opened afterwards.
    async fn delete(&self, id: AccountId, entry: Entry) -> Result<DeleteAccount, StoreError>;
}
