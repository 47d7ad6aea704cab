//! What keeps a store healthy.

use async_trait::async_trait;

use super::StoreError;
use crate::model::Timestamp;

/// What one small step of cleaning removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Sessions whose absolute end has passed.
    pub sessions: usize,
    /// Spent selection tokens that could not be used any more anyway.
    pub selections: usize,
    /// Limit states that say nothing any more.
    pub limits: usize,
}

/// Health and cleaning.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// Answers if the store can be read and written. Used by readiness checks; takes part in no transaction.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Removes at most `limit` rows of each kind that are dead at `now`, in one short step.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError>;
}
