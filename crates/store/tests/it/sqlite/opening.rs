//! Opening a file: whose it is, its schema, its health, its mode; and that what was acknowledged is there again.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use gatewright_core::{
    model::{Act, NodeId, Timestamp, Work},
    port::{Accounts, Admins, Clock, LetterFilter, Maintenance, Outbox, OutboxStats, RoleDefinitions},
};
use gatewright_store::sqlite::{OpenError, Options, SqliteStore, StartCheck};
use gatewright_testkit::{FrozenClock, Sample};
use rusqlite::Connection;

use super::backend::{Folder, connect};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn refusal(path: &Path) -> OpenError {
    SqliteStore::open(path, Options::default(), |_| Arc::new(FrozenClock::default())).expect_err("it must be refused")
}

async fn sign_up(store: &SqliteStore, sample: &Sample, name: &str) -> gatewright_core::model::AccountId {
    let new = sample.new_account(name);
    let id = new.account.id;
    store.sign_up(new, sample.entry(id, Act::SignedUp)).await.unwrap();
    id
}

#[test]
fn a_new_database_and_its_folder_are_its_owners_alone() {
    let folder = Folder::new();
    let path = folder.0.path().join("new/deep/gatewright.db");
    let store = SqliteStore::open(&path, Options::default(), |_| Arc::new(FrozenClock::default())).unwrap();
    assert_eq!(mode(&path), 0o600);
    for beside in ["gatewright.db-wal", "gatewright.db-shm", "gatewright.db-lock"] {
        assert_eq!(mode(&path.with_file_name(beside)), 0o600, "{beside}");
    }
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(path.parent().unwrap().parent().unwrap()), 0o700);
    assert_eq!(store.schema_version(), 7);
}

#[test]
fn a_database_that_others_could_read_is_closed_to_them() {
    let folder = Folder::new();
    drop(folder.open(&Arc::default()));
    fs::set_permissions(folder.database(), Permissions::from_mode(0o644)).unwrap();
    drop(folder.open(&Arc::default()));
    assert_eq!(mode(&folder.database()), 0o600);
}

#[tokio::test]
async fn p11_what_was_acknowledged_is_there_after_a_restart() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    let id = sign_up(&store, &sample, "ada").await;
    drop(store);
    assert!(!folder.0.path().join("gatewright.db-wal").exists(), "closing moves the log into the file");
    let store = folder.open(&sample.clock);
    assert!(store.account(id).await.unwrap().is_some());
    store.integrity_check().await.unwrap();
}

#[tokio::test]
async fn p19_the_clock_starts_no_earlier_than_the_latest_moment_seen() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let first = folder.open(&sample.clock);
    assert_eq!(first.latest_moment(), Timestamp::from_micros(0));
    first.ping().await.unwrap();
    sample.clock.advance(Duration::from_secs(3600));
    drop(first);
    let mut floor = None;
    let set_back = Arc::new(FrozenClock::at(FrozenClock::START));
    let clock: Arc<dyn Clock> = set_back.clone();
    let store = SqliteStore::open(&folder.database(), Options::default(), |latest| {
        floor = Some(latest);
        clock
    });
    assert_eq!(floor, Some(sample.now()));
    // A clock that lies does not lower it either.
    drop(store.unwrap());
    assert_eq!(folder.open(&set_back).latest_moment(), sample.now());
}

#[tokio::test]
async fn p19_the_latest_moment_survives_a_crash_to_the_second() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    store.ping().await.unwrap();
    sample.clock.advance(Duration::from_secs(1));
    store.ping().await.unwrap();
    sample.clock.advance(Duration::from_millis(900));
    store.ping().await.unwrap();
    let seen: i64 = connect(&folder.database()).query_row("SELECT clock_high FROM meta", [], |row| row.get(0)).unwrap();
    assert_eq!(Timestamp::from_micros(seen), FrozenClock::START.plus(Duration::from_secs(1)));
}

#[test]
fn the_file_of_another_program_is_refused_and_not_changed() {
    let folder = Folder::new();
    let path = folder.database();
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE recipes (cake TEXT)").unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(refusal(&path), OpenError::NotOurs));
    assert_eq!(fs::read(&path).unwrap(), before);
    let marked = folder.0.path().join("marked.db");
    Connection::open(&marked).unwrap().pragma_update(None, "application_id", 7).unwrap();
    assert!(matches!(refusal(&marked), OpenError::NotOurs));
    let text = folder.0.path().join("notes.txt");
    fs::write(&text, "shopping list\n".repeat(1000)).unwrap();
    assert!(matches!(refusal(&text), OpenError::NotOurs));
    assert_eq!(fs::read_to_string(&text).unwrap(), "shopping list\n".repeat(1000));
}

