//! `POST /auth/password/reset`.

use gatewright_testkit::{TestApp, app::PASSWORD};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{By, NEW_PASSWORD, opens, reset_mail, shown, with},
    routes::{self, refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_what_no_mail_carried},
};

#[tokio::test]
async fn it_takes_what_the_mail_carried_and_a_password_that_will_do() {
    let app = crate::mail::unlimited().await;
    app.sign_up(EMAIL).await;
    let mail = reset_mail(&app).await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/password/reset");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    refuses_what_no_mail_carried(call, json!({"new_password": NEW_PASSWORD})).await;
    let invalid = "validation_failed";
    let (link, code) = (shown(&mail, By::Link), shown(&mail, By::Code));
    let table = [
        (link.clone(), invalid, "new_password"),
        (json!({"code": mail.code(), "new_password": NEW_PASSWORD}), invalid, "email"),
        (with(with(link.clone(), "code", mail.code()), "new_password", NEW_PASSWORD), invalid, "code"),
        (with(link.clone(), "new_password", ""), invalid, "new_password"),
        (with(link.clone(), "new_password", "1234567"), "password_too_short", "new_password"),
        (with(code.clone(), "new_password", "password1"), "password_too_common", "new_password"),
        (with(code, "new_password", "ada!!!!!1"), "password_too_common", "new_password"),
        (with(link.clone(), "new_password", "x".repeat(1025)), invalid, "new_password"),
    ];
    refuses_members(call, table).await;
    // Nothing of all this has used the mail up.
    call().json(with(link, "new_password", NEW_PASSWORD)).await.expect_status(204);
}

#[tokio::test]
async fn the_new_password_is_good_and_the_old_one_is_not() {
    for by in By::BOTH {
        let app = TestApp::start().await;
        app.sign_up(EMAIL).await;
        let mail = reset_mail(&app).await;
        let call = app.browser();
        let answer = call.post("/auth/password/reset").json(with(shown(&mail, by), "new_password", NEW_PASSWORD)).await;
        assert_eq!(routes::shown(&answer), "204 No Content");
        assert!(opens(&app, EMAIL, NEW_PASSWORD).await && !opens(&app, EMAIL, PASSWORD).await);
        let me = app.browser();
        let body = json!({"login": EMAIL, "password": NEW_PASSWORD});
        let answer = me.post("/auth/login").json(body).await.expect_status(200);
        assert_eq!(answer.json()["account"]["email_verified"], true, "the mail was read at this address");
        let acts = me.get("/auth/activity").await.json();
        assert!(acts["activity"].as_array().unwrap().iter().any(|entry| entry["act"] == "password_reset"));
    }
}

#[tokio::test]
async fn a_code_may_be_typed_in_groups() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let mail = reset_mail(&app).await;
    let code = mail.code();
    let typed = format!(" {}-{} ", &code[..4], &code[4..]);
    let body = json!({"email": "ADA@example.test", "code": typed, "new_password": NEW_PASSWORD});
    app.browser().post("/auth/password/reset").json(body).await.expect_status(204);
}
