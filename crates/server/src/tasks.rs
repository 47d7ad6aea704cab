//! The one place where tasks are started, so that it stays known what runs beside the requests: connections, the ops
//! listener, tending, sending mail, the watchdog.

use std::future::Future;

use tokio::task::JoinHandle;

/// Runs `work` beside the caller.
#[expect(clippy::disallowed_methods, reason = "the one named place where tasks are started")]
pub(crate) fn start(work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(work)
}
