//! Moving a database with the real binary: a client goes on at the new place, and a process that is killed in the middle
//! spoils nothing.

use std::{
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

use gatewright_store::sqlite;
use gatewright_testkit::servers::{Database, Postgres};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::{
    child::{PATIENCE, Place},
    client::{PASSWORD, post, refresh, request, sign_up},
};

const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";

fn place() -> Place {
    Place::new()
        .with("MASTER_KEY", MASTER)
        .with("PUBLIC_URL", "http://localhost:8080")
        .with("REFRESH_MIN_AGE", "0")
        .with("REFRESH_LOST_WINDOW", "0")
}

fn me(server: &crate::child::Server, access: &str) -> crate::client::Answer {
    let bearer = format!("Bearer {access}");
    request(server.api, "GET", "/auth/me", &[("Authorization", &bearer)], "").expect("the server answers")
}

#[test]
fn a_client_is_not_logged_out_by_the_move_to_postgres_nor_by_the_move_back() {
    let place = place();
    let server = place.serve();
    sign_up(server.api, "ada@example.test");
    let login = json!({ "login": "ada@example.test", "password": PASSWORD, "transport": "body" });
    let ada = post(server.api, "/auth/login", &login).expect(200);
    let access = ada.text("access_token");
    let spent = ada.text("refresh_token");
    let token = refresh(server.api, &spent).expect(200).text("refresh_token");
    let ended = post(server.api, "/auth/login", &login).expect(200);
    post(server.api, "/auth/logout", &json!({ "refresh_token": ended.text("refresh_token") })).expect(204);

    let file = format!("sqlite://{}", place.data().join("gatewright.db").display());
    let database = Postgres::shared().fresh_database();
    place.write("to", &format!("{}\n", database.url()));
    let copy = ["copy", "--from", &file, "--to-file", "to"];
    let refused = place.run(&copy);
    assert!(refused.code() == 1 && refused.err().contains("the source is in use"), "{}", refused.err());
    drop(server);
    let ran = place.run(&copy).well();
    assert!(ran.out().contains("The source is a backup from now on"), "{}", ran.out());
    assert!(ran.out().contains("  sessions                     3  sha256 "), "{}", ran.out());
    assert!(!format!("{}{}", ran.out(), ran.err()).contains(gatewright_testkit::servers::POSTGRES_PASSWORD));

    let place = place.with("STORE", &database.url());
    let server = place.serve();
    me(&server, &access).expect(200);
    let token = refresh(server.api, &token).expect(200).text("refresh_token");
    refresh(server.api, &ended.text("refresh_token")).expect_problem(401, "refresh_token_invalid");
    drop(server);

    // At the old place nobody's session lives.
    let place = place.with("STORE", &file);
    let server = place.serve();
    refresh(server.api, &token).expect_problem(401, "refresh_token_invalid");
    me(&server, &access).expect(401);
    drop(server);

    let back = format!("sqlite://{}", place.path().join("back.db").display());
    let ran = place.run(&["copy", "--from-file", "to", "--to", &back, "--json"]).well().json();
    assert_eq!((&ran["source"], &ran["sessions_end"]), (&json!("backup"), &json!(false)));
    assert_eq!(ran["tables"][0]["name"], "accounts");
    let place = place.with("STORE", &back);
    let server = place.serve();
    me(&server, &access).expect(200);
    let renewed = refresh(server.api, &token).expect(200);
    me(&server, &renewed.text("access_token")).expect(200);
    // What was spent before both moves is still known to be.
    refresh(server.api, &spent).expect(401);
    refresh(server.api, &renewed.text("refresh_token")).expect(401);
}

#[test]
fn a_copy_that_is_killed_is_not_served_and_goes_on_when_it_is_run_again() {
    let place = place();
    drop(place.serve());
    let path = place.data().join("gatewright.db");
    fill(&path, 40_000);
    let file = format!("sqlite://{}", path.display());
    let database = Postgres::shared().fresh_database();
    place.write("to", &database.url());
    let copy = ["copy", "--from", &file, "--to-file", "to", "--json"];

    let mut child = place.command(&copy).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_rows(&database, "accounts", &mut child);
    signal_interrupt(&child);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("the same command goes on where it was"));

    let mut child = place.command(&copy).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_rows(&database, "sessions", &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let there: u64 = database.superuser_sql("SELECT count(*) FROM sessions").parse().unwrap();
    assert!(there < 40_000, "it was killed too late to show anything");

    let place = place.with("STORE", &database.url());
    let refused = place.run(&["serve"]);
    assert!(refused.code() != 0 && refused.err().contains("half a copy"), "{}{}", refused.out(), refused.err());

    let done = place.run(&copy).well().json();
    assert!(done["rows_of_an_earlier_run"].as_u64().unwrap() > 84_000, "{done}");
    assert_eq!(done["tables"][4]["rows"], 40_000, "{done}");
}

#[test]
fn lg2_a_password_in_an_address_is_hidden_and_whoever_types_it_is_told() {
    let place = place();
    drop(place.serve());
    let file = format!("sqlite://{}", place.data().join("gatewright.db").display());
    for url in ["postgres://gate:canary@127.0.0.1:1/gate", "postgres://gate:canary@127.0.0.1:1", "mysql://canary"] {
        let ran = place.run(&["copy", "--from", &file, "--to", url]);
        assert_eq!(ran.code(), 1);
        assert!(!ran.err().contains("canary"), "{}", ran.err());
        assert_eq!(ran.err().contains("--to-file hides it"), url.starts_with("postgres"), "{}", ran.err());
    }
    assert_eq!(place.run(&["copy", "--from", &file]).code(), 2);
}

/// Rows in every table, beside those that are there.
fn fill(path: &Path, accounts: i64) {
    let connection = Connection::open_with_flags_and_vfs(path, OpenFlags::default(), sqlite::layer()).unwrap();
    connection.execute_batch("DELETE FROM signing_keys; CREATE TEMP TABLE wanted (n INTEGER); BEGIN").unwrap();
    connection.execute("INSERT INTO wanted VALUES (?1)", [accounts]).unwrap();
    connection.execute_batch(include_str!("../../../store/examples/seed/rows.sql")).unwrap();
    connection.execute_batch("COMMIT").unwrap();
}

fn wait_for_rows(database: &Database, table: &str, child: &mut Child) {
    let begun = Instant::now();
    let sql = format!("SELECT 1 FROM {table} LIMIT 1");
    while !database.try_superuser_sql(&sql).is_ok_and(|found| found == "1") {
        assert!(begun.elapsed() < PATIENCE, "no row in {table}");
        assert!(child.try_wait().unwrap().is_none(), "it has ended before a row was in {table}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn signal_interrupt(child: &Child) {
    let sent = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill can be run").success());
}
