//! `POST /auth/reauthenticate`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins, secs},
};
use serde_json::json;

use crate::{
    family::{EMAIL, family, kid},
    routes::{
        expect_limited, in_brief, refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_strangers,
        shown,
    },
};

#[tokio::test]
async fn who_is_no_caller_proves_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    refuses_strangers(&app, |browser| browser.post("/auth/reauthenticate").json(json!({"password": PASSWORD}))).await;
    let call = || ada.post("/auth/reauthenticate");
    refuses_foreign_pages(|| call().json(json!({"password": PASSWORD}))).await;
    refuses_other_bodies(call).await;
    refuses_members(
        call,
        [
            (json!({}), "validation_failed", "password"),
            (json!({"password": ""}), "validation_failed", "password"),
            (json!({"password": "x".repeat(1025)}), "validation_failed", "password"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_wrong_password_proves_nothing_and_attempts_are_limited_across_a_restart() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let call = |password| ada.post("/auth/reauthenticate").json(json!({"password": password}));
    app.clock.advance(secs(1));
    for _ in 0..5 {
        let refused = call("wrong wrong").await.expect_problem(401, "invalid_credentials");
        assert!(refused.set_cookies().is_empty());
    }
    let app = app.restart(|_| {}).await;
    assert_eq!(expect_limited(call(PASSWORD).await), 1);
    ada.get("/auth/me").await.expect_status(200);
    let log = ada.get("/auth/activity").await.json();
    assert_eq!(log["activity"][0]["act"], "reauthentication_failed");
    app.clock.advance(mins(1));
    call(PASSWORD).await.expect_status(200);
}

#[tokio::test]
async fn au8_what_needs_a_fresh_session_takes_this_first() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    app.clock.advance(mins(5));
    ada.get("/auth/account/export").await.expect_status(200);
    app.clock.advance(mins(1));
    let pin = format!("/auth/users/{}/pin", ada.user_id());
    let user = format!("/auth/users/{}", ada.user_id());
    let new = json!({"current_password": PASSWORD, "new_password": "quite another sentence"});
    for call in [
        ada.get("/auth/account/export"),
        ada.delete("/auth/account"),
        ada.put("/auth/password").json(new),
        ada.put(&pin).json(json!({"pin": "1234"})),
        ada.delete(&pin),
        ada.delete(&user),
    ] {
        let refused = call.await.expect_problem(403, "reauthentication_required");
        assert!(refused.header("www-authenticate").unwrap().contains("max_age=\"300\""));
    }
    ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    ada.get("/auth/account/export").await.expect_status(200);
}

#[tokio::test]
async fn au9_the_session_is_replaced_and_keeps_its_end() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let old = ada.copy();
    app.clock.advance(mins(7));
    let answer = ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await;
    insta::assert_snapshot!(shown(&answer), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2591580; HttpOnly; Secure; SameSite=Strict
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
        "created_at": "2026-11-21T12:07:00Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "generation": 1,
        "id": "[id]",
        "transport": "hybrid"
      },
      "status": "signed_in",
      "token_type": "Bearer",
      "user": {
        "app_metadata": {},
        "created_at": "2026-11-21T12:00:00Z",
        "id": "[id]",
        "owner": true,
        "pin_required": false,
        "profile": {
          "avatar_url": null,
          "display_name": null,
          "locale": null,
          "metadata": {}
        },
        "roles": [],
        "username": "ada"
      }
    }
    "#);
    assert_ne!(ada.session_id(), old.session_id());
    ada.get("/auth/me").await.expect_status(200);
    old.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    old.refresh().await.expect_problem(401, "refresh_token_invalid");
}

#[tokio::test]
async fn the_transport_stays() {
    let app = TestApp::start().await;
    let cookie = app.sign_up_in("cookie", EMAIL).await;
    let answer = cookie.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=[jwt]; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax
    __Host-gw_rt_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax
    {
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:00:00Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "generation": 1,
        "id": "[id]",
        "transport": "cookie"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
    assert_eq!(cookie.cookie_names().len(), 2);
    let body = app.log_in(EMAIL, None, "body").await;
    let answer = body.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    200 OK
    {
      "access_token": "[jwt]",
      "expires_in": 600,
      "refresh_token": "[refresh token]",
      "session": {
        "created_at": "2026-11-21T12:00:00Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "generation": 1,
        "id": "[id]",
        "transport": "body"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
}

#[tokio::test]
async fn the_user_stays_and_so_does_the_proof_of_its_pin() {
    let app = TestApp::start().await;
    family(&app, "hybrid").await;
    let kid = kid(&app, "body").await;
    let id = kid.user_id();
    app.clock.advance(mins(2));
    kid.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    assert_eq!(kid.user_id(), id);
    let caller = app.gate.authenticate(&kid.access_token()).await.unwrap();
    let session = &caller.standing().session;
    let amr: Vec<_> = session.amr.iter().map(|method| method.name()).collect();
    assert_eq!(amr, ["pwd", "pin"]);
    assert_eq!(session.auth_time, app.gate.now());
}
