//! `GET /admin/v1/stats`.

use gatewright_testkit::{
    TestApp,
    app::{days, mins},
};
use serde_json::{Value, json};

use super::somebody;
use crate::routes::expect_field;

const STATS: &str = "/admin/v1/stats";

fn count(stats: &Value, what: &str) -> u64 {
    let hours = stats["hours"].as_array().unwrap().iter();
    hours.filter(|hour| hour["what"] == what).map(|hour| hour["count"].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn from_when_to_when_has_to_be_said_well() {
    let app = TestApp::start().await;
    let program = app.program(&["stats:read"]).await;
    let invalid = "validation_failed";
    for bad in ["yesterday", "", "2026-01-01", "1700000000", "2026-01-01T00:00:00"] {
        expect_field(program.get(&format!("{STATS}?since={bad}")).await, invalid, "since");
        expect_field(program.get(&format!("{STATS}?until={bad}")).await, invalid, "until");
    }
    let span = |since: &str, until: &str| format!("{STATS}?since={since}&until={until}");
    expect_field(program.get(&span("2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z")).await, invalid, "since");
    expect_field(program.get(&span("2026-01-01T00:00:00Z", "2026-04-03T00:00:01Z")).await, invalid, "since");
    program.get(&span("2026-01-01T00:00:00Z", "2026-04-03T00:00:00Z")).await.expect_status(200);
    expect_field(program.get(&format!("{STATS}?days=7")).await, invalid, "days");
}

#[tokio::test]
async fn there_is_as_much_as_there_is_and_what_happened_is_counted_by_the_hour() {
    let app = TestApp::start().await;
    let program = app.program(&["stats:read"]).await;
    let ada = somebody(&app, "ada").await;
    ada.post("/auth/users").json(json!({"username": "grace"})).await.expect_status(201);
    app.log_in("ada", Some("ada"), "body").await;
    let wrong = json!({"login": "ada", "password": "not at all"});
    for _ in 0..3 {
        app.browser().post("/auth/login").json(wrong.clone()).await.expect_problem(401, "invalid_credentials");
    }
    app.clock.advance(mins(61));
    let stats = program.get(STATS).await.expect_status(200).json();
    assert_eq!(stats["totals"], json!({"accounts": 1, "users": 2, "sessions": 2}));
    assert_eq!((count(&stats, "signed_up"), count(&stats, "login_failed")), (1, 3), "{stats}");
    for hour in stats["hours"].as_array().unwrap() {
        assert!(hour["hour"].as_str().unwrap().ends_with(":00:00Z"), "{hour}");
    }
    app.clock.advance(days(8));
    let later = program.get(STATS).await.expect_status(200).json();
    assert_eq!(count(&later, "signed_up"), 0, "the last seven days: {later}");
    let since = stats["hours"][0]["hour"].as_str().unwrap();
    let all = program.get(&format!("{STATS}?since={since}")).await.expect_status(200).json();
    assert_eq!(count(&all, "signed_up"), 1, "{all}");
}

#[tokio::test]
async fn counts_are_kept_for_400_days() {
    let app = TestApp::start().await;
    let program = app.program(&["stats:read"]).await;
    somebody(&app, "ada").await;
    app.clock.advance(mins(61));
    let now = program.get(STATS).await.expect_status(200).json();
    let first =
        now["hours"].as_array().unwrap().iter().find(|hour| hour["what"] == "signed_up").unwrap()["hour"].clone();
    let then = format!(
        "{STATS}?since={}&until={}",
        first.as_str().unwrap(),
        first.as_str().unwrap().replace(":00:00Z", ":59:59Z")
    );
    for (later, signed_up) in [(399, 1), (2, 0)] {
        app.clock.advance(days(later));
        app.gate.tend().await.unwrap();
        let stats = program.get(&then).await.expect_status(200).json();
        assert_eq!(count(&stats, "signed_up"), signed_up, "{stats}");
    }
}
