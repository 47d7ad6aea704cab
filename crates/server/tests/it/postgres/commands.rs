//! What an operator types, on PostgreSQL.

use gatewright_testkit::servers::{Postgres, PostgresSetup};
use serde_json::json;

use super::{fresh_place, place};
use crate::client::{PASSWORD, post, refresh, sign_up};

#[test]
fn an_account_is_created_before_any_node_serves_and_changed_while_one_does() {
    let place = fresh_place();
    let create = ["account", "create", "--email", "ada@example.test", "--username", "ada", "--json"];
    let created = place.run_with_input(&create, &format!("{PASSWORD}\n")).well().json();
    let again = place.run_with_input(&create, &format!("{PASSWORD}\n"));
    assert!(again.code() == 1 && again.err().contains("taken"), "{}", again.err());

    let server = place.serve();
    let login = |password: &str| json!({ "login": "ada", "password": password, "transport": "body" });
    let ada = post(server.api, "/auth/login", &login(PASSWORD)).expect(200);
    let shown = place.run(&["account", "show", "ada@example.test", "--json"]).well().json();
    assert_eq!(shown["account"]["id"], created["account"]["id"]);
    let session = shown["sessions"][0]["id"].as_str().unwrap();
    assert_eq!(place.run(&["session", "end", session, "--json"]).well().json()["ended_now"], true);
    refresh(server.api, &ada.text("refresh_token")).expect_problem(401, "refresh_token_invalid");

    place.run(&["account", "disable", "ada"]).well();
    post(server.api, "/auth/login", &login(PASSWORD)).expect_problem(401, "invalid_credentials");
    place.run(&["account", "enable", "ada"]).well();
    post(server.api, "/auth/login", &login(PASSWORD)).expect(200);
}

#[test]
fn au1_an_account_that_wrong_passwords_have_shut_is_unlocked_on_a_shared_database() {
    let place = fresh_place();
    let server = place.serve();
    place.run_with_input(&["account", "create", "--email", "ada@example.test"], &format!("{PASSWORD}\n")).well();
    let login = |password: &str| json!({ "login": "ada@example.test", "password": password, "transport": "body" });
    for _ in 0..5 {
        post(server.api, "/auth/login", &login("a wrong guess")).expect_problem(401, "invalid_credentials");
    }
    post(server.api, "/auth/login", &login(PASSWORD)).expect_problem(429, "rate_limited");
    place.run(&["account", "unlock", "ada@example.test"]).well();
    post(server.api, "/auth/login", &login(PASSWORD)).expect(200);
}

#[test]
fn keys_are_listed_and_rotated_on_a_shared_database() {
    let place = fresh_place();
    let keys = |arguments: &[&str]| place.run(arguments).well().json()["keys"].clone();
    let signing = |keys: &serde_json::Value| {
        keys.as_array().unwrap().iter().find(|key| key["state"] == "signing").map(|key| key["kid"].clone()).unwrap()
    };
    let before = signing(&keys(&["keys", "list", "--json"]));
    assert_ne!(signing(&keys(&["keys", "rotate", "--force", "--json"])), before);
    assert_ne!(signing(&keys(&["keys", "list", "--json"])), before);
}

#[test]
fn the_doctor_looks_at_the_database_server() {
    let postgres =
        Postgres::start(&PostgresSetup { settings: vec!["max_connections = 20".into()], ..Default::default() });
    let place = place(&postgres.fresh_database()).with("STORE_CONNECTIONS", "4");
    let well = place.run(&["doctor"]).well();
    assert!(well.out().contains("· issuer        GATEWRIGHT_PUBLIC_URL is not set"), "{}", well.out());
    for finding in ["✓ database", "✓ way to it", "✓ connections", "✓ server clock", "✓ clock", "✓ keys"] {
        assert!(well.out().contains(finding), "{finding}: {}", well.out());
    }
    assert!(well.out().contains("answers: PostgreSQL 1"), "{}", well.out());
    assert!(!well.out().contains("disk  "), "the disk is not this machine's: {}", well.out());

    // 20 less 3 for superusers: one node of 12 fits, two do not; one of 18 does not.
    let place = place.with("STORE_CONNECTIONS", "12");
    let narrow = place.run(&["doctor"]).well();
    assert!(narrow.out().contains("· connections   12 at most from a node, the server takes 17"), "{}", narrow.out());
    let ill = place.with("STORE_CONNECTIONS", "18").run(&["doctor"]);
    assert!(ill.code() == 1 && ill.out().contains("✗ connections"), "{}", ill.out());
    assert!(ill.out().contains("lower GATEWRIGHT_STORE_CONNECTIONS"), "{}", ill.out());
}

#[test]
fn lg11_the_backup_of_a_server_is_left_to_its_own_tools_and_restoring_one_ends_all_sessions() {
    let database = Postgres::shared().fresh_database();
    let place = place(&database);
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test");
    let ran = place.run(&["backup", "copy.db"]);
    assert_eq!(ran.code(), 1);
    for name in ["pg_dump", "pg_basebackup", "master key", "UPDATE meta SET is_backup = 1;"] {
        assert!(ran.err().contains(name), "{name}: {}", ran.err());
    }
    assert!(!place.path().join("copy.db").exists());
    drop(server);

    // What it says to do after a restore does what it says.
    database.superuser_sql("UPDATE meta SET is_backup = 1;");
    let server = place.serve();
    refresh(server.api, &ada.text("refresh_token")).expect_problem(401, "refresh_token_invalid");
    let login = json!({ "login": "ada@example.test", "password": PASSWORD });
    post(server.api, "/auth/login", &login).expect(200);
}

#[test]
fn pw19_the_demo_has_a_file_of_its_own_whatever_the_store_is() {
    let database = Postgres::shared().fresh_database();
    let place = place(&database);
    let server = crate::child::Server::start(place.command(&["dev", "--without-history"]));
    post(server.api, "/auth/login", &json!({ "login": "demo@example.test", "password": "violet otter lantern" }))
        .expect(200);
    assert!(place.data().join("dev/gatewright.db").exists());
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(database.superuser_sql(tables), "0");
}
