//! The limits of this process, for when Redis is away: the same rules, on this node alone, in bounded memory. What must stay
//! true: there is never no limit. When there is no room for another key, that key has to wait.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gatewright_core::{
    model::{LimitKey, LimitState, LimitVerdict, Timestamp},
    port::{Limited, Take},
};

/// How many keys are kept: some 10 MiB.
const MOST: usize = 100_000;
/// How long a key has to wait for which there is no room.
const NO_ROOM: Duration = Duration::from_secs(1);

/// The states of the keys, each with the moment from when on it says nothing more.
#[derive(Debug, Default)]
pub(super) struct LocalLimits {
    states: Mutex<HashMap<LimitKey, (LimitState, Timestamp)>>,
    is_in_use: AtomicBool,
}

impl LocalLimits {
    /// Whether the limits are counted here.
    pub(super) fn is_in_use(&self) -> bool {
        self.is_in_use.load(Ordering::Acquire)
    }

    /// From now on they are. `true` if they were not before.
    pub(super) fn begin(&self) -> bool {
        !self.is_in_use.swap(true, Ordering::AcqRel)
    }

    /// From now on they are counted in Redis, and nothing is kept here. `true` if they were counted here before.
    pub(super) fn end(&self) -> bool {
        if !self.is_in_use.swap(false, Ordering::AcqRel) {
            return false;
        }
        self.states.lock().unwrap_or_else(PoisonError::into_inner).clear();
        true
    }

    pub(super) fn take(&self, takes: &[Take], now: Timestamp) -> Limited {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = takes.iter().map(|take| states.get(&take.key).map(|(state, _)| *state)).collect::<Vec<_>>();
        match judge(takes, &seen, now) {
            Judgement::Wait(span) => Limited::Wait(span),
            Judgement::Granted(next) => {
                if states.len() + takes.len() > MOST {
                    states.retain(|_, (_, fades_at)| *fades_at > now);
                }
                if states.len() + takes.len() > MOST {
                    return Limited::Wait(NO_ROOM);
                }
                for (take, state) in takes.iter().zip(next) {
                    states.insert(take.key, (state, take.rule.fades_at(state)));
                }
                Limited::Granted
            }
        }
    }

    pub(super) fn forgive(&self, takes: &[Take]) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        for take in takes {
            let Some((state, _)) = states.get(&take.key).copied() else { continue };
            match take.rule.forgive(state) {
                Some(state) => states.insert(take.key, (state, take.rule.fades_at(state))),
                None => states.remove(&take.key),
            };
        }
    }
}

/// What the rules say to one attempt on all keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It may go on, and these are the states after it, one for each take. A key that is named twice has two; the last counts.
    Granted(Vec<LimitState>),
    /// It has to wait.
    Wait(Duration),
}

/// Judges one attempt on all keys, each in the state that was seen. Pure; the rules are the model's.
pub(super) fn judge(takes: &[Take], seen: &[Option<LimitState>], now: Timestamp) -> Judgement {
    let mut granted: Vec<LimitState> = Vec::with_capacity(takes.len());
    let mut wait: Option<Duration> = None;
    for (index, (take, seen)) in takes.iter().zip(seen).enumerate() {
        // A key that is named twice is counted twice. While nothing has to wait, each take before has its state.
        let pending = takes[..index].iter().zip(&granted).rev().find(|(earlier, _)| earlier.key == take.key);
        match take.rule.judge(pending.map(|(_, state)| *state).or(*seen), now) {
            LimitVerdict::Granted(next) if wait.is_none() => granted.push(next),
            LimitVerdict::Granted(_) => {}
            LimitVerdict::Wait(span) => wait = wait.max(Some(span)),
        }
    }
    wait.map_or(Judgement::Granted(granted), Judgement::Wait)
}

#[cfg(test)]
mod tests {
    use gatewright_core::model::LimitRule;

    use super::*;

    const RULE: LimitRule = LimitRule::Rate { burst: 2, interval: Duration::from_secs(10) };

    fn take(number: u64) -> Take {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&number.to_be_bytes());
        Take { key: LimitKey::from_bytes(key), rule: RULE }
    }

    #[test]
    fn a_burst_is_limited_as_everywhere_else() {
        let limits = LocalLimits::default();
        let at = Timestamp::from_secs;
        let answers: Vec<_> = [0, 0, 0, 10].map(|now| limits.take(&[take(1)], at(now))).into();
        let wait = Limited::Wait(Duration::from_secs(10));
        assert_eq!(answers, [Limited::Granted, Limited::Granted, wait, Limited::Granted]);
        limits.forgive(&[take(1)]);
        assert_eq!(limits.take(&[take(1)], at(10)), Limited::Granted);
    }

    #[test]
    fn a_key_that_is_named_twice_is_counted_twice() {
        let limits = LocalLimits::default();
        assert_eq!(limits.take(&[take(1), take(1)], Timestamp::from_secs(0)), Limited::Granted);
        let wait = Limited::Wait(Duration::from_secs(10));
        assert_eq!(limits.take(&[take(1)], Timestamp::from_secs(0)), wait);
    }

    #[test]
    fn a_flood_of_keys_finds_a_bound_and_no_open_door() {
        let limits = LocalLimits::default();
        let most = u64::try_from(MOST).unwrap();
        for number in 0..most {
            assert_eq!(limits.take(&[take(number)], Timestamp::from_secs(0)), Limited::Granted);
        }
        assert_eq!(limits.take(&[take(most)], Timestamp::from_secs(0)), Limited::Wait(NO_ROOM));
        assert_eq!(limits.take(&[take(most)], Timestamp::from_secs(10)), Limited::Granted, "the others have faded");
        assert_eq!(limits.states.lock().unwrap().len(), 1);
    }
}
