//! `POST /auth/signup`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, secs},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{is_signed_in, log_in, strict},
    routes::{expect_limited, in_brief, refuses_foreign_pages, refuses_members, refuses_other_bodies, shown},
    security,
};

#[tokio::test]
async fn what_does_not_make_an_account_is_told_by_its_member() {
    let app = TestApp::start().await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/signup");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    let invalid = "validation_failed";
    let with = |name: &str, value: serde_json::Value| {
        let mut body = json!({"email": EMAIL, "password": PASSWORD});
        body[name] = value;
        body
    };
    refuses_members(
        call,
        [
            (json!({"password": PASSWORD}), invalid, "email"),
            (json!({"email": EMAIL}), invalid, "password"),
            (with("email", json!("no address")), invalid, "email"),
            (with("email", json!(["ada@example.test"])), invalid, "email"),
            (with("password", json!("")), invalid, "password"),
            (with("password", json!("x".repeat(1025))), invalid, "password"),
            (with("password", json!("1234567")), "password_too_short", "password"),
            (with("password", json!("password1")), "password_too_common", "password"),
            (with("password", json!("Gatewright!")), "password_too_common", "password"),
            (with("username", json!("a")), invalid, "username"),
            (with("username", json!("a b")), invalid, "username"),
            (with("profile", json!({"display_name": ""})), invalid, "profile.display_name"),
            (with("profile", json!({"avatar_url": "javascript:alert(1)"})), invalid, "profile.avatar_url"),
            (with("profile", json!({"locale": "not a tag"})), invalid, "profile.locale"),
            (with("profile", json!({"metadata": {"a": "x".repeat(4096)}})), invalid, "profile.metadata"),
            (with("transport", json!("pigeon")), invalid, "transport"),
            (with("client", json!("")), invalid, "client"),
        ],
    )
    .await;
    // Nothing of all this has taken the address.
    call().json(json!({"email": EMAIL, "password": PASSWORD})).await.expect_status(201);
}

#[tokio::test]
async fn an_address_and_a_name_are_taken_once() {
    let app = TestApp::start().await;
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "username": "ada"});
    ada.post("/auth/signup").json(body).await.expect_status(201);
    let again = json!({"email": "ADA@Example.TEST", "password": PASSWORD});
    let refused = app.browser().post("/auth/signup").json(again).await.expect_problem(409, "email_taken");
    insta::assert_snapshot!(shown(&refused), @r#"
    409 Conflict
    {
      "code": "email_taken",
      "detail": "An account with this e-mail address exists.",
      "request_id": "[id]",
      "status": 409,
      "title": "The e-mail address is taken",
      "type": "https://github.com/gatewright/gatewright/blob/main/docs/errors.md#email_taken"
    }
    "#);
    let named = json!({"email": "eve@example.test", "password": PASSWORD, "username": "Ada"});
    app.browser().post("/auth/signup").json(named).await.expect_problem(409, "username_taken");
    let unnamed = json!({"email": "eve@example.test", "password": PASSWORD});
    app.browser().post("/auth/signup").json(unnamed).await.expect_status(201);
}

#[tokio::test]
async fn au2_one_source_signs_up_so_often_and_a_restart_does_not_forget() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let body = json!({"email": EMAIL, "password": PASSWORD});
    let nobody = app.browser();
    for _ in 1..100 {
        nobody.post("/auth/signup").json(body.clone()).await.expect_status(409);
    }
    let hashes = security::hashes(&app).await;
    let limited = nobody.post("/auth/signup").json(body.clone()).await;
    assert_eq!(expect_limited(limited), 20);
    assert_eq!(security::hashes(&app).await, hashes, "nothing is hashed for it");
    let app = app.restart(|_| {}).await;
    expect_limited(nobody.post("/auth/signup").json(body.clone()).await);
    nobody.post("/auth/signup").from("203.0.113.8").json(body.clone()).await.expect_status(409);
    app.clock.advance(secs(19));
    assert_eq!(expect_limited(nobody.post("/auth/signup").json(body.clone()).await), 1);
    app.clock.advance(secs(1));
    nobody.post("/auth/signup").json(body).await.expect_status(409);
}

#[tokio::test]
async fn the_first_user_owns_the_account_and_is_signed_in() {
    let app = TestApp::start().await;
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "username": "Ada",
        "profile": {"display_name": "Ada L.", "avatar_url": "/a.png", "locale": "en-GB", "metadata": {"theme": "dark"}}});
    let answer = ada.post("/auth/signup").json(body).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    insta::assert_snapshot!(shown(&answer), @r#"
    201 Created
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
          "avatar_url": "/a.png",
          "display_name": "Ada L.",
          "locale": "en-GB",
          "metadata": {
            "theme": "dark"
          }
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
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "transport": "cookie"});
    let answer = ada.post("/auth/signup").json(body).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    201 Created
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
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "transport": "body"});
    let answer = ada.post("/auth/signup").json(body).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    201 Created
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
async fn without_a_name_one_is_made_from_the_address() {
    let app = TestApp::start().await;
    let name =
        async |email: &str| app.sign_up(email).await.signed_in()["user"]["username"].as_str().unwrap().to_owned();
    assert_eq!(name("Ada.Lovelace@example.test").await, "ada.lovelace");
    let second = name("ada.lovelace@elsewhere.test").await;
    let digits = second.strip_prefix("ada.lovelace-").unwrap();
    assert!(digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{second}");
    // What stands before the @ is too short to be a name.
    assert!(name("a@example.test").await.starts_with("user-"));
}

#[tokio::test]
async fn the_session_is_called_what_the_client_calls_it() {
    let app = TestApp::start().await;
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "client": "Ada's phone"});
    ada.post("/auth/signup").json(body).await.expect_status(201);
    assert_eq!(ada.get("/auth/sessions").await.json()["sessions"][0]["client"], "Ada's phone");
}

#[tokio::test]
async fn where_addresses_are_proved_first_there_is_no_account_until_then() {
    let app = strict().await;
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "username": "ada"});
    let answer = ada.post("/auth/signup").json(body).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    insta::assert_snapshot!(shown(&answer), @r#"
    202 Accepted
    __Host-gw_browser=[mark]; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax
    {
      "expires_in": 86400,
      "status": "verification_required"
    }
    "#);
    assert!(!is_signed_in(&ada).await);
    log_in(&app, EMAIL, PASSWORD).await.expect_problem(401, "invalid_credentials");
    let mail = app.letter("sign_up", EMAIL).await;
    ada.post("/auth/email/verify").json(json!({"token": mail.token()})).await.expect_status(200);
    assert!(is_signed_in(&ada).await);
    // What will not do is refused at once, and a name that somebody has, too: names are no secret.
    let weak = json!({"email": "eve@example.test", "password": "password1"});
    app.browser().post("/auth/signup").json(weak).await.expect_problem(422, "password_too_common");
    let named = json!({"email": "eve@example.test", "password": PASSWORD, "username": "ada"});
    app.browser().post("/auth/signup").json(named).await.expect_problem(409, "username_taken");
}

#[tokio::test]
async fn where_proving_is_optional_a_mail_for_it_comes_with_the_account() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let mail = app.letter("verify_email", EMAIL).await;
    assert!(mail.link().starts_with("https://auth.example.test/verify-email?token=gwm_"), "{}", mail.link());
    let again = json!({"email": EMAIL, "password": PASSWORD});
    app.browser().post("/auth/signup").json(again).await.expect_problem(409, "email_taken");
    assert!(app.letters().await.is_empty());
}
