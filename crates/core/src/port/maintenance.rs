//! What keeps a store healthy, and who does that when several nodes share it.

use async_trait::async_trait;

use super::StoreError;
use crate::model::{NodeId, Timestamp, Work};

/// What one small step of cleaning removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Sessions whose absolute end has passed.
    pub sessions: usize,
    /// Spent selection tokens that could not be used any more anyway.
    pub selections: usize,
    /// Limit states that say nothing any more.
    pub limits: usize,
    /// What mails carried that could not be used any more anyway.
    pub mail_tokens: usize,
    /// Letters that were sent or given up some time ago.
    pub letters: usize,
    /// Deliveries that were made longer ago than [`super::DELIVERIES_KEPT`].
    pub deliveries: usize,
}

/// Health, cleaning, and leases on work that goes on beside the requests.
#[async_trait]
pub trait Maintenance: Send + Sync {
    /// Answers if the store can be read and written. Used by readiness checks; takes part in no transaction.
    async fn ping(&self) -> Result<(), StoreError>;

    /// Removes at most `limit` rows of each kind that are dead at `now`, in one short step.
    async fn sweep(&self, now: Timestamp, limit: usize) -> Result<Swept, StoreError>;

    /// Takes or renews the lease for a kind of work: `true` if `holder` has it until `until`. Of all concurrent calls by
    /// different holders exactly one answers `true`, and no other holder gets it before `until` has come by its own `now`.
    /// The holder may renew it at any time; a lease that ran out, or that nobody has, is taken by whoever asks first.
    ///
    /// A row and not a lock of the database's session: such a lock does not work behind a pooler that hands connections
    /// from one to the next.
    async fn lease(&self, work: Work, holder: NodeId, now: Timestamp, until: Timestamp) -> Result<bool, StoreError>;

    /// Gives the lease back, so that another node may take it at once. Whoever does not have it changes nothing.
    async fn release(&self, work: Work, holder: NodeId) -> Result<(), StoreError>;
}
