//! The end: whoever waits is sent away, whoever comes later too, and no thread is left.

use std::sync::Arc;

use futures_channel::oneshot::Canceled;
use gatewright_core::{
    model::PasswordHash,
    port::{HashError, Hasher},
};
use shuttle::{future, thread};

use super::world::{HandClock, PATIENCE, World, answer, exhaust, explore, from, plaintext};
use crate::{
    Parameters,
    queue::Bounds,
    sync::oneshot,
    waiting_room::{Next, WaitingRoom},
    work::Work,
};

#[test]
fn closing_answers_everybody_and_joins_the_threads() {
    explore(1_500, || {
        let World { engine, salts, .. } = World::start(2, 2, 2);
        let callers = [1, 1, 2].map(|source| {
            let engine = Arc::clone(&engine);
            future::spawn(async move { engine.hash(&plaintext(), from(source)).await })
        });
        let stopping = Arc::clone(&engine);
        let stopper = thread::spawn(move || {
            stopping.stop();
            let after = future::block_on(stopping.hash(&plaintext(), from(3)));
            assert!(matches!(after, Err(HashError::Stopped)), "{after:?}");
        });
        let answers = callers.map(answer);
        let allowed =
            |answer: &Result<_, _>| matches!(answer, Ok(_) | Err(HashError::Stopped | HashError::OverCapacity { .. }));
        assert!(answers.iter().all(allowed), "{answers:?}");
        stopper.join().unwrap();
        let engine = Arc::into_inner(engine).expect("all callers and the stopper are gone");
        // Joins its threads: one that sleeps on is a deadlock.
        drop(engine);
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), salts.told().0);
    });
}

/// A waiting room without an engine: small enough to try every schedule that there is.
fn room() -> Arc<WaitingRoom> {
    let cost = Parameters::insecure_with(8, 1).cost();
    let bounds = Bounds { total: 2, per_source: 2 };
    Arc::new(WaitingRoom::new(bounds, 2, PATIENCE, Arc::new(HandClock::new()), cost, PATIENCE))
}

type Answered = oneshot::Receiver<Result<PasswordHash, HashError>>;

fn enter(room: &WaitingRoom) -> Answered {
    let (answer, answered) = oneshot::channel();
    room.enter(from(1), Work::Hash { plaintext: plaintext(), answer });
    answered
}

/// Runs beside the test.
fn beside<T: Send + 'static>(
    room: &Arc<WaitingRoom>,
    body: impl FnOnce(&WaitingRoom) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let room = Arc::clone(room);
    thread::spawn(move || body(&room))
}

#[test]
fn a_thread_that_waits_meets_a_caller_in_every_order_that_there_is() {
    let schedules = exhaust(|| {
        let room = room();
        let thread = beside(&room, |room| matches!(room.next(0, 0), Next::Work(_)));
        let answered = enter(&room);
        // Work that is dropped closes its channel. Without a wake-up nobody takes it, and all wait for ever.
        assert_eq!(future::block_on(answered).unwrap_err(), Canceled);
        assert!(thread.join().unwrap());
    });
    assert!(schedules > 50, "{schedules}");
}

#[test]
fn a_thread_meets_two_callers_in_every_order_that_there_is() {
    let schedules = exhaust(|| {
        let room = room();
        let takes = |room: &WaitingRoom| matches!(room.next(0, 0), Next::Work(_));
        let thread = beside(&room, move |room| takes(room) && takes(room));
        let answered = [enter(&room), enter(&room)];
        assert!(thread.join().unwrap());
        drop(answered);
    });
    assert!(schedules > 50, "{schedules}");
}

#[test]
fn a_caller_meets_the_end_in_every_order_that_there_is() {
    let schedules = exhaust(|| {
        let room = room();
        let caller = beside(&room, |room| future::block_on(enter(room)));
        room.close();
        let answer = caller.join().unwrap();
        assert!(matches!(answer, Ok(Err(HashError::Stopped))), "{answer:?}");
    });
    assert!(schedules > 50, "{schedules}");
}

#[test]
fn two_threads_that_wait_meet_the_end_in_every_order_that_there_is() {
    let schedules = exhaust(|| {
        let room = room();
        let threads = [0, 1].map(|_| beside(&room, |room| matches!(room.next(0, 0), Next::Stop)));
        room.close();
        for thread in threads {
            assert!(thread.join().unwrap());
        }
    });
    assert!(schedules > 50, "{schedules}");
}
