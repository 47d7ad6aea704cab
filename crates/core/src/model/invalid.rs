//! What is wrong with a piece of input: the field, and the reason in a closed list. Made where input is parsed, once.

use std::fmt;

/// One refused field. Changes nothing anywhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The member of the request, as the API names it.
    pub field: &'static str,
    /// What is wrong with it.
    pub reason: InvalidReason,
}

/// What can be wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidReason {
    /// It does not have the form that it must have.
    Malformed,
    /// It is longer than allowed.
    TooLong {
        /// The most that is allowed, in bytes.
        max: usize,
    },
    /// It is shorter than allowed.
    TooShort {
        /// The least that is allowed, in code points.
        min: usize,
    },
    /// It is reserved or forbidden.
    NotAllowed,
    /// A new password has too few code points.
    PasswordTooShort {
        /// The least that is allowed.
        min: usize,
    },
    /// A new password is on the blocklist or decorates a word that everybody would try first.
    PasswordTooCommon,
    /// There are too many of these already.
    TooMany {
        /// The most that are allowed.
        max: usize,
    },
}

impl Invalid {
    /// `field` is refused because of `reason`.
    #[must_use]
    pub const fn new(field: &'static str, reason: InvalidReason) -> Self {
        Self { field, reason }
    }
}

/// A sentence for humans; never repeats the input, which may be a secret.
impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field;
        match &self.reason {
            InvalidReason::Malformed => write!(f, "`{field}` does not have the expected form"),
            InvalidReason::TooLong { max } => write!(f, "`{field}` is longer than {max} bytes"),
            InvalidReason::TooShort { min } => write!(f, "`{field}` is shorter than {min} characters"),
            InvalidReason::NotAllowed => write!(f, "`{field}` has a value that is not allowed"),
            InvalidReason::PasswordTooShort { min } => write!(f, "a password has at least {min} characters"),
            InvalidReason::PasswordTooCommon => {
                f.write_str("this password is common or easy to guess from the account; choose another")
            }
            InvalidReason::TooMany { max } => write!(f, "there are already {max} of these, which is the most allowed"),
        }
    }
}

impl std::error::Error for Invalid {}
