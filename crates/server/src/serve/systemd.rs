//! What a service manager is told: ready, stopping, still alive. Without one nothing happens.

use std::sync::Arc;

use sd_notify::NotifyState;

use super::shutdown::Stop;
use crate::{gate::Gatewright, tasks};

/// Requests are served from now on.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// No more requests are accepted.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// If the service manager watches, tells it twice per interval that we live, as long as the runtime turns and the store
/// answers or says why it does not.
pub(crate) fn keep_watchdog(gate: Gatewright, mut stop: Stop) {
    let Some(interval) = sd_notify::watchdog_enabled() else { return };
    let gate = Arc::new(gate);
    tasks::start(async move {
        loop {
            tokio::select! {
                () = stop.requested() => return,
                () = tokio::time::sleep(interval / 2) => {}
            }
            // A store that is away is no reason to be killed; one that never answers is.
            let answered = tokio::time::timeout(interval / 2, gate.ready()).await;
            if answered.is_ok() {
                tell(&[NotifyState::Watchdog]);
            }
        }
    });
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager could not be told");
    }
}
