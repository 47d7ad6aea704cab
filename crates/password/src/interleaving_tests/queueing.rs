//! Who waits, who is served, who gives way.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::Context,
    time::Duration,
};

use gatewright_core::port::{HashError, Hasher};
use shuttle::{future, thread};

use super::world::{PATIENCE, World, answer, explore, from, number, plaintext};

#[test]
fn no_wake_up_is_lost_every_caller_is_answered() {
    // A caller that nobody wakes a thread for is a deadlock, which Shuttle reports.
    explore(1_500, || {
        let world = World::start(2, 8, 8);
        let callers = [1, 1, 2, 3].map(|source| world.ask(source));
        for caller in callers {
            answer(caller).unwrap();
        }
        let stats = world.engine.stats();
        assert_eq!((stats.queued, stats.rejected, stats.abandoned, stats.expired), (0, 0, 0, 0));
    });
}

#[test]
fn the_bounds_of_the_queue_and_the_permits_are_never_exceeded() {
    explore(1_500, || {
        let world = World::start(2, 2, 1);
        let callers = [1, 1, 2, 2, 3, 4].map(|source| world.ask(source));
        let engine = Arc::clone(&world.engine);
        let observer = thread::spawn(move || {
            for _ in 0..6 {
                let stats = engine.stats();
                assert!(stats.queued <= 2, "{stats:?}");
                assert!(stats.running <= 2, "{stats:?}");
            }
        });
        let (mut done, mut refused) = (0, 0);
        for caller in callers {
            match answer(caller) {
                Ok(_) => done += 1,
                Err(HashError::OverCapacity { .. }) => refused += 1,
                Err(other) => panic!("{other:?}"),
            }
        }
        observer.join().unwrap();
        let (made, most_at_a_time) = world.salts.told();
        assert!(most_at_a_time <= 2, "{most_at_a_time} hashes at a time");
        assert_eq!((done, refused), (made, usize::try_from(world.engine.stats().rejected).unwrap()));
    });
}

#[test]
fn sources_take_turns_whoever_comes_first() {
    explore(1_000, || {
        let world = World::start(1, 8, 8);
        world.salts.close();
        let held_up = world.ask(9);
        world.salts.wait_until_somebody_is_held_up();
        let flood = [1, 1, 1].map(|source| world.ask(source));
        let other = world.ask(2);
        wait_until_queued(&world, 4);
        world.salts.open();
        let turn = number(&answer(other).unwrap());
        // The one that was held up has number 0; then each source has a turn.
        assert!(turn <= 2, "it came as number {turn}");
        for caller in flood {
            answer(caller).unwrap();
        }
        answer(held_up).unwrap();
    });
}

#[test]
fn a_job_that_was_abandoned_or_has_expired_is_never_hashed() {
    explore(1_000, || {
        let world = World::start(1, 8, 8);
        world.salts.close();
        let held_up = world.ask(9);
        world.salts.wait_until_somebody_is_held_up();
        let late = world.ask(1);
        let gone = abandons(&world, 2);
        wait_until_queued(&world, 2);
        gone.join().unwrap();
        world.clock.advance(PATIENCE + Duration::from_micros(1));
        let in_time = world.ask(3);
        wait_until_queued(&world, 3);
        world.salts.open();
        let refused = answer(late);
        assert!(matches!(refused, Err(HashError::OverCapacity { .. })), "{refused:?}");
        answer(in_time).unwrap();
        answer(held_up).unwrap();
        assert_eq!(world.salts.told().0, 2);
        let stats = world.engine.stats();
        assert_eq!((stats.abandoned, stats.expired), (1, 1));
    });
}

#[test]
fn callers_that_go_away_at_any_moment_are_counted_once_and_keep_nobody_out() {
    explore(1_500, || {
        let world = World::start(1, 2, 1);
        let gone = [abandons(&world, 1), abandons(&world, 2)];
        for caller in gone {
            caller.join().unwrap();
        }
        // Both places may be taken by those who have gone away: they are swept out for who comes now.
        answer(world.ask(1)).unwrap();
        while world.engine.stats().queued + world.engine.stats().running > 0 {
            thread::yield_now();
        }
        let stats = world.engine.stats();
        assert_eq!((stats.abandoned + stats.computed, stats.rejected), (3, 0), "{stats:?}");
        assert_eq!(world.salts.told().0, usize::try_from(stats.computed).unwrap());
    });
}

#[test]
fn a_hash_that_panics_costs_its_caller_only() {
    explore(1_000, || {
        let world = World::start(1, 8, 8);
        world.salts.panic_at(1);
        let answers = [1, 2, 3].map(|source| world.ask(source)).map(answer);
        let stopped = answers.iter().filter(|answer| matches!(answer, Err(HashError::Stopped))).count();
        assert_eq!(stopped, 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 2, "{answers:?}");
        while world.engine.stats().running > 0 {
            thread::yield_now();
        }
    });
}

/// A caller that asks, and goes away without an answer.
fn abandons(world: &World, source: u8) -> thread::JoinHandle<()> {
    let engine = Arc::clone(&world.engine);
    thread::spawn(move || {
        let plaintext = plaintext();
        let asked = pin!(engine.hash(&plaintext, from(source)));
        future::block_on(once(asked));
    })
}

/// Polls once.
async fn once<F: Future>(mut future: Pin<&mut F>) {
    std::future::poll_fn(|context: &mut Context<'_>| {
        let _asked = future.as_mut().poll(context);
        std::task::Poll::Ready(())
    })
    .await;
}

fn wait_until_queued(world: &World, number: usize) {
    while world.engine.stats().queued < number {
        thread::yield_now();
    }
}
