//! `/admin/v1/users`.

use gatewright_testkit::{
    TestApp,
    app::{mins, secs},
};
use serde_json::{Value, json};

use super::{ALL_RIGHTS, each, give_roles, noted, somebody, user_path, with_role};
use crate::{
    family::{family, grace},
    routes::{expect_field, refuses_members, refuses_other_bodies},
};

const USERS: &str = "/admin/v1/users";

#[tokio::test]
async fn az3_pw18_what_no_admin_may_set_is_told_by_its_member() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let path = user_path(&ada.user_id());
    let change = || admin.patch(&path);
    refuses_other_bodies(change).await;
    let invalid = "validation_failed";
    let table = [
        (json!({"roles": ["Admin"]}), invalid, "roles"),
        (json!({"roles": "admin"}), invalid, "roles"),
        (json!({"roles": null}), invalid, "roles"),
        (json!({"roles": vec!["a1"; 1], "pin": "1234"}), invalid, "pin"),
        (json!({"roles": (0..33).map(|at| format!("r{at}")).collect::<Vec<_>>()}), invalid, "roles"),
        (json!({"disabled": "yes"}), invalid, "disabled"),
        (json!({"disabled": null}), invalid, "disabled"),
        (json!({"app_metadata": null}), invalid, "app_metadata"),
        (json!({"app_metadata": []}), invalid, "app_metadata"),
        (json!({"app_metadata": {"x": "y".repeat(5000)}}), invalid, "app_metadata"),
        (json!({"password": "a new sentence of mine"}), invalid, "password"),
        (json!({"username": "boss"}), invalid, "username"),
        (json!({"profile": {"display_name": "x"}}), invalid, "profile"),
        (json!({"owner": true}), invalid, "owner"),
        (json!({"account_id": ada.user_id()}), invalid, "account_id"),
        (json!({"permissions": ["accounts:read"]}), invalid, "permissions"),
    ];
    refuses_members(change, table).await;
    change().json(json!({})).await.expect_problem(422, invalid);
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "limit=%2B5",
        "cursor=x",
        "cursor=",
        "role=support",
        "surprise=1",
        "limit=1&limit=1",
    ] {
        let field = query.split('=').next().unwrap();
        expect_field(admin.get(&format!("{USERS}?{query}")).await, invalid, field);
    }
    expect_field(admin.get(&format!("{USERS}?role=admin&limit=5")).await, invalid, "role");
    expect_field(admin.get(&format!("{USERS}?search={}", "x".repeat(255))).await, invalid, "search");
    expect_field(admin.get(&format!("{USERS}?search=%ff")).await, invalid, "search");
    assert!(noted(&admin, "user_administered").await.is_empty());
}

#[tokio::test]
async fn users_are_found_page_by_page_and_by_the_beginning_of_their_names() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for name in ["ada", "adam", "bob", "adele", "zoe"] {
        app.clock.advance(secs(1));
        somebody(&app, name).await;
    }
    let mut seen = Vec::new();
    let mut path = format!("{USERS}?limit=2");
    loop {
        let page = admin.get(&path).await.expect_status(200).json();
        let names = each(&page["users"], "username");
        assert!(names.len() <= 2);
        seen.extend(names);
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{USERS}?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["zoe", "adele", "bob", "adam", "ada", "root"]);
    let page = admin.get(&format!("{USERS}?search=AD&limit=2")).await.json();
    assert_eq!(each(&page["users"], "username"), ["ada", "adam"]);
    let cursor = page["next_cursor"].as_str().unwrap();
    let rest = admin.get(&format!("{USERS}?search=ad&cursor={cursor}")).await.json();
    assert_eq!((each(&rest["users"], "username"), &rest["next_cursor"]), (vec!["adele".to_owned()], &Value::Null));
    // The cursor of a search is good for that search, and for nothing else.
    for other in [format!("{USERS}?cursor={cursor}"), format!("{USERS}?search=b&cursor={cursor}")] {
        expect_field(admin.get(&other).await, "validation_failed", "cursor");
    }
    let all = admin.get(&format!("{USERS}?limit=1")).await.json();
    let cursor = all["next_cursor"].as_str().unwrap();
    let mixed = admin.get(&format!("{USERS}?search=ad&cursor={cursor}")).await;
    expect_field(mixed, "validation_failed", "cursor");
    for nothing in ["search=%25", "search=_", "search=nobody", "search=a%27%20OR%201%3D1"] {
        assert_eq!(admin.get(&format!("{USERS}?{nothing}")).await.expect_status(200).json()["users"], json!([]));
    }
}

#[tokio::test]
async fn the_admins_are_listed() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, somebody(&app, "ada").await);
    with_role(&app, "support", &["users:read"]).await;
    give_roles(&admin, &ada.user_id(), &["admin", "support"]).await.expect_status(200);
    let admins = admin.get(&format!("{USERS}?role=admin")).await.expect_status(200).json();
    assert_eq!(each(&admins["users"], "username"), ["root", "ada"]);
}

