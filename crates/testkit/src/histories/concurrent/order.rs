//! Looks for an order in which steps that overlapped could have come one after the other: Wing and Gong's search, with Lowe's
//! memory of what was tried (J. M. Wing, C. Gong, 1993; G. Lowe, 2017). Each session is looked at by itself: a history is
//! linearizable exactly if it is so for every object (M. Herlihy, J. Wing, 1990).
//!
//! stateright has such a tester, too. It remembers nothing, so a history that has no order takes it for ever, and it comes with
//! a server for web pages; this is shorter than its wiring.

use std::collections::HashSet;

use super::object::{State, Timed};

/// The most steps that a search can hold.
pub(super) const MOST: usize = u128::BITS as usize;

/// An order of the steps, by their indexes, in which each does what it did. `None` if there is none.
pub(super) fn find(first: &State, steps: &[Timed]) -> Option<Vec<usize>> {
    assert!(steps.len() <= MOST, "{} steps are too many for one session", steps.len());
    let must = steps.iter().enumerate().filter(|(_, timed)| timed.over.is_some());
    let must = must.fold(0, |set, (index, _)| set | bit(index));
    let mut search = Search { steps, must, tried: HashSet::new(), order: Vec::new() };
    search.go(0, first).then_some(search.order)
}

struct Search<'s> {
    steps: &'s [Timed],
    /// The steps that did happen.
    must: u128,
    tried: HashSet<(u128, State)>,
    order: Vec<usize>,
}

impl Search<'_> {
    /// Whether the steps that are left can follow on those that are done.
    fn go(&mut self, done: u128, state: &State) -> bool {
        if done & self.must == self.must {
            return true;
        }
        if !self.tried.insert((done, state.clone())) {
            return false;
        }
        let left = |index: &usize| done & bit(*index) == 0;
        // What began after something else was over comes after it.
        let until = (0..self.steps.len()).filter(left).filter_map(|index| self.steps[index].over).min();
        for index in (0..self.steps.len()).filter(left) {
            if until.is_some_and(|until| self.steps[index].began > until) {
                continue;
            }
            for after in state.after(&self.steps[index].step) {
                self.order.push(index);
                if self.go(done | bit(index), &after) {
                    return true;
                }
                self.order.pop();
            }
        }
        false
    }
}

const fn bit(index: usize) -> u128 {
    1 << index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        FrozenClock,
        histories::{
            concurrent::object::{Came, Lives, Step},
            model::{Chain, IDLE, Key, Meaning, Retries, Tolerance},
        },
    };
    use std::time::Duration;

    const TOLERANCE: Tolerance = Tolerance {
        min_age: Duration::from_secs(60),
        lost_window: Duration::from_secs(30),
        retries: Retries::Forgiven,
        idle: IDLE,
    };

    fn living() -> State {
        State::Living(Chain::opened(FrozenClock::START, IDLE))
    }

    fn timed(began: u64, over: Option<u64>, step: Step) -> Timed {
        Timed { step, began, over, record: 0 }
    }

    fn present(generation: u64, came: Option<Meaning>) -> Step {
        Step::Present {
            generation,
            key: Some(Key::Own(generation)),
            clock: FrozenClock::START.plus(Duration::from_secs(61)),
            tolerance: TOLERANCE,
            came: came.map(Came::Meaning),
        }
    }

    fn seen(lives: Lives) -> Step {
        Step::Seen { lives, generation: None }
    }

    #[test]
    fn p1_two_at_once_with_one_token_get_the_same_successor_and_not_two_rotations() {
        let twice = |second: Meaning| {
            let both = [present(1, Some(Meaning::Successor(2))), present(1, Some(second))];
            find(&living(), &both.map(|step| timed(1, Some(9), step)))
        };
        assert!(twice(Meaning::Successor(2)).is_some());
        assert_eq!(twice(Meaning::Successor(3)), None);
    }

    #[test]
    fn p5_what_began_after_an_end_was_over_finds_no_life() {
        let after =
            |began: u64| find(&living(), &[timed(1, Some(3), Step::End), timed(began, Some(9), seen(Lives::Yes))]);
        assert!(after(2).is_some(), "it overlapped with the end");
        assert_eq!(after(4), None);
    }

    #[test]
    fn what_nobody_waited_for_may_have_happened_or_not() {
        let dropped = timed(1, None, present(1, None));
        let generation = |generation| {
            let seen = Step::Seen { lives: Lives::Yes, generation: Some(generation) };
            find(&living(), &[dropped.clone(), timed(5, Some(6), seen)])
        };
        assert!(generation(1).is_some() && generation(2).is_some());
        assert_eq!(generation(3), None);
    }
}
