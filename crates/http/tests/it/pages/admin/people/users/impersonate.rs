//! `/admin/users/{id}/impersonate`.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Setup, mins},
};

use super::super::{account_id, account_page, admin, clerk, error_at, heading, notice, press, somebody, user_page};
use crate::routes::admin::noted;

/// What is shown this once.
fn token(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("<code>eyJ").unwrap_or_else(|| panic!("no token: {text}"));
    format!("eyJ{}", rest.split('<').next().unwrap())
}

/// docs/attacks.md#acting-as-a-user
#[tokio::test]
async fn az6_a_token_to_act_with_is_shown_once_and_signs_no_browser_in() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = format!("{}/impersonate", user_page(&ada.user_id()));
    let page = admin.get(&path).await.expect_status(200);
    assert!(page.text().contains("signs you in nowhere in this browser"), "{}", page.text());
    let before = admin.cookie_names();
    let made = press(&admin, &path, &page, &[("reason", "ticket 4711"), ("minutes", "5")]).await.expect_status(201);
    assert_eq!(heading(&made), "A token to act with");
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(made.header("location"), None);
    assert_eq!(admin.cookie_names(), before);
    let actor = app.program_with(token(&made));
    assert_eq!(actor.get("/auth/me").await.expect_status(200).json()["user"]["username"], "ada");
    actor.patch("/auth/me").json(serde_json::json!({"profile": {}})).await.expect_status(403);
    assert_eq!(noted(&admin, "impersonated").await[0]["detail"]["reason"], "ticket 4711");
    // It is among the account's devices, with the reason, and can be ended there.
    let account = admin.get(&account_page(&account_id(&ada))).await.expect_status(200);
    assert!(account.text().contains("An admin acts as this user") && account.text().contains("ticket 4711"));
    assert!(!account.text().contains("eyJ"), "{}", account.text());
    app.clock.advance(mins(5));
    actor.get("/auth/me").await.expect_status(401);
}

#[tokio::test]
async fn what_is_no_reason_and_no_while_is_said_at_its_field() {
    let app = Setup::default().policy(|policy| policy.max_impersonation = mins(10)).start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = format!("{}/impersonate", user_page(&ada.user_id()));
    let page = admin.get(&path).await;
    assert!(
        page.text().contains("name=\"minutes\"") && page.text().contains("value=\"10\""),
        "no more than is allowed"
    );
    let long = "x".repeat(101);
    for (reason, minutes, field, says) in [
        ("", "5", "reason", "Say why, in 1 to 100 characters on one line."),
        (long.as_str(), "5", "reason", "Say why, in 1 to 100 characters on one line."),
        ("a\u{202e}b", "5", "reason", "Say why, in 1 to 100 characters on one line."),
        ("help", "0", "minutes", "Type a number from 1 to 10."),
        ("help", "11", "minutes", "Type a number from 1 to 10."),
        ("help", "-1", "minutes", "Type a number from 1 to 10."),
        ("help", "99999999999999999999", "minutes", "Type a number from 1 to 10."),
    ] {
        let refused = press(&admin, &path, &page, &[("reason", reason), ("minutes", minutes)]).await.expect_status(422);
        assert_eq!(error_at(&refused, field).as_deref(), Some(says), "{reason} {minutes}");
        assert!(!refused.text().contains("eyJ"), "{}", refused.text());
    }
    assert!(noted(&admin, "impersonated").await.is_empty());
}

/// docs/attacks.md#acting-as-a-user
#[tokio::test]
async fn az6_nobody_acts_as_who_may_do_more_or_cannot_sign_in() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let support = clerk(&app, "support", &["users:read", "accounts:impersonate"]).await;
    let fields = [("reason", "help"), ("minutes", "5")];
    let path = format!("{}/impersonate", user_page(&admin.user_id()));
    let page = support.get(&path).await.expect_status(200);
    let refused = press(&support, &path, &page, &fields).await.expect_status(403);
    let says = "Nothing was done: this would touch somebody who may do more here than you.";
    assert_eq!(notice(&refused, "alert").as_deref(), Some(says));
    let path = format!("{}/impersonate", user_page(&ada.user_id()));
    let page = support.get(&path).await.expect_status(200);
    let body = serde_json::json!({"disabled": true});
    admin.patch(&crate::routes::admin::user_path(&ada.user_id())).json(body).await.expect_status(200);
    let refused = press(&support, &path, &page, &fields).await.expect_status(404);
    let says = "Nobody can sign in as this user, so nobody can act as it either.";
    assert_eq!(notice(&refused, "alert").as_deref(), Some(says));
}
