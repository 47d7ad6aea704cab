//! The activity log: what happened to an account, for its owner and for admins.

use std::net::IpAddr;

use serde_json::Value;

use super::{
    AccountId, ActivityId, ClientInfo, EndReason, Metadata, ServiceKeyId, SessionId, Timestamp, UserAgent, UserId,
    session::names,
};

/// One entry. A change and its entry are written in one transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    /// Its id; sorts by time.
    pub id: ActivityId,
    /// When it happened.
    pub at: Timestamp,
    /// The account it happened to. `None` for what happened to the instance: a role was changed, a signing key rotated.
    pub account_id: Option<AccountId>,
    /// The user it happened to or who did it.
    pub user_id: Option<UserId>,
    /// The session it happened in or to.
    pub session_id: Option<SessionId>,
    /// What happened.
    pub act: Act,
    /// Why, where there is more than one reason.
    pub reason: Option<EndReason>,
    /// Who did it.
    pub actor: Actor,
    /// What else there is to say: names and values of what was changed. Never a secret, and nothing personal: it stays when what
    /// is personal is erased.
    pub detail: Metadata,
    /// From where.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<UserAgent>,
    /// Random: what the chain holds of address and user agent cannot be found out by trying. `None` once both were erased.
    pub salt: Option<[u8; 16]>,
}

/// What an entry is begun with.
#[derive(Clone, Copy, Debug)]
pub struct EntrySeed {
    /// Its id.
    pub id: ActivityId,
    /// Its salt: random.
    pub salt: [u8; 16],
}

/// Who did what an entry tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Somebody on the account, or who tried to be.
    Account,
    /// An admin, through the admin API: this user.
    Admin(UserId),
    /// An admin who acts as the user that the entry names: this user.
    Impersonator(UserId),
    /// A program with this service key.
    ServiceKey(ServiceKeyId),
    /// A program with this service key, which acts as the user that the entry names.
    ImpersonatingKey(ServiceKeyId),
    /// Who has the machine, by the command line.
    Operator,
    /// The instance itself, by its settings.
    System,
}

impl Actor {
    /// The stable name of the kind, in the API and in stores.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Admin(_) => "admin",
            Self::Impersonator(_) => "impersonator",
            Self::ServiceKey(_) => "service_key",
            Self::ImpersonatingKey(_) => "impersonating_key",
            Self::Operator => "operator",
            Self::System => "system",
        }
    }

    /// The id of who it was, where the kind has one.
    #[must_use]
    pub const fn id(&self) -> Option<&[u8; 16]> {
        match self {
            Self::Admin(user) | Self::Impersonator(user) => Some(user.as_bytes()),
            Self::ServiceKey(key) | Self::ImpersonatingKey(key) => Some(key.as_bytes()),
            Self::Account | Self::Operator | Self::System => None,
        }
    }

    /// The actor with this kind and id, as a store keeps them. `None` if there can be no such actor.
    #[must_use]
    pub fn from_parts(kind: &str, id: Option<[u8; 16]>) -> Option<Self> {
        match (kind, id) {
            ("account", None) => Some(Self::Account),
            ("admin", Some(id)) => Some(Self::Admin(UserId::from_bytes(id))),
            ("impersonator", Some(id)) => Some(Self::Impersonator(UserId::from_bytes(id))),
            ("service_key", Some(id)) => Some(Self::ServiceKey(ServiceKeyId::from_bytes(id))),
            ("impersonating_key", Some(id)) => Some(Self::ImpersonatingKey(ServiceKeyId::from_bytes(id))),
            ("operator", None) => Some(Self::Operator),
            ("system", None) => Some(Self::System),
            _ => None,
        }
    }
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
    /// The account was disabled.
    AccountDisabled,
    /// The account was enabled again.
    AccountEnabled,
    /// The wrong passwords and PINs were forgiven.
    FailuresForgiven,
    /// A mail was asked for that lets the account's owner choose a new password.
    ResetStarted,
    /// A user's roles, `app_metadata` or openness were changed by an admin.
    UserAdministered,
    /// Somebody acts as the user for a while.
    Impersonated,
    /// The one-time secret for the first admin was made.
    BootstrapOpened,
    /// The first admin was made.
    Bootstrapped,
    /// A role was made or changed.
    RoleChanged,
    /// A role was removed.
    RoleRemoved,
    /// A service key was made.
    ServiceKeyMade,
    /// A service key was revoked.
    ServiceKeyRevoked,
    /// The signing keys were rotated by hand.
    KeysRotated,
    /// A token was revoked by a service.
    TokenRevoked,
    /// A rule was made or changed.
    RuleChanged,
    /// A rule was removed.
    RuleRemoved,
    /// What a rule had been told was sent again.
    DeliveryReplayed,
    /// A mail that waits was to be tried at once.
    MailRetried,
    /// A rule refused a sign-up or a token.
    RefusedByRule,
    /// The activity log was exported.
    ActivityExported,
    /// Old entries, or what was personal in them, were removed as the settings say.
    ActivityPruned,
    /// The account was deleted. Of the entries before it only what is not personal is left.
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
    ResetStarted = "reset_started",
    UserAdministered = "user_administered",
    Impersonated = "impersonated",
    BootstrapOpened = "bootstrap_opened",
    Bootstrapped = "bootstrapped",
    RoleChanged = "role_changed",
    RoleRemoved = "role_removed",
    ServiceKeyMade = "service_key_made",
    ServiceKeyRevoked = "service_key_revoked",
    KeysRotated = "keys_rotated",
    TokenRevoked = "token_revoked",
    RuleChanged = "rule_changed",
    RuleRemoved = "rule_removed",
    DeliveryReplayed = "delivery_replayed",
    MailRetried = "mail_retried",
    RefusedByRule = "refused_by_rule",
    ActivityExported = "activity_exported",
    ActivityPruned = "activity_pruned",
    AccountDeleted = "account_deleted",
});

impl Activity {
    /// `act` happened to `account`, or to the instance, at the request of `client`; done by somebody on the account unless
    /// [`Activity::by`] says otherwise.
    #[must_use]
    pub fn new(
        seed: EntrySeed,
        at: Timestamp,
        account_id: impl Into<Option<AccountId>>,
        act: Act,
        client: &ClientInfo,
    ) -> Self {
        Self {
            id: seed.id,
            at,
            account_id: account_id.into(),
            user_id: None,
            session_id: None,
            act,
            reason: None,
            actor: Actor::Account,
            detail: Metadata::new(),
            ip: client.ip,
            user_agent: client.user_agent.clone(),
            salt: Some(seed.salt),
        }
    }

    /// The same entry, saying who did it.
    #[must_use]
    pub fn by(self, actor: Actor) -> Self {
        Self { actor, ..self }
    }

    /// The same entry, saying one thing more.
    #[must_use]
    pub fn saying(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
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
