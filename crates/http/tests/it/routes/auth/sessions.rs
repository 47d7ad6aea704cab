//! `/auth/sessions`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, Setup, days, mins, secs},
};
use serde_json::{Value, json};

use crate::{
    family::{EMAIL, family, grace},
    routes::{refuses_foreign_pages, refuses_strangers, shown},
};

#[tokio::test]
async fn who_is_no_caller_sees_and_ends_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let path = format!("/auth/sessions/{}", ada.session_id());
    refuses_strangers(&app, |browser| browser.get("/auth/sessions")).await;
    refuses_strangers(&app, |browser| browser.delete("/auth/sessions/x")).await;
    refuses_foreign_pages(|| ada.delete(&path)).await;
    ada.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn a_session_of_others_does_not_exist_for_a_member() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    let grace = grace(&app, "hybrid").await;
    let eve = app.sign_up("eve@example.test").await;
    let of = |id: String| format!("/auth/sessions/{id}");
    for id in [ada.session_id(), eve.session_id(), "x".to_owned(), ada.session_id().to_uppercase()] {
        grace.delete(&of(id)).await.expect_problem(404, "not_found");
    }
    ada.delete(&of(eve.session_id())).await.expect_problem(404, "not_found");
    ada.get("/auth/me").await.expect_status(200);
    eve.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn se8_one_ends_ones_own_sessions_and_an_owner_the_accounts() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    ada.delete(&format!("/auth/sessions/{}", grace.session_id())).await.expect_status(204);
    grace.get("/auth/me").await.expect_status(401);
    ada.delete(&format!("/auth/sessions/{}", grace.session_id())).await.expect_status(204);
    assert_eq!(ada.cookie_names().len(), 2, "somebody else's end touches no cookie");
    let path = format!("/auth/sessions/{}", ada.session_id());
    let own = ada.copy().delete(&path).await;
    insta::assert_snapshot!(shown(&own), @r"
    204 No Content
    __Host-gw_rt_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax
    ");
    ada.get("/auth/me").await.expect_status(401);
    // Unlike a logout it takes a living session, so it cannot be repeated.
    ada.delete(&path).await.expect_status(401);
}

#[tokio::test]
async fn a_member_ends_its_own_on_another_device() {
    let app = TestApp::start().await;
    family(&app, "hybrid").await;
    let (desk, phone) = (grace(&app, "hybrid").await, grace(&app, "body").await);
    desk.delete(&format!("/auth/sessions/{}", phone.session_id())).await.expect_status(204);
    phone.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    phone.refresh().await.expect_problem(401, "refresh_token_invalid");
    desk.get("/auth/me").await.expect_status(200);
}

fn ids(sessions: &Value) -> Vec<&str> {
    sessions["sessions"].as_array().unwrap().iter().map(|session| session["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_member_sees_its_own_and_an_owner_the_accounts_and_both_only_living_ones() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    app.sign_up("eve@example.test").await;
    app.clock.advance(secs(1));
    let first = grace(&app, "body").await;
    app.clock.advance(secs(1));
    let second = grace(&app, "body").await;
    let own = second.get("/auth/sessions").await.expect_status(200).json();
    assert_eq!(ids(&own), [second.session_id(), first.session_id()], "newest first");
    assert_eq!((&own["sessions"][0]["current"], &own["sessions"][1]["current"]), (&json!(true), &json!(false)));
    assert_eq!(own["sessions"][0]["user_id"], second.user_id());
    let all = ada.get("/auth/sessions").await.expect_status(200).json();
    assert_eq!(ids(&all), [second.session_id(), first.session_id(), ada.session_id()]);
    first.post("/auth/logout").await.expect_status(204);
    assert_eq!(ids(&second.get("/auth/sessions").await.json()), [second.session_id()]);
    // What was idle for too long is not listed either.
    app.clock.advance(days(13));
    second.refresh().await.expect_status(200);
    app.clock.advance(days(1));
    let again = app.log_in(EMAIL, Some("ada"), "body").await;
    assert_eq!(ids(&again.get("/auth/sessions").await.json()), [again.session_id(), second.session_id()]);
}

#[tokio::test]
async fn a_refresh_is_seen_by_its_day_and_not_by_its_hour() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let phone = app.log_in(EMAIL, None, "body").await;
    let seen = async || {
        let mut seen = ada.get("/auth/sessions").await.expect_status(200).json();
        let sessions = seen["sessions"].as_array_mut().unwrap();
        sessions.remove(sessions.iter().position(|session| session["id"] == phone.session_id()).unwrap())
    };
    let before = seen().await;
    app.clock.advance(mins(9));
    phone.refresh().await.expect_status(200);
    assert_eq!(seen().await, before, "the list does not tell that it was used");
    app.clock.advance(days(1));
    phone.refresh().await.expect_status(200);
    ada.post("/auth/login")
        .without_bearer()
        .json(json!({"login": EMAIL, "password": PASSWORD, "transport": "body"}))
        .await
        .expect_status(200);
    let after = seen().await;
    assert_eq!(
        (&before["last_refreshed_on"], &after["last_refreshed_on"]),
        (&"2026-11-21".into(), &"2026-11-22".into())
    );
    assert_eq!(before["expires_at"], after["expires_at"]);
}

#[tokio::test]
async fn se9_one_session_too_many_ends_the_oldest() {
    let app = Setup::default().policy(|policy| policy.max_sessions = 2).start().await;
    let first = app.sign_up(EMAIL).await;
    app.clock.advance(mins(1));
    let second = app.log_in(EMAIL, None, "hybrid").await;
    first.get("/auth/me").await.expect_status(200);
    app.clock.advance(mins(1));
    let third = app.log_in(EMAIL, None, "hybrid").await;
    first.get("/auth/me").await.expect_status(401);
    second.get("/auth/me").await.expect_status(200);
    third.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn the_list_tells_the_day_of_the_last_refresh_and_no_more() {
    let app = TestApp::start().await;
    let ada = family(&app, "hybrid").await;
    app.clock.advance(mins(3));
    let grace = grace(&app, "hybrid").await;
    let call = ada.refresh().from("198.51.100.9").header("user-agent", "Browser/1.0\t(x)");
    call.await.expect_status(200);
    assert_eq!(grace.get("/auth/sessions").await.json()["sessions"].as_array().unwrap().len(), 1);
    insta::assert_snapshot!(ada.get("/auth/sessions").await.expect_status(200).masked(), @r#"
    {
      "sessions": [
        {
          "client": null,
          "created_at": "2026-11-21T12:03:02Z",
          "current": false,
          "expires_at": "2026-12-21T12:03:02Z",
          "id": "[id]",
          "impersonated": false,
          "ip": "203.0.113.7",
          "last_refreshed_on": "2026-11-21",
          "user_agent": null,
          "user_id": "[id]"
        },
        {
          "client": null,
          "created_at": "2026-11-21T12:00:00Z",
          "current": true,
          "expires_at": "2026-12-21T12:00:00Z",
          "id": "[id]",
          "impersonated": false,
          "ip": "198.51.100.9",
          "last_refreshed_on": "2026-11-21",
          "user_agent": "Browser/1.0(x)",
          "user_id": "[id]"
        }
      ]
    }
    "#);
}
