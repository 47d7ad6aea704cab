//! `POST /auth/email/undo`.

use gatewright_testkit::{
    TestApp,
    app::{Browser, Mail, PASSWORD, days, secs},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{By, NEW_PASSWORD, change_mail, is_signed_in, opens, shown, signs_up, unlimited, with},
    routes::{self, refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_what_no_mail_carried},
};

const NEW_EMAIL: &str = "countess@example.test";

/// Somebody who sat down at Ada's computer has given the account another address. Ada's mail about it.
async fn changed(app: &TestApp) -> (Browser, Mail) {
    let thief = app.sign_up_in("body", EMAIL).await;
    let mail = change_mail(app, &thief, NEW_EMAIL).await;
    thief.post("/auth/email/confirm").json(shown(&mail, By::Link)).await.expect_status(204);
    let told = app.letter("email_changed", EMAIL).await;
    assert!(told.link().starts_with("https://auth.example.test/undo-email?token=gwm_"), "{}", told.link());
    (thief, told)
}

#[tokio::test]
async fn it_takes_what_the_mail_carried() {
    let app = unlimited().await;
    let (_, told) = changed(&app).await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/email/undo");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    refuses_what_no_mail_carried(call, json!({})).await;
    let invalid = "validation_failed";
    let both = with(shown(&told, By::Link), "code", told.code());
    refuses_members(call, [(json!({"code": told.code()}), invalid, "email"), (both, invalid, "code")]).await;
    call().json(shown(&told, By::Link)).await.expect_status(204);
}

#[tokio::test]
async fn the_old_address_is_back_and_whoever_changed_it_is_out() {
    for by in By::BOTH {
        let app = TestApp::start().await;
        let (thief, told) = changed(&app).await;
        let new = json!({"current_password": PASSWORD, "new_password": "the sentence of the thief"});
        thief.put("/auth/password").json(new).await.expect_status(204);
        app.letters().await;
        app.clock.advance(days(3) - secs(1));
        let again = app.browser();
        let login = json!({"login": NEW_EMAIL, "password": "the sentence of the thief", "transport": "body"});
        again.post("/auth/login").json(login).await.expect_status(200);
        let answer = app.browser().post("/auth/email/undo").json(shown(&told, by)).await;
        assert_eq!(routes::shown(&answer), "204 No Content");
        assert!(!is_signed_in(&thief).await && !is_signed_in(&again).await);
        for email in [EMAIL, NEW_EMAIL] {
            for password in [PASSWORD, "the sentence of the thief"] {
                assert!(!opens(&app, email, password).await, "{email} {password}");
            }
        }
        let reset = app.letter("reset_password", EMAIL).await;
        let body = with(shown(&reset, by), "new_password", NEW_PASSWORD);
        app.browser().post("/auth/password/reset").json(body).await.expect_status(204);
        let acts = app.browser();
        let login = json!({"login": EMAIL, "password": NEW_PASSWORD, "transport": "body"});
        acts.post("/auth/login").json(login).await.expect_status(200);
        let acts = acts.get("/auth/activity").await.json();
        let undone = acts["activity"].as_array().unwrap().iter().filter(|entry| entry["act"] == "email_change_undone");
        assert_eq!(undone.count(), 1);
        assert!(opens(&app, EMAIL, NEW_PASSWORD).await && !opens(&app, NEW_EMAIL, NEW_PASSWORD).await);
    }
}

#[tokio::test]
async fn after_three_days_it_is_too_late() {
    for by in By::BOTH {
        let app = TestApp::start().await;
        let (thief, told) = changed(&app).await;
        app.clock.advance(days(3));
        let answer = app.browser().post("/auth/email/undo").json(shown(&told, by)).await;
        answer.expect_problem(400, "mail_token_invalid");
        thief.refresh().await.expect_status(200);
        assert!(opens(&app, NEW_EMAIL, PASSWORD).await);
    }
}

/// Who has the new address cannot change it again to get rid of the old one's way back.
#[tokio::test]
async fn a_second_change_does_not_take_the_way_back_from_the_first_address() {
    let app = TestApp::start().await;
    let (thief, told) = changed(&app).await;
    let mail = change_mail(&app, &thief, "third@example.test").await;
    thief.post("/auth/email/confirm").json(shown(&mail, By::Link)).await.expect_status(204);
    app.browser().post("/auth/email/undo").json(shown(&told, By::Link)).await.expect_status(204);
    assert!(!is_signed_in(&thief).await);
    app.letter("reset_password", EMAIL).await;
}

#[tokio::test]
async fn an_old_address_that_somebody_took_meanwhile_is_not_taken_from_them() {
    let app = TestApp::start().await;
    let (thief, told) = changed(&app).await;
    let eve = app.browser();
    signs_up(&eve, EMAIL).await.expect_status(201);
    let refused = app.browser().post("/auth/email/undo").json(shown(&told, By::Link)).await;
    assert!([400, 409].contains(&refused.status.as_u16()), "{}", refused.text());
    assert_eq!(eve.get("/auth/me").await.json()["account"]["email"], EMAIL);
    assert_eq!(thief.get("/auth/me").await.json()["account"]["email"], NEW_EMAIL);
}
