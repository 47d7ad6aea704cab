//! What every store must do to stay healthy.

use std::time::Duration;

use gatewright_core::{
    model::LimitRule,
    port::{Limited, Swept, Take},
};

use super::{CALLERS, World};
use crate::sample::ABSOLUTE;

const RULE: LimitRule = LimitRule::Rate { burst: 1, interval: Duration::from_secs(10) };

/// Plain.
pub async fn a_healthy_store_answers(world: World) {
    world.store.maintenance.ping().await.unwrap();
}

/// Absent.
pub async fn an_empty_store_has_nothing_to_sweep(world: World) {
    assert_eq!(world.store.maintenance.sweep(world.now(), 100).await.unwrap(), Swept::default());
}

/// Plain: at most so many of each kind, the dead ones only, and only from their very moment on.
pub async fn a_sweep_removes_in_small_steps_what_is_dead_and_nothing_else(world: World) {
    let (account, user) = world.signed_up("ada").await;
    for _ in 0..3 {
        let spends = Some((world.token_id(), world.now().plus(Duration::from_secs(300))));
        world.open(gatewright_core::port::Opening { spends, ..world.opening(world.session(&account, &user)) }).await;
        let takes = [Take { key: world.limit_key(), rule: RULE }];
        assert_eq!(world.store.limits.take(&takes, world.now()).await.unwrap(), Limited::Granted);
    }
    world.clock.advance(Duration::from_secs(1));
    let young = world.opened(&account, &user).await;
    let sweep = async |limit| world.store.maintenance.sweep(world.now(), limit).await.unwrap();
    assert_eq!(sweep(100).await, Swept::default());
    world.clock.set(world.now().plus(ABSOLUTE).minus(Duration::from_secs(1)));
    assert_eq!(sweep(2).await, Swept { sessions: 2, selections: 2, limits: 2 });
    assert_eq!(sweep(2).await, Swept { sessions: 1, selections: 1, limits: 1 });
    assert_eq!(sweep(2).await, Swept::default());
    assert_eq!(world.standing(young.session.id).await.unwrap(), young);
}

/// Race: each row is removed once.
pub async fn concurrent_sweeps_remove_each_row_once(world: World) {
    for _ in 0..CALLERS {
        let takes = [Take { key: world.limit_key(), rule: RULE }];
        world.store.limits.take(&takes, world.now()).await.unwrap();
    }
    world.clock.advance(Duration::from_secs(10));
    let answers =
        world.race(|_, world| async move { world.store.maintenance.sweep(world.now(), 3).await.unwrap().limits }).await;
    assert_eq!(answers.iter().sum::<usize>(), CALLERS, "{answers:?}");
}
