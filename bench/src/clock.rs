//! Time: the one place of this crate where a clock is read.

use std::time::{Instant, SystemTime};

use crate::failure::{During, Failure};

/// This moment, for measuring.
#[expect(clippy::disallowed_methods, reason = "the one named place where a clock is read")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Today's date in UTC, for the report.
#[expect(clippy::disallowed_methods, reason = "the one named place where a clock is read")]
pub(crate) fn today() -> Result<String, Failure> {
    let now = jiff::Timestamp::try_from(SystemTime::now()).during("reading the date")?;
    Ok(now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
}
