//! Takeovers, rotations and verifications in every order that Shuttle tries (docs/decisions/0013-interleavings.md). The code
//! under test is what ships; only the port behind it is ours.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use gatewright_token::Rejection;
use shuttle::{future, thread};

use self::world::{Node, Shelf, World, exhaust, explore, sets};
use crate::Error;

mod world;

/// Runs beside the test.
fn beside<T: Send + 'static>(
    node: &Arc<Node>,
    body: impl AsyncFnOnce(&Node) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let node = Arc::clone(node);
    thread::spawn(move || future::block_on(body(&node)))
}

/// A takeover must leave something in use that is no older than what was stored when it began.
async fn take_over(node: &Node) {
    let stored = node.world.shelf.version();
    node.reload().await;
    let in_use = node.version();
    assert!(in_use >= stored, "{in_use} is in use, {stored} was stored before the takeover began");
}

#[test]
fn a_reader_never_sees_an_older_set_after_a_newer_one() {
    explore(1_000, || {
        let world = World::holding(&sets()[0]);
        let node = Node::start(&world);
        let takeovers = [0; 2].map(|_| beside(&node, async |node| take_over(node).await));
        let reader = beside(&node, async |node| {
            let mut newest = node.version();
            for _ in 0..12 {
                let version = node.version();
                assert!(version >= newest, "{version} after {newest}");
                newest = version;
            }
        });
        world.shelf.put(&sets()[1]);
        world.shelf.put(&sets()[2]);
        future::block_on(take_over(&node));
        takeovers.into_iter().for_each(|takeover| takeover.join().unwrap());
        reader.join().unwrap();
        assert_eq!(node.version(), sets()[2].version);
    });
}

#[test]
fn two_takeovers_at_once_end_with_the_newest_in_every_order_that_there_is() {
    sets();
    let schedules = exhaust(|| {
        let world = World::holding(&sets()[0]);
        let node = Node::start(&world);
        let one = beside(&node, async |node| node.reload().await);
        world.shelf.put(&sets()[1]);
        world.shelf.put(&sets()[2]);
        future::block_on(node.reload());
        let newest = sets()[2].version;
        assert_eq!(node.version(), newest);
        one.join().unwrap();
        assert_eq!(node.version(), newest);
    });
    assert!(schedules > 50, "{schedules}");
}

#[test]
fn takeovers_that_meet_a_newer_set_end_with_the_newest() {
    explore(1_000, || {
        let world = World::holding(&sets()[0]);
        let node = Node::start(&world);
        let takeovers = [0; 3].map(|_| beside(&node, async |node| take_over(node).await));
        world.shelf.put(&sets()[1]);
        world.shelf.put(&sets()[2]);
        future::block_on(take_over(&node));
        assert_eq!(node.version(), sets()[2].version);
        takeovers.into_iter().for_each(|takeover| takeover.join().unwrap());
        assert_eq!(node.version(), sets()[2].version);
    });
}

#[test]
fn rotations_and_takeovers_that_race_lose_no_key_and_make_none_twice() {
    explore(500, || {
        let world = World::holding(&sets()[0]);
        let (node, other) = (Node::start(&world), Node::start(&world));
        let rotated = |node: &Arc<Node>| {
            beside(node, async |node| {
                node.rotate().await;
                node.signing()
            })
        };
        let signing = [rotated(&node), rotated(&other)];
        let takeover = beside(&node, async |node| take_over(node).await);
        let signing = signing.map(|one| one.join().unwrap());
        takeover.join().unwrap();
        assert_eq!(world.shelf.version(), sets()[0].version + 2);
        let stored: BTreeSet<_> = world.shelf.stored().keys.into_iter().map(|key| key.kid).collect();
        assert!(signing.iter().all(|kid| stored.contains(kid)), "{signing:?} of {stored:?}");
        for node in [&node, &other] {
            future::block_on(take_over(node));
            assert_eq!(node.version(), world.shelf.version());
        }
        assert_eq!(node.signing(), other.signing());
    });
}

