//! `PUT /auth/password`.

mod forgot;
mod reset;

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins, secs},
};
use serde_json::{Value, json};

use crate::{
    family::{EMAIL, family, grace},
    routes::{expect_limited, refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_strangers, shown},
};

const NEW: &str = "quite another sentence";

fn body(current: &str, new: &str) -> Value {
    json!({"current_password": current, "new_password": new})
}

#[tokio::test]
async fn only_a_fresh_owner_changes_the_password() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "hybrid").await;
    let change = body(PASSWORD, NEW);
    refuses_strangers(&app, |browser| browser.put("/auth/password").json(body(PASSWORD, NEW))).await;
    refuses_foreign_pages(|| ada.put("/auth/password").json(change.clone())).await;
    grace.put("/auth/password").json(change.clone()).await.expect_problem(403, "permission_denied");
    app.clock.advance(mins(5));
    ada.put("/auth/password").json(change).await.expect_problem(403, "reauthentication_required");
}

#[tokio::test]
async fn what_no_password_can_be_is_told_by_its_member() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let call = || ada.put("/auth/password");
    refuses_other_bodies(call).await;
    let invalid = "validation_failed";
    refuses_members(
        call,
        [
            (json!({"new_password": NEW}), invalid, "current_password"),
            (json!({"current_password": PASSWORD}), invalid, "new_password"),
            (body("", NEW), invalid, "current_password"),
            (body(PASSWORD, &"x".repeat(1025)), invalid, "new_password"),
            (body(PASSWORD, "short"), "password_too_short", "new_password"),
            (body(PASSWORD, "password1"), "password_too_common", "new_password"),
            // The name of any user of the account, not of the owner alone.
            (body(PASSWORD, "ada1234567890"), "password_too_common", "new_password"),
            (body(PASSWORD, "...grace2026..."), "password_too_common", "new_password"),
        ],
    )
    .await;
    let old = json!({"login": EMAIL, "password": PASSWORD});
    app.browser().post("/auth/login").json(old).await.expect_status(200);
}

#[tokio::test]
async fn pw10_a_wrong_current_password_changes_nothing_and_counts_like_a_failed_login() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    app.clock.advance(secs(1));
    for _ in 0..5 {
        let refused = ada.put("/auth/password").json(body("wrong wrong", NEW)).await;
        refused.expect_problem(401, "invalid_credentials");
    }
    let app = app.restart(|_| {}).await;
    assert_eq!(expect_limited(ada.put("/auth/password").json(body(PASSWORD, NEW)).await), 1);
    let login = json!({"login": EMAIL, "password": PASSWORD});
    assert_eq!(expect_limited(app.browser().post("/auth/login").json(login).await), 1, "guesses are guesses");
    assert_eq!(ada.get("/auth/activity").await.json()["activity"][0]["act"], "reauthentication_failed");
    app.clock.advance(secs(1));
    ada.put("/auth/password").json(body(PASSWORD, NEW)).await.expect_status(204);
}

#[tokio::test]
async fn a_change_ends_every_other_session_of_the_account_and_the_own_goes_on() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let (phone, grace) = (app.log_in(EMAIL, Some("ada"), "body").await, grace(&app, "body").await);
    let begun = app.browser();
    begun.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})).await.expect_status(200);
    app.clock.advance(secs(1));
    let changed = ada.put("/auth/password").json(body(PASSWORD, NEW)).await;
    insta::assert_snapshot!(shown(&changed), @r"
    204 No Content
    ");
    for ended in [&phone, &grace] {
        ended.get("/auth/me").await.expect_problem(401, "access_token_invalid");
        ended.refresh().await.expect_problem(401, "refresh_token_invalid");
    }
    let select = json!({"selection_token": begun.selection_token(), "username": "grace"});
    begun.post("/auth/select").json(select).await.expect_problem(401, "selection_token_invalid");
    ada.get("/auth/me").await.expect_status(200);
    app.clock.advance(mins(6));
    ada.refresh().await.expect_status(200);
    assert_eq!(ada.get("/auth/activity").await.json()["activity"][0]["act"], "password_changed");
    let old = json!({"login": EMAIL, "password": PASSWORD});
    app.browser().post("/auth/login").json(old).await.expect_problem(401, "invalid_credentials");
    let new = json!({"login": EMAIL, "password": NEW});
    app.browser().post("/auth/login").json(new).await.expect_status(200);
}
