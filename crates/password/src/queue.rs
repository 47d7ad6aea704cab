//! A bounded queue that is fair between sources: they take turns, whatever each has waiting. Pure; knows nothing of hashing.
//!
//! When it is full, whoever has most waiting gives way to whoever has least, so that a flood can neither delay nor shut out
//! others; it only makes its own sender wait.

use std::collections::VecDeque;

/// Jobs `J`, each from a source `S`.
pub(crate) struct FairQueue<S, J> {
    /// Sources with something waiting, in the order of their turns; never an empty one.
    turns: VecDeque<(S, VecDeque<J>)>,
    length: usize,
    bounds: Bounds,
}

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) total: usize,
    pub(crate) per_source: usize,
}

/// What became of a job.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Pushed<J> {
    /// It waits.
    Queued,
    /// It waits, and this one, the latest of the source that had most, gave way.
    InsteadOf(J),
    /// There is no room for it.
    Refused(J),
}

impl<S: PartialEq, J> FairQueue<S, J> {
    pub(crate) const fn new(bounds: Bounds) -> Self {
        Self { turns: VecDeque::new(), length: 0, bounds }
    }

    /// How many jobs wait.
    pub(crate) const fn len(&self) -> usize {
        self.length
    }

    /// Whether a job of `source` would simply be queued.
    pub(crate) fn has_room_for(&self, source: &S) -> bool {
        self.length < self.bounds.total && self.waiting_of(source) < self.bounds.per_source
    }

    fn waiting_of(&self, source: &S) -> usize {
        self.turns.iter().find(|(other, _)| other == source).map_or(0, |(_, jobs)| jobs.len())
    }

    /// Lets a job wait for its source's turn.
    pub(crate) fn push(&mut self, source: S, job: J) -> Pushed<J> {
        let own = self.waiting_of(&source);
        if own >= self.bounds.per_source || self.bounds.total == 0 {
            return Pushed::Refused(job);
        }
        if self.length < self.bounds.total {
            self.append(source, job);
            return Pushed::Queued;
        }
        // Displacing needs a difference of two: at one, two sources would displace each other for ever.
        match self.turns.iter_mut().max_by_key(|(_, jobs)| jobs.len()) {
            Some((_, jobs)) if jobs.len() > own + 1 => {
                let last = jobs.pop_back().expect("it has more than one");
                self.length -= 1;
                self.append(source, job);
                Pushed::InsteadOf(last)
            }
            _ => Pushed::Refused(job),
        }
    }

    fn append(&mut self, source: S, job: J) {
        self.length += 1;
        match self.turns.iter_mut().find(|(other, _)| *other == source) {
            Some((_, jobs)) => jobs.push_back(job),
            None => self.turns.push_back((source, VecDeque::from([job]))),
        }
    }

    /// The next job: the oldest of the source whose turn it is.
    pub(crate) fn pop(&mut self) -> Option<J> {
        let (source, mut jobs) = self.turns.pop_front()?;
        let job = jobs.pop_front().expect("no source without a job has a turn");
        self.length -= 1;
        if !jobs.is_empty() {
            self.turns.push_back((source, jobs));
        }
        Some(job)
    }

    /// Drops the jobs that are not worth keeping; says how many.
    pub(crate) fn retain(&mut self, mut is_wanted: impl FnMut(&J) -> bool) -> usize {
        let before = self.length;
        for (_, jobs) in &mut self.turns {
            jobs.retain(&mut is_wanted);
        }
        self.turns.retain(|(_, jobs)| !jobs.is_empty());
        self.length = self.turns.iter().map(|(_, jobs)| jobs.len()).sum();
        before - self.length
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn queue(total: usize, per_source: usize) -> FairQueue<char, u32> {
        FairQueue::new(Bounds { total, per_source })
    }

    #[test]
    fn sources_take_turns() {
        let mut queue = queue(10, 10);
        for (source, job) in [('a', 1), ('a', 2), ('a', 3), ('b', 4), ('c', 5), ('c', 6)] {
            assert_eq!(queue.push(source, job), Pushed::Queued);
        }
        let order: Vec<u32> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(order, [1, 4, 5, 2, 6, 3]);
    }

    #[test]
    fn a_source_has_a_bound_of_its_own() {
        let mut queue = queue(10, 2);
        assert_eq!(queue.push('a', 1), Pushed::Queued);
        assert_eq!(queue.push('a', 2), Pushed::Queued);
        assert_eq!(queue.push('a', 3), Pushed::Refused(3));
        assert_eq!(queue.push('b', 4), Pushed::Queued);
    }

    #[test]
    fn when_full_the_longest_source_gives_way_to_a_newcomer() {
        let mut queue = queue(3, 3);
        for job in 1..=3 {
            queue.push('a', job);
        }
        assert_eq!(queue.push('b', 4), Pushed::InsteadOf(3));
        assert_eq!(queue.push('b', 5), Pushed::Refused(5));
        assert_eq!(queue.push('a', 6), Pushed::Refused(6));
        assert_eq!(queue.len(), 3);
        assert_eq!(std::iter::from_fn(|| queue.pop()).collect::<Vec<_>>(), [1, 4, 2]);
    }

    #[test]
    fn a_queue_of_length_zero_takes_nothing() {
        assert_eq!(queue(0, 5).push('a', 1), Pushed::Refused(1));
    }

    proptest! {
        /// Whatever happens, nothing is lost or doubled, the bounds hold, and nobody waits behind more than his share.
        #[test]
        fn nothing_is_lost_and_bounds_hold(
            total in 0_usize..12, per_source in 1_usize..6, steps in prop::collection::vec(prop::option::of(0_u8..5), 0..80)
        ) {
            let mut queue = FairQueue::new(Bounds { total, per_source });
            let mut inside = std::collections::BTreeSet::new();
            for (job, step) in steps.into_iter().enumerate() {
                match step {
                    Some(source) => {
                        inside.insert(job);
                        match queue.push(source, job) {
                            Pushed::Queued => {}
                            Pushed::InsteadOf(other) | Pushed::Refused(other) => prop_assert!(inside.remove(&other)),
                        }
                    }
                    None => {
                        let popped = queue.pop();
                        prop_assert_eq!(popped.is_some(), !inside.is_empty());
                        if let Some(job) = popped { prop_assert!(inside.remove(&job)); }
                    }
                }
                prop_assert_eq!(queue.len(), inside.len());
                prop_assert!(queue.len() <= total);
                prop_assert!(queue.turns.iter().all(|(_, jobs)| !jobs.is_empty() && jobs.len() <= per_source));
            }
            let half: std::collections::BTreeSet<usize> = inside.iter().copied().filter(|job| job % 2 == 0).collect();
            prop_assert_eq!(queue.retain(|job| job % 2 == 0), inside.len() - half.len());
            prop_assert_eq!(std::iter::from_fn(|| queue.pop()).collect::<std::collections::BTreeSet<_>>(), half);
        }
    }
}
