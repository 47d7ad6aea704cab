//! What every store must do when an admin changes a user.

use std::time::Duration;

use gatewright_core::{
    model::{Act, Epoch, User},
    port::{Administered, Administration},
};

use super::super::{World, accounts::assert_one};

async fn administer(world: &World, user: &User, change: Administration) -> Administered {
    let entry = world.entry(user.account_id, Act::UserAdministered).of_user(user.id);
    let answer = world.store.users.administer(user.id, change, entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(matches!(answer, Administered::Done(_)), &entry).await;
    answer
}

/// The user after the change, which must be done.
async fn done(world: &World, user: &User, change: Administration) -> User {
    let answer = administer(world, user, change).await;
    let Administered::Done(now) = answer else { panic!("it was not done: {answer:?}") };
    assert_eq!(world.store.users.user(user.id).await.unwrap().as_ref(), Some(&now));
    now
}

/// Plain and activity: each thing alone, all of them, and none.
pub async fn what_an_admin_changes_of_a_user_is_changed_and_nothing_else(world: World) {
    let (_, user) = world.signed_up("ada").await;
    let nothing = world.administration(&user);
    assert_eq!(done(&world, &user, nothing.clone()).await, user);

    let roles = world.roles("support,b.c:d_e-0,a");
    let change = Administration { roles: Some(roles.clone()), ..nothing.clone() };
    let given = User { roles, ..user.clone() };
    assert_eq!(done(&world, &user, change).await, given);

    let notes = serde_json::Map::from_iter([("näh".to_owned(), serde_json::json!([1.25, "\u{1f600}", { "": null }]))]);
    let change = Administration { app_metadata: Some(notes.clone()), ..world.administration(&given) };
    let noted = User { app_metadata: notes, ..given };
    assert_eq!(done(&world, &noted, change).await, noted);

    let change = Administration {
        roles: Some(world.roles("")),
        disabled_at: Some(Some(world.now())),
        app_metadata: Some(serde_json::Map::new()),
        ..world.administration(&noted)
    };
    let emptied = User {
        roles: world.roles(""),
        app_metadata: serde_json::Map::new(),
        disabled_at: Some(world.now()),
        epoch: Epoch::new(1),
        ..noted
    };
    assert_eq!(done(&world, &emptied, change).await, emptied);
}

/// Absent and stale.
pub async fn who_saw_other_roles_or_notes_changes_nothing(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let nobody = world.user(account.id, "nobody");
    assert_eq!(administer(&world, &nobody, world.administration(&nobody)).await, Administered::Gone);
    let seen = world.administration(&user);
    let more = Administration { roles: Some(world.roles("admin")), disabled_at: Some(Some(world.now())), ..seen };
    for change in [
        Administration { seen_roles: world.roles("editor"), ..more.clone() },
        Administration { seen_roles: world.roles(""), ..more.clone() },
        Administration { seen_app_metadata: serde_json::Map::new(), ..more.clone() },
    ] {
        assert_eq!(administer(&world, &user, change).await, Administered::Stale);
    }
    assert_eq!(world.store.users.user(user.id).await.unwrap(), Some(user));
}

/// Plain; SECURITY SE7: once, and for good.
pub async fn se7_disabling_a_user_ends_its_sessions_and_enabling_revives_none(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let other = world.added(account.id, "byron").await;
    let (session, kept) = (world.opened(&account, &user).await.session.id, world.opened(&account, &other).await);
    let since = world.now();
    let change = |disabled_at| Administration { disabled_at: Some(disabled_at), ..world.administration(&user) };
    let disabled = done(&world, &user, change(Some(since))).await;
    assert_eq!(disabled, User { disabled_at: Some(since), epoch: Epoch::new(1), ..user.clone() });
    assert!(!world.lives(session).await && world.lives(kept.session.id).await);
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(done(&world, &user, change(Some(world.now()))).await, disabled, "it keeps its moment and its epoch");
    let enabled = done(&world, &user, change(None)).await;
    assert_eq!(enabled, User { disabled_at: None, ..disabled });
    assert!(!world.lives(session).await);
    assert_eq!(done(&world, &user, change(None)).await, enabled);
    let again = world.opened(&account, &enabled).await.session.id;
    assert!(world.lives(again).await);
}

/// Race.
pub async fn of_all_concurrent_administrations_that_saw_the_same_exactly_one_is_done(world: World) {
    for round in 0..2 {
        let (_, user) = world.signed_up(&format!("user{round}")).await;
        let answers = world
            .race(|number, world| {
                let user = user.clone();
                async move {
                    let roles = (round == 0).then(|| world.roles(&format!("role{number}")));
                    let note = || serde_json::Map::from_iter([("by".to_owned(), number.into())]);
                    let app_metadata = (round == 1).then(note);
                    let change = Administration { roles, app_metadata, ..world.administration(&user) };
                    let answer = administer(&world, &user, change).await;
                    assert!(matches!(answer, Administered::Done(_) | Administered::Stale), "{answer:?}");
                    matches!(answer, Administered::Done(_))
                }
            })
            .await;
        assert_one(&answers, &true, &false);
    }
}

/// Race: a session is opened while its user is disabled. It is not opened, or dead.
pub async fn se7_a_session_opened_while_its_user_is_disabled_is_dead(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let opened = world
        .race(|number, world| {
            let (account, user) = (account.clone(), user.clone());
            async move {
                if number == 7 {
                    let disabled_at = Some(Some(world.now()));
                    let change = Administration { disabled_at, ..world.administration(&user) };
                    assert!(matches!(administer(&world, &user, change).await, Administered::Done(_)));
                    return None;
                }
                let session = world.session(&account, &user);
                let id = session.id;
                world.try_open(world.opening(session)).await;
                Some(id)
            }
        })
        .await;
    for id in opened.into_iter().flatten() {
        assert!(!world.lives(id).await);
    }
}
