//! What every store must do about users.

pub mod administration;

use gatewright_core::{
    model::{Act, Lock, Profile, Rank, User},
    port::{AddUser, ChangeUser, RemoveUser, UserChange},
};

use super::{World, accounts::assert_one};

/// Plain: what was put in comes out; a PIN locks.
pub async fn an_added_user_is_there_and_locked_exactly_if_it_has_a_pin(world: World) {
    let (account, owner) = world.signed_up("ada").await;
    world.clock.advance(std::time::Duration::from_secs(1));
    let child = world.user(account.id, "byron");
    let entry = world.entry(account.id, Act::UserAdded);
    let pin = world.hash("1234");
    let added = world.store.users.add(child.clone(), Some(pin.clone()), 5, entry.clone()).await.unwrap();
    assert_eq!(added, AddUser::Done);
    let child = User { lock: Lock::Pin, ..child };
    assert_eq!(world.store.users.user(child.id).await.unwrap().unwrap(), child);
    assert_eq!(world.store.users.pin(child.id).await.unwrap().unwrap(), pin);
    assert_eq!(world.store.users.pin(owner.id).await.unwrap(), None);
    assert_eq!(world.store.users.users(account.id).await.unwrap(), [owner, child]);
    world.assert_logged_exactly_if(true, &entry).await;
}

