//! X2: a refresh, an access and a selection token do for each other.

use gatewright_testkit::TestApp;
use serde_json::json;

use crate::family::{EMAIL, family};

/// docs/attacks.md#interchangeable-tokens
#[tokio::test]
async fn jw8_each_kind_of_token_is_good_for_its_own_calls_only() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let login = app.browser();
    let body = json!({"login": EMAIL, "password": gatewright_testkit::app::PASSWORD});
    login.post("/auth/login").json(body).await.expect_status(200);
    let (access, refresh, selection) = (ada.access_token(), ada.refresh_token(), login.selection_token());
    let nobody = app.browser();
    for wrong in [&refresh, &selection] {
        nobody.get("/auth/me").bearer(wrong).await.expect_problem(401, "access_token_invalid");
        let to = json!({"username": "grace"});
        nobody.post("/auth/switch").bearer(wrong).json(to).await.expect_problem(401, "access_token_invalid");
        nobody.get("/auth/me").cookies(format!("__Host-gw_at_abcdef01={wrong}")).await.expect_status(401);
    }
    for wrong in [&access, &selection] {
        nobody.post("/auth/refresh").bearer(wrong).await.expect_problem(401, "refresh_token_invalid");
        let body = json!({"refresh_token": wrong});
        nobody.post("/auth/refresh").json(body.clone()).await.expect_problem(401, "refresh_token_invalid");
        nobody.post("/auth/logout").json(body).await.expect_problem(401, "refresh_token_invalid");
    }
    for wrong in [&access, &refresh] {
        let body = json!({"selection_token": wrong, "username": "grace"});
        nobody.post("/auth/select").json(body).await.expect_problem(401, "selection_token_invalid");
        let choice = json!({"username": "grace"});
        nobody.post("/auth/select").bearer(wrong).json(choice).await.expect_problem(401, "selection_token_invalid");
    }
    nobody.post("/auth/logout").bearer(&selection).await.expect_problem(401, "access_token_invalid");
    // Each is still good for what it is for: nothing above has spent or ended anything.
    nobody.get("/auth/me").bearer(&access).await.expect_status(200);
    nobody.post("/auth/refresh").bearer(&refresh).await.expect_status(200);
    let choice = json!({"username": "grace"});
    nobody.post("/auth/select").bearer(&selection).json(choice).await.expect_status(200);
}
