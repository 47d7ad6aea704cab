//! What has to be done from time to time. Whoever embeds an instance calls this about every twenty seconds; nothing here
//! starts a task of its own.

use crate::{Error, Gatewright, port::Swept};

/// How many dead rows of each kind one step removes, so that no request waits long behind it.
const SWEEP_STEP: usize = 200;

impl Gatewright {
    /// Does what is due: moves the signing keys along, takes over keys that another process has moved, and removes a few rows
    /// that are dead. Calling it more often does no harm.
    ///
    /// # Errors
    /// Only when the store is away; the next call goes on.
    pub async fn tend(&self) -> Result<Swept, Error> {
        self.advance_keys().await?;
        Ok(self.ports().maintenance.sweep(self.now(), SWEEP_STEP).await?)
    }

    /// Whether requests can be served: the store answers.
    ///
    /// # Errors
    /// Says that it does not.
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.ports().maintenance.ping().await?)
    }
}
