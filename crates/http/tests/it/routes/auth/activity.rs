//! `GET /auth/activity`.

use gatewright_testkit::{TestApp, app::secs};
use serde_json::Value;

use crate::family::{family, grace};

#[tokio::test]
async fn what_is_no_page_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada@example.test").await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=", "cursor"),
    ] {
        let answer = ada.get(&format!("/auth/activity?{query}")).await.expect_problem(422, "validation_failed");
        assert_eq!(answer.json()["field"], field);
    }
}

#[tokio::test]
async fn an_owner_reads_everything_and_a_member_what_names_it() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    app.clock.advance(secs(1));
    let grace = grace(&app, "hybrid").await;
    let acts = |page: &Value| -> Vec<String> {
        let entries = page["activity"].as_array().unwrap();
        entries.iter().map(|entry| entry["act"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(acts(&grace.get("/auth/activity").await.json()), ["logged_in", "user_added"]);
    let mut path = "/auth/activity?limit=2".to_owned();
    let mut all = Vec::new();
    for _ in 0..3 {
        let page = ada.get(&path).await.expect_status(200).json();
        all.extend(acts(&page));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/auth/activity?limit=2&cursor={cursor}");
    }
    all.sort();
    assert_eq!(all, ["logged_in", "logged_in", "signed_up", "user_added", "user_added"]);
}

#[tokio::test]
async fn an_entry_tells_who_and_from_where() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada@example.test").await;
    app.clock.advance(secs(1));
    ada.post("/auth/logout").json(serde_json::json!({"scope": "others"})).await.expect_status(204);
    insta::assert_snapshot!(ada.get("/auth/activity?limit=1").await.expect_status(200).masked(), @r#"
    {
      "activity": [
        {
          "act": "other_sessions_ended",
          "at": "2026-11-21T12:00:01Z",
          "detail": {},
          "id": "[id]",
          "ip": "203.0.113.7",
          "session_id": "[id]",
          "user_agent": null,
          "user_id": "[id]"
        }
      ],
      "next_cursor": "[id]"
    }
    "#);
}
