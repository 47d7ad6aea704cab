//! Section 10: who may do what, and what a body may say. Who gets what from which operation is the table of
//! `access_table.rs`.

use std::{fs, path::Path};

use axum::http::Method;
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::hashes;
use crate::{
    access_table::{Caller, World, cells, rows},
    family::{EMAIL, family, grace},
};

/// docs/attacks.md#ids-of-other-accounts
#[tokio::test]
async fn az1_what_belongs_to_another_account_is_like_what_does_not_exist() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let eve = app.sign_up_in("body", "eve@example.test").await;
    let nobody = "01a00000-0000-7000-8000-000000000000";
    for (foreign, kind) in [(ada.user_id(), "users"), (ada.session_id(), "sessions")] {
        let attempts: [(Method, &str, Value); 4] = [
            (Method::DELETE, "", Value::Null),
            (Method::PATCH, "", json!({"profile": {"display_name": "Eve"}})),
            (Method::PUT, "/pin", json!({"pin": "1234"})),
            (Method::DELETE, "/pin", Value::Null),
        ];
        let known = if kind == "sessions" { 1 } else { attempts.len() };
        for (method, rest, body) in attempts.into_iter().take(known) {
            let mut seen = Vec::new();
            for id in [&foreign, nobody, "not-an-id", &foreign.to_uppercase(), "..%2f..%2fme", "%00", "1 OR 1=1"] {
                let path = format!("/auth/{kind}/{}{rest}", id.replace(' ', "%20"));
                let call = eve.request(method.clone(), &path);
                let answer = if body.is_null() { call.await } else { call.json(body.clone()).await };
                let mut problem = answer.expect_status(404).json();
                problem["request_id"] = Value::Null;
                seen.push(problem);
            }
            assert!(seen.iter().all(|problem| *problem == seen[0]), "{method} {kind}{rest}: {seen:?}");
        }
    }
    // Nor can it be chosen: as if the name did not exist.
    for choice in [json!({"user_id": ada.user_id()}), json!({"username": "ada"}), json!({"user_id": nobody})] {
        eve.post("/auth/switch").json(choice).await.expect_problem(404, "user_not_found");
    }
    ada.get("/auth/me").await.expect_status(200);
    assert_eq!(ada.get("/auth/users").await.json()["users"].as_array().unwrap().len(), 3);
}

/// docs/attacks.md#ids-of-other-accounts
#[tokio::test]
async fn az1_a_member_sees_its_own_devices_and_what_names_itself() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let grace = grace(&app, "body").await;
    grace.patch("/auth/me").json(json!({"profile": {"display_name": "Grace"}})).await.expect_status(200);
    let all = |list: Value, name: &str| list[name].as_array().unwrap().clone();
    let seen = all(grace.get("/auth/sessions").await.json(), "sessions");
    assert!(seen.iter().all(|one| one["user_id"] == *grace.user_id()) && seen.len() == 1, "{seen:?}");
    assert_eq!(all(ada.get("/auth/sessions").await.json(), "sessions").len(), 2);
    let seen = all(grace.get("/auth/activity").await.json(), "activity");
    assert!(seen.iter().all(|one| one["user_id"] == *grace.user_id()) && seen.len() > 1, "{seen:?}");
    assert!(all(ada.get("/auth/activity").await.json(), "activity").len() > seen.len());
}

/// docs/attacks.md#roles-by-environment
#[tokio::test]
async fn az3_no_operation_takes_a_member_that_it_does_not_know() {
    let mut tried = 0;
    for mut row in rows() {
        let Some(sent) = row.body.clone() else { continue };
        let caller = match row.path {
            "/auth/select" => Caller::Selection,
            path if path.starts_with("/admin/v1/") => Caller::Admin,
            _ => Caller::Owner,
        };
        let world = World::for_row(caller, &row).await;
        // The one call that gives roles.
        let knows_roles = row.is("PATCH", "/admin/v1/users/{id}");
        for member in ["roles", "is_admin", "__proto__", "email_verified"] {
            if knows_roles && member == "roles" {
                continue;
            }
            row.body = Some(sent.clone());
            row.body.as_mut().unwrap()[member] = json!(["admin"]);
            let refused = world.call(&row).await.expect_problem(422, "validation_failed");
            assert_eq!(refused.json()["field"], member, "{}", row.name());
            tried += 1;
        }
        // Nothing was done: the same body without it is still good.
        row.body = Some(sent);
        assert_ne!(world.call(&row).await.status, 422, "{}", row.name());
    }
    assert!(tried > 60, "{tried}");
}

