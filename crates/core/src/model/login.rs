//! What somebody types into the field "e-mail or username".

use super::{Email, Invalid, Username};

/// A login: an address or a username. A username has no `@`, so the two never overlap (fault X8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Login {
    /// The account's address.
    Email(Email),
    /// The name of one of its users.
    Username(Username),
}

impl Login {
    /// Takes what has an `@` for an address, everything else for a username.
    ///
    /// # Errors
    /// It is neither; such a login cannot exist, and is treated as one that does not.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, Invalid> {
        if text.contains('@') {
            Email::parse(field, text).map(Self::Email)
        } else {
            Username::parse(field, text).map(Self::Username)
        }
    }

    /// The text under which attempts are counted; two spellings of one login share it.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Email(email) => email.key(),
            Self::Username(username) => username.as_str(),
        }
    }
}
