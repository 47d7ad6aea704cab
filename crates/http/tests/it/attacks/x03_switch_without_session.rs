//! X3: switching user with the token of a login that was not finished, or of a session that has ended.

use gatewright_testkit::{TestApp, app::PASSWORD};
use serde_json::json;

use crate::family::{EMAIL, family};

/// docs/attacks.md#switch-without-a-session
#[tokio::test]
async fn a_logged_out_session_cannot_be_switched() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let token = ada.access_token();
    ada.post("/auth/logout").await.expect_status(204);
    let switch = ada.post("/auth/switch").bearer(token).json(json!({"username": "grace"}));
    switch.await.expect_problem(401, "access_token_invalid");
}

/// docs/attacks.md#switch-without-a-session
#[tokio::test]
async fn a_login_that_was_not_finished_cannot_be_switched() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let login = app.browser();
    let body = json!({"login": EMAIL, "password": PASSWORD});
    login.post("/auth/login").json(body).await.expect_status(200);
    let switch = login.post("/auth/switch").bearer(login.selection_token()).json(json!({"username": "grace"}));
    switch.await.expect_problem(401, "access_token_invalid");
}

/// docs/attacks.md#switch-without-a-session
#[tokio::test]
async fn a_selection_token_opens_one_session() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let login = app.browser();
    let body = json!({"login": EMAIL, "password": PASSWORD});
    login.post("/auth/login").json(body).await.expect_status(200);
    let choice = json!({"selection_token": login.selection_token(), "username": "grace"});
    login.post("/auth/select").json(choice.clone()).await.expect_status(200);
    app.browser().post("/auth/select").json(choice).await.expect_problem(401, "selection_token_invalid");
}
