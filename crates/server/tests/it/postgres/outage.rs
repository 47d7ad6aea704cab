//! A server that goes away while nodes serve, and one that is not there when they start.

use std::{
    net::TcpListener,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use gatewright_testkit::servers::{Postgres, PostgresSetup};

use super::place;
use crate::{
    child::{PATIENCE, Place, Server},
    client::{get, post, refresh, sign_up, sign_up_body},
};

/// An answer that has to come although the database does not give one.
const SOON: Duration = Duration::from_secs(10);

fn wait_until_ready(server: &Server) {
    let begun = Instant::now();
    while get(server.ops, "/readyz").status != 200 {
        assert!(begun.elapsed() < PATIENCE, "it is not ready again: {}", server.printed());
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn lg4_on_postgres_a_server_that_went_away_is_503_and_comes_back_without_a_restart() {
    let postgres = Postgres::start(&PostgresSetup::default());
    let server = place(&postgres.fresh_database()).with("REFRESH_MIN_AGE", "0").serve();
    let ada = sign_up(server.api, "ada@example.test").text("refresh_token");
    get(server.ops, "/readyz").expect(200);

    for stop in [Postgres::stop_fast, Postgres::kill] {
        stop(&postgres);
        let begun = Instant::now();
        let answer = refresh(server.api, &ada).expect(503);
        assert!(begun.elapsed() < SOON, "it took {:?}", begun.elapsed());
        assert!(answer.head.contains("application/problem+json"), "{}", answer.head);
        assert_eq!(answer.json()["code"], "store_unavailable");
        post(server.api, "/auth/signup", &sign_up_body("eve@example.test")).expect_problem(503, "store_unavailable");
        get(server.ops, "/readyz").expect(503);
        get(server.ops, "/healthz").expect(200);

        postgres.restart();
        wait_until_ready(&server);
        assert_eq!(refresh(server.api, &ada).expect(200).json()["session"]["generation"], 2);
    }
}

#[test]
fn lg4_on_postgres_a_server_that_stands_still_is_503_within_a_bound() {
    let postgres = Postgres::start(&PostgresSetup::default());
    let server = place(&postgres.fresh_database()).serve();
    let ada = sign_up(server.api, "ada@example.test").text("refresh_token");
    postgres.pause();
    let begun = Instant::now();
    let statuses: Vec<u16> = thread::scope(|scope| {
        // More than there are connections to the database.
        let callers: Vec<_> = (0..40).map(|_| scope.spawn(|| refresh(server.api, &ada).status)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert!(statuses.iter().all(|status| *status == 503), "{statuses:?}");
    assert!(begun.elapsed() < SOON, "it took {:?}", begun.elapsed());
    get(server.ops, "/readyz").expect(503);
    postgres.resume();
    wait_until_ready(&server);
    refresh(server.api, &ada).expect(200);
}

#[test]
fn a_start_waits_for_a_server_that_is_just_restarting() {
    let postgres = Postgres::start(&PostgresSetup::default());
    let place = place(&postgres.fresh_database());
    postgres.stop_fast();
    let server = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_secs(2));
            postgres.restart();
        });
        place.serve()
    });
    assert!(server.printed().contains("the database is away; trying again"), "{}", server.printed());
    sign_up(server.api, "ada@example.test");
}

#[test]
fn a_start_gives_up_on_a_server_that_stays_away() {
    // Bound and never accepted from: whoever connects waits for an answer.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = nobody.local_addr().unwrap().port();
    let place = Place::new()
        .with("STORE", &format!("postgres://gate:canary@127.0.0.1:{port}/gate"))
        .with("MASTER_KEY", super::MASTER);
    // Only what serves waits.
    let begun = Instant::now();
    let asked = place.run(&["keys", "list"]);
    assert!(asked.code() == 1 && begun.elapsed() < SOON, "{}", asked.err());

    let mut child = place.command(&["serve"]).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > 3 * PATIENCE {
            child.kill().unwrap();
            panic!("it waits for ever");
        }
        thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(status.code(), Some(1));
    assert!(begun.elapsed() >= Duration::from_secs(30), "it gave up after {:?}", begun.elapsed());
    let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
    assert!(said.contains("the database cannot be opened") && !said.contains("canary"), "{said}");
}
