//! What every store must do about service keys (SECURITY AZ5).

use std::time::Duration;

use gatewright_core::model::{Act, ServiceKey, ServiceKeyId};

use super::{CALLERS_FOR_ONE, World, accounts::assert_one};

const MAX: usize = 100;

async fn kept(world: &World, name: &str) -> ServiceKey {
    let key = world.service_key(name);
    let entry = world.entry(None, Act::ServiceKeyMade);
    assert!(world.store.service_keys.keep_service_key(key.clone(), MAX, entry).await.unwrap());
    key
}

async fn revoke(world: &World, id: ServiceKeyId) -> bool {
    let entry = world.entry(None, Act::ServiceKeyRevoked);
    let answer = world.store.service_keys.revoke_service_key(id, entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(answer, &entry).await;
    answer
}

/// Plain, absent and activity.
pub async fn az5_a_key_is_found_by_its_hash_and_listed_newest_first(world: World) {
    let keys = &world.store.service_keys;
    assert_eq!(keys.service_keys().await.unwrap(), []);
    let first = world.service_key("the shop's „checkout“");
    let entry = world.entry(None, Act::ServiceKeyMade);
    assert!(keys.keep_service_key(first.clone(), MAX, entry.clone()).await.unwrap());
    world.assert_logged_exactly_if(true, &entry).await;
    world.clock.advance(Duration::from_secs(1));
    let second = ServiceKey { ends_at: None, permissions: world.permissions(""), ..world.service_key("x") };
    let entry = world.entry(None, Act::ServiceKeyMade);
    assert!(keys.keep_service_key(second.clone(), MAX, entry).await.unwrap());

    // One that has run out is there, too: whether it is good for anything is not the store's business.
    world.clock.advance(Duration::from_secs(2 * 86_400));
    assert_eq!(keys.service_keys().await.unwrap(), [second.clone(), first.clone()]);
    assert_eq!(keys.service_key(first.hash).await.unwrap(), Some(first));
    assert_eq!(keys.service_key(second.hash).await.unwrap(), Some(second));
    assert_eq!(keys.service_key(world.secret_hash()).await.unwrap(), None);
    assert!(!revoke(&world, world.service_key("nobody's").id).await);
}

/// Plain: no reading that begins later finds it, on whatever connection.
pub async fn az5_a_revoked_key_is_unknown_at_once(world: World) {
    let (key, other) = (kept(&world, "lost").await, kept(&world, "other").await);
    assert!(revoke(&world, key.id).await);
    let found =
        world.race(move |_, world| async move { world.store.service_keys.service_key(key.hash).await.unwrap() }).await;
    assert!(found.iter().all(Option::is_none), "{found:?}");
    assert_eq!(world.store.service_keys.service_keys().await.unwrap(), [other]);
    assert!(!revoke(&world, key.id).await);
    // Whoever uses it at this moment brings nothing back.
    world.store.service_keys.note_service_key_use(key.id, world.now()).await.unwrap();
    assert_eq!(world.store.service_keys.service_key(key.hash).await.unwrap(), None);
}

/// Taken.
pub async fn one_key_too_many_is_not_kept(world: World) {
    for (max, expected) in [(0, false), (1, true), (1, false), (2, true), (1, false)] {
        let entry = world.entry(None, Act::ServiceKeyMade);
        let key = world.service_key("one of many");
        let answer = world.store.service_keys.keep_service_key(key.clone(), max, entry.clone()).await.unwrap();
        assert_eq!(answer, expected);
        world.assert_logged_exactly_if(expected, &entry).await;
        assert_eq!(world.store.service_keys.service_key(key.hash).await.unwrap().is_some(), expected);
    }
}

/// Race.
pub async fn concurrent_calls_never_keep_more_than_the_most_keys(world: World) {
    let answers = world
        .race(|_, world| async move {
            let entry = world.entry(None, Act::ServiceKeyMade);
            let key = world.service_key("one of many");
            world.store.service_keys.keep_service_key(key, 5, entry).await.unwrap()
        })
        .await;
    assert_eq!(answers.iter().filter(|kept| **kept).count(), 5, "{answers:?}");
    assert_eq!(world.store.service_keys.service_keys().await.unwrap().len(), 5);
}

/// Race.
pub async fn az5_of_all_concurrent_revocations_exactly_one_is_done(world: World) {
    let key = kept(&world, "lost").await.id;
    let answers = world.race_of(CALLERS_FOR_ONE, move |_, world| async move { revoke(&world, key).await }).await;
    assert_one(&answers, &true, &false);
}

/// Plain: a minute to the microsecond; a clock that steps back moves nothing.
pub async fn the_last_use_is_noted_at_most_once_a_minute(world: World) {
    let (key, other) = (kept(&world, "busy").await, kept(&world, "idle").await);
    let start = world.now();
    let minute = Duration::from_secs(60);
    let micro = Duration::from_micros(1);
    let steps = [
        (start, start),
        (start.plus(minute).minus(micro), start),
        (start.minus(minute), start),
        (start.plus(minute), start.plus(minute)),
        (start.plus(minute).plus(minute).minus(micro), start.plus(minute)),
    ];
    for (at, expected) in steps {
        world.store.service_keys.note_service_key_use(key.id, at).await.unwrap();
        let found = world.store.service_keys.service_key(key.hash).await.unwrap().unwrap();
        assert_eq!(found, ServiceKey { used_at: Some(expected), ..key.clone() });
    }
    assert_eq!(world.store.service_keys.service_key(other.hash).await.unwrap(), Some(other));
}

/// Race: of sixteen uses within one minute, one is noted, whichever it is.
pub async fn of_concurrent_uses_within_a_minute_one_is_noted(world: World) {
    let key = kept(&world, "busy").await;
    let start = world.now();
    let at = move |number: usize| start.plus(Duration::from_secs(number as u64));
    let seen = world
        .race(|number, world| {
            let key = key.clone();
            async move {
                world.store.service_keys.note_service_key_use(key.id, at(number)).await.unwrap();
                world.store.service_keys.service_key(key.hash).await.unwrap().unwrap().used_at.unwrap()
            }
        })
        .await;
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "{seen:?}");
}
