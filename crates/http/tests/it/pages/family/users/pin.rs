//! `/account/users/{id}/pin`: a PIN is set, changed and removed by who has proved of late who he is.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD, mins, secs},
};
use serde_json::json;

use super::{id_of, page_of, then_said};
use crate::{
    family::{PIN, family, grace},
    pages::{error_at, family::leads_to, form_token, press, send},
};

async fn set(browser: &Browser, path: &str, page: &Answer, pin: &str) -> Answer {
    press(browser, path, page, &[("act", "set"), ("pin", pin)]).await
}

async fn switch_to_kid(browser: &Browser, pin: Option<&str>) -> u16 {
    browser.copy().post("/auth/switch").json(json!({"username": "kid", "pin": pin})).await.status.as_u16()
}

#[tokio::test]
async fn au8_a_pin_takes_a_fresh_proof_before_it_is_typed() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let id = id_of(&ada, "kid").await;
    let path = format!("{}/pin", page_of(&id));
    let page = ada.get(&path).await.expect_status(200);
    app.clock.advance(mins(5) + secs(1));
    let expected = format!("../../../confirm-identity?next=/account/users/{id}/pin");
    assert_eq!(leads_to(&ada.get(&path).await), expected);
    assert_eq!(leads_to(&set(&ada, &path, &page, "8642").await), expected);
    ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    let page = ada.get(&path).await.expect_status(200);
    let answer = set(&ada, &path, &page, "8642").await;
    assert_eq!(then_said(&ada, &path, answer).await, "The PIN is set.");
    assert_eq!(switch_to_kid(&ada, Some(PIN)).await, 403, "the old one is gone");
    assert_eq!(switch_to_kid(&ada, Some("8642")).await, 200);
}

#[tokio::test]
async fn a_pin_is_removed_by_a_button_of_its_own_and_set_where_there_is_none() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let path = format!("{}/pin", page_of(&id_of(&ada, "kid").await));
    let page = ada.get(&path).await.expect_status(200);
    let refused = set(&ada, &path, &page, "97531x").await.expect_status(422);
    assert_eq!(error_at(&refused, "set-pin").as_deref(), Some("A PIN has four to eight digits."));
    assert!(!refused.text().contains("97531"), "never shown again: {}", refused.text());
    set(&ada, &path, &page, "").await.expect_status(422);
    let token = form_token(&page);
    send(&ada, &path, &[("form_token", &token), ("act", "dance")]).await.expect_status(422);
    assert_eq!(switch_to_kid(&ada, None).await, 403, "nothing has changed");
    let answer = press(&ada, &path, &page, &[("act", "remove")]).await;
    assert_eq!(then_said(&ada, &path, answer).await, "The PIN is removed.");
    assert_eq!(switch_to_kid(&ada, None).await, 200);
}

#[tokio::test]
async fn a_member_sets_its_own_pin_and_that_of_nobody_else() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let kid = id_of(&ada, "kid").await;
    let grace = grace(&app, "cookie").await;
    let path = format!("{}/pin", page_of(&grace.user_id()));
    let page = grace.get(&path).await.expect_status(200);
    assert!(!page.text().contains("value=\"remove\""), "there is none to remove");
    set(&grace, &path, &page, "1234").await.expect_status(303);
    let theirs = format!("{}/pin", page_of(&kid));
    // Nobody is asked for a password who may not do it at all.
    app.clock.advance(mins(5) + secs(1));
    grace.get(&theirs).await.expect_status(403);
    send(&grace, &theirs, &[("form_token", &form_token(&page)), ("act", "remove")]).await.expect_status(403);
    assert_eq!(switch_to_kid(&ada, None).await, 403);
}
