//! What every store must do about the first admin, and about the last (SECURITY PW19, AZ6).

use std::time::Duration;

use gatewright_core::{
    model::{Act, User, UserId},
    port::{
        AddUser, Administered, Administration, Bootstrapped, DeleteAccount, Entry, NewAccount, RemoveUser, SetDisabled,
    },
};

use super::{CALLERS_FOR_ONE, World};

/// An account whose owner is an admin.
pub(super) async fn admin(world: &World, name: &str) -> User {
    let mut new = world.new_account(name);
    new.owner.roles = world.roles("admin,editor");
    let owner = new.owner.clone();
    let entry = world.entry(new.account.id, Act::SignedUp);
    world.store.accounts.sign_up(new, entry).await.unwrap();
    owner
}

/// One who would be the first admin.
fn first_admin(world: &World, name: &str) -> NewAccount {
    let mut new = world.new_account(name);
    new.owner.roles = world.roles("admin");
    new
}

async fn bootstrap(world: &World, new: NewAccount) -> Bootstrapped {
    let entry = world.entry(new.account.id, Act::Bootstrapped);
    let answer = world.store.admins.bootstrap(new, entry.clone()).await.unwrap();
    world.assert_logged_exactly_if(answer == Bootstrapped::Done, &entry).await;
    answer
}

/// Asserts that the entry is in the log exactly if the step was done. If the account has been deleted since, what is personal
/// was erased from it.
#[expect(clippy::fn_params_excessive_bools, reason = "it is the answer of the store, as it comes")]
async fn assert_logged(world: &World, done: bool, entry: &Entry) {
    let log = world.log(entry.activity.account_id).await;
    let found = log.iter().filter(|found| found.id == entry.activity.id && found.act == entry.activity.act).count();
    assert_eq!(found, usize::from(done), "{entry:?} in {log:?}");
}

/// A change of what an admin changes of this user, who is as it was when it was made.
async fn administer(world: &World, user: &User, change: Administration) -> Administered {
    let entry = world.entry(user.account_id, Act::UserAdministered).of_user(user.id);
    let answer = world.store.users.administer(user.id, change, entry.clone()).await.unwrap();
    assert_logged(world, matches!(answer, Administered::Done(_)), &entry).await;
    answer
}

fn without_role(world: &World, user: &User) -> Administration {
    Administration { roles: Some(world.roles("editor")), ..world.administration(user) }
}

fn disabling(world: &World, user: &User) -> Administration {
    Administration { disabled_at: Some(Some(world.now())), ..world.administration(user) }
}

async fn set_account_disabled(world: &World, user: &User) -> SetDisabled {
    let entry = world.entry(user.account_id, Act::AccountDisabled);
    let answer = world.store.accounts.set_disabled(user.account_id, Some(world.now()), entry.clone()).await.unwrap();
    assert_logged(world, answer == SetDisabled::Done, &entry).await;
    answer
}

async fn delete_account(world: &World, user: &User) -> DeleteAccount {
    let entry = world.entry(user.account_id, Act::AccountDeleted);
    let answer = world.store.accounts.delete(user.account_id, entry.clone()).await.unwrap();
    assert_logged(world, answer == DeleteAccount::Done, &entry).await;
    answer
}

async fn remove(world: &World, id: UserId, user: &User) -> RemoveUser {
    let entry = world.entry(user.account_id, Act::UserRemoved);
    let answer = world.store.users.remove(id, entry.clone()).await.unwrap();
    assert_logged(world, answer == RemoveUser::Done, &entry).await;
    answer
}

/// Another user of the admin's account, an owner, who is no admin: so the account's last owner is not who is asked about.
async fn with_another_owner(world: &World, admin: &User) {
    let rank = gatewright_core::model::Rank::Owner;
    let other = User { rank, ..world.user(admin.account_id, &format!("{}-too", admin.username.as_str())) };
    let entry = world.entry(admin.account_id, Act::UserAdded);
    assert_eq!(world.store.users.add(other, None, 100, entry).await.unwrap(), AddUser::Done);
}

/// How many admins can sign in.
async fn able(world: &World) -> usize {
    let mut able = 0;
    for admin in world.store.admins.admins().await.unwrap() {
        let account = world.store.accounts.account(admin.account_id).await.unwrap().unwrap();
        able += usize::from(admin.disabled_at.is_none() && account.disabled_at.is_none());
    }
    able
}

