//! The one place of this crate where threads are started.

use std::io;

use crate::sync::{Builder, JoinHandle};

/// Starts a thread with a name that a debugger and `top -H` show (Linux cuts it after fifteen bytes).
#[expect(clippy::disallowed_methods, reason = "the one named place of this crate where threads are started")]
pub(super) fn start(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.to_owned()).spawn(body)
}
