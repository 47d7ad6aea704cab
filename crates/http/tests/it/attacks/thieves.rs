//! Thieves of a refresh token: one who goes first, one who goes second, and what neither is told.

use gatewright_testkit::{
    TestApp,
    app::{Answer, days, mins, secs},
};

use crate::family::{EMAIL, family};

const KEY: &str = "the-retry-key-of-the-victim";
const OTHER_KEY: &str = "the-retry-key-of-the-thief";

async fn present(app: &TestApp, token: &str, key: Option<&str>) -> Answer {
    let browser = app.browser();
    let call = browser.post("/auth/refresh").bearer(token);
    match key {
        Some(key) => call.header("idempotency-key", key).await,
        None => call.await,
    }
}

fn token(answer: &Answer) -> String {
    answer.json()["refresh_token"].as_str().unwrap().to_owned()
}

/// docs/attacks.md#leading-thief
#[tokio::test]
async fn se2_a_thief_who_refreshes_first_is_out_at_the_victims_next_refresh() {
    for key_of_thief in [None, Some(OTHER_KEY)] {
        for later in [secs(31), mins(5), days(3)] {
            let app = TestApp::start().await;
            let stolen = app.sign_up_in("body", EMAIL).await.refresh_token();
            app.clock.advance(mins(2));
            let led = token(&present(&app, &stolen, key_of_thief).await.expect_status(200));
            app.clock.advance(later);
            // To a server without retry keys this is an honest client whose answer was lost.
            present(&app, &stolen, Some(KEY)).await.expect_problem(401, "refresh_token_reused");
            present(&app, &led, key_of_thief).await.expect_problem(401, "refresh_token_invalid");
        }
    }
}

/// docs/attacks.md#following-thief
#[tokio::test]
async fn se2_a_thief_who_follows_has_no_second_guess_at_the_retry_key() {
    let app = TestApp::start().await;
    let stolen = app.sign_up_in("body", EMAIL).await.refresh_token();
    app.clock.advance(mins(2));
    let next = token(&present(&app, &stolen, Some(KEY)).await.expect_status(200));
    app.clock.advance(secs(31));
    present(&app, &stolen, Some(OTHER_KEY)).await.expect_problem(401, "refresh_token_reused");
    for key in [Some(KEY), Some(OTHER_KEY), None] {
        present(&app, &stolen, key).await.expect_problem(401, "refresh_token_invalid");
        present(&app, &next, key).await.expect_problem(401, "refresh_token_invalid");
    }
}

/// docs/attacks.md#following-thief
#[tokio::test]
async fn a_retry_key_counts_no_longer_once_somebody_came_with_another() {
    let app = TestApp::start().await;
    let stolen = app.sign_up_in("body", EMAIL).await.refresh_token();
    app.clock.advance(mins(2));
    let next = token(&present(&app, &stolen, Some(KEY)).await.expect_status(200));
    app.clock.advance(secs(20));
    assert_eq!(token(&present(&app, &stolen, Some(OTHER_KEY)).await.expect_status(200)), next);
    app.clock.advance(secs(11));
    present(&app, &stolen, Some(KEY)).await.expect_problem(401, "refresh_token_reused");
    present(&app, &next, None).await.expect_problem(401, "refresh_token_invalid");
}

/// docs/attacks.md#old-token-as-a-weapon
#[tokio::test]
async fn who_finds_an_old_token_ends_its_session_and_no_other_and_is_told_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let phone = app.log_in(EMAIL, None, "body").await;
    let found = ada.refresh_token();
    for _ in 0..3 {
        app.clock.advance(mins(10));
        ada.refresh().await.expect_status(200);
        phone.refresh().await.expect_status(200);
    }
    let answer = present(&app, &found, None).await.expect_problem(401, "refresh_token_reused");
    assert!(answer.set_cookies().is_empty());
    let told = answer.json();
    let names: Vec<&str> = told.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["code", "detail", "request_id", "status", "title", "type"]);
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
    phone.get("/auth/me").await.expect_status(200);
    app.clock.advance(mins(10));
    phone.refresh().await.expect_status(200);
}

/// docs/attacks.md#lockstep
#[tokio::test]
async fn nothing_that_a_copied_access_token_can_read_tells_that_its_victim_has_just_refreshed() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let stolen = ada.access_token();
    app.clock.advance(mins(2));
    let read = async || {
        let mut seen = Vec::new();
        for path in ["/auth/me", "/auth/sessions", "/auth/users", "/auth/activity"] {
            seen.push(app.browser().get(path).bearer(&stolen).await.expect_status(200).json());
        }
        seen
    };
    let before = read().await;
    let spent = ada.refresh_token();
    ada.refresh().await.expect_status(200);
    assert_ne!(ada.refresh_token(), spent);
    assert_eq!(read().await, before);
}
