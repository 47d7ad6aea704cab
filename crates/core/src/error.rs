//! What an act answers when it does not do what it was asked: by what the caller can do about it.

use std::time::Duration;

use gatewright_token::Rejection;

use crate::{
    model::{Dead, Forged, Invalid},
    port::{HashError, StoreError},
};

/// Why an act was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input is wrong: mend the request.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// A verdict: the same request will be refused again.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many attempts: wait.
    #[error("too many attempts")]
    Throttled {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Too much work at the moment: wait. Nothing was judged.
    #[error("too much work at the moment")]
    OverCapacity {
        /// How long to wait.
        retry_after: Duration,
    },
    /// Something we need is away: try again later. Nothing was judged.
    #[error("something needed is unavailable")]
    Unavailable(#[source] StoreError),
    /// We are wrong. The log has the cause.
    #[error("a defect: {0}")]
    Bug(&'static str),
}

/// A verdict, as the log may know it. The wire says less: `Code` in the crate `gatewright` is what it may say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A login failed. The wire says one thing for all reasons, after the same time.
    #[error("the credentials are wrong ({0:?})")]
    Credentials(CredentialFault),
    /// An access token is not accepted.
    #[error("the access token is refused: {0}")]
    AccessToken(Rejection),
    /// An access token is good, but its session is not there any more.
    #[error("the access token's session is gone")]
    SessionGone,
    /// An access token is good, but its session is dead.
    #[error("the access token's session is dead ({0:?})")]
    SessionDead(Dead),
    /// A refresh token is not accepted. The wire says one thing for all reasons.
    #[error("the refresh token is refused ({0:?})")]
    RefreshToken(RefreshFault),
    /// A spent refresh token came back; its session has been ended.
    #[error("a spent refresh token came back")]
    RefreshReused,
    /// A selection token is not accepted.
    #[error("the selection token is refused ({0:?})")]
    SelectionToken(SelectionFault),
    /// What a mail carried is not accepted. The wire says one thing for all reasons.
    #[error("what the mail carried is refused ({0:?})")]
    MailToken(MailTokenFault),
    /// What the mail carried is good, but it was asked for in another browser: more has to be shown to use it in this one.
    /// Nothing was spent.
    #[error("it was asked for in another browser")]
    OtherBrowser,
    /// The account has to prove itself again first.
    #[error("the last proof of the account is too old")]
    NotFresh {
        /// How recent it must be.
        max_age: Duration,
    },
    /// Choosing this user takes its PIN.
    #[error("choosing this user takes its PIN")]
    PinRequired,
    /// The PIN is wrong.
    #[error("the PIN is wrong")]
    PinWrong,
    /// The account has no such user.
    #[error("the account has no such user")]
    UserNotFound,
    /// There is no such thing, or the caller may not know of it.
    #[error("there is no such thing")]
    NotFound,
    /// Another account has the address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Another user has the username, or one that looks like it.
    #[error("the username is taken")]
    UsernameTaken,
    /// The caller may not do this.
    #[error("the caller may not do this")]
    PermissionDenied,
    /// An account always has an owner.
    #[error("it is the account's last owner")]
    LastOwner,
    /// Once there is an admin, there always is one.
    #[error("it is the last admin")]
    LastAdmin,
    /// There is an admin already, so nobody becomes the first one.
    #[error("there is an admin already")]
    BootstrapClosed,
    /// The one-time secret for the first admin is wrong, or has run out.
    #[error("the secret for the first admin is wrong")]
    BootstrapSecret,
    /// A service key is not accepted.
    #[error("the service key is refused ({0:?})")]
    ServiceKey(ServiceKeyFault),
    /// Who acts as somebody else may not do this, whoever that is (SECURITY AZ6).
    #[error("who acts as another user may not do this")]
    Impersonating,
    /// A rule does not want it.
    #[error("the rule `{rule}` refused it: {reason}")]
    RefusedByRule {
        /// The rule's name.
        rule: String,
        /// Its reason: a code for the log.
        reason: String,
        /// What it says to whoever asked.
        message: Option<String>,
    },
    /// The role is built in or defined by the operator's settings.
    #[error("the role cannot be changed here")]
    RoleFixed,
}

/// Why a login failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialFault {
    /// Nobody has this login.
    UnknownLogin,
    /// The password is wrong.
    WrongPassword,
    /// The account or all its users are disabled.
    Disabled,
    /// All sessions of the account were ended, or the password was changed, while this login was under way.
    Overtaken,
}

/// Why a service key is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceKeyFault {
    /// It is damaged, revoked, or none of ours.
    Unknown,
    /// It has run out.
    Expired,
}

/// Why a refresh token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshFault {
    /// It is none of ours.
    Forged(Forged),
    /// Its session is not there.
    NoSession,
    /// Its session is dead.
    Dead(Dead),
    /// It is from a history that this store never had: an old backup was restored, or two stores were written at once.
    UnknownHistory,
}

/// Why a selection token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionFault {
    /// It is no good token.
    Rejected(Rejection),
    /// It was used before.
    Spent,
    /// The account is gone, disabled or in another epoch.
    Overtaken,
}

/// Why what a mail carried is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTokenFault {
    /// It is damaged, or none of ours, or a wrong code.
    Unknown,
    /// It is good for something else.
    OtherPurpose,
    /// It was used, or died when another of its kind was used, or with what it was for.
    Spent,
    /// It has run out.
    Expired,
    /// What it was made for is not so any more.
    Stale,
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } | StoreError::TooLate => Self::Unavailable(error),
            StoreError::Inconsistent { table, ref id } => {
                tracing::error!(table, id, "an impossible row");
                Self::Bug("an impossible row")
            }
        }
    }
}

impl From<HashError> for Error {
    fn from(error: HashError) -> Self {
        match error {
            HashError::OverCapacity { retry_after } => Self::OverCapacity { retry_after },
            HashError::Unreadable => Self::Bug("a stored password hash cannot be read"),
            HashError::Stopped => Self::Unavailable(StoreError::unavailable(error)),
        }
    }
}
