//! `/auth/account`.

use gatewright_testkit::TestApp;
use serde_json::json;

use crate::family::{EMAIL, family, grace};

#[tokio::test]
async fn se7_a_deleted_account_is_gone_with_its_sessions() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "body").await;
    grace.delete("/auth/account").await.expect_problem(403, "permission_denied");
    let answer = ada.copy().delete("/auth/account").await.expect_status(204);
    assert_eq!(answer.set_cookies().len(), 2, "its own cookies go");
    for browser in [&ada, &grace] {
        browser.get("/auth/me").await.expect_problem(401, "access_token_invalid");
        browser.refresh().await.expect_problem(401, "refresh_token_invalid");
    }
    let body = json!({"login": EMAIL, "password": gatewright_testkit::app::PASSWORD});
    app.browser().post("/auth/login").json(body).await.expect_problem(401, "invalid_credentials");
    app.sign_up(EMAIL).await;
}

#[tokio::test]
async fn az4_an_export_has_everything_but_credentials() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    grace(&app, "hybrid").await.get("/auth/account/export").await.expect_problem(403, "permission_denied");
    let export = ada.get("/auth/account/export").await.expect_status(200);
    let json = export.json();
    assert_eq!(json["users"].as_array().unwrap().len(), 3);
    assert_eq!(json["sessions"].as_array().unwrap().len(), 2);
    assert_eq!(json["activity"][0]["act"], "account_exported");
    for secret in ["argon2", "hash", "salt", "\"pin\"", "password", "gwr_", "secret", "epoch"] {
        assert!(!export.text().contains(secret), "{secret}");
    }
}
