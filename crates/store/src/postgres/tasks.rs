//! The one place of this folder where tasks are started: the lanes, and the groups in them.

use std::future::Future;

use tokio::task::JoinHandle;

/// Runs `work` beside the caller.
#[expect(clippy::disallowed_methods, reason = "the one named place of this folder where tasks are started")]
pub(super) fn start<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(work)
}
