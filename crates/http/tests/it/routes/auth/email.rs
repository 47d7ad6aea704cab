//! `PUT /auth/email`.

mod confirm;
mod resend;
mod undo;
mod verify;

use gatewright_testkit::{TestApp, app::mins};
use serde_json::json;

use crate::{
    family::{EMAIL, family, grace},
    mail::change_mail,
    routes::{refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_strangers, shown},
};

const NEW_EMAIL: &str = "countess@example.test";

#[tokio::test]
async fn it_takes_a_fresh_owner_and_an_address() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let call = || ada.put("/auth/email");
    refuses_strangers(&app, |browser| browser.put("/auth/email").json(json!({"email": NEW_EMAIL}))).await;
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    let invalid = "validation_failed";
    refuses_members(
        call,
        [
            (json!({}), invalid, "email"),
            (json!({"email": "no address"}), invalid, "email"),
            (json!({"email": null}), invalid, "email"),
            (json!({"email": NEW_EMAIL, "email_verified": true}), invalid, "email_verified"),
        ],
    )
    .await;
    let grace = grace(&app, "body").await;
    let member = grace.put("/auth/email").json(json!({"email": NEW_EMAIL})).await;
    member.expect_problem(403, "permission_denied");
    app.clock.advance(mins(6));
    call().json(json!({"email": NEW_EMAIL})).await.expect_problem(403, "reauthentication_required");
    assert!(app.letters().await.iter().all(|mail| mail.kind != "confirm_email"));
}

#[tokio::test]
async fn nothing_changes_until_the_new_address_has_proved_itself() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.letters().await;
    let answer = ada.put("/auth/email").json(json!({"email": NEW_EMAIL})).await;
    let marked = "202 Accepted\n__Host-gw_browser=[mark]; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax";
    assert_eq!(shown(&answer), marked);
    let mail = app.letter("confirm_email", NEW_EMAIL).await;
    assert!(mail.link().starts_with("https://auth.example.test/confirm-email?token=gwm_"), "{}", mail.link());
    assert_eq!(ada.get("/auth/me").await.json()["account"]["email"], EMAIL);
    let acts = ada.get("/auth/activity").await.json();
    assert_eq!(acts["activity"][0]["act"], "email_change_asked");
}

#[tokio::test]
async fn another_spelling_of_the_own_address_may_be_asked_for() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let mail = change_mail(&app, &ada, "Ada@example.test").await;
    ada.post("/auth/email/confirm").json(json!({"token": mail.token()})).await.expect_status(204);
    assert_eq!(ada.get("/auth/me").await.json()["account"]["email"], "Ada@example.test");
}
