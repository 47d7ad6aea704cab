//! `POST /auth/email/verify`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{By, is_signed_in, opens, shown, signs_up, strict, unlimited, with},
    routes::{
        self, expect_field, expect_limited, in_brief, refuses_foreign_pages, refuses_members, refuses_other_bodies,
        refuses_what_no_mail_carried,
    },
};

#[tokio::test]
async fn it_takes_what_the_mail_carried() {
    let app = unlimited().await;
    app.sign_up(EMAIL).await;
    let mail = app.letter("verify_email", EMAIL).await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/email/verify");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    refuses_what_no_mail_carried(call, json!({})).await;
    let both = with(shown(&mail, By::Link), "code", mail.code());
    let empty = with(shown(&mail, By::Link), "password", "");
    refuses_members(call, [(both, "validation_failed", "code"), (empty, "validation_failed", "password")]).await;
    call().json(shown(&mail, By::Link)).await.expect_status(200);
}

#[tokio::test]
async fn a_code_without_an_address_is_for_who_is_signed_in() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let mail = app.letter("verify_email", EMAIL).await;
    let body = json!({"code": mail.code()});
    let path = "/auth/email/verify";
    expect_field(app.browser().post(path).json(body.clone()).await, "validation_failed", "email");
    let garbage = app.browser().post(path).bearer("garbage").json(body.clone()).await;
    garbage.expect_problem(401, "access_token_invalid");
    let other = app.sign_up_in("body", "eve@example.test").await;
    other.post(path).json(body.clone()).await.expect_problem(400, "mail_token_invalid");
    let nowhere = ada.post(path).fetch_site(None).json(body.clone()).await;
    nowhere.expect_problem(403, "origin_refused");
    let answer = ada.post(path).json(body).await;
    assert_eq!(routes::shown(&answer), "200 OK\n{\n  \"status\": \"email_verified\"\n}");
    assert_eq!(ada.get("/auth/me").await.json()["account"]["email_verified"], true);
}

#[tokio::test]
async fn a_link_needs_no_session_and_what_there_is_of_one_is_not_looked_at() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let mail = app.letter("verify_email", EMAIL).await;
    let call = app.browser();
    let call = call.post("/auth/email/verify").bearer("expired").json(shown(&mail, By::Link));
    assert_eq!(call.await.expect_status(200).json()["status"], "email_verified");
}

#[tokio::test]
async fn codes_cannot_be_tried_at_will() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let nobody = app.browser();
    let guess = || nobody.post("/auth/email/verify").json(json!({"email": EMAIL, "code": "12345678"}));
    for _ in 0..5 {
        guess().await.expect_problem(400, "mail_token_invalid");
    }
    assert_eq!(expect_limited(guess().await), 1);
}

#[tokio::test]
async fn who_signed_up_in_this_browser_is_signed_in_as_was_asked_for() {
    let app = strict().await;
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "username": "ada", "transport": "cookie",
        "client": "Ada's phone", "profile": {"display_name": "Ada L."}});
    ada.post("/auth/signup").json(body).await.expect_status(202);
    let mail = app.letter("sign_up", EMAIL).await;
    assert!(mail.link().starts_with("https://auth.example.test/verify-email?token=gwm_"), "{}", mail.link());
    app.clock.advance(mins(5));
    let answer = ada.post("/auth/email/verify").json(shown(&mail, By::Link)).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=[jwt]; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax
    {
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:05:00Z",
        "expires_at": "2026-12-21T12:05:00Z",
        "generation": 1,
        "id": "[id]",
        "transport": "cookie"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
    let (user, account) = (&answer.json()["user"], &answer.json()["account"]);
    assert_eq!((&user["username"], &user["owner"]), (&json!("ada"), &json!(true)));
    assert_eq!((&user["profile"]["display_name"], &account["email_verified"]), (&json!("Ada L."), &json!(true)));
    assert_eq!(ada.get("/auth/sessions").await.json()["sessions"][0]["client"], "Ada's phone");
    assert!(opens(&app, EMAIL, PASSWORD).await);
}

#[tokio::test]
async fn of_whom_nothing_else_is_known_the_account_is_made_and_nobody_is_signed_in() {
    for by in By::BOTH {
        let app = strict().await;
        signs_up(&app.browser(), EMAIL).await.expect_status(202);
        let mail = app.letter("sign_up", EMAIL).await;
        let phone = app.browser();
        let answer = phone.post("/auth/email/verify").json(shown(&mail, by)).await;
        assert_eq!(routes::shown(&answer), "200 OK\n{\n  \"status\": \"signed_up\"\n}");
        assert!(!is_signed_in(&phone).await);
        assert!(opens(&app, EMAIL, PASSWORD).await);
    }
}

#[tokio::test]
async fn a_name_that_somebody_took_meanwhile_is_given_with_digits() {
    let app = strict().await;
    let (ada, eve) = (app.browser(), app.browser());
    for (browser, email) in [(&ada, EMAIL), (&eve, "eve@example.test")] {
        let body = json!({"email": email, "password": PASSWORD, "username": "ada", "transport": "body"});
        browser.post("/auth/signup").json(body).await.expect_status(202);
    }
    let mails = app.letters().await;
    let mut names = Vec::new();
    for (browser, mail) in [&eve, &ada].into_iter().zip(mails.iter().rev()) {
        let answer = browser.post("/auth/email/verify").json(shown(mail, By::Link)).await.expect_status(200);
        names.push(answer.json()["user"]["username"].as_str().unwrap().to_owned());
    }
    assert_eq!(names[0], "ada");
    assert!(names[1].starts_with("ada-"), "{names:?}");
}
