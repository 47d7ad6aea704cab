//! `POST /admin/v1/rules/{id}/rotate-secret`.

use gatewright_testkit::{TestApp, app::Receiver};
use serde_json::{Value, json};

use crate::rules::{EMAIL, deliver, operator, webhook};

#[tokio::test]
async fn while_a_secret_is_changed_each_call_is_signed_with_both() {
    let receiver = Receiver::start().await;
    let app = TestApp::start().await;
    let rule = webhook(&app, &receiver, &["after"], &json!({"acts": ["signed_up"]})).await;
    app.sign_up_in("body", EMAIL).await;
    let path = format!("/admin/v1/rules/{}", rule["id"].as_str().unwrap());
    let operator = operator(&app).await;
    let rotate = |step: &str| operator.post(&format!("{path}/rotate-secret")).json(json!({"step": step}));
    let begun = rotate("begin").await.expect_status(200).json();
    assert_eq!(begun["rotating"], true);
    let (old, new) = (rule["secret"].as_str().unwrap(), begun["secret"].as_str().unwrap());
    assert_ne!(old, new);
    let signed = |secret: &str| receiver.calls().last().unwrap().is_signed_with(secret, app.gate.now());
    deliver(&app).await;
    assert!(signed(old) && signed(new));
    let finished = rotate("finish").await.expect_status(200).json();
    assert_eq!((&finished["rotating"], &finished["secret"]), (&json!(false), &Value::Null));
    operator.post(&format!("{path}/test")).await.expect_status(200);
    assert!(!signed(old) && signed(new));
    rotate("begin").await.expect_status(200);
    let third = rotate("begin").await.expect_status(200).json();
    operator.post(&format!("{path}/test")).await.expect_status(200);
    assert!(!signed(new) && signed(third["secret"].as_str().unwrap()), "a second beginning drops the oldest");
}
