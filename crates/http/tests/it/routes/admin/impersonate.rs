//! `POST /admin/v1/users/{id}/impersonate`, and what whoever acts as a user can and cannot do (SECURITY AZ6, AU6).

use axum::http::Method;
use gatewright_testkit::{
    TestApp,
    app::{Browser, PASSWORD, Setup, mins, secs},
};
use serde_json::{Value, json};

use super::{account_id, each, noted, somebody, user_path, users::claims, with_role};
use crate::{
    family::{family, grace},
    routes::{refuses_members, refuses_other_bodies},
};

/// A browser with a token to act as this user.
async fn acting(app: &TestApp, by: &Browser, user: &str, secs: u64) -> (Browser, Value) {
    let body = json!({"reason": "ticket 4711", "expires_in": secs});
    let made = by.post(&format!("{}/impersonate", user_path(user))).json(body).await.expect_status(201).json();
    (app.program_with(made["access_token"].as_str().unwrap()), made)
}

#[tokio::test]
async fn what_is_no_reason_and_no_while_is_told_by_its_member() {
    let app = Setup::default().policy(|policy| policy.max_impersonation = mins(10)).start().await;
    let (admin, ada) = (app.admin().await, somebody(&app, "ada").await);
    let path = format!("{}/impersonate", user_path(&ada.user_id()));
    let act = || admin.post(&path);
    refuses_other_bodies(act).await;
    let invalid = "validation_failed";
    let table = [
        (json!({}), invalid, "reason"),
        (json!({"reason": ""}), invalid, "reason"),
        (json!({"reason": "x".repeat(101)}), invalid, "reason"),
        (json!({"reason": "a\nb"}), invalid, "reason"),
        (json!({"reason": "x", "expires_in": 0}), invalid, "expires_in"),
        (json!({"reason": "x", "expires_in": 601}), invalid, "expires_in"),
        (json!({"reason": "x", "expires_in": -1}), invalid, "expires_in"),
        (json!({"reason": "x", "transport": "cookie"}), invalid, "transport"),
        (json!({"reason": "x", "user_id": admin.user_id()}), invalid, "user_id"),
    ];
    refuses_members(act, table).await;
    // What is usual is cut to what is allowed.
    assert_eq!(act().json(json!({"reason": "x"})).await.expect_status(201).json()["expires_in"], 600);
    admin.patch(&user_path(&ada.user_id())).json(json!({"disabled": true})).await.expect_status(200);
    act().json(json!({"reason": "x"})).await.expect_problem(404, "user_not_found");
}

