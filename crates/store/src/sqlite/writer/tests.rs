//! The writer from inside: what a port cannot be brought to do.

use std::{path::Path, sync::Arc};

use gatewright_core::{
    model::Timestamp,
    port::{Clock, StoreError},
};
use rusqlite::Connection;

use super::super::{Options, SqliteStore, connection, connection::Purpose, failure::Failure, statements};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }
}

fn store(folder: &Path) -> SqliteStore {
    SqliteStore::open(&folder.join("gatewright.db"), Options::default(), |_| Arc::new(Still)).unwrap()
}

fn spend(connection: &Connection, token: u8) -> Result<(), Failure> {
    let sql = "INSERT INTO spent_selections (token, ends_at) VALUES (?1, 0)";
    statements::run(connection, sql, [[token; 16]]).map(|_| ())
}

async fn spent(store: &SqliteStore) -> Vec<u8> {
    let sql = "SELECT token FROM spent_selections ORDER BY token";
    store
        .read(move |connection| statements::all(connection, sql, [], |row| Ok(row.get::<_, [u8; 16]>(0)?[0])))
        .await
        .unwrap()
}

/// Steps that are queued while the writer is stopped are one group.
async fn as_one_group<T>(store: &SqliteStore, steps: impl Future<Output = T>) -> T {
    let (resume, resumed) = std::sync::mpsc::sync_channel::<()>(0);
    let (pausing, is_paused) = futures_channel::oneshot::channel();
    let queue = store.0.writer().clone();
    let thread = super::threads::start("pause", move || {
        queue.paused(|| {
            pausing.send(()).unwrap();
            let _ = resumed.recv();
        });
    });
    is_paused.await.unwrap();
    let mut steps = std::pin::pin!(steps);
    // Polled once, each step is in the queue; only then the writer goes on.
    let first = std::future::poll_fn(|context| std::task::Poll::Ready(steps.as_mut().poll(context))).await;
    assert!(first.is_pending());
    drop(resume);
    let answers = steps.await;
    thread.unwrap().join().unwrap();
    answers
}

#[tokio::test]
async fn p11_when_a_commit_fails_nobody_in_the_group_is_told_that_it_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let breaks_the_commit = |connection: &Connection| {
        // Asked at the commit only: the account that this password belongs to does not exist.
        connection.execute_batch("PRAGMA defer_foreign_keys = ON; INSERT INTO passwords VALUES (zeroblob(16), 'x')")?;
        Ok(())
    };
    let (before, broken, after) = as_one_group(&store, async {
        tokio::join!(
            store.write(|connection| spend(connection, 1)),
            store.write(breaks_the_commit),
            store.write(|connection| spend(connection, 2)),
        )
    })
    .await;
    for answer in [before, broken, after] {
        assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{answer:?}");
    }
    assert_eq!(spent(&store).await, Vec::<u8>::new());
    store.write(|connection| spend(connection, 3)).await.unwrap();
    assert_eq!(spent(&store).await, [3]);
    assert_eq!(store.stats().failed_groups, 1);
}

#[tokio::test]
async fn a_step_that_fails_or_panics_undoes_itself_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let (first, failed, panicked, last) = as_one_group(&store, async {
        tokio::join!(
            store.write(|connection| spend(connection, 1)),
            store.write(|connection| spend(connection, 2).and_then(|()| spend(connection, 2))),
            store.write(|connection| -> Result<(), Failure> {
                spend(connection, 3)?;
                panic!("a bug in a step")
            }),
            store.write(|connection| spend(connection, 4)),
        )
    })
    .await;
    assert!(matches!(failed, Err(StoreError::Inconsistent { .. })), "{failed:?}");
    assert!(matches!(panicked, Err(StoreError::Unavailable { .. })), "{panicked:?}");
    first.unwrap();
    last.unwrap();
    assert_eq!(spent(&store).await, [1, 4]);
    let stats = store.stats();
    assert_eq!((stats.groups, stats.steps, stats.failed_groups), (1, 4, 0));
}

#[tokio::test]
async fn a_step_whose_time_is_up_is_left_out_of_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let past = Timestamp::from_micros(Still.now().micros() - 1);
    let (late, just_in_time) = as_one_group(&store, async {
        tokio::join!(
            store.write_before(past, |connection| spend(connection, 1)),
            store.write_before(Still.now(), |connection| spend(connection, 2)),
        )
    })
    .await;
    assert!(matches!(late, Err(StoreError::TooLate)), "{late:?}");
    just_in_time.unwrap();
    assert_eq!(spent(&store).await, [2]);
}

#[test]
fn lg10_the_writer_syncs_fully_and_readers_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let _store = store(folder.path());
    let path = folder.path().join("gatewright.db");
    let pragma = |connection: &Connection, name: &str| {
        connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap()
    };
    let writer = connection::open(&path, Purpose::Write, std::time::Duration::ZERO).unwrap();
    let settings = ["synchronous", "foreign_keys", "wal_autocheckpoint"].map(|name| pragma(&writer, name));
    assert_eq!(settings, [2, 1, 0]);
    let mode: String = writer.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let reader = connection::open(&path, Purpose::Read, std::time::Duration::ZERO).unwrap();
    assert!(spend(&reader, 1).is_err());
}
