//! Where work waits for a thread, and what is known about how it goes. One lock, held for microseconds and never while
//! hashing, so that an async caller may take it.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use gatewright_core::{
    model::{ClientSource, Timestamp},
    port::{Clock, HashError},
};

use crate::{
    Stats,
    parameters::Cost,
    queue::{Bounds, FairQueue, Pushed},
    sync::{Condvar, Mutex, MutexGuard},
    work::Work,
};

/// How long a thread that has nothing to do keeps its memory. Long enough for a busy instance to go on using it, short
/// enough that an idle one does not sit on it.
const IDLE: Duration = Duration::from_millis(500);

pub(crate) struct WaitingRoom {
    state: Mutex<State>,
    wake: Condvar,
    clock: Arc<dyn Clock>,
    /// How long work may wait before its caller has given up.
    patience: Duration,
    permits: usize,
}

struct State {
    queue: FairQueue<ClientSource, Waiting>,
    is_open: bool,
    running: usize,
    computed: u64,
    rejected: u64,
    expired: u64,
    abandoned: u64,
    /// KiB that each thread holds.
    held_kib: Vec<usize>,
    /// Exponential average of what a job takes.
    average: Duration,
    usual: Majority,
}

struct Waiting {
    since: Timestamp,
    work: Work,
}

/// What a thread does next.
pub(crate) enum Next {
    Work(Work),
    /// This has waited too long; it is answered without the lock being held.
    Expired(Work, HashError),
    /// Nothing has come for a while: give the memory back.
    Rest,
    Stop,
}

impl WaitingRoom {
    pub(crate) fn new(
        bounds: Bounds,
        permits: usize,
        patience: Duration,
        clock: Arc<dyn Clock>,
        usual: Cost,
        average: Duration,
    ) -> Self {
        let state = State {
            queue: FairQueue::new(bounds),
            is_open: true,
            running: 0,
            computed: 0,
            rejected: 0,
            expired: 0,
            abandoned: 0,
            held_kib: vec![0; permits],
            average,
            usual: Majority { cost: usual, weight: 0 },
        };
        Self { state: Mutex::new(state), wake: Condvar::new(), clock, patience, permits }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is consistent after every statement that can panic: a thread that died must not take the others along.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets work wait for a thread.
    pub(crate) fn enter(&self, source: ClientSource, work: Work) {
        let waiting = Waiting { since: self.clock.now(), work };
        let mut state = self.lock();
        if !state.is_open {
            drop(state);
            return waiting.work.refuse(HashError::Stopped);
        }
        let rejected = match state.push(source, waiting) {
            Pushed::Queued => None,
            Pushed::InsteadOf(other) | Pushed::Refused(other) => {
                state.rejected += 1;
                Some((other.work, state.over_capacity(self.permits)))
            }
        };
        drop(state);
        self.wake.notify_one();
        if let Some((work, error)) = rejected {
            work.refuse(error);
        }
    }

    /// The next work for a thread; waits until there is some. `held_kib` is the memory it holds.
    pub(crate) fn next(&self, thread: usize, held_kib: usize) -> Next {
        let mut state = self.lock();
        state.held_kib[thread] = held_kib;
        loop {
            if !state.is_open {
                return Next::Stop;
            }
            while let Some(Waiting { since, work }) = state.queue.pop() {
                if work.is_abandoned() {
                    state.abandoned += 1;
                } else if self.clock.now().since(since) > self.patience {
                    state.expired += 1;
                    return Next::Expired(work, state.over_capacity(self.permits));
                } else {
                    state.running += 1;
                    return Next::Work(work);
                }
            }
            if held_kib == 0 {
                state = self.wake.wait(state).unwrap_or_else(PoisonError::into_inner);
            } else {
                let (woken, timeout) = self.wake.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
                state = woken;
                if timeout.timed_out() && state.queue.len() == 0 && state.is_open {
                    return Next::Rest;
                }
            }
        }
    }

    /// A thread has finished what it was given.
    pub(crate) fn finished(&self, computed: u64, took: Duration) {
        let mut state = self.lock();
        state.running -= 1;
        state.computed += computed;
        state.average = (state.average * 7 + took) / 8;
    }

    /// Nobody may enter any more, and whoever waits is sent away.
    pub(crate) fn close(&self) {
        let mut turned_away = Vec::new();
        let mut state = self.lock();
        state.is_open = false;
        while let Some(waiting) = state.queue.pop() {
            turned_away.push(waiting.work);
        }
        drop(state);
        self.wake.notify_all();
        for work in turned_away {
            work.refuse(HashError::Stopped);
        }
    }

    /// Somebody compares with a stored hash of this cost.
    pub(crate) fn saw(&self, cost: Cost) {
        self.lock().usual.observe(cost);
    }

    /// The cost of the hashes that most callers have.
    pub(crate) fn usual(&self) -> Cost {
        self.lock().usual.cost
    }

    pub(crate) fn stats(&self) -> Stats {
        let state = self.lock();
        Stats {
            permits: self.permits,
            queued: state.queue.len(),
            running: state.running,
            computed: state.computed,
            rejected: state.rejected,
            expired: state.expired,
            abandoned: state.abandoned,
            held_kib: state.held_kib.iter().sum(),
            average: state.average,
        }
    }
}

impl State {
    fn push(&mut self, source: ClientSource, waiting: Waiting) -> Pushed<Waiting> {
        if !self.queue.has_room_for(&source) {
            // Callers who have gone away must not keep others out.
            let swept = self.queue.retain(|waiting| !waiting.work.is_abandoned());
            self.abandoned += u64::try_from(swept).unwrap_or(u64::MAX);
        }
        self.queue.push(source, waiting)
    }

    /// When the present queue will have been worked off, in whole seconds, at least one.
    fn over_capacity(&self, permits: usize) -> HashError {
        let jobs = u32::try_from(self.queue.len() + self.running + 1).unwrap_or(u32::MAX);
        let wait = self.average.saturating_mul(jobs) / u32::try_from(permits).unwrap_or(u32::MAX).max(1);
        HashError::OverCapacity { retry_after: Duration::from_secs(wait.as_secs() + 1) }
    }
}

/// The cost that most of what is seen has (Boyer and Moore's majority vote, bounded, so that it follows a change). After the
/// parameters were raised most stored hashes are still old ones, and the dummy has to cost what they cost (SECURITY PW16).
struct Majority {
    cost: Cost,
    weight: u32,
}

impl Majority {
    fn observe(&mut self, cost: Cost) {
        const MOST: u32 = 256;
        if cost == self.cost {
            self.weight = (self.weight + 1).min(MOST);
        } else if self.weight == 0 {
            *self = Self { cost, weight: 1 };
        } else {
            self.weight -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pw16_the_dummy_costs_what_most_stored_hashes_cost() {
        let (old, new) = (Cost { memory_kib: 8, passes: 1, lanes: 1 }, Cost { memory_kib: 16, passes: 1, lanes: 1 });
        let mut usual = Majority { cost: new, weight: 0 };
        for cost in [old, old, new, old] {
            usual.observe(cost);
        }
        assert_eq!(usual.cost, old);
        for _ in 0..1_000 {
            usual.observe(old);
        }
        for _ in 0..257 {
            usual.observe(new);
        }
        assert_eq!(usual.cost, new);
    }
}
