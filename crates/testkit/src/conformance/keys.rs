//! What every store must do about signing keys.

use gatewright_core::port::{StoredKey, StoredKeys};

use super::{World, accounts::assert_one};

fn key(world: &World, kid: &str) -> StoredKey {
    StoredKey {
        kid: kid.into(),
        state: "signing".into(),
        created_at: world.now().secs(),
        published_at: Some(world.now().secs() + 1),
        signing_since: None,
        retiring_since: Some(-5),
        sealed: world.entropy.bytes::<90>().into(),
    }
}

/// Absent.
pub async fn a_store_without_keys_has_version_zero(world: World) {
    assert_eq!(world.store.keys.keys().await.unwrap(), StoredKeys::default());
}

/// Plain: in their order.
pub async fn replaced_keys_come_out_as_they_were_put_in(world: World) {
    let keys = vec![key(&world, "b"), key(&world, "a"), key(&world, "c")];
    assert!(world.store.keys.replace(0, keys.clone()).await.unwrap());
    assert_eq!(world.store.keys.keys().await.unwrap(), StoredKeys { version: 1, keys: keys.clone() });
    let fewer = keys[1..].to_vec();
    assert!(world.store.keys.replace(1, fewer.clone()).await.unwrap());
    assert_eq!(world.store.keys.keys().await.unwrap(), StoredKeys { version: 2, keys: fewer });
}

/// Stale.
pub async fn keys_that_were_changed_since_are_not_replaced(world: World) {
    let keys = vec![key(&world, "a")];
    assert!(!world.store.keys.replace(1, keys.clone()).await.unwrap());
    assert!(world.store.keys.replace(0, keys.clone()).await.unwrap());
    assert!(!world.store.keys.replace(0, vec![key(&world, "b")]).await.unwrap());
    assert_eq!(world.store.keys.keys().await.unwrap(), StoredKeys { version: 1, keys });
}

/// A set that cannot be kept leaves the old one.
pub async fn a_refused_set_leaves_the_old_one(world: World) {
    let keys = vec![key(&world, "a")];
    assert!(world.store.keys.replace(0, keys.clone()).await.unwrap());
    assert!(world.store.keys.replace(1, vec![key(&world, "b"), key(&world, "b")]).await.is_err());
    assert_eq!(world.store.keys.keys().await.unwrap(), StoredKeys { version: 1, keys });
}

/// Race.
pub async fn of_all_concurrent_replacements_that_saw_the_same_version_exactly_one_is_done(world: World) {
    let answers = world
        .race(|number, world| async move {
            let keys = vec![key(&world, &format!("key{number}"))];
            let answer = world.store.keys.replace(0, keys.clone()).await.unwrap();
            if answer {
                assert_eq!(world.store.keys.keys().await.unwrap().keys, keys);
            }
            answer
        })
        .await;
    assert_one(&answers, &true, &false);
    assert_eq!(world.store.keys.keys().await.unwrap().version, 1);
}
