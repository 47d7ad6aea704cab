//! `/auth/users`.

use gatewright_testkit::{TestApp, app::Setup};
use serde_json::json;

use crate::{
    family::{EMAIL, family, grace},
    routes::{expect_field, refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_strangers},
};

#[tokio::test]
async fn who_is_no_caller_sees_and_changes_nobody() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let user = format!("/auth/users/{}", ada.user_id());
    refuses_strangers(&app, |browser| browser.get("/auth/users")).await;
    refuses_strangers(&app, |browser| browser.post("/auth/users").json(json!({"username": "new"}))).await;
    refuses_strangers(&app, |browser| browser.patch("/auth/users/x").json(json!({"username": "new"}))).await;
    refuses_strangers(&app, |browser| browser.delete("/auth/users/x")).await;
    refuses_foreign_pages(|| ada.post("/auth/users").json(json!({"username": "new"}))).await;
    refuses_foreign_pages(|| ada.patch(&user).json(json!({"username": "new"}))).await;
    refuses_foreign_pages(|| ada.delete(&user)).await;
}

#[tokio::test]
async fn what_no_user_can_be_is_told_by_its_member() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let add = || ada.post("/auth/users");
    let path = format!("/auth/users/{}", ada.user_id());
    let change = || ada.patch(&path);
    refuses_other_bodies(add).await;
    refuses_other_bodies(change).await;
    let invalid = "validation_failed";
    refuses_members(
        add,
        [
            (json!({}), invalid, "username"),
            (json!({"username": "x"}), invalid, "username"),
            (json!({"username": "x".repeat(65)}), invalid, "username"),
            (json!({"username": "new", "pin": "1"}), invalid, "pin"),
            (json!({"username": "new", "profile": {"locale": ""}}), invalid, "profile.locale"),
            (json!({"username": "new", "roles": ["admin"]}), invalid, "roles"),
        ],
    )
    .await;
    refuses_members(
        change,
        [
            (json!({"username": "a@b"}), invalid, "username"),
            (json!({"profile": {"avatar_url": "ftp://example.test"}}), invalid, "profile.avatar_url"),
            (json!({"owner": true}), invalid, "owner"),
        ],
    )
    .await;
    assert_eq!(ada.get("/auth/users").await.json()["users"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_name_that_anybody_has_is_taken() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let eve = app.browser();
    let body = json!({"email": "eve@example.test", "password": gatewright_testkit::app::PASSWORD, "username": "eve"});
    eve.post("/auth/signup").json(body).await.expect_status(201);
    let path = format!("/auth/users/{}", ada.user_id());
    for name in ["eve", "EVE", "grace"] {
        ada.post("/auth/users").json(json!({"username": name})).await.expect_problem(409, "username_taken");
        ada.patch(&path).json(json!({"username": name})).await.expect_problem(409, "username_taken");
    }
    // Its own is not: writing it in another way changes nothing.
    ada.patch(&path).json(json!({"username": "Ada"})).await.expect_status(200);
}

#[tokio::test]
async fn only_owners_manage_users_and_only_their_own() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let grace = grace(&app, "hybrid").await;
    let eve = app.sign_up("eve@example.test").await;
    let of = |id: String| format!("/auth/users/{id}");
    grace.post("/auth/users").json(json!({"username": "x1"})).await.expect_problem(403, "permission_denied");
    let rename = json!({"username": "boss"});
    let own = of(grace.user_id());
    grace.patch(&own).json(rename.clone()).await.expect_problem(403, "permission_denied");
    grace.patch(&of(ada.user_id())).json(json!({})).await.expect_problem(403, "permission_denied");
    grace.delete(&own).await.expect_problem(403, "permission_denied");
    for id in [eve.user_id(), "x".to_owned(), "01a1fdfa-4600-7000-8000-000000000000".to_owned()] {
        ada.patch(&of(id.clone())).json(rename.clone()).await.expect_problem(404, "user_not_found");
        ada.delete(&of(id)).await.expect_problem(404, "user_not_found");
    }
    ada.delete(&of(ada.user_id())).await.expect_problem(409, "last_owner");
    ada.patch(&of(ada.user_id())).json(json!({"username": "grace"})).await.expect_problem(409, "username_taken");
}

