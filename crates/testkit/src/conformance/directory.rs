//! What every store must do about looking through all accounts and users.

use std::{collections::HashSet, fmt::Debug, hash::Hash, time::Duration};

use gatewright_core::{
    model::{Account, AccountId, Act, EndReason, User, UserId},
    port::{End, PageOf, SetDisabled, Totals},
};

use super::World;

/// How many accounts the cases look through: some pages, and a last one that is not full.
const MANY: usize = 250;
const PAGE: usize = 32;

/// Absent.
pub async fn an_empty_store_has_empty_pages(world: World) {
    let directory = &world.store.directory;
    let beginning = || PageOf::Beginning { prefix: String::new(), after: None };
    assert_eq!(directory.accounts_page(PageOf::All { before: None }, 10).await.unwrap(), []);
    assert_eq!(directory.users_page(PageOf::All { before: None }, 10).await.unwrap(), []);
    assert_eq!(directory.accounts_page(beginning(), 10).await.unwrap(), []);
    assert_eq!(directory.users_page(PageOf::Beginning { prefix: "a".into(), after: None }, 10).await.unwrap(), []);
    assert_eq!(directory.totals().await.unwrap(), Totals::default());
}

/// Signs many up, some of them at the same moment, in an order that is not that of their names.
async fn many(world: &World) -> Vec<(Account, User)> {
    let mut made = Vec::with_capacity(MANY);
    for number in 0..MANY {
        if number % 3 == 0 {
            world.clock.advance(Duration::from_millis(1));
        }
        made.push(world.signed_up(&format!("user{}x{number}", number * 7 % 10)).await);
    }
    made
}

/// The pages one after the other, until one is not full.
async fn walk<T, Id>(first: Id, next: impl AsyncFn(Id) -> Vec<T>, place: impl Fn(&T) -> Id) -> Vec<T> {
    let (mut all, mut at) = (Vec::new(), first);
    loop {
        let page = next(at).await;
        assert!(page.len() <= PAGE);
        let is_last = page.len() < PAGE;
        at = match page.last() {
            Some(last) => place(last),
            None => return all,
        };
        all.extend(page);
        if is_last {
            return all;
        }
    }
}

fn distinct<T, K: Eq + Hash + Debug>(found: &[T], key: impl Fn(&T) -> K) -> HashSet<K> {
    let keys: HashSet<K> = found.iter().map(key).collect();
    assert_eq!(keys.len(), found.len(), "each once");
    keys
}

/// Plain: newest first, whoever was made at the same moment, too.
pub async fn pages_of_all_go_through_everything_once_newest_first(world: World) {
    let made = many(&world).await;
    world.added(made[7].0.id, "another").await;
    let directory = &world.store.directory;
    let accounts = async |before| directory.accounts_page(PageOf::All { before }, PAGE).await.unwrap();
    let accounts = walk(None, accounts, |account: &Account| Some(account.id)).await;
    assert_eq!(distinct(&accounts, |it| it.id), made.iter().map(|(account, _)| account.id).collect());
    assert!(accounts.is_sorted_by(|newer, older| newer.id.as_bytes() > older.id.as_bytes()));
    let users = async |before| directory.users_page(PageOf::All { before }, PAGE).await.unwrap();
    let users = walk(None, users, |user: &User| Some(user.id)).await;
    assert_eq!(distinct(&users, |it| it.id).len(), MANY + 1);
    assert!(users.is_sorted_by(|newer, older| newer.id.as_bytes() > older.id.as_bytes()));
    // Whole rows, and a page may be asked for before anything.
    let (account, user) = &made[0];
    assert!(accounts.contains(account) && users.contains(user));
    let before = AccountId::from_bytes([0; 16]);
    assert_eq!(directory.accounts_page(PageOf::All { before: Some(before) }, PAGE).await.unwrap(), []);
    let before = UserId::from_bytes([0; 16]);
    assert_eq!(directory.users_page(PageOf::All { before: Some(before) }, PAGE).await.unwrap(), []);
}

async fn beginning(world: &World, prefix: &str) -> (Vec<String>, Vec<String>) {
    let directory = &world.store.directory;
    let page = |after| PageOf::Beginning { prefix: prefix.to_owned(), after };
    let accounts = async |after| directory.accounts_page(page(after), PAGE).await.unwrap();
    let accounts = walk(None, accounts, |account: &Account| Some(account.email.key().to_owned())).await;
    let users = async |after| {
        let page = PageOf::Beginning { prefix: prefix.to_owned(), after };
        directory.users_page(page, PAGE).await.unwrap()
    };
    let users = walk(None, users, |user: &User| Some(user.username.as_str().to_owned())).await;
    let keys = accounts.iter().map(|account| account.email.key().to_owned()).collect();
    (keys, users.iter().map(|user| user.username.as_str().to_owned()).collect())
}

