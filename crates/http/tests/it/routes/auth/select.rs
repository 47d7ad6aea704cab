//! `POST /auth/select`.

use gatewright_testkit::{
    TestApp,
    app::{Browser, PASSWORD, mins, secs},
};
use serde_json::{Value, json};

use crate::{
    family::{EMAIL, PIN, family},
    routes::{expect_limited, in_brief, refuses_foreign_pages, refuses_members, refuses_other_bodies, shown},
};

/// A browser that has done phase one.
async fn chooser(app: &TestApp, transport: &str) -> Browser {
    let browser = app.browser();
    let body = json!({"login": EMAIL, "password": PASSWORD, "transport": transport});
    browser.post("/auth/login").json(body).await.expect_status(200);
    browser
}

#[tokio::test]
async fn a_choice_takes_a_good_selection_token_from_one_source() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let login = chooser(&app, "hybrid").await;
    let token = login.selection_token();
    let choice = json!({"username": "grace"});
    let none = login.post("/auth/select").json(choice.clone()).await.expect_problem(401, "selection_token_invalid");
    assert_eq!(none.header("www-authenticate"), Some("Bearer"));
    let garbage = login.post("/auth/select").bearer("garbage").json(choice.clone()).await;
    let garbage = garbage.expect_problem(401, "selection_token_invalid");
    assert_eq!(garbage.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    let both = json!({"username": "grace", "selection_token": token});
    let other = login.post("/auth/select").bearer("other").json(both.clone());
    other.await.expect_problem(400, "token_source_conflict");
    let twice = login.post("/auth/select").bearer(&token).header("authorization", format!("Bearer {token}"));
    twice.json(choice).await.expect_problem(400, "token_source_conflict");
    login.post("/auth/select").bearer(&token).json(both).await.expect_status(200);
}

#[tokio::test]
async fn what_is_no_choice_is_told_by_its_member() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let login = chooser(&app, "hybrid").await;
    let call = || login.post("/auth/select").bearer(login.selection_token());
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    let invalid = "validation_failed";
    let id = "00000000-0000-7000-8000-000000000000";
    refuses_members(
        call,
        [
            (json!({}), invalid, "user_id"),
            (json!({"user_id": id, "username": "grace"}), invalid, "username"),
            (json!({"user_id": "1"}), invalid, "user_id"),
            (json!({"username": "a b"}), invalid, "username"),
            (json!({"username": "kid", "pin": "123"}), invalid, "pin"),
            (json!({"username": "kid", "pin": 2468}), invalid, "pin"),
            (json!({"username": "kid", "transport": "none"}), invalid, "transport"),
        ],
    )
    .await;
    // Nothing of all this has spent the token.
    call().json(json!({"username": "grace"})).await.expect_status(200);
}

#[tokio::test]
async fn a_user_of_another_account_is_not_there() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let eve = app.sign_up("eve@example.test").await;
    let login = chooser(&app, "hybrid").await;
    for choice in [json!({"user_id": eve.user_id()}), json!({"username": "eve"}), json!({"username": "nobody"})] {
        let call = login.post("/auth/select").bearer(login.selection_token()).json(choice);
        call.await.expect_problem(404, "user_not_found");
    }
}

#[tokio::test]
async fn a_wrong_pin_costs_an_attempt_and_not_the_token() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let login = chooser(&app, "hybrid").await;
    let choose = |choice: Value| login.post("/auth/select").bearer(login.selection_token()).json(choice);
    choose(json!({"username": "kid"})).await.expect_problem(403, "pin_required");
    for _ in 0..5 {
        choose(json!({"username": "kid", "pin": "1111"})).await.expect_problem(403, "pin_invalid");
    }
    let right = json!({"username": "kid", "pin": PIN});
    assert_eq!(expect_limited(choose(right.clone()).await), 1);
    let app = app.restart(|_| {}).await;
    assert_eq!(expect_limited(choose(right.clone()).await), 1, "a restart does not forget");
    app.clock.advance(secs(1));
    choose(right.clone()).await.expect_status(200);
    choose(right).await.expect_problem(401, "selection_token_invalid");
}

#[tokio::test]
async fn a_selection_token_is_good_for_five_minutes_and_for_the_account_as_it_was() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let choose = async |login: &Browser| {
        login.post("/auth/select").bearer(login.selection_token()).json(json!({"username": "grace"})).await
    };
    let late = chooser(&app, "hybrid").await;
    app.clock.advance(mins(5) - secs(1));
    let in_time = chooser(&app, "hybrid").await;
    app.clock.advance(secs(1));
    choose(&late).await.expect_problem(401, "selection_token_invalid");
    choose(&in_time).await.expect_status(200);
    let overtaken = chooser(&app, "hybrid").await;
    ada.post("/auth/logout").json(json!({"scope": "account"})).await.expect_status(204);
    choose(&overtaken).await.expect_problem(401, "selection_token_invalid");
}

#[tokio::test]
async fn the_chosen_user_is_signed_in() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let login = chooser(&app, "hybrid").await;
    let choice = json!({"selection_token": login.selection_token(), "username": "KID", "pin": PIN});
    let answer = login.post("/auth/select").json(choice).await;
    insta::assert_snapshot!(shown(&answer), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict
    {
      "access_token": "[jwt]",
      "account": {
        "email": "ada@example.test",
        "email_verified": false,
        "id": "[id]"
      },
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:00:02Z",
        "expires_at": "2026-12-21T12:00:02Z",
        "generation": 1,
        "id": "[id]",
        "transport": "hybrid"
      },
      "status": "signed_in",
      "token_type": "Bearer",
      "user": {
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
    }
    "#);
    login.get("/auth/me").await.expect_status(200);
    login.refresh().await.expect_status(200);
}

#[tokio::test]
async fn the_transport_is_the_one_of_the_login() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    let login = chooser(&app, "cookie").await;
    let choice = json!({"user_id": ada.user_id()});
    let answer = login.post("/auth/select").bearer(login.selection_token()).json(choice).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=[jwt]; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax
    {
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:00:02Z",
        "expires_at": "2026-12-21T12:00:02Z",
        "generation": 1,
        "id": "[id]",
        "transport": "cookie"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
    login.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn the_transport_may_be_chosen_anew() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let login = chooser(&app, "cookie").await;
    let choice = json!({"username": "grace", "transport": "body"});
    let answer = login.post("/auth/select").bearer(login.selection_token()).json(choice).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    200 OK
    {
      "access_token": "[jwt]",
      "expires_in": 600,
      "refresh_token": "[refresh token]",
      "session": {
        "created_at": "2026-11-21T12:00:02Z",
        "expires_at": "2026-12-21T12:00:02Z",
        "generation": 1,
        "id": "[id]",
        "transport": "body"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
    login.refresh().await.expect_status(200);
}
