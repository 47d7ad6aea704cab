//! A disk that spoils what was written, under the real binary: that is an outage and told as damage. Nobody is let in by it,
//! nobody is called a thief, and who is not on the spoilt page goes on (SECURITY LG4).

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use gatewright_store::sqlite;
use gatewright_testkit::servers::{Postgres, PostgresSetup};
use rusqlite::{Connection, OpenFlags};
use serde_json::json;

use crate::{
    child::{PATIENCE, Place, Server},
    client::{Answer, PASSWORD, get, post, refresh, request, sign_up},
};

const PAGE: usize = 4096;
const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";

fn place() -> Place {
    let place = Place::new().with("MASTER_KEY", MASTER).with("PUBLIC_URL", "http://127.0.0.1:8080");
    place.with("REFRESH_MIN_AGE", "0").with("RATE_LIMITS", "off")
}

fn log_in(to: SocketAddr, email: &str, password: &str) -> Answer {
    post(to, "/auth/login", &json!({ "login": email, "password": password, "transport": "body" }))
}

/// The pages of the tables that decide who gets in.
fn pages(database: &Path) -> Vec<(String, usize)> {
    let connection = Connection::open_with_flags_and_vfs(database, OpenFlags::default(), sqlite::layer()).unwrap();
    let sql = "SELECT d.name, d.pageno FROM dbstat d JOIN sqlite_schema s ON s.name = d.name
               WHERE s.tbl_name IN ('sessions', 'accounts', 'passwords', 'users', 'signing_keys', 'meta')";
    let mut statement = connection.prepare(sql).unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get::<_, i64>(1)? as usize));
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

