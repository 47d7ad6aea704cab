//! `gatewright service-key`, beside a running server.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{call, service_key};
use crate::{
    child::{PATIENCE, Place},
    client::{get, post_form, sign_up},
};

#[test]
fn az5_a_key_works_until_it_is_revoked_and_not_a_second_longer() {
    let place = Place::new();
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test");
    let (id, key) = service_key(&place, &["tokens:introspect", "accounts:read"]);
    let asked = |key: &str| {
        let form = format!("token={}", ada.text("access_token"));
        post_form(server.api, "/auth/introspect", key, &form)
    };
    assert_eq!(asked(&key).expect(200).json()["active"], true);
    call(server.api, &key, "GET", "/admin/v1/accounts", "").expect(200);
    call(server.api, &key, "GET", "/admin/v1/users", "").expect_problem(403, "permission_denied");

    let listed = place.run(&["service-key", "list", "--json"]).well();
    assert!(!listed.out().contains(&key) && !listed.out().contains("gwk_"), "{}", listed.out());
    let listed = listed.json()["service_keys"][0].clone();
    assert_eq!((&listed["id"], &listed["name"]), (&json!(id), &json!("billing")));
    assert_eq!(listed["permissions"], json!(["accounts:read", "tokens:introspect"]));
    assert!(listed["last_used_at"].is_string() && listed["expires_at"].is_null(), "{listed}");

    let begun = Instant::now();
    place.run(&["service-key", "revoke", &id]).well();
    asked(&key).expect_problem(401, "service_key_invalid");
    // The command itself is most of it.
    assert!(begun.elapsed() < PATIENCE);
    call(server.api, &key, "GET", "/admin/v1/accounts", "").expect_problem(401, "service_key_invalid");
    let again = place.run(&["service-key", "revoke", &id]);
    assert!(again.code() == 1 && again.err().contains("there is no service key"), "{}", again.err());
    let none = place.run(&["service-key", "list"]).well().out();
    assert_eq!(none, "There is no service key.\n");
    let refused = r#"gatewright_http_problems_total{code="service_key_invalid"} 2"#;
    let metrics = get(server.ops, "/metrics").body;
    assert!(metrics.lines().any(|line| line == refused), "{metrics}");
}

#[test]
fn az5_a_key_runs_out_by_itself() {
    let place = Place::new();
    let server = place.serve();
    let create = ["service-key", "create", "--name", "short", "--permission", "accounts:read", "--expires-in", "2s"];
    let made = place.run(&create).well().out();
    let key = made.lines().map(str::trim).find(|line| line.starts_with("gwk_")).unwrap().to_owned();
    call(server.api, &key, "GET", "/admin/v1/accounts", "").expect(200);
    let begun = Instant::now();
    loop {
        let answer = call(server.api, &key, "GET", "/admin/v1/accounts", "");
        if answer.status != 200 {
            answer.expect_problem(401, "service_key_invalid");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "it is still good");
        std::thread::sleep(Duration::from_millis(100));
    }
    let listed = place.run(&["service-key", "list"]).well().out();
    assert!(listed.contains("short: accounts:read; good no more since "), "{listed}");
}

#[test]
fn what_is_wrong_about_a_key_is_told() {
    let place = Place::new();
    drop(place.serve());
    let create = |more: &[&str]| {
        let mut arguments = vec!["service-key", "create", "--name"];
        arguments.extend(more);
        place.run(&arguments)
    };
    for (more, code, says) in [
        (&["x", "--permission", "accounts"][..], 2, "a permission is `noun:verb`"),
        (&["x"], 2, "--permission"),
        (&["x", "--permission", "accounts:read", "--expires-in", "never"], 2, "write seconds"),
        (&["x", "--permission", "accounts:read", "--expires-in", "0"], 2, "write seconds"),
        (&["x", "--permission", "accounts:read", "--expires-in", "20000d"], 1, "expires_in"),
        (&["", "--permission", "accounts:read"], 1, "name"),
    ] {
        let ran = create(more);
        assert!(ran.code() == code && ran.err().contains(says), "{more:?}: {} {}", ran.code(), ran.err());
    }
    let slip = create(&["x", "--permission", "acounts:read", "--json"]).well();
    assert!(slip.err().contains("acounts:read means nothing here"), "{}", slip.err());
    assert!(slip.json()["key"].as_str().unwrap().starts_with("gwk_"), "a script reads what it asked for alone");
    let mistaken = place.run(&["service-key", "revoke", slip.json()["key"].as_str().unwrap()]);
    assert!(mistaken.code() == 1 && !mistaken.err().contains("gwk_"), "{}", mistaken.err());
    let help = place.run(&["service-key", "create", "--help"]).well().out();
    assert!(help.contains("tokens:introspect") && help.contains("accounts:impersonate"), "{help}");
    let doctor = place.run(&["doctor"]).well().out();
    assert!(doctor.contains("good until they are revoked: x"), "{doctor}");
}
