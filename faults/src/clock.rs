//! Time: the one place of this crate where a clock is read.

use std::time::{Instant, SystemTime};

/// This moment, for measuring.
#[expect(clippy::disallowed_methods, reason = "the one named place where a clock is read")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Today's date in UTC, for the page.
#[expect(clippy::disallowed_methods, reason = "the one named place where a clock is read")]
pub(crate) fn today() -> String {
    let now = jiff::Timestamp::try_from(SystemTime::now()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}
