//! `GET /auth/openapi.json`.

use gatewright_testkit::{TestApp, app::Setup};
use serde_json::{Value, json};

#[tokio::test]
async fn the_document_is_the_committed_one() {
    let app = TestApp::start().await;
    let answer = app.browser().get("/auth/openapi.json").await.expect_status(200);
    let mut served = answer.json();
    assert_eq!(served["openapi"], "3.1.0");
    served.as_object_mut().unwrap().remove("servers");
    let committed: Value = serde_json::from_str(include_str!("../../../../../../docs/openapi.json")).unwrap();
    assert_eq!(served, committed);
}

#[tokio::test]
async fn a_nested_router_says_where_it_is() {
    let app = Setup::default().http(|options| "/accounts".clone_into(&mut options.base_path)).start().await;
    let document = app.browser().get("/auth/openapi.json").await.json();
    assert_eq!(document["servers"], json!([{"url": "/accounts"}]));
}

#[test]
fn every_operation_tells_every_problem_that_it_can_answer() {
    let document = serde_json::to_value(gatewright::openapi()).unwrap();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let has = |status: &str| operation["responses"].get(status).is_some();
            assert!(has("500") && has("503"), "{method} {path}");
            let takes_body = operation.get("requestBody").is_some();
            assert_eq!(takes_body, has("415") && has("413") && has("408"), "{method} {path}");
            assert!(method == "get" || has("403"), "{method} {path}: a foreign page is refused");
            let asks = operation.get("security").is_some();
            assert!(!asks || has("400") && has("401"), "{method} {path}");
        }
    }
    let codes = document["components"]["schemas"]["Code"]["enum"].as_array().unwrap().len();
    assert_eq!(codes, gatewright::Code::ALL.len());
}
