//! `POST /auth/email/confirm`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{By, change_mail, is_signed_in, opens, shown, signs_up, unlimited, with},
    routes::{
        self, expect_field, refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_what_no_mail_carried,
    },
};

const NEW_EMAIL: &str = "countess@example.test";

#[tokio::test]
async fn it_takes_what_the_mail_carried() {
    let app = unlimited().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let mail = change_mail(&app, &ada, NEW_EMAIL).await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/email/confirm");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    refuses_what_no_mail_carried(call, json!({})).await;
    let both = with(shown(&mail, By::Link), "code", mail.code());
    refuses_members(call, [(both, "validation_failed", "code")]).await;
    assert_eq!(ada.get("/auth/me").await.json()["account"]["email"], EMAIL);
}

#[tokio::test]
async fn the_account_has_the_new_address_and_who_is_signed_in_stays_so() {
    for by in By::BOTH {
        let app = TestApp::start().await;
        let ada = app.sign_up_in("body", EMAIL).await;
        let mail = change_mail(&app, &ada, NEW_EMAIL).await;
        let answer = app.browser().post("/auth/email/confirm").json(shown(&mail, by)).await;
        assert_eq!(routes::shown(&answer), "204 No Content");
        let account = ada.get("/auth/me").await.json()["account"].clone();
        assert_eq!((&account["email"], &account["email_verified"]), (&json!(NEW_EMAIL), &json!(true)));
        assert!(is_signed_in(&ada).await);
        assert!(opens(&app, NEW_EMAIL, PASSWORD).await && !opens(&app, EMAIL, PASSWORD).await);
        assert_eq!(ada.get("/auth/activity").await.json()["activity"][0]["act"], "logged_in");
    }
}

#[tokio::test]
async fn a_code_without_an_address_is_for_the_one_that_was_asked_for() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let path = "/auth/email/confirm";
    let none = ada.post(path).json(json!({"code": "12345678"})).await;
    none.expect_problem(400, "mail_token_invalid");
    let mail = change_mail(&app, &ada, NEW_EMAIL).await;
    let body = json!({"code": mail.code()});
    expect_field(app.browser().post(path).json(body.clone()).await, "validation_failed", "email");
    let garbage = app.browser().post(path).bearer("garbage").json(body.clone()).await;
    garbage.expect_problem(401, "access_token_invalid");
    ada.post(path).json(body).await.expect_status(204);
    assert_eq!(ada.get("/auth/me").await.json()["account"]["email"], NEW_EMAIL);
}

#[tokio::test]
async fn an_address_that_somebody_took_meanwhile_is_not_given_twice_and_nothing_changes() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let mail = change_mail(&app, &ada, NEW_EMAIL).await;
    let eve = app.browser();
    signs_up(&eve, NEW_EMAIL).await.expect_status(201);
    app.letters().await;
    let refused = ada.post("/auth/email/confirm").json(shown(&mail, By::Link)).await;
    assert!([400, 409].contains(&refused.status.as_u16()), "{}", refused.text());
    assert_eq!(ada.get("/auth/me").await.json()["account"]["email"], EMAIL);
    assert_eq!(eve.get("/auth/me").await.json()["account"]["email"], NEW_EMAIL);
    assert!(opens(&app, EMAIL, PASSWORD).await);
    assert!(
        app.letters().await.iter().all(|mail| mail.kind != "email_changed"),
        "nobody is told of what did not happen"
    );
}

#[tokio::test]
async fn asking_for_an_address_that_is_taken_gives_nothing_to_confirm() {
    let app = TestApp::start().await;
    let eve = app.sign_up_in("body", NEW_EMAIL).await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.letters().await;
    ada.put("/auth/email").json(json!({"email": NEW_EMAIL})).await.expect_status(202);
    let mail = app.letter("already_signed_up", NEW_EMAIL).await;
    assert!(!mail.text.contains("gwm_"));
    app.clock.advance(mins(2));
    assert_eq!(eve.get("/auth/me").await.json()["account"]["email"], NEW_EMAIL);
}
