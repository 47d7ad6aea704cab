//! The session: one signed-in device for one user. One row for its whole life, never one per refresh.

use std::net::IpAddr;

use super::{
    Account, AccountId, ClientLabel, Epoch, KeyNumber, RetryKeyHash, SecretHash, SessionId, Timestamp, User, UserAgent,
    UserId,
};

/// A session's row (DESIGN 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The account that proved itself.
    pub account_id: AccountId,
    /// The user it is for. Never changes (invariant P15); switching makes another session.
    pub user_id: UserId,
    /// How its tokens travel. Chosen at login.
    pub transport: Transport,
    /// What the client calls its device.
    pub label: Option<ClientLabel>,
    /// When it was made.
    pub created_at: Timestamp,
    /// After this nothing succeeds, whatever happened before (invariant P10). Never moves.
    pub absolute_end: Timestamp,
    /// After this nothing succeeds, unless a rotation or redelivery moves it.
    pub idle_end: Timestamp,
    /// When the account last proved itself with a credential. Never moves on refresh (invariant P15).
    pub auth_time: Timestamp,
    /// With what it proved itself. Never widens on refresh (invariant P15).
    pub amr: Vec<AuthMethod>,
    /// Whether it lives.
    pub state: SessionState,
    /// The account's epoch when the session was made.
    pub account_epoch: Epoch,
    /// The user's epoch when the session was made.
    pub user_epoch: Epoch,
    /// Its chain of refresh tokens.
    pub chain: Chain,
    /// Where it was last refreshed from.
    pub last_ip: Option<IpAddr>,
    /// What the client called itself then.
    pub last_user_agent: Option<UserAgent>,
}

/// The part of a session's row that a refresh moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Random, fixed for the session: goes into every derivation, so that two sessions never share a chain.
    pub salt: [u8; 16],
    /// The number of the current token; 1 at the beginning, and exactly one more with each rotation or roll-forward
    /// (invariant P3).
    pub generation: u64,
    /// Hash of the current token's secret.
    pub current: SecretHash,
    /// Hash of the secret before it.
    pub previous: Option<SecretHash>,
    /// Hash of the successor's secret, which is already determined: recognises a token that a lost write had minted.
    pub next: SecretHash,
    /// The master key that derived and signed the current token. A retry of the previous token derives the same bytes with
    /// it, also after the master key was rotated (invariant P2).
    pub current_key: KeyNumber,
    /// The master key that `next` was derived with.
    pub next_key: KeyNumber,
    /// When the current token was minted.
    pub rotated_at: Timestamp,
    /// When the current token was last handed out again.
    pub redelivered_at: Option<Timestamp>,
    /// How many times that counted (DESIGN 4.3, row "previous", case b).
    pub redeliveries: u8,
    /// Hash of the retry key that the last rotation's request carried.
    pub retry_key: Option<RetryKeyHash>,
}

/// Whether a session lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It does, unless its time is up or an epoch moved.
    Active,
    /// It does not, and never will again (invariant P5).
    Ended {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: EndReason,
    },
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// Its client logged out.
    LoggedOut,
    /// Its client switched to another user, or proved itself anew, and got another session.
    Replaced,
    /// Somebody ended it from the list of sessions.
    Revoked,
    /// A spent refresh token came back: two parties hold the session.
    Reused,
    /// The user had too many sessions and this was the oldest (SECURITY SE9).
    TooMany,
    /// An operator ended it.
    Operator,
}

/// How a session's tokens travel (DESIGN 6.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// Access token in JSON, refresh token in an `HttpOnly` cookie.
    #[default]
    Hybrid,
    /// Both in `HttpOnly` cookies.
    Cookie,
    /// Both in JSON.
    Body,
}

/// How somebody proved who it is (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthMethod {
    /// The account's password.
    Password,
    /// The user's PIN, beside the password.
    Pin,
    /// A mail to the account's address, by its link or its code. Never a second factor (SECURITY, preface).
    Email,
    /// Nothing: an admin acts as the user for a while. Such a session touches no credential (SECURITY AZ6).
    Impersonation,
}

macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal),+ $(,)? }) => {
        impl $type {
            /// The stable name, in the API, in claims and in stores.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The value with this stable name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use names;

names!(EndReason {
    LoggedOut = "logged_out",
    Replaced = "replaced",
    Revoked = "revoked",
    Reused = "reused",
    TooMany = "too_many",
    Operator = "operator",
});
names!(Transport { Hybrid = "hybrid", Cookie = "cookie", Body = "body" });
names!(AuthMethod { Password = "pwd", Pin = "pin", Email = "email", Impersonation = "impersonation" });

/// A session together with what else decides whether it lives: one consistent reading of the store.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The session's row.
    pub session: Session,
    /// Its account, as it is now.
    pub account: Account,
    /// Its user, as it is now.
    pub user: User,
    /// When the store was last promoted from a replica or restored, if ever: nothing rotates for `min_age` after it.
    pub store_promoted_at: Option<Timestamp>,
}

impl Standing {
    /// Why nothing may be done with the session at `now`; `None` if it lives.
    #[must_use]
    pub fn dead(&self, now: Timestamp) -> Option<Dead> {
        let session = &self.session;
        if let SessionState::Ended { reason, .. } = session.state {
            Some(Dead::Ended(reason))
        } else if now >= session.absolute_end || now >= session.idle_end {
            Some(Dead::Expired)
        } else if session.account_epoch != self.account.epoch || session.user_epoch != self.user.epoch {
            Some(Dead::EpochMoved)
        } else if self.account.disabled_at.is_some() || self.user.disabled_at.is_some() {
            Some(Dead::Disabled)
        } else {
            None
        }
    }
}

/// Why a session is dead. For the log; the wire says one thing for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dead {
    /// It was ended by itself.
    Ended(EndReason),
    /// Its idle or absolute end has passed.
    Expired,
    /// All sessions of the account or the user were ended.
    EpochMoved,
    /// The account or the user is disabled.
    Disabled,
}
