//! One node that dies, and two that share a database.

use gatewright_testkit::servers::Postgres;
use serde_json::json;

use super::{fresh_place, place};
use crate::{
    child::Server,
    client::{PASSWORD, get, post, refresh, sign_up},
};

#[test]
fn p11_on_postgres_a_session_goes_on_after_kill_minus_nine() {
    let place = fresh_place().with("REFRESH_MIN_AGE", "0");
    let mut server = place.serve();
    sign_up(server.api, "ada@example.test");
    let login = json!({ "login": "ada@example.test", "password": PASSWORD, "transport": "body" });
    let first = post(server.api, "/auth/login", &login).expect(200).text("refresh_token");
    let second = refresh(server.api, &first).expect(200).text("refresh_token");
    assert_ne!(first, second, "it rotates");
    server.kill();

    let server = place.serve();
    let third = refresh(server.api, &second).expect(200);
    assert_eq!(third.json()["session"]["generation"], 3);
    let metrics = get(server.ops, "/metrics").body;
    for line in ["gatewright_store_steps_total 1", "gatewright_store_groups_up_to_1_total 1"] {
        assert!(metrics.lines().any(|found| found == line), "{line} is missing in\n{metrics}");
    }
    for name in ["gatewright_store_queue", "gatewright_store_connections", "gatewright_store_failed_groups_total"] {
        assert!(metrics.contains(&format!("\n{name} ")), "{name} is missing in\n{metrics}");
    }
    assert!(!place.data().exists(), "nothing is kept on this machine");
}

#[test]
fn p5_a_session_of_one_node_goes_on_at_another_and_ends_at_both() {
    let database = Postgres::shared().fresh_database();
    let (one, other) = (place(&database).with("REFRESH_MIN_AGE", "0"), place(&database).with("REFRESH_MIN_AGE", "0"));
    let (one, other) = (one.serve(), other.serve());
    let ada = sign_up(one.api, "ada@example.test");
    let renewed = refresh(other.api, &ada.text("refresh_token")).expect(200).text("refresh_token");
    let renewed = refresh(one.api, &renewed).expect(200).text("refresh_token");
    post(other.api, "/auth/logout", &json!({ "refresh_token": renewed })).expect(204);
    refresh(one.api, &renewed).expect_problem(401, "refresh_token_invalid");
}

#[test]
fn two_nodes_that_start_at_once_on_an_empty_database_agree() {
    let database = Postgres::shared().fresh_database();
    let start = || Server::start(place(&database).with("PUBLIC_URL", "http://127.0.0.1:8080").command(&["serve"]));
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(start);
        let other = start();
        (one.join().unwrap(), other)
    });
    let ada = sign_up(one.api, "ada@example.test");
    let bearer = format!("Bearer {}", ada.text("access_token"));
    crate::client::request(other.api, "GET", "/auth/me", &[("Authorization", &bearer)], "").unwrap().expect(200);
    // Without a common name they could not.
    assert!(!one.printed().contains("public_url is not set"), "{}", one.printed());
    let keys = |server: &Server| get(server.api, "/.well-known/jwks.json").expect(200).body;
    assert_eq!(keys(&one), keys(&other));
}
