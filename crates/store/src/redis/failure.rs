//! What can go wrong with Redis, and how it looks from outside. What must stay true: no text of the driver leaves the store
//! but as the cause of a [`StoreError`].

use ::redis::{RedisError, ServerErrorKind};
use gatewright_core::port::StoreError;

/// Why Redis did not do it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It refused, or the connection broke.
    #[error("Redis refused, or the connection to it broke")]
    Redis(#[from] RedisError),
    /// No connection could be made.
    #[error("no connection to Redis")]
    Connect(#[from] std::io::Error),
    /// It does not answer.
    #[error("Redis did not answer in time")]
    NoAnswer,
    /// Connecting failed a moment ago, or is being tried again.
    #[error("Redis is away")]
    Away,
    /// What runs there cannot be used.
    #[error("{0}")]
    Unfit(String),
    /// A key whose value cannot be.
    #[error("an impossible value in Redis: {0}")]
    Impossible(String),
}

impl Failure {
    /// Whether the connection is of no use any more, or leads to a server that cannot do its work.
    pub(super) fn breaks(&self) -> bool {
        match self {
            Self::Redis(error) => {
                let is_replica = error.kind() == ::redis::ErrorKind::Server(ServerErrorKind::ReadOnly)
                    || error.kind() == ::redis::ErrorKind::Server(ServerErrorKind::MasterDown);
                error.is_io_error() || error.is_timeout() || error.is_unrecoverable_error() || is_replica
            }
            Self::Connect(_) | Self::NoAnswer | Self::Away | Self::Unfit(_) => true,
            Self::Impossible(_) => false,
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Impossible(id) => Self::Inconsistent { table: "redis", id },
            failure @ (Failure::Redis(_)
            | Failure::Connect(_)
            | Failure::NoAnswer
            | Failure::Away
            | Failure::Unfit(_)) => Self::unavailable(failure),
        }
    }
}
