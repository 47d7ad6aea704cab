//! What can go wrong inside a step, and how it looks from outside. What must stay true: no row, whatever it holds, panics,
//! and no text of the driver leaves the store but as the cause of a [`StoreError`].

use std::io;

use futures_channel::oneshot::Canceled;
use gatewright_core::port::StoreError;
use rusqlite::ErrorCode;

use super::{
    pages::{self, Damage},
    rows::Impossible,
};

/// Why a step was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// SQLite refused.
    Sqlite(rusqlite::Error),
    /// The file is not what was written to it.
    Damaged(Damage),
    /// The file system refused.
    Io(io::Error),
    /// A row that cannot be.
    Inconsistent { table: &'static str, id: String },
    /// The store's own machinery is in no state to do it.
    Refused(Refusal),
}

/// Why the store did not even try, or cannot say that it was done.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the queue of the writer is full")]
    QueueFull,
    #[error("the queue of the readers is full")]
    ReadersBusy,
    #[error("the database is locked")]
    Locked,
    #[error("the store is closed")]
    Closed,
    #[error("the step panicked and was undone")]
    Panicked,
    #[error("the database file or its log was moved or deleted")]
    Moved,
    #[error("the group was not committed: {0}")]
    NotCommitted(String),
}

impl Failure {
    /// A row that cannot be, named by its table and its id in hexadecimal digits.
    pub(super) fn inconsistent(table: &'static str, id: &[u8]) -> Self {
        Impossible::new(table, id).into()
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match pages::damage(error) {
            Ok(damage) => Self::Damaged(damage),
            Err(error) => Self::Sqlite(error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Impossible> for Failure {
    fn from(Impossible { table, id }: Impossible) -> Self {
        Self::Inconsistent { table, id }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Canceled> for Failure {
    fn from(_: Canceled) -> Self {
        Self::Refused(Refusal::Closed)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            // Every rule that a table enforces is also asked for beforehand: reaching it is a bug, or another's write.
            Failure::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
                Self::Inconsistent { table: "constraint", id: error.to_string() }
            }
            Failure::Sqlite(error) => Self::unavailable(error),
            Failure::Damaged(damage) => Self::unavailable(damage),
            Failure::Io(error) => Self::unavailable(error),
            Failure::Inconsistent { table, id } => Self::Inconsistent { table, id },
            Failure::Refused(refusal) => Self::unavailable(refusal),
        }
    }
}
