//! Rate limits as pure arithmetic. A store keeps the state of each key and applies the rule to it in one step.

use std::time::Duration;

use super::Timestamp;

/// What is limited, as a keyed hash: a store's limit rows tell nobody who tried what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LimitKey([u8; 16]);

impl LimitKey {
    /// The key with these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes, as a store keeps them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// How a key is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitRule {
    /// So many at once, then one per interval (the generic cell rate algorithm, ITU-T I.371).
    Rate {
        /// How many may come at once.
        burst: u32,
        /// How long until one more may come.
        interval: Duration,
    },
    /// Consecutive failures: the first few are free, then each doubles the delay; after very many, nothing helps but a
    /// recovery (SECURITY AU1, NIST SP 800-63B-4 section 3.2.2).
    Failures {
        /// How many attempts cost nothing.
        free: u32,
        /// The delay after the first attempt that costs.
        first_delay: Duration,
        /// The longest delay.
        max_delay: Duration,
        /// How many attempts there are at all.
        give_up: u32,
    },
}

/// What a store keeps of a key. Both rules fit it: a rate uses only `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitState {
    /// Attempts that were not forgiven.
    pub count: u32,
    /// Rate: when the bucket is empty again. Failures: when the last attempt was.
    pub at: Timestamp,
}

/// What a rule says to one more attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitVerdict {
    /// It may go on, and this is the state after it.
    Granted(LimitState),
    /// It has to wait so long; the state stays.
    Wait(Duration),
}

/// Failures older than this are forgotten, unless the key has given up.
const FAILURES_FADE: Duration = Duration::from_secs(24 * 60 * 60);

impl LimitRule {
    /// Judges one more attempt on a key in `state`. Pure.
    #[must_use]
    pub fn judge(&self, state: Option<LimitState>, now: Timestamp) -> LimitVerdict {
        match *self {
            Self::Rate { burst, interval } => {
                let empty_at = state.map_or(now, |state| state.at.max(now));
                let room = interval * burst.saturating_sub(1);
                let ahead = empty_at.since(now);
                if ahead > room {
                    LimitVerdict::Wait(ahead.saturating_sub(room))
                } else {
                    LimitVerdict::Granted(LimitState { count: 0, at: empty_at.plus(interval) })
                }
            }
            Self::Failures { free, first_delay, max_delay, give_up } => {
                let Some(LimitState { count, at }) = state else {
                    return LimitVerdict::Granted(LimitState { count: 1, at: now });
                };
                if count >= give_up {
                    return LimitVerdict::Wait(max_delay);
                }
                let passed = now.since(at);
                if passed >= FAILURES_FADE {
                    return LimitVerdict::Granted(LimitState { count: 1, at: now });
                }
                let doublings = count.saturating_sub(free).min(20);
                let delay = if count < free { Duration::ZERO } else { (first_delay * (1 << doublings)).min(max_delay) };
                if passed < delay {
                    LimitVerdict::Wait(delay.saturating_sub(passed))
                } else {
                    LimitVerdict::Granted(LimitState { count: count + 1, at: now.max(at) })
                }
            }
        }
    }

    /// The state after one granted attempt turned out well: a rate gives one back, failures start anew. `None` removes it.
    #[must_use]
    pub fn forgive(&self, state: LimitState) -> Option<LimitState> {
        match *self {
            Self::Rate { interval, .. } => Some(LimitState { at: state.at.minus(interval), ..state }),
            Self::Failures { .. } => None,
        }
    }

    /// From when on the state says no more than no state would.
    #[must_use]
    pub fn fades_at(&self, state: LimitState) -> Timestamp {
        match *self {
            Self::Rate { .. } => state.at,
            // A key that has given up stays so for a year: who comes back after that may try again.
            Self::Failures { give_up, .. } if state.count >= give_up => state.at.plus(FAILURES_FADE * 365),
            Self::Failures { .. } => state.at.plus(FAILURES_FADE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECS: fn(u64) -> Duration = Duration::from_secs;

    fn attempt(rule: LimitRule, state: &mut Option<LimitState>, now: u32) -> Result<(), Duration> {
        match rule.judge(*state, Timestamp::from_secs(now.into())) {
            LimitVerdict::Granted(next) => {
                *state = Some(next);
                Ok(())
            }
            LimitVerdict::Wait(span) => Err(span),
        }
    }

    #[test]
    fn a_rate_lets_a_burst_pass_and_then_one_per_interval() {
        let rule = LimitRule::Rate { burst: 3, interval: SECS(10) };
        let mut state = None;
        let answers: Vec<_> = [0, 0, 0, 0, 9, 10, 10, 1000].map(|at| attempt(rule, &mut state, at)).into();
        assert_eq!(answers, [Ok(()), Ok(()), Ok(()), Err(SECS(10)), Err(SECS(1)), Ok(()), Err(SECS(10)), Ok(())]);
    }

    #[test]
    fn a_forgiven_attempt_gives_its_place_back() {
        let rule = LimitRule::Rate { burst: 1, interval: SECS(10) };
        let mut state = None;
        attempt(rule, &mut state, 0).unwrap();
        state = rule.forgive(state.unwrap());
        assert_eq!(attempt(rule, &mut state, 0), Ok(()));
    }

    #[test]
    fn au1_the_delay_grows_and_the_hundredth_failure_is_the_last() {
        let rule = LimitRule::Failures { free: 5, first_delay: SECS(1), max_delay: SECS(900), give_up: 100 };
        let (mut state, mut now, mut granted) = (None, 0, 0);
        for _ in 0..1000 {
            match attempt(rule, &mut state, now) {
                Ok(()) => granted += 1,
                Err(span) => now += u32::try_from(span.as_secs()).unwrap(),
            }
        }
        assert_eq!(granted, 100);
        assert_eq!(attempt(rule, &mut state, now + 200 * 24 * 3600), Err(SECS(900)));
    }

    #[test]
    fn the_first_failures_cost_nothing_and_then_each_doubles() {
        let rule = LimitRule::Failures { free: 2, first_delay: SECS(1), max_delay: SECS(3), give_up: 100 };
        let mut state = None;
        let answers: Vec<_> = [0, 0, 0, 1, 2, 3, 5, 6].map(|at| attempt(rule, &mut state, at)).into();
        assert_eq!(answers, [Ok(()), Ok(()), Err(SECS(1)), Ok(()), Err(SECS(1)), Ok(()), Err(SECS(1)), Ok(())]);
    }

    #[test]
    fn p19_a_clock_that_steps_back_shortens_no_delay() {
        let rule = LimitRule::Failures { free: 1, first_delay: SECS(60), max_delay: SECS(60), give_up: 100 };
        let mut state = None;
        attempt(rule, &mut state, 1000).unwrap();
        assert_eq!(attempt(rule, &mut state, 10), Err(SECS(60)));
    }
}
