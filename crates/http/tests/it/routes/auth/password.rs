//! `PUT /auth/password`.

use gatewright_testkit::{TestApp, app::PASSWORD};
use serde_json::json;

use crate::family::{EMAIL, family, grace};

const NEW: &str = "quite another sentence";

#[tokio::test]
async fn pw10_a_change_takes_an_owner_the_current_password_and_a_good_new_one() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let grace = grace(&app, "body").await;
    let body = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    grace.put("/auth/password").json(body(PASSWORD, NEW)).await.expect_problem(403, "permission_denied");
    for (new, code) in [("short", "password_too_short"), ("ada1234567890", "password_too_common")] {
        let answer = ada.put("/auth/password").json(body(PASSWORD, new)).await.expect_problem(422, code);
        assert_eq!(answer.json()["field"], "new_password");
    }
    for _ in 0..5 {
        ada.put("/auth/password").json(body("wrong wrong", NEW)).await.expect_problem(401, "invalid_credentials");
    }
    ada.put("/auth/password").json(body(PASSWORD, NEW)).await.expect_problem(429, "rate_limited");
}

#[tokio::test]
async fn a_change_ends_every_other_session_of_the_account() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let (phone, grace) = (app.log_in(EMAIL, Some("ada"), "body").await, grace(&app, "body").await);
    let body = json!({"current_password": PASSWORD, "new_password": NEW});
    ada.put("/auth/password").json(body).await.expect_status(204);
    for ended in [&phone, &grace] {
        ended.get("/auth/me").await.expect_status(401);
        ended.refresh().await.expect_status(401);
    }
    ada.get("/auth/me").await.expect_status(200);
    let old = json!({"login": EMAIL, "password": PASSWORD});
    app.browser().post("/auth/login").json(old).await.expect_problem(401, "invalid_credentials");
    let new = json!({"login": EMAIL, "password": NEW});
    app.browser().post("/auth/login").json(new).await.expect_status(200);
}
