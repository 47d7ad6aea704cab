//! `POST /auth/email/resend`.

use gatewright_testkit::{TestApp, app::mins};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{By, ask, shown, signs_up, strict},
    routes::{self, refuses_foreign_pages, refuses_members, refuses_other_bodies},
};

#[tokio::test]
async fn it_takes_an_address_and_nothing_else() {
    let app = TestApp::start().await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/email/resend");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    let invalid = "validation_failed";
    refuses_members(call, [(json!({}), invalid, "email"), (json!({"email": "no address"}), invalid, "email")]).await;
    let twice = call().cookies("__Host-gw_browser=a; __Host-gw_browser=b").json(json!({"email": EMAIL})).await;
    twice.expect_problem(400, "token_source_conflict");
}

#[tokio::test]
async fn who_has_not_proved_the_address_gets_another_mail_and_nobody_else_does() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    app.letters().await;
    let nobody = app.browser();
    let answer = nobody.post("/auth/email/resend").json(json!({"email": EMAIL})).await;
    assert_eq!(routes::shown(&answer), "202 Accepted");
    let mail = app.letter("verify_email", EMAIL).await;
    nobody.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_status(200);
    app.clock.advance(mins(30));
    for email in [EMAIL, "nobody@example.test"] {
        ask(&nobody, "/auth/email/resend", email).await;
    }
    assert!(app.letters().await.is_empty(), "it is proved, and nobody has the other one");
}

#[tokio::test]
async fn who_has_signed_up_in_this_browser_gets_the_mail_of_that_sign_up_again() {
    let app = strict().await;
    let (ada, eve) = (app.browser(), app.browser());
    signs_up(&ada, EMAIL).await.expect_status(202);
    signs_up(&eve, EMAIL).await.expect_status(202);
    app.letters().await;
    app.clock.advance(mins(2));
    ask(&ada, "/auth/email/resend", EMAIL).await;
    let mail = app.letter("sign_up", EMAIL).await;
    let answer = ada.post("/auth/email/verify").json(shown(&mail, By::Link)).await.expect_status(200);
    assert_eq!(answer.json()["status"], "signed_in");
}
