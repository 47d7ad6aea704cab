//! There is no default account: the first admin is made by whoever shows a secret (SECURITY PW19).

use std::process::Command;

use serde_json::json;

use super::{EMAIL, call, first_admin, first_admin_body};
use crate::{
    child::Place,
    client::{PASSWORD, post, sign_up},
};

/// docs/attacks.md#default-accounts
#[test]
fn pw19_a_fresh_server_has_no_account_and_the_secret_makes_the_first_admin_once() {
    let place = Place::new();
    let server = place.serve();
    for (login, password) in
        [("admin", "admin"), ("admin@example.test", "copper heron railway"), ("ada", "violet otter lantern")]
    {
        let body = json!({ "login": login, "password": password });
        post(server.api, "/auth/login", &body).expect_problem(401, "invalid_credentials");
    }
    assert_eq!(place.run(&["admin", "list", "--json"]).well().json()["admins"], json!([]));
    let guess = first_admin_body("gwb_0000000000000000000000000000000000000000000_000000");
    post(server.api, "/admin/v1/bootstrap", &guess).expect_problem(401, "invalid_credentials");

    let secret = place.run(&["admin", "bootstrap", "--json"]).well().json()["secret"].as_str().unwrap().to_owned();
    let made = post(server.api, "/admin/v1/bootstrap", &first_admin_body(&secret)).expect(201);
    assert_eq!(made.json()["user"]["roles"], json!(["admin"]));
    call(server.api, &made.text("access_token"), "GET", "/admin/v1/accounts", "").expect(200);
    let again = json!({ "secret": secret, "email": "eve@example.test", "password": PASSWORD });
    post(server.api, "/admin/v1/bootstrap", &again).expect_problem(401, "invalid_credentials");
    let listed = place.run(&["admin", "list", "--json"]).well().json();
    assert_eq!(listed["admins"][0]["email"], EMAIL);
    assert_eq!(listed["admins"].as_array().unwrap().len(), 1);
}

#[test]
fn pw19_a_later_secret_replaces_an_earlier_one_and_none_is_made_when_there_is_an_admin() {
    let place = Place::new();
    let server = place.serve();
    let secret = || place.run(&["admin", "bootstrap", "--json"]).well().json()["secret"].as_str().unwrap().to_owned();
    let (earlier, later) = (secret(), secret());
    post(server.api, "/admin/v1/bootstrap", &first_admin_body(&earlier)).expect_problem(401, "invalid_credentials");
    post(server.api, "/admin/v1/bootstrap", &first_admin_body(&later)).expect(201);
    let refused = place.run(&["admin", "bootstrap"]);
    assert_eq!(refused.code(), 1);
    insta::assert_snapshot!(refused.err(), @"gatewright: there is an admin already, who can make others; `gatewright admin list` says who, `gatewright admin grant` makes one if none can sign in");
    assert_eq!(refused.out(), "");
}

#[test]
fn the_line_that_it_prints_works_as_soon_as_address_and_password_are_put_in_and_not_before() {
    // A port that was free a moment ago: the line names it.
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let place = Place::new().with("LISTEN", &free());
    let _server = place.serve();
    let printed = place.run(&["admin", "bootstrap"]).well().out();
    let joined = printed.replace("\\\n", "");
    let line = joined.lines().find(|line| line.trim().starts_with("curl ")).unwrap().to_owned();
    let run = |line: &str| {
        let ran = Command::new("bash").args(["-c", line]).output().unwrap();
        String::from_utf8(ran.stdout).unwrap()
    };
    assert!(run(&line).contains("validation_failed"), "{line}");
    let with_address = line.replace("<address>", EMAIL);
    assert!(run(&with_address).contains("password_too_short"), "{line}");
    let signed_in = run(&with_address.replace("<…>", PASSWORD));
    assert!(signed_in.contains(r#""status":"signed_in""#) && signed_in.contains(r#""roles":["admin"]"#), "{signed_in}");
    assert!(printed.contains("24 hours"), "{printed}");
}

#[test]
fn pw19_the_secret_of_the_settings_makes_the_first_admin_and_no_second() {
    let secret = "a secret of a script 7319";
    let place = Place::new().with("BOOTSTRAP_SECRET", secret);
    let server = place.serve();
    post(server.api, "/admin/v1/bootstrap", &first_admin_body("a secret of a script 7318"))
        .expect_problem(401, "invalid_credentials");
    post(server.api, "/admin/v1/bootstrap", &first_admin_body(secret)).expect(201);
    let eve = json!({ "secret": secret, "email": "eve@example.test", "password": PASSWORD });
    post(server.api, "/admin/v1/bootstrap", &eve).expect_problem(409, "bootstrap_closed");
    // Nor after the only admin is gone from the list of those who can sign in, nor after a restart.
    drop(server);
    let server = place.serve();
    post(server.api, "/admin/v1/bootstrap", &eve).expect_problem(409, "bootstrap_closed");
    let told = place.run(&["doctor"]).well().out();
    assert!(told.contains("GATEWRIGHT_BOOTSTRAP_SECRET is good for nothing any more: remove it"), "{told}");
}

#[test]
fn the_doctor_says_who_can_become_the_first_admin() {
    let place = Place::new();
    let server = place.serve();
    let doctor = |place: &Place| place.run(&["doctor"]).well().out();
    assert!(
        doctor(&place).contains("· admin         there is none; `gatewright admin bootstrap`"),
        "{}",
        doctor(&place)
    );
    place.run(&["admin", "bootstrap"]).well();
    assert!(doctor(&place).contains("whoever shows the secret that was printed becomes the first"));
    first_admin(&place, server.api);
    assert!(doctor(&place).contains("✓ admin         1 of them"), "{}", doctor(&place));
    let other = Place::new().with("BOOTSTRAP_SECRET", "a secret of a script 7319");
    drop(other.serve());
    assert!(doctor(&other).contains("whoever shows GATEWRIGHT_BOOTSTRAP_SECRET becomes the first"));
}

#[test]
fn a_secret_is_good_for_nothing_where_its_account_would_be_a_second_one() {
    let place = Place::new();
    let server = place.serve();
    sign_up(server.api, EMAIL);
    let secret = place.run(&["admin", "bootstrap", "--json"]).well().json()["secret"].as_str().unwrap().to_owned();
    post(server.api, "/admin/v1/bootstrap", &first_admin_body(&secret)).expect_problem(409, "email_taken");
    // Nothing was used up.
    let other = json!({ "secret": secret, "email": "other@example.test", "password": PASSWORD });
    post(server.api, "/admin/v1/bootstrap", &other).expect(201);
}