/// Every name of a member, at any depth.
fn names<'v>(value: &'v Value, into: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            into.push(name);
            names(value, into);
        }),
        Value::Array(items) => items.iter().for_each(|item| names(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// docs/attacks.md#answers-that-tell-too-much
#[tokio::test]
async fn az4_no_answer_has_a_hash_a_secret_or_another_accounts_address() {
    let mut read = 0;
    // Settings have names like `password.min_length`; their own test searches them.
    // What a webhook's calls are signed with is shown once, to whoever makes it.
    let not_here =
        ["/auth/openapi.json", "/admin/v1/settings", "/admin/v1/rules", "/admin/v1/rules/{id}/rotate-secret"];
    for cell in cells().await.iter().filter(|cell| !not_here.contains(&cell.row.path)) {
        let json = cell.answer.json();
        let mut all = Vec::new();
        names(&json, &mut all);
        read += all.len();
        for name in all {
            for secret in ["hash", "salt", "phc", "secret", "password", "seed", "epoch", "private"] {
                assert!(!name.contains(secret), "{}: {name}", cell.name());
            }
            assert!(name != "pin" && name != "d", "{}: {name}", cell.name());
        }
        let text = cell.answer.text();
        for secret in ["argon2", PASSWORD, "$v=", "BEGIN"] {
            assert!(!text.contains(secret), "{}: {text}", cell.name());
        }
        // A login names the account itself, whoever sends it, and so does who has read its mail.
        let names_it = cell.row.path == "/auth/login" || cell.row.mail.is_some();
        let is_eve = cell.caller == Caller::Other && !names_it;
        let foreign = if is_eve { EMAIL } else { "eve@example.test" };
        assert!(!text.contains(foreign), "{}: {text}", cell.name());
        if cell.row.path == "/auth/users" || cell.row.path.starts_with("/auth/users/") {
            assert!(!text.contains('@'), "a user has no address: {text}");
        }
    }
    assert!(read > 2000, "{read}");
}

async fn put_metadata(ada: &Browser, document: &[u8]) -> Answer {
    let body = [b"{\"profile\":{\"metadata\":{\"x\":".as_slice(), document, b"}}}"].concat();
    ada.patch("/auth/me").raw("application/json", body).await
}

/// docs/attacks.md#hostile-json
#[tokio::test]
async fn az7_of_the_json_test_suite_exactly_what_is_json_is_read() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../token/tests/vectors/jsontestsuite/test_parsing");
    let mut counts = [0; 3];
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let document = fs::read(&path).unwrap();
        let answer = put_metadata(&ada, &document).await;
        let status = answer.status.as_u16();
        match name.as_bytes()[0] {
            b'y' => {
                // JSON by its grammar, and yet two readers would disagree about it.
                let twice = name.starts_with("y_object_duplicated_key");
                assert_eq!(status, if twice { 422 } else { 200 }, "{name}: {}", answer.text());
                counts[0] += 1;
            }
            b'n' => {
                assert!([413, 422].contains(&status), "{name}: {status}");
                let alone = ada.post("/auth/login").raw("application/json", document).await;
                assert!([413, 422].contains(&alone.status.as_u16()), "{name}: {}", alone.text());
                counts[1] += 1;
            }
            _ => {
                assert!([200, 413, 422].contains(&status), "{name}: {status}");
                counts[2] += 1;
            }
        }
        if status == 200 {
            ada.patch("/auth/me").json(json!({"profile": {"metadata": null}})).await.expect_status(200);
        }
    }
    assert_eq!(counts, [95, 188, 35]);
}

/// docs/attacks.md#hostile-json
#[tokio::test]
async fn az7_a_body_is_typed_small_shallow_and_declared() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let before = hashes(&app).await;
    for value in [json!({"$ne": 1}), json!({"$gt": ""}), json!([PASSWORD]), json!(1), json!(true), json!(null)] {
        let body = json!({"login": EMAIL, "password": value});
        let refused = ada.post("/auth/login").json(body).await.expect_problem(422, "validation_failed");
        assert_eq!(refused.json()["field"], "password");
        let body = json!({"login": value, "password": PASSWORD});
        let refused = ada.post("/auth/login").json(body).await.expect_problem(422, "validation_failed");
        assert_eq!(refused.json()["field"], "login");
    }
    let good = json!({"login": EMAIL, "password": PASSWORD}).to_string();
    let with = |more: &str| format!("{},{more}}}", good.strip_suffix('}').unwrap());
    for twice in [with("\"password\":\"x\""), with(&format!("\"login\":\"{EMAIL}\"")), with("\"passw\\u006frd\":\"x\"")]
    {
        let refused = ada.post("/auth/login").raw("application/json", twice).await;
        refused.expect_problem(422, "validation_failed");
    }
    for whole in ["", "null", "[]", "\"x\"", "1", "{}"] {
        ada.post("/auth/login").raw("application/json", whole).await.expect_problem(422, "validation_failed");
    }
    assert_eq!(hashes(&app).await, before);
    // The body is at depth three where the document begins; 16 are read, 17 are not.
    let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    put_metadata(&ada, &deep(13)).await.expect_status(200);
    put_metadata(&ada, &deep(14)).await.expect_problem(422, "validation_failed");
    put_metadata(&ada, &deep(7000)).await.expect_problem(422, "validation_failed");
    let spaces = |bytes: usize| format!("{good}{}", " ".repeat(bytes - good.len()));
    ada.post("/auth/login").raw("application/json", spaces(16 * 1024)).await.expect_status(200);
    let large = ada.post("/auth/login").raw("application/json", spaces(16 * 1024 + 1)).await;
    large.expect_problem(413, "payload_too_large");
    for good_type in ["application/json; charset=utf-8", "APPLICATION/JSON", "application/json;charset=\"UTF-8\""] {
        ada.post("/auth/login").raw(good_type, good.clone()).await.expect_status(200);
    }
    for bad_type in [
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json; charset=iso-8859-1",
        "application/json, text/plain",
        "application/jsonp",
        "application/json+x",
        "*/*",
        "",
    ] {
        let refused = ada.post("/auth/login").raw(bad_type, good.clone()).await;
        refused.expect_problem(415, "unsupported_media_type");
    }
}

