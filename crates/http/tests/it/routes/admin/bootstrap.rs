//! `POST /admin/v1/bootstrap`.

use gatewright::core::model::{MIN_BOOTSTRAP_SECRET, bootstrap_hash};
use gatewright_testkit::{
    TestApp,
    app::{Browser, Call, PASSWORD, Setup, days},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{give_roles, noted, somebody};
use crate::routes::{expect_limited, refuses_foreign_pages, refuses_members, refuses_other_bodies};

const BOOTSTRAP: &str = "/admin/v1/bootstrap";

fn body(secret: &str, name: &str) -> Value {
    let email = format!("{name}@example.test");
    json!({"secret": secret, "email": email, "password": PASSWORD, "username": name, "transport": "body"})
}

fn call<'b>(by: &'b Browser, secret: &str, name: &str) -> Call<'b> {
    by.post(BOOTSTRAP).json(body(secret, name))
}

async fn secret(app: &TestApp) -> String {
    app.gate.operator().open_bootstrap().await.unwrap().expose().to_owned()
}

/// docs/attacks.md#the-first-admin
#[tokio::test]
async fn pw19_a_fresh_server_has_no_account_and_no_admin() {
    let app = TestApp::start().await;
    let nobody = app.browser();
    for (login, password) in [("admin", "admin"), ("root", "root"), ("admin", "password"), ("admin@localhost", "admin")]
    {
        let body = json!({"login": login, "password": password});
        nobody.post("/auth/login").json(body).await.expect_problem(401, "invalid_credentials");
    }
    for secret in ["", "admin", "gwb_", "gatewright", "gwk_0", &"0".repeat(MIN_BOOTSTRAP_SECRET)] {
        call(&nobody, secret, "eve").await.expect_problem(401, "invalid_credentials");
    }
    // Who signs up first is nobody in particular.
    let first = somebody(&app, "admin").await;
    assert_eq!(first.signed_in()["user"]["roles"], json!([]));
    first.get("/admin/v1/accounts").await.expect_problem(403, "permission_denied");
}

/// docs/attacks.md#the-first-admin
#[tokio::test]
async fn pw19_the_first_admin_is_made_once_with_the_last_secret() {
    let app = TestApp::start().await;
    let (old, new) = (secret(&app).await, secret(&app).await);
    let nobody = app.browser();
    call(&nobody, &old, "eve").await.expect_problem(401, "invalid_credentials");
    let made = call(&nobody, &format!(" {new}\n"), "root").await.expect_status(201).json();
    assert_eq!(made["user"]["roles"], json!(["admin"]));
    assert_eq!(made["user"]["owner"], true);
    nobody.get("/admin/v1/accounts").await.expect_status(200);
    // It died with its use: nobody learns whether there is an admin who does not know a secret that is good.
    for secret in [&new, &old, "gwb_"] {
        call(&app.browser(), secret, "eve").await.expect_problem(401, "invalid_credentials");
    }
    assert!(app.gate.operator().open_bootstrap().await.is_err());
    let noted = noted(&nobody, "bootstrapped,bootstrap_opened").await;
    let seen: Vec<_> = noted.iter().map(|one| (one["act"].as_str().unwrap(), &one["actor"]["kind"])).collect();
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert_eq!(noted[2]["actor"], json!({"kind": "operator", "id": null}));
}

/// docs/attacks.md#the-first-admin
#[tokio::test]
async fn pw19_of_fifty_at_once_one_becomes_the_first_admin() {
    let app = TestApp::start().await;
    let secret = secret(&app).await;
    let mut racing = JoinSet::new();
    for at in 0..50 {
        let (browser, secret) = (app.browser(), secret.clone());
        racing.spawn(async move {
            let from = format!("198.51.100.{at}");
            call(&browser, &secret, &format!("root{at}")).from(&from).await.status.as_u16()
        });
    }
    let statuses = racing.join_all().await;
    let count = |status: u16| statuses.iter().filter(|other| **other == status).count();
    assert_eq!(count(201), 1, "{statuses:?}");
    assert_eq!(count(401) + count(409), 49, "{statuses:?}");
    let admins = app.gate.operator().admins().await.unwrap();
    assert_eq!(admins.len(), 1);
}