/// The server, if it starts; otherwise what it says.
fn start(place: &Place) -> Result<Server, String> {
    let nowhere: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let mut server = Server::launch(place.command(&["serve"]), nowhere, nowhere);
    let begun = Instant::now();
    loop {
        let printed = server.printed();
        if let Some(line) = printed.lines().find(|line| line.contains("\"serving\"")) {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            let address = |name: &str| line[name].as_str().unwrap().parse().unwrap();
            (server.api, server.ops) = (address("address"), address("ops"));
            return Ok(server);
        }
        if printed.contains("the database is damaged") || printed.contains("the database file is damaged") {
            return Err(printed);
        }
        assert!(begun.elapsed() < PATIENCE, "it neither serves nor says why: {printed}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// docs/attacks.md#damaged-disk
#[test]
fn lg4_on_a_damaged_file_nobody_is_let_in_nobody_is_a_thief_and_it_is_said() {
    let place = place();
    let mut server = place.serve();
    let mut tokens = Vec::new();
    for name in ["ada", "grace", "joan"] {
        let signed_up = sign_up(server.api, &format!("{name}@example.test")).text("refresh_token");
        tokens.push(refresh(server.api, &signed_up).expect(200).text("refresh_token"));
    }
    server.signal("TERM");
    server.wait();
    let file = place.data().join("gatewright.db");
    let whole = fs::read(&file).unwrap();
    let put = |bytes: &[u8]| {
        for end in ["-wal", "-shm"] {
            // There is none after a start that failed.
            let _absent = fs::remove_file(place.data().join(format!("gatewright.db{end}")));
        }
        fs::write(&file, bytes).unwrap();
    };
    let (mut outages, mut refused_starts) = (0, 0);
    let pages = pages(&file);
    assert!(pages.len() >= 10, "{pages:?}");
    for (number, (table, page)) in pages.iter().enumerate() {
        let mut spoilt = whole.clone();
        spoilt[(page - 1) * PAGE + PAGE - 200 - number] ^= 1 << (number % 8);
        put(&spoilt);
        let doctor = place.run(&["doctor"]);
        assert!(doctor.code() == 1 && doctor.out().contains("damaged"), "{table}: {}", doctor.out());
        put(&spoilt);
        let server = match start(&place) {
            Ok(server) => server,
            Err(said) => {
                assert!(!tokens.iter().any(|token| said.contains(token)));
                refused_starts += 1;
                continue;
            }
        };
        let mut met = 0;
        let mut in_order_or_out = |answer: &Answer, status: u16| {
            if answer.status == 503 {
                assert_eq!(answer.json()["code"], "store_unavailable");
                met += 1;
            } else {
                assert_eq!(answer.status, status, "{table}, page {page}: {}", answer.body);
            }
        };
        for (token, name) in tokens.iter().zip(["ada", "grace", "joan"]) {
            let email = format!("{name}@example.test");
            in_order_or_out(&refresh(server.api, token), 200);
            in_order_or_out(&log_in(server.api, &email, PASSWORD), 200);
            in_order_or_out(&log_in(server.api, &email, "not the right one at all"), 401);
        }
        if met > 0 {
            outages += 1;
            let printed = server.printed();
            assert!(printed.contains("the database file is damaged: the page at byte"), "{table}: {printed}");
            assert!(!tokens.iter().any(|token| printed.contains(token)));
            let metrics = get(server.ops, "/metrics").body;
            let line = metrics.lines().find(|line| line.starts_with("gatewright_store_damaged_total ")).unwrap();
            assert!(!line.ends_with(" 0"), "{table}: {line}");
        }
    }
    println!("{} pages: {outages} outages, {refused_starts} starts refused", pages.len());
    assert!(outages >= 3 && outages + refused_starts >= pages.len() / 2);
    put(&whole);
    let server = place.serve();
    for (token, name) in tokens.iter().zip(["ada", "grace", "joan"]) {
        let renewed = refresh(server.api, token).expect(200);
        let bearer = format!("Bearer {}", renewed.text("access_token"));
        let page = request(server.api, "GET", "/auth/activity", &[("Authorization", &bearer)], "").unwrap().expect(200);
        assert!(!page.body.contains("refresh_reuse"), "{name}: {}", page.body);
    }
}

/// PostgreSQL compares checksums of its pages where they were switched on; what it says then is an outage here, too.
#[test]
fn lg4_on_postgres_a_flipped_bit_in_a_table_is_an_outage_and_no_verdict() {
    let postgres = Postgres::start(&PostgresSetup::default());
    let database = postgres.fresh_database();
    let place = place().with("STORE", &database.url());
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test");
    let token = refresh(server.api, &ada.text("refresh_token")).expect(200).text("refresh_token");
    let file = database.superuser_sql("CHECKPOINT; SELECT pg_relation_filepath('sessions')");
    let file = postgres.socket_folder().join("data").join(file.trim());
    // Rows lie at the end of a page of 8 KiB.
    let flip = || {
        postgres.stop_fast();
        let mut bytes = fs::read(&file).unwrap();
        bytes[8192 - 40] ^= 8;
        fs::write(&file, bytes).unwrap();
        postgres.restart();
        let begun = Instant::now();
        while get(server.ops, "/readyz").status != 200 {
            assert!(begun.elapsed() < PATIENCE, "it is not ready again: {}", server.printed());
            thread::sleep(Duration::from_millis(50));
        }
    };
    flip();
    for _ in 0..3 {
        refresh(server.api, &token).expect_problem(503, "store_unavailable");
    }
    let bearer = format!("Bearer {}", ada.text("access_token"));
    let me = request(server.api, "GET", "/auth/me", &[("Authorization", &bearer)], "").unwrap();
    me.expect_problem(503, "store_unavailable");
    assert!([401, 503].contains(&log_in(server.api, "ada@example.test", "not the right one at all").status));
    assert!(place.run(&["doctor"]).out().contains("✓ checksums"));
    flip();
    refresh(server.api, &token).expect(200);
    assert_eq!(database.superuser_sql("SELECT count(*) FROM activity WHERE act = 'refresh_reuse'"), "0");
}
