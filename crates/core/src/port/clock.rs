//! Time. The one place of this crate where the system's clock is read.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use crate::model::Timestamp;

/// What time it is.
pub trait Clock: Send + Sync {
    /// The present moment. Never earlier than an answer given before (invariant P19).
    fn now(&self) -> Timestamp;
}

/// The system's clock, made monotonic: when it is set back, time goes on from where it was.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
    /// Microseconds that have to be added to the time since `started`; only ever raised.
    base: AtomicI64,
}

impl SystemClock {
    /// A clock that starts at the system's time, or at `floor` if the system's is earlier. `floor` is the latest moment that
    /// the store has seen, so that a clock set back while the process was down reopens no window either.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one named place where the clock is read")]
    pub fn starting_at(floor: Timestamp) -> Self {
        Self { started: Instant::now(), base: AtomicI64::new(wall().max(floor).micros()) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        let lead = wall().micros().saturating_sub(elapsed);
        let base = self.base.fetch_max(lead, Ordering::AcqRel).max(lead);
        Timestamp::from_micros(base.saturating_add(elapsed))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one named place where the clock is read")]
fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}
