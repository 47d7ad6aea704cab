//! `gatewright admin list`, `grant` and `revoke`, beside a running server.

use serde_json::json;

use super::{call, first_admin};
use crate::{
    child::Place,
    client::{post, sign_up},
};

#[test]
fn an_admin_is_made_and_unmade_while_the_server_runs() {
    let place = Place::new();
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test").text("access_token");
    let accounts = |by: &str| call(server.api, by, "GET", "/admin/v1/accounts", "");
    accounts(&ada).expect_problem(403, "permission_denied");

    let granted = place.run(&["admin", "grant", "ada@example.test"]).well();
    assert_eq!(granted.out(), "ada is an admin now.\n");
    // At our own endpoints at once, with the token that was there before.
    accounts(&ada).expect(200);
    assert_eq!(place.run(&["admin", "grant", "ada"]).well().out(), "ada was an admin before.\n");
    let listed = place.run(&["admin", "list"]).well().out();
    assert!(listed.contains("  ada  of ada@example.test"), "{listed}");

    sign_up(server.api, "ben@example.test");
    assert_eq!(place.run(&["admin", "grant", "ben", "--json"]).well().json()["changed"], true);
    assert_eq!(place.run(&["admin", "revoke", "ada", "--json"]).well().json()["admin"], false);
    accounts(&ada).expect_problem(403, "permission_denied");
}

#[test]
fn az6_the_last_admin_that_can_sign_in_stays_one_on_the_command_line_too() {
    let place = Place::new();
    let server = place.serve();
    let dana = first_admin(&place, server.api);
    for arguments in [&["admin", "revoke", "dana"][..], &["account", "disable", "dana"]] {
        let refused = place.run(arguments);
        assert!(refused.code() == 1 && refused.err().contains("last admin"), "{arguments:?}: {}", refused.err());
    }
    call(server.api, &dana, "GET", "/admin/v1/accounts", "").expect(200);
    // Another one that cannot sign in is no other one.
    sign_up(server.api, "ada@example.test");
    place.run(&["admin", "grant", "ada"]).well();
    place.run(&["account", "disable", "ada"]).well();
    assert_eq!(place.run(&["admin", "revoke", "dana"]).code(), 1);
    let listed = place.run(&["admin", "list"]).well().out();
    assert!(listed.contains("the account is disabled since"), "{listed}");
    place.run(&["account", "enable", "ada"]).well();
    place.run(&["admin", "revoke", "dana"]).well();
}

#[test]
fn whom_to_make_an_admin_has_to_be_said_exactly() {
    let place = Place::new();
    let server = place.serve();
    let ada = sign_up(server.api, "ada@example.test").text("access_token");
    let bearer = format!("Bearer {ada}");
    let body = json!({ "username": "ben" }).to_string();
    crate::client::request(server.api, "POST", "/auth/users", &[("Authorization", &bearer)], &body)
        .unwrap()
        .expect(201);
    let refused = place.run(&["admin", "grant", "ada@example.test"]);
    assert!(refused.code() == 1 && refused.err().contains("name one of them: ada, ben"), "{}", refused.err());
    let nobody = place.run(&["admin", "grant", "nobody"]);
    assert!(nobody.code() == 1 && nobody.err().contains("there is no such user"), "{}", nobody.err());
    place.run(&["admin", "grant", "ben"]).well();
    let admins = place.run(&["admin", "list", "--json"]).well().json()["admins"].clone();
    assert_eq!((admins.as_array().unwrap().len(), &admins[0]["username"]), (1, &json!("ben")));
    // The account's other user is none.
    call(server.api, &ada, "GET", "/admin/v1/accounts", "").expect_problem(403, "permission_denied");
}

#[test]
fn roles_of_the_settings_count_and_are_said_in_the_token_if_wanted() {
    let place = Place::new();
    drop(place.serve());
    let place = place.with("ROLES", "support=accounts:read pages:read").with("PERMISSIONS_CLAIM", "true");
    let server = place.serve();
    let dana = first_admin(&place, server.api);
    let ada = sign_up(server.api, "ada@example.test");
    let id = ada.json()["user"]["id"].as_str().unwrap().to_owned();
    let body = json!({ "roles": ["support"] }).to_string();
    call(server.api, &dana, "PATCH", &format!("/admin/v1/users/{id}"), &body).expect(200);
    let login = json!({ "login": "ada", "password": crate::client::PASSWORD, "transport": "body" });
    let token = post(server.api, "/auth/login", &login).expect(200).text("access_token");
    let claims = token.split('.').nth(1).unwrap();
    let claims: serde_json::Value =
        serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap();
    assert_eq!(claims["roles"], json!(["support"]));
    assert_eq!(claims["permissions"], json!(["accounts:read", "pages:read"]));
    call(server.api, &token, "GET", "/admin/v1/accounts", "").expect(200);
    call(server.api, &token, "GET", "/admin/v1/users", "").expect_problem(403, "permission_denied");
    // What the operator has defined, no admin defines anew.
    let other = json!({ "permissions": ["users:read"] }).to_string();
    call(server.api, &dana, "PUT", "/admin/v1/roles/support", &other).expect_problem(409, "role_fixed");
}
