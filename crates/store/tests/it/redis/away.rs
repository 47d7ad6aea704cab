//! A Redis that is away, or stands still: whoever needs it is told so quickly, nothing wrong happens, and when it is back
//! everything goes on by itself.

use std::{future::Future, time::Duration};

use gatewright_core::{
    model::{Act, Standing},
    port::{Applied, Rotation, StoreError},
};
use gatewright_testkit::conformance::World;
use tokio::time::timeout;

use super::backend::Lab;

async fn ada(world: &World) -> Standing {
    let (account, user) = world.signed_up("ada").await;
    world.opened(&account, &user).await
}

/// What is answered within three seconds, which must be that the store is away.
async fn is_away<T: std::fmt::Debug>(step: impl Future<Output = Result<T, StoreError>>) {
    let answer = timeout(Duration::from_secs(3), step).await.expect("an answer within three seconds");
    assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
}

async fn eventually<T>(mut step: impl AsyncFnMut() -> Result<T, StoreError>) -> T {
    for _ in 0..100 {
        match step().await {
            Ok(answer) => return answer,
            Err(StoreError::Unavailable { .. }) => tokio::time::sleep(Duration::from_millis(100)).await,
            Err(error) => panic!("{error:?}"),
        }
    }
    panic!("Redis did not come back");
}

async fn all_are_away(world: &World, seen: &Standing) {
    let sessions = &world.store.sessions;
    is_away(sessions.standing(seen.session.id)).await;
    is_away(sessions.rotate(world.rotation(seen))).await;
    is_away(sessions.redeliver(world.redelivery(seen))).await;
    is_away(sessions.of_user(seen.user.id, world.now())).await;
    let opening = world.opening(world.session(&seen.account, &seen.user));
    is_away(sessions.open(opening, world.entry(seen.account.id, Act::LoggedIn))).await;
    is_away(world.store.maintenance.ping()).await;
}

#[tokio::test]
async fn while_redis_is_stopped_the_store_is_away_and_when_it_is_back_all_goes_on() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let seen = ada(world).await;
    let other = world.opened(&seen.account, &seen.user).await;
    lab.server.stop();
    all_are_away(world, &seen).await;
    // Who logs out meanwhile is logged out, and what is only in SQL is looked after.
    let entry = world.entry(seen.account.id, Act::LoggedOut);
    assert!(world.store.sessions.end(world.end(other.session.id), entry).await.unwrap());
    world.store.maintenance.sweep(world.now(), 10).await.unwrap();
    let ip = seen.session.last_ip.unwrap();
    assert!(
        !world.store.sessions.knows_source(seen.account.id, ip).await.unwrap(),
        "wrong passwords go on to be limited"
    );
    lab.server.start_again();
    let back = eventually(async || world.store.sessions.standing(seen.session.id).await).await.unwrap();
    assert_eq!(back.session, seen.session);
    assert!(!world.lives(other.session.id).await);
    assert!(world.store.sessions.knows_source(seen.account.id, ip).await.unwrap());
    world.store.maintenance.ping().await.unwrap();
    let applied = world.store.sessions.rotate(world.rotation(&seen)).await.unwrap();
    assert!(matches!(applied, Applied::Done(_)));
}

#[tokio::test]
async fn while_redis_stands_still_nobody_waits_long_however_many_come() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let seen = ada(world).await;
    lab.server.pause();
    all_are_away(world, &seen).await;
    let crowd = (0..200).map(|_| {
        let (world, id) = (world.clone(), seen.session.id);
        async move { is_away(world.store.sessions.standing(id)).await }
    });
    tokio::task::JoinSet::from_iter(crowd).join_all().await;
    lab.server.resume();
    let back = eventually(async || world.store.sessions.standing(seen.session.id).await).await.unwrap();
    assert_eq!(back, seen, "the same process with the same data: nothing is put off");
}

/// What a Redis makes of a rotation that it finds when it goes on after four seconds; its request's time was up after `patience`.
async fn generation_after_standing_still(patience: Duration) -> u64 {
    let lab = Lab::start().await;
    let world = &lab.world;
    // So that Redis knows the script.
    let other = ada(world).await;
    assert!(matches!(world.store.sessions.rotate(world.rotation(&other)).await, Ok(Applied::Done(_))));
    let seen = world.opened(&other.account, &other.user).await;
    let step = Rotation { not_after: world.now().plus(patience), ..world.rotation(&seen) };
    lab.server.pause();
    is_away(world.store.sessions.rotate(step)).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    lab.server.resume();
    // The new connection is answered after the old one was read, because Redis does one thing at a time.
    let back = eventually(async || world.store.sessions.standing(seen.session.id).await).await.unwrap();
    back.session.chain.generation
}

#[tokio::test]
async fn a_rotation_that_was_given_up_is_not_done_when_redis_goes_on() {
    assert_eq!(generation_after_standing_still(Duration::from_secs(1)).await, 1);
}

#[tokio::test]
async fn a_rotation_whose_time_is_not_up_is_done_when_redis_goes_on() {
    assert_eq!(generation_after_standing_still(Duration::from_secs(60)).await, 2);
}

#[tokio::test]
async fn a_connection_that_broke_is_made_anew_without_an_error_in_between() {
    let lab = Lab::start().await;
    let world = &lab.world;
    let seen = ada(world).await;
    lab.server.ask(0, &["CLIENT", "KILL", "TYPE", "normal"]).ok();
    // The other end is noticed to be gone as soon as the runtime looks.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(world.standing(seen.session.id).await.unwrap(), seen, "the same process: nothing is put off");
}
