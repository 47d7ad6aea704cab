//! What is counted beside the activity log: refreshes, which are too many to be in it, and how long answers took. Each instance counts in
//! memory and adds to the store when it tends, under the hour that it is then; one that is killed loses what it counted in the last
//! moments. What must stay true: counting waits for nobody and allocates nothing, since every request does it.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::{
    Error, Gatewright,
    model::{AnswerTimes, Timestamp},
    port::{HourlyCount, StoreError},
};

/// What was counted since the last time that it was added to the store.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    refreshed: AtomicU64,
    refused: AtomicU64,
    /// Answers by how long they took.
    answered: [AtomicU64; AnswerTimes::CLASSES],
}

impl Counters {
    /// Each with the name under which it is kept.
    fn named(&self) -> impl Iterator<Item = (&'static str, &AtomicU64)> {
        let answered = AnswerTimes::NAMES.into_iter().zip(&self.answered);
        [(REFRESHED, &self.refreshed), (REFUSED, &self.refused)].into_iter().chain(answered)
    }
}

/// How refreshes that were served are called in [`HourlyCount::what`].
const REFRESHED: &str = "refreshed";
/// How refreshes that were refused are called there.
const REFUSED: &str = "refresh_refused";
const HOUR: Duration = Duration::from_secs(3600);
/// How long counts are kept: a year, so that this month can be compared with the same one of last year, and a little more.
const KEEP_COUNTS: Duration = Duration::from_secs(400 * 86_400);
/// How many counts one step removes: more than are added meanwhile, and so few that no request waits long behind it.
const FORGET_STEP: usize = 200;

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

    /// Counts an answer by how long it took. For whoever answers requests, and knows when they came.
    pub fn count_answer(&self, took: Duration) {
        if let Some(counter) = self.0.counters.answered.get(AnswerTimes::class_of(took)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Adds what was counted to the store. What the store does not take is added the next time.
    pub(super) async fn keep_counts(&self) -> Result<(), StoreError> {
        let hour = hour_of(self.now());
        let taken: Vec<_> = self
            .0
            .counters
            .named()
            .map(|(what, counter)| (what, counter, counter.swap(0, Ordering::Relaxed)))
            .collect();
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

    /// Removes what was counted so long ago that nobody asks for it any more, a part at a time.
    pub(super) async fn forget_counts(&self) -> Result<(), StoreError> {
        self.ports().activity.forget_counts(self.now().minus(KEEP_COUNTS), FORGET_STEP).await?;
        Ok(())
    }
}

/// The beginning of the hour that the moment is in.
fn hour_of(at: Timestamp) -> Timestamp {
    let hour = i64::try_from(HOUR.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(at.micros().div_euclid(hour) * hour)
}
