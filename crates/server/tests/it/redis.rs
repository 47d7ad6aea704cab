//! The binary with its sessions in a Redis beside PostgreSQL.

use std::{
    thread,
    time::{Duration, Instant},
};

use gatewright_testkit::servers::{Database, POSTGRES_PASSWORD, Postgres, REDIS_PASSWORD, Redis, RedisSetup};
use serde_json::json;

use crate::{
    child::{PATIENCE, Place, Server},
    client::{PASSWORD, get, post, refresh, sign_up},
};

const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";

fn place(database: &Database, sessions: &str) -> Place {
    let place = Place::new().with("STORE", &database.url()).with("MASTER_KEY", MASTER);
    place.with("SESSIONS", sessions).with("PUBLIC_URL", "http://127.0.0.1:8080").with("REFRESH_MIN_AGE", "0")
}

fn wait_until_ready(server: &Server) {
    let begun = Instant::now();
    while get(server.ops, "/readyz").status != 200 {
        assert!(begun.elapsed() < PATIENCE, "it is not ready again: {}", server.printed());
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn p5_with_redis_a_session_of_one_node_goes_on_at_another_and_ends_at_both() {
    let (database, sessions) = (Postgres::shared().fresh_database(), Redis::shared().url());
    let (one, other) = (place(&database, &sessions), place(&database, &sessions));
    let (one, other) = (one.serve(), other.serve());
    let ada = sign_up(one.api, "ada@example.test");
    let renewed = refresh(other.api, &ada.text("refresh_token")).expect(200).text("refresh_token");
    let renewed = refresh(one.api, &renewed).expect(200).text("refresh_token");
    let bearer = format!("Bearer {}", ada.text("access_token"));
    let me = |server: &Server| crate::client::request(server.api, "GET", "/auth/me", &[("Authorization", &bearer)], "");
    me(&other).unwrap().expect(200);
    assert_eq!(database.superuser_sql("SELECT count(*) FROM session_register"), "1");
    assert_eq!(database.superuser_sql("SELECT count(*) FROM sessions"), "0");
    post(other.api, "/auth/logout", &json!({ "refresh_token": renewed })).expect(204);
    refresh(one.api, &renewed).expect_problem(401, "refresh_token_invalid");
    me(&one).unwrap().expect(401);
    let metrics = get(one.ops, "/metrics").body;
    assert!(metrics.contains("\ngatewright_limits_local 0\n"), "{metrics}");
}

#[test]
fn with_redis_away_sessions_are_503_wrong_passwords_are_limited_and_all_goes_on_when_it_is_back() {
    let (database, redis) = (Postgres::shared().fresh_database(), Redis::start(&RedisSetup::default()));
    let server = place(&database, &redis.url()).serve();
    let ada = sign_up(server.api, "ada@example.test").text("refresh_token");
    redis.stop();
    let begun = Instant::now();
    refresh(server.api, &ada).expect_problem(503, "store_unavailable");
    assert!(begun.elapsed() < Duration::from_secs(3), "it took {:?}", begun.elapsed());
    get(server.ops, "/readyz").expect(503);
    get(server.ops, "/healthz").expect(200);
    let wrong = json!({ "login": "ada@example.test", "password": "wrong horse battery" });
    let answers: Vec<u16> = (0..40).map(|_| post(server.api, "/auth/login", &wrong).status).collect();
    assert!(answers.contains(&429), "{answers:?}");
    assert!(get(server.ops, "/metrics").body.contains("\ngatewright_limits_local 1\n"));
    redis.start_again();
    wait_until_ready(&server);
    refresh(server.api, &ada).expect(200);
}

#[test]
fn a_redis_that_was_emptied_costs_logins_and_no_ended_session_lives() {
    let (database, redis) = (Postgres::shared().fresh_database(), Redis::start(&RedisSetup::default()));
    let server = place(&database, &redis.url()).serve();
    let ada = sign_up(server.api, "ada@example.test").text("refresh_token");
    let login = json!({ "login": "ada@example.test", "password": PASSWORD, "transport": "body" });
    let out = post(server.api, "/auth/login", &login).expect(200).text("refresh_token");
    post(server.api, "/auth/logout", &json!({ "refresh_token": out })).expect(204);
    redis.flush_all();
    refresh(server.api, &ada).expect_problem(401, "refresh_token_invalid");
    refresh(server.api, &out).expect_problem(401, "refresh_token_invalid");
    let again = post(server.api, "/auth/login", &login).expect(200).text("refresh_token");
    refresh(server.api, &again).expect(200);
}

#[test]
fn lg2_the_password_of_redis_is_shown_nowhere_and_the_doctor_looks_at_it() {
    let database = Postgres::shared().fresh_database();
    let place = place(&database, &Redis::shared().url()).with("LOG_LEVEL", "debug");
    let server = place.serve();
    refresh(server.api, &sign_up(server.api, "ada@example.test").text("refresh_token")).expect(200);
    for (arguments, expected) in [
        (&["config", "print"][..], "redis://127.0.0.1:"),
        (&["config", "check"], "good"),
        (&["doctor"], "redis://127.0.0.1:"),
        (&["doctor", "--json"], "redis://127.0.0.1:"),
    ] {
        let ran = place.run(arguments);
        let told = format!("{}{}", ran.out(), ran.err());
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert!(!told.contains(REDIS_PASSWORD) && !told.contains(POSTGRES_PASSWORD), "{told}");
    }
    assert!(!server.printed().contains(REDIS_PASSWORD), "{}", server.printed());
}

#[test]
fn redis_beside_a_file_or_in_clear_over_a_network_is_refused() {
    let database = Postgres::shared().fresh_database();
    let beside_file = Place::new().with("SESSIONS", "redis://:canary@127.0.0.1/0");
    let in_clear = place(&database, "redis://:canary@redis.example.test/0");
    for (place, says) in [(beside_file, "beside PostgreSQL only"), (in_clear, "in clear")] {
        let ran = place.run(&["config", "check"]);
        let told = format!("{}{}", ran.out(), ran.err());
        assert!(ran.code() != 0 && told.contains(says) && !told.contains("canary"), "{told}");
    }
}
