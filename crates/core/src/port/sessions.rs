//! Sessions in the store: one row each for its whole life.

use std::net::IpAddr;

use async_trait::async_trait;

use super::{Entry, StoreError};
use crate::model::{
    AccountId, Chain, Device, EndReason, KeyFate, Postpone, SecretHash, Session, SessionId, Standing, Timestamp,
    TokenId, UserAgent, UserId,
};

/// A session that is about to be.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The row, with the epochs that the caller saw.
    pub session: Session,
    /// The session that it replaces (switch, reauthentication): ended in the same step, and must be alive.
    pub replaces: Option<SessionId>,
    /// The selection token that pays for it, with the moment until which the store has to remember that it was spent: spent in
    /// the same step, and must be unspent.
    pub spends: Option<(TokenId, Timestamp)>,
    /// How many live sessions the user may have; the oldest beyond it end as [`EndReason::TooMany`].
    pub max_sessions: usize,
}

/// How opening a session turned out.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once per call and taken apart at once")]
pub enum Opened {
    /// It lives; this is what the store says of it now.
    Done(Standing),
    /// The account or user is gone, disabled or in another epoch than the caller saw, or the replaced session is dead.
    Stale,
    /// The selection token was spent before.
    Spent,
}

/// A rotation that was judged: the row must still be what was seen.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Which session.
    pub session: SessionId,
    /// The generation that was judged.
    pub seen_generation: u64,
    /// The current secret's hash that was judged.
    pub seen_current: SecretHash,
    /// The last redelivery that was judged: a token that somebody else was handed a moment ago is young again, and must not be
    /// replaced by who saw it old (invariant P6).
    pub seen_redelivered_at: Option<Timestamp>,
    /// The chain after the rotation: one generation further.
    pub next: Chain,
    /// The new idle end.
    pub idle_end: Timestamp,
    /// From where.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<UserAgent>,
    /// When the request's time is up: a step that comes later is not done ([`StoreError::TooLate`]).
    pub not_after: Timestamp,
}

/// A redelivery that was judged.
#[derive(Clone, Debug)]
pub struct Redelivery {
    /// Which session.
    pub session: SessionId,
    /// The generation that was judged, one more than the presented token's.
    pub seen_generation: u64,
    /// The current secret's hash that was judged.
    pub seen_current: SecretHash,
    /// The last redelivery that was judged. Guards [`Postpone::Counted`] only: of requests in parallel, one counts (invariant
    /// P6), and the others find themselves free when they judge again.
    pub seen_redelivered_at: Option<Timestamp>,
    /// What becomes of the retry key.
    pub retry_key: KeyFate,
    /// What becomes of `redelivered_at` and `redeliveries`: `Free` moves the first, `Counted` both, `No` neither.
    pub postpone: Postpone,
    /// When.
    pub at: Timestamp,
    /// When the request's time is up.
    pub not_after: Timestamp,
}

/// A roll-forward that was judged: the store had lost its last write.
#[derive(Clone, Debug)]
pub struct RollForward {
    /// Which session.
    pub session: SessionId,
    /// The generation that was judged, one less than the presented token's.
    pub seen_generation: u64,
    /// The next secret's hash that was judged.
    pub seen_next: SecretHash,
    /// The chain after it: one generation further, minted now, no retry key.
    pub next: Chain,
    /// When the request's time is up.
    pub not_after: Timestamp,
}

/// Whether a guarded step was done.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "made once per call and taken apart at once")]
pub enum Applied {
    /// It was; this is what the store says after it, read in the same step (invariant P14: the roles are these).
    Done(Standing),
    /// The row is no longer what was judged, or the session is dead. Nothing was written; judge again.
    Stale,
}

/// Ending one session.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// Which one.
    pub session: SessionId,
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: Timestamp,
}

/// Ending many sessions by raising an epoch: one write however many there are (invariant P16).
#[derive(Clone, Copy, Debug)]
pub enum EndAll {
    /// Every session of the user but `keep`, which is taken along into the new epoch if it is alive.
    OfUser {
        /// Whose.
        user: UserId,
        /// The one that lives on.
        keep: Option<SessionId>,
    },
    /// Every session of the account.
    OfAccount {
        /// Whose.
        account: AccountId,
    },
}

/// The sessions.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Opens a session if the account and the user still are as seen, ends the one it replaces and spends its selection token.
    /// Of all concurrent calls that replace the same session, or spend the same token, exactly one answers
    /// [`Opened::Done`]. Concurrent calls never leave the user more than `max_sessions` live sessions.
    async fn open(&self, opening: Opening, entry: Entry) -> Result<Opened, StoreError>;

    /// Reads a session with its account and its user in one consistent reading. Sees everything that was acknowledged
    /// before the call (invariant P5).
    async fn standing(&self, id: SessionId) -> Result<Option<Standing>, StoreError>;

    /// Rotates. Of all concurrent calls that saw the same generation exactly one answers [`Applied::Done`]; none does once
    /// the session is dead, or once the current token was redelivered after it was judged.
    async fn rotate(&self, step: Rotation) -> Result<Applied, StoreError>;

    /// Notes a redelivery. Guarded like a rotation.
    async fn redeliver(&self, step: Redelivery) -> Result<Applied, StoreError>;

    /// Takes the generation of a token that a lost write had minted. Of all concurrent calls that saw the same generation
    /// exactly one answers [`Applied::Done`].
    async fn roll_forward(&self, step: RollForward, entry: Entry) -> Result<Applied, StoreError>;

    /// Ends a session. Of all concurrent calls exactly one answers `true`; `false` if it had ended or is not there. Touches
    /// no other row (invariant P17).
    async fn end(&self, end: End, entry: Entry) -> Result<bool, StoreError>;

    /// Ends many sessions. `false` if there is no such user or account.
    async fn end_all(&self, end: EndAll, entry: Entry) -> Result<bool, StoreError>;

    /// Reads the sessions of a user that live at `now`, newest first.
    async fn of_user(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Reads the sessions of an account that live at `now`, newest first.
    async fn of_account(&self, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Whether a session of the account was last refreshed or opened from this address, ended or not: then wrong passwords
    /// from there are counted apart from everybody else's (SECURITY AU3). IPv6 addresses count by their /64.
    async fn knows_source(&self, account: AccountId, ip: IpAddr) -> Result<bool, StoreError>;

    /// Whether a session of the account was last refreshed or opened on this device, ended or not.
    async fn knows_device(&self, account: AccountId, device: &Device) -> Result<bool, StoreError>;
}
