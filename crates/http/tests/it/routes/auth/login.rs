//! `POST /auth/login`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, secs},
};
use serde_json::json;

use crate::{
    family::{EMAIL, PIN, family},
    routes::{expect_limited, in_brief, refuses_foreign_pages, refuses_members, refuses_other_bodies, shown},
    security,
};

#[tokio::test]
async fn what_is_no_login_is_told_by_its_member() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/login");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    let with = |name: &str, value: serde_json::Value| {
        let mut body = json!({"login": EMAIL, "password": PASSWORD});
        body[name] = value;
        body
    };
    let invalid = "validation_failed";
    refuses_members(
        call,
        [
            (json!({"password": PASSWORD}), invalid, "login"),
            (json!({"login": EMAIL}), invalid, "password"),
            (with("login", json!({"$gt": ""})), invalid, "login"),
            (with("password", json!("")), invalid, "password"),
            (with("password", json!("x".repeat(1025))), invalid, "password"),
            (with("user", json!("ada@example.test")), invalid, "user"),
            (with("transport", json!("Body")), invalid, "transport"),
            (with("client", json!("line\nbreak")), invalid, "client"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_wrong_password_signs_nobody_in() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let nobody = app.browser();
    let refused = nobody.post("/auth/login").json(json!({"login": EMAIL, "password": "not the password"})).await;
    let refused = refused.expect_problem(401, "invalid_credentials");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
    insta::assert_snapshot!(shown(&refused), @r#"
    401 Unauthorized
    {
      "code": "invalid_credentials",
      "detail": "The login or the password is wrong.",
      "request_id": "[id]",
      "status": 401,
      "title": "The credentials are wrong",
      "type": "https://github.com/gatewright/gatewright/blob/main/docs/errors.md#invalid_credentials"
    }
    "#);
    assert_eq!(nobody.cookie_header(), None);
}

#[tokio::test]
async fn a_named_user_that_is_not_on_the_account_is_told_to_who_knows_the_password_only() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let eve = app.sign_up("eve@example.test").await;
    let others = eve.signed_in()["user"]["username"].as_str().unwrap().to_owned();
    for user in ["nobody", others.as_str()] {
        let body = json!({"login": EMAIL, "password": PASSWORD, "user": user});
        app.browser().post("/auth/login").json(body).await.expect_problem(404, "user_not_found");
    }
    for user in ["nobody", "grace"] {
        let body = json!({"login": EMAIL, "password": "not the password", "user": user});
        app.browser().post("/auth/login").json(body).await.expect_problem(401, "invalid_credentials");
    }
}

#[tokio::test]
async fn au1_five_failures_are_free_then_each_waits_and_a_restart_does_not_forget() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let nobody = app.browser();
    let elsewhere = "198.51.100.1";
    let wrong = || nobody.post("/auth/login").from(elsewhere).json(json!({"login": EMAIL, "password": "not it"}));
    let right = || nobody.post("/auth/login").from(elsewhere).json(json!({"login": EMAIL, "password": PASSWORD}));
    for _ in 0..5 {
        wrong().await.expect_problem(401, "invalid_credentials");
    }
    assert_eq!(expect_limited(wrong().await), 1);
    let app = app.restart(|_| {}).await;
    let hashes = security::hashes(&app).await;
    assert_eq!(expect_limited(right().await), 1, "also with the right password");
    assert_eq!(security::hashes(&app).await, hashes, "nothing is hashed for it");
    for delay in [1, 2, 4] {
        app.clock.advance(secs(delay));
        wrong().await.expect_problem(401, "invalid_credentials");
        assert_eq!(expect_limited(wrong().await), 2 * delay);
    }
    app.clock.advance(secs(8));
    right().await.expect_status(200);
    for _ in 0..5 {
        wrong().await.expect_problem(401, "invalid_credentials");
    }
    expect_limited(wrong().await);
}

#[tokio::test]
async fn the_only_user_is_signed_in_at_once() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let ada = app.browser();
    let answer = ada.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    insta::assert_snapshot!(shown(&answer), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict
    {
      "access_token": "[jwt]",
      "account": {
        "email": "ada@example.test",
        "email_verified": false,
        "id": "[id]"
      },
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:00:00Z",
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
    ada.get("/auth/me").await.expect_status(200);
    ada.refresh().await.expect_status(200);
}

#[tokio::test]
async fn in_cookies_only_no_token_is_in_the_answer() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let ada = app.browser();
    let body = json!({"login": EMAIL, "password": PASSWORD, "transport": "cookie"});
    insta::assert_snapshot!(in_brief(&ada.post("/auth/login").json(body).await), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=[jwt]; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax
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
    ada.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn in_the_body_only_no_cookie_is_set() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let ada = app.browser();
    let body = json!({"login": EMAIL, "password": PASSWORD, "transport": "body"});
    insta::assert_snapshot!(in_brief(&ada.post("/auth/login").json(body).await), @r#"
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
    ada.get("/auth/me").await.expect_status(200);
    ada.refresh().await.expect_status(200);
}

#[tokio::test]
async fn the_address_and_every_username_of_the_account_are_logins_in_any_case() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    for login in [EMAIL, "ADA@EXAMPLE.TEST", "ada", "ADA", "ａｄａ", "grace", "Grace"] {
        let browser = app.log_in(login, Some("ada"), "body").await;
        assert_eq!(browser.user_id(), ada.user_id(), "{login}");
    }
}

#[tokio::test]
async fn with_several_users_somebody_has_to_say_who_is_there() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let profile = json!({"profile": {"display_name": "Ada", "avatar_url": "https://example.test/a.png"}});
    ada.patch("/auth/me").json(profile).await.expect_status(200);
    // Also who logs in by the name of one of them.
    for login in [EMAIL, "grace"] {
        let answer = app.browser().post("/auth/login").json(json!({"login": login, "password": PASSWORD})).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&answer), @r#"
            200 OK
            {
              "expires_in": 300,
              "selection_token": "[jwt]",
              "status": "select_user",
              "users": [
                {
                  "avatar_url": "https://example.test/a.png",
                  "display_name": "Ada",
                  "id": "[id]",
                  "pin_required": false,
                  "username": "ada"
                },
                {
                  "avatar_url": null,
                  "display_name": null,
                  "id": "[id]",
                  "pin_required": false,
                  "username": "grace"
                },
                {
                  "avatar_url": null,
                  "display_name": null,
                  "id": "[id]",
                  "pin_required": true,
                  "username": "kid"
                }
              ]
            }
            "#);
        }
    }
}

#[tokio::test]
async fn a_user_that_is_named_is_signed_in_unless_it_has_a_pin() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let grace = app.log_in(EMAIL, Some("GRACE"), "body").await;
    assert_eq!(grace.signed_in()["user"]["username"], "grace");
    let kid = app.browser();
    let body = json!({"login": EMAIL, "password": PASSWORD, "user": "kid", "transport": "body"});
    let answer = kid.post("/auth/login").json(body).await.expect_status(200).json();
    assert_eq!(answer["status"], "select_user");
    let choice = json!({"selection_token": kid.selection_token(), "username": "kid", "pin": PIN});
    kid.post("/auth/select").json(choice).await.expect_status(200);
    assert_eq!(kid.signed_in()["session"]["transport"], "body", "as the login said");
}
