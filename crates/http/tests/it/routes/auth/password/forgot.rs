//! `POST /auth/password/forgot`.

use gatewright_testkit::{TestApp, app::PASSWORD};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{ask, opens},
    routes::{refuses_foreign_pages, refuses_members, refuses_other_bodies, shown},
};

#[tokio::test]
async fn it_takes_an_address_and_nothing_else() {
    let app = TestApp::start().await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/password/forgot");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    let invalid = "validation_failed";
    let table = [
        (json!({}), invalid, "email"),
        (json!({"email": "no address"}), invalid, "email"),
        (json!({"email": [EMAIL]}), invalid, "email"),
        (json!({"email": EMAIL, "redirect_to": "https://evil.test"}), invalid, "redirect_to"),
    ];
    refuses_members(call, table).await;
    assert!(app.letters().await.is_empty());
}

#[tokio::test]
async fn a_mail_goes_to_who_has_an_account_and_the_answer_is_empty_for_everybody() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    app.letters().await;
    let nobody = app.browser();
    let answer = nobody.post("/auth/password/forgot").json(json!({"email": "ADA@Example.test"})).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(shown(&answer), "202 Accepted");
    let mail = app.letter("reset_password", EMAIL).await;
    assert!(mail.link().starts_with("https://auth.example.test/reset-password?token=gwm_"), "{}", mail.link());
    ask(&nobody, "/auth/password/forgot", "nobody@example.test").await;
    assert!(app.letters().await.is_empty());
    assert!(opens(&app, EMAIL, PASSWORD).await);
}
