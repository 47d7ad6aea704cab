//! `/auth/me`.

use gatewright_testkit::TestApp;
use serde_json::{Value, json};

use crate::{
    family::{EMAIL, family, grace},
    routes::{refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_strangers},
};

#[tokio::test]
async fn who_is_not_signed_in_is_nobody() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    refuses_strangers(&app, |browser| browser.get("/auth/me")).await;
    refuses_strangers(&app, |browser| browser.patch("/auth/me").json(json!({"profile": {}}))).await;
    refuses_foreign_pages(|| ada.patch("/auth/me").json(json!({"profile": {}}))).await;
}

#[tokio::test]
async fn what_no_profile_can_be_is_told_by_its_member_and_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let call = || ada.patch("/auth/me");
    refuses_other_bodies(call).await;
    let before = ada.get("/auth/me").await.json();
    let invalid = "validation_failed";
    let with = |name: &str, value: Value| {
        let mut profile = json!({"locale": "en"});
        profile[name] = value;
        json!({"profile": profile})
    };
    refuses_members(
        call,
        [
            (json!({}), invalid, "profile"),
            (json!({"profile": null}), invalid, "profile"),
            (with("display_name", json!("")), invalid, "profile.display_name"),
            (with("display_name", json!("x".repeat(257))), invalid, "profile.display_name"),
            (with("display_name", json!("Ada\u{202e}")), invalid, "profile.display_name"),
            (with("display_name", json!(1)), invalid, "profile.display_name"),
            (with("avatar_url", json!("http://example.test/a.png")), invalid, "profile.avatar_url"),
            (with("avatar_url", json!("//example.test/a.png")), invalid, "profile.avatar_url"),
            (with("avatar_url", json!("data:image/png;base64,AA")), invalid, "profile.avatar_url"),
            (with("locale", json!("en_GB")), invalid, "profile.locale"),
            (with("metadata", json!([])), invalid, "profile.metadata"),
            (with("metadata", json!({"a": "x".repeat(4096)})), invalid, "profile.metadata"),
            (with("nickname", json!("Ada")), invalid, "profile.nickname"),
        ],
    )
    .await;
    assert_eq!(ada.get("/auth/me").await.json(), before);
    // Metadata may not grow over its size in steps either.
    let half = |name: &str| json!({"profile": {"metadata": {name: "x".repeat(2500)}}});
    call().json(half("a")).await.expect_status(200);
    refuses_members(call, [(half("b"), invalid, "profile.metadata")]).await;
}

#[tokio::test]
async fn one_sees_oneself() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    insta::assert_snapshot!(ada.get("/auth/me").await.expect_status(200).masked(), @r#"
    {
      "account": {
        "email": "ada@example.test",
        "email_verified": false,
        "id": "[id]"
      },
      "session": {
        "created_at": "2026-11-21T12:00:00Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "id": "[id]",
        "transport": "hybrid"
      },
      "user": {
        "app_metadata": {},
        "created_at": "2026-11-21T12:00:00Z",
        "id": "[id]",
        "owner": true,
        "pin_required": false,
        "profile": {
          "avatar_url": null,
          "display_name": null,
          "locale": null,
          "metadata": {}
        },
        "roles": [],
        "username": "ada"
      }
    }
    "#);
}

#[tokio::test]
async fn a_profile_is_merged_as_rfc_7396_says() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let change = async |profile: Value| {
        let answer = ada.patch("/auth/me").json(json!({"profile": profile})).await.expect_status(200);
        answer.json()["user"]["profile"].clone()
    };
    change(json!({"display_name": "Ada", "locale": "en", "metadata": {"a": 1, "b": {"c": 2}}})).await;
    let after = change(json!({"locale": null, "metadata": {"a": null, "b": {"d": 3}}})).await;
    let expected =
        json!({"display_name": "Ada", "avatar_url": null, "locale": null, "metadata": {"b": {"c": 2, "d": 3}}});
    assert_eq!(after, expected);
    assert_eq!(change(json!({})).await, expected);
    assert_eq!(change(json!({"metadata": null})).await["metadata"], json!({}));
}

#[tokio::test]
async fn a_member_changes_itself_and_sees_the_change() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let grace = grace(&app, "cookie").await;
    let profile = json!({"display_name": "Grace", "avatar_url": "https://example.test/g.png"});
    let changed = grace.patch("/auth/me").json(json!({"profile": profile})).await.expect_status(200).json();
    assert_eq!(changed["user"]["profile"]["display_name"], "Grace");
    assert_eq!(changed["session"]["id"], grace.session_id());
    assert_eq!(grace.get("/auth/me").await.json(), changed);
    let log = grace.get("/auth/activity").await.json();
    let acts: Vec<_> = log["activity"].as_array().unwrap().iter().map(|entry| &entry["act"]).collect();
    assert!(acts.contains(&&json!("user_changed")), "{acts:?}");
}
