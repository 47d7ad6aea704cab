//! What every store must do about accounts.

use std::{collections::HashSet, time::Duration};

use gatewright_core::{
    model::{Act, Activity, Epoch, Login, Timestamp},
    port::{DeleteAccount, NewAccount, Opened, SetDisabled, SignUp},
};

use super::World;

/// Plain: what was put in comes out.
pub async fn a_signed_up_account_is_there_with_its_owner_and_its_password(world: World) {
    let new = world.new_account("ada");
    let id = new.account.id;
    let entry = world.entry(id, Act::SignedUp);
    let store = &world.store;
    assert_eq!(store.accounts.sign_up(new.clone(), entry.clone()).await.unwrap(), SignUp::Done);
    assert_eq!(store.accounts.account(id).await.unwrap().unwrap(), new.account);
    assert_eq!(store.users.users(id).await.unwrap(), [new.owner]);
    assert_eq!(store.passwords.password(id).await.unwrap(), new.password);
    assert_eq!(world.log(id).await, [entry.activity]);
}

/// Absent.
pub async fn an_account_that_is_not_there_is_none(world: World) {
    let nobody = world.account("nobody");
    let login = Login::Email(nobody.email);
    assert_eq!(world.store.accounts.account(nobody.id).await.unwrap(), None);
    assert_eq!(world.store.accounts.account_by_login(&login).await.unwrap(), None);
    world.signed_up("somebody").await;
    assert_eq!(world.store.accounts.account_by_login(&login).await.unwrap(), None);
    let entry = world.entry(nobody.id, Act::AccountDisabled);
    for since in [Some(world.now()), None] {
        let set = world.store.accounts.set_disabled(nobody.id, since, entry.clone()).await.unwrap();
        assert_eq!(set, SetDisabled::Unchanged);
    }
    assert_eq!(world.store.accounts.delete(nobody.id, entry.clone()).await.unwrap(), DeleteAccount::Gone);
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Taken: by the key, so that another spelling is the same address.
pub async fn a_taken_address_writes_nothing(world: World) {
    world.signed_up("ada").await;
    let mut again = world.new_account("grace");
    again.account.email = world.email("Ada");
    let (account, owner) = (again.account.id, again.owner.id);
    let entry = world.entry(account, Act::SignedUp);
    assert_eq!(world.store.accounts.sign_up(again, entry.clone()).await.unwrap(), SignUp::EmailTaken);
    assert_eq!(world.store.accounts.account(account).await.unwrap(), None);
    assert_eq!(world.store.users.user(owner).await.unwrap(), None);
    assert_eq!(world.store.passwords.password(account).await.unwrap(), None);
    world.assert_logged_exactly_if(false, &entry).await;
}

/// Taken: by the name itself and by how it looks.
pub async fn a_taken_username_or_one_that_looks_like_it_writes_nothing(world: World) {
    world.signed_up("paypal").await;
    for name in ["paypal", "раураl"] {
        let mut new = world.new_account("grace");
        new.owner.username = world.username(name);
        let account = new.account.id;
        let entry = world.entry(account, Act::SignedUp);
        assert_eq!(world.store.accounts.sign_up(new, entry.clone()).await.unwrap(), SignUp::UsernameTaken, "{name}");
        assert_eq!(world.store.accounts.account(account).await.unwrap(), None);
        world.assert_logged_exactly_if(false, &entry).await;
    }
}

/// Race.
pub async fn of_all_concurrent_sign_ups_with_one_address_exactly_one_is_done(world: World) {
    let answers = world
        .race(|number, world| async move {
            let mut new = world.new_account(&format!("user{number}"));
            new.account.email = world.email("ada");
            let (account, entry) = (new.account.id, world.entry(new.account.id, Act::SignedUp));
            let answer = world.store.accounts.sign_up(new, entry.clone()).await.unwrap();
            world.assert_logged_exactly_if(answer == SignUp::Done, &entry).await;
            assert_eq!(world.store.accounts.account(account).await.unwrap().is_some(), answer == SignUp::Done);
            answer
        })
        .await;
    assert_one(&answers, &SignUp::Done, &SignUp::EmailTaken);
}

/// Race.
pub async fn of_all_concurrent_sign_ups_with_one_username_exactly_one_is_done(world: World) {
    let answers = world
        .race(|number, world| async move {
            let mut new = world.new_account(&format!("user{number}"));
            new.owner.username = world.username(if number % 2 == 0 { "paypal" } else { "раураl" });
            let entry = world.entry(new.account.id, Act::SignedUp);
            world.store.accounts.sign_up(new, entry).await.unwrap()
        })
        .await;
    assert_one(&answers, &SignUp::Done, &SignUp::UsernameTaken);
}

/// Plain: both kinds of login, any spelling.
pub async fn a_login_finds_the_account_by_its_address_or_by_a_name_of_its_users(world: World) {
    let (account, _) = world.signed_up("ada").await;
    world.added(account.id, "byron").await;
    let (other, _) = world.signed_up("grace").await;
    for (login, expected) in [
        ("ADA@Example.Test", Some(&account)),
        ("ada", Some(&account)),
        ("Byron", Some(&account)),
        ("grace", Some(&other)),
        ("ad", None),
        ("adaa", None),
        ("zzz", None),
        ("byron@example.test", None),
    ] {
        let parsed = Login::parse("login", login).unwrap();
        let found = world.store.accounts.account_by_login(&parsed).await.unwrap();
        assert_eq!(found.as_ref(), expected, "{login}");
    }
}

/// Plain, stale and activity; SECURITY SE7.
pub async fn se7_disabling_an_account_ends_its_sessions_and_enabling_revives_none(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let session = world.opened(&account, &user).await.session.id;
    let set = async |since: Option<Timestamp>, expected: SetDisabled| {
        let entry = world.entry(account.id, Act::AccountDisabled);
        assert_eq!(world.store.accounts.set_disabled(account.id, since, entry.clone()).await.unwrap(), expected);
        world.assert_logged_exactly_if(expected == SetDisabled::Done, &entry).await;
    };
    set(None, SetDisabled::Unchanged).await;
    set(Some(world.now()), SetDisabled::Done).await;
    set(Some(world.now().plus(Duration::from_secs(1))), SetDisabled::Unchanged).await;
    let disabled = world.store.accounts.account(account.id).await.unwrap().unwrap();
    assert_eq!((disabled.disabled_at, disabled.epoch), (Some(world.now()), Epoch::new(1)));
    assert!(!world.lives(session).await);
    set(None, SetDisabled::Done).await;
    assert!(!world.lives(session).await);
    let enabled = world.store.accounts.account(account.id).await.unwrap().unwrap();
    assert_eq!((enabled.disabled_at, enabled.epoch), (None, Epoch::new(1)));
}

/// Plain: everything goes, and nobody else's.
pub async fn a_deleted_account_leaves_what_is_not_personal_in_its_log_and_nothing_else(world: World) {
    let NewAccount { account, owner, password } = world.new_account("ada");
    let new = NewAccount { account: account.clone(), owner: owner.clone(), password };
    let entry = world.entry(account.id, Act::SignedUp);
    world.store.accounts.sign_up(new, entry).await.unwrap();
    let (other, other_user) = world.signed_up("grace").await;
    let session = world.opened(&account, &owner).await.session.id;
    let other_session = world.opened(&other, &other_user).await;
    let pin = world.entry(account.id, Act::PinSet);
    assert!(world.store.users.set_pin(owner.id, Some(world.hash("1234")), pin).await.unwrap());

    let before = world.log(account.id).await;
    assert_eq!(before.len(), 3);
    let entry = world.entry(account.id, Act::AccountDeleted);
    assert_eq!(world.store.accounts.delete(account.id, entry.clone()).await.unwrap(), DeleteAccount::Done);

    let store = &world.store;
    assert_eq!(store.accounts.account(account.id).await.unwrap(), None);
    assert_eq!(store.accounts.account_by_login(&Login::Email(account.email.clone())).await.unwrap(), None);
    assert_eq!(store.users.users(account.id).await.unwrap(), []);
    assert_eq!(store.users.user(owner.id).await.unwrap(), None);
    assert_eq!(store.users.pin(owner.id).await.unwrap(), None);
    assert_eq!(store.passwords.password(account.id).await.unwrap(), None);
    assert_eq!(world.standing(session).await, None);
    let erased = before.into_iter().map(|entry| Activity { ip: None, user_agent: None, salt: None, ..entry });
    let expected: HashSet<_> = erased.chain([entry.activity]).map(|entry| format!("{entry:?}")).collect();
    let left: HashSet<_> = world.log(account.id).await.iter().map(|entry| format!("{entry:?}")).collect();
    assert_eq!(left, expected);
    assert_eq!(world.standing(other_session.session.id).await.unwrap(), other_session);
    assert_eq!(world.log(other.id).await.len(), 2);
    let opening = world.opening(world.session(&account, &owner));
    assert_eq!(world.try_open(opening).await, Opened::Stale);
    world.signed_up("ada").await;
}

/// Race.
pub async fn of_all_concurrent_deletions_exactly_one_is_done(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let answers = world
        .race(|_, world| async move {
            let entry = world.entry(account.id, Act::AccountDeleted);
            world.store.accounts.delete(account.id, entry).await.unwrap()
        })
        .await;
    assert_one(&answers, &DeleteAccount::Done, &DeleteAccount::Gone);
    assert_eq!(world.log(account.id).await.len(), 2);
}

/// Race: whoever comes second finds the account gone, or has its session deleted with it.
pub async fn no_session_of_an_account_survives_its_deletion(world: World) {
    let (account, user) = world.signed_up("ada").await;
    world
        .race(|number, world| {
            let (account, user) = (account.clone(), user.clone());
            async move {
                if number == 7 {
                    let entry = world.entry(account.id, Act::AccountDeleted);
                    let deleted = world.store.accounts.delete(account.id, entry).await.unwrap();
                    assert_eq!(deleted, DeleteAccount::Done);
                } else {
                    let opening = world.opening(world.session(&account, &user));
                    assert_ne!(world.try_open(opening).await, Opened::Spent);
                }
            }
        })
        .await;
    assert!(world.store.sessions.of_account(account.id, world.now()).await.unwrap().is_empty());
}

/// Asserts that one caller was told the one thing and all others the other.
pub(super) fn assert_one<T: PartialEq + std::fmt::Debug>(answers: &[T], one: &T, others: &T) {
    assert_eq!(answers.iter().filter(|answer| *answer == one).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer == one || answer == others), "{answers:?}");
}
