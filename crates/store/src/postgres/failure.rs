//! What can go wrong inside a step, and how it looks from outside. What must stay true: no row, whatever it holds, panics,
//! and no text of the driver leaves the store but as the cause of a [`StoreError`].

use std::error::Error;

use deadpool_postgres::PoolError;
use gatewright_core::port::StoreError;
use tokio_postgres::error::SqlState;

use super::rows::Impossible;

/// Why a step was not done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// PostgreSQL refused, or the connection broke.
    Database(tokio_postgres::Error),
    /// No connection could be had.
    Pool(PoolError),
    /// A row that cannot be.
    Inconsistent { table: &'static str, id: String },
    /// The store's own machinery is in no state to do it.
    Refused(Refusal),
}

/// Why the store did not even try, or cannot say that it was done.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the server is a replica that nothing can be written to")]
    Replica,
    #[error("the database did not answer in time")]
    NoAnswer,
    #[error("the queue of steps is full")]
    QueueFull,
    #[error("the store is closed")]
    Closed,
    #[error("the group was not done: {0}")]
    NotCommitted(String),
}

impl Failure {
    /// A row that cannot be, named by its table and its id in hexadecimal digits.
    pub(super) fn inconsistent(table: &'static str, id: &[u8]) -> Self {
        Impossible::new(table, id).into()
    }

    /// Whether a row with such a value is in the table already, by the name of what makes it unique.
    pub(super) fn is_conflict(&self, constraints: &[&str]) -> bool {
        let Self::Database(error) = self else { return false };
        let constraint = error.as_db_error().and_then(|error| error.constraint());
        error.code() == Some(&SqlState::UNIQUE_VIOLATION) && constraint.is_some_and(|name| constraints.contains(&name))
    }

    /// Whether nothing was done and doing it again may help at once: the step lost against another one.
    pub(super) fn is_lost_race(&self) -> bool {
        let Self::Database(error) = self else { return false };
        let states = [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
        error.code().is_some_and(|code| states.contains(code))
    }

    /// What is wrong and why, for where nothing but text can be handed on.
    pub(super) fn in_words(self) -> String {
        let error = StoreError::from(self);
        let causes = std::iter::successors(Some(&error as &dyn Error), |error| (*error).source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }
}

impl Failure {
    /// Whether nothing was done because somebody did not give up a lock.
    pub(super) fn is_locked(&self) -> bool {
        matches!(self, Self::Database(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE))
    }
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        Self::Pool(error)
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

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            // Every rule that a table enforces is also asked for beforehand: reaching it is a bug, or another's write.
            Failure::Database(error) if is_violation(&error) => {
                Self::Inconsistent { table: "constraint", id: spoken(&error) }
            }
            Failure::Database(error) => Self::unavailable(error),
            Failure::Pool(error) => Self::unavailable(error),
            Failure::Inconsistent { table, id } => Self::Inconsistent { table, id },
            Failure::Refused(refusal) => Self::unavailable(refusal),
        }
    }
}

/// Class 23 of the SQLSTATEs: integrity constraint violation.
fn is_violation(error: &tokio_postgres::Error) -> bool {
    error.code().is_some_and(|code| code.code().starts_with("23"))
}

/// What the server said without its detail, which quotes the row.
fn spoken(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || error.source().map_or_else(|| error.to_string(), ToString::to_string),
        |error| error.message().to_owned(),
    )
}
