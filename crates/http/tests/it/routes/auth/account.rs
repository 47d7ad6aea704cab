//! `/auth/account`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins, secs},
};
use serde_json::json;

use crate::{
    family::{EMAIL, PIN, family, grace},
    routes::{refuses_foreign_pages, refuses_strangers, shown},
};

#[tokio::test]
async fn only_a_fresh_owner_deletes_or_exports_the_account() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "body").await;
    refuses_strangers(&app, |browser| browser.delete("/auth/account")).await;
    refuses_strangers(&app, |browser| browser.get("/auth/account/export")).await;
    refuses_foreign_pages(|| ada.delete("/auth/account")).await;
    grace.delete("/auth/account").await.expect_problem(403, "permission_denied");
    grace.get("/auth/account/export").await.expect_problem(403, "permission_denied");
    app.clock.advance(mins(5));
    ada.delete("/auth/account").await.expect_problem(403, "reauthentication_required");
    ada.get("/auth/account/export").await.expect_problem(403, "reauthentication_required");
    ada.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn se7_a_deleted_account_is_gone_with_its_users_sessions_and_names() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "body").await;
    let begun = app.browser();
    begun.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})).await.expect_status(200);
    let answer = ada.copy().delete("/auth/account").await;
    insta::assert_snapshot!(shown(&answer), @r"
    204 No Content
    __Host-gw_rt_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax
    ");
    ada.delete("/auth/account").await.expect_problem(401, "access_token_invalid");
    for browser in [&ada, &grace] {
        browser.get("/auth/me").await.expect_problem(401, "access_token_invalid");
        browser.refresh().await.expect_problem(401, "refresh_token_invalid");
    }
    let select = json!({"selection_token": begun.selection_token(), "username": "kid", "pin": PIN});
    begun.post("/auth/select").json(select).await.expect_problem(401, "selection_token_invalid");
    for login in [EMAIL, "ada", "grace"] {
        let body = json!({"login": login, "password": PASSWORD});
        app.browser().post("/auth/login").json(body).await.expect_problem(401, "invalid_credentials");
    }
    // The address and all names are free again, and who takes them inherits nothing.
    let again = family(&app, "body").await;
    let account = |browser: &gatewright_testkit::app::Browser| browser.signed_in()["account"]["id"].clone();
    assert_ne!(account(&again), account(&ada));
    let log = again.get("/auth/activity").await.json();
    assert!(log["activity"].as_array().unwrap().iter().all(|entry| entry["act"] != "account_deleted"), "{log}");
}

#[tokio::test]
async fn the_file_remembers_nobody_who_was_deleted() {
    let app = TestApp::start().await;
    let ada = app.browser();
    let body = json!({"email": "rare-address@example.test", "password": PASSWORD, "username": "rare-username",
        "profile": {"display_name": "Rare Display Name"}});
    ada.post("/auth/signup").header("user-agent", "Rare-Agent/1").json(body).await.expect_status(201);
    app.browser().post("/auth/login").json(json!({"login": "rare-username", "password": "not it"})).await;
    let eve = json!({"email": "eve@example.test", "password": PASSWORD});
    app.browser().post("/auth/signup").header("user-agent", "Common-Agent/1").json(eve).await.expect_status(201);
    ada.delete("/auth/account").header("user-agent", "Rare-Agent/1").await.expect_status(204);
    app.restart(|database| {
        let mut bytes = Vec::new();
        for file in std::fs::read_dir(database.parent().unwrap()).unwrap() {
            bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
        }
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds("eve@example.test") && holds("Common-Agent/1"), "the search finds what is there");
        for told in ["rare-address", "rare-username", "Rare Display Name", "Rare-Agent/1"] {
            assert!(!holds(told), "{told}");
        }
    })
    .await;
}

#[tokio::test]
async fn az4_an_export_has_everything_but_credentials() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let grace = grace(&app, "hybrid").await;
    app.clock.advance(secs(1));
    let export = ada.get("/auth/account/export").await.expect_status(200);
    assert_eq!(export.header("cache-control"), Some("no-store"));
    let json = export.json();
    let members: Vec<_> = json.as_object().unwrap().keys().collect();
    assert_eq!(members, ["account", "activity", "exported_at", "sessions", "users"]);
    assert_eq!(json["exported_at"], "2026-11-21T12:00:03Z");
    assert_eq!(json["account"], ada.signed_in()["account"]);
    assert_eq!(json["users"], ada.get("/auth/users").await.json()["users"]);
    assert_eq!(json["sessions"], ada.get("/auth/sessions").await.json()["sessions"]);
    assert_eq!(json["activity"], ada.get("/auth/activity?limit=200").await.json()["activity"]);
    assert_eq!((json["users"].as_array().unwrap().len(), json["sessions"].as_array().unwrap().len()), (3, 2));
    assert_eq!(json["activity"][0]["act"], "account_exported");
    for secret in ["argon2", "hash", "salt", "\"pin\"", "password", "gwr_", "secret", "epoch", "eyJ"] {
        assert!(!export.text().contains(secret), "{secret}");
    }
    for token in [ada.access_token(), grace.access_token(), ada.refresh_token(), PASSWORD.to_owned(), PIN.to_owned()] {
        assert!(!export.text().contains(&token));
    }
}
