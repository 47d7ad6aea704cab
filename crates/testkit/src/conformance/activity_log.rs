//! What every store must do about the activity log.

pub mod chain;
pub mod pages;

use std::time::Duration;

use gatewright_core::{
    model::{AccountId, Act, Activity, EndReason, UserAgent},
    port::ActivityFilter,
};

use super::World;

fn all_of(account: AccountId) -> ActivityFilter {
    ActivityFilter { account: Some(account), limit: 100, ..ActivityFilter::default() }
}

/// Plain: every member of an entry, every act there is.
pub async fn an_entry_comes_out_as_it_was_put_in(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let session = world.session(&account, &user).id;
    let full = world.entry(account.id, Act::LoginFailed).of_user(user.id).in_session(session);
    let full = full.because(EndReason::TooMany);
    let bare = Activity { ip: None, user_agent: None, ..world.entry(account.id, Act::SessionEnded).activity };
    let mapped = Activity {
        ip: Some("::ffff:192.0.2.9".parse().unwrap()),
        user_agent: UserAgent::from_header("x"),
        ..world.entry(account.id, Act::StoreRollback).activity
    };
    for entry in [full, bare.into(), mapped.into()] {
        world.store.activity_log.append(entry.clone()).await.unwrap();
        world.assert_logged_exactly_if(true, &entry).await;
    }
}

/// Absent.
pub async fn the_log_of_nobody_is_empty(world: World) {
    world.signed_up("ada").await;
    let nobody = world.account("nobody").id;
    assert_eq!(world.store.activity_log.page(all_of(nobody)).await.unwrap().entries, []);
}

/// Plain: pages.
pub async fn a_page_has_the_newest_first_and_goes_on_before_the_last(world: World) {
    let (account, user) = world.signed_up("ada").await;
    let (other, _) = world.signed_up("grace").await;
    let mut written = world.log(account.id).await;
    for number in 0..5 {
        world.clock.advance(Duration::from_secs(1));
        let entry = world.entry(account.id, Act::LoggedIn);
        let entry = if number % 2 == 0 { entry.of_user(user.id) } else { entry };
        world.store.activity_log.append(entry.clone()).await.unwrap();
        world.store.activity_log.append(world.entry(other.id, Act::LoggedIn)).await.unwrap();
        written.insert(0, entry.activity);
    }
    let page = async |filter| world.store.activity_log.page(filter).await.unwrap().entries;
    let all = || all_of(account.id);
    assert_eq!(page(all()).await, written);
    assert_eq!(page(ActivityFilter { limit: 2, ..all() }).await, written[..2]);
    assert_eq!(page(ActivityFilter { limit: 2, before: Some(written[1].id), ..all() }).await, written[2..4]);
    assert_eq!(page(ActivityFilter { before: Some(written[5].id), ..all() }).await, []);
    let of_user: Vec<_> = written.iter().filter(|entry| entry.user_id == Some(user.id)).cloned().collect();
    assert_eq!(of_user.len(), 3);
    assert_eq!(page(ActivityFilter { user: Some(user.id), ..all() }).await, of_user);
}

/// Race: nobody's entry is lost.
pub async fn concurrent_entries_are_all_there(world: World) {
    let (account, _) = world.signed_up("ada").await;
    let written = world
        .race(|_, world| async move {
            let entry = world.entry(account.id, Act::PinFailed);
            world.store.activity_log.append(entry.clone()).await.unwrap();
            entry.activity
        })
        .await;
    let log = world.log(account.id).await;
    assert_eq!(log.len(), written.len() + 1);
    assert!(written.iter().all(|entry| log.contains(entry)));
}
