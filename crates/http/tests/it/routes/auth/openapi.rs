//! `GET /auth/openapi.json`.

use std::{collections::BTreeSet, fmt::Write as _};

use gatewright_testkit::{TestApp, app::Setup};
use serde_json::{Value, json};

struct Operation<'d> {
    method: String,
    path: &'d str,
    says: &'d Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, says) in methods.as_object().unwrap() {
            found.push(Operation { method: method.to_uppercase(), path, says });
        }
    }
    found
}

#[tokio::test]
async fn the_document_is_the_committed_one() {
    let app = TestApp::start().await;
    let answer = app.browser().get("/auth/openapi.json").await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
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
#[expect(clippy::too_many_lines, reason = "a line for each operation, and nothing else")]
fn every_operation_tells_every_status_that_it_can_answer() {
    let document = serde_json::to_value(gatewright::openapi()).unwrap();
    let mut table = String::new();
    for Operation { method, path, says } in operations(&document) {
        let statuses: Vec<_> = says["responses"].as_object().unwrap().keys().map(String::as_str).collect();
        writeln!(table, "{method:<6} {path:<24} {}", statuses.join(" ")).unwrap();
    }
    insta::assert_snapshot!(table, @"
    GET    /.well-known/jwks.json   200 304 500 503
    GET    /.well-known/oauth-authorization-server 200 500 503
    GET    /admin/v1/accounts       200 400 401 403 422 500 503
    POST   /admin/v1/accounts       201 400 401 403 408 409 413 415 422 500 503
    DELETE /admin/v1/accounts/{id}  204 400 401 403 404 409 422 500 503
    GET    /admin/v1/accounts/{id}  200 400 401 403 404 422 500 503
    PATCH  /admin/v1/accounts/{id}  200 400 401 403 404 408 409 413 415 422 500 503
    POST   /admin/v1/accounts/{id}/reset 202 400 401 403 404 422 500 503
    GET    /admin/v1/activity       200 400 401 403 422 500 503
    GET    /admin/v1/activity/export 200 400 401 403 422 500 503
    POST   /admin/v1/bootstrap      201 401 403 408 409 413 415 422 429 500 503
    GET    /admin/v1/deliveries     200 400 401 403 422 500 503
    POST   /admin/v1/deliveries/{id}/replay 202 400 401 403 404 422 500 503
    GET    /admin/v1/keys           200 400 401 403 422 500 503
    POST   /admin/v1/keys/rotate    200 400 401 403 409 422 500 503
    GET    /admin/v1/mails          200 400 401 403 422 500 503
    POST   /admin/v1/mails/{id}/retry 202 400 401 403 404 422 500 503
    GET    /admin/v1/roles          200 400 401 403 422 500 503
    DELETE /admin/v1/roles/{name}   204 400 401 403 404 409 422 500 503
    PUT    /admin/v1/roles/{name}   200 400 401 403 408 409 413 415 422 500 503
    GET    /admin/v1/rules          200 400 401 403 422 500 503
    POST   /admin/v1/rules          201 400 401 403 408 413 415 422 500 503
    DELETE /admin/v1/rules/{id}     204 400 401 403 404 422 500 503
    GET    /admin/v1/rules/{id}     200 400 401 403 404 422 500 503
    PATCH  /admin/v1/rules/{id}     200 400 401 403 404 408 413 415 422 500 503
    POST   /admin/v1/rules/{id}/rotate-secret 200 400 401 403 404 408 413 415 422 500 503
    POST   /admin/v1/rules/{id}/test 200 400 401 403 404 422 500 503
    GET    /admin/v1/service-keys   200 400 401 403 422 500 503
    POST   /admin/v1/service-keys   201 400 401 403 408 413 415 422 500 503
    DELETE /admin/v1/service-keys/{id} 204 400 401 403 404 422 500 503
    GET    /admin/v1/sessions       200 400 401 403 422 500 503
    DELETE /admin/v1/sessions/{id}  204 400 401 403 404 422 500 503
    GET    /admin/v1/settings       200 400 401 403 422 500 503
    GET    /admin/v1/stats          200 400 401 403 422 500 503
    GET    /admin/v1/users          200 400 401 403 422 500 503
    DELETE /admin/v1/users/{id}     204 400 401 403 404 409 422 500 503
    GET    /admin/v1/users/{id}     200 400 401 403 404 422 500 503
    PATCH  /admin/v1/users/{id}     200 400 401 403 404 408 409 413 415 422 500 503
    POST   /admin/v1/users/{id}/impersonate 201 400 401 403 404 408 413 415 422 500 503
    DELETE /auth/account            204 400 401 403 409 422 500 503
    GET    /auth/account/export     200 400 401 403 422 500 503
    GET    /auth/activity           200 400 401 422 500 503
    PUT    /auth/email              202 400 401 403 408 413 415 422 500 503
    POST   /auth/email/confirm      204 400 401 403 408 413 415 422 429 500 503
    POST   /auth/email/resend       202 400 403 408 413 415 422 500 503
    POST   /auth/email/undo         204 400 403 408 413 415 422 429 500 503
    POST   /auth/email/verify       200 400 401 403 408 409 413 415 422 429 500 503
    POST   /auth/introspect         200 400 401 403 408 413 415 422 500 503
    POST   /auth/invitations        202 400 401 403 408 413 415 422 500 503
    POST   /auth/invitations/accept 201 400 401 403 408 409 413 415 422 429 500 503
    POST   /auth/login              200 401 403 404 408 413 415 422 429 500 503
    POST   /auth/logout             204 400 401 403 408 413 415 422 500 503
    POST   /auth/magic-link         202 400 403 404 408 413 415 422 500 503
    POST   /auth/magic-link/redeem  200 400 401 403 404 408 413 415 422 429 500 503
    GET    /auth/me                 200 400 401 422 500 503
    PATCH  /auth/me                 200 400 401 403 404 408 413 415 422 500 503
    GET    /auth/openapi.json       200 500 503
    PUT    /auth/password           204 400 401 403 408 413 415 422 429 500 503
    POST   /auth/password/forgot    202 403 408 413 415 422 500 503
    POST   /auth/password/reset     204 400 403 408 413 415 422 429 500 503
    POST   /auth/reauthenticate     200 400 401 403 408 413 415 422 429 500 503
    POST   /auth/refresh            200 400 401 403 408 413 415 422 500 503
    POST   /auth/revoke             200 400 401 403 408 413 415 422 500 503
    POST   /auth/select             200 400 401 403 404 408 413 415 422 429 500 503
    GET    /auth/sessions           200 400 401 422 500 503
    DELETE /auth/sessions/{id}      204 400 401 403 404 422 500 503
    POST   /auth/signup             201 202 400 401 403 408 409 413 415 422 429 500 503
    POST   /auth/switch             200 400 401 403 404 408 413 415 422 429 500 503
    GET    /auth/users              200 400 401 422 500 503
    POST   /auth/users              201 400 401 403 408 409 413 415 422 500 503
    DELETE /auth/users/{id}         204 400 401 403 404 409 422 500 503
    PATCH  /auth/users/{id}         200 400 401 403 404 408 409 413 415 422 500 503
    DELETE /auth/users/{id}/pin     204 400 401 403 404 422 500 503
    PUT    /auth/users/{id}/pin     204 400 401 403 404 408 413 415 422 500 503
    GET    /auth/verify             200 307 400 401 403 422 500 503
    ");
}

#[test]
fn what_operations_of_a_kind_can_answer_alike_they_all_tell() {
    let document = serde_json::to_value(gatewright::openapi()).unwrap();
    for Operation { method, path, says } in operations(&document) {
        let has = |status: &str| says["responses"].get(status).is_some();
        assert!(has("500") && has("503"), "{method} {path}");
        assert_eq!(says.get("requestBody").is_some(), has("408") && has("413") && has("415"), "{method} {path}");
        assert!(method == "GET" || has("403"), "{method} {path}: a foreign page is refused");
        assert!(says.get("security").is_none() || has("400") && has("401"), "{method} {path}");
        for (status, answer) in says["responses"].as_object().unwrap() {
            let is_problem = answer["content"].get("application/problem+json").is_some();
            assert_eq!(is_problem, status.as_str() >= "400", "{method} {path} {status}");
        }
    }
}

#[test]
fn every_code_is_in_the_document_and_every_operation_has_a_name_of_its_own() {
    let document = serde_json::to_value(gatewright::openapi()).unwrap();
    let listed: Vec<_> = document["components"]["schemas"]["Code"]["enum"].as_array().unwrap().iter().collect();
    let all: Vec<_> = gatewright::Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(listed, all);
    let operations = operations(&document);
    let names: BTreeSet<_> = operations.iter().map(|operation| operation.says["operationId"].as_str()).collect();
    assert_eq!(names.len(), operations.len());
    assert!(!names.contains(&None));
}

#[tokio::test]
async fn every_operation_of_the_document_is_there() {
    let app = TestApp::start().await;
    let document = app.browser().get("/auth/openapi.json").await.json();
    let nobody = app.browser();
    for Operation { method, path, .. } in operations(&document) {
        let answer = nobody.request(method.parse().unwrap(), &path.replace("{id}", "x")).await;
        let code = answer.json()["code"].clone();
        assert!(code != "not_found" && code != "method_not_allowed", "{method} {path}: {code}");
    }
}
