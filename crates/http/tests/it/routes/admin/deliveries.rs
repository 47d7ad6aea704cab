//! `/admin/v1/deliveries`: what rules were told. When it is tried again is tried in `rules/retries.rs`.

mod replay;

use gatewright_testkit::{TestApp, app::Receiver};
use serde_json::{Value, json};

use crate::rules::{deliver, operator, webhook};

#[tokio::test]
async fn deliveries_are_filtered_and_paged_strictly() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let made = webhook(&app, &receiver, &["after"], &json!({"acts": ["signed_up"]})).await;
    for name in ["a", "b", "c"] {
        app.sign_up_in("body", &format!("{name}@example.test")).await;
    }
    deliver(&app).await;
    let operator = operator(&app).await;
    let id = made["id"].as_str().unwrap();
    let first = operator.get(&format!("/admin/v1/deliveries?rule_id={id}&state=delivered&limit=2")).await.json();
    assert_eq!(first["deliveries"].as_array().unwrap().len(), 2);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = operator.get(&format!("/admin/v1/deliveries?limit=2&cursor={cursor}")).await.expect_status(200).json();
    assert_eq!((rest["deliveries"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));
    for empty in ["state=waiting", "rule_id=embedded:none", "state=given_up"] {
        let page = operator.get(&format!("/admin/v1/deliveries?{empty}")).await.expect_status(200).json();
        assert_eq!(page["deliveries"], json!([]), "{empty}");
    }
    for bad in ["state=lost", "rule_id=x", "limit=0", "limit=201", "cursor=x", "rule=1"] {
        let path = format!("/admin/v1/deliveries?{bad}");
        operator.get(&path).await.expect_problem(422, "validation_failed");
    }
    let nobody = "/admin/v1/deliveries/00000000-0000-7000-8000-000000000000/replay";
    operator.post(nobody).await.expect_problem(404, "not_found");
}
