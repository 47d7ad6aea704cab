//! `POST /auth/revoke` (RFC 7009).

use gatewright::core::model::Right;
use gatewright_testkit::{
    TestApp,
    app::{Answer, mins},
};
use serde_json::json;

use super::introspect::{FORM, key};
use crate::family::{EMAIL, family, grace};

async fn revoke(app: &TestApp, token: &str) -> Answer {
    let key = key(app, &[Right::TokensRevoke]).await;
    app.browser().post("/auth/revoke").fetch_site(None).bearer(key).raw(FORM, format!("token={token}")).await
}

#[tokio::test]
async fn oa1_revoking_a_refresh_token_ends_its_session_and_no_other() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let grace = grace(&app, "body").await;
    revoke(&app, &ada.refresh_token()).await.expect_status(200);
    ada.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
    grace.get("/auth/me").await.expect_status(200);
    let entries = grace.get("/auth/activity").await.json();
    assert!(entries["activity"].as_array().unwrap().iter().all(|entry| entry["act"] != json!("token_revoked")));
}

#[tokio::test]
async fn revoking_an_access_token_ends_its_session() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    revoke(&app, &ada.access_token()).await.expect_status(200);
    ada.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
    let again = app.log_in(EMAIL, None, "hybrid").await;
    let entries = again.get("/auth/activity").await.json();
    let entry = entries["activity"].as_array().unwrap().iter().find(|entry| entry["act"] == json!("token_revoked"));
    assert_eq!(entry.unwrap()["actor"]["kind"], json!("service_key"));
}

#[tokio::test]
async fn oa1_a_spent_token_ends_its_session_as_well() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let spent = ada.refresh_token();
    app.clock.advance(mins(10));
    ada.refresh().await.expect_status(200);
    revoke(&app, &spent).await.expect_status(200);
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
}

#[tokio::test]
async fn oa1_what_is_no_token_of_ours_is_answered_alike_and_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let refresh = ada.refresh_token();
    let forged = format!("{}A", &refresh[..refresh.len() - 1]);
    let done = revoke(&app, "nonsense").await.expect_status(200);
    assert_eq!(done.text(), "");
    for token in [&forged, "gwr_", "eyJ.e30.AA", &"x".repeat(9000)] {
        revoke(&app, token).await.expect_status(200);
    }
    ada.get("/auth/me").await.expect_status(200);
    revoke(&app, &refresh).await.expect_status(200);
    revoke(&app, &refresh).await.expect_status(200);
}

#[tokio::test]
async fn oa1_a_stranger_learns_nothing_and_ends_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let stranger = app.browser();
    let call = |token: String| stranger.post("/auth/revoke").fetch_site(None).raw(FORM, format!("token={token}"));
    let real = call(ada.refresh_token()).await.expect_problem(401, "service_key_invalid");
    let none = call("nonsense".to_owned()).await.expect_problem(401, "service_key_invalid");
    let masked = |answer: &Answer| {
        let mut json = answer.json();
        json["request_id"] = json!(null);
        json
    };
    assert_eq!(masked(&real), masked(&none));
    let asks = key(&app, &[Right::TokensIntrospect]).await;
    let denied = stranger.post("/auth/revoke").fetch_site(None).bearer(asks);
    denied.raw(FORM, format!("token={}", ada.refresh_token())).await.expect_problem(403, "permission_denied");
    ada.get("/auth/me").await.expect_status(200);
}
