//! What can go wrong with a store, by what a caller can do about it.

use std::error::Error;

/// A store could not do what it was asked. Never a verdict: what is absent is `None`, what is taken is a variant.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store is away, full, locked or too slow. Trying again later may help.
    #[error("the store is unavailable")]
    Unavailable {
        /// What the driver said. For the log, never for an answer (fault X11).
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// The step waited until its request's time was up, and was not done.
    #[error("the store did not get to it in time")]
    TooLate,
    /// A row that cannot be: somebody else wrote it, or we have a bug.
    #[error("an impossible row in {table}: {id}")]
    Inconsistent {
        /// Where it is.
        table: &'static str,
        /// Which one it is.
        id: String,
    },
}

impl StoreError {
    /// Unavailable because of `cause`.
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable { cause: cause.into() }
    }
}
