//! Opening a database: whose it is, its schema, whether it keeps what it says it keeps; which host is taken; and what a
//! restored backup makes of its sessions.

use std::{error::Error, net::TcpListener, sync::Arc, time::Duration};

use gatewright_core::{
    model::{Act, Login, Timestamp},
    port::{
        Accounts, Admins, Clock, LetterFilter, Maintenance, Opened, Outbox, OutboxStats, RoleDefinitions, Sessions,
    },
};
use gatewright_store::postgres::{Address, OpenError, PgStore};
use gatewright_testkit::{
    FrozenClock, Sample,
    servers::{Database, POSTGRES_PASSWORD, POSTGRES_ROLE, Postgres, PostgresSetup},
};
use tokio::task::JoinSet;

use super::backend::{database, open, options};

/// Opens what this URL leads to.
pub(super) async fn try_open(url: &str) -> Result<PgStore, OpenError> {
    PgStore::open(&Address::parse(url)?, options(), |_| Arc::new(FrozenClock::default())).await
}

/// Why this database is not opened: the error with all its causes. None of it may hold the password.
pub(super) async fn refusal(url: &str) -> (OpenError, String) {
    let error = try_open(url).await.expect_err("it must be refused");
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    let all = format!("{told} {error:?} {error:#?}");
    assert!(!all.contains(POSTGRES_PASSWORD), "{all}");
    (error, told)
}

/// The tables of the database and how many rows the schema's steps have.
fn tables(database: &Database) -> String {
    let sql = "SELECT string_agg(tablename, ' ' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'";
    database.superuser_sql(sql)
}

#[tokio::test]
async fn of_eight_nodes_that_start_at_once_one_makes_the_schema_and_all_start() {
    let database = database();
    let mut nodes = JoinSet::new();
    for _ in 0..8 {
        let url = database.url();
        nodes.spawn(async move { try_open(&url).await.unwrap() });
    }
    let nodes = nodes.join_all().await;
    for node in &nodes {
        node.ping().await.unwrap();
    }
    assert_eq!(database.superuser_sql("SELECT count(*) FROM migrations"), nodes[0].schema_version().to_string());
    assert_eq!(database.superuser_sql("SELECT count(*) FROM meta"), "1");
}

#[tokio::test]
async fn a_schema_that_a_modified_build_made_is_refused() {
    let database = database();
    drop(open(&database, Arc::new(FrozenClock::default())).await);
    database.superuser_sql("UPDATE migrations SET sha256 = sha256('other')");
    let (error, _) = refusal(&database.url()).await;
    assert!(matches!(error, OpenError::AlteredMigration { number: 1 }), "{error:?}");
}

#[tokio::test]
async fn a_database_of_the_first_schema_is_brought_up_to_date_and_keeps_what_it_has() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    let new = sample.new_account("ada");
    let id = new.account.id;
    store.sign_up(new, sample.entry(id, Act::SignedUp)).await.unwrap();
    let now = tables(&database);
    drop(store);
    database.superuser_sql(include_str!("undo.sql"));
    let store = open(&database, sample.clock.clone()).await;
    assert_eq!(tables(&database), now);
    assert_eq!(database.superuser_sql("SELECT count(*) FROM migrations"), store.schema_version().to_string());
    assert!(store.account(id).await.unwrap().is_some());
    assert_eq!(store.outbox_stats().await.unwrap(), OutboxStats::default());
    assert_eq!(store.roles().await.unwrap(), []);
    assert_eq!(store.admins().await.unwrap(), []);
    let letter = sample.letter(Some(id));
    store.put_letter(letter.clone()).await.unwrap();
    assert_eq!(store.letters(LetterFilter { limit: 10, ..LetterFilter::default() }).await.unwrap()[0].id, letter.id);
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let database = database();
    let store = open(&database, Arc::new(FrozenClock::default())).await;
    assert_eq!(store.schema_version(), 5);
    drop(store);
    database.superuser_sql("INSERT INTO migrations VALUES (6, 'from the future', '')");
    let (error, told) = refusal(&database.url()).await;
    assert!(matches!(error, OpenError::NewerSchema { found: 6, known: 5 }), "{error:?}");
    assert_eq!(
        told,
        "the database has schema 6, this program knows schemas up to 5; run the newer program, or restore a backup \
         from before the upgrade"
    );
}

#[tokio::test]
async fn the_database_of_another_program_is_refused_and_not_changed() {
    for table in ["recipes (cake TEXT)", "migrations (id INT, migration TEXT)"] {
        let database = database();
        database.superuser_sql(&format!("CREATE TABLE {table}; GRANT ALL ON ALL TABLES IN SCHEMA public TO public"));
        let before = tables(&database);
        let (error, _) = refusal(&database.url()).await;
        assert!(matches!(error, OpenError::NotOurs), "{table}: {error:?}");
        assert_eq!(tables(&database), before);
    }
}

#[tokio::test]
async fn p11_a_server_that_may_lose_what_it_acknowledged_is_refused_and_not_changed() {
    let lazy = database();
    lazy.superuser_sql(&format!("ALTER DATABASE {} SET synchronous_commit = off", lazy.name()));
    let (error, told) = refusal(&lazy.url()).await;
    assert!(matches!(error, OpenError::NotDurable { .. }), "{error:?}");
    assert!(told.contains("`synchronous_commit` is off on the database server"), "{told}");
    assert_eq!(tables(&lazy), "");

    let server = Postgres::start(&PostgresSetup { settings: vec!["fsync = off".into()], ..PostgresSetup::default() });
    let database = server.fresh_database();
    let (_, told) = refusal(&database.url()).await;
    assert!(told.contains("`fsync` is off"), "{told}");
    server.superuser_sql("ALTER SYSTEM SET fsync = on");
    server.superuser_sql("ALTER SYSTEM SET full_page_writes = off");
    server.restart();
    let (_, told) = refusal(&database.url()).await;
    assert!(told.contains("`full_page_writes` is off"), "{told}");
    assert_eq!(tables(&database), "");
    server.superuser_sql("ALTER SYSTEM RESET full_page_writes");
    server.restart();
    drop(try_open(&database.url()).await.unwrap());
}

