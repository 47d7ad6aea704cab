//! The activity log in the store.

use async_trait::async_trait;

use super::{Entry, StoreError};
use crate::model::{AccountId, Activity, ActivityId, UserId};

/// Which entries to read.
#[derive(Clone, Copy, Debug)]
pub struct ActivityFilter {
    /// Of this account.
    pub account: AccountId,
    /// Only those that name this user.
    pub user: Option<UserId>,
    /// Only those older than this one.
    pub before: Option<ActivityId>,
    /// At most so many.
    pub limit: usize,
}

/// The activity log. Entries that belong to a change are written by the step that changes; this port writes the others.
#[async_trait]
pub trait ActivityLog: Send + Sync {
    /// Writes an entry that belongs to no change of a row.
    async fn append(&self, entry: Entry) -> Result<(), StoreError>;

    /// Reads entries, newest first.
    async fn page(&self, filter: ActivityFilter) -> Result<Vec<Activity>, StoreError>;
}
