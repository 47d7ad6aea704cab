//! `/admin/settings`.

use gatewright_testkit::{TestApp, app::Setup};
use serde_json::Value;

use super::{admin, clerk, expect_confirmation, expect_lacking, grow_stale, nobody};
use crate::{pages::heading, routes::admin::ALL_RIGHTS};

/// Every name that the API shows, such as `refresh.min_age`.
fn names(settings: &Value) -> Vec<String> {
    let of = |(name, value): (&String, &Value)| match value {
        Value::Object(group) => group.keys().map(|inner| format!("{name}.{inner}")).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => vec![name.clone()],
    };
    settings.as_object().unwrap().iter().flat_map(of).collect()
}

#[tokio::test]
async fn every_setting_that_the_api_shows_is_shown_once_and_no_other() {
    let app = TestApp::start().await;
    let program = app.program(&["stats:read"]).await;
    let settings = program.get("/admin/v1/settings").await.expect_status(200).json();
    let page = admin(&app).await.get("/admin/settings").await.expect_status(200);
    assert_eq!(heading(&page), "Settings");
    let html = page.text();
    let names = names(&settings);
    for name in &names {
        assert_eq!(html.matches(&format!("<code>{name}</code>")).count(), 1, "{name}");
    }
    assert_eq!(html.matches("<code>").count(), names.len(), "{html}");
    assert!(!html.contains(">unknown<") && !html.contains("<form"), "{html}");
    assert!(html.contains("10 minutes"), "a span is told in words: {html}");
}

#[tokio::test]
async fn what_an_operator_wrote_is_text() {
    let setup = Setup::default().policy(|policy| policy.audience = "<b>apps & \"more\"</b>".to_owned());
    let app = setup.start().await;
    let html = clerk(&app, "clerk", &["stats:read"]).await.get("/admin/settings").await.expect_status(200).text();
    assert!(html.contains("&lt;b&gt;apps &amp; &quot;more&quot;&lt;&#x2f;b&gt;") && !html.contains("<b>"), "{html}");
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az1_settings_are_for_who_may_see_them_and_has_proved_himself_of_late() {
    let app = TestApp::start().await;
    nobody(&app, "fan").await.get("/admin/settings").await.expect_status(403);
    let all_but: Vec<&str> = ALL_RIGHTS.into_iter().filter(|right| *right != "stats:read").collect();
    expect_lacking(clerk(&app, "most", &all_but).await.get("/admin/settings").await, "stats:read");
    let reader = clerk(&app, "reader", &["stats:read"]).await;
    reader.get("/admin/settings").await.expect_status(200);
    grow_stale(&app);
    expect_confirmation(reader.get("/admin/settings").await, "/admin/settings");
}
