//! `/admin/v1/activity/export`.

use axum::http::StatusCode;
use gatewright_testkit::{
    TestApp,
    app::{Answer, secs},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{ACTIVITY, EXPORT, history};
use crate::routes::admin::{account_id, each, noted, somebody};

#[tokio::test]
async fn lg1_an_export_is_all_of_it_as_lines_and_is_noted_first() {
    let app = TestApp::start().await;
    let [admin, ada, _] = history(&app).await;
    app.clock.advance(secs(1));
    let page = admin.get(&format!("{ACTIVITY}?limit=1000")).await.json();
    let exported = lines(&admin.get(EXPORT).await.expect_status(200));
    assert_eq!(json!(exported), page["activity"], "the same entries in the same form, and its own is not among them");
    let noted = noted(&admin, "activity_exported").await;
    assert_eq!(noted.len(), 1);
    assert_eq!(noted[0]["actor"], json!({"kind": "admin", "id": admin.user_id()}));
    let account = account_id(&ada);
    let of_one = lines(&admin.get(&format!("{EXPORT}?account_id={account}&act=user_added")).await.expect_status(200));
    assert_eq!(of_one.len(), 2);
    assert!(of_one.iter().all(|entry| entry["account_id"] == account.as_str()));
    let none = admin.get(&format!("{EXPORT}?until=2000-01-01T00:00:00Z")).await.expect_status(200);
    assert_eq!(lines(&none), [Value::Null; 0]);
}

#[tokio::test]
async fn an_export_of_many_pages_is_whole_and_one_that_breaks_off_is_not_taken_for_whole() {
    let app = TestApp::start().await;
    let ada = somebody(&app, "ada").await;
    // Two pages and a half.
    for at in 0..2_500 {
        if at % 100 == 0 {
            app.clock.advance(secs(1));
        }
        ada.patch("/auth/me").json(json!({"profile": {"locale": "en"}})).await.expect_status(200);
    }
    app.clock.advance(secs(1));
    let program = app.program(&["activity:read"]).await;
    app.clock.advance(secs(1));
    app.fuse.mend();
    let exported = lines(&program.get(EXPORT).await.expect_status(200));
    assert!(exported.len() > 2_500, "{}", exported.len());
    assert!(app.fuse.count("page") >= 3, "{:?}", app.fuse.steps());
    let mut ids = each(&json!(exported), "id");
    let whole = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), whole, "no entry twice");
    assert!(ids.is_sorted_by(|newer, older| newer > older));
    // The store goes away after the first page.
    let steps = app.fuse.steps();
    let second = steps.iter().enumerate().filter(|(_, step)| **step == "page").nth(1).unwrap().0;
    app.fuse.blow_after(second);
    let request =
        axum::http::Request::get(EXPORT).header("authorization", format!("Bearer {}", program.access_token()));
    let request = request.body(axum::body::Body::empty()).unwrap();
    let response = app.edge.router::<()>().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.into_body().collect().await.is_err(), "whoever reads it sees that it breaks off");
}

pub(super) fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let text = answer.text();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