#[test]
fn a_known_kid_is_answered_while_the_store_hangs() {
    explore(1_000, || {
        let world = World::holding(&sets()[0]);
        let node = Node::start(&world);
        let hanging = world.shelf.hang();
        let forged = beside(&node, async |node| node.verify("forged").await);
        while world.shelf.begun().is_empty() {
            thread::yield_now();
        }
        let known = node.signing();
        // Waiting for the store would be waiting for ever: it goes on only afterwards.
        let verdict = future::block_on(node.verify(&known));
        assert!(matches!(verdict, Ok(Ok(()))), "{verdict:?}");
        drop(hanging);
        assert!(matches!(forged.join().unwrap(), Ok(Err(Rejection::UnknownKey))));
    });
}

#[test]
fn a_known_kid_is_answered_throughout_a_takeover() {
    explore(1_000, || {
        let world = World::holding(&sets()[0]);
        let node = Node::start(&world);
        // The rotation keeps it as one that is verified with.
        let known = node.signing();
        let takeover = beside(&node, async |node| take_over(node).await);
        world.shelf.put(&sets()[1]);
        for _ in 0..3 {
            let verdict = future::block_on(node.verify(&known));
            assert!(matches!(verdict, Ok(Ok(()))), "{verdict:?}");
        }
        takeover.join().unwrap();
    });
}

#[test]
fn a_key_that_another_node_made_is_good_at_once_for_all_who_ask_and_read_once() {
    explore(1_000, || {
        let world = World::holding(&sets()[0]);
        let node = Node::start(&world);
        // What is published next is known already; the one after that is not.
        world.shelf.put(&sets()[2]);
        let kid = Node::start(&world).signing();
        let asking = [0; 3].map(|_| {
            let kid = kid.clone();
            beside(&node, async move |node| node.verify(&kid).await)
        });
        for verdict in asking.map(|one| one.join().unwrap()) {
            assert!(matches!(verdict, Ok(Ok(()))), "{verdict:?}");
        }
        assert_eq!(world.shelf.begun().len(), 1);
    });
}

#[test]
fn however_many_forged_kids_come_the_store_is_read_once_a_second() {
    explore(1_000, || {
        let world = World::holding(&sets()[0]);
        let node = Node::start(&world);
        let asking = [0; 4].map(|_| beside(&node, async |node| node.verify("forged").await));
        for _ in 0..3 {
            world.clock.advance(Duration::from_millis(500));
        }
        for verdict in asking.map(|one| one.join().unwrap()) {
            assert!(matches!(verdict, Ok(Err(Rejection::UnknownKey))), "{verdict:?}");
        }
        let begun = world.shelf.begun();
        assert!(!begun.is_empty());
        let is_apart = |pair: &[_]| pair[1] >= pair[0] + 1_000_000_i64;
        assert!(begun.windows(2).all(is_apart), "{begun:?}");
    });
}

#[test]
fn whoever_goes_away_while_reading_leaves_no_verdict_and_no_second_reading() {
    explore(1_000, || {
        let world = World::holding(&sets()[0]);
        let node = Node::start(&world);
        let _hanging = world.shelf.hang();
        let reading = {
            let node = Arc::clone(&node);
            future::spawn(async move { node.verify("unknown").await })
        };
        while world.shelf.begun().is_empty() {
            thread::yield_now();
        }
        let waiting = [0; 2].map(|_| beside(&node, async |node| node.verify("unknown").await));
        reading.abort();
        for verdict in waiting.map(|one| one.join().unwrap()) {
            // Nothing is known of a key that was not looked for: refusing it would be a verdict.
            assert!(matches!(verdict, Err(Error::Unavailable(_))), "{verdict:?}");
        }
        assert_eq!(world.shelf.begun().len(), 1);
    });
}

#[test]
fn a_shelf_of_this_test_keeps_the_ports_race_rule() {
    explore(500, || {
        let shelf = Shelf::holding(&sets()[0]);
        let world = World::around(shelf);
        let replacing = [0; 3].map(|_| {
            let world = Arc::clone(&world);
            thread::spawn(move || future::block_on(world.replace(&sets()[0], &sets()[1])))
        });
        let won = replacing.map(|one| one.join().unwrap()).into_iter().filter(|won| *won).count();
        assert_eq!(won, 1);
    });
}
