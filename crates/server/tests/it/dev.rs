//! `gatewright dev`, as somebody meets it who has just cloned the repository.

use serde_json::{Value, json};

use crate::{
    child::{Place, Server},
    client::{post, request},
};

fn dev(place: &Place) -> Server {
    let mut server = Server::start(place.command(&["dev", "--without-history"]));
    server.wait_for_line("Ctrl-C");
    server
}

#[test]
fn a_week_lies_behind_a_fresh_one() {
    let place = Place::new();
    let mut server = Server::start(place.command(&["dev"]));
    server.wait_for_line("Ctrl-C");
    let login = json!({ "login": "admin@example.test", "password": "copper heron railway", "transport": "body" });
    let dana = post(server.api, "/auth/login", &login).expect(200).text("access_token");
    let bearer = format!("Bearer {dana}");
    let stats = request(server.api, "GET", "/admin/v1/stats", &[("Authorization", &bearer)], "").unwrap();
    let stats = stats.expect(200).json();
    let hours = stats["hours"].as_array().unwrap();
    let count = |what: &str| {
        let counts = hours.iter().filter(|hour| hour["what"] == what).map(|hour| hour["count"].as_u64().unwrap());
        counts.sum::<u64>()
    };
    assert!(count("logged_in") > 20 && count("refreshed") > 20, "{stats}");
}

#[test]
fn the_lines_that_it_prints_work() {
    let place = Place::new();
    let server = dev(&place);
    let printed = server.printed();
    let bodies: Vec<Value> = printed
        .lines()
        .filter_map(|line| line.trim().strip_prefix("-d '")?.strip_suffix('\''))
        .map(|body| serde_json::from_str(body).unwrap())
        .collect();
    assert_eq!(bodies.len(), 2, "{printed}");
    assert!(printed.contains(&format!("curl -s http://{}/auth/login", server.api)), "{printed}");

    let choice = post(server.api, "/auth/login", &bodies[0]).expect(200);
    assert_eq!(choice.text("status"), "select_user");
    let users: Vec<_> =
        choice.json()["users"].as_array().unwrap().iter().map(|user| user["pin_required"].clone()).collect();
    assert_eq!(users, [false, true, false]);
    let selection = |pin: &str| json!({ "selection_token": choice.text("selection_token"), "username": "ben", "pin": pin, "transport": "body" });
    post(server.api, "/auth/select", &selection("1357")).expect_problem(403, "pin_invalid");
    post(server.api, "/auth/select", &selection("2468")).expect(200);
    assert_eq!(post(server.api, "/auth/login", &bodies[1]).expect(200).text("status"), "signed_in");
}

#[test]
fn its_data_is_kept_and_apart_from_what_serve_uses() {
    let place = Place::new();
    let server = dev(&place);
    let login = json!({ "login": "ada", "password": "violet otter lantern" });
    post(server.api, "/auth/login", &login).expect(200);
    drop(server);
    let again = dev(&place);
    post(again.api, "/auth/login", &login).expect(200);
    drop(again);
    let served = place.serve();
    post(served.api, "/auth/login", &login).expect_problem(401, "invalid_credentials");
}

#[test]
fn it_listens_on_loopback_only() {
    let ran = Place::new().with("PUBLIC_URL", "https://auth.example.test").run(&["dev", "--listen", "0.0.0.0:0"]);
    assert_eq!(ran.code(), 3);
    assert!(
        ran.err().contains("--listen: 0.0.0.0:0 can be reached by others, and `dev` has a demo account"),
        "{}",
        ran.err()
    );
}
