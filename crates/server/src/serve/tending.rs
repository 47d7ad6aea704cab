//! What has to be done from time to time, done: keys move along, dead rows go, the activity log is chained and signed.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::shutdown::Stop;
use crate::{
    gate::{Checkpointing, Error, Gatewright, Tended, Trust},
    tasks,
};

/// Shorter than the time that a rotation by hand allows for a running server to notice
/// (`RotationPolicy::propagation_secs`, one minute).
const EVERY: Duration = Duration::from_secs(20);

/// How long an entry of the activity log waits for its place in the chain at most, and so how much of the end of it somebody
/// who gets at the database could alter unseen.
const CHAIN_EVERY: Duration = Duration::from_secs(1);

/// Tends to `gate` until `stop`, and then leaves the work to another node.
pub(crate) fn start(gate: Gatewright, mut stop: Stop) -> JoinHandle<()> {
    tasks::start(async move {
        let mut chaining = Chaining::Well;
        // The first time is soon: what was written before a crash is signed then.
        let mut until_tending = Duration::ZERO;
        loop {
            tokio::select! {
                () = stop.requested() => break,
                () = tokio::time::sleep(CHAIN_EVERY) => {}
            }
            chaining = chaining.after(gate.chain_activity().await);
            until_tending = until_tending.saturating_sub(CHAIN_EVERY);
            if until_tending.is_zero() {
                until_tending = EVERY;
                tend(&gate).await;
            }
        }
        if let Err(error) = gate.hand_over().await {
            tracing::warn!(error = %error, "what this node did for all was not handed over; another does it in a minute");
        }
    })
}

/// Signs what this node has written to the activity log, when nothing more will be.
pub(crate) async fn sign_off(gate: &Gatewright) {
    match gate.checkpoint_activity(Trust::Verified).await {
        Ok(Checkpointing::Signed(_) | Checkpointing::Unchanged(_) | Checkpointing::Empty) => {}
        Ok(Checkpointing::Refused(fault)) => {
            tracing::error!(%fault, "the activity log was tampered with; it is not signed");
        }
        Err(error) => tracing::warn!(%error, "the activity log is not signed; the next start does it"),
    }
}

async fn tend(gate: &Gatewright) {
    match gate.tend().await {
        Ok(Tended::Elsewhere) => tracing::debug!("another node tends"),
        Ok(Tended::Here(swept)) => {
            tracing::debug!(sessions = swept.sessions, selections = swept.selections, limits = swept.limits, "tended");
        }
        Err(error) => tracing::warn!(error = %error, "tending failed; the next time is soon"),
    }
}

/// Whether the last attempt went well, so that an outage is told once and not every second.
#[derive(Clone, Copy)]
enum Chaining {
    Well,
    Failing,
}

impl Chaining {
    fn after(self, chained: Result<usize, Error>) -> Self {
        match (self, chained) {
            (_, Ok(_)) => Self::Well,
            (Self::Well, Err(error)) => {
                tracing::warn!(error = %error, "the activity log cannot be reached; its entries wait for their places");
                Self::Failing
            }
            (Self::Failing, Err(_)) => Self::Failing,
        }
    }
}
