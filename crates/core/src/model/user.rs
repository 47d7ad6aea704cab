//! Users: the persons on an account. The subject of an access token is always one of them.

use std::{fmt, str::FromStr};

use super::{AccountId, Epoch, Metadata, Profile, Timestamp, UserId, Username};

/// A user as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Its id, the `sub` of its access tokens.
    pub id: UserId,
    /// The account it belongs to, for ever.
    pub account_id: AccountId,
    /// Its unique name.
    pub username: Username,
    /// Whether it may manage the account.
    pub rank: Rank,
    /// The names of its roles.
    pub roles: Roles,
    /// What it shows.
    pub profile: Profile,
    /// What admins note about it.
    pub app_metadata: Metadata,
    /// Raised to end all sessions of the user at once.
    pub epoch: Epoch,
    /// Since when nobody can sign in as it, if so.
    pub disabled_at: Option<Timestamp>,
    /// Whether choosing it takes a PIN.
    pub lock: Lock,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a user may do with its own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Uses it.
    Member,
    /// Manages its users, e-mail address, credentials, and may delete it.
    Owner,
}

/// Whether choosing a user takes a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Anybody on the account may choose it.
    Open,
    /// Its PIN is needed.
    Pin,
}

/// The names of a user's roles, sorted, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles(Vec<RoleName>);

impl Roles {
    /// Exactly these roles.
    #[must_use]
    pub fn new(mut names: Vec<RoleName>) -> Self {
        names.sort();
        names.dedup();
        Self(names)
    }

    /// The names, sorted.
    #[must_use]
    pub fn names(&self) -> &[RoleName] {
        &self.0
    }

    /// Whether every one of these roles is also one of `other`.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().all(|name| other.0.contains(name))
    }
}

/// A role's name: 1 to 64 of `a-z 0-9 _ - . :`, starting with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

impl RoleName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// This is no role name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a role name is 1 to 64 of `a-z 0-9 _ - . :`, starting with a letter")]
pub struct NotARoleName;

impl FromStr for RoleName {
    type Err = NotARoleName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.:".contains(&b);
        let starts = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if starts && text.len() <= 64 && text.bytes().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotARoleName)
        }
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl User {
    /// Whether this user may do something that `other` may not: then switching from `other` to it needs proof (fault X4).
    #[must_use]
    pub fn has_more_rights_than(&self, other: &Self) -> bool {
        self.rank > other.rank || !self.roles.within(&other.roles)
    }
}
