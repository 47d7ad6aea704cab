//! What a node needs to start on a shared database, and what it is told if that is missing.

use std::{fs, os::unix::fs::PermissionsExt};

use gatewright_testkit::servers::{Postgres, PostgresSetup, Tls};

use super::{MASTER, place};
use crate::{
    child::Place,
    client::{refresh, sign_up},
};

#[test]
fn no_node_makes_a_master_key_of_its_own_beside_a_shared_database() {
    let place = Place::new().with("STORE", &Postgres::shared().fresh_database().url());
    for arguments in [&["serve"][..], &["config", "check"], &["keys", "list"]] {
        let ran = place.run(arguments);
        assert_eq!(ran.code(), 3, "{arguments:?}");
        let says = "GATEWRIGHT_MASTER_KEY: is not set, and every node on PostgreSQL needs the same; make one with";
        assert!(ran.err().contains(says), "{}", ran.err());
    }
    assert!(!place.data().exists());
    // Who comes from SQLite has one already.
    fs::create_dir(place.data()).unwrap();
    place.write("gatewright-data/master.key", MASTER);
    let ran = place.run(&["serve"]);
    assert!(ran.err().contains("GATEWRIGHT_MASTER_KEY_FILE=./gatewright-data/master.key"), "{}", ran.err());
}

#[test]
fn a_node_with_another_master_key_does_not_start() {
    let place = place(&Postgres::shared().fresh_database());
    let _first = place.serve();
    let other = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefe";
    let place = place.with("MASTER_KEY", other);
    let ran = place.run(&["serve"]);
    assert!(ran.code() == 3 && ran.err().contains("on every node the same"), "{}", ran.err());
}

#[test]
fn the_url_of_the_database_may_stand_in_a_file() {
    let database = Postgres::shared().fresh_database();
    let place = Place::new().with("MASTER_KEY", MASTER);
    let file = place.write("store", &format!("{}\n", database.url()));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let place = place.with("STORE_FILE", "store");
    sign_up(place.serve().api, "ada@example.test");
    assert_eq!(database.superuser_sql("SELECT count(*) FROM accounts"), "1");

    let place = place.with("PUBLIC_URL", "https://auth.example.test").with("BEHIND_PROXY", "true");
    place.run(&["config", "check"]).well();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = place.run(&["config", "check"]);
    assert!(ran.code() == 3 && ran.err().contains("store can be read by every user"), "{}", ran.err());
    let twice = place.with("STORE", &database.url()).run(&["config", "check"]);
    assert!(twice.err().contains("is given twice"), "{}", twice.err());
}

#[test]
fn lg9_a_server_is_spoken_to_inside_tls_and_only_if_its_certificate_is_known() {
    let postgres = Postgres::start(&PostgresSetup { tls: Tls::Required, settings: Vec::new() });
    let database = postgres.fresh_database();
    let known = format!("{}?sslrootcert={}", database.url(), postgres.authority().display());
    let place = place(&database).with("STORE", &known);
    let server = place.serve();
    refresh(server.api, &sign_up(server.api, "ada@example.test").text("refresh_token")).expect(200);
    let doctor = place.run(&["doctor"]).well();
    assert!(doctor.out().contains("✓ way to it     inside TLS"), "{}", doctor.out());

    let unknown = place.with("STORE", &format!("{}?sslmode=require", database.url()));
    let ran = unknown.run(&["doctor"]);
    assert!(ran.code() == 1 && ran.out().contains("✗ database"), "{}", ran.out());
}
