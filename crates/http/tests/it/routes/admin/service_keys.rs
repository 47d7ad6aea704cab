//! `/admin/v1/service-keys`.

use gatewright::core::port::Clock;
use gatewright_testkit::{
    TestApp,
    app::{mins, secs},
};
use serde_json::{Value, json};

use super::{ALL_RIGHTS, each, noted};
use crate::routes::{refuses_members, refuses_other_bodies};

const KEYS: &str = "/admin/v1/service-keys";

#[tokio::test]
async fn what_no_service_key_can_be_is_told_by_its_member() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let make = || admin.post(KEYS);
    refuses_other_bodies(make).await;
    let good = json!({"name": "shop", "permissions": ["users:read"]});
    let with = |member: &str, value: Value| {
        let mut all = good.clone();
        all[member] = value;
        all
    };
    let invalid = "validation_failed";
    let table = [
        (json!({}), invalid, "name"),
        (with("name", json!("")), invalid, "name"),
        (with("name", json!("x".repeat(101))), invalid, "name"),
        (with("name", json!("a\nb")), invalid, "name"),
        (with("permissions", json!([])), invalid, "permissions"),
        (with("permissions", json!(["users"])), invalid, "permissions"),
        (with("permissions", json!([1])), invalid, "permissions"),
        (with("expires_in", json!(0)), invalid, "expires_in"),
        (with("expires_in", json!(-1)), invalid, "expires_in"),
        (with("expires_in", json!(u64::MAX)), invalid, "expires_in"),
        (with("expires_in", json!("1h")), invalid, "expires_in"),
        (with("key", json!("gwk_mine")), invalid, "key"),
        (with("id", json!("x")), invalid, "id"),
    ];
    refuses_members(make, table).await;
    assert_eq!(admin.get(KEYS).await.json(), json!({"service_keys": []}));
}

/// docs/attacks.md#service-key-that-leaked
#[tokio::test]
async fn az5_a_service_key_is_shown_once_scoped_and_listed_with_its_last_use() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let body = json!({"name": "the shop", "permissions": ["users:read"], "expires_in": 3600});
    let made = admin.post(KEYS).json(body).await.expect_status(201);
    let key = made.json()["key"].as_str().unwrap().to_owned();
    assert!(key.starts_with("gwk_"));
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let listed = admin.get(KEYS).await.expect_status(200);
    assert!(!listed.text().contains("gwk_"), "{}", listed.text());
    let mut expected = made.json();
    expected.as_object_mut().unwrap().remove("key");
    assert_eq!(listed.json()["service_keys"], json!([expected]));
    assert_eq!(expected["last_used_at"], Value::Null);
    // Its use shows to the minute: a busy key costs one write a minute.
    let program = app.program_with(&key);
    let used = || async { admin.get(KEYS).await.json()["service_keys"][0]["last_used_at"].clone() };
    app.clock.advance(secs(10));
    app.fuse.mend();
    let first = app.clock.now().to_string();
    for _ in 0..5 {
        app.clock.advance(secs(5));
        program.get("/admin/v1/users").await.expect_status(200);
    }
    assert_eq!(app.fuse.count("note_service_key_use"), 1);
    let noted_at = used().await;
    assert!(noted_at.as_str().unwrap() > first.as_str(), "{noted_at} {first}");
    app.clock.advance(mins(1));
    program.get("/admin/v1/users").await.expect_status(200);
    assert_ne!(used().await, noted_at);
    assert_eq!(app.fuse.count("note_service_key_use"), 2);
    // What it may not do it may not.
    program.get("/admin/v1/accounts").await.expect_problem(403, "permission_denied");
    program.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    // And its time ends.
    app.clock.advance(mins(59));
    let ended = program.get("/admin/v1/users").await.expect_problem(401, "service_key_invalid");
    assert_eq!(ended.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
}

/// docs/attacks.md#service-key-that-leaked
#[tokio::test]
async fn az5_a_revoked_service_key_is_refused_at_its_next_request_on_every_node() {
    let app = TestApp::start().await;
    let node = app.another_node().await;
    let admin = app.admin().await;
    let key = app.service_key(&ALL_RIGHTS).await;
    let programs = [app.program_with(&key), node.program_with(&key)];
    for program in &programs {
        program.get("/admin/v1/users").await.expect_status(200);
    }
    let id = each(&admin.get(KEYS).await.json()["service_keys"], "id").remove(0);
    admin.delete(&format!("{KEYS}/{id}")).await.expect_status(204);
    for program in &programs {
        program.get("/admin/v1/users").await.expect_problem(401, "service_key_invalid");
    }
    admin.delete(&format!("{KEYS}/{id}")).await.expect_problem(404, "not_found");
    assert_eq!(admin.get(KEYS).await.json(), json!({"service_keys": []}));
    let noted = noted(&admin, "service_key_revoked,service_key_made").await;
    assert_eq!(each(&json!(noted), "act"), ["service_key_revoked", "service_key_made"]);
    assert!(noted.iter().all(|entry| entry["detail"]["service_key_id"] == id.as_str()), "{noted:?}");
    assert_eq!(noted[0]["actor"]["kind"], "admin");
    assert_eq!(noted[1]["actor"]["kind"], "operator");
}

/// docs/attacks.md#stolen-database
#[tokio::test]
async fn az5_the_database_holds_no_service_key_and_no_secret_of_a_bootstrap() {
    let app = TestApp::start().await;
    let secret = app.gate.operator().open_bootstrap().await.unwrap().expose().to_owned();
    let mut keys = vec![secret, app.service_key(&["users:read"]).await, app.service_key(&ALL_RIGHTS).await];
    let program = app.program_with(&keys[2]);
    let body = json!({"name": "by another key", "permissions": ["users:read"]});
    let made = program.post(KEYS).json(body).await.expect_status(201).json();
    keys.push(made["key"].as_str().unwrap().to_owned());
    app.restart(|database| {
        let mut bytes = Vec::new();
        for file in std::fs::read_dir(database.parent().unwrap()).unwrap() {
            bytes.extend(std::fs::read(file.unwrap().path()).unwrap());
        }
        let holds = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
        assert!(holds(b"by another key"), "the search finds what is there");
        for key in &keys {
            let body = key.split('_').nth(1).unwrap();
            assert!(body.len() > 30 && !holds(body.as_bytes()), "a secret is in the database");
            // Not even half of it, in whatever column.
            assert!(!holds(&body.as_bytes()[..body.len() / 2]) && !holds(&body.as_bytes()[body.len() / 2..]));
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_that_makes_keys_is_noted_as_who_made_them() {
    let app = TestApp::start().await;
    let program = app.program(&ALL_RIGHTS).await;
    let body = json!({"name": "child", "permissions": ["users:read"]});
    program.post(KEYS).json(body).await.expect_status(201);
    let keys = program.get(KEYS).await.json();
    let maker = keys["service_keys"].as_array().unwrap().iter().find(|key| key["name"] == "a program").unwrap();
    let noted = noted(&program, "service_key_made").await;
    assert_eq!(noted[0]["actor"], json!({"kind": "service_key", "id": maker["id"]}));
    let mut seen = each(
        &json!(
            noted[0]["detail"]["permissions"].as_array().unwrap().iter().map(|it| json!({"p": it})).collect::<Vec<_>>()
        ),
        "p",
    );
    seen.sort();
    assert_eq!(seen, ["users:read"]);
}
