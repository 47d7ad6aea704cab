//! Limits that all nodes share, and what becomes of them while Redis is away: local ones, never none.

use std::time::Duration;

use gatewright_core::{
    model::LimitRule,
    port::{Limited, Take},
};
use gatewright_testkit::conformance::World;

use super::backend::Lab;

const RATE: LimitRule = LimitRule::Rate { burst: 3, interval: Duration::from_secs(10) };

/// How many of ten attempts at once were let pass.
async fn granted(world: &World, take: Take) -> usize {
    let mut granted = 0;
    for _ in 0..10 {
        let limited = world.store.limits.take(&[take], world.now()).await.unwrap();
        granted += usize::from(limited == Limited::Granted);
    }
    granted
}

#[tokio::test]
async fn two_nodes_share_a_limit() {
    let lab = Lab::start().await;
    let there = lab.another_node().await;
    let take = Take { key: lab.world.limit_key(), rule: RATE };
    assert_eq!(granted(&lab.world, take).await, 3);
    assert_eq!(granted(&there, take).await, 0);
    there.store.limits.forgive(&[take]).await.unwrap();
    assert_eq!(granted(&lab.world, take).await, 1);
}

#[tokio::test]
async fn au1_while_redis_is_away_a_burst_is_still_limited() {
    let lab = Lab::start().await;
    let (world, there) = (&lab.world, lab.another_node().await);
    let take = Take { key: world.limit_key(), rule: RATE };
    assert!(!lab.store.limits_are_local());
    lab.server.stop();
    assert_eq!(granted(world, take).await, 3);
    assert!(lab.store.limits_are_local());
    assert_eq!(granted(&there, take).await, 3, "each node for itself");
    world.clock.advance(Duration::from_secs(10));
    assert_eq!(granted(world, take).await, 1);
    world.store.limits.forgive(&[take]).await.unwrap();
    assert_eq!(granted(world, take).await, 1);
    lab.server.start_again();
    // There, nothing was counted meanwhile.
    let mut total = 0;
    for _ in 0..100 {
        total += granted(world, take).await;
        if !lab.store.limits_are_local() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!lab.store.limits_are_local());
    assert!(total <= 3, "{total}");
    assert_eq!(granted(&there, take).await, 0, "and they share it again");
}

#[tokio::test]
async fn while_redis_stands_still_limits_go_on_quickly() {
    let lab = Lab::start().await;
    let take = Take { key: lab.world.limit_key(), rule: RATE };
    lab.server.pause();
    // Redis is waited for once or twice, not each time.
    let ten = tokio::time::timeout(Duration::from_secs(12), granted(&lab.world, take)).await.unwrap();
    assert_eq!(ten, 3);
    lab.server.resume();
}

#[tokio::test]
async fn the_state_of_a_limit_goes_when_it_says_nothing_any_more() {
    let lab = Lab::start().await;
    let take = Take { key: lab.world.limit_key(), rule: RATE };
    assert_eq!(granted(&lab.world, take).await, 3);
    let keys = lab.server.ask(0, &["KEYS", "gw:*:l:*"]).unwrap();
    let left: u64 = lab.server.ask(0, &["PTTL", &keys]).unwrap().parse().unwrap();
    assert!((30_000..=90_000).contains(&left), "{left}");
}