/// Plain: every beginning that some have, none have, and all have.
pub async fn pages_of_a_beginning_go_through_all_that_begin_so_sorted(world: World) {
    let made = many(&world).await;
    for prefix in
        ["", "user", "user3", "user3x1", "user3x199@example.test", "user9", "userz", "USER", "v", "\u{10ffff}"]
    {
        let (accounts, users) = beginning(&world, prefix).await;
        let mut keys: Vec<_> = made.iter().map(|(account, _)| account.email.key().to_owned()).collect();
        keys.retain(|key| key.starts_with(prefix));
        keys.sort();
        assert_eq!(accounts, keys, "{prefix:?}");
        let mut names: Vec<_> = made.iter().map(|(_, user)| user.username.as_str().to_owned()).collect();
        names.retain(|name| name.starts_with(prefix));
        names.sort();
        assert_eq!(users, names, "{prefix:?}");
    }
}

/// Plain: signs that mean something in patterns, and letters of more than one byte.
pub async fn a_beginning_is_compared_byte_by_byte(world: World) {
    let (account, _) = world.signed_up("a_b").await;
    for name in ["axb", "a%b", "a%%", "aäb", "aäz", "azb", "ää", "日本", "日曜", "𠀀𠀀"] {
        let new = world.added(account.id, name).await;
        assert_eq!(new.username.as_str(), name);
    }
    for (prefix, expected) in [
        ("a_", &["a_b"][..]),
        ("a%", &["a%%", "a%b"]),
        ("%", &[]),
        ("_", &[]),
        ("aä", &["aäb", "aäz"]),
        ("a", &["a%%", "a%b", "a_b", "axb", "azb", "aäb", "aäz"]),
        ("ä", &["ää"]),
        ("日", &["日曜", "日本"]),
        ("\u{d7ff}", &[]),
        ("𠀀", &["𠀀𠀀"]),
        ("a\\", &[]),
        ("a\0", &[]),
        ("'", &[]),
    ] {
        assert_eq!(beginning(&world, prefix).await.1, expected, "{prefix:?}");
    }
    // Where to go on need not be a key, nor begin so.
    let page = async |prefix: &str, after: &str| {
        let page = PageOf::Beginning { prefix: prefix.to_owned(), after: Some(after.to_owned()) };
        let users = world.store.directory.users_page(page, 2).await.unwrap();
        users.iter().map(|user| user.username.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(page("a", "a_").await, ["a_b", "axb"]);
    assert_eq!(page("a", "a_b").await, ["axb", "azb"]);
    assert_eq!(page("a", "a_b\0").await, ["axb", "azb"]);
    assert_eq!(page("a", "").await, ["a%%", "a%b"]);
    assert_eq!(page("a", "b").await, [""; 0]);
}

/// Plain: what has ended or is past its end does not count, whatever ended it.
pub async fn totals_count_accounts_users_and_sessions_that_were_not_ended(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let (other, other_user) = world.signed_up("grace").await;
    world.added(account.id, "byron").await;
    let totals = async || world.store.directory.totals().await.unwrap();
    assert_eq!(totals().await, Totals { accounts: 2, users: 3, sessions: 0 });
    let ended = world.opened(&account, &user).await.session.id;
    world.opened(&account, &user).await;
    let short = world.opening(gatewright_core::model::Session {
        absolute_end: world.now().plus(Duration::from_secs(60)),
        idle_end: world.now().plus(Duration::from_secs(60)),
        ..world.session(&other, &other_user)
    });
    world.open(short).await;
    assert_eq!(totals().await.sessions, 3);
    let end = End { session: ended, reason: EndReason::LoggedOut, at: world.now() };
    assert!(world.store.sessions.end(end, world.entry(account.id, Act::LoggedOut)).await.unwrap());
    assert_eq!(totals().await.sessions, 2);
    world.clock.advance(Duration::from_secs(60));
    assert_eq!(totals().await.sessions, 1);
    // Dead by its account's epoch, and counted: nobody has ended it.
    let entry = world.entry(account.id, Act::AccountDisabled);
    let set = world.store.accounts.set_disabled(account.id, Some(world.now()), entry).await.unwrap();
    assert_eq!((set, totals().await.sessions), (SetDisabled::Done, 1));
    let entry = world.entry(account.id, Act::AccountDeleted);
    world.store.accounts.delete(account.id, entry).await.unwrap();
    assert_eq!(totals().await, Totals { accounts: 1, users: 1, sessions: 0 });
}
