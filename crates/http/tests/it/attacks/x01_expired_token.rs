//! X1: an expired token is accepted.

use gatewright_testkit::{
    TestApp,
    app::{mins, secs},
};
use serde_json::json;

/// docs/attacks.md#expired-token
#[tokio::test]
async fn an_expired_access_token_is_refused_everywhere() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", "ada@example.test").await;
    app.clock.advance(mins(10) - secs(1));
    ada.get("/auth/me").await.expect_status(200);
    app.clock.advance(secs(1));
    for path in ["/auth/me", "/auth/users", "/auth/sessions", "/auth/activity", "/auth/account/export"] {
        ada.get(path).await.expect_problem(401, "access_token_expired");
    }
    let to = json!({"username": "ada"});
    ada.post("/auth/switch").json(to).await.expect_problem(401, "access_token_expired");
    let logout = ada.post("/auth/logout").await.expect_problem(401, "access_token_expired");
    assert_eq!(logout.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
}

/// docs/attacks.md#expired-token
#[tokio::test]
async fn an_expired_access_cookie_is_refused_although_the_browser_sent_it() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", "ada@example.test").await;
    let cookies = ada.cookie_header().unwrap();
    app.clock.advance(mins(10));
    ada.get("/auth/me").cookies(cookies).await.expect_problem(401, "access_token_expired");
}
