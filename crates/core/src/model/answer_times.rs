//! How long answers took, in classes: what can be added up over nodes and hours, as single times and percentiles cannot.

use std::time::Duration;

/// The bounds of the classes, in milliseconds: from a token that is checked in memory to a login that waits for its turn, about two to
/// each doubling of what a person feels, so that a percentile that is read off is never more than two and a half times too large.
const BOUNDS: [u64; 13] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000];

/// How many answers took how long. Each is in one class, the first whose bound it keeps; the last class has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AnswerTimes([u64; AnswerTimes::CLASSES]);

/// What is known of a percentile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Percentile {
    /// So many answers took at most this long.
    Within(Duration),
    /// It took longer than this, which is the last bound.
    Beyond(Duration),
}

impl AnswerTimes {
    /// How many classes there are.
    pub const CLASSES: usize = BOUNDS.len() + 1;

    /// How the classes are called where they are counted by the hour. They are stored: a bound is never changed, only added under a
    /// name of its own.
    pub const NAMES: [&'static str; Self::CLASSES] = [
        "answered_1ms",
        "answered_2ms",
        "answered_5ms",
        "answered_10ms",
        "answered_20ms",
        "answered_50ms",
        "answered_100ms",
        "answered_200ms",
        "answered_500ms",
        "answered_1000ms",
        "answered_2000ms",
        "answered_5000ms",
        "answered_10000ms",
        "answered_longer",
    ];

    /// The class of an answer that took so long.
    #[must_use]
    pub fn class_of(took: Duration) -> usize {
        BOUNDS.partition_point(|bound| Duration::from_millis(*bound) < took)
    }

    /// Adds what was counted under a name, if it is one of [`Self::NAMES`].
    pub fn add(&mut self, name: &str, count: u64) {
        if let Some(class) = Self::NAMES.iter().position(|one| *one == name) {
            self.0[class] = self.0[class].saturating_add(count);
        }
    }

    /// How many answers there were.
    #[must_use]
    pub fn answers(&self) -> u64 {
        self.0.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// The bound that so many percent of the answers keep; `None` where nothing was answered.
    #[must_use]
    pub fn percentile(&self, percent: u8) -> Option<Percentile> {
        let answers = u128::from(self.answers());
        let rank = (answers * u128::from(percent.min(100))).div_ceil(100).max(1);
        let mut below = 0;
        let class = self.0.iter().position(|count| {
            below += u128::from(*count);
            below >= rank
        })?;
        let [.., last] = BOUNDS;
        let bound = BOUNDS.get(class).map(|bound| Percentile::Within(Duration::from_millis(*bound)));
        Some(bound.unwrap_or(Percentile::Beyond(Duration::from_millis(last))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn an_answer_is_in_the_class_whose_bound_it_keeps() {
        let class = |took| AnswerTimes::NAMES[AnswerTimes::class_of(took)];
        assert_eq!(class(Duration::ZERO), "answered_1ms");
        assert_eq!(class(ms(1)), "answered_1ms");
        assert_eq!(class(ms(1) + Duration::from_nanos(1)), "answered_2ms");
        assert_eq!(class(ms(10_000)), "answered_10000ms");
        assert_eq!(class(ms(10_001)), "answered_longer");
        assert_eq!(class(Duration::MAX), "answered_longer");
        for (bound, name) in BOUNDS.iter().zip(AnswerTimes::NAMES) {
            assert_eq!(name, format!("answered_{bound}ms"));
        }
    }

    #[test]
    fn a_percentile_is_the_bound_that_so_many_keep() {
        let mut times = AnswerTimes::default();
        assert_eq!((times.answers(), times.percentile(50)), (0, None));
        times.add("answered_5ms", 50);
        times.add("answered_100ms", 45);
        times.add("logged_in", 1_000);
        times.add("answered_longer", 5);
        assert_eq!(times.answers(), 100);
        let percentile = |percent| times.percentile(percent).unwrap();
        assert_eq!(percentile(0), Percentile::Within(ms(5)));
        assert_eq!(percentile(50), Percentile::Within(ms(5)));
        assert_eq!(percentile(51), Percentile::Within(ms(100)));
        assert_eq!(percentile(95), Percentile::Within(ms(100)));
        assert_eq!(percentile(96), Percentile::Beyond(ms(10_000)));
        assert_eq!(percentile(255), Percentile::Beyond(ms(10_000)));
        assert!(percentile(50) < percentile(95) && percentile(95) < percentile(99));
    }

    #[test]
    fn more_than_can_be_counted_is_still_a_percentile() {
        let mut times = AnswerTimes::default();
        times.add("answered_1ms", u64::MAX);
        times.add("answered_1ms", 1);
        times.add("answered_2ms", u64::MAX);
        assert_eq!(times.percentile(99), Some(Percentile::Within(ms(1))), "the sum stops where it is full");
    }
}