#[tokio::test]
async fn a_user_shows_what_admins_need_and_no_secret() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let user = admin.get(&user_path(&ada.user_id())).await.expect_status(200);
    insta::assert_snapshot!(user.masked(), @r#"
    {
      "account_id": "[id]",
      "app_metadata": {},
      "created_at": "2026-11-21T12:00:00Z",
      "disabled": false,
      "disabled_at": null,
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
    "#);
}

/// docs/attacks.md#a-role-that-was-taken
#[tokio::test]
async fn jw21_another_role_shows_in_the_next_token_and_here_at_once() {
    let app = TestApp::start().await;
    let ada = somebody(&app, "ada").await;
    let admin = app.admin().await;
    let roles = || async { ada.get("/auth/me").await.json()["user"]["roles"].clone() };
    admin.put("/admin/v1/roles/support").json(json!({"permissions": ["users:read"]})).await.expect_status(200);
    ada.get(USERS).await.expect_problem(403, "permission_denied");
    give_roles(&admin, &ada.user_id(), &["support"]).await.expect_status(200);
    // The token that she has says nothing of it; it opens what she may now.
    assert_eq!(claims(&ada.access_token())["roles"], json!([]));
    ada.get(USERS).await.expect_status(200);
    assert_eq!(roles().await, json!(["support"]));
    app.clock.advance(mins(2));
    ada.refresh().await.expect_status(200);
    assert_eq!(claims(&ada.access_token())["roles"], json!(["support"]));
    // And it closes at once what she may no more, whatever the token says.
    give_roles(&admin, &ada.user_id(), &[]).await.expect_status(200);
    assert_eq!(claims(&ada.access_token())["roles"], json!(["support"]));
    ada.get(USERS).await.expect_problem(403, "permission_denied");
    assert_eq!(roles().await, json!([]));
    // So does what the role lets its users do.
    give_roles(&admin, &ada.user_id(), &["support"]).await.expect_status(200);
    ada.get(USERS).await.expect_status(200);
    admin.put("/admin/v1/roles/support").json(json!({"permissions": []})).await.expect_status(200);
    ada.get(USERS).await.expect_problem(403, "permission_denied");
}

/// What a token says, unverified.
pub(super) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_disabled_user_is_out_at_once_and_can_come_back() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let grace = grace(&app, "body").await;
    let path = user_path(&grace.user_id());
    let disabled = admin.patch(&path).json(json!({"disabled": true})).await.expect_status(200).json();
    assert!(disabled["disabled"] == true && disabled["disabled_at"].is_string(), "{disabled}");
    grace.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    grace.refresh().await.expect_problem(401, "refresh_token_invalid");
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_problem(404, "user_not_found");
    let enabled = admin.patch(&path).json(json!({"disabled": false})).await.expect_status(200).json();
    assert!(enabled["disabled"] == false && enabled["disabled_at"].is_null(), "{enabled}");
    grace.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
}

#[tokio::test]
async fn notes_are_merged_and_what_is_absent_stays() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, somebody(&app, "ada").await);
    let path = user_path(&ada.user_id());
    let put = |body: Value| admin.patch(&path).json(body);
    put(json!({"app_metadata": {"plan": "gold", "seats": 3}, "roles": ["editor"]})).await.expect_status(200);
    let user = put(json!({"app_metadata": {"seats": null, "since": {"year": 2026}}})).await.expect_status(200).json();
    assert_eq!(user["app_metadata"], json!({"plan": "gold", "since": {"year": 2026}}));
    assert_eq!(user["roles"], json!(["editor"]));
    let user = put(json!({"roles": ["b1", "a1", "b1"]})).await.expect_status(200).json();
    assert_eq!(user["roles"], json!(["a1", "b1"]));
    assert_eq!(user["app_metadata"], json!({"plan": "gold", "since": {"year": 2026}}));
    // She sees it, and cannot write it.
    assert_eq!(ada.get("/auth/me").await.json()["user"]["app_metadata"]["plan"], "gold");
    ada.patch("/auth/me")
        .json(json!({"app_metadata": {"plan": "none"}}))
        .await
        .expect_problem(422, "validation_failed");
}

#[tokio::test]
async fn a_removed_user_is_gone() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "body").await);
    let grace = grace(&app, "body").await;
    admin.delete(&user_path(&ada.user_id())).await.expect_problem(409, "last_owner");
    admin.delete(&user_path(&grace.user_id())).await.expect_status(204);
    grace.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    admin.delete(&user_path(&grace.user_id())).await.expect_problem(404, "user_not_found");
    admin.get(&user_path(&grace.user_id())).await.expect_problem(404, "user_not_found");
    assert_eq!(ada.get("/auth/users").await.json()["users"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn lg1_the_log_says_who_changed_what() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, somebody(&app, "ada").await);
    let path = user_path(&ada.user_id());
    admin.patch(&path).json(json!({"roles": ["editor"]})).await.expect_status(200);
    let permissions = ALL_RIGHTS.iter().map(|text| text.parse().unwrap()).collect();
    let new = gatewright::core::NewServiceKey { name: "sync".to_owned(), permissions, expires_in: None };
    let key = app.gate.operator().make_service_key(new).await.unwrap();
    let program = app.program_with(key.text.expose());
    program.patch(&path).json(json!({"disabled": true, "app_metadata": {"x": 1}})).await.expect_status(200);
    let noted = noted(&admin, "user_administered").await;
    assert_eq!(noted.len(), 2);
    assert_eq!(noted[1]["actor"], json!({"kind": "admin", "id": admin.user_id()}));
    assert_eq!(noted[1]["detail"], json!({"roles": ["editor"], "roles_before": []}));
    assert_eq!(noted[0]["actor"], json!({"kind": "service_key", "id": key.key.id.to_string()}));
    assert_eq!(noted[0]["detail"], json!({"disabled": true, "app_metadata": "changed"}));
    for entry in &noted {
        assert_eq!(entry["user_id"], ada.user_id());
        assert_eq!(entry["account_id"], super::account_id(&ada));
        assert_eq!(entry["ip"], "203.0.113.7");
    }
}
