//! `/auth/users/{id}/pin`.

use gatewright_testkit::TestApp;
use serde_json::json;

use crate::family::{family, grace};

#[tokio::test]
async fn a_pin_is_set_by_its_user_or_an_owner() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let grace = grace(&app, "hybrid").await;
    let eve = app.sign_up("eve@example.test").await;
    let pin_of = |id: String| format!("/auth/users/{id}/pin");
    let pin = json!({"pin": "1357"});
    grace.put(&pin_of(ada.user_id())).json(pin.clone()).await.expect_problem(403, "permission_denied");
    grace.delete(&pin_of(ada.user_id())).await.expect_problem(403, "permission_denied");
    ada.put(&pin_of(eve.user_id())).json(pin.clone()).await.expect_problem(404, "user_not_found");
    for bad in [json!({"pin": "123"}), json!({"pin": "12ab"}), json!({"pin": 1234}), json!({"pin": null}), json!({})] {
        let answer = grace.put(&pin_of(grace.user_id())).json(bad).await.expect_problem(422, "validation_failed");
        assert_eq!(answer.json()["field"], "pin");
    }
    grace.put(&pin_of(grace.user_id())).json(pin).await.expect_status(204);
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_problem(403, "pin_required");
    ada.delete(&pin_of(grace.user_id())).await.expect_status(204);
    ada.delete(&pin_of(grace.user_id())).await.expect_status(204);
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
}
