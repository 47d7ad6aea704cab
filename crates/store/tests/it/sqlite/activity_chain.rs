//! The chain of the activity log across restarts, upgrades and backups.

use gatewright_core::{
    model::{Act, Activity, ChainedActivity},
    port::{Accounts, ActivityLog, DeleteAccount},
};
use gatewright_store::sqlite::{Options, SqliteStore};
use gatewright_testkit::{Sample, conformance::activity_log::chain::verified};
use rusqlite::params;

use super::backend::{Folder, connect};

async fn append(store: &SqliteStore, entry: Activity) -> Activity {
    store.append(entry.clone().into()).await.unwrap();
    entry
}

#[tokio::test]
async fn lg6_the_chain_goes_on_after_a_restart() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let mut written = Vec::new();
    for _ in 0..3 {
        let store = folder.open(&sample.clock);
        for _ in 0..2 {
            written.push(append(&store, sample.entry(None, Act::RoleChanged).activity).await);
        }
        let (_, entries) = verified(&store).await;
        assert_eq!(entries.into_iter().map(|entry| entry.activity).collect::<Vec<_>>(), written);
        assert_eq!(store.chain(100).await.unwrap(), 0, "each had its place at once");
    }
}

/// As a version did that knew of no chain.
fn written_before(folder: &Folder, entry: &Activity) {
    let sql = "INSERT INTO activity (account_id, id, at, act, ip, user_agent) VALUES (?1, ?2, ?3, ?4, x'c0000201', ?5)";
    let agent = entry.user_agent.as_ref().map(|agent| agent.as_str());
    let account = entry.account_id.unwrap();
    let params = params![account.as_bytes(), entry.id.as_bytes(), entry.at.micros(), entry.act.name(), agent];
    connect(&folder.database()).execute(sql, params).unwrap();
}

#[tokio::test]
async fn lg6_entries_from_before_there_was_a_chain_get_their_place_and_salt_oldest_first() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let new = sample.new_account("ada");
    let account = new.account.id;
    let old: Vec<_> = (0..5)
        .map(|_| {
            sample.clock.advance(std::time::Duration::from_secs(1));
            sample.entry(account, Act::LoggedIn).activity
        })
        .collect();
    old.iter().rev().for_each(|entry| written_before(&folder, entry));
    store.sign_up(new, sample.entry(account, Act::SignedUp)).await.unwrap();
    assert_eq!(store.chain_state().await.unwrap().waiting_since, Some(old[0].at));
    assert_eq!(store.chain(2).await.unwrap(), 2);
    assert_eq!(store.chain_state().await.unwrap().waiting_since, Some(old[2].at));
    append(&store, sample.entry(account, Act::LoggedOut).activity).await;
    // What is personal in those that wait is gone before they have a place.
    let deleted = store.delete(account, sample.entry(account, Act::AccountDeleted)).await.unwrap();
    assert_eq!(deleted, DeleteAccount::Done);
    let other = sample.account("grace").id;
    sample.clock.advance(std::time::Duration::from_secs(1));
    let last = sample.entry(other, Act::LoggedIn).activity;
    written_before(&folder, &last);
    assert_eq!((store.chain(100).await.unwrap(), store.chain(100).await.unwrap()), (4, 0));
    let (state, entries) = verified(&store).await;
    assert_eq!((state.head.seq, state.waiting_since), (9, None));
    let ids: Vec<_> = [1, 2, 5, 6, 7].map(|place| entries[place].activity.id).into();
    assert_eq!(ids, [&old[0], &old[1], &old[2], &old[3], &old[4]].map(|entry| entry.id));
    let ChainedActivity { activity, .. } = &entries[8];
    assert_eq!((activity.id, activity.ip), (last.id, Some([192, 0, 2, 1].into())));
    assert_eq!(activity.user_agent, last.user_agent);
    assert!(activity.salt.is_some_and(|salt| salt != [0; 16]));
}

/// Nothing special has to be done with a backup: what is in it is one moment of everything.
#[tokio::test]
async fn lg6_the_chain_in_a_backup_is_whole_and_goes_on() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let backup = folder.0.path().join("backup.db");
    for _ in 0..50 {
        append(&store, sample.entry(None, Act::RoleChanged).activity).await;
    }
    let writing = async {
        for _ in 0..200 {
            append(&store, sample.entry(None, Act::RoleChanged).activity).await;
        }
    };
    let (written, ()) = tokio::join!(store.backup_to(&backup), writing);
    written.unwrap();
    let restored = SqliteStore::open(&backup, Options::default(), |_| sample.clock.clone()).unwrap();
    let (state, entries) = verified(&restored).await;
    assert!((50..=250).contains(&state.head.seq), "{state:?}");
    append(&restored, sample.entry(None, Act::RoleRemoved).activity).await;
    assert_eq!(verified(&restored).await.1[..entries.len()], entries);
    assert_eq!(verified(&store).await.0.head.seq, 250);
}
