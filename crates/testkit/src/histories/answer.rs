//! What comes out of an operation, as the reference model says it and as the system does: one type, so that the two are compared
//! as they are.

use gatewright_core::{
    Error, RefreshFault, Refusal,
    model::{AuthMethod, Timestamp},
};

use super::people::{Person, RoleSet};

/// The number of a session, in the order of opening.
pub type Number = usize;

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was done, and there is nothing more to tell.
    Done,
    /// 200 with tokens.
    SignedIn(Signed),
    /// 200 with these sessions, oldest first.
    Sessions(Vec<Number>),
    /// No.
    Refused(Why),
}

/// What stands in an answer with tokens. The access token has to say the same of roles, proof and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Which session.
    pub session: Number,
    /// Whose.
    pub person: Person,
    /// What became of the refresh token.
    pub token: Delivered,
    /// The session's generation after it.
    pub generation: u64,
    /// When the account last proved itself.
    pub auth_time: Timestamp,
    /// With what.
    pub amr: Vec<AuthMethod>,
    /// When the session ends in any case.
    pub absolute_end: Timestamp,
    /// The user's roles, as they are in this step.
    pub roles: RoleSet,
    /// From when and until when the access token is good, in seconds.
    pub access: Access,
}

/// From when and until when an access token is good, in whole seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// `iat`.
    pub issued: i64,
    /// `exp`.
    pub expires: i64,
}

/// What became of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivered {
    /// It stays.
    Kept,
    /// The token of this generation was delivered.
    Set(u64),
}

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The login failed.
    Credentials,
    /// The access token is too old, or too young for this clock.
    AccessToken,
    /// The access token's session is dead.
    SessionDead,
    /// The refresh token's session is dead.
    RefreshDead,
    /// The refresh token is none of ours.
    Forged,
    /// The refresh token is of a history that this store never had.
    UnknownHistory,
    /// The refresh token was spent; the session has been ended.
    Reused,
    /// No such user.
    UserNotFound,
    /// It takes a PIN.
    PinRequired,
    /// Not this PIN.
    PinWrong,
    /// It takes a fresh session.
    NotFresh,
    /// Owners only.
    Denied,
    /// No such session.
    NotFound,
}

impl Why {
    /// What an error says.
    ///
    /// # Errors
    /// With the error itself if no operation here may meet it.
    pub fn of(error: &Error) -> Result<Self, String> {
        let unexpected = || format!("an error that nothing here may cause: {error:?}");
        let Error::Refused(refusal) = error else { return Err(unexpected()) };
        Ok(match refusal {
            Refusal::Credentials(_) => Self::Credentials,
            Refusal::AccessToken(_) => Self::AccessToken,
            Refusal::SessionGone | Refusal::SessionDead(_) => Self::SessionDead,
            Refusal::RefreshToken(RefreshFault::Forged(_)) => Self::Forged,
            Refusal::RefreshToken(RefreshFault::UnknownHistory) => Self::UnknownHistory,
            Refusal::RefreshToken(RefreshFault::NoSession | RefreshFault::Dead(_)) => Self::RefreshDead,
            Refusal::RefreshReused => Self::Reused,
            Refusal::NotFresh { .. } => Self::NotFresh,
            Refusal::PinRequired => Self::PinRequired,
            Refusal::PinWrong => Self::PinWrong,
            Refusal::UserNotFound => Self::UserNotFound,
            Refusal::NotFound => Self::NotFound,
            Refusal::PermissionDenied => Self::Denied,
            Refusal::SelectionToken(_)
            | Refusal::MailToken(_)
            | Refusal::OtherBrowser
            | Refusal::EmailTaken
            | Refusal::UsernameTaken
            | Refusal::LastOwner
            | Refusal::LastAdmin
            | Refusal::BootstrapClosed
            | Refusal::BootstrapSecret
            | Refusal::ServiceKey(_)
            | Refusal::Impersonating
            | Refusal::RefusedByRule { .. }
            | Refusal::RoleFixed => {
                return Err(unexpected());
            }
        })
    }
}
