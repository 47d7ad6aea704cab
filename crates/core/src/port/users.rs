//! Users in the store.

use async_trait::async_trait;

use super::{Entry, StoreError};
use crate::model::{AccountId, Metadata, PasswordHash, Profile, Roles, Timestamp, User, UserId, Username};

/// How adding a user turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddUser {
    /// The user exists.
    Done,
    /// Another user has this username or one that looks like it.
    UsernameTaken,
    /// The account has as many users as it may.
    TooMany,
    /// There is no such account any more.
    NoAccount,
}

/// What is to be changed of a user; `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UserChange {
    /// Another name.
    pub username: Option<Username>,
    /// Another profile, and the one that the caller saw: an update that was lost between is not overwritten.
    pub profile: Option<(Profile, Profile)>,
}

/// How changing a user turned out.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once per call and taken apart at once")]
pub enum ChangeUser {
    /// The user, as it is now.
    Done(User),
    /// Another user has this username or one that looks like it.
    UsernameTaken,
    /// Somebody else has changed the profile since the caller saw it. Look again.
    Stale,
    /// There is no such user.
    Gone,
}

/// How removing a user turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoveUser {
    /// The user, its PIN and its sessions are gone.
    Done,
    /// It is the account's last owner. Nothing was written.
    LastOwner,
    /// It is the last admin that can sign in. Nothing was written.
    LastAdmin,
    /// There is no such user.
    Gone,
}

/// What an admin changes of a user; `None` leaves it. What was seen guards the change: whoever judged whether roles may be given
/// or taken away judged these.
#[derive(Clone, Debug, PartialEq)]
pub struct Administration {
    /// The roles that the caller saw.
    pub seen_roles: Roles,
    /// The notes that the caller saw.
    pub seen_app_metadata: Metadata,
    /// Other roles.
    pub roles: Option<Roles>,
    /// Since when nobody can sign in as the user (`Some(Some)`, which ends its sessions by its epoch), or that somebody can again
    /// (`Some(None)`). A user that is disabled already keeps its moment.
    pub disabled_at: Option<Option<Timestamp>>,
    /// Other notes.
    pub app_metadata: Option<Metadata>,
}

/// How that turned out.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once per call and taken apart at once")]
pub enum Administered {
    /// The user, as it is now.
    Done(User),
    /// It is the last admin that can sign in. Nothing was written.
    LastAdmin,
    /// Somebody else has changed roles or notes since the caller saw them. Look again.
    Stale,
    /// There is no such user.
    Gone,
}

/// The users.
#[async_trait]
pub trait Users: Send + Sync {
    /// Reads a user.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Reads the users of an account, oldest first.
    async fn users(&self, account: AccountId) -> Result<Vec<User>, StoreError>;

    /// Adds a user, perhaps with a PIN, unless the account has `max` already. Of all concurrent calls with the same username
    /// or skeleton exactly one answers [`AddUser::Done`]; concurrent calls never make more than `max` users.
    async fn add(&self, user: User, pin: Option<PasswordHash>, max: usize, entry: Entry)
    -> Result<AddUser, StoreError>;

    /// Changes a user. Of all concurrent calls that saw the same profile exactly one answers [`ChangeUser::Done`]; likewise
    /// for a username.
    async fn change(&self, id: UserId, change: UserChange, entry: Entry) -> Result<ChangeUser, StoreError>;

    /// Changes what admins change of a user. Of all concurrent calls that saw the same exactly one answers
    /// [`Administered::Done`]. Concurrent calls, of this and of all other methods, never leave the instance without an admin
    /// that can sign in, once it has one.
    async fn administer(&self, id: UserId, change: Administration, entry: Entry) -> Result<Administered, StoreError>;

    /// Removes a user with its PIN and its sessions. Concurrent calls never leave an account without an owner, nor the instance
    /// without an admin.
    async fn remove(&self, id: UserId, entry: Entry) -> Result<RemoveUser, StoreError>;

    /// Reads the hash of a user's PIN.
    async fn pin(&self, id: UserId) -> Result<Option<PasswordHash>, StoreError>;

    /// Sets (`Some`) or removes (`None`) a user's PIN. `false` if there is no such user, or no PIN to remove.
    async fn set_pin(&self, id: UserId, pin: Option<PasswordHash>, entry: Entry) -> Result<bool, StoreError>;
}
