//! `/auth/sessions`.

use gatewright_testkit::{
    TestApp,
    app::{Setup, mins},
};

use crate::family::{EMAIL, family, grace};

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
    let own = ada.delete(&format!("/auth/sessions/{}", ada.session_id())).await.expect_status(204);
    assert_eq!(own.set_cookies().len(), 2, "its own cookies go");
    ada.get("/auth/me").await.expect_status(401);
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
          "ip": "198.51.100.9",
          "last_refreshed_on": "2026-11-21",
          "user_agent": "Browser/1.0(x)",
          "user_id": "[id]"
        }
      ]
    }
    "#);
}
