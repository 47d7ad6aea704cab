//! The activity log: what happened to an account, for its owner and for admins.

use std::net::IpAddr;

use super::{AccountId, ActivityId, ClientInfo, EndReason, SessionId, Timestamp, UserAgent, UserId, session::names};

/// One entry. A change and its entry are written in one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its id; sorts by time.
    pub id: ActivityId,
    /// When it happened.
    pub at: Timestamp,
    /// The account it happened to.
    pub account_id: AccountId,
    /// The user it happened to or who did it.
    pub user_id: Option<UserId>,
    /// The session it happened in or to.
    pub session_id: Option<SessionId>,
    /// What happened.
    pub act: Act,
    /// Why, where there is more than one reason.
    pub reason: Option<EndReason>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<UserAgent>,
}

/// What can happen. Refreshes are not in it, they would be most of the table: the session's row tells the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Act {
    /// The account was made.
    SignedUp,
    /// Somebody logged in and chose a user.
    LoggedIn,
    /// A password was wrong.
    LoginFailed,
    /// A session was exchanged for one of another user.
    Switched,
    /// A PIN was wrong.
    PinFailed,
    /// The password was asked again, and right.
    Reauthenticated,
    /// The password was asked again, and wrong.
    ReauthenticationFailed,
    /// A session ended itself.
    LoggedOut,
    /// A session was ended from the list.
    SessionEnded,
    /// All other sessions of a user were ended.
    OtherSessionsEnded,
    /// All sessions of the account were ended.
    AllSessionsEnded,
    /// A spent refresh token came back: the session was ended.
    RefreshReuse,
    /// The store had lost its last write, and a refresh token brought it back.
    StoreRollback,
    /// The password was changed.
    PasswordChanged,
    /// A new password was set by mail.
    PasswordReset,
    /// The address was proved.
    EmailVerified,
    /// Another address was asked for.
    EmailChangeAsked,
    /// The account has another address.
    EmailChanged,
    /// A change of address was taken back.
    EmailChangeUndone,
    /// Somebody was asked to join the account.
    Invited,
    /// Who was asked to join did, and is a user now.
    InvitationAccepted,
    /// A user was added.
    UserAdded,
    /// A user's name or profile was changed.
    UserChanged,
    /// A user was removed.
    UserRemoved,
    /// A PIN was set or changed.
    PinSet,
    /// A PIN was removed.
    PinRemoved,
    /// The account's data were exported.
    AccountExported,
    /// An operator disabled the account.
    AccountDisabled,
    /// An operator enabled the account again.
    AccountEnabled,
    /// An operator forgave the wrong passwords and PINs.
    FailuresForgiven,
    /// The account was deleted. The only entry that outlives it.
    AccountDeleted,
}

names!(Act {
    SignedUp = "signed_up",
    LoggedIn = "logged_in",
    LoginFailed = "login_failed",
    Switched = "switched",
    PinFailed = "pin_failed",
    Reauthenticated = "reauthenticated",
    ReauthenticationFailed = "reauthentication_failed",
    LoggedOut = "logged_out",
    SessionEnded = "session_ended",
    OtherSessionsEnded = "other_sessions_ended",
    AllSessionsEnded = "all_sessions_ended",
    RefreshReuse = "refresh_reuse",
    StoreRollback = "store_rollback",
    PasswordChanged = "password_changed",
    PasswordReset = "password_reset",
    EmailVerified = "email_verified",
    EmailChangeAsked = "email_change_asked",
    EmailChanged = "email_changed",
    EmailChangeUndone = "email_change_undone",
    Invited = "invited",
    InvitationAccepted = "invitation_accepted",
    UserAdded = "user_added",
    UserChanged = "user_changed",
    UserRemoved = "user_removed",
    PinSet = "pin_set",
    PinRemoved = "pin_removed",
    AccountExported = "account_exported",
    AccountDisabled = "account_disabled",
    AccountEnabled = "account_enabled",
    FailuresForgiven = "failures_forgiven",
    AccountDeleted = "account_deleted",
});

impl Activity {
    /// `act` happened to `account` at the request of `client`.
    #[must_use]
    pub fn new(id: ActivityId, at: Timestamp, account_id: AccountId, act: Act, client: &ClientInfo) -> Self {
        Self {
            id,
            at,
            account_id,
            user_id: None,
            session_id: None,
            act,
            reason: None,
            ip: client.ip,
            user_agent: client.user_agent.clone(),
        }
    }

    /// The same entry, naming the user.
    #[must_use]
    pub fn of_user(self, user_id: UserId) -> Self {
        Self { user_id: Some(user_id), ..self }
    }

    /// The same entry, naming the session.
    #[must_use]
    pub fn in_session(self, session_id: SessionId) -> Self {
        Self { session_id: Some(session_id), ..self }
    }

    /// The same entry, saying why.
    #[must_use]
    pub fn because(self, reason: EndReason) -> Self {
        Self { reason: Some(reason), ..self }
    }
}
