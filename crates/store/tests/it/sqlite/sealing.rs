//! Databases that an earlier version has made get checksums when they are first opened: once, whole, and by nobody else.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use gatewright_core::{
    model::{Account, Act, Standing},
    port::{Accounts, NewAccount, Opened, Sessions},
};
use gatewright_store::sqlite::{OpenError, Options, SqliteStore};
use gatewright_testkit::{FrozenClock, Sample};
use rusqlite::Connection;

use super::{
    backend::{Folder, connect},
    child,
};

/// A file of the version before checksums, with so many accounts that have a session each.
async fn earlier(folder: &Folder, sample: &Sample, accounts: usize) -> Vec<(Account, Standing)> {
    let sealed = folder.0.path().join("sealed.db");
    let clock = Arc::clone(&sample.clock);
    let store = SqliteStore::open(&sealed, Options::default(), |_| clock).unwrap();
    let mut all = Vec::new();
    for number in 0..accounts {
        let new = sample.new_account(&format!("person{number}"));
        let NewAccount { account, owner, .. } = new.clone();
        store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
        let opening = sample.opening(sample.session(&account, &owner));
        match store.open(opening, sample.entry(account.id, Act::LoggedIn)).await.unwrap() {
            Opened::Done(standing) => all.push((account, standing)),
            refused @ (Opened::Stale | Opened::Spent) => panic!("{refused:?}"),
        }
    }
    drop(store);
    make_bare(&sealed, &folder.database());
    all
}

/// Takes back what the versions since then have added to the schema, and the room that it took.
const UNDO: &str = concat!(include_str!("undo.sql"), "VACUUM; PRAGMA journal_mode = wal");

fn make_bare(sealed: &Path, bare: &Path) {
    let address = format!("file:{}?vfs=unix&reserve=0", bare.display());
    connect(sealed).execute("VACUUM INTO ?1", [address]).unwrap();
    let connection = Connection::open(bare).unwrap();
    connection.execute_batch(UNDO).unwrap();
    drop(connection);
    assert!(!is_sealed(bare));
}

fn is_sealed(path: &Path) -> bool {
    fs::read(path).unwrap()[20] == 8
}

#[tokio::test]
async fn a_database_of_an_earlier_version_gets_checksums_and_keeps_every_session() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let all = earlier(&folder, &sample, 40).await;
    // What an attempt left that was broken off.
    fs::write(folder.0.path().join("gatewright.db-sealing"), [7; 5000]).unwrap();
    let store = folder.open(&sample.clock);
    assert!(is_sealed(&folder.database()));
    assert_eq!(fs::metadata(folder.database()).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!folder.0.path().join("gatewright.db-sealing").exists());
    for (account, standing) in &all {
        assert_eq!(store.account(account.id).await.unwrap().as_ref(), Some(account));
        assert_eq!(store.standing(standing.session.id).await.unwrap().as_ref(), Some(standing));
    }
    store.integrity_check().await.unwrap();
    drop(store);
    let before = fs::read(folder.database()).unwrap().len();
    drop(folder.open(&sample.clock));
    assert_eq!(fs::read(folder.database()).unwrap().len(), before, "it is done once");
}

#[tokio::test]
async fn what_an_earlier_version_left_in_its_log_is_kept() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let all = earlier(&folder, &sample, 3).await;
    let writing = Connection::open(folder.database()).unwrap();
    writing.execute_batch("PRAGMA wal_autocheckpoint = 0; UPDATE meta SET clock_high = 77").unwrap();
    let crashed = Folder::new();
    for name in ["gatewright.db", "gatewright.db-wal"] {
        fs::copy(folder.0.path().join(name), crashed.0.path().join(name)).unwrap();
    }
    let store = crashed.open(&sample.clock);
    assert_eq!(store.latest_moment().micros(), 77);
    assert!(is_sealed(&crashed.database()));
    assert!(store.standing(all[2].1.session.id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_database_without_checksums_is_not_rewritten_under_another_process() {
    let (folder, sample) = (Folder::new(), Sample::default());
    let all = earlier(&folder, &sample, 1).await;
    let other = Connection::open(folder.database()).unwrap();
    let count = || other.query_row("SELECT count(*) FROM sessions", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(), 1);
    let hasty = || Options { busy_timeout: Duration::from_millis(20), ..Options::default() };
    let refused = SqliteStore::open(&folder.database(), hasty(), |_| sample.clock.clone()).unwrap_err();
    assert!(matches!(refused, OpenError::InUse), "{refused:?}");
    assert_eq!(count(), 1);
    drop(other);
    let store = folder.open(&sample.clock);
    assert!(store.standing(all[0].1.session.id).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_damaged_gets_no_checksums_that_would_hide_it() {
    let (folder, sample) = (Folder::new(), Sample::default());
    earlier(&folder, &sample, 40).await;
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'activity'";
    let page: i64 = Connection::open(folder.database()).unwrap().query_row(sql, [], |row| row.get(0)).unwrap();
    let mut bytes = fs::read(folder.database()).unwrap();
    bytes[(page as usize - 1) * 4096..][8..2000].fill(0xff);
    fs::write(folder.database(), &bytes).unwrap();
    let refused = SqliteStore::open(&folder.database(), Options::default(), |_| sample.clock.clone()).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
    assert!(!is_sealed(&folder.database()));
}

#[test]
fn p11_a_process_that_is_killed_while_it_adds_checksums_loses_nothing() {
    const ROUNDS: u64 = 25;
    if let Some(folder) = child::folder() {
        child::say("opening");
        let path = folder.join("gatewright.db");
        drop(SqliteStore::open(&path, Options::default(), |_| Arc::new(FrozenClock::default())).unwrap());
        return child::say("opened");
    }
    let (folder, sample) = (Folder::new(), Sample::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(earlier(&folder, &sample, 300));
    let test = "sqlite::sealing::p11_a_process_that_is_killed_while_it_adds_checksums_loses_nothing";
    let bare = fs::read(folder.database()).unwrap();
    let (mut before, mut after) = (0, 0);
    for round in 0..ROUNDS {
        let place = Folder::new();
        fs::write(place.database(), &bare).unwrap();
        let mut child = child::command(test, place.0.path()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line.contains("opening")));
        std::thread::sleep(Duration::from_micros(round * 1_500));
        child.kill().unwrap();
        child.wait().unwrap();
        if is_sealed(&place.database()) {
            after += 1;
        } else {
            before += 1;
        }
        let store = place.open(&sample.clock);
        runtime.block_on(store.integrity_check()).unwrap();
        drop(store);
        let rows = |table| {
            let sql = format!("SELECT count(*) FROM {table}");
            connect(&place.database()).query_row(&sql, [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!((rows("accounts"), rows("sessions"), rows("activity")), (300, 300, 600), "round {round}");
    }
    println!("killed {before} times before the new file was in place, {after} times after");
    assert!(before > 0, "it was always killed too late");
}
