//! What a step may touch, compared byte by byte in the file: invariants P16 and P17.

use std::collections::BTreeSet;

use gatewright_core::{
    model::{Account, Act, Standing, User},
    port::{Accounts, Applied, EndAll, NewAccount, Opened, Opening, Sessions},
};
use gatewright_store::sqlite::SqliteStore;
use gatewright_testkit::Sample;
use rusqlite::{Row, types::Value};

use super::backend::{Folder, connect};

/// Every row of every table: the table and all values, as text. Not where the activity log ends, and what is counted of it: that
/// follows from the log.
type Dump = BTreeSet<(String, String)>;

const TABLES: &str = "SELECT name FROM sqlite_schema
                      WHERE type = 'table' AND name NOT IN ('activity_chain', 'activity_counts')";

fn dump(folder: &Folder) -> Dump {
    let connection = connect(&folder.database());
    let mut tables = connection.prepare(TABLES).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut dump = Dump::new();
    for table in tables {
        let mut rows = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let width = rows.column_count();
        let read = |row: &Row<'_>| (0..width).map(|column| row.get::<_, Value>(column)).collect::<Result<Vec<_>, _>>();
        for row in rows.query_map([], read).unwrap() {
            dump.insert((table.clone(), format!("{:?}", row.unwrap())));
        }
    }
    dump
}

/// How many rows of which tables were removed or had another content before, and how many were added or have it now.
fn changed(before: &Dump, after: &Dump) -> (Vec<String>, Vec<String>) {
    let tables = |rows: &mut dyn Iterator<Item = &(String, String)>| rows.map(|(table, _)| table.clone()).collect();
    (tables(&mut before.difference(after)), tables(&mut after.difference(before)))
}

fn names(tables: &[&str]) -> Vec<String> {
    tables.iter().map(|table| (*table).to_owned()).collect()
}

async fn world(sessions: usize) -> (Folder, Sample, SqliteStore, Account, User, Vec<Standing>) {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let new = sample.new_account("ada");
    let NewAccount { account, owner, .. } = new.clone();
    store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
    let mut opened = Vec::new();
    for _ in 0..sessions {
        let opening = Opening { max_sessions: usize::MAX, ..sample.opening(sample.session(&account, &owner)) };
        match store.open(opening, sample.entry(account.id, Act::LoggedIn)).await.unwrap() {
            Opened::Done(standing) => opened.push(standing),
            refused @ (Opened::Stale | Opened::Spent) => panic!("{refused:?}"),
        }
    }
    (folder, sample, store, account, owner, opened)
}

/// What is told of a step, in the log and by letter, is added; it changes nothing that was there.
#[tokio::test]
async fn p17_each_step_on_a_session_changes_its_row_and_no_other() {
    let (folder, sample, store, account, _, opened) = world(5).await;
    let mut before = dump(&folder);
    let mut now_changed = async || {
        let after = dump(&folder);
        let changed = changed(&before, &after);
        before = after;
        changed
    };
    let Applied::Done(rotated) = store.rotate(sample.rotation(&opened[2])).await.unwrap() else { panic!("stale") };
    assert_eq!(now_changed().await, (names(&["sessions"]), names(&["sessions"])));
    assert_eq!(store.rotate(sample.rotation(&opened[2])).await.unwrap(), Applied::Stale);
    assert_eq!(now_changed().await, (vec![], vec![]));
    store.redeliver(sample.redelivery(&rotated)).await.unwrap();
    assert_eq!(now_changed().await, (names(&["sessions"]), names(&["sessions"])));
    let entry = sample.entry(account.id, Act::StoreRollback);
    store.roll_forward(sample.roll_forward(&rotated), entry).await.unwrap();
    assert_eq!(now_changed().await, (names(&["sessions"]), names(&["activity", "outbox", "sessions"])));
    store.end(sample.end(opened[2].session.id), sample.entry(account.id, Act::LoggedOut)).await.unwrap();
    assert_eq!(now_changed().await, (names(&["sessions"]), names(&["activity", "outbox", "sessions"])));
}

#[tokio::test]
async fn p16_ending_all_sessions_is_one_write_however_many_there_are() {
    for sessions in [1, 1000] {
        let (folder, sample, store, account, owner, _) = world(sessions).await;
        for (end, row) in [
            (EndAll::OfAccount { account: account.id }, "accounts"),
            (EndAll::OfUser { user: owner.id, keep: None }, "users"),
        ] {
            let before = dump(&folder);
            assert!(store.end_all(end, sample.entry(account.id, Act::AllSessionsEnded)).await.unwrap());
            let mut now = names(&[row, "activity", "outbox"]);
            now.sort();
            assert_eq!(changed(&before, &dump(&folder)), (names(&[row]), now));
            assert_eq!(store.of_account(account.id, sample.now()).await.unwrap(), []);
        }
    }
}
