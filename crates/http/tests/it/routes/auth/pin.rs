//! `/auth/users/{id}/pin`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins},
};
use serde_json::json;

use crate::{
    family::{EMAIL, PIN, family, grace, kid},
    routes::{refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_strangers, shown},
};

fn pin_of(user_id: &str) -> String {
    format!("/auth/users/{user_id}/pin")
}

#[tokio::test]
async fn who_is_no_caller_sets_and_removes_nothing() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let path = pin_of(&ada.user_id());
    refuses_strangers(&app, |browser| browser.put("/auth/users/x/pin").json(json!({"pin": PIN}))).await;
    refuses_strangers(&app, |browser| browser.delete("/auth/users/x/pin")).await;
    refuses_foreign_pages(|| ada.put(&path).json(json!({"pin": PIN}))).await;
    refuses_foreign_pages(|| ada.delete(&path)).await;
    app.clock.advance(mins(5));
    ada.put(&path).json(json!({"pin": PIN})).await.expect_problem(403, "reauthentication_required");
    ada.delete(&path).await.expect_problem(403, "reauthentication_required");
}

#[tokio::test]
async fn a_pin_is_four_to_eight_digits_as_text() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let path = pin_of(&ada.user_id());
    let call = || ada.put(&path);
    refuses_other_bodies(call).await;
    let bad =
        [json!("123"), json!("123456789"), json!("12ab"), json!("１２３４"), json!(" 1234"), json!(1234), json!(null)];
    let bad = bad.map(|pin| (json!({"pin": pin}), "validation_failed", "pin"));
    refuses_members(call, bad).await;
    refuses_members(call, [(json!({}), "validation_failed", "pin")]).await;
    for good in ["0000", "12345678"] {
        call().json(json!({"pin": good})).await.expect_status(204);
    }
}

#[tokio::test]
async fn a_member_sets_its_own_an_owner_anybodys_and_nobody_that_of_another_account() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let grace = grace(&app, "hybrid").await;
    let kid = kid(&app, "hybrid").await;
    let eve = app.sign_up("eve@example.test").await;
    let pin = json!({"pin": "1357"});
    for other in [ada.user_id(), kid.user_id()] {
        grace.put(&pin_of(&other)).json(pin.clone()).await.expect_problem(403, "permission_denied");
        grace.delete(&pin_of(&other)).await.expect_problem(403, "permission_denied");
    }
    for id in [eve.user_id(), "x".to_owned(), ada.user_id().to_uppercase()] {
        ada.put(&pin_of(&id)).json(pin.clone()).await.expect_problem(404, "user_not_found");
        ada.delete(&pin_of(&id)).await.expect_problem(404, "user_not_found");
    }
    let set = grace.put(&pin_of(&grace.user_id())).json(pin).await;
    insta::assert_snapshot!(shown(&set), @r"
    204 No Content
    ");
    let users = ada.get("/auth/users").await.json();
    let locked: Vec<_> = users["users"].as_array().unwrap().iter().map(|user| user["pin_required"].clone()).collect();
    assert_eq!(locked, [false, true, true]);
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_problem(403, "pin_required");
    for _ in 0..2 {
        ada.delete(&pin_of(&grace.user_id())).await.expect_status(204);
    }
    ada.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
}

#[tokio::test]
async fn the_old_pin_is_worth_nothing_and_sessions_go_on() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let kid = kid(&app, "hybrid").await;
    ada.put(&pin_of(&kid.user_id())).json(json!({"pin": "97531"})).await.expect_status(204);
    kid.get("/auth/me").await.expect_status(200);
    let login = app.browser();
    login.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})).await.expect_status(200);
    let choose = |pin: &str| {
        let body = json!({"selection_token": login.selection_token(), "username": "kid", "pin": pin});
        login.post("/auth/select").json(body)
    };
    choose(PIN).await.expect_problem(403, "pin_invalid");
    choose("97531").await.expect_status(200);
}

#[tokio::test]
async fn the_only_user_of_an_account_may_have_a_pin_and_is_asked_for_it() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    ada.put(&pin_of(&ada.user_id())).json(json!({"pin": PIN})).await.expect_status(204);
    let login = app.browser();
    let answer = login.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})).await.expect_status(200);
    assert_eq!(answer.json()["status"], "select_user");
    let body = json!({"user_id": ada.user_id(), "pin": PIN});
    login.post("/auth/select").bearer(login.selection_token()).json(body).await.expect_status(200);
}