/// Sends the same request sixteen times at once, and counts the answers by status.
async fn race(browser: &Browser, method: Method, path: &str, body: impl Fn(usize) -> Value) -> Vec<(u16, Answer)> {
    let mut racing = JoinSet::new();
    for at in 0..16 {
        let (tab, method, path, body) = (browser.copy(), method.clone(), path.to_owned(), body(at));
        racing.spawn(async move {
            let call = tab.request(method, &path);
            let answer = if body.is_null() { call.await } else { call.json(body).await };
            (answer.status.as_u16(), answer)
        });
    }
    racing.join_all().await
}

fn count(answers: &[(u16, Answer)], status: u16) -> usize {
    answers.iter().filter(|(other, _)| *other == status).count()
}

/// docs/attacks.md#racing-one-step
#[tokio::test]
async fn az9_what_can_be_done_once_is_done_once_by_sixteen_at_a_time() {
    for _ in 0..3 {
        let app = TestApp::start().await;
        let sign_up = |_| json!({"email": EMAIL, "password": PASSWORD, "transport": "body"});
        let made = race(&app.browser(), Method::POST, "/auth/signup", sign_up).await;
        assert_eq!((count(&made, 201), count(&made, 409)), (1, 15));

        let ada = app.log_in(EMAIL, None, "body").await;
        let add = |_| json!({"username": "grace"});
        let added = race(&ada, Method::POST, "/auth/users", add).await;
        assert_eq!((count(&added, 201), count(&added, 409)), (1, 15));

        let half = app.log_in(EMAIL, None, "body").await;
        let selection = half.selection_token();
        let select = |_| json!({"selection_token": selection, "username": "grace"});
        let selected = race(&half, Method::POST, "/auth/select", select).await;
        assert_eq!((count(&selected, 200), count(&selected, 401)), (1, 15));

        let switched = race(&ada, Method::POST, "/auth/switch", |_| json!({"username": "grace"})).await;
        assert_eq!((count(&switched, 200), count(&switched, 401)), (1, 15));
        let living = ada.copy();
        let (_, won) = switched.iter().find(|(status, _)| *status == 200).unwrap();
        let token = won.json()["access_token"].as_str().unwrap().to_owned();
        living.get("/auth/me").bearer(token).await.expect_status(200);
    }
}

/// docs/attacks.md#racing-one-step
#[tokio::test]
async fn az9_of_sixteen_changes_of_the_password_one_counts() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let new = |at: usize| format!("the new sentence of tab {at}");
    let body = |at| json!({"current_password": PASSWORD, "new_password": new(at)});
    let changed = race(&ada, Method::PUT, "/auth/password", body).await;
    assert_eq!(count(&changed, 204), 1, "{:?}", changed.iter().map(|(status, _)| status).collect::<Vec<_>>());
    assert!(changed.iter().all(|(status, _)| [204, 401, 429].contains(status)));
    let mut good = 0;
    for at in 0..16 {
        app.clock.advance(gatewright_testkit::app::mins(16));
        let login = json!({"login": EMAIL, "password": new(at)});
        good += usize::from(app.browser().post("/auth/login").json(login).await.status == 200);
    }
    assert_eq!(good, 1);
}

/// docs/attacks.md#racing-one-step
#[tokio::test]
async fn az9_a_last_owner_stays_and_an_account_is_deleted_once() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let own = format!("/auth/users/{}", ada.user_id());
    let removed = race(&ada, Method::DELETE, &own, |_| Value::Null).await;
    assert_eq!(count(&removed, 409), 16);
    let deleted = race(&ada, Method::DELETE, "/auth/account", |_| Value::Null).await;
    // Who was let in before the deletion may be told that it is done; who came later is nobody any more.
    assert!(count(&deleted, 204) >= 1 && count(&deleted, 204) + count(&deleted, 401) == 16, "{deleted:?}");
    ada.get("/auth/me").await.expect_problem(401, "access_token_invalid");
}