#[tokio::test]
async fn a_host_that_is_down_or_a_replica_is_passed_over_and_a_replica_alone_is_refused() {
    let primary = Postgres::start(&PostgresSetup::default());
    let database = primary.fresh_database();
    drop(try_open(&database.url()).await.unwrap());
    let replica = primary.replica();
    replica.catch_up_with(&primary);
    let dead = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();

    let url = |ports: &[u16]| {
        let hosts: Vec<_> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        format!("postgres://{POSTGRES_ROLE}:{POSTGRES_PASSWORD}@{}/{}", hosts.join(","), database.name())
    };
    for ports in
        [&[dead, primary.port()][..], &[replica.port(), primary.port()], &[replica.port(), dead, primary.port()]]
    {
        let store = try_open(&url(ports)).await.unwrap();
        store.ping().await.unwrap();
    }
    let (_, told) = refusal(&url(&[replica.port()])).await;
    assert!(told.contains("replica"), "{told}");
    let (_, told) = refusal(&url(&[dead])).await;
    assert!(told.contains("refused"), "{told}");
    refusal(&url(&[dead, replica.port()])).await;
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_database_are_named() {
    let database = database();
    let (_, told) = refusal(&database.url().replace(POSTGRES_PASSWORD, "not-the-password")).await;
    assert!(told.contains("password authentication failed"), "{told}");
    let (_, told) = refusal(&Postgres::shared().url("no_such_database")).await;
    assert!(told.contains("does not exist"), "{told}");
}

#[tokio::test]
async fn p19_the_clock_starts_no_earlier_than_the_latest_moment_seen() {
    let database = database();
    let then = Timestamp::from_secs(1_600_000_000);
    let clock = Arc::new(FrozenClock::at(then));
    let store = open(&database, clock.clone()).await;
    assert_eq!(store.latest_moment(), Timestamp::from_micros(0));
    store.ping().await.unwrap();
    clock.advance(Duration::from_secs(3600));
    store.ping().await.unwrap();
    // A clock that lies does not lower it.
    clock.set(then);
    store.ping().await.unwrap();
    let again = open(&database, clock).await;
    assert_eq!(again.latest_moment(), then.plus(Duration::from_secs(3600)));
}

#[tokio::test]
async fn p19_a_node_whose_clock_is_ahead_does_not_carry_the_others_along() {
    let database = database();
    let far = Timestamp::from_secs(9_000_000_000);
    let clock: Arc<dyn Clock> = Arc::new(FrozenClock::at(far));
    open(&database, clock.clone()).await.ping().await.unwrap();
    let server = database.superuser_sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8");
    let seen = open(&database, clock).await.latest_moment();
    assert!(seen > Timestamp::from_secs(1_600_000_000) && seen.micros() <= server.parse().unwrap(), "{seen:?}");
}

/// SECURITY LG11: what had ended since the backup was made must not live again.
#[tokio::test]
async fn p5_a_restored_backup_ends_every_session_once_however_many_nodes_open_it() {
    let (database, sample) = (database(), Sample::default());
    let store = open(&database, sample.clock.clone()).await;
    let mut sessions = Vec::new();
    for name in ["ada", "grace"] {
        let new = sample.new_account(name);
        let (account, user) = (new.account.clone(), new.owner.clone());
        store.sign_up(new, sample.entry(account.id, Act::SignedUp)).await.unwrap();
        let opening = sample.opening(sample.session(&account, &user));
        sessions.push(opening.session.id);
        let opened = store.open(opening, sample.entry(account.id, Act::LoggedIn)).await.unwrap();
        assert!(matches!(opened, Opened::Done(_)), "{opened:?}");
    }
    let living = async |store: &PgStore| {
        let mut living = 0;
        for id in &sessions {
            living += usize::from(store.standing(*id).await.unwrap().unwrap().dead(sample.now()).is_none());
        }
        living
    };
    drop(open(&database, sample.clock.clone()).await);
    assert_eq!(living(&store).await, 2, "opening it again ends nothing");
    drop(store);

    database.superuser_sql("UPDATE meta SET is_backup = 1");
    sample.clock.advance(Duration::from_secs(60));
    let mut nodes = JoinSet::new();
    for _ in 0..4 {
        let (database, clock) = (database.clone(), sample.clock.clone());
        nodes.spawn(async move { open(&database, clock).await });
    }
    for node in nodes.join_all().await {
        assert_eq!(living(&node).await, 0);
        assert_eq!(node.standing(sessions[0]).await.unwrap().unwrap().store_promoted_at, Some(sample.now()));
    }
    assert_eq!(database.superuser_sql("SELECT DISTINCT epoch FROM accounts"), "1");
    let store = open(&database, sample.clock.clone()).await;
    assert_eq!(database.superuser_sql("SELECT DISTINCT epoch FROM accounts"), "1");
    assert!(store.account_by_login(&Login::parse("login", "ada").unwrap()).await.unwrap().is_some());
}
