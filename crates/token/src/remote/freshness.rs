//! How long fetched keys are good. The issuer promises that a set stays right for its `max-age`; we look again after at
//! most five minutes, because that is what a rotation waits for (SECURITY.md JW16).

/// The longest time without a look, in seconds, whatever the issuer says.
const MAX_AGE_SECS: i64 = 300;
/// The shortest, so that an issuer without caching headers is not asked at every request.
const MIN_AGE_SECS: i64 = 10;
/// How long keys are used while the issuer cannot be reached, in seconds. Longer than any token lives (one day at most,
/// see `VerifierBuilder::max_lifetime_secs`), so an outage refuses no token that is still good, and a stolen and
/// withdrawn key does not live for ever behind a blocked network.
const USABLE_SECS: i64 = 86_400;

#[derive(Clone, Copy, Debug)]
pub(super) struct Freshness {
    fetched_at: i64,
    due_at: i64,
    usable_until: i64,
}

impl Freshness {
    /// Nothing was fetched yet.
    pub(super) fn never() -> Self {
        Self { fetched_at: i64::MAX, due_at: i64::MIN, usable_until: i64::MIN }
    }

    pub(super) fn fetched(now: i64, max_age_secs: Option<i64>) -> Self {
        let max_age = max_age_secs.unwrap_or(MAX_AGE_SECS).clamp(MIN_AGE_SECS, MAX_AGE_SECS);
        Self { fetched_at: now, due_at: now.saturating_add(max_age), usable_until: now.saturating_add(USABLE_SECS) }
    }

    /// Whether it is time to look again; also after the clock stepped back.
    pub(super) fn is_due(self, now: i64) -> bool {
        now < self.fetched_at || now >= self.due_at
    }

    pub(super) fn may_be_used(self, now: i64) -> bool {
        now < self.usable_until
    }
}
