//! Two nodes on one database: what is taken away at one is gone at the other at once.

use gatewright_testkit::servers::{Database, Postgres, Redis};
use serde_json::{Value, json};

use super::{call, first_admin, service_key};
use crate::{
    child::{Place, Server},
    client::{PASSWORD, post, post_form, refresh, sign_up},
};

const MASTER: &str = "5eed5eed456789aabbccddeeff00112233445566778899aabbccddeefe42170f";

fn place(database: &Database) -> Place {
    let place = Place::new().with("STORE", &database.url()).with("MASTER_KEY", MASTER);
    place.with("PUBLIC_URL", "http://127.0.0.1:8080").with("REFRESH_MIN_AGE", "0")
}

fn two_nodes() -> (Place, Server, Server) {
    let database = Postgres::shared().fresh_database();
    let place = place(&database);
    let one = place.serve();
    let other = place.serve();
    (place, one, other)
}

#[test]
fn az5_a_key_that_is_revoked_at_one_node_is_refused_at_the_other_at_once() {
    let (place, one, other) = two_nodes();
    let dana = first_admin(&place, one.api);
    let (id, key) = service_key(&place, &["tokens:introspect", "accounts:read"]);
    let both = |status: u16| {
        for node in [&one, &other] {
            let form = format!("token={dana}");
            assert_eq!(post_form(node.api, "/auth/introspect", &key, &form).status, status);
            assert_eq!(call(node.api, &key, "GET", "/admin/v1/accounts", "").status, status);
        }
    };
    both(200);
    call(one.api, &dana, "DELETE", &format!("/admin/v1/service-keys/{id}"), "").expect(204);
    both(401);
    // By the command as well, beside both.
    let (id, key) = service_key(&place, &["accounts:read"]);
    call(other.api, &key, "GET", "/admin/v1/accounts", "").expect(200);
    place.run(&["service-key", "revoke", &id]).well();
    call(other.api, &key, "GET", "/admin/v1/accounts", "").expect_problem(401, "service_key_invalid");
}

#[test]
fn az6_a_role_that_is_taken_at_one_node_is_without_effect_at_the_other_and_its_next_token_says_so() {
    let (place, one, other) = two_nodes();
    let dana = first_admin(&place, one.api);
    let ada = sign_up(other.api, "ada@example.test");
    let id = ada.json()["user"]["id"].as_str().unwrap().to_owned();
    let give = |roles: Value| {
        let body = json!({ "roles": roles }).to_string();
        call(one.api, &dana, "PATCH", &format!("/admin/v1/users/{id}"), &body).expect(200);
    };
    let permissions = json!({ "permissions": ["accounts:read"] }).to_string();
    call(one.api, &dana, "PUT", "/admin/v1/roles/support", &permissions).expect(200);
    give(json!(["support"]));
    let asks = |token: &str| call(other.api, token, "GET", "/admin/v1/accounts", "").status;
    // The old token says nothing of the role, and is enough here.
    assert_eq!(asks(&ada.text("access_token")), 200);
    let second = refresh(other.api, &ada.text("refresh_token")).expect(200);
    assert_eq!(second.json()["user"]["roles"], json!(["support"]));
    assert_eq!(roles_in(&second.text("access_token")), json!(["support"]));

    give(json!([]));
    // Still in the token, and without effect.
    assert_eq!(asks(&second.text("access_token")), 403);
    let third = refresh(other.api, &second.text("refresh_token")).expect(200);
    assert_eq!(roles_in(&third.text("access_token")), json!([]));

    // What the role lets one do, likewise.
    give(json!(["support"]));
    assert_eq!(asks(&third.text("access_token")), 200);
    let nothing = json!({ "permissions": ["pages:read"] }).to_string();
    call(one.api, &dana, "PUT", "/admin/v1/roles/support", &nothing).expect(200);
    assert_eq!(asks(&third.text("access_token")), 403);
}

fn roles_in(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    let claims = data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap();
    serde_json::from_slice::<Value>(&claims).unwrap()["roles"].clone()
}

#[test]
fn az4_with_redis_a_user_that_is_disabled_has_no_session_any_more_at_any_node() {
    let database = Postgres::shared().fresh_database();
    let place = place(&database).with("SESSIONS", &Redis::shared().url());
    let (one, other) = (place.serve(), place.serve());
    let dana = first_admin(&place, one.api);
    let ada = sign_up(other.api, "ada@example.test");
    let id = ada.json()["user"]["id"].as_str().unwrap().to_owned();
    let login = json!({ "login": "ada", "password": PASSWORD, "transport": "body" });
    let second = post(one.api, "/auth/login", &login).expect(200);
    let sessions = format!("/admin/v1/sessions?user_id={id}");
    let listed = |at: &Server| call(at.api, &dana, "GET", &sessions, "").expect(200).json()["sessions"].clone();
    assert_eq!(listed(&other).as_array().unwrap().len(), 2);

    let disable = json!({ "disabled": true }).to_string();
    call(one.api, &dana, "PATCH", &format!("/admin/v1/users/{id}"), &disable).expect(200);
    assert_eq!(listed(&other), json!([]));
    for (node, signed_in) in [(&other, &ada), (&one, &second), (&other, &second), (&one, &ada)] {
        refresh(node.api, &signed_in.text("refresh_token")).expect_problem(401, "refresh_token_invalid");
        assert_eq!(call(node.api, &signed_in.text("access_token"), "GET", "/auth/me", "").status, 401);
    }
    post(other.api, "/auth/login", &login).expect_problem(401, "invalid_credentials");
    let enable = json!({ "disabled": false }).to_string();
    call(other.api, &dana, "PATCH", &format!("/admin/v1/users/{id}"), &enable).expect(200);
    post(one.api, "/auth/login", &login).expect(200);
    refresh(one.api, &ada.text("refresh_token")).expect_problem(401, "refresh_token_invalid");
}
