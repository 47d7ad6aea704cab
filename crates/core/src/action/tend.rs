//! What has to be done from time to time. Whoever embeds an instance calls this about every twenty seconds; nothing here
//! starts a task of its own.

use std::time::Duration;

use super::keys::keys_failed;
use crate::{
    Error, Gatewright,
    model::Work,
    port::{MAX_CLOCK_DIFFERENCE, Swept},
};

/// How many dead rows of each kind one step removes, so that no request waits long behind it.
const SWEEP_STEP: usize = 200;
/// How long a node has the work after it last asked: three turns, so that one that is late by two does not lose it.
const LEASE: Duration = Duration::from_secs(60);

/// Who has tended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tended {
    /// This instance, and this is what it removed.
    Here(Swept),
    /// Another node on the same store has that work at the moment; this one has only taken over its keys.
    Elsewhere,
}

impl Gatewright {
    /// Does what is due. Every node takes over the signing keys that another has moved; of the nodes on one store, one at a time
    /// moves them along, removes a few rows that are dead, and signs the activity log. If that one stops without
    /// [`Gatewright::hand_over`], another takes its place within a minute. Calling it more often does no harm.
    ///
    /// # Errors
    /// When the store is away, or the keys cannot be used here; the next call goes on.
    pub async fn tend(&self) -> Result<Tended, Error> {
        let now = self.now();
        self.keep_counts().await?;
        if !self.ports().maintenance.lease(Work::Tending, self.0.node, now, now.plus(LEASE)).await? {
            self.reload_keys().await.map_err(keys_failed)?;
            return Ok(Tended::Elsewhere);
        }
        let swept = self.tend_alone().await;
        // A node that cannot do it, for want of a master key for example, must not keep those from it that can.
        if swept.is_err()
            && let Err(error) = self.hand_over().await
        {
            tracing::debug!(%error, "the lease was not given back; it runs out by itself");
        }
        swept.map(Tended::Here)
    }

    /// Gives back the work that this instance does for all nodes on its store, so that another takes it over at its next
    /// [`Gatewright::tend`]. For a node that stops; one that goes on tending takes it again when it is free.
    ///
    /// # Errors
    /// Only when the store is away; the lease runs out within a minute then.
    pub async fn hand_over(&self) -> Result<(), Error> {
        Ok(self.ports().maintenance.release(Work::Tending, self.0.node).await?)
    }

    /// Whether requests can be served: the store answers.
    ///
    /// # Errors
    /// Says that it does not.
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.ports().maintenance.ping().await?)
    }

    async fn tend_alone(&self) -> Result<Swept, Error> {
        self.move_keys_along().await?;
        // What is dead by our clock may still live by that of a node that is behind us.
        let dead_everywhere = self.now().minus(MAX_CLOCK_DIFFERENCE);
        let swept = self.ports().maintenance.sweep(dead_everywhere, SWEEP_STEP).await?;
        self.forget_counts().await?;
        self.tend_activity().await?;
        Ok(swept)
    }
}