/// Absent.
pub async fn a_user_that_is_not_there_is_none(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let nobody = world.user(account.id, "nobody");
    let entry = world.entry(account.id, Act::UserChanged);
    let users = &world.store.users;
    assert_eq!(users.user(nobody.id).await.unwrap(), None);
    assert_eq!(users.pin(nobody.id).await.unwrap(), None);
    assert_eq!(users.users(world.account("x").id).await.unwrap(), []);
    let change = users.change(nobody.id, UserChange::default(), entry.clone()).await.unwrap();
    assert_eq!(change, ChangeUser::Gone);
    assert_eq!(users.remove(nobody.id, entry.clone()).await.unwrap(), RemoveUser::Gone);
    assert!(!users.set_pin(nobody.id, Some(world.hash("1234")), entry.clone()).await.unwrap());
    assert!(!users.set_pin(nobody.id, None, entry.clone()).await.unwrap());
    let homeless = world.user(world.account("x").id, "homeless");
    assert_eq!(users.add(homeless, None, 5, entry.clone()).await.unwrap(), AddUser::NoAccount);
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Taken.
pub async fn a_user_with_a_taken_name_or_one_too_many_is_not_added(world: World) {
    let (account, _) = world.signed_up("paypal").await;
    let entry = world.entry(account.id, Act::UserAdded);
    let add = async |name: &str, max| {
        let user = world.user(account.id, name);
        world.store.users.add(user, None, max, entry.clone()).await.unwrap()
    };
    assert_eq!(add("paypal", 5).await, AddUser::UsernameTaken);
    assert_eq!(add("раураl", 5).await, AddUser::UsernameTaken);
    assert_eq!(add("byron", 1).await, AddUser::TooMany);
    assert_eq!(world.store.users.users(account.id).await.unwrap().len(), 1);
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Race.
pub async fn of_all_concurrent_additions_with_one_username_exactly_one_is_done(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let answers = world
        .race(|number, world| async move {
            let user = world.user(account.id, if number % 2 == 0 { "paypal" } else { "раураl" });
            let entry = world.entry(account.id, Act::UserAdded);
            let answer = world.store.users.add(user, None, 100, entry.clone()).await.unwrap();
            world.assert_logged_exactly_if(answer == AddUser::Done, &entry).await;
            answer
        })
        .await;
    assert_one(&answers, &AddUser::Done, &AddUser::UsernameTaken);
}

/// Race.
pub async fn concurrent_additions_never_make_more_than_the_most_users(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let answers = world
        .race(|number, world| async move {
            let user = world.user(account.id, &format!("user{number}"));
            let entry = world.entry(account.id, Act::UserAdded);
            world.store.users.add(user, None, 5, entry).await.unwrap()
        })
        .await;
    assert_eq!(answers.iter().filter(|answer| **answer == AddUser::Done).count(), 4, "{answers:?}");
    assert_eq!(world.store.users.users(account.id).await.unwrap().len(), 5);
}

/// Plain and activity.
pub async fn a_changed_user_is_what_the_answer_says(world: World) {
    let (account, owner) = world.signed_up("ada").await;
    let profile = Profile { display_name: Some("Countess".into()), ..Profile::default() };
    let change = UserChange {
        username: Some(world.username("countess")),
        profile: Some((profile.clone(), owner.profile.clone())),
    };
    let entry = world.entry(account.id, Act::UserChanged);
    let changed = world.store.users.change(owner.id, change, entry.clone()).await.unwrap();
    let expected = User { username: world.username("countess"), profile, ..owner.clone() };
    assert_eq!(changed, ChangeUser::Done(expected.clone()));
    assert_eq!(world.store.users.user(owner.id).await.unwrap().unwrap(), expected);
    world.assert_logged_exactly_if(true, &entry).await;
    // Its own name is not taken, and the old one is free.
    for name in ["countess", "ada"] {
        let change = UserChange { username: Some(world.username(name)), profile: None };
        let entry = world.entry(account.id, Act::UserChanged);
        let changed = world.store.users.change(owner.id, change, entry).await.unwrap();
        assert!(matches!(changed, ChangeUser::Done(_)), "{changed:?}");
    }
}

/// Taken and stale.
pub async fn a_change_to_a_taken_name_or_of_an_outdated_profile_writes_nothing(world: World) {
    let (account, owner) = world.signed_up("ada").await;
    world.added(account.id, "paypal").await;
    let entry = world.entry(account.id, Act::UserChanged);
    let profile = Some((Profile::default(), owner.profile.clone()));
    for name in ["paypal", "раураl"] {
        let change = UserChange { username: Some(world.username(name)), profile: profile.clone() };
        let changed = world.store.users.change(owner.id, change, entry.clone()).await.unwrap();
        assert_eq!(changed, ChangeUser::UsernameTaken);
    }
    let outdated = Profile { locale: None, ..owner.profile.clone() };
    let change = UserChange { username: Some(world.username("free")), profile: Some((Profile::default(), outdated)) };
    let changed = world.store.users.change(owner.id, change, entry.clone()).await.unwrap();
    assert_eq!(changed, ChangeUser::Stale);
    assert_eq!(world.store.users.user(owner.id).await.unwrap().unwrap(), owner);
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Race.
pub async fn of_all_concurrent_changes_that_saw_the_same_profile_exactly_one_is_done(world: World) {
    let (account, owner) = world.signed_up("ada").await;
    let answers = world
        .race(|number, world| {
            let seen = owner.profile.clone();
            async move {
                let new = Profile { display_name: Some(format!("name {number}")), ..Profile::default() };
                let change = UserChange { username: None, profile: Some((new, seen)) };
                let entry = world.entry(account.id, Act::UserChanged);
                let answer = world.store.users.change(owner.id, change, entry.clone()).await.unwrap();
                let done = matches!(answer, ChangeUser::Done(_));
                world.assert_logged_exactly_if(done, &entry).await;
                assert!(done || answer == ChangeUser::Stale);
                done
            }
        })
        .await;
    assert_one(&answers, &true, &false);
}

/// Race.
pub async fn of_all_concurrent_changes_to_one_username_exactly_one_is_done(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let mut users = Vec::new();
    for number in 0..super::CALLERS {
        users.push(world.added(account.id, &format!("user{number}")).await.id);
    }
    let answers = world
        .race(|number, world| {
            let user = users[number];
            async move {
                let change = UserChange { username: Some(world.username("countess")), profile: None };
                let entry = world.entry(account.id, Act::UserChanged);
                matches!(world.store.users.change(user, change, entry).await.unwrap(), ChangeUser::Done(_))
            }
        })
        .await;
    assert_one(&answers, &true, &false);
}

/// Plain: its PIN and its sessions go with it, nobody else's do.
pub async fn a_removed_user_is_gone_with_its_pin_and_its_sessions(world: World) {
    let (account, owner) = world.signed_up("ada").await;
    let child = world.user(account.id, "byron");
    let entry = world.entry(account.id, Act::UserAdded);
    world.store.users.add(child.clone(), Some(world.hash("1234")), 5, entry).await.unwrap();
    let session = world.opened(&account, &child).await.session.id;
    let other = world.opened(&account, &owner).await;
    let entry = world.entry(account.id, Act::UserRemoved).of_user(child.id);
    assert_eq!(world.store.users.remove(child.id, entry.clone()).await.unwrap(), RemoveUser::Done);
    assert_eq!(world.store.users.user(child.id).await.unwrap(), None);
    assert_eq!(world.store.users.pin(child.id).await.unwrap(), None);
    assert_eq!(world.standing(session).await, None);
    assert_eq!(world.standing(other.session.id).await.unwrap(), other);
    world.assert_logged_exactly_if(true, &entry).await;
    world.added(account.id, "byron").await;
}

/// Taken: an account always has an owner.
pub async fn the_last_owner_is_not_removed(world: World) {
    let (account, owner) = world.signed_up("ada").await;
    world.added(account.id, "byron").await;
    let entry = world.entry(account.id, Act::UserRemoved);
    assert_eq!(world.store.users.remove(owner.id, entry.clone()).await.unwrap(), RemoveUser::LastOwner);
    assert_eq!(world.store.users.user(owner.id).await.unwrap().unwrap(), owner);
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Race: two owners, sixteen removals.
pub async fn concurrent_removals_never_leave_an_account_without_an_owner(world: World) {
    let (account, first) = world.signed_up("ada").await;
    let second = User { rank: Rank::Owner, ..world.user(account.id, "grace") };
    let entry = world.entry(account.id, Act::UserAdded);
    world.store.users.add(second.clone(), None, 5, entry).await.unwrap();
    let answers = world
        .race(|number, world| {
            let user = if number % 2 == 0 { first.id } else { second.id };
            async move {
                let entry = world.entry(account.id, Act::UserRemoved);
                world.store.users.remove(user, entry).await.unwrap()
            }
        })
        .await;
    assert_eq!(answers.iter().filter(|answer| **answer == RemoveUser::Done).count(), 1, "{answers:?}");
    assert_eq!(world.store.users.users(account.id).await.unwrap().len(), 1);
}

/// Plain, stale and activity.
pub async fn a_pin_is_set_replaced_and_removed(world: World) {
    let (account, owner) = world.signed_up("ada").await;
    let steps = [
        (None, false, Lock::Open),
        (Some("1111"), true, Lock::Pin),
        (Some("2222"), true, Lock::Pin),
        (None, true, Lock::Open),
        (None, false, Lock::Open),
    ];
    for (pin, expected, lock) in steps {
        let pin = pin.map(|pin| world.hash(pin));
        let entry = world.entry(account.id, Act::PinSet).of_user(owner.id);
        let answer = world.store.users.set_pin(owner.id, pin.clone(), entry.clone()).await.unwrap();
        assert_eq!(answer, expected);
        assert_eq!(world.store.users.pin(owner.id).await.unwrap(), pin);
        assert_eq!(world.store.users.user(owner.id).await.unwrap().unwrap().lock, lock);
        world.assert_logged_exactly_if(expected, &entry).await;
    }
}

/// Race: of sixteen who remove the same PIN, one did.
pub async fn of_all_concurrent_removals_of_a_pin_exactly_one_is_done(world: World) {
    let (account, owner) = world.signed_up("ada").await;
    let entry = world.entry(account.id, Act::PinSet);
    world.store.users.set_pin(owner.id, Some(world.hash("1234")), entry).await.unwrap();
    let answers = world
        .race(|_, world| async move {
            let entry = world.entry(account.id, Act::PinRemoved);
            let answer = world.store.users.set_pin(owner.id, None, entry.clone()).await.unwrap();
            world.assert_logged_exactly_if(answer, &entry).await;
            answer
        })
        .await;
    assert_one(&answers, &true, &false);
}