#[test]
fn an_empty_file_is_as_good_as_none() {
    let folder = Folder::new();
    fs::write(folder.database(), "").unwrap();
    folder.open(&Arc::default());
}

#[tokio::test]
async fn a_database_of_the_first_schema_is_brought_up_to_date_and_keeps_what_it_has() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let id = sign_up(&folder.open(&sample.clock), &sample, "ada").await;
    let connection = connect(&folder.database());
    connection.execute_batch(include_str!("undo.sql")).unwrap();
    connection.execute_batch("DROP TABLE leases; DELETE FROM migrations WHERE number > 1").unwrap();
    drop(connection);
    let store = folder.open(&sample.clock);
    assert!(store.account(id).await.unwrap().is_some());
    let (node, now) = (NodeId::from_bytes([7; 16]), sample.now());
    assert!(store.lease(Work::Tending, node, now, now.plus(Duration::from_secs(60))).await.unwrap());
    assert_eq!(store.outbox_stats().await.unwrap(), OutboxStats::default());
    let letter = sample.letter(Some(id));
    store.put_letter(letter.clone()).await.unwrap();
    assert_eq!(store.letters(LetterFilter { limit: 10, ..LetterFilter::default() }).await.unwrap()[0].id, letter.id);
    assert_eq!(store.roles().await.unwrap(), []);
    assert_eq!(store.admins().await.unwrap(), []);
    let steps: i64 =
        connect(&folder.database()).query_row("SELECT count(*) FROM migrations", [], |row| row.get(0)).unwrap();
    assert_eq!(steps, i64::from(store.schema_version()));
}

#[test]
fn a_newer_schema_is_refused() {
    let folder = Folder::new();
    drop(folder.open(&Arc::default()));
    let connection = connect(&folder.database());
    connection.execute("INSERT INTO migrations VALUES (8, 'from the future', x'00')", []).unwrap();
    drop(connection);
    let refusal = refusal(&folder.database());
    assert!(matches!(refusal, OpenError::NewerSchema { found: 8, known: 7 }));
    assert_eq!(
        refusal.to_string(),
        "the database has schema 8, this program knows schemas up to 7; run the newer program, or restore a backup \
         from before the upgrade"
    );
}

#[test]
fn a_schema_that_a_modified_build_made_is_refused() {
    let folder = Folder::new();
    drop(folder.open(&Arc::default()));
    let connection = connect(&folder.database());
    connection.execute("UPDATE migrations SET sha256 = zeroblob(32)", []).unwrap();
    drop(connection);
    assert!(matches!(refusal(&folder.database()), OpenError::AlteredMigration { number: 1 }));
}

#[test]
fn of_many_who_open_a_new_database_at_once_each_finds_it_whole() {
    let folder = Folder::new();
    let stores: Vec<_> = std::thread::scope(|scope| {
        let openers: Vec<_> = (0..8).map(|_| scope.spawn(|| folder.open(&Arc::default()))).collect();
        openers.into_iter().map(|opener| opener.join().unwrap()).collect()
    });
    assert_eq!(stores.len(), 8);
    let connection = connect(&folder.database());
    let rows = |table| connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0));
    assert_eq!((rows("migrations").unwrap(), rows("meta").unwrap()), (7, 1));
}

#[tokio::test]
async fn a_damaged_file_is_refused_after_a_crash_and_by_the_full_check() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let store = folder.open(&sample.clock);
    for number in 0..200 {
        sign_up(&store, &sample, &format!("user{number}")).await;
    }
    drop(store);
    let path = folder.database();
    let page = {
        let connection = connect(&path);
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'activity'";
        connection.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap() as usize
    };
    let mut bytes = fs::read(&path).unwrap();
    bytes[(page - 1) * 4096..][8..2000].fill(0xff);
    fs::write(&path, &bytes).unwrap();
    let always = Options { check: StartCheck::Always, ..Options::default() };
    let refused = SqliteStore::open(&path, always, |_| sample.clock.clone()).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
    // Closed well, it is not looked over; with a log left behind, it is.
    drop(folder.open(&sample.clock));
    fs::write(folder.0.path().join("gatewright.db-wal"), [0; 32]).unwrap();
    let refused = refusal(&path);
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
}