/// Plain and absent: whose role it is, and not whose is called something like it.
pub async fn admins_are_those_who_have_the_role_oldest_first(world: World) {
    let admins = async || world.store.admins.admins().await.unwrap();
    let (account, owner) = world.signed_up("ada").await;
    assert_eq!(admins().await, []);
    let mut expected = Vec::new();
    for (number, (roles, is_admin)) in [
        ("admin", true),
        ("administrator", false),
        ("aadmin,x-admin,admin-x,admin.x,admin:x,admin_x,sub.admin", false),
        ("a,admin,z", true),
        ("admin,z", true),
        ("a,admin", true),
        ("", false),
    ]
    .into_iter()
    .enumerate()
    {
        world.clock.advance(Duration::from_secs(1));
        let user = User { roles: world.roles(roles), ..world.user(account.id, &format!("user{number}")) };
        let entry = world.entry(account.id, Act::UserAdded);
        assert_eq!(world.store.users.add(user.clone(), None, 100, entry).await.unwrap(), AddUser::Done);
        if is_admin {
            expected.push(user);
        }
    }
    assert_eq!(admins().await, expected);
    // A disabled one is one, too; one who got the role later comes where its age says.
    let change = disabling(&world, &expected[1]);
    let Administered::Done(disabled) = administer(&world, &expected[1], change).await else {
        panic!("it was not done")
    };
    expected[1] = disabled;
    let change = Administration { roles: Some(world.roles("admin")), ..world.administration(&owner) };
    let Administered::Done(owner) = administer(&world, &owner, change).await else { panic!("it was not done") };
    expected.insert(0, owner);
    assert_eq!(admins().await, expected);
}

/// Plain: until its end, and only the last one.
pub async fn pw19_the_secret_for_the_first_admin_is_kept_until_its_end(world: World) {
    let admins = &world.store.admins;
    assert_eq!(admins.bootstrap_secret(world.now()).await.unwrap(), None);
    let ends_at = world.now().plus(Duration::from_secs(3600));
    let just_before = ends_at.minus(Duration::from_micros(1));
    let (first, second) = (world.secret_hash(), world.secret_hash());
    for secret in [first, second] {
        let entry = world.entry(None, Act::BootstrapOpened);
        assert!(admins.open_bootstrap(secret, ends_at, entry.clone()).await.unwrap());
        world.assert_logged_exactly_if(true, &entry).await;
        assert_eq!(admins.bootstrap_secret(just_before).await.unwrap(), Some(secret));
    }
    assert_eq!(admins.bootstrap_secret(ends_at).await.unwrap(), None);
}

/// Plain: the secret dies with its use, and there is no second one.
pub async fn pw19_the_first_admin_is_made_once(world: World) {
    world.signed_up("grace").await;
    let admins = &world.store.admins;
    let ends_at = world.now().plus(Duration::from_secs(3600));
    let open = async || {
        let entry = world.entry(None, Act::BootstrapOpened);
        let answer = admins.open_bootstrap(world.secret_hash(), ends_at, entry.clone()).await.unwrap();
        world.assert_logged_exactly_if(answer, &entry).await;
        answer
    };
    assert!(open().await);
    // What is taken writes nothing, and the secret stays good.
    assert_eq!(bootstrap(&world, first_admin(&world, "grace")).await, Bootstrapped::EmailTaken);
    let mut same_name = first_admin(&world, "ada");
    same_name.owner.username = world.username("grace");
    assert_eq!(bootstrap(&world, same_name).await, Bootstrapped::UsernameTaken);
    assert!(admins.bootstrap_secret(world.now()).await.unwrap().is_some());

    let new = first_admin(&world, "ada");
    assert_eq!(bootstrap(&world, new.clone()).await, Bootstrapped::Done);
    assert_eq!(world.store.accounts.account(new.account.id).await.unwrap().as_ref(), Some(&new.account));
    assert_eq!(world.store.passwords.password(new.account.id).await.unwrap(), new.password);
    assert_eq!(admins.admins().await.unwrap(), [new.owner]);
    assert_eq!(admins.bootstrap_secret(world.now()).await.unwrap(), None);
    assert_eq!(bootstrap(&world, first_admin(&world, "ada")).await, Bootstrapped::Closed);
    assert_eq!(bootstrap(&world, first_admin(&world, "mallory")).await, Bootstrapped::Closed);
    assert!(!open().await);
    assert_eq!(admins.bootstrap_secret(world.now()).await.unwrap(), None);
}

/// Plain: a disabled admin keeps the way shut as well.
pub async fn pw19_no_first_admin_is_made_while_there_is_a_disabled_one(world: World) {
    let mut new = world.new_account("ada");
    new.owner = User { roles: world.roles("admin"), disabled_at: Some(world.now()), ..new.owner };
    let entry = world.entry(new.account.id, Act::SignedUp);
    world.store.accounts.sign_up(new, entry).await.unwrap();
    assert_eq!(bootstrap(&world, first_admin(&world, "mallory")).await, Bootstrapped::Closed);
    let entry = world.entry(None, Act::BootstrapOpened);
    assert!(!world.store.admins.open_bootstrap(world.secret_hash(), world.now(), entry).await.unwrap());
}

