//! A store that was set back by somebody: a backup, a dump or a copy of files in the database's place, while clients hold tokens
//! from after it. Nobody is called a thief, and nothing that had ended lives again (SECURITY LG11, invariants P5, P8).

use std::{fs, net::SocketAddr, path::Path, process::Command};

use gatewright_testkit::servers::{POSTGRES_PASSWORD, Postgres, PostgresSetup};
use serde_json::{Value, json};

use crate::{
    child::{Place, Server},
    client::{PASSWORD, post, refresh, request, sign_up},
};

const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";
const ADA: &str = "ada@example.test";

fn place() -> Place {
    let place = Place::new().with("MASTER_KEY", MASTER).with("PUBLIC_URL", "http://127.0.0.1:8080");
    place.with("REFRESH_MIN_AGE", "0").with("RATE_LIMITS", "off")
}

/// What clients hold, each token that they ever had, the last one last.
struct Clients {
    /// Has not refreshed since the copy was made.
    quiet: Vec<String>,
    /// Has refreshed once.
    once: Vec<String>,
    /// Has refreshed often.
    often: Vec<String>,
    /// Has logged out.
    gone: Vec<String>,
    /// Signed in after it.
    new: Vec<String>,
}

impl Clients {
    fn before(to: SocketAddr) -> Self {
        let ada = || vec![post(to, "/auth/login", &login()).expect(200).text("refresh_token")];
        sign_up(to, ADA);
        let mut clients = Self { quiet: ada(), once: ada(), often: ada(), gone: ada(), new: Vec::new() };
        for client in [&mut clients.quiet, &mut clients.once, &mut clients.often, &mut clients.gone] {
            go_on(to, client);
        }
        clients
    }

    /// What happens after the copy was made.
    fn after(&mut self, to: SocketAddr) {
        go_on(to, &mut self.once);
        for _ in 0..4 {
            go_on(to, &mut self.often);
        }
        post(to, "/auth/logout", &json!({ "refresh_token": self.gone.last() })).expect(204);
        self.new = vec![post(to, "/auth/login", &login()).expect(200).text("refresh_token")];
        go_on(to, &mut self.new);
    }

    fn all(&self) -> [&Vec<String>; 5] {
        [&self.quiet, &self.once, &self.often, &self.gone, &self.new]
    }
}

fn login() -> Value {
    json!({ "login": ADA, "password": PASSWORD, "transport": "body" })
}

fn go_on(to: SocketAddr, tokens: &mut Vec<String>) {
    let renewed = refresh(to, tokens.last().expect("it has one")).expect(200);
    tokens.push(renewed.text("refresh_token"));
}

/// The activity of the account: what was done to it, by name.
fn activity(to: SocketAddr) -> Vec<String> {
    let access = post(to, "/auth/login", &login()).expect(200).text("access_token");
    let bearer = format!("Bearer {access}");
    let page = request(to, "GET", "/auth/activity?limit=100", &[("Authorization", &bearer)], "").unwrap().expect(200);
    let page = page.json()["activity"].as_array().expect("it is a list").clone();
    page.iter().map(|entry| entry["act"].as_str().expect("it has a name").to_owned()).collect()
}

/// Everybody who was signed in signs in again, and for no other reason than that.
fn everybody_signs_in_again(to: SocketAddr, clients: &Clients) {
    // First what they hold, then also what they held once, as a client does that was restored with its device.
    let held = clients.all().into_iter().filter_map(|tokens| tokens.last());
    let once_held = clients.all().into_iter().flatten().rev();
    for token in held.chain(once_held) {
        refresh(to, token).expect_problem(401, "refresh_token_invalid");
    }
    let acts = activity(to);
    assert!(acts.iter().any(|act| act == "logged_in"), "{acts:?}");
    assert!(!acts.iter().any(|act| act == "refresh_reuse"), "somebody was called a thief: {acts:?}");
}

fn stop(mut server: Server) {
    server.signal("TERM");
    assert!(server.wait().success());
}

