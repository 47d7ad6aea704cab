//! `/admin/v1/activity`.

mod export;

use axum::http::StatusCode;
use gatewright_testkit::{
    TestApp,
    app::{mins, secs},
};
use serde_json::{Value, json};

use super::{account_id, each, give_roles, noted, user_path};
use crate::{
    family::{family, grace},
    routes::expect_field,
};

const ACTIVITY: &str = "/admin/v1/activity";
const EXPORT: &str = "/admin/v1/activity/export";

#[tokio::test]
async fn what_is_no_filter_is_refused() {
    let app = TestApp::start().await;
    let program = app.program(&["activity:read"]).await;
    let invalid = "validation_failed";
    for (query, field) in [
        ("account_id=x", "account_id"),
        ("user_id=", "user_id"),
        ("session_id=1", "session_id"),
        ("act=", "act"),
        ("act=logged_in,", "act"),
        ("act=logged-in", "act"),
        ("act=LOGGED_IN", "act"),
        ("actor=admin", "actor"),
        ("actor=admin:x", "actor"),
        ("actor=account:01a00000-0000-7000-8000-000000000000", "actor"),
        ("actor=nobody", "actor"),
        ("since=now", "since"),
        ("until=2026", "until"),
        ("acts=logged_in", "acts"),
    ] {
        expect_field(program.get(&format!("{ACTIVITY}?{query}")).await, invalid, field);
        expect_field(program.get(&format!("{EXPORT}?{query}")).await, invalid, field);
    }
    for (query, field) in
        [("limit=0", "limit"), ("limit=1001", "limit"), ("cursor=x", "cursor"), ("limit=1&limit=1", "limit")]
    {
        expect_field(program.get(&format!("{ACTIVITY}?{query}")).await, invalid, field);
        expect_field(program.get(&format!("{EXPORT}?{query}")).await, invalid, field);
    }
    assert_eq!(noted(&program, "activity_exported").await, [Value::Null; 0], "what is refused is not noted");
}

/// Some things that happened, and who did them.
async fn history(app: &TestApp) -> [gatewright_testkit::app::Browser; 3] {
    let (admin, ada) = (app.admin().await, family(app, "body").await);
    app.clock.advance(secs(1));
    let grace = grace(app, "body").await;
    app.clock.advance(secs(1));
    give_roles(&admin, &grace.user_id(), &["editor"]).await.expect_status(200);
    app.clock.advance(secs(1));
    grace.post("/auth/logout").await.expect_status(204);
    [admin, ada, grace]
}

#[tokio::test]
async fn lg1_the_log_is_filtered_by_whom_it_names_what_happened_who_did_it_and_when() {
    let app = TestApp::start().await;
    let [admin, ada, grace] = history(&app).await;
    let (account, user) = (account_id(&ada), grace.user_id());
    let found = |query: String| {
        let admin = admin.copy();
        async move {
            let page = admin.get(&format!("{ACTIVITY}?{query}")).await.expect_status(200).json();
            each(&page["activity"], "act")
        }
    };
    let all = found(format!("account_id={account}")).await;
    assert_eq!(
        all,
        ["logged_out", "user_administered", "logged_in", "user_added", "user_added", "logged_in", "signed_up"]
    );
    assert_eq!(found(format!("user_id={user}")).await.len(), 4);
    assert_eq!(found(format!("session_id={}", grace.session_id())).await, ["logged_out", "logged_in"]);
    assert_eq!(found(format!("account_id={account}&act=logged_in,logged_out")).await.len(), 3);
    assert_eq!(found(format!("actor=admin:{}", admin.user_id())).await, ["user_administered"]);
    assert_eq!(found("actor=operator".to_owned()).await, ["bootstrap_opened"]);
    assert_eq!(found(format!("account_id={account}&user_id={}", admin.user_id())).await, [""; 0]);
    let page = admin.get(&format!("{ACTIVITY}?account_id={account}")).await.json();
    let at = page["activity"][1]["at"].as_str().unwrap();
    assert_eq!(found(format!("account_id={account}&since={at}")).await, all[..2]);
    assert_eq!(found(format!("account_id={account}&until={at}")).await, all[2..]);
}

#[tokio::test]
async fn the_log_is_read_page_by_page() {
    let app = TestApp::start().await;
    let [admin, ada, _] = history(&app).await;
    let base = format!("{ACTIVITY}?account_id={}", account_id(&ada));
    let whole = each(&admin.get(&base).await.json()["activity"], "id");
    let (mut seen, mut path) = (Vec::new(), format!("{base}&limit=2"));
    loop {
        let page = admin.get(&path).await.expect_status(200).json();
        seen.extend(each(&page["activity"], "id"));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{base}&limit=2&cursor={cursor}");
    }
    assert_eq!(seen, whole);
    assert!(whole.len() > 5);
}

#[tokio::test]
async fn az1_an_owner_reads_what_admins_did_to_the_account_and_nothing_of_others() {
    let app = TestApp::start().await;
    let [admin, ada, _] = history(&app).await;
    let own = ada.get("/auth/activity").await.expect_status(200);
    assert!(!own.text().contains("account_id"));
    let own = own.json();
    let entry = own["activity"].as_array().unwrap().iter().find(|entry| entry["act"] == "user_administered").unwrap();
    assert_eq!(entry["actor"], json!({"kind": "admin", "id": admin.user_id()}));
    assert_eq!(entry["detail"], json!({"roles": ["editor"], "roles_before": []}));
    let acts = each(&own["activity"], "act");
    assert!(!acts.iter().any(|act| act.starts_with("bootstrap")), "{acts:?}");
}

#[tokio::test]
async fn lg6_every_admin_act_leaves_exactly_one_entry() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let (user, account) = (user_path(&ada.user_id()), super::account_path(&account_id(&ada)));
    let grace = grace(&app, "body").await;
    let reason = json!({"reason": "ticket 1"});
    let size = || async { export::lines(&app.program(&["activity:read"]).await.get(EXPORT).await).len() };
    // Each measuring makes a key and exports: two entries of its own, the second after what it counts.
    let rest = {
        app.clock.advance(secs(1));
        let first = size().await;
        app.clock.advance(secs(1));
        size().await - first
    };
    for (name, answer) in [
        ("roles", give_roles(&admin, &ada.user_id(), &["editor"]).await),
        ("reset", admin.post(&format!("{account}/reset")).await),
        ("impersonate", admin.post(&format!("{user}/impersonate")).json(reason).await),
        ("session", admin.delete(&format!("/admin/v1/sessions/{}", grace.session_id())).await),
        ("disable", admin.patch(&account).json(json!({"disabled": true})).await),
        ("role", admin.put("/admin/v1/roles/editor").json(json!({"permissions": []})).await),
    ] {
        assert!(StatusCode::is_success(&answer.status), "{name}: {}", answer.text());
    }
    app.clock.advance(mins(1));
    let before = size().await;
    app.clock.advance(secs(1));
    let after = size().await;
    assert_eq!(after - before, rest);
    let log = app.program(&["activity:read"]).await;
    for act in
        ["user_administered", "reset_started", "impersonated", "session_ended", "account_disabled", "role_changed"]
    {
        assert_eq!(noted(&log, act).await.len(), 1, "{act}");
    }
}
