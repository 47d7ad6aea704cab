//! How a letter leaves. The request that caused it never waits for this: letters lie in the store's outbox until they are
//! taken from there.

use async_trait::async_trait;

use crate::model::Letter;

/// Gives a letter its form and sends it.
#[async_trait]
pub trait Courier: Send + Sync {
    /// Sends it. `Ok` once another system has taken it over.
    ///
    /// # Errors
    /// [`CourierError`]; after [`CourierError::Later`] nobody knows whether it was taken over. A letter that is sent again
    /// keeps its `Message-ID`.
    async fn deliver(&self, letter: &Letter) -> Result<(), CourierError>;
}

/// Why a letter was not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CourierError {
    /// It may work another time: nobody was there, or too busy (SMTP 4xx, RFC 5321 section 4.2.1).
    #[error("the mail could not be sent now: {0}")]
    Later(String),
    /// It will never work: the other side refuses this letter (SMTP 5xx), or it cannot be written.
    #[error("the mail cannot be sent: {0}")]
    Never(String),
}
