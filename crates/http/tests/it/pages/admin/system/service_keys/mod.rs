//! `/admin/service-keys`.

mod add;
mod revoke;

use gatewright_testkit::TestApp;
use serde_json::json;

use super::read;
use crate::pages::{
    admin::{admin, clerk, expect_confirmation, expect_lacking, grow_stale},
    heading,
};

const PATH: &str = "/admin/service-keys";

#[tokio::test]
async fn keys_are_listed_with_what_they_may_and_when_they_were_used() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let page = read(&admin, PATH).await;
    assert_eq!(heading(&page), "Service keys");
    assert!(page.text().contains("There are no service keys."));
    let made = admin
        .post("/admin/v1/service-keys")
        .json(json!({"name": "<the shop>", "permissions": ["stats:read", "orders:read"], "expires_in": 60}))
        .await
        .expect_status(201)
        .json();
    let page = read(&admin, PATH).await;
    for shown in ["<bdi>&lt;the shop&gt;</bdi>", "<code>orders:read stats:read</code>", "Never"] {
        assert!(page.text().contains(shown), "{shown}: {}", page.text());
    }
    assert!(!page.text().contains("gwk_"));
    app.program_with(made["key"].as_str().unwrap()).get("/admin/v1/stats").await.expect_status(200);
    app.clock.advance(gatewright_testkit::app::secs(61));
    let page = read(&admin, PATH).await.text();
    assert!(page.contains("Has run out") && !page.contains("Never"), "{page}");
}

#[tokio::test]
async fn az1_keys_are_for_who_may_see_them_and_made_by_who_may_do_that() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let body = json!({"name": "idle", "permissions": ["users:read"]});
    let made = admin.post("/admin/v1/service-keys").json(body).await.expect_status(201).json();
    let revoke = format!("{PATH}/{}/revoke", made["id"].as_str().unwrap());
    let other = clerk(&app, "other", &["mails:read"]).await;
    expect_lacking(other.get(PATH).await, "service-keys:read");
    let reader = clerk(&app, "reader", &["service-keys:read"]).await;
    let page = read(&reader, PATH).await.text();
    assert!(page.contains("idle") && !page.contains("Revoke") && !page.contains("Make a service key"), "{page}");
    for path in [format!("{PATH}/add"), revoke.clone()] {
        expect_lacking(reader.get(&path).await, "service-keys:write");
        expect_lacking(
            reader.post(&path).raw("application/x-www-form-urlencoded", "name=x").await,
            "service-keys:write",
        );
    }
    let writer = clerk(&app, "writer", &["service-keys:write"]).await;
    expect_lacking(writer.get(&format!("{PATH}/add")).await, "service-keys:read");
    grow_stale(&app);
    for path in [PATH, "/admin/service-keys/add", &revoke] {
        expect_confirmation(admin.get(path).await, path);
    }
}
