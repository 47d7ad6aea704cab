//! What every store must do about rate limits.

use std::time::Duration;

use gatewright_core::{
    model::LimitRule,
    port::{Limited, Take},
};

use super::World;

const RATE: LimitRule = LimitRule::Rate { burst: 3, interval: Duration::from_secs(10) };
const FAILURES: LimitRule = LimitRule::Failures {
    free: 2,
    first_delay: Duration::from_secs(1),
    max_delay: Duration::from_secs(60),
    give_up: 100,
};

async fn take(world: &World, takes: &[Take]) -> Limited {
    world.store.limits.take(takes, world.now()).await.unwrap()
}

/// Plain and exhausted: the model's rule, kept between calls.
pub async fn a_limit_lets_pass_what_its_rule_allows(world: World) {
    let rate = [Take { key: world.limit_key(), rule: RATE }];
    let failures = [Take { key: world.limit_key(), rule: FAILURES }];
    for _ in 0..3 {
        assert_eq!(take(&world, &rate).await, Limited::Granted);
    }
    assert_eq!(take(&world, &rate).await, Limited::Wait(Duration::from_secs(10)));
    for _ in 0..2 {
        assert_eq!(take(&world, &failures).await, Limited::Granted);
    }
    assert_eq!(take(&world, &failures).await, Limited::Wait(Duration::from_secs(1)));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(take(&world, &failures).await, Limited::Granted);
    assert_eq!(take(&world, &failures).await, Limited::Wait(Duration::from_secs(2)));
    assert_eq!(take(&world, &rate).await, Limited::Wait(Duration::from_secs(9)));
    world.clock.advance(Duration::from_secs(9));
    assert_eq!(take(&world, &rate).await, Limited::Granted);
}

/// Absent: no keys, no limit; forgiving what was never taken does nothing.
pub async fn a_key_without_a_state_is_none_the_worse_for_being_forgiven(world: World) {
    assert_eq!(take(&world, &[]).await, Limited::Granted);
    let rate = [Take { key: world.limit_key(), rule: RATE }];
    world.store.limits.forgive(&rate).await.unwrap();
    for _ in 0..3 {
        assert_eq!(take(&world, &rate).await, Limited::Granted);
    }
    assert_ne!(take(&world, &rate).await, Limited::Granted);
}

/// All or nothing, and the longest wait counts.
pub async fn an_attempt_is_counted_on_all_keys_or_on_none(world: World) {
    let (free, full, slower) = (world.limit_key(), world.limit_key(), world.limit_key());
    let slow = LimitRule::Rate { burst: 1, interval: Duration::from_secs(99) };
    for _ in 0..3 {
        assert_eq!(take(&world, &[Take { key: full, rule: RATE }]).await, Limited::Granted);
    }
    assert_eq!(take(&world, &[Take { key: slower, rule: slow }]).await, Limited::Granted);
    let free = Take { key: free, rule: RATE };
    let all = [free, Take { key: full, rule: RATE }, Take { key: slower, rule: slow }];
    for _ in 0..5 {
        assert_eq!(take(&world, &all).await, Limited::Wait(Duration::from_secs(99)));
    }
    for _ in 0..3 {
        assert_eq!(take(&world, &[free]).await, Limited::Granted);
    }
    assert_ne!(take(&world, &[free]).await, Limited::Granted);
}

/// A key that is named twice is counted twice.
pub async fn a_key_that_is_named_twice_is_counted_twice(world: World) {
    let one = Take { key: world.limit_key(), rule: RATE };
    assert_eq!(take(&world, &[one, one]).await, Limited::Granted);
    assert_eq!(take(&world, &[one, one]).await, Limited::Wait(Duration::from_secs(10)));
    assert_eq!(take(&world, &[one]).await, Limited::Granted);
}

/// Forgiven.
pub async fn a_forgiven_attempt_does_not_count(world: World) {
    let both = [Take { key: world.limit_key(), rule: RATE }, Take { key: world.limit_key(), rule: FAILURES }];
    for _ in 0..10 {
        assert_eq!(take(&world, &both).await, Limited::Granted);
        world.store.limits.forgive(&both).await.unwrap();
    }
}

/// Race.
pub async fn concurrent_attempts_never_pass_more_than_the_rule_allows(world: World) {
    let (one, two) = (world.limit_key(), world.limit_key());
    let answers = world
        .race(|number, world| async move {
            let mut both = [Take { key: one, rule: RATE }, Take { key: two, rule: RATE }];
            if number % 2 == 0 {
                both.reverse();
            }
            take(&world, &both).await
        })
        .await;
    assert_eq!(answers.iter().filter(|answer| **answer == Limited::Granted).count(), 3, "{answers:?}");
}
