//! A clock that stands still until a test moves it.

use std::{
    sync::atomic::{AtomicI64, Ordering::SeqCst},
    time::Duration,
};

use gatewright_core::{model::Timestamp, port::Clock};

/// A clock that stands still.
#[derive(Debug)]
pub struct FrozenClock(AtomicI64);

impl FrozenClock {
    /// 2026-11-21T12:00:00Z, where tests that do not care begin.
    pub const START: Timestamp = Timestamp::from_secs(1_795_262_400);

    /// A clock that stands at `now`.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Moves it forward.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().plus(span));
    }

    /// Puts it anywhere, also back: no real [`Clock`] does that, but a test may want to see what happens.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), SeqCst);
    }
}

impl Default for FrozenClock {
    fn default() -> Self {
        Self::at(Self::START)
    }
}

impl Clock for FrozenClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(SeqCst))
    }
}
