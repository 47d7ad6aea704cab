//! What every store must do about passwords.

use gatewright_core::{
    model::{AccountId, Act, Epoch, SessionId},
    port::PasswordChange,
};

use super::{World, accounts::assert_one};

fn change(world: &World, account_id: AccountId, seen: &str, new: &str, keep: SessionId) -> PasswordChange {
    PasswordChange { account_id, seen: world.hash(seen), new: world.hash(new), keep, at: world.now() }
}

/// Absent.
pub async fn a_password_that_is_not_there_is_none(world: World) {
    let nobody = world.account("nobody").id;
    assert_eq!(world.store.passwords.password(nobody).await.unwrap(), None);
    assert!(!world.store.passwords.rehash(nobody, &world.hash("a"), world.hash("b")).await.unwrap());
}

/// Plain: the kept session is taken along, all others end (invariant P16: with one write).
pub async fn changing_the_password_ends_every_session_but_the_kept_one(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let child = world.added(account.id, "byron").await;
    let keep = world.opened(&account, &user).await.session.id;
    let others = [world.opened(&account, &user).await, world.opened(&account, &child).await];
    let entry = world.entry(account.id, Act::PasswordChanged);
    let change = change(&world, account.id, "ada", "new", keep);
    assert!(world.store.passwords.change(change, entry.clone()).await.unwrap());
    assert_eq!(world.store.passwords.password(account.id).await.unwrap().unwrap(), world.hash("new"));
    assert!(world.lives(keep).await);
    for other in others {
        assert!(!world.lives(other.session.id).await);
    }
    assert_eq!(world.store.accounts.account(account.id).await.unwrap().unwrap().epoch, Epoch::new(1));
    world.assert_logged_exactly_if(true, &entry).await;
}

/// Stale: another hash, a dead session, a session of somebody else, one that is not there.
pub async fn a_password_is_not_changed_by_who_saw_another_or_whose_session_is_dead(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let (other, other_user) = world.signed_up("grace").await;
    let keep = world.opened(&account, &user).await.session.id;
    let ended = world.opened(&account, &user).await.session.id;
    let logout = world.entry(account.id, Act::LoggedOut);
    assert!(world.store.sessions.end(world.end(ended), logout).await.unwrap());
    let foreign = world.opened(&other, &other_user).await.session.id;
    let absent = world.session(&account, &user).id;
    let entry = world.entry(account.id, Act::PasswordChanged);
    for (seen, keep) in [("other", keep), ("ada", ended), ("ada", foreign), ("ada", absent)] {
        let change = change(&world, account.id, seen, "new", keep);
        assert!(!world.store.passwords.change(change, entry.clone()).await.unwrap());
    }
    world.clock.advance(crate::sample::IDLE);
    let late = change(&world, account.id, "ada", "new", keep);
    assert!(!world.store.passwords.change(late, entry.clone()).await.unwrap());
    assert_eq!(world.store.passwords.password(account.id).await.unwrap().unwrap(), world.hash("ada"));
    assert_eq!(world.store.accounts.account(account.id).await.unwrap().unwrap(), account);
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Race.
pub async fn of_all_concurrent_changes_that_saw_the_same_hash_exactly_one_is_done(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let keep = world.opened(&account, &user).await.session.id;
    let answers = world
        .race(|number, world| async move {
            let entry = world.entry(account.id, Act::PasswordChanged);
            let change = change(&world, account.id, "ada", &format!("new{number}"), keep);
            let answer = world.store.passwords.change(change, entry.clone()).await.unwrap();
            world.assert_logged_exactly_if(answer, &entry).await;
            answer
        })
        .await;
    assert_one(&answers, &true, &false);
}

/// Plain and stale; SECURITY PW13.
pub async fn pw13_a_stronger_hash_replaces_only_the_one_that_was_seen_and_ends_nothing(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let session = world.opened(&account, &user).await;
    let passwords = &world.store.passwords;
    assert!(!passwords.rehash(account.id, &world.hash("other"), world.hash("x")).await.unwrap());
    assert_eq!(passwords.password(account.id).await.unwrap().unwrap(), world.hash("ada"));
    assert!(passwords.rehash(account.id, &world.hash("ada"), world.hash("stronger")).await.unwrap());
    assert_eq!(passwords.password(account.id).await.unwrap().unwrap(), world.hash("stronger"));
    assert_eq!(world.standing(session.session.id).await.unwrap(), session);
}

/// Race: a rehash never overwrites a changed password.
pub async fn of_all_concurrent_rehashes_that_saw_the_same_hash_exactly_one_is_done(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let answers = world
        .race(|number, world| async move {
            let (seen, stronger) = (world.hash("ada"), world.hash(&format!("stronger{number}")));
            world.store.passwords.rehash(account.id, &seen, stronger).await.unwrap()
        })
        .await;
    assert_one(&answers, &true, &false);
}
