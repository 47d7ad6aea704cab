//! Everything arrives as it was.

use gatewright_core::{
    model::Act,
    port::{Accounts, ActivityLog, Applied, Clock, NewAccount, Opened, Sessions},
};
use gatewright_store::transfer::Copied;
use gatewright_testkit::{FrozenClock, Sample, conformance::activity_log::chain::verified};

use super::*;

fn rows(report: &Report, name: &str) -> u64 {
    report.tables.iter().find(|table| table.table == name).unwrap().rows
}

#[tokio::test]
async fn every_row_of_every_table_goes_to_postgres_and_back_and_is_the_same() {
    let folder = Folder::new();
    let there = folder.filled("first.db", 4500);
    let (database, between) = postgres();
    let went = copy(&there, &between, KEEP).await.unwrap();
    assert!(went.tables.iter().all(|table| table.rows > 0), "{went:?}");
    assert_eq!((rows(&went, "accounts"), rows(&went, "sessions"), rows(&went, "activity")), (4500, 4500, 9001));
    assert!(rows(&went, "signing_keys") == 3 && rows(&went, "pins") == 450, "{went:?}");
    // The database itself says the same, in its own words.
    let nulls =
        "SELECT count(*) FROM sessions WHERE last_ip IS NULL AND ended_at IS NOT NULL AND end_reason = 'logout'";
    assert_eq!(asked(&folder.path("first.db"), nulls), format!("Integer({})", database.superuser_sql(nulls)));
    assert_eq!(
        database.superuser_sql("SELECT clock_high, store_promoted_at, keys_version, is_backup FROM meta"),
        "1700000000000000|1650000000000000|7|0"
    );

    let back = folder.place("second.db");
    let came = copy(&between, &back, RETIRE).await.unwrap();
    assert_eq!(came.tables, went.tables);
    assert!(!came.was_backup && came.resumed_from == 0);
    let again: Vec<Copied> = copy(&back, &folder.place("third.db"), KEEP).await.unwrap().tables;
    assert_eq!(again, went.tables);
    let store = open_file(&folder.path("second.db")).unwrap();
    store.integrity_check().await.unwrap();
}

#[tokio::test]
async fn from_one_postgres_to_another_what_is_known_of_redis_comes_along() {
    let folder = Folder::new();
    let (first, one) = postgres();
    copy(&folder.filled("first.db", 100), &one, RETIRE).await.unwrap();
    first.superuser_sql(
        "INSERT INTO session_register
         SELECT id, account_id, user_id, created_at, absolute_end, account_epoch, user_epoch, ended_at, end_reason FROM sessions;
         INSERT INTO session_space VALUES (1, 'gate-1', 3, 2, 1700000000000000, 'redis-run-1', NULL)",
    );
    let (second, two) = postgres();
    let report = copy(&one, &two, KEEP).await.unwrap();
    assert_eq!((rows(&report, "session_register"), rows(&report, "session_space")), (100, 1));
    assert_eq!(second.superuser_sql("SELECT instance FROM session_space"), "gate-1");

    let refused = copy(&one, &folder.place("second.db"), KEEP).await.unwrap_err();
    assert!(matches!(refused, TransferError::InRedis { sessions: 91 }), "{refused:?}");
    let leave = Plan { in_redis: InRedis::Leave, ..KEEP };
    assert_eq!(rows(&copy(&one, &folder.place("second.db"), leave).await.unwrap(), "sessions"), 100);
}

