//! The queue as callers see it: bounded, fair between sources, and nothing computed for nobody.

use std::{num::NonZeroUsize, time::Duration};

use gatewright_core::port::{HashError, Hasher};
use gatewright_password::Settings;

use crate::world::{Asked, World, peek, plaintext, source, turn};

/// A world whose only thread is held at the start of one hash, which is the first turn.
fn busy(change: impl FnOnce(&mut Settings)) -> World {
    let world = World::start(change);
    world.gate.close();
    world
}

fn is_over_capacity(asked: &mut Asked<'_>) -> bool {
    matches!(peek(asked), Some(Err(HashError::OverCapacity { .. })))
}

#[tokio::test]
async fn a_flood_from_one_source_delays_another_by_one_turn() {
    let world = busy(|_| {});
    let first = world.ask(source(1));
    world.gate.wait_for(1);
    let flood: Vec<Asked<'_>> = (0..100).map(|_| world.ask(source(1))).collect();
    let other = world.ask(source(2));
    world.gate.open();
    assert_eq!(turn(&first.await.unwrap()), 0);
    assert_eq!(turn(&other.await.unwrap()), 2, "one of the flood, then the other source");
    let mut turns = Vec::new();
    for asked in flood {
        turns.push(turn(&asked.await.unwrap()));
    }
    assert_eq!(turns, std::iter::once(1).chain(3..102).collect::<Vec<_>>(), "the flood is served in order");
}

#[tokio::test]
async fn pw15_a_full_queue_refuses_and_says_when_to_come_back() {
    let world = busy(|settings| (settings.queue, settings.queue_per_source) = (3, 3));
    let mut first = world.ask(source(1));
    world.gate.wait_for(1);
    let mut waiting: Vec<Asked<'_>> = (0..3).map(|_| world.ask(source(1))).collect();
    let stats = world.engine.stats();
    assert_eq!((stats.running, stats.queued, stats.rejected, stats.permits), (1, 3, 0, 1));
    let refused = world.engine.hash(&plaintext("correct horse"), source(1)).await.unwrap_err();
    assert_eq!(refused, HashError::OverCapacity { retry_after: Duration::from_secs(1) });
    assert_eq!(world.engine.stats().rejected, 1);
    assert!(waiting.iter_mut().chain([&mut first]).all(|asked| peek(asked).is_none()), "who waits goes on waiting");
    world.gate.open();
    for asked in waiting {
        asked.await.unwrap();
    }
}

#[tokio::test]
async fn a_newcomer_gets_the_place_of_the_source_that_has_most_waiting() {
    let world = busy(|settings| (settings.queue, settings.queue_per_source) = (3, 3));
    let _first = world.ask(source(1));
    world.gate.wait_for(1);
    let mut flood: Vec<Asked<'_>> = (0..3).map(|_| world.ask(source(1))).collect();
    let other = world.ask(source(2));
    assert!(is_over_capacity(flood.last_mut().unwrap()), "the last of the flood gave way");
    flood.pop();
    world.gate.open();
    assert_eq!(turn(&other.await.unwrap()), 2);
    for asked in flood {
        asked.await.unwrap();
    }
}

#[tokio::test]
async fn a_source_cannot_fill_more_than_its_share() {
    let world = busy(|settings| (settings.queue, settings.queue_per_source) = (10, 2));
    let _first = world.ask(source(1));
    world.gate.wait_for(1);
    let _waiting: Vec<Asked<'_>> = (0..2).map(|_| world.ask(source(1))).collect();
    assert!(is_over_capacity(&mut world.ask_lazily(source(1))));
    assert!(peek(&mut world.ask_lazily(source(2))).is_none());
    world.gate.open();
}

#[tokio::test]
async fn nothing_is_hashed_for_a_caller_who_has_gone_away() {
    let world = busy(|_| {});
    let before = world.engine.stats().computed;
    let first = world.ask(source(1));
    world.gate.wait_for(1);
    let gone: Vec<Asked<'_>> = (0..5).map(|_| world.ask(source(1))).collect();
    let last = world.ask(source(1));
    drop(gone);
    world.gate.open();
    first.await.unwrap();
    assert_eq!(turn(&last.await.unwrap()), 1, "the next hash is that of the next caller who is there");
    drop(world.engine.hash(&plaintext("one more, so that the last is counted"), source(1)).await);
    let stats = world.engine.stats();
    assert_eq!((stats.abandoned, stats.computed - before >= 2, stats.computed - before <= 3), (5, true, true));
}

#[tokio::test]
async fn callers_who_have_gone_away_keep_nobody_out() {
    let world = busy(|settings| (settings.queue, settings.queue_per_source) = (4, 4));
    let _first = world.ask(source(1));
    world.gate.wait_for(1);
    drop((0..4).map(|_| world.ask(source(1))).collect::<Vec<_>>());
    let next = world.ask(source(1));
    assert_eq!((world.engine.stats().queued, world.engine.stats().abandoned), (1, 4));
    world.gate.open();
    assert_eq!(turn(&next.await.unwrap()), 1);
}

#[tokio::test]
async fn who_has_waited_too_long_is_refused_and_not_hashed() {
    let world = busy(|settings| settings.patience = Duration::from_secs(5));
    let first = world.ask(source(1));
    world.gate.wait_for(1);
    let late = world.ask(source(1));
    world.clock.advance(Duration::from_secs(2));
    let in_time = world.ask(source(1));
    world.clock.advance(Duration::from_micros(3_000_001));
    world.gate.open();
    first.await.unwrap();
    assert!(matches!(late.await, Err(HashError::OverCapacity { .. })));
    assert_eq!(turn(&in_time.await.unwrap()), 1);
    assert_eq!(world.engine.stats().expired, 1);
}

#[tokio::test]
async fn pw15_no_more_hashes_run_at_a_time_than_there_are_permits() {
    let world = busy(|settings| settings.permits = NonZeroUsize::new(3).unwrap());
    let asked: Vec<Asked<'_>> = (0..20).map(|number| world.ask(source(number))).collect();
    world.gate.wait_for(3);
    let stats = world.engine.stats();
    assert_eq!((stats.running, stats.queued, world.gate.held_up()), (3, 17, 3));
    world.gate.open();
    for asked in asked {
        asked.await.unwrap();
    }
    let stats = world.engine.stats();
    assert!(stats.held_kib <= 3 * 64, "three threads hold {} KiB", stats.held_kib);
}

#[tokio::test]
async fn stopping_turns_away_who_waits_and_ends_what_runs() {
    let world = busy(|_| {});
    let running = world.ask(source(1));
    world.gate.wait_for(1);
    let waiting = world.ask(source(1));
    assert_eq!(world.engine.stats().queued, 1);
    world.engine.stop();
    assert_eq!(waiting.await, Err(HashError::Stopped));
    assert_eq!(world.ask_lazily(source(1)).await, Err(HashError::Stopped));
    world.gate.open();
    running.await.unwrap();
    drop(world);
}
