//! The chain of the activity log where several nodes give places: nobody waits for the one that is at it.

use std::time::Duration;

use gatewright_core::{
    model::{Act, Activity},
    port::{Accounts, ActivityLog, DeleteAccount},
};
use gatewright_testkit::{Sample, conformance::activity_log::chain::verified, servers::Database};

use super::{
    backend::{database, open, signed_in},
    lanes::Held,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lg6_a_node_that_freezes_while_it_gives_places_holds_up_nobody() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    signed_in(&store, &sample, "ada").await;
    let held = Held::with(&database, "SELECT 1 FROM activity_chain FOR UPDATE").await;
    let grace = signed_in(&store, &sample, "grace").await.account.id;
    let deleted = store.delete(grace, sample.entry(grace, Act::AccountDeleted)).await.unwrap();
    assert_eq!(deleted, DeleteAccount::Done);
    assert_eq!(store.chain(100).await.unwrap(), 0);
    assert!(store.chain_state().await.unwrap().waiting_since.is_some());
    held.release();
    assert_eq!(store.chain(100).await.unwrap(), 5);
    assert_eq!(verified(&store).await.0.head.seq, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lg6_an_entry_that_somebody_works_on_gets_its_place_later_and_holds_up_no_other() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    let ada = signed_in(&store, &sample, "ada").await.account.id;
    signed_in(&store, &sample, "grace").await;
    let held = Held::with(&database, &format!("SELECT 1 FROM activity WHERE account_id = '{ada}' FOR UPDATE")).await;
    assert_eq!((store.chain(100).await.unwrap(), store.chain(100).await.unwrap()), (2, 0));
    held.release();
    assert_eq!(store.chain(100).await.unwrap(), 2);
    let (_, entries) = verified(&store).await;
    let of_ada: Vec<_> = entries.iter().map(|entry| entry.activity.account_id == Some(ada)).collect();
    assert_eq!(of_ada, [false, false, true, true]);
}

/// As a version does that knows of no chain: before an upgrade, or on a node that was not upgraded yet.
fn written_by_an_earlier_version(database: &Database, entry: &Activity) {
    let Activity { id, at, account_id, act, user_agent, .. } = entry;
    let (account, at, act) = (account_id.unwrap(), at.micros(), act.name());
    let agent = user_agent.as_ref().unwrap().as_str();
    database.superuser_sql(&format!(
        "INSERT INTO activity (account_id, id, at, act, ip, user_agent)
         VALUES ('{account}', '{id}', {at}, '{act}', '\\xc0000201', '{agent}')"
    ));
}

#[tokio::test]
async fn lg6_entries_of_an_earlier_version_get_their_place_and_salt_oldest_first() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    let ada = signed_in(&store, &sample, "ada").await.account.id;
    assert_eq!(store.chain(100).await.unwrap(), 2);
    let grace = sample.account("grace").id;
    let old = [ada, grace, ada, grace].map(|account| {
        sample.clock.advance(Duration::from_secs(1));
        sample.entry(account, Act::LoggedIn).activity
    });
    old.iter().rev().for_each(|entry| written_by_an_earlier_version(&database, entry));
    sample.clock.advance(Duration::from_secs(1));
    // What is personal in those that wait is gone before they have a place.
    let deletion = sample.entry(ada, Act::AccountDeleted);
    assert_eq!(store.delete(ada, deletion.clone()).await.unwrap(), DeleteAccount::Done);
    assert_eq!((store.chain(3).await.unwrap(), store.chain(3).await.unwrap()), (3, 2));
    let (_, entries) = verified(&store).await;
    let ids: Vec<_> = entries[2..].iter().map(|entry| entry.activity.id).collect();
    assert_eq!(ids, [old[0].id, old[1].id, old[2].id, old[3].id, deletion.activity.id]);
    for entry in entries.iter().filter(|entry| entry.activity.account_id == Some(grace)) {
        assert_eq!(entry.activity.ip, Some([192, 0, 2, 1].into()));
        assert!(entry.activity.salt.is_some_and(|salt| salt != [0; 16]));
    }
    assert_eq!(entries.iter().filter(|entry| entry.activity.salt.is_none()).count(), 4);
}