#[test]
fn lg11_a_restored_backup_calls_nobody_a_thief_and_revives_nobody() {
    let place = place();
    let server = place.serve();
    let mut clients = Clients::before(server.api);
    let backup = place.path().join("backup.db");
    place.run(&["backup", backup.to_str().unwrap()]).well();
    clients.after(server.api);
    stop(server);
    fs::copy(&backup, place.data().join("gatewright.db")).unwrap();
    let server = place.serve();
    everybody_signs_in_again(server.api, &clients);
    stop(server);

    // Again, after a crash that left a log beside the file: it is not the backup's.
    let mut server = place.serve();
    clients.new.push(post(server.api, "/auth/login", &login()).expect(200).text("refresh_token"));
    server.kill();
    assert!(fs::metadata(place.data().join("gatewright.db-wal")).unwrap().len() > 0);
    fs::copy(&backup, place.data().join("gatewright.db")).unwrap();
    let server = place.serve();
    everybody_signs_in_again(server.api, &clients);
}

/// No backup, says the documentation, because the copy does not know what it is. Still nobody is called a thief.
#[test]
fn p8_a_plain_copy_of_the_stopped_database_calls_nobody_a_thief() {
    let place = place();
    let server = place.serve();
    let mut clients = Clients::before(server.api);
    stop(server);
    let (file, copy) = (place.data().join("gatewright.db"), place.path().join("copy.db"));
    fs::copy(&file, &copy).unwrap();
    let server = place.serve();
    clients.after(server.api);
    stop(server);
    fs::copy(&copy, &file).unwrap();
    let server = place.serve();
    let to = server.api;
    refresh(to, clients.once.last().unwrap()).expect(200);
    refresh(to, clients.quiet.last().unwrap()).expect(200);
    refresh(to, clients.often.last().unwrap()).expect_problem(401, "refresh_token_invalid");
    refresh(to, clients.new.last().unwrap()).expect_problem(401, "refresh_token_invalid");
    let acts = activity(to);
    assert!(acts.iter().any(|act| act == "store_rollback"), "{acts:?}");
    assert!(!acts.iter().any(|act| act == "refresh_reuse"), "somebody was called a thief: {acts:?}");
}

fn tool(postgres: &Postgres, name: &str, database: &str, arguments: &[&str], file: &Path) {
    let mut command = Command::new(name);
    command
        .args(["--host=127.0.0.1", "--username=gatewright", "--no-password"])
        .arg(format!("--port={}", postgres.port()));
    command
        .args(arguments)
        .arg(format!("--file={}", file.display()))
        .arg(database)
        .env("PGPASSWORD", POSTGRES_PASSWORD);
    let ran = command.output().expect("PostgreSQL's tools are there");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn lg11_a_dump_that_is_restored_on_another_server_calls_nobody_a_thief_and_revives_nobody() {
    let (here, there) = (Postgres::shared(), Postgres::start(&PostgresSetup::default()));
    let (old, new) = (here.fresh_database(), there.fresh_database());
    let place = place().with("STORE", &old.url());
    let server = place.serve();
    let mut clients = Clients::before(server.api);
    let dump = place.path().join("dump.sql");
    tool(here, "pg_dump", old.name(), &["--no-owner"], &dump);
    clients.after(server.api);
    stop(server);
    tool(&there, "psql", new.name(), &["--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"], &dump);
    let place = place.with("STORE", &new.url());
    let server = place.serve();
    everybody_signs_in_again(server.api, &clients);
}

/// What the documentation says to do on the same server, where nothing shows that it is a dump.
#[test]
fn lg11_a_dump_that_is_restored_in_place_and_marked_calls_nobody_a_thief_and_revives_nobody() {
    let postgres = Postgres::shared();
    let (old, new) = (postgres.fresh_database(), postgres.fresh_database());
    let place = place().with("STORE", &old.url());
    let server = place.serve();
    let mut clients = Clients::before(server.api);
    let dump = place.path().join("dump.sql");
    tool(postgres, "pg_dump", old.name(), &["--no-owner"], &dump);
    clients.after(server.api);
    stop(server);
    tool(postgres, "psql", new.name(), &["--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"], &dump);
    new.superuser_sql("UPDATE meta SET is_backup = 1");
    let place = place.with("STORE", &new.url());
    let server = place.serve();
    everybody_signs_in_again(server.api, &clients);
}
