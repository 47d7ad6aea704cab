//! Who acts as a user at the user's pages: looks, and changes nothing (SECURITY AZ6).

use gatewright_testkit::TestApp;
use serde_json::json;

use super::heading;
use crate::{
    family::{PIN, family},
    pages::{STALE, encoded},
    routes::admin::user_path,
};

/// docs/attacks.md#acting-as-a-user
#[tokio::test]
async fn az6_who_acts_as_a_user_sees_the_pages_and_no_form() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "cookie").await);
    let path = format!("{}/impersonate", user_path(&ada.user_id()));
    let made = admin.post(&path).json(json!({"reason": "ticket"})).await.expect_status(201).json();
    let id = made["session"]["id"].as_str().unwrap();
    let cookie = format!("__Host-gw_at_{}={}", &id[id.len() - 8..], made["access_token"].as_str().unwrap());
    let actor = app.browser();
    let before = ada.get("/auth/activity").await.json();
    for (path, status) in [("", 200), ("/security", 200), ("/sessions", 200), ("/data", 200), ("/delete", 403)] {
        let page = actor.get(&format!("/account{path}")).cookies(&cookie).await.expect_status(status);
        assert!(page.text().contains("You are acting as somebody else."), "{path}: {}", page.text());
        assert!(!page.text().contains("<form"), "{path}: {}", page.text());
    }
    actor.get("/account/activity").cookies(&cookie).await.expect_status(200);
    for (path, fields) in [
        ("", [("act", "profile"), ("display_name", "Eve")]),
        ("/security", [("act", "pin"), ("pin", PIN)]),
        ("/sessions", [("act", "others"), ("of", "")]),
        ("/data", [("act", "export"), ("of", "")]),
        ("/delete", [("act", ""), ("email", "ada@example.test")]),
    ] {
        let call = actor.post(&format!("/account{path}")).cookies(&cookie);
        let refused = call.raw("application/x-www-form-urlencoded", encoded(&fields)).await.expect_status(403);
        assert_eq!(heading(&refused), STALE, "{path}");
    }
    assert_eq!(ada.get("/auth/activity").await.json(), before, "nothing was done");
}
