//! `POST /auth/magic-link/redeem`.

use gatewright::core::model::MagicLinks;
use gatewright_testkit::{
    TestApp,
    app::{Setup, mins, secs},
};
use serde_json::json;

use crate::{
    family::{EMAIL, PIN, family},
    mail::{By, magic_mail, shown, unlimited, with},
    routes::{
        expect_limited, in_brief, refuses_foreign_pages, refuses_members, refuses_other_bodies,
        refuses_what_no_mail_carried,
    },
    security,
};

#[tokio::test]
async fn it_takes_what_the_mail_carried() {
    let app = unlimited().await;
    app.sign_up(EMAIL).await;
    let (browser, mail) = magic_mail(&app).await;
    let call = || browser.post("/auth/magic-link/redeem");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    refuses_what_no_mail_carried(call, json!({})).await;
    let invalid = "validation_failed";
    let (link, code) = (shown(&mail, By::Link), shown(&mail, By::Code));
    let all = with(with(link.clone(), "code", mail.code()), "email", EMAIL);
    let table = [
        (json!({"code": mail.code()}), invalid, "email"),
        (all, invalid, "email"),
        (with(link.clone(), "user", "a b"), invalid, "user"),
        (with(link.clone(), "transport", "pigeon"), invalid, "transport"),
        (with(code, "client", ""), invalid, "client"),
    ];
    refuses_members(call, table).await;
    call().json(with(link.clone(), "user", "nobody")).await.expect_problem(404, "user_not_found");
    // Nothing of all this has used the mail up.
    call().json(link).await.expect_status(200);
}

#[tokio::test]
async fn codes_cannot_be_tried_at_will() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let nobody = app.browser();
    let guess = || nobody.post("/auth/magic-link/redeem").json(json!({"email": EMAIL, "code": "12345678"}));
    for _ in 0..5 {
        guess().await.expect_problem(400, "mail_token_invalid");
    }
    assert_eq!(expect_limited(guess().await), 1);
}

#[tokio::test]
async fn the_only_user_is_signed_in_and_the_token_says_how() {
    for by in By::BOTH {
        let app = TestApp::start().await;
        app.sign_up(EMAIL).await;
        let (browser, mail) = magic_mail(&app).await;
        let body = with(with(shown(&mail, by), "transport", "body"), "client", "Ada's phone");
        let answer = browser.post("/auth/magic-link/redeem").json(body).await;
        insta::allow_duplicates! {
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
        let claims = crate::invariants::claims(&browser.access_token());
        assert_eq!(claims["amr"], json!(["email"]));
        assert_eq!(browser.get("/auth/sessions").await.json()["sessions"][0]["client"], "Ada's phone");
        let acts = browser.get("/auth/activity").await.json();
        let acts: Vec<_> = acts["activity"].as_array().unwrap().iter().map(|entry| entry["act"].clone()).collect();
        assert_eq!(
            acts,
            ["logged_in", "email_verified", "logged_in", "signed_up"],
            "the first time it proves the address"
        );
        browser.refresh().await.expect_status(200);
    }
}

#[tokio::test]
async fn of_several_users_one_is_chosen_with_its_pin() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let (browser, mail) = magic_mail(&app).await;
    let answer = browser.post("/auth/magic-link/redeem").json(shown(&mail, By::Link)).await.expect_status(200);
    assert_eq!(answer.json()["status"], "select_user");
    assert_eq!(answer.json()["users"].as_array().unwrap().len(), 3);
    let choose = |pin: &str| json!({"selection_token": browser.selection_token(), "username": "kid", "pin": pin});
    browser.post("/auth/select").json(choose("0000")).await.expect_problem(403, "pin_invalid");
    app.clock.advance(secs(2));
    browser.post("/auth/select").json(choose(PIN)).await.expect_status(200);
}

#[tokio::test]
async fn a_user_may_be_named_at_once() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let (browser, mail) = magic_mail(&app).await;
    let body = with(shown(&mail, By::Link), "user", "grace");
    let answer = browser.post("/auth/magic-link/redeem").json(body).await.expect_status(200);
    assert_eq!(answer.json()["user"]["username"], "grace");
}

#[tokio::test]
async fn a_mail_to_an_account_that_is_disabled_since_signs_nobody_in() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let (browser, mail) = magic_mail(&app).await;
    let account = security::account_of(&app, EMAIL).await;
    assert!(app.gate.operator().disable_account(account).await.unwrap());
    for by in By::BOTH {
        let answer = browser.post("/auth/magic-link/redeem").json(shown(&mail, by)).await;
        answer.expect_problem(400, "mail_token_invalid");
    }
}

#[tokio::test]
async fn where_nobody_signs_in_by_mail_any_more_an_earlier_mail_is_good_for_nothing() {
    let app = Setup::default().policy(|policy| policy.mail.magic_links = MagicLinks::Off).start().await;
    app.sign_up(EMAIL).await;
    app.clock.advance(mins(1));
    let body = json!({"email": EMAIL, "code": "12345678"});
    let answer = app.browser().post("/auth/magic-link/redeem").json(body).await;
    assert!([400, 404].contains(&answer.status.as_u16()), "{}", answer.text());
}
