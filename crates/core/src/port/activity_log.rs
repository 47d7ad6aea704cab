//! The activity log in the store.
//!
//! Entries are never changed, but for two things: each gets its place in the chain ([`crate::model::link`]), and what is personal in
//! it is erased when it has to be. They are removed from the beginning of the chain only.

use async_trait::async_trait;

use super::{Entry, StoreError};
use crate::model::{
    AccountId, Act, Activity, ActivityId, Actor, ChainedActivity, Checkpoint, Link, SessionId, Timestamp, UserId,
};

/// How many entries one page looks at, most of which may not be wanted.
pub const MAX_LOOKED_AT: usize = 10_000;

/// Which entries to read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActivityFilter {
    /// Of this account; `None` for all accounts and what happened to the instance.
    pub account: Option<AccountId>,
    /// Only those that name this user.
    pub user: Option<UserId>,
    /// Only those that name this session.
    pub session: Option<SessionId>,
    /// Only these acts; all if it is empty.
    pub acts: Vec<Act>,
    /// Only what this one did.
    pub actor: Option<Actor>,
    /// Only what happened at this moment or later.
    pub since: Option<Timestamp>,
    /// Only what happened before this moment.
    pub until: Option<Timestamp>,
    /// Only those older than this one.
    pub before: Option<ActivityId>,
    /// At most so many.
    pub limit: usize,
}

/// A page of the log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ActivityFound {
    /// The entries, newest first.
    pub entries: Vec<Activity>,
    /// Where to go on, if there may be more. A page may be short, or empty, and not be the last: no more than [`MAX_LOOKED_AT`]
    /// entries are looked at for one.
    pub next: Option<ActivityId>,
}

/// What is known of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainState {
    /// The chain begins after this entry.
    pub begin: Link,
    /// The last entry that has its place.
    pub head: Link,
    /// When the oldest entry was written that has none yet.
    pub waiting_since: Option<Timestamp>,
    /// What is personal was erased from entries older than this.
    pub personal_since: Timestamp,
}

/// A checkpoint as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// What it says.
    pub checkpoint: Checkpoint,
    /// The same, signed: a JWS in its compact form.
    pub signed: String,
}

/// How often something happened within one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourlyCount {
    /// When the hour began.
    pub hour: Timestamp,
    /// The name of an act, or what else is counted.
    pub what: String,
    /// How often.
    pub count: u64,
}

/// The activity log. Entries that belong to a change are written by the step that changes; this port writes the others.
#[async_trait]
pub trait ActivityLog: Send + Sync {
    /// Writes an entry that belongs to no change of a row.
    async fn append(&self, entry: Entry) -> Result<(), StoreError>;

    /// Reads entries, newest first. `limit` is at least 1.
    async fn page(&self, filter: ActivityFilter) -> Result<ActivityFound, StoreError>;

    /// Gives at most `limit` entries that have none their place in the chain, and counts them by the hour ([`HourlyCount`]);
    /// answers how many. Where a transaction costs nobody else anything the place is given with the entry, and there is nothing to
    /// do here; elsewhere every node may call this at any time: of several at once one works, and no two entries get the same
    /// place.
    async fn chain(&self, limit: usize) -> Result<usize, StoreError>;

    /// Reads entries in the order of the chain, after the place `after`.
    async fn chained(&self, after: u64, limit: usize) -> Result<Vec<ChainedActivity>, StoreError>;

    /// Reads what is known of the chain, in one consistent reading.
    async fn chain_state(&self) -> Result<ChainState, StoreError>;

    /// Keeps a signed checkpoint. Removes those that are older than the last 1,000.
    async fn keep_checkpoint(&self, checkpoint: StoredCheckpoint) -> Result<(), StoreError>;

    /// Reads the last checkpoints, newest first.
    async fn checkpoints(&self, limit: usize) -> Result<Vec<StoredCheckpoint>, StoreError>;

    /// Removes at most `limit` entries from the beginning of the chain, those that are older than `before`, and never the last
    /// one; moves the beginning. Answers how many.
    async fn prune(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Erases what is personal from at most `limit` entries that are older than `before` and have their place, oldest first; notes
    /// how far it came. Answers how many.
    async fn erase_personal(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Adds to what was counted by the hour.
    async fn count(&self, counts: Vec<HourlyCount>) -> Result<(), StoreError>;

    /// Reads what was counted in the hours that began at `since` or later and before `until`, oldest first.
    async fn counts(&self, since: Timestamp, until: Timestamp) -> Result<Vec<HourlyCount>, StoreError>;

    /// Removes at most `limit` of the counts of hours that began before `before`, the oldest first. Answers how many.
    async fn forget_counts(&self, before: Timestamp, limit: usize) -> Result<usize, StoreError>;
}
