//! `POST /admin/v1/rules/{id}/test`.

use gatewright_testkit::{
    TestApp,
    app::{Receiver, Reply},
};
use serde_json::json;

use crate::rules::{operator, webhook};

#[tokio::test]
async fn a_rule_can_be_tried() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let made = webhook(&app, &receiver, &["after"], &json!({})).await;
    let operator = operator(&app).await;
    let path = format!("/admin/v1/rules/{}", made["id"].as_str().unwrap());
    operator.patch(&path).json(json!({"enabled": false})).await.expect_status(200);
    let test = format!("{path}/test");
    let tested = operator.post(&test).await.expect_status(200).json();
    assert_eq!(tested, json!({"status": 200, "error": null}));
    let call = &receiver.calls_of("test")[0];
    assert_eq!(call.json()["data"]["rule_id"], made["id"]);
    assert!(call.is_signed_with(made["secret"].as_str().unwrap(), app.gate.now()));
    receiver.reply(Reply::Redirect("http://127.0.0.1:1/".to_owned()));
    assert_eq!(operator.post(&test).await.expect_status(200).json()["status"], 302);
    drop(receiver);
    let away = operator.post(&test).await.expect_status(200).json();
    assert!(away["status"].is_null() && away["error"].is_string(), "{away}");
}
