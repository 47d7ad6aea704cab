//! X12: the old refresh token lives on after a switch, the access token after a logout.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins},
};
use serde_json::json;

use crate::family::family;

/// docs/attacks.md#tokens-outlive-their-session
#[tokio::test]
async fn after_a_switch_the_old_tokens_are_dead() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let (access, refresh) = (ada.access_token(), ada.refresh_token());
    app.clock.advance(mins(2));
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
    let nobody = app.browser();
    nobody.get("/auth/me").bearer(&access).await.expect_problem(401, "access_token_invalid");
    app.refresh(&refresh).await.expect_problem(401, "refresh_token_invalid");
    let switch = nobody.post("/auth/switch").bearer(access).json(json!({"username": "grace"}));
    switch.await.expect_problem(401, "access_token_invalid");
    ada.get("/auth/me").await.expect_status(200);
}

/// docs/attacks.md#tokens-outlive-their-session
#[tokio::test]
async fn se6_after_a_logout_both_tokens_are_dead_here_at_once() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", "ada@example.test").await;
    let (access, refresh) = (ada.access_token(), ada.refresh_token());
    ada.post("/auth/logout").await.expect_status(204);
    app.browser().get("/auth/me").bearer(&access).await.expect_problem(401, "access_token_invalid");
    app.refresh(refresh).await.expect_problem(401, "refresh_token_invalid");
    // Logging out again is no error.
    app.browser().post("/auth/logout").bearer(access).await.expect_status(204);
}

/// docs/attacks.md#tokens-outlive-their-session
#[tokio::test]
async fn au9_proving_oneself_anew_gives_a_new_session_and_ends_the_copied_one() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", "ada@example.test").await;
    let thief = ada.copy();
    app.clock.advance(mins(6));
    ada.refresh().await.expect_status(200);
    ada.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    assert_ne!(ada.session_id(), thief.session_id());
    thief.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    thief.refresh().await.expect_problem(401, "refresh_token_invalid");
    ada.get("/auth/account/export").await.expect_status(200);
}
