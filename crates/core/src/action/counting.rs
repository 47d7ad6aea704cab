//! What is counted beside the activity log: refreshes, which are too many to be in it. Each instance counts in memory and adds to
//! the store when it tends; one that is killed loses what it counted in the last moments.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::{
    Error, Gatewright,
    model::Timestamp,
    port::{HourlyCount, StoreError},
};

/// What was counted since the last time that it was added to the store.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    refreshed: AtomicU64,
    refused: AtomicU64,
}

/// How refreshes that were served are called in [`HourlyCount::what`].
const REFRESHED: &str = "refreshed";
/// How refreshes that were refused are called there.
const REFUSED: &str = "refresh_refused";
const HOUR: Duration = Duration::from_secs(3600);

impl Gatewright {
    /// Counts a refresh by how it turned out. What could not be judged, or was left to somebody else, is neither.
    pub(super) fn counted<T>(&self, outcome: Result<Option<T>, Error>) -> Result<Option<T>, Error> {
        let counters = &self.0.counters;
        match &outcome {
            Ok(Some(_)) => drop(counters.refreshed.fetch_add(1, Ordering::Relaxed)),
            Err(Error::Refused(_)) => drop(counters.refused.fetch_add(1, Ordering::Relaxed)),
            Ok(None)
            | Err(
                Error::Invalid(_)
                | Error::Throttled { .. }
                | Error::OverCapacity { .. }
                | Error::Unavailable(_)
                | Error::Bug(_),
            ) => {}
        }
        outcome
    }

    /// Adds what was counted to the store. What the store does not take is added the next time.
    pub(super) async fn keep_counts(&self) -> Result<(), StoreError> {
        let counters = &self.0.counters;
        let hour = hour_of(self.now());
        let taken = [(REFRESHED, &counters.refreshed), (REFUSED, &counters.refused)]
            .map(|(what, counter)| (what, counter, counter.swap(0, Ordering::Relaxed)));
        let counted = taken.iter().filter(|(_, _, count)| *count > 0);
        let counts: Vec<_> =
            counted.map(|(what, _, count)| HourlyCount { hour, what: (*what).to_owned(), count: *count }).collect();
        if counts.is_empty() {
            return Ok(());
        }
        let kept = self.ports().activity.count(counts).await;
        if kept.is_err() {
            for (_, counter, count) in taken {
                counter.fetch_add(count, Ordering::Relaxed);
            }
        }
        kept
    }
}

/// The beginning of the hour that the moment is in.
fn hour_of(at: Timestamp) -> Timestamp {
    let hour = i64::try_from(HOUR.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.micros().div_euclid(hour) * hour)
}
