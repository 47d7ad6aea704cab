//! What a copy needs of a database on either side of it. What must stay true: while a side is open for a copy, nothing else
//! changes its rows; and a target is usable by nobody until it is finished.

use std::sync::Arc;

use async_trait::async_trait;
use gatewright_core::port::StoreError;

use super::{
    page::{Key, Page},
    tables::Table,
};

/// The sixteen random bytes that source and target keep while a copy is under way.
pub(crate) type CopyId = [u8; 16];

/// How far the target's copy of one table has come.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    /// The table's name.
    pub(crate) table: String,
    pub(crate) copy: Vec<u8>,
    pub(crate) rows: u64,
    /// The last row that is there.
    pub(crate) last: Option<Vec<u8>>,
    pub(crate) stage: Stage,
}

/// Whether rows of a table are still to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Open,
    Done,
}

/// What a database does for a copy.
#[async_trait]
pub(crate) trait Side: Send + Sync {
    /// How many rows there are.
    async fn count(&self, table: &'static Table) -> Result<u64, StoreError>;

    /// At most [`PAGE_ROWS`](super::tables::PAGE_ROWS) rows behind `after`, in the order of the key.
    async fn page(&self, table: &'static Table, after: Option<&Key>) -> Result<Page, StoreError>;

    /// How many living sessions have their tokens in Redis.
    async fn in_redis(&self) -> Result<u64, StoreError>;

    /// The source's mark: which copy was made of it last, if nobody has opened it since.
    async fn mark(&self) -> Result<Option<Vec<u8>>, StoreError>;

    /// Marks the source as being copied.
    async fn set_mark(&self, copy: &CopyId) -> Result<(), StoreError>;

    /// Takes [`Self::retire`] back where the mark says that it was done for this copy, which was broken off right then.
    async fn unretire(&self) -> Result<(), StoreError>;

    /// The source is a backup from now on.
    async fn retire(&self) -> Result<(), StoreError>;

    /// Ends the copy at the source: what is kept is kept, and the mark goes.
    async fn release(&self) -> Result<(), StoreError>;

    /// How far the target is; nothing if no copy to it is under way.
    async fn progress(&self) -> Result<Vec<Progress>, StoreError>;

    /// Empties the target, and makes it one that is being copied to.
    async fn begin(&self, copy: &CopyId) -> Result<(), StoreError>;

    /// Adds rows and notes how far it is, in one transaction.
    async fn write(&self, page: Arc<Page>, rows: u64, stage: Stage) -> Result<(), StoreError>;

    /// What is there cannot be gone on with: the next run starts anew.
    async fn spoil(&self) -> Result<(), StoreError>;

    /// The target is a database like any other from now on, durably.
    async fn finish(&self) -> Result<(), StoreError>;
}
