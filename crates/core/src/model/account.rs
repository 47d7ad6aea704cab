//! The account: the paying entity, with the e-mail address and the credentials.

use super::{AccountId, Email, Epoch, Timestamp};

/// An account as it stands. Its credentials are elsewhere on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its address.
    pub email: Email,
    /// When the address was proved, if it was.
    pub email_verified_at: Option<Timestamp>,
    /// Raised to end all sessions of the account at once.
    pub epoch: Epoch,
    /// Since when nobody can sign in, if so.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}
