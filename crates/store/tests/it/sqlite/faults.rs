//! What goes wrong outside: a lock, a vanished file, a full queue, impossible rows. Always 503, never a loss, and no restart
//! is needed when it is over. SECURITY LG4.

use std::{fs, sync::Arc, time::Duration};

use gatewright_core::{
    model::{AccountId, Act},
    port::{Accounts, ActivityFilter, ActivityLog, Keys, Maintenance, Sessions, SignUp, StoreError, StoredKey, Users},
};
use gatewright_store::sqlite::{Options, SqliteStore};
use gatewright_testkit::Sample;
use rusqlite::Connection;
use tokio::task::JoinSet;

use super::backend::{Folder, connect};

fn open(folder: &Folder, sample: &Sample, options: Options) -> SqliteStore {
    let clock = Arc::clone(&sample.clock);
    SqliteStore::open(&folder.database(), options, |_| clock).unwrap()
}

/// Options with little patience for locks.
fn hasty() -> Options {
    Options { busy_timeout: Duration::from_millis(20), ..Options::default() }
}

async fn sign_up(store: &SqliteStore, sample: &Sample, name: &str) -> Result<AccountId, StoreError> {
    let new = sample.new_account(name);
    let id = new.account.id;
    assert_eq!(store.sign_up(new, sample.entry(id, Act::SignedUp)).await?, SignUp::Done);
    Ok(id)
}

fn assert_unavailable<T: std::fmt::Debug>(answer: &Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_lock_of_another_process_is_unavailable_until_it_is_gone() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = open(&folder, &sample, hasty());
    let before = sign_up(&store, &sample, "ada").await.unwrap();
    let other = connect(&folder.database());
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    assert_unavailable(&sign_up(&store, &sample, "grace").await);
    assert_unavailable(&store.ping().await);
    assert!(store.account(before).await.unwrap().is_some(), "reading goes on");
    other.execute_batch("ROLLBACK").unwrap();
    store.ping().await.unwrap();
    sign_up(&store, &sample, "grace").await.unwrap();
    assert_eq!(store.stats().failed_groups, 2);
}

#[tokio::test]
async fn a_folder_that_was_moved_away_is_unavailable_until_it_is_back() {
    let (outer, sample) = (Folder::new(), Sample::default());
    let (folder, away) = (outer.0.path().join("here"), outer.0.path().join("away"));
    let clock = sample.clock.clone();
    let path = folder.join("gatewright.db");
    let store = SqliteStore::open(&path, Options::default(), |_| clock).unwrap();
    sign_up(&store, &sample, "ada").await.unwrap();
    fs::rename(&folder, &away).unwrap();
    assert_unavailable(&sign_up(&store, &sample, "grace").await);
    assert_unavailable(&store.ping().await);
    // Another file under the same name is not ours either.
    fs::create_dir(&folder).unwrap();
    for name in ["gatewright.db", "gatewright.db-wal"] {
        fs::write(folder.join(name), "").unwrap();
    }
    assert_unavailable(&sign_up(&store, &sample, "grace").await);
    fs::remove_dir_all(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    store.ping().await.unwrap();
    sign_up(&store, &sample, "grace").await.unwrap();
}

#[tokio::test]
async fn a_deleted_folder_or_log_acknowledges_nothing() {
    for deleted in ["gatewright.db", "gatewright.db-wal"] {
        let (folder, sample) = (Folder::new(), Sample::default());
        let store = folder.open(&sample.clock);
        sign_up(&store, &sample, "ada").await.unwrap();
        fs::remove_file(folder.0.path().join(deleted)).unwrap();
        assert_unavailable(&sign_up(&store, &sample, "grace").await);
        assert_unavailable(&store.ping().await);
    }
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_what_was_taken_is_done() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let patient = Options { queue: 2, busy_timeout: Duration::from_secs(60), ..Options::default() };
    let store = open(&folder, &sample, patient);
    let other = connect(&folder.database());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut callers = JoinSet::new();
    for number in 0..600 {
        let (store, sample) = (store.clone(), sample.clone());
        callers.spawn(async move { sign_up(&store, &sample, &format!("user{number}")).await });
    }
    // One group and the queue can be taken while the writer waits for the lock: all others are refused without waiting.
    let mut refused = 0;
    while refused < 600 - 256 - 2 {
        assert_unavailable(&callers.join_next().await.unwrap().unwrap());
        refused += 1;
    }
    other.execute_batch("ROLLBACK").unwrap();
    let mut done = Vec::new();
    for answer in callers.join_all().await {
        match answer {
            Ok(id) => done.push(id),
            refused => assert_unavailable(&refused),
        }
    }
    assert!(!done.is_empty());
    for id in done {
        assert!(store.account(id).await.unwrap().is_some());
    }
    assert_eq!(store.stats().queue_length, 0);
}

#[tokio::test]
async fn a_step_that_fails_undoes_only_itself_in_its_group() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = open(&folder, &sample, Options { busy_timeout: Duration::from_secs(60), ..Options::default() });
    let other = connect(&folder.database());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let key = StoredKey {
        kid: "twice".into(),
        state: "next".into(),
        created_at: 0,
        published_at: None,
        signing_since: None,
        retiring_since: None,
        sealed: vec![],
    };
    // The first step waits for the lock alone; the others become one group behind it.
    let first = sign_up(&store, &sample, "first");
    let mut rest = JoinSet::new();
    let release = async {
        while store.stats().queue_length > 0 {
            tokio::task::yield_now().await;
        }
        for name in ["ada", "grace", "joan"] {
            let (store, sample) = (store.clone(), sample.clone());
            rest.spawn(async move { sign_up(&store, &sample, name).await.map(|_| ()) });
        }
        let failing = store.clone();
        rest.spawn(async move { failing.replace(0, vec![key.clone(), key]).await.map(|_| ()) });
        while store.stats().queue_length < 4 {
            tokio::task::yield_now().await;
        }
        other.execute_batch("ROLLBACK").unwrap();
        rest.join_all().await
    };
    let (first, rest) = tokio::join!(first, release);
    first.unwrap();
    let failed: Vec<_> = rest.iter().filter(|answer| answer.is_err()).collect();
    assert!(matches!(failed[..], [Err(StoreError::Inconsistent { .. })]), "{rest:?}");
    assert_eq!(store.keys().await.unwrap().version, 0);
    assert_eq!(sign_ups(&folder), 4);
}