/// docs/attacks.md#acting-as-a-user
#[tokio::test]
async fn az6_au6_impersonation_is_marked_in_the_token_the_session_and_the_log() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let (actor, made) = acting(&app, &admin, &ada.user_id(), 300).await;
    assert_eq!((&made["token_type"], &made["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert!(made.get("refresh_token").is_none() && made["user"]["id"] == ada.user_id());
    let says = claims(&actor.access_token());
    assert_eq!(says["sub"], ada.user_id());
    assert_eq!(says["act"]["sub"], admin.user_id());
    assert_eq!(says["amr"], json!(["impersonation"]));
    assert_eq!(says["exp"].as_i64().unwrap() - says["iat"].as_i64().unwrap(), 300);
    // The owner sees it where its own devices are, with the reason, and whoever did it in the activity.
    let sessions = ada.get("/auth/sessions").await.json();
    let session = sessions["sessions"].as_array().unwrap().iter().find(|one| one["impersonated"] == true).unwrap();
    assert_eq!((&session["client"], &session["id"]), (&json!("ticket 4711"), &made["session"]["id"]));
    assert_eq!((&session["ip"], &session["user_agent"]), (&Value::Null, &Value::Null));
    let log = ada.get("/auth/activity").await.json();
    let entry = &log["activity"][0];
    assert_eq!(entry["act"], "impersonated");
    assert_eq!(entry["actor"], json!({"kind": "admin", "id": admin.user_id()}));
    assert_eq!(entry["detail"], json!({"reason": "ticket 4711", "expires_in": 300}));
    let of_admin = admin.get(&format!("/admin/v1/sessions?user_id={}", ada.user_id())).await.json();
    assert!(of_admin["sessions"].as_array().unwrap().iter().any(|one| one["amr"] == json!(["impersonation"])));
    // She ends it.
    ada.delete(&format!("/auth/sessions/{}", made["session"]["id"].as_str().unwrap())).await.expect_status(204);
    actor.get("/auth/me").await.expect_problem(401, "access_token_invalid");
}

/// docs/attacks.md#acting-as-a-user
#[tokio::test]
async fn az6_a_program_that_acts_is_named_as_a_program() {
    let app = TestApp::start().await;
    let (program, ada) = (app.program(&["accounts:impersonate"]).await, somebody(&app, "ada").await);
    let (actor, _) = acting(&app, &program, &ada.user_id(), 60).await;
    let log = ada.get("/auth/activity").await.json();
    assert_eq!(log["activity"][0]["actor"]["kind"], "service_key");
    let key = log["activity"][0]["actor"]["id"].clone();
    let act = claims(&actor.access_token())["act"].clone();
    assert!(act.to_string().contains(key.as_str().unwrap()), "{act}");
    actor.post("/auth/logout").await.expect_status(204);
    let log = ada.get("/auth/activity").await.json();
    assert_eq!(log["activity"][0]["act"], "logged_out");
    assert_eq!(log["activity"][0]["actor"], json!({"kind": "impersonating_key", "id": key}));
}

/// docs/attacks.md#acting-as-a-user
#[tokio::test]
async fn az6_who_acts_as_a_user_sees_what_the_user_sees_and_changes_nothing() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let grace = grace(&app, "body").await;
    let (actor, _) = acting(&app, &admin, &ada.user_id(), 900).await;
    for path in ["/auth/me", "/auth/users", "/auth/sessions", "/auth/activity"] {
        actor.get(path).await.expect_status(200);
    }
    let (own, other) = (ada.user_id(), grace.user_id());
    let new = "quite another fine sentence";
    let calls = [
        (Method::POST, "/auth/switch".to_owned(), json!({"username": "grace"})),
        (Method::POST, "/auth/reauthenticate".to_owned(), json!({"password": PASSWORD})),
        (Method::POST, "/auth/logout".to_owned(), json!({"scope": "others"})),
        (Method::POST, "/auth/logout".to_owned(), json!({"scope": "account"})),
        (Method::PATCH, "/auth/me".to_owned(), json!({"profile": {"display_name": "x"}})),
        (Method::POST, "/auth/users".to_owned(), json!({"username": "spy"})),
        (Method::PATCH, format!("/auth/users/{own}"), json!({"username": "renamed"})),
        (Method::PATCH, format!("/auth/users/{other}"), json!({"profile": {"display_name": "x"}})),
        (Method::DELETE, format!("/auth/users/{other}"), Value::Null),
        (Method::PUT, format!("/auth/users/{own}/pin"), json!({"pin": "1234"})),
        (Method::DELETE, format!("/auth/users/{own}/pin"), Value::Null),
        (Method::DELETE, format!("/auth/sessions/{}", ada.session_id()), Value::Null),
        (Method::DELETE, format!("/auth/sessions/{}", grace.session_id()), Value::Null),
        (Method::PUT, "/auth/password".to_owned(), json!({"current_password": PASSWORD, "new_password": new})),
        (Method::PUT, "/auth/email".to_owned(), json!({"email": "spy@example.test"})),
        (Method::POST, "/auth/email/verify".to_owned(), json!({"code": "12345678"})),
        (Method::POST, "/auth/email/confirm".to_owned(), json!({"code": "12345678"})),
        (Method::POST, "/auth/invitations".to_owned(), json!({"email": "spy@example.test"})),
        (Method::DELETE, "/auth/account".to_owned(), Value::Null),
        (Method::GET, "/auth/account/export".to_owned(), Value::Null),
        (Method::GET, "/admin/v1/accounts".to_owned(), Value::Null),
    ];
    for (method, path, body) in calls {
        let call = actor.request(method.clone(), &path);
        let answer = if body.is_null() { call.await } else { call.json(body).await };
        assert_eq!(answer.json()["code"], "permission_denied", "{method} {path}: {}", answer.text());
        assert_eq!(answer.status, 403);
    }
    actor.post("/auth/refresh").await.expect_problem(401, "refresh_token_invalid");
    // All is as it was.
    ada.get("/auth/me").await.expect_status(200);
    grace.get("/auth/me").await.expect_status(200);
    assert_eq!(each(&ada.get("/auth/users").await.json()["users"], "username"), ["ada", "grace", "kid"]);
    app.log_in(crate::family::EMAIL, Some("ada"), "body").await;
    assert!(app.letters().await.iter().all(|mail| !mail.to.contains("spy")));
    // And it goes when it is done.
    actor.post("/auth/logout").await.expect_status(204);
    actor.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    ada.get("/auth/me").await.expect_status(200);
    let log = ada.get("/auth/activity").await.json();
    assert_eq!(log["activity"][0]["actor"], json!({"kind": "impersonator", "id": admin.user_id()}));
}

/// docs/attacks.md#acting-as-a-user
#[tokio::test]
async fn az6_acting_ends_by_itself_and_with_the_rights_of_the_user_it_is_about() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let (actor, _) = acting(&app, &admin, &ada.user_id(), 300).await;
    app.clock.advance(secs(299));
    actor.get("/auth/me").await.expect_status(200);
    app.clock.advance(secs(31));
    actor.get("/auth/me").await.expect_problem(401, "access_token_expired");
    let sessions = ada.get("/auth/sessions").await;
    let still = sessions.json()["sessions"]
        .as_array()
        .map_or(0, |all| all.iter().filter(|one| one["impersonated"] == true).count());
    assert_eq!(still, 0, "{}", sessions.text());
    let admin = app.admin().await;
    let (actor, _) = acting(&app, &admin, &ada.user_id(), 300).await;
    admin.patch(&super::account_path(&account_id(&ada))).json(json!({"disabled": true})).await.expect_status(200);
    actor.get("/auth/me").await.expect_problem(401, "access_token_invalid");
}

/// docs/attacks.md#acting-as-a-user
#[tokio::test]
async fn az6_acting_as_an_admin_administers_nothing() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let second = somebody(&app, "second").await;
    super::give_roles(&admin, &second.user_id(), &["admin"]).await.expect_status(200);
    let (actor, _) = acting(&app, &admin, &second.user_id(), 300).await;
    actor.get("/auth/me").await.expect_status(200);
    for path in ["/admin/v1/accounts", "/admin/v1/settings", "/admin/v1/activity"] {
        actor.get(path).await.expect_problem(403, "permission_denied");
    }
    let again = actor.post(&format!("{}/impersonate", user_path(&admin.user_id()))).json(json!({"reason": "x"})).await;
    again.expect_problem(403, "permission_denied");
    let support = with_role(&app, "support", &["accounts:impersonate"]).await;
    let up = support.post(&format!("{}/impersonate", user_path(&admin.user_id()))).json(json!({"reason": "x"})).await;
    up.expect_problem(403, "permission_denied");
    assert_eq!(noted(&admin, "impersonated").await.len(), 1);
}
