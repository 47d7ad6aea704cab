//! `/admin/v1/sessions`.

use gatewright_testkit::TestApp;
use serde_json::{Value, json};

use super::{account_id, each, noted};
use crate::{
    family::{family, grace},
    routes::expect_field,
};

const SESSIONS: &str = "/admin/v1/sessions";

#[tokio::test]
async fn whose_sessions_has_to_be_said_once() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let (user, account) = (ada.user_id(), account_id(&ada));
    let invalid = "validation_failed";
    expect_field(admin.get(SESSIONS).await, invalid, "user_id");
    let both = format!("{SESSIONS}?user_id={user}&account_id={account}");
    expect_field(admin.get(&both).await, invalid, "user_id");
    for bad in ["x", "", &user.to_uppercase(), "%00"] {
        expect_field(admin.get(&format!("{SESSIONS}?user_id={bad}")).await, invalid, "user_id");
        expect_field(admin.get(&format!("{SESSIONS}?account_id={bad}")).await, invalid, "account_id");
    }
    expect_field(admin.get(&format!("{SESSIONS}?userid={user}")).await, invalid, "userid");
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let grace = grace(&app, "hybrid").await;
    let of_user = admin.get(&format!("{SESSIONS}?user_id={}", ada.user_id())).await.expect_status(200);
    insta::assert_snapshot!(of_user.masked(), @r#"
    {
      "sessions": [
        {
          "account_id": "[id]",
          "amr": [
            "pwd"
          ],
          "client": null,
          "created_at": "2026-11-21T12:00:00Z",
          "expires_at": "2026-12-21T12:00:00Z",
          "id": "[id]",
          "ip": "203.0.113.7",
          "last_refreshed_on": "2026-11-21",
          "transport": "body",
          "user_agent": null,
          "user_id": "[id]"
        }
      ]
    }
    "#);
    let of_account = admin.get(&format!("{SESSIONS}?account_id={}", account_id(&ada))).await.json();
    assert_eq!(each(&of_account["sessions"], "id"), [grace.session_id(), ada.session_id()]);
    let path = format!("{SESSIONS}/{}", grace.session_id());
    for _ in 0..2 {
        admin.delete(&path).await.expect_status(204);
    }
    grace.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    grace.refresh().await.expect_problem(401, "refresh_token_invalid");
    ada.get("/auth/me").await.expect_status(200);
    let noted = noted(&admin, "session_ended").await;
    assert_eq!(noted[0]["session_id"], grace.session_id());
    assert_eq!(noted[0]["detail"], json!({"reason": "operator"}));
    assert_eq!(noted[0]["actor"], json!({"kind": "admin", "id": admin.user_id()}));
    // Who was ended reads by whom.
    let own = ada.get("/auth/activity").await.json();
    let entry =
        own["activity"].as_array().unwrap().iter().find(|entry| entry["act"] == "session_ended").unwrap().clone();
    assert_eq!(entry["actor"]["kind"], "admin");
    assert_eq!(entry.get("account_id"), None::<&Value>);
}