#[tokio::test]
async fn pw19_a_secret_of_the_settings_is_good_once_and_then_says_why_not() {
    let set = "correct-horse-battery-staple";
    let app = Setup::default().policy(|policy| policy.bootstrap_secret = Some(bootstrap_hash(set))).start().await;
    let admin = app.browser();
    call(&admin, "correct-horse-battery-stapler", "eve").await.expect_problem(401, "invalid_credentials");
    call(&admin, set, "root").await.expect_status(201);
    call(&app.browser(), set, "eve").await.expect_problem(409, "bootstrap_closed");
    // Not even when the only admin cannot sign in, or somebody is an admin who was not made here.
    let ada = somebody(&app, "ada").await;
    give_roles(&admin, &ada.user_id(), &["admin"]).await.expect_status(200);
    let disabled = json!({"disabled": true});
    ada.patch(&super::user_path(&admin.user_id())).json(disabled).await.expect_status(200);
    call(&app.browser(), set, "eve").await.expect_problem(409, "bootstrap_closed");
}

#[tokio::test]
async fn a_printed_secret_runs_out_after_a_day() {
    let app = TestApp::start().await;
    let secret = secret(&app).await;
    app.clock.advance(days(1));
    call(&app.browser(), &secret, "root").await.expect_problem(401, "invalid_credentials");
}

#[tokio::test]
async fn the_first_admin_has_a_good_password_and_a_name_of_its_own() {
    let app = TestApp::start().await;
    somebody(&app, "ada").await;
    let (secret, nobody) = (secret(&app).await, app.browser());
    refuses_other_bodies(|| nobody.post(BOOTSTRAP)).await;
    refuses_foreign_pages(|| call(&nobody, &secret, "root")).await;
    let with = |member: &str, value: Value| {
        let mut all = body(&secret, "root");
        all[member] = value;
        all
    };
    let table = [
        (with("secret", json!(1)), "validation_failed", "secret"),
        (with("email", json!("x")), "validation_failed", "email"),
        (with("password", json!("short")), "password_too_short", "password"),
        (with("password", json!("password1")), "password_too_common", "password"),
        (with("username", json!("a@b")), "validation_failed", "username"),
        (with("transport", json!("pigeon")), "validation_failed", "transport"),
        (with("roles", json!(["admin"])), "validation_failed", "roles"),
        (json!({}), "validation_failed", "secret"),
    ];
    refuses_members(|| nobody.post(BOOTSTRAP), table).await;
    call(&nobody, &secret, "ada").await.expect_problem(409, "email_taken");
    let mut taken = body(&secret, "root");
    taken["username"] = json!("ada");
    nobody.post(BOOTSTRAP).json(taken).await.expect_problem(409, "username_taken");
    // None of it spent the secret.
    call(&nobody, &secret, "root").await.expect_status(201);
}

#[tokio::test]
async fn the_first_admin_is_signed_in_as_it_asks_to_be() {
    let app = TestApp::start().await;
    let admin = app.admin_in("cookie").await;
    let mut names = admin.cookie_names();
    names.sort();
    assert_eq!(names, ["__Host-gw_at_", "__Host-gw_rt_"].map(|name| format!("{name}{}", admin.tag())));
    admin.get("/admin/v1/accounts").await.expect_status(200);
    app.log_in(gatewright_testkit::app::ADMIN_EMAIL, None, "body").await;
}

#[tokio::test]
async fn au2_secrets_are_not_guessed_at_will() {
    let app = TestApp::start().await;
    secret(&app).await;
    let nobody = app.browser();
    let mut refused = 0;
    let limited = loop {
        let answer = call(&nobody, &format!("gwb_{refused}"), "eve").await;
        if answer.status == 429 {
            break answer;
        }
        answer.expect_problem(401, "invalid_credentials");
        refused += 1;
        assert!(refused < 100, "there is a limit");
    };
    expect_limited(limited);
    call(&app.browser(), "gwb_", "eve").from("198.51.100.9").await.expect_problem(401, "invalid_credentials");
}
