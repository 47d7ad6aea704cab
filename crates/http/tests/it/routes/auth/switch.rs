//! `POST /auth/switch`.

use gatewright_testkit::{
    TestApp,
    app::{mins, secs},
};
use serde_json::json;

use crate::{
    family::{PIN, family, grace, kid},
    routes::{
        expect_limited, in_brief, refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_strangers,
        shown,
    },
};

#[tokio::test]
async fn who_is_no_caller_switches_nowhere() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    refuses_strangers(&app, |browser| browser.post("/auth/switch").json(json!({"username": "grace"}))).await;
    refuses_foreign_pages(|| ada.post("/auth/switch").json(json!({"username": "grace"}))).await;
    ada.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn what_is_no_choice_is_told_by_its_member() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let call = || ada.post("/auth/switch");
    refuses_other_bodies(call).await;
    let invalid = "validation_failed";
    let id = ada.user_id();
    refuses_members(
        call,
        [
            (json!({}), invalid, "user_id"),
            (json!({"user_id": id, "username": "ada"}), invalid, "username"),
            (json!({"user_id": "x"}), invalid, "user_id"),
            (json!({"username": ""}), invalid, "username"),
            (json!({"username": "kid", "pin": "abcd"}), invalid, "pin"),
            (json!({"username": "grace", "transport": "body"}), invalid, "transport"),
        ],
    )
    .await;
}

#[tokio::test]
async fn who_is_not_there_cannot_be_switched_to() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let eve = app.sign_up("eve@example.test").await;
    for choice in [json!({"username": "nobody"}), json!({"username": "eve"}), json!({"user_id": eve.user_id()})] {
        ada.post("/auth/switch").json(choice).await.expect_problem(404, "user_not_found");
    }
}

#[tokio::test]
async fn a_wrong_pin_costs_an_attempt_and_not_the_session() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let to_kid = |pin: &str| ada.post("/auth/switch").json(json!({"username": "kid", "pin": pin}));
    ada.post("/auth/switch").json(json!({"username": "kid"})).await.expect_problem(403, "pin_required");
    for _ in 0..5 {
        to_kid("1111").await.expect_problem(403, "pin_invalid");
    }
    let app = app.restart(|_| {}).await;
    assert_eq!(expect_limited(to_kid(PIN).await), 1, "a restart does not forget");
    ada.get("/auth/me").await.expect_status(200);
    app.clock.advance(secs(1));
    to_kid(PIN).await.expect_status(200);
}

#[tokio::test]
async fn more_rights_without_a_pin_take_a_fresh_session_and_fewer_do_not() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let grace = grace(&app, "body").await;
    app.clock.advance(mins(5) + secs(1));
    grace.post("/auth/switch").json(json!({"username": "ada"})).await.expect_problem(403, "reauthentication_required");
    grace.get("/auth/me").await.expect_status(200);
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
    // Also from the kid, whose PIN proved nothing of the account.
    let kid = kid(&app, "body").await;
    app.clock.advance(mins(5) + secs(1));
    kid.post("/auth/switch").json(json!({"username": "ada"})).await.expect_problem(403, "reauthentication_required");
}

#[tokio::test]
async fn a_switch_replaces_the_session_and_keeps_its_end() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let old = ada.copy();
    app.clock.advance(mins(3));
    let answer = ada.post("/auth/switch").json(json!({"username": "KID", "pin": PIN})).await;
    insta::assert_snapshot!(shown(&answer), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2591818; HttpOnly; Secure; SameSite=Strict
    __Host-gw_rt_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict
    {
      "access_token": "[jwt]",
      "account": {
        "email": "ada@example.test",
        "email_verified": false,
        "id": "[id]"
      },
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:03:02Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "generation": 1,
        "id": "[id]",
        "transport": "hybrid"
      },
      "status": "signed_in",
      "token_type": "Bearer",
      "user": {
        "app_metadata": {},
        "created_at": "2026-11-21T12:00:02Z",
        "id": "[id]",
        "owner": false,
        "pin_required": true,
        "profile": {
          "avatar_url": null,
          "display_name": null,
          "locale": null,
          "metadata": {}
        },
        "roles": [],
        "username": "kid"
      }
    }
    "#);
    assert_ne!(ada.session_id(), old.session_id());
    assert_eq!(ada.cookie_names().len(), 1);
    assert_eq!(ada.get("/auth/me").await.expect_status(200).json()["user"]["username"], "kid");
    old.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    old.refresh().await.expect_problem(401, "refresh_token_invalid");
}

#[tokio::test]
async fn the_transport_stays() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let answer = ada.post("/auth/switch").json(json!({"username": "grace"})).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2591998; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=[jwt]; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax
    __Host-gw_rt_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax
    {
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:00:02Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "generation": 1,
        "id": "[id]",
        "transport": "cookie"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
    assert_eq!(ada.cookie_names().len(), 2);
    let body = grace(&app, "body").await;
    let answer = body.post("/auth/switch").json(json!({"user_id": ada.user_id()})).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    200 OK
    {
      "access_token": "[jwt]",
      "expires_in": 600,
      "refresh_token": "[refresh token]",
      "session": {
        "created_at": "2026-11-21T12:00:02Z",
        "expires_at": "2026-12-21T12:00:02Z",
        "generation": 1,
        "id": "[id]",
        "transport": "body"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
}
