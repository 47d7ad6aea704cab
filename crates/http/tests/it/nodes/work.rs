//! Work that one node does for all: moving keys along and removing what is dead.

use gatewright::core::{Error, Tended};
use gatewright_testkit::{
    TestApp,
    app::{days, mins, secs},
};

use super::{pass, two_nodes};

async fn tends(node: &TestApp) -> bool {
    node.fuse.mend();
    let tended = node.gate.tend().await.unwrap();
    let here = matches!(tended, Tended::Here(_));
    assert_eq!(node.fuse.count("sweep"), usize::from(here), "{tended:?}");
    here
}

#[tokio::test]
async fn of_two_nodes_one_tends_and_the_other_takes_over_when_that_one_is_gone() {
    let nodes = two_nodes().await;
    let [first, second] = &nodes;
    for _ in 0..9 {
        assert!(tends(first).await);
        assert!(!tends(second).await);
        pass(&nodes, secs(20));
    }
    // The first is gone; its last turn was twenty seconds ago.
    pass(&nodes, secs(39));
    assert!(!tends(second).await);
    pass(&nodes, secs(1));
    assert!(tends(second).await);
    assert!(!tends(first).await, "it is back, and the work is the other's");
}

#[tokio::test]
async fn a_node_that_stops_hands_its_work_over_at_once() {
    let [first, second] = two_nodes().await;
    assert!(tends(&first).await);
    second.gate.hand_over().await.unwrap();
    assert!(!tends(&second).await, "it had nothing to hand over");
    first.gate.hand_over().await.unwrap();
    assert!(tends(&second).await);
}

#[tokio::test]
async fn a_node_that_cannot_do_the_work_leaves_it_to_another() {
    let [first, second] = two_nodes().await;
    first.fuse.refuse("sweep");
    assert!(matches!(first.gate.tend().await, Err(Error::Unavailable(_))));
    assert!(tends(&second).await);
}

#[tokio::test]
async fn the_node_that_tends_moves_the_keys_and_the_other_takes_them_over() {
    let nodes = two_nodes().await;
    let [first, second] = &nodes;
    assert_eq!(first.gate.key_records(), second.gate.key_records());
    pass(&nodes, days(90) - secs(30));
    assert!(tends(first).await);
    let before = first.gate.key_records();
    pass(&nodes, secs(30));
    assert!(!tends(second).await);
    assert_eq!((second.fuse.count("replace"), second.gate.key_records()), (0, before.clone()), "it is not its to do");
    assert!(tends(first).await);
    let after = first.gate.key_records();
    assert_ne!(after, before, "after ninety days another key signs");
    assert!(!tends(second).await);
    assert_eq!(second.gate.key_records(), after);
}

#[tokio::test]
async fn many_nodes_that_tend_at_once_are_one() {
    let [first, second] = two_nodes().await;
    let third = first.another_node().await;
    for _ in 0..5 {
        let tended = tokio::join!(first.gate.tend(), second.gate.tend(), third.gate.tend());
        let tended = [tended.0.unwrap(), tended.1.unwrap(), tended.2.unwrap()];
        assert_eq!(tended.iter().filter(|one| matches!(one, Tended::Here(_))).count(), 1, "{tended:?}");
        for node in [&first, &second, &third] {
            node.clock.advance(mins(2));
        }
    }
}