#[tokio::test]
async fn an_account_has_so_many_users_at_most() {
    let app = Setup::default().policy(|policy| policy.max_users = 3).start().await;
    let ada = family(&app, "hybrid").await;
    let fourth = || ada.post("/auth/users").json(json!({"username": "fourth"}));
    expect_field(fourth().await, "validation_failed", "username");
    let id = ada.get("/auth/users").await.json()["users"][2]["id"].as_str().unwrap().to_owned();
    ada.delete(&format!("/auth/users/{id}")).await.expect_status(204);
    fourth().await.expect_status(201);
}

#[tokio::test]
async fn se7_a_removed_user_is_signed_out_at_once_also_when_it_was_refreshing() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let grace = grace(&app, "body").await;
    ada.delete(&format!("/auth/users/{}", grace.user_id())).await.expect_status(204);
    grace.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    grace.refresh().await.expect_problem(401, "refresh_token_invalid");
    ada.delete(&format!("/auth/users/{}", grace.user_id())).await.expect_problem(404, "user_not_found");
    ada.get("/auth/me").await.expect_status(200);
    // The name is free again, and who takes it is somebody else.
    let again = ada.post("/auth/users").json(json!({"username": "grace"})).await.expect_status(201).json();
    assert_ne!(again["id"], grace.user_id());
    grace.refresh().await.expect_problem(401, "refresh_token_invalid");
}

#[tokio::test]
async fn an_owner_adds_and_changes_users() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let body = json!({"username": "kid", "pin": "2468", "profile": {"display_name": "Kid"}});
    let added = ada.post("/auth/users").json(body).await.expect_status(201);
    insta::assert_snapshot!(added.masked(), @r#"
    {
      "app_metadata": {},
      "created_at": "2026-11-21T12:00:00Z",
      "id": "[id]",
      "owner": false,
      "pin_required": true,
      "profile": {
        "avatar_url": null,
        "display_name": "Kid",
        "locale": null,
        "metadata": {}
      },
      "roles": [],
      "username": "kid"
    }
    "#);
    let path = format!("/auth/users/{}", added.json()["id"].as_str().unwrap());
    let changed = ada.patch(&path).json(json!({"username": "Teen", "profile": {"display_name": null}})).await;
    let changed = changed.expect_status(200).json();
    assert_eq!((&changed["username"], &changed["profile"]["display_name"]), (&"teen".into(), &json!(null)));
    assert!(ada.get("/auth/users").await.json()["users"].as_array().unwrap().contains(&changed));
    let only_profile = ada.patch(&path).json(json!({"profile": {"locale": "de"}})).await.expect_status(200).json();
    assert_eq!((&only_profile["username"], &only_profile["profile"]["locale"]), (&"teen".into(), &"de".into()));
}

#[tokio::test]
async fn a_member_changes_its_own_profile_by_its_id() {
    let app = TestApp::start().await;
    family(&app, "hybrid").await;
    let grace = grace(&app, "hybrid").await;
    let path = format!("/auth/users/{}", grace.user_id());
    let changed = grace.patch(&path).json(json!({"profile": {"display_name": "Grace"}})).await.expect_status(200);
    assert_eq!(changed.json()["profile"]["display_name"], "Grace");
}

#[tokio::test]
async fn everybody_sees_who_is_there() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    ada.patch("/auth/me").json(json!({"profile": {"metadata": {"secret": "plan"}}})).await.expect_status(200);
    let grace = grace(&app, "hybrid").await;
    let seen = grace.get("/auth/users").await.expect_status(200);
    assert!(!seen.text().contains("plan"), "what the app keeps about others is theirs");
    insta::assert_snapshot!(seen.masked(), @r#"
    {
      "users": [
        {
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
        },
        {
          "app_metadata": {},
          "created_at": "2026-11-21T12:00:01Z",
          "id": "[id]",
          "owner": false,
          "pin_required": false,
          "profile": {
            "avatar_url": null,
            "display_name": null,
            "locale": null,
            "metadata": {}
          },
          "roles": [],
          "username": "grace"
        },
        {
          "app_metadata": {},
          "created_at": "2026-11-21T12:00:02Z",
          "id": "[id]",
          "owner": false,
          "pin_required": true,
          "profile": {
            "avatar_url": null,
            "display_name": null,
            "locale": null,
            "metadata": {}
          },
          "roles": [],
          "username": "kid"
        }
      ]
    }
    "#);
}
