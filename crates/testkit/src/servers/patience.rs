//! How long a test waits for a server: the one place here that looks at the real clock.

use std::time::{Duration, Instant};

/// A server that needs longer than this is broken; a slow machine needs a few seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(20);

/// Asks `is_so` again and again; false when it was not so within `patience`.
#[expect(clippy::disallowed_methods, reason = "a server of another process lives in real time")]
pub(super) fn within(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + patience;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
}
