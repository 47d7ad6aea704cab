//! The database is a server, whose log, write-ahead log and dumps others keep.

use std::{fs, process::Command};

use data_encoding::HEXLOWER;
use gatewright::core::model::MasterKeys;
use gatewright_testkit::servers::{Database, POSTGRES_PASSWORD, Postgres, PostgresSetup, SmtpServer};

use super::{
    MASTER, PEPPER,
    administering::BOOTSTRAP,
    around::look_around,
    calls::{Api, CHANGED},
    canaries::{Canaries, Search},
    misuse::Breadth,
    with_webhooks,
};
use crate::child::Place;

/// A server that writes down every statement with all of its values.
pub(super) fn talkative() -> Postgres {
    let postgres = Postgres::start(&PostgresSetup::default());
    // From now on: the tests' own password was set before.
    for setting in ["log_statement = 'all'", "log_duration = on", "log_parameter_max_length = -1"] {
        postgres.superuser_sql(&format!("ALTER SYSTEM SET {setting}"));
    }
    postgres.superuser_sql("SELECT pg_reload_conf()");
    postgres
}

/// A place whose secrets are all in files.
pub(super) fn place(database: &Database) -> Place {
    let place = with_webhooks(Place::new());
    let files = [
        ("STORE_FILE", place.write("store", &database.url())),
        ("MASTER_KEY_FILE", place.write("master-key", MASTER)),
        ("PASSWORD_PEPPER_FILE", place.write("pepper", PEPPER)),
        ("BOOTSTRAP_SECRET_FILE", place.write("bootstrap-secret", BOOTSTRAP)),
    ];
    let place = files.into_iter().fold(place, |place, (name, path)| place.with(name, &path.display().to_string()));
    let place = place.with("REFRESH_MIN_AGE", "0").with("REFRESH_LOST_WINDOW", "1h").with("LOG_LEVEL", "debug");
    place.with("PUBLIC_URL", "http://localhost:8080").with_foreign("RUST_LOG", "trace")
}

/// The keys of the operator, and those that the server made: sealed in the database, and opened here.
pub(super) fn add_keys(canaries: &mut Canaries, database: &Database) {
    canaries.add_key("the master key", MASTER);
    canaries.add_key("the pepper", PEPPER);
    canaries.add("the password of the database", POSTGRES_PASSWORD);
    let master = MasterKeys::parse(MASTER).unwrap();
    let rows = database.superuser_sql("SELECT kid, encode(sealed, 'hex') FROM signing_keys");
    assert!(!rows.is_empty(), "the server has made keys");
    for row in rows.lines() {
        let (kid, sealed) = row.split_once('|').unwrap();
        let key = master.open(kid.as_bytes(), &HEXLOWER.decode(sealed.as_bytes()).unwrap()).unwrap();
        canaries.add("a signing key", &*key);
    }
}

/// All that the database's server keeps, and a dump. Answers the binary values in the dump.
pub(super) fn look_into_database(search: &mut Search, postgres: &Postgres, database: &Database) -> Vec<Vec<u8>> {
    database.superuser_sql("CHECKPOINT");
    let seen = search.look_into(postgres.socket_folder(), &["postmaster.opts"]);
    for part in ["/base/", "/pg_wal/", "server.log"] {
        assert!(seen.iter().any(|path| path.to_string_lossy().contains(part)), "{part} is not among {seen:?}");
    }
    let log = fs::read_to_string(postgres.socket_folder().join("server.log")).unwrap();
    assert!(log.contains("parameters: $1 = "), "the log of the database has what was sent to it");
    let ran = Command::new("pg_dump").args(["--dbname", &database.url()]).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    search.look("the dump", &ran.stdout);
    let dump = String::from_utf8(ran.stdout).unwrap();
    let hex = dump.split("\\\\x").skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or(""));
    let mut values: Vec<Vec<u8>> = hex.filter_map(|hex| HEXLOWER.decode(hex.as_bytes()).ok()).collect();
    values.retain(|value| value.len() >= 16);
    values.sort();
    values.dedup();
    values
}

/// docs/attacks.md#stolen-backup
#[test]
fn lg2_p13_on_postgres_no_secret_is_found_anywhere_and_what_is_found_makes_no_token() {
    let postgres = talkative();
    let database = postgres.fresh_database();
    let place = place(&database);
    let smtp = SmtpServer::start();
    let place = place.with("SMTP_URL", &smtp.url()).with("MAIL_FROM", "no-reply@example.test");
    let mut server = place.serve();
    let mut api = Api::at(server.api, smtp);
    add_keys(&mut api.canaries, &database);
    let ada = api.flow(&place);
    api.misplace(&ada, CHANGED);
    api.misuse_all(Breadth::Some);
    api.assert_complete();

    let mut search = api.canaries.search();
    look_around(&mut search, &place, &server);
    search.look("what webhooks were told", &api.told());
    let found = look_into_database(&mut search, &postgres, &database);
    api.forge_of(&found, &ada, MASTER);
    server.signal("TERM");
    server.wait();
    search.look("the log to its end", server.printed().as_bytes());
    let target = place.path().join("moved.db");
    let to = format!("sqlite://{}", target.display());
    let from = place.path().join("store").display().to_string();
    let ran = place.run(&["copy", "--from-file", &from, "--to", &to]).well();
    search.look("what copy prints", format!("{}{}", ran.out(), ran.err()).as_bytes());
    search.look("the copy", &fs::read(&target).unwrap());
}
