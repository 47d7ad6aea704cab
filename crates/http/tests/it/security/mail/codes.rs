//! Codes are short, so they cannot be tried at will; and who is tried at is not locked out by it.

use gatewright_testkit::{
    TestApp,
    app::{Answer, PASSWORD, mins, secs},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{By, ELSEWHERE, NEW_PASSWORD, ask, magic_mail, opens, reset_mail, shown, unlimited, with},
};

const RESET: &str = "/auth/password/reset";

async fn try_code(app: &TestApp, from: &str, email: &str, code: &str) -> Answer {
    let body = json!({"email": email, "code": code, "new_password": NEW_PASSWORD});
    app.browser().post(RESET).from(from).json(body).await
}

/// A code that is not this one.
fn other_than(code: &str, attempt: u32) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:08}", (number + 1 + attempt) % 100_000_000)
}

/// docs/attacks.md#guessing-a-code
#[tokio::test]
async fn ot4_the_code_of_a_mail_is_dead_after_five_wrong_ones_and_its_link_is_not() {
    let app = unlimited().await;
    app.sign_up(EMAIL).await;
    let mail = reset_mail(&app).await;
    for attempt in 0..5 {
        let answer = try_code(&app, ELSEWHERE, EMAIL, &other_than(&mail.code(), attempt)).await;
        answer.expect_problem(400, "mail_token_invalid");
    }
    try_code(&app, ELSEWHERE, EMAIL, &mail.code()).await.expect_problem(400, "mail_token_invalid");
    // Four leave it alive.
    let next = reset_mail(&app).await;
    for attempt in 0..4 {
        let answer = try_code(&app, ELSEWHERE, EMAIL, &other_than(&next.code(), attempt)).await;
        answer.expect_problem(400, "mail_token_invalid");
    }
    let link = with(shown(&mail, By::Link), "new_password", NEW_PASSWORD);
    assert!(opens(&app, EMAIL, PASSWORD).await);
    let app = app.restart(|_| {}).await;
    try_code(&app, ELSEWHERE, EMAIL, &mail.code()).await.expect_problem(400, "mail_token_invalid");
    app.browser().post(RESET).json(link).await.expect_status(204);
}

/// docs/attacks.md#guessing-a-code
#[tokio::test]
async fn ot4_fifty_tries_at_once_are_five_tries() {
    let app = unlimited().await;
    app.sign_up(EMAIL).await;
    let mail = reset_mail(&app).await;
    let mut racing = tokio::task::JoinSet::new();
    for attempt in 0..50 {
        let browser = app.browser();
        let body = json!({"email": EMAIL, "code": other_than(&mail.code(), attempt), "new_password": NEW_PASSWORD});
        racing.spawn(async move { browser.post(RESET).json(body).await.expect_problem(400, "mail_token_invalid") });
    }
    racing.join_all().await;
    try_code(&app, ELSEWHERE, EMAIL, &mail.code()).await.expect_problem(400, "mail_token_invalid");
}

/// docs/attacks.md#guessing-a-code
#[tokio::test]
async fn ot4_new_mails_buy_no_new_tries_and_a_hundred_wrong_codes_in_a_row_are_all() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    app.letters().await;
    let mut code = "00000000".to_owned();
    let mut wrong = 0;
    // Each from another address, so that nothing but the count of the account's address can stop it.
    for attempt in 0..2000_u32 {
        if attempt % 4 == 0 {
            ask(&app.browser(), "/auth/password/forgot", EMAIL).await;
            if let Some(mail) = app.letters().await.into_iter().rfind(|mail| mail.kind == "reset_password") {
                code = mail.code();
            }
        }
        let from = format!("198.51.{}.{}", 100 + attempt / 250, attempt % 250);
        let answer = try_code(&app, &from, EMAIL, &other_than(&code, attempt)).await;
        match answer.status.as_u16() {
            400 => wrong += 1,
            429 if wrong == 100 => break,
            429 => {
                let wait = answer.json()["retry_after"].as_u64().unwrap();
                assert!((1..=900).contains(&wait), "{wait}");
                app.clock.advance(secs(wait));
            }
            other => panic!("{other}: {}", answer.text()),
        }
    }
    assert_eq!(wrong, 100);
    app.clock.advance(mins(24 * 60));
    let app = app.restart(|_| {}).await;
    let mail = reset_mail(&app).await;
    try_code(&app, ELSEWHERE, EMAIL, &mail.code()).await.expect_problem(429, "rate_limited");
    // The link of the same mail is no guess. It is the way back for who is tried at, and with it codes are good again.
    let link = with(shown(&mail, By::Link), "new_password", NEW_PASSWORD);
    app.browser().post(RESET).from(ELSEWHERE).json(link).await.expect_status(204);
    app.clock.advance(mins(60));
    let mail = reset_mail(&app).await;
    try_code(&app, ELSEWHERE, EMAIL, &mail.code()).await.expect_status(204);
}

/// docs/attacks.md#guessing-a-code
#[tokio::test]
async fn ot4_a_code_is_tried_at_an_address_that_nobody_has_as_at_any_other() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let mut histories = Vec::new();
    for (email, from) in [(EMAIL, "198.51.100.1"), ("nobody@example.test", "198.51.100.2")] {
        ask(&app.browser(), "/auth/password/forgot", email).await;
        let mut history = Vec::new();
        for attempt in 0..9 {
            let answer = try_code(&app, from, email, &format!("1234567{attempt}")).await;
            let mut json = answer.json();
            json["request_id"] = serde_json::Value::Null;
            history.push((answer.status.as_u16(), json));
        }
        histories.push(history);
    }
    assert_eq!(histories[0], histories[1]);
    assert_eq!(
        histories[0].iter().map(|(status, _)| *status).collect::<Vec<_>>(),
        [400, 400, 400, 400, 400, 429, 429, 429, 429]
    );
}

/// docs/attacks.md#locking-somebody-out
#[tokio::test]
async fn au1_au3_who_is_locked_out_by_wrong_passwords_gets_back_in_by_mail() {
    for by_reset in [true, false] {
        let app = TestApp::start().await;
        app.sign_up(EMAIL).await;
        let mut failures = 0;
        for attempt in 0..600 {
            let from = format!("198.51.{}.{}", 100 + attempt / 250, attempt % 250);
            let body = json!({"login": EMAIL, "password": "a wrong guess"});
            let answer = app.browser().post("/auth/login").from(&from).json(body).await;
            match answer.status.as_u16() {
                401 => failures += 1,
                429 if failures == 100 => break,
                429 => app.clock.advance(secs(answer.json()["retry_after"].as_u64().unwrap())),
                other => panic!("{other}: {}", answer.text()),
            }
        }
        assert_eq!(failures, 100);
        let login = |password: &str| json!({"login": EMAIL, "password": password});
        let answer = app.browser().post("/auth/login").from(ELSEWHERE).json(login(PASSWORD)).await;
        answer.expect_problem(429, "rate_limited");
        if by_reset {
            let mail = reset_mail(&app).await;
            let body = with(shown(&mail, By::Code), "new_password", NEW_PASSWORD);
            app.browser().post(RESET).from(ELSEWHERE).json(body).await.expect_status(204);
            let answer = app.browser().post("/auth/login").from(ELSEWHERE).json(login(NEW_PASSWORD)).await;
            answer.expect_status(200);
        } else {
            let (browser, mail) = magic_mail(&app).await;
            let redeem = browser.post("/auth/magic-link/redeem").from(ELSEWHERE).json(shown(&mail, By::Link));
            assert_eq!(redeem.await.expect_status(200).json()["status"], "signed_in");
        }
    }
}
