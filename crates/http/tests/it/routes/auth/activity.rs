//! `GET /auth/activity`.

use std::collections::BTreeSet;

use gatewright_testkit::{
    TestApp,
    app::{Browser, secs},
};
use serde_json::{Value, json};

use crate::{
    family::{EMAIL, family, grace, kid},
    routes::{expect_field, refuses_strangers},
};

#[tokio::test]
async fn who_is_no_caller_reads_nothing() {
    let app = TestApp::start().await;
    refuses_strangers(&app, |browser| browser.get("/auth/activity")).await;
}

#[tokio::test]
async fn what_is_no_page_is_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=x", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=", "cursor"),
        ("cursor=01A1FDFA-4600-7000-8000-000000000000", "cursor"),
    ] {
        expect_field(ada.get(&format!("/auth/activity?{query}")).await, "validation_failed", field);
    }
    for query in ["limit=1", "limit=200", "cursor=01a1fdfa-4600-7000-8000-000000000000"] {
        ada.get(&format!("/auth/activity?{query}")).await.expect_status(200);
    }
}

/// Every page from the newest to the last, `limit` entries each.
async fn pages(browser: &Browser, limit: usize) -> Vec<Vec<Value>> {
    let mut path = format!("/auth/activity?limit={limit}");
    let mut pages = Vec::new();
    for _ in 0..100 {
        let page = browser.get(&path).await.expect_status(200).json();
        pages.push(page["activity"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/auth/activity?limit={limit}&cursor={cursor}");
    }
    pages
}

fn acts(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["act"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_join_without_a_gap_and_without_a_repetition() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    for name in ["a", "b", "c", "d", "e"] {
        app.clock.advance(secs(1));
        ada.patch("/auth/me").json(json!({"profile": {"display_name": name}})).await.expect_status(200);
    }
    let whole = pages(&ada, 200).await.concat();
    assert_eq!(whole.len(), 7);
    for limit in [1, 2, 3, 6, 7] {
        let pages = pages(&ada, limit).await;
        assert_eq!(pages.concat(), whole, "{limit}");
        assert_eq!(pages.len(), 7_usize.div_ceil(limit), "no page is empty");
        assert!(pages.iter().all(|page| page.len() <= limit));
    }
    let times: Vec<_> = whole.iter().map(|entry| entry["at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    // What happens meanwhile is on no page that is already being read.
    let first = ada.get("/auth/activity?limit=3").await.json();
    app.clock.advance(secs(1));
    ada.patch("/auth/me").json(json!({"profile": {"display_name": "f"}})).await.expect_status(200);
    let next = format!("/auth/activity?cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(ada.get(&next).await.json()["activity"].as_array().unwrap()[..], whole[3..]);
}

#[tokio::test]
async fn an_owner_reads_everything_and_a_member_what_names_it() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    app.sign_up("eve@example.test").await;
    app.clock.advance(secs(1));
    let grace = grace(&app, "hybrid").await;
    app.clock.advance(secs(1));
    kid(&app, "hybrid").await;
    assert_eq!(acts(&pages(&grace, 50).await.concat()), ["logged_in", "user_added"]);
    let mine: BTreeSet<_> = pages(&grace, 50).await.concat().iter().map(|entry| entry["user_id"].to_string()).collect();
    assert_eq!(mine, BTreeSet::from([format!("\"{}\"", grace.user_id())]));
    let mut all = pages(&ada, 50).await.concat();
    let last = all.split_off(4);
    assert_eq!(acts(&all), ["logged_in", "logged_in", "user_added", "user_added"]);
    // These two are of the same moment.
    assert_eq!(BTreeSet::from_iter(acts(&last)), BTreeSet::from(["logged_in", "signed_up"]));
}

#[tokio::test]
async fn an_entry_tells_who_from_where_and_with_what() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    app.clock.advance(secs(1));
    let call = ada.post("/auth/logout").json(json!({"scope": "others"}));
    call.from("2001:db8::7").header("user-agent", "Browser/1.0").await.expect_status(204);
    insta::assert_snapshot!(ada.get("/auth/activity?limit=1").await.expect_status(200).masked(), @r#"
    {
      "activity": [
        {
          "act": "other_sessions_ended",
          "actor": {
            "id": null,
            "kind": "account"
          },
          "at": "2026-11-21T12:00:01Z",
          "detail": {},
          "id": "[id]",
          "ip": "2001:db8::7",
          "session_id": "[id]",
          "user_agent": "Browser/1.0",
          "user_id": "[id]"
        }
      ],
      "next_cursor": "[id]"
    }
    "#);
}
