//! What has to be done from time to time, done: keys move along, dead rows go.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::shutdown::Stop;
use crate::{
    gate::{Gatewright, Tended},
    tasks,
};

/// Shorter than the time that a rotation by hand allows for a running server to notice
/// (`RotationPolicy::propagation_secs`, one minute).
const EVERY: Duration = Duration::from_secs(20);

/// Tends to `gate` until `stop`, and then leaves the work to another node.
pub(crate) fn start(gate: Gatewright, mut stop: Stop) -> JoinHandle<()> {
    tasks::start(async move {
        loop {
            tokio::select! {
                () = stop.requested() => break,
                () = tokio::time::sleep(EVERY) => {}
            }
            match gate.tend().await {
                Ok(Tended::Elsewhere) => tracing::debug!("another node tends"),
                Ok(Tended::Here(swept)) => {
                    tracing::debug!(
                        sessions = swept.sessions,
                        selections = swept.selections,
                        limits = swept.limits,
                        "tended"
                    );
                }
                Err(error) => tracing::warn!(error = %error, "tending failed; the next time is soon"),
            }
        }
        if let Err(error) = gate.hand_over().await {
            tracing::warn!(error = %error, "what this node did for all was not handed over; another does it in a minute");
        }
    })
}