#[tokio::test]
async fn a_session_goes_on_at_the_new_place_and_lives_no_longer_at_the_old_one() {
    let folder = Folder::new();
    let sample = Sample::default();
    let path = folder.path("first.db");
    let store = SqliteStore::open(&path, sqlite::Options::default(), |_| sample.clock.clone()).unwrap();
    let new = sample.new_account("ada");
    let NewAccount { account, owner, .. } = new.clone();
    store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
    let opening = sample.opening(sample.session(&account, &owner));
    let Opened::Done(before) = store.open(opening, sample.entry(account.id, Act::LoggedIn)).await.unwrap() else {
        panic!("nothing else touches this account");
    };
    drop(store);
    let (database, to) = postgres();
    copy(&Place::Sqlite(path.clone()), &to, RETIRE).await.unwrap();

    let clock: Arc<FrozenClock> = sample.clock.clone();
    let address = Address::parse(&database.url()).unwrap();
    let there = PgStore::open(&address, postgres::Options::default(), |_| clock.clone()).await.unwrap();
    let standing = there.standing(before.session.id).await.unwrap().expect("it came along");
    assert_eq!(standing, before, "nothing has happened to it, and no backup was restored");
    assert!(matches!(there.rotate(sample.rotation(&standing)).await.unwrap(), Applied::Done(_)));

    let here = SqliteStore::open(&path, sqlite::Options::default(), |_| clock.clone()).unwrap();
    let old = here.standing(before.session.id).await.unwrap().expect("it is still there");
    assert!(old.dead(clock.now()).is_some(), "the old place is a backup");
}

#[tokio::test]
async fn a_kept_source_goes_on_as_if_nothing_had_happened() {
    let folder = Folder::new();
    let source = folder.filled("first.db", 10);
    copy(&source, &folder.place("second.db"), KEEP).await.unwrap();
    let path = folder.path("first.db");
    assert_eq!(asked(&path, "SELECT is_backup FROM meta"), "Integer(0)");
    assert_eq!(asked(&path, "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'cop%'"), "Integer(0)");
    drop(open_file(&path).unwrap());
    assert_eq!(asked(&path, "SELECT store_promoted_at FROM meta"), "Integer(1650000000000000)");
}

#[tokio::test]
async fn lg11_a_backup_stays_a_backup_wherever_it_is_copied() {
    let folder = Folder::new();
    let source = folder.filled("first.db", 10);
    copy(&source, &folder.place("second.db"), RETIRE).await.unwrap();
    let (database, third) = postgres();
    let report = copy(&source, &third, RETIRE).await.unwrap();
    assert!(report.was_backup, "the source was one since the first copy");
    let epochs = "SELECT sum(epoch) FROM accounts";
    let before = database.superuser_sql(epochs);
    drop(open_postgres(&database).await.unwrap());
    assert_ne!(database.superuser_sql(epochs), before, "its sessions end when it is opened");
}

#[tokio::test]
async fn lg6_the_chain_of_the_activity_log_is_the_same_at_the_new_place_and_goes_on() {
    let folder = Folder::new();
    let sample = Sample::default();
    let append = async |log: &dyn ActivityLog| {
        for _ in 0..3 {
            log.append(sample.entry(None, Act::RoleChanged).activity.into()).await.unwrap();
            log.chain(2).await.unwrap();
        }
    };
    let path = folder.path("first.db");
    let store = SqliteStore::open(&path, sqlite::Options::default(), |_| sample.clock.clone()).unwrap();
    append(&store).await;
    sample.clock.advance(std::time::Duration::from_secs(1));
    assert_eq!(store.prune(sample.now(), 1).await.unwrap(), 1);
    assert_eq!(store.erase_personal(sample.now(), 1).await.unwrap(), 1);
    append(&store).await;
    let first = verified(&store).await;
    drop(store);
    let (database, between) = postgres();
    copy(&Place::Sqlite(path), &between, RETIRE).await.unwrap();
    let store = open_postgres(&database).await.unwrap();
    assert_eq!(verified(&store).await, first);
    append(&store).await;
    let second = verified(&store).await;
    assert_eq!(second.1[..first.1.len()], first.1);
    drop(store);
    copy(&between, &folder.place("second.db"), RETIRE).await.unwrap();
    let store = open_file(&folder.path("second.db")).unwrap();
    assert_eq!(verified(&store).await, second);
    append(&store).await;
    assert_eq!(verified(&store).await.0.head.seq, 12);
}