/// Race: different people.
pub async fn pw19_of_all_concurrent_callers_exactly_one_becomes_the_first_admin(world: World) {
    let answers = world
        .race_of(CALLERS_FOR_ONE, |number, world| async move {
            let new = first_admin(&world, &format!("user{number}"));
            let id = new.account.id;
            let answer = bootstrap(&world, new).await;
            assert_eq!(world.store.accounts.account(id).await.unwrap().is_some(), answer == Bootstrapped::Done);
            answer
        })
        .await;
    super::accounts::assert_one(&answers, &Bootstrapped::Done, &Bootstrapped::Closed);
    assert_eq!(world.store.admins.admins().await.unwrap().len(), 1);
}

/// Race: a secret is opened while the first admin is made. Whoever comes first, none is left.
pub async fn pw19_no_secret_is_left_once_there_is_an_admin(world: World) {
    world
        .race(|number, world| async move {
            if number == 7 {
                assert_eq!(bootstrap(&world, first_admin(&world, "ada")).await, Bootstrapped::Done);
            } else {
                let (entry, secret) = (world.entry(None, Act::BootstrapOpened), world.secret_hash());
                let ends_at = world.now().plus(Duration::from_secs(60));
                world.store.admins.open_bootstrap(secret, ends_at, entry).await.unwrap();
            }
        })
        .await;
    assert_eq!(world.store.admins.bootstrap_secret(world.now()).await.unwrap(), None);
}

/// Taken: each of the four ways.
pub async fn az6_the_last_admin_that_can_sign_in_stays(world: World) {
    let ada = admin(&world, "ada").await;
    with_another_owner(&world, &ada).await;
    let session = {
        let account = world.store.accounts.account(ada.account_id).await.unwrap().unwrap();
        world.opened(&account, &ada).await.session.id
    };
    // Neither a disabled admin nor one of a disabled account can take her place.
    let (bob, eve) = (admin(&world, "bob").await, admin(&world, "eve").await);
    let change = disabling(&world, &bob);
    assert!(matches!(administer(&world, &bob, change).await, Administered::Done(_)));
    assert_eq!(set_account_disabled(&world, &eve).await, SetDisabled::Done);

    assert_eq!(administer(&world, &ada, without_role(&world, &ada)).await, Administered::LastAdmin);
    assert_eq!(administer(&world, &ada, disabling(&world, &ada)).await, Administered::LastAdmin);
    assert_eq!(remove(&world, ada.id, &ada).await, RemoveUser::LastAdmin);
    assert_eq!(set_account_disabled(&world, &ada).await, SetDisabled::LastAdmin);
    assert_eq!(delete_account(&world, &ada).await, DeleteAccount::LastAdmin);
    assert_eq!(world.store.users.user(ada.id).await.unwrap().as_ref(), Some(&ada));
    assert!(world.lives(session).await);
    // What leaves her an admin is done.
    let change = Administration { roles: Some(world.roles("admin")), ..world.administration(&ada) };
    assert!(matches!(administer(&world, &ada, change).await, Administered::Done(_)));
}

/// Plain: those who could not sign in anyway may be taken, even where they are the only ones.
pub async fn admins_that_cannot_sign_in_are_nobodys_last(world: World) {
    let ada = admin(&world, "ada").await;
    let (bob, eve, joe) = (admin(&world, "bob").await, admin(&world, "eve").await, admin(&world, "joe").await);
    let change = disabling(&world, &bob);
    let Administered::Done(bob) = administer(&world, &bob, change).await else { panic!("it was not done") };
    let change = disabling(&world, &joe);
    assert!(matches!(administer(&world, &joe, change).await, Administered::Done(_)));
    assert_eq!(set_account_disabled(&world, &eve).await, SetDisabled::Done);
    assert_eq!(able(&world).await, 1);
    let change = without_role(&world, &bob);
    assert!(matches!(administer(&world, &bob, change).await, Administered::Done(_)));
    let change = disabling(&world, &eve);
    assert!(matches!(administer(&world, &eve, change).await, Administered::Done(_)));
    assert_eq!(set_account_disabled(&world, &joe).await, SetDisabled::Done);
    assert_eq!(delete_account(&world, &joe).await, DeleteAccount::Done);
    assert_eq!(delete_account(&world, &eve).await, DeleteAccount::Done);
    assert_eq!(delete_account(&world, &ada).await, DeleteAccount::LastAdmin);
}

