//! `/admin/v1/rules`: webhooks. How they are asked and told is tried in `rules`.

mod rotate_secret;
mod test;

use gatewright_testkit::{TestApp, app::Receiver};
use serde_json::{Value, json};

use crate::rules::{NAMESPACE, operator, refuses, webhook};

fn rule(receiver: &Receiver) -> Value {
    json!({"name": "the shop", "url": receiver.url(), "moments": ["before_token", "after"], "namespace": NAMESPACE})
}

#[tokio::test]
async fn what_is_no_rule_is_refused_with_its_field() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let operator = operator(&app).await;
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("a\nb")),
        ("url", json!("ftp://example.com/")),
        ("url", json!("https://user:password@example.com/")),
        ("url", json!("http://10.0.0.1/")),
        ("url", json!("http://169.254.169.254/latest/meta-data")),
        ("url", json!(format!("https://example.com/{}", "x".repeat(2048)))),
        ("moments", json!([])),
        ("moments", json!(["before_lunch"])),
        ("acts", json!(["refreshed"])),
        ("timeout", json!(0)),
        ("timeout", json!(6)),
        ("on_failure", json!("maybe")),
        ("namespace", json!("roles")),
        ("namespace", json!("https://shop.example.com")),
        ("namespace", Value::Null),
        ("secret", json!("whsec_mine")),
    ] {
        let mut body = rule(&receiver);
        body[field] = value.clone();
        let problem = operator.post("/admin/v1/rules").json(body).await.expect_problem(422, "validation_failed").json();
        assert_eq!(problem["field"], field, "{value}");
    }
    assert_eq!(operator.get("/admin/v1/rules").await.expect_status(200).json(), json!({"rules": []}));
}

#[tokio::test]
async fn a_secret_is_shown_once_and_each_change_is_written_down() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let operator = operator(&app).await;
    let made = operator.post("/admin/v1/rules").json(rule(&receiver)).await.expect_status(201).json();
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with("whsec_") && secret.len() > 40, "{secret}");
    assert_eq!(
        (&made["timeout"], &made["on_failure"], &made["state"]),
        (&json!(2), &json!("closed"), &json!("enabled"))
    );
    let path = format!("/admin/v1/rules/{}", made["id"].as_str().unwrap());
    let shown = operator.get(&path).await.expect_status(200);
    assert!(!shown.text().contains("whsec_"));
    let changed = operator.patch(&path).json(json!({"name": "the other shop", "acts": ["logged_in"]})).await;
    assert_eq!(changed.expect_status(200).json()["name"], "the other shop");
    operator.patch(&path).json(json!({})).await.expect_problem(422, "validation_failed");
    let problem = operator.patch(&path).json(json!({"namespace": null})).await;
    assert_eq!(problem.expect_problem(422, "validation_failed").json()["field"], "namespace");
    operator.delete(&path).await.expect_status(204);
    operator.delete(&path).await.expect_problem(404, "not_found");
    let log = operator.get("/admin/v1/activity?act=rule_changed,rule_removed").await.expect_status(200).json();
    let acts: Vec<_> = log["activity"].as_array().unwrap().iter().map(|entry| entry["act"].clone()).collect();
    assert_eq!(acts, ["rule_removed", "rule_changed", "rule_changed"]);
    assert_eq!(log["activity"][2]["actor"]["kind"], "service_key");
    assert!(!log.to_string().contains("whsec_") && !log.to_string().contains(&receiver.url()));
}

#[tokio::test]
async fn there_are_no_more_than_so_many_rules() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let operator = operator(&app).await;
    for _ in 0..32 {
        operator.post("/admin/v1/rules").json(rule(&receiver)).await.expect_status(201);
    }
    operator.post("/admin/v1/rules").json(rule(&receiver)).await.expect_problem(422, "validation_failed");
}

/// SECURITY AZ1: each right opens its own calls only.
#[tokio::test]
async fn az1_rules_are_for_who_has_their_rights() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let made = webhook(&app, &receiver, &["after"], &json!({})).await;
    let path = format!("/admin/v1/rules/{}", made["id"].as_str().unwrap());
    let reader = app.program(&["rules:read", "deliveries:read"]).await;
    reader.get("/admin/v1/rules").await.expect_status(200);
    reader.get(&path).await.expect_status(200);
    reader.get("/admin/v1/deliveries").await.expect_status(200);
    let writes = [
        reader.post("/admin/v1/rules").json(rule(&receiver)),
        reader.patch(&path).json(json!({"enabled": false})),
        reader.delete(&path),
        reader.post(&format!("{path}/test")),
        reader.post(&format!("{path}/rotate-secret")).json(json!({"step": "begin"})),
        reader.post("/admin/v1/deliveries/00000000-0000-7000-8000-000000000000/replay"),
    ];
    for call in writes {
        call.await.expect_problem(403, "permission_denied");
    }
    let other = app.program(&["accounts:read", "accounts:write"]).await;
    other.get("/admin/v1/rules").await.expect_problem(403, "permission_denied");
    other.get("/admin/v1/deliveries").await.expect_problem(403, "permission_denied");
    app.browser().get("/admin/v1/rules").await.expect_problem(401, "access_token_invalid");
}

/// An admin who has made a rule that refuses everybody can still take it back: with a service key, and with the session that he
/// has.
#[tokio::test]
async fn a_rule_that_refuses_everybody_does_not_lock_the_admin_out() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = app.admin().await;
    let body = rule(&receiver);
    let made = admin.post("/admin/v1/rules").json(body).await.expect_status(201).json();
    receiver.reply(refuses());
    admin.refresh().await.expect_problem(403, "refused_by_rule");
    let path = format!("/admin/v1/rules/{}", made["id"].as_str().unwrap());
    admin.patch(&path).json(json!({"enabled": false})).await.expect_status(200);
    admin.refresh().await.expect_status(200);
}
