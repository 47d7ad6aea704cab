//! A moment, in microseconds. The model counts with these and never asks what time it is.

use std::{fmt, str::FromStr, time::Duration};

/// A moment in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment `micros` microseconds after 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The moment `secs` seconds after 1970.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down, as JWT claims want them (RFC 7519 section 2, NumericDate).
    #[must_use]
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This moment, `span` later.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This moment, `span` earlier.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// `2026-11-21`: the day without the time, for what must not tell more (DESIGN 4.3, the lockstep thief).
    #[must_use]
    pub fn date(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

/// RFC 3339 in UTC with `Z` and whole seconds, as the API shows it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_second(self.secs()) {
            Ok(moment) => write!(f, "{moment}"),
            Err(_) => write!(f, "{}", if self.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX }),
        }
    }
}

/// This is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a moment is RFC 3339, such as `2026-11-21T20:20:00Z`")]
pub struct NotATimestamp;

/// RFC 3339, with whatever offset from UTC.
impl FromStr for Timestamp {
    type Err = NotATimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // jiff reads more than that: a space for the `T`, offsets without a colon, time zones in brackets.
        let is_plain = text.is_ascii() && text.as_bytes().get(10) == Some(&b'T') && !text.contains('[');
        let moment = text.parse::<jiff::Timestamp>().ok().filter(|_| is_plain).ok_or(NotATimestamp)?;
        Ok(Self(moment.as_microsecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_prints_as_rfc_3339_in_utc() {
        assert_eq!(Timestamp::from_micros(1_795_292_400_999_999).to_string(), "2026-11-21T20:20:00Z");
        assert_eq!(Timestamp::from_secs(1_795_292_400).date(), "2026-11-21");
    }

    #[test]
    fn a_moment_is_read_as_it_prints() {
        let moment = Timestamp::from_secs(1_795_292_400);
        assert_eq!(moment.to_string().parse(), Ok(moment));
        assert_eq!("2026-11-21T21:20:00.25+01:00".parse(), Ok(moment.plus(Duration::from_millis(250))));
        for bad in
            ["", "2026-11-21", "2026-11-21T20:20:00", "2026-11-21 20:20:00Z", "1795292400", "2026-13-21T20:20:00Z"]
        {
            assert_eq!(bad.parse::<Timestamp>(), Err(NotATimestamp), "{bad}");
        }
    }

    #[test]
    fn the_span_to_an_earlier_moment_is_zero() {
        let (early, late) = (Timestamp::from_secs(10), Timestamp::from_secs(12));
        assert_eq!(late.since(early), Duration::from_secs(2));
        assert_eq!(early.since(late), Duration::ZERO);
    }
}