fn sign_ups(folder: &Folder) -> i64 {
    let connection = connect(&folder.database());
    connection.query_row("SELECT count(*) FROM accounts", [], |row| row.get(0)).unwrap()
}

/// Every column of a session, a user, an account and an entry, with a value of each kind: each reading gives a value or
/// names the row, and nothing panics.
#[tokio::test]
async fn an_impossible_row_is_named_and_never_panics() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let new = sample.new_account("ada");
    let (account, owner) = (new.account.clone(), new.owner.clone());
    store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
    let session = sample.session(&account, &owner);
    let id = session.id;
    store.open(sample.opening(session), sample.entry(account.id, Act::LoggedIn)).await.unwrap();

    let vandal = connect(&folder.database());
    vandal.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
    let mut named = 0;
    for table in ["sessions", "accounts", "users", "activity"] {
        vandal.execute_batch(&format!("CREATE TEMP TABLE good AS SELECT * FROM {table}")).unwrap();
        for column in columns(&vandal, table) {
            for value in ["NULL", "-1", "9223372036854775807", "''", "'nonsense,'", "'[1]'", "x'00'", "zeroblob(17)"] {
                // A strict table does not even take some of them.
                if vandal.execute(&format!("UPDATE {table} SET {column} = {value}"), []).is_err() {
                    continue;
                }
                let filter = ActivityFilter { account: Some(account.id), limit: 9, ..ActivityFilter::default() };
                let readings = [
                    store.standing(id).await.map(|_| ()),
                    store.of_account(account.id, sample.now()).await.map(|_| ()),
                    store.account(account.id).await.map(|_| ()),
                    store.users(account.id).await.map(|_| ()),
                    store.page(filter).await.map(|_| ()),
                    store.chained(0, 9).await.map(|_| ()),
                ];
                for reading in readings {
                    match reading {
                        Ok(()) => {}
                        Err(StoreError::Inconsistent { table: found, id }) => {
                            assert_eq!((found, id.len()), (table, 32), "{column} = {value}");
                            named += 1;
                        }
                        Err(other) => panic!("{table}.{column} = {value}: {other:?}"),
                    }
                }
                let sql =
                    format!("UPDATE {table} SET {column} = (SELECT {column} FROM good WHERE good.id = {table}.id)");
                vandal.execute(&sql, []).unwrap();
            }
        }
        vandal.execute_batch("DROP TABLE good").unwrap();
    }
    assert!(named > 50, "{named}");
    assert!(store.standing(id).await.unwrap().is_some());
}

/// The columns of a table that do not name its rows.
fn columns(connection: &Connection, table: &str) -> Vec<String> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1) WHERE pk = 0").unwrap();
    statement.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}
