//! The one place of this crate that reads a clock. Everything else takes the time as an argument; the edges (`tower`,
//! `remote`) take a clock when they are built, and this is the one they have otherwise.

use std::sync::Arc;

/// Gives the time in seconds since 1970.
pub(crate) type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The clock of the operating system.
pub(crate) fn system() -> Clock {
    Arc::new(unix_secs)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one named place for the clock in this crate: the default of its edges"
)]
fn unix_secs() -> i64 {
    // Before 1970 or after the year 292 billion every token is refused, which is the safe answer.
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
