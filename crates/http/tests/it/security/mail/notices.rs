//! What an account is told of without asking (SECURITY AU7).

use gatewright_testkit::{
    TestApp,
    app::{Mail, PASSWORD, days, mins, secs},
};
use serde_json::json;

use crate::{
    family::{EMAIL, PIN, family},
    mail::{By, ELSEWHERE, NEW_PASSWORD, change_mail, log_in, magic_mail, proved, reset_mail, shown, with},
};

fn kinds(mails: &[Mail]) -> Vec<(&str, &str)> {
    mails.iter().map(|mail| (mail.kind, mail.to.as_str())).collect()
}

/// docs/attacks.md#what-the-owner-is-told
#[tokio::test]
async fn au7_a_device_that_was_not_seen_before_is_told_of_and_a_known_one_is_not() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    app.letters().await;
    log_in(&app, EMAIL, PASSWORD).await.expect_status(200);
    assert_eq!(kinds(&app.letters().await), []);
    for (from, agent) in [(ELSEWHERE, "browser/1"), ("203.0.113.7", "browser/1"), (ELSEWHERE, "browser/2")] {
        for known in [false, true] {
            let body = json!({"login": EMAIL, "password": PASSWORD});
            let call = app.browser();
            let call = call.post("/auth/login").from(from).header("user-agent", agent).json(body);
            call.await.expect_status(200);
            let mails = app.letters().await;
            let expected = if known { vec![] } else { vec![("new_device", EMAIL)] };
            assert_eq!(kinds(&mails), expected, "{from} {agent}");
            assert!(mails.iter().all(|mail| mail.text.contains(from)), "it tells from where");
        }
    }
    // Also by mail, and when a user is chosen.
    let (_, mail) = magic_mail(&app).await;
    let call = app.browser();
    call.post("/auth/magic-link/redeem").from("198.51.100.77").json(shown(&mail, By::Code)).await.expect_status(200);
    assert_eq!(kinds(&app.letters().await), [("new_device", EMAIL)]);
}

/// docs/attacks.md#what-the-owner-is-told
#[tokio::test]
async fn au7_another_password_is_told_of() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.letters().await;
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    ada.put("/auth/password").json(change).await.expect_status(204);
    assert_eq!(kinds(&app.letters().await), [("password_changed", EMAIL)]);
    let mail = reset_mail(&app).await;
    let reset = with(shown(&mail, By::Link), "new_password", PASSWORD);
    ada.post("/auth/password/reset").from(ELSEWHERE).json(reset.clone()).await.expect_status(204);
    let told = app.letters().await;
    assert_eq!(kinds(&told), [("password_changed", EMAIL)]);
    assert!(told[0].text.contains(ELSEWHERE));
    ada.post("/auth/password/reset").json(reset).await.expect_status(400);
    assert_eq!(kinds(&app.letters().await), [], "what did not happen is told to nobody");
}

/// docs/attacks.md#what-the-owner-is-told
#[tokio::test]
async fn au7_another_address_is_told_of_at_the_old_one() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let mail = change_mail(&app, &ada, "countess@example.test").await;
    ada.post("/auth/email/confirm").json(shown(&mail, By::Link)).await.expect_status(204);
    let told = app.letters().await;
    assert_eq!(kinds(&told), [("email_changed", EMAIL)]);
    assert!(!told[0].text.contains("countess@example.test"), "the old address need not learn the whole of the new one");
    // From now on everything goes to the new one.
    let change = json!({"current_password": PASSWORD, "new_password": NEW_PASSWORD});
    ada.put("/auth/password").json(change).await.expect_status(204);
    assert_eq!(kinds(&app.letters().await), [("password_changed", "countess@example.test")]);
}

/// docs/attacks.md#refresh-replay
#[tokio::test]
async fn au7_a_copied_session_is_told_of() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.letters().await;
    let stolen = ada.refresh_token();
    for _ in 0..2 {
        app.clock.advance(mins(10));
        ada.refresh().await.expect_status(200);
    }
    app.refresh(stolen.clone()).await.expect_problem(401, "refresh_token_reused");
    assert_eq!(kinds(&app.letters().await), [("session_theft", EMAIL)]);
    app.refresh(stolen).await.expect_problem(401, "refresh_token_invalid");
    assert_eq!(kinds(&app.letters().await), [], "once");
}

/// docs/attacks.md#what-the-owner-is-told
#[tokio::test]
async fn au7_the_right_password_and_then_the_wrong_pin_is_told_of_and_not_every_time() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    proved(&app, &ada).await;
    let choose = async |pin: &str| {
        let half = app.log_in(EMAIL, None, "body").await;
        let body = json!({"selection_token": half.selection_token(), "username": "kid", "pin": pin});
        half.post("/auth/select").json(body).await
    };
    choose(PIN).await.expect_status(200);
    assert_eq!(kinds(&app.letters().await), []);
    for _ in 0..4 {
        choose("0000").await.expect_problem(403, "pin_invalid");
    }
    let told = app.letters().await;
    assert_eq!(kinds(&told), [("second_step_failed", EMAIL)]);
    assert!(told[0].text.contains("kid"), "{}", told[0].text);
    app.clock.advance(days(1) + secs(1));
    choose("0000").await.expect_problem(403, "pin_invalid");
    assert_eq!(kinds(&app.letters().await), [("second_step_failed", EMAIL)]);
}
