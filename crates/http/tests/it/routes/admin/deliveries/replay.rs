//! `POST /admin/v1/deliveries/{id}/replay`.

use gatewright_testkit::{TestApp, app::Receiver};
use serde_json::json;

use crate::rules::{EMAIL, deliver, operator, webhook};

#[tokio::test]
async fn what_a_rule_that_is_gone_was_told_is_seen_and_not_replayed() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let made = webhook(&app, &receiver, &["after"], &json!({"acts": ["signed_up"]})).await;
    app.sign_up_in("body", EMAIL).await;
    deliver(&app).await;
    let operator = operator(&app).await;
    operator.delete(&format!("/admin/v1/rules/{}", made["id"].as_str().unwrap())).await.expect_status(204);
    let page = operator.get("/admin/v1/deliveries").await.expect_status(200).json();
    let path = format!("/admin/v1/deliveries/{}/replay", page["deliveries"][0]["id"].as_str().unwrap());
    operator.post(&path).await.expect_problem(404, "not_found");
}
