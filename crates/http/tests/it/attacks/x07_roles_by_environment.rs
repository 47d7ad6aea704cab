//! X7: a role is given because of where a request comes from, or because the client asks for it.

use gatewright_testkit::TestApp;
use serde_json::json;

use crate::family::{EMAIL, family};

/// docs/attacks.md#roles-by-environment
#[tokio::test]
async fn nobody_is_more_because_of_where_a_request_comes_from() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let body = json!({"email": "admin@localhost.test", "password": "a perfectly fine sentence", "username": "admin"});
    let signup = browser.post("/auth/signup").from("127.0.0.1").header("host", "localhost").json(body);
    let answer = signup.header("x-forwarded-for", "127.0.0.1").await.expect_status(201).json();
    assert_eq!(answer["user"]["roles"], json!([]));
    let me = browser.get("/auth/me").from("127.0.0.1").header("host", "localhost").await.json();
    assert_eq!(me["user"]["roles"], json!([]));
}

/// docs/attacks.md#roles-by-environment
#[tokio::test]
async fn az3_rights_cannot_be_assigned_by_sending_them() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let me = "/auth/me";
    let user = format!("/auth/users/{}", ada.user_id());
    for member in ["roles", "owner", "account_id", "email_verified", "is_admin", "app_metadata", "id", "epoch"] {
        let password = "a perfectly fine sentence";
        let mut signup = json!({"email": "eve@example.test", "password": password});
        signup[member] = json!(["admin"]);
        let refused = app.browser().post("/auth/signup").json(signup).await.expect_problem(422, "validation_failed");
        assert_eq!(refused.json()["field"], member);
        let mut change = json!({"profile": {}});
        change["profile"][member] = json!(true);
        for path in [me, user.as_str()] {
            let refused = ada.patch(path).json(change.clone()).await.expect_problem(422, "validation_failed");
            assert_eq!(refused.json()["field"], format!("profile.{member}"));
        }
        let mut change = json!({"profile": {}});
        change[member] = json!(true);
        for path in [me, user.as_str()] {
            ada.patch(path).json(change.clone()).await.expect_problem(422, "validation_failed");
        }
        let mut login = json!({"login": EMAIL, "password": password});
        login[member] = json!(true);
        ada.post("/auth/login").json(login).await.expect_problem(422, "validation_failed");
    }
    assert_eq!(ada.get(me).await.json()["user"]["roles"], json!([]));
}
