//! `/admin/service-keys/{id}/revoke`.

use gatewright_testkit::TestApp;
use serde_json::json;

use super::{
    super::{STALE, done, led, read, source, wrong},
    PATH,
};
use crate::pages::{
    admin::{admin, clerk},
    form_token, heading, press, send,
};

#[tokio::test]
async fn a_key_is_revoked_after_one_more_question() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let body = json!({"name": "the shop", "permissions": ["stats:read"]});
    let made = admin.post("/admin/v1/service-keys").json(body).await.expect_status(201).json();
    let program = app.program_with(made["key"].as_str().unwrap());
    let path = format!("{PATH}/{}/revoke", made["id"].as_str().unwrap());
    assert!(source(&read(&admin, PATH).await).contains(&format!("action=\"../{}\"", &path[1..])));
    let page = read(&admin, &path).await;
    assert_eq!(heading(&page), "Revoke this key?");
    assert!(page.text().contains("the shop"));
    program.get("/admin/v1/stats").await.expect_status(200);
    let elsewhere = form_token(&read(&admin, "/admin/service-keys/add").await);
    let refused = send(&admin, &path, &[("form_token", &elsewhere)]).await.expect_status(403);
    assert_eq!(heading(&refused), STALE);
    let answer = press(&admin, &path, &page, &[]).await;
    assert_eq!(done(&led(&admin, &path, answer).await), "The key is revoked. It is good for nothing from now on.");
    program.get("/admin/v1/stats").await.expect_problem(401, "service_key_invalid");
    press(&admin, &path, &page, &[]).await.expect_status(404);
    admin.get(&path).await.expect_status(404);
    for nobodys in ["x", "00000000-0000-7000-8000-000000000000"] {
        admin.get(&format!("{PATH}/{nobodys}/revoke")).await.expect_status(404);
    }
}

/// SECURITY AZ6: nobody takes away what he does not have.
#[tokio::test]
async fn az6_nobody_revokes_a_key_that_may_more_than_he() {
    let app = TestApp::start().await;
    let clerk = clerk(&app, "clerk", &["service-keys:read", "service-keys:write"]).await;
    let key = app.service_key(&["users:write"]).await;
    let keys = clerk.get("/admin/v1/service-keys").await.expect_status(200).json();
    let path = format!("{PATH}/{}/revoke", keys["service_keys"][0]["id"].as_str().unwrap());
    let page = read(&clerk, &path).await;
    let refused = press(&clerk, &path, &page, &[]).await.expect_status(403);
    assert_eq!(wrong(&refused), "Nothing was done: this key may do what you may not.");
    app.program_with(key).get("/admin/v1/users").await.expect_problem(403, "permission_denied");
}
