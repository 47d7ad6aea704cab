//! What has to be done from time to time, done: keys move along, dead rows go.

use std::time::Duration;

use super::shutdown::Stop;
use crate::{gate::Gatewright, tasks};

/// Shorter than the time that a rotation by hand allows for a running server to notice
/// (`RotationPolicy::propagation_secs`, one minute).
const EVERY: Duration = Duration::from_secs(20);

/// Tends to `gate` until `stop`.
pub(crate) fn start(gate: Gatewright, mut stop: Stop) {
    tasks::start(async move {
        loop {
            tokio::select! {
                () = stop.requested() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            match gate.tend().await {
                Ok(swept) => {
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
    });
}