/// Plain: as long as another is left, each of the four ways is open; two of one account do not count for each other.
pub async fn an_admin_may_go_while_another_can_sign_in(world: World) {
    let (first, last) = (admin(&world, "first").await, admin(&world, "last").await);
    with_another_owner(&world, &first).await;
    let twin = User { roles: world.roles("admin"), ..world.user(last.account_id, "twin") };
    let entry = world.entry(last.account_id, Act::UserAdded);
    assert_eq!(world.store.users.add(twin.clone(), None, 100, entry).await.unwrap(), AddUser::Done);
    assert_eq!(remove(&world, first.id, &first).await, RemoveUser::Done);
    assert_eq!(delete_account(&world, &last).await, DeleteAccount::LastAdmin);
    assert_eq!(set_account_disabled(&world, &last).await, SetDisabled::LastAdmin);
    assert!(matches!(administer(&world, &last, disabling(&world, &last)).await, Administered::Done(_)));
    assert_eq!(administer(&world, &twin, disabling(&world, &twin)).await, Administered::LastAdmin);
    // Who is enabled again counts again.
    let disabled = world.store.users.user(last.id).await.unwrap().unwrap();
    let change = Administration { disabled_at: Some(None), ..world.administration(&disabled) };
    assert!(matches!(administer(&world, &disabled, change).await, Administered::Done(_)));
    assert!(matches!(administer(&world, &twin, without_role(&world, &twin)).await, Administered::Done(_)));
    let other = admin(&world, "other").await;
    assert_eq!(set_account_disabled(&world, &last).await, SetDisabled::Done);
    assert_eq!(delete_account(&world, &other).await, DeleteAccount::LastAdmin);
    assert_eq!(able(&world).await, 1);
}

/// No admins are left but these.
async fn forget_all_but(world: &World, kept: &[UserId]) {
    for left in world.store.admins.admins().await.unwrap() {
        if !kept.contains(&left.id) {
            assert_eq!(delete_account(world, &left).await, DeleteAccount::Done);
        }
    }
}

/// Takes this admin in one of the four ways (or five); whether it was done.
async fn take(world: &World, way: usize, admin: &User) -> bool {
    match way % 5 {
        0 => matches!(administer(world, admin, without_role(world, admin)).await, Administered::Done(_)),
        1 => matches!(administer(world, admin, disabling(world, admin)).await, Administered::Done(_)),
        2 => remove(world, admin.id, admin).await == RemoveUser::Done,
        3 => set_account_disabled(world, admin).await == SetDisabled::Done,
        _ => delete_account(world, admin).await == DeleteAccount::Done,
    }
}

/// Race: sixteen admins, each taken by somebody, in all ways.
pub async fn az6_concurrent_steps_of_all_kinds_never_leave_no_admin(world: World) {
    for round in 0..4 {
        let mut admins = Vec::new();
        for number in 0..super::CALLERS {
            let admin = admin(&world, &format!("user{round}x{number}")).await;
            with_another_owner(&world, &admin).await;
            admins.push(admin);
        }
        forget_all_but(&world, &admins.iter().map(|admin| admin.id).collect::<Vec<_>>()).await;
        let answers = world
            .race(|number, world| {
                let admin = admins[number].clone();
                async move { take(&world, number + round, &admin).await }
            })
            .await;
        assert_eq!(able(&world).await, 1, "{answers:?}");
    }
}

/// Race: two admins, each taken by eight callers in all ways.
pub async fn az6_of_two_admins_one_stays_whoever_takes_them(world: World) {
    for round in 0..8 {
        let (one, other) = (admin(&world, &format!("one{round}")).await, admin(&world, &format!("two{round}")).await);
        forget_all_but(&world, &[one.id, other.id]).await;
        with_another_owner(&world, &one).await;
        with_another_owner(&world, &other).await;
        let answers = world
            .race(|number, world| {
                let admin = if number % 2 == 0 { one.clone() } else { other.clone() };
                async move { take(&world, number / 2 + round, &admin).await }
            })
            .await;
        assert_eq!(able(&world).await, 1, "{answers:?}");
    }
}

/// Race: while the one admin is taken, the role is given to a user whose account is disabled at that moment. Whatever comes
/// first, somebody is left.
pub async fn az6_who_becomes_an_admin_while_its_account_is_disabled_takes_nobodys_place(world: World) {
    for round in 0..24 {
        let ada = admin(&world, &format!("ada{round}")).await;
        forget_all_but(&world, &[ada.id]).await;
        let (_, bob) = world.signed_up(&format!("bob{round}")).await;
        let answers = world
            .race(|number, world| {
                let (ada, bob) = (ada.clone(), bob.clone());
                async move {
                    match number % 4 {
                        0 => {
                            let roles = Some(world.roles("admin,editor,support"));
                            let change = Administration { roles, ..world.administration(&bob) };
                            matches!(administer(&world, &bob, change).await, Administered::Done(_))
                        }
                        1 => set_account_disabled(&world, &bob).await == SetDisabled::Done,
                        _ => take(&world, number / 2 % 2, &ada).await,
                    }
                }
            })
            .await;
        assert_eq!(able(&world).await, 1, "{answers:?}");
    }
}
