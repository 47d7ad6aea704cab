//! PostgreSQL: what tests may do to a server.

use gatewright_testkit::servers::{Database, Postgres, PostgresSetup, Tls};
use std::process::Command;

/// What the role of the tests sees by `psql` on `url`; the error is what `psql` says.
pub(crate) fn ask(url: &str, sql: &str) -> Result<String, String> {
    let mut psql = Command::new("psql");
    // Certificates and passwords that the developer keeps at home would otherwise be tried.
    psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql, url]).env("HOME", "/nonexistent");
    let output = psql.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn counted(database: &Database) -> String {
    database.superuser_sql("SELECT count(*) FROM kept")
}

#[test]
fn the_shared_server_gives_fresh_databases() {
    let first = Postgres::shared().fresh_database();
    let second = Postgres::shared().fresh_database();
    ask(&first.url(), "CREATE TABLE only_here (id int)").unwrap();
    assert!(ask(&second.url(), "SELECT * FROM only_here").unwrap_err().contains("does not exist"));
    assert_eq!(ask(&first.socket_url(), "SELECT count(*) FROM only_here").unwrap(), "0");
}

#[test]
fn many_tests_may_ask_for_a_database_at_once() {
    let names = std::thread::scope(|scope| {
        let asking: Vec<_> = (0..16).map(|_| scope.spawn(|| Postgres::shared().fresh_database().url())).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect::<std::collections::BTreeSet<_>>()
    });
    assert_eq!(names.len(), 16);
}

#[test]
fn the_role_needs_its_password_and_is_no_superuser_but_may_create_databases() {
    let server = Postgres::shared();
    let url = server.url("postgres");
    assert_eq!(ask(&url, "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = user").unwrap(), "f|t");
    let wrong = url.replace(gatewright_testkit::servers::POSTGRES_PASSWORD, "wrong");
    assert!(ask(&wrong, "SELECT 1").unwrap_err().contains("password authentication failed"));
}

#[test]
fn the_server_is_as_durable_as_the_store_demands() {
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        assert_eq!(Postgres::shared().superuser_sql(&format!("SHOW {setting}")), "on", "{setting}");
    }
}

#[test]
fn what_was_committed_outlives_a_restart_and_a_kill() {
    let server = Postgres::start(&PostgresSetup::default());
    let database = server.fresh_database();
    let port = server.port();
    database.superuser_sql("CREATE TABLE kept (id int)");
    server.restart();
    database.superuser_sql("INSERT INTO kept VALUES (1)");
    server.kill();
    assert!(!server.is_running());
    assert!(database.try_superuser_sql("SELECT 1").is_err());
    server.restart();
    assert_eq!((counted(&database).as_str(), server.port()), ("1", port));
    server.stop_fast();
    assert!(!server.is_running());
    let folder = server.socket_folder().to_path_buf();
    drop(server);
    assert!(!folder.exists());
}

#[test]
fn a_paused_server_answers_nobody_until_it_is_resumed() {
    let server = Postgres::start(&PostgresSetup::default());
    let url = server.url("postgres");
    let session = std::sync::Barrier::new(2);
    server.pause();
    std::thread::scope(|scope| {
        let late = scope.spawn(|| {
            session.wait();
            ask(&url, "SELECT 7")
        });
        session.wait();
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!late.is_finished(), "a stopped server has answered");
        server.resume();
        assert_eq!(late.join().unwrap().unwrap(), "7");
    });
}

#[test]
fn an_open_session_stands_still_while_the_server_is_paused() {
    let server = Postgres::start(&PostgresSetup::default());
    let busy = "DO $$ BEGIN FOR i IN 1..200 LOOP PERFORM pg_sleep(0.002); END LOOP; END $$";
    std::thread::scope(|scope| {
        let url = server.url("postgres");
        let session = scope.spawn(move || ask(&url, busy));
        let is_busy = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND usename = 'gatewright'";
        while server.superuser_sql(is_busy) == "0" {
            assert!(!session.is_finished());
        }
        server.pause();
        std::thread::sleep(std::time::Duration::from_millis(1200));
        assert!(!session.is_finished(), "a session went on although the server is paused");
        server.resume();
        session.join().unwrap().unwrap();
    });
}

#[test]
fn a_promoted_replica_lacks_what_it_did_not_receive_and_accepts_writes() {
    let primary = Postgres::start(&PostgresSetup::default());
    let here = primary.fresh_database();
    here.superuser_sql("CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)");
    let replica = primary.replica();
    let there = replica.database(here.name());
    here.superuser_sql("INSERT INTO kept VALUES (2)");
    replica.catch_up_with(&primary);
    assert_eq!(counted(&there), "2");
    assert!(there.try_superuser_sql("INSERT INTO kept VALUES (0)").unwrap_err().contains("read-only transaction"));
    replica.stop_following();
    here.superuser_sql("INSERT INTO kept VALUES (3)");
    let port = primary.port();
    primary.kill();
    replica.promote();
    there.superuser_sql("INSERT INTO kept VALUES (4)");
    replica.move_to_port(port);
    assert_eq!(there.superuser_sql("SELECT string_agg(id::text, ' ' ORDER BY id) FROM kept"), "1 2 4");
    assert_eq!(ask(&there.url(), "SELECT current_database()").unwrap(), there.name());
}

#[test]
fn tls_is_what_the_setup_says_and_can_be_verified() {
    let setup = PostgresSetup { tls: Tls::Required, settings: vec!["work_mem = '5MB'".to_owned()] };
    let server = Postgres::start(&setup);
    let authority = server.authority().display().to_string();
    for host in ["127.0.0.1", "localhost"] {
        let url = server.url("postgres").replace("127.0.0.1", host);
        let verified = format!("{url}?sslmode=verify-full&sslrootcert={authority}");
        assert_eq!(ask(&verified, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").unwrap(), "t");
        assert!(ask(&format!("{url}?sslmode=disable"), "SELECT 1").unwrap_err().contains("no encryption"));
    }
    assert_eq!(server.superuser_sql("SHOW work_mem"), "5MB");
}
