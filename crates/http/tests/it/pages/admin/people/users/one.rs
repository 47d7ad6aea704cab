//! `/admin/users/{id}`: what stands there, disabling, and devices.

use gatewright_testkit::TestApp;
use serde_json::json;

use super::super::{admin, clerk, done, heading, notice, plain, press_act, somebody, user_page};
use crate::{
    family::{EMAIL, family, grace},
    pages::has_session,
    routes::admin::{give_roles, user_path},
};

#[tokio::test]
async fn a_user_is_shown_with_its_account_its_roles_and_its_notes() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, family(&app, "body").await);
    give_roles(&admin, &ada.user_id(), &["reader-of-orders"]).await.expect_status(200);
    let notes = json!({"app_metadata": {"plan": "gold"}});
    admin.patch(&user_path(&ada.user_id())).json(notes).await.expect_status(200);
    let page = admin.get(&user_page(&ada.user_id())).await.expect_status(200);
    assert_eq!(heading(&page), "User");
    let text = page.text();
    for expected in [EMAIL, "<bdi>ada</bdi>", "Owner", "reader-of-orders", "not defined here, for applications", "gold"]
    {
        assert!(text.contains(expected), "no {expected}: {text}");
    }
    assert!(!text.contains("type=\"password\""), "{text}");
}

#[tokio::test]
async fn what_somebody_may_not_see_or_do_is_not_on_the_page_of_a_user() {
    let app = TestApp::start().await;
    admin(&app).await;
    let ada = somebody(&app, "ada").await;
    let path = user_page(&ada.user_id());
    let reader = clerk(&app, "reader", &["users:read"]).await;
    let text = plain(&reader.get(&path).await.expect_status(200));
    assert!(text.contains("<bdi>ada</bdi>"), "{text}");
    for hidden in ["<form", "/remove", "/impersonate", "Devices that are signed in", "ada@example.test"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    let ender = clerk(&app, "ender", &["users:read", "sessions:read", "accounts:impersonate"]).await;
    let text = plain(&ender.get(&path).await.expect_status(200));
    assert!(text.contains("Devices that are signed in") && !text.contains("value=\"end\""), "{text}");
    assert!(text.contains("/impersonate") && !text.contains("/remove"), "{text}");
}

#[tokio::test]
async fn a_user_is_disabled_and_enabled_again() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    family(&app, "body").await;
    let grace = grace(&app, "body").await;
    let path = user_page(&grace.user_id());
    let page = admin.get(&path).await;
    let answer = press_act(&admin, &page, &path, ("disable", ""), &[]).await;
    let says = "Nobody can sign in any more, and all devices are signed out.";
    assert_eq!(done(&admin, &path, answer).await, says);
    grace.get("/auth/me").await.expect_status(401);
    let page = admin.get(&path).await.expect_status(200);
    assert!(page.text().contains("This user is disabled") && page.text().contains("Disabled since"));
    assert!(!plain(&page).contains("/impersonate"), "nobody acts as who cannot sign in");
    let answer = press_act(&admin, &page, &path, ("enable", ""), &[]).await;
    assert_eq!(done(&admin, &path, answer).await, "It can be used again.");
    app.log_in(EMAIL, Some("grace"), "body").await.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn the_devices_of_a_user_are_signed_out_and_no_others() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, family(&app, "body").await);
    let (grace, second) = (grace(&app, "body").await, grace(&app, "cookie").await);
    let path = user_page(&grace.user_id());
    let page = admin.get(&path).await.expect_status(200);
    assert_eq!(page.text().matches("name=\"act\" value=\"end\"").count(), 2);
    let answer = press_act(&admin, &page, &path, ("end", &second.session_id()), &[]).await;
    assert_eq!(done(&admin, &path, answer).await, "The device is signed out.");
    assert!(!has_session(&second).await);
    let answer = press_act(&admin, &page, &path, ("end_all", ""), &[]).await;
    assert_eq!(done(&admin, &path, answer).await, "All of these devices are signed out.");
    grace.get("/auth/me").await.expect_status(401);
    ada.get("/auth/me").await.expect_status(200);
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_who_may_do_less_is_told_why_nothing_was_done() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let rights = ["users:read", "users:write", "sessions:read", "sessions:write"];
    let support = clerk(&app, "support", &rights).await;
    let path = user_page(&admin.user_id());
    let outranked = "Nothing was done: this would touch somebody who may do more here than you.";
    let page = support.get(&path).await.expect_status(200);
    let refused = press_act(&support, &page, &path, ("disable", ""), &[]).await.expect_status(403);
    assert_eq!(notice(&refused, "alert").as_deref(), Some(outranked));
    let seen = super::super::hidden(&page, "notes", "seen");
    let fields = [("seen", seen.as_str()), ("notes", "{\"x\": 1}")];
    let refused = press_act(&support, &page, &path, ("notes", ""), &fields).await.expect_status(403);
    assert_eq!(notice(&refused, "alert").as_deref(), Some(outranked));
    assert!(refused.text().contains("{&quot;x&quot;: 1}"), "what was typed stays: {}", refused.text());
    let session = admin.session_id();
    let refused = press_act(&support, &page, &path, ("end", &session), &[]).await.expect_status(403);
    assert_eq!(notice(&refused, "alert").as_deref(), Some(outranked));
    admin.get("/admin/users").await.expect_status(200);
}
