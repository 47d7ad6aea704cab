//! `POST /auth/refresh`. What makes a token rotate, repeat or end its session is tested as the invariants P1 to P20; here it
//! is what the route makes of it: sources, headers, bodies, cookies.

use gatewright::core::model::{ReuseEnds, Windows};
use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, Setup, days, mins, secs},
};
use serde_json::json;

use crate::{
    family::EMAIL,
    routes::{expect_field, in_brief, refuses_foreign_pages, refuses_other_bodies, shown},
};

const KEY: &str = "0123456789abcdef";

#[tokio::test]
async fn without_a_token_nothing_is_refreshed() {
    let app = TestApp::start().await;
    let nobody = app.browser();
    let answer = nobody.post("/auth/refresh").await.expect_problem(401, "refresh_token_invalid");
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    nobody.post("/auth/refresh").json(json!({})).await.expect_problem(401, "refresh_token_invalid");
    let forged = nobody.post("/auth/refresh").json(json!({"refresh_token": "gwr_forged"})).await;
    let forged = forged.expect_problem(401, "refresh_token_invalid");
    assert_eq!(forged.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    insta::assert_snapshot!(shown(&forged), @r#"
    401 Unauthorized
    {
      "code": "refresh_token_invalid",
      "detail": "The session cannot be continued.",
      "request_id": "[id]",
      "status": 401,
      "title": "The refresh token is not accepted",
      "type": "https://github.com/gatewright/gatewright/blob/main/docs/errors.md#refresh_token_invalid"
    }
    "#);
}

#[tokio::test]
async fn a_body_is_optional_but_not_sloppy() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    refuses_foreign_pages(|| ada.refresh()).await;
    refuses_other_bodies(|| ada.refresh()).await;
    expect_field(ada.refresh().json(json!({"refresh_token": 1})).await, "validation_failed", "refresh_token");
    for content_type in ["text/plain", "application/jsonp", "multipart/form-data"] {
        ada.refresh().raw(content_type, "").await.expect_problem(415, "unsupported_media_type");
    }
    ada.refresh().await.expect_status(200);
    ada.refresh().raw("application/json", "").await.expect_status(200);
    ada.refresh().raw("application/json; charset=UTF-8", "{}").await.expect_status(200);
    ada.refresh().raw("application/json", "null").await.expect_status(200);
}

#[tokio::test]
async fn a_malformed_retry_key_is_refused_before_anything_is_judged() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    app.clock.advance(mins(2));
    for key in ["", "fifteen-letters", "with a space in the middle", "größer-als-ascii", &"x".repeat(129)] {
        expect_field(ada.refresh().header("idempotency-key", key).await, "validation_failed", "Idempotency-Key");
    }
    let twice = ada.refresh().header("idempotency-key", KEY).header("idempotency-key", KEY);
    expect_field(twice.await, "validation_failed", "Idempotency-Key");
    assert_eq!(ada.refresh().await.json()["session"]["generation"], 2, "nothing had rotated");
}

#[tokio::test]
async fn two_tokens_of_one_session_are_a_conflict_and_of_two_sessions_the_newest_counts() {
    let app = TestApp::start().await;
    let browser = app.sign_up(EMAIL).await;
    let (tag, first) = (browser.tag(), browser.refresh_token());
    app.clock.advance(mins(2));
    browser.refresh().await.expect_status(200);
    let two = format!("__Host-gw_rt_{tag}={}; __Host-gw_rt_aa={first}", browser.refresh_token());
    browser.post("/auth/refresh").without_bearer().cookies(two).await.expect_problem(400, "token_source_conflict");

    let eve = json!({"email": "eve@example.test", "password": PASSWORD});
    browser.post("/auth/signup").json(eve).await.expect_status(201);
    let email = async |session: Option<&str>| {
        let call = browser.refresh();
        let call = match session {
            Some(session) => call.header("gatewright-session", session),
            None => call,
        };
        call.await.expect_status(200).json()["account"]["email"].clone()
    };
    assert_eq!(email(None).await, "eve@example.test");
    assert_eq!(email(Some(&tag)).await, EMAIL);
    let absent = browser.refresh().header("gatewright-session", "00000000").await;
    absent.expect_problem(401, "refresh_token_invalid");
    let malformed = browser.refresh().header("gatewright-session", "a-b").await;
    expect_field(malformed, "validation_failed", "Gatewright-Session");
}

#[tokio::test]
async fn a_session_that_was_idle_for_too_long_has_ended() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(days(14) - secs(1));
    ada.refresh().await.expect_status(200);
    app.clock.advance(days(14));
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
}

#[tokio::test]
async fn a_refused_refresh_touches_no_cookie() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let thief = ada.copy();
    for _ in 0..2 {
        app.clock.advance(mins(6));
        ada.refresh().await.expect_status(200);
    }
    let reused = thief.refresh().await.expect_problem(401, "refresh_token_reused");
    insta::assert_snapshot!(shown(&reused), @r#"
    401 Unauthorized
    {
      "code": "refresh_token_reused",
      "detail": "This refresh token was replaced before. Its session has been ended.",
      "request_id": "[id]",
      "status": 401,
      "title": "The refresh token was used before",
      "type": "https://github.com/gatewright/gatewright/blob/main/docs/errors.md#refresh_token_reused"
    }
    "#);
    let ended = ada.refresh().await.expect_problem(401, "refresh_token_invalid");
    assert_eq!(ended.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    assert!(ended.set_cookies().is_empty());
    assert_eq!(ada.cookie_names().len(), 2);
}

#[tokio::test]
async fn reuse_ends_as_much_as_the_policy_says() {
    for (ends, phone_status) in [(ReuseEnds::Session, 200), (ReuseEnds::User, 401)] {
        let app = Setup::default().policy(|policy| policy.reuse_ends = ends).start().await;
        let ada = app.sign_up_in("body", EMAIL).await;
        let phone = app.log_in(EMAIL, None, "body").await;
        let first = ada.refresh_token();
        app.clock.advance(mins(2));
        ada.refresh().await.expect_status(200);
        app.clock.advance(secs(31));
        app.refresh(first).await.expect_problem(401, "refresh_token_reused");
        ada.refresh().await.expect_problem(401, "refresh_token_invalid");
        phone.refresh().await.expect_status(phone_status);
    }
}

#[tokio::test]
async fn a_strict_instance_rotates_at_once_and_forgives_nothing() {
    let app = Setup::default().policy(|policy| policy.windows = Windows::STRICT).start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let first = ada.refresh_token();
    ada.refresh().header("idempotency-key", KEY).await.expect_status(200);
    assert_ne!(ada.refresh_token(), first);
    let again = app.browser();
    let again = again.post("/auth/refresh").bearer(first).header("idempotency-key", KEY);
    again.await.expect_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn a_young_token_stays_and_is_not_set_again() {
    let app = TestApp::start().await;
    let hybrid = app.sign_up(EMAIL).await;
    app.clock.advance(secs(59));
    let answer = hybrid.refresh().await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    insta::assert_snapshot!(in_brief(&answer), @r#"
    200 OK
    {
      "access_token": "[jwt]",
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:00:00Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "generation": 1,
        "id": "[id]",
        "transport": "hybrid"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
    let body = app.log_in(EMAIL, None, "body").await;
    let first = body.refresh_token();
    app.clock.advance(secs(59));
    let answer = body.refresh().await.expect_status(200);
    assert_eq!((answer.json()["refresh_token"].as_str(), answer.set_cookies().len()), (Some(first.as_str()), 0));
    // Behind forward-auth an answer lives as long as the upstream takes: five minutes instead of one.
    let cookie = app.log_in(EMAIL, None, "cookie").await;
    app.clock.advance(secs(299));
    insta::assert_snapshot!(in_brief(&cookie.refresh().await), @r#"
    200 OK
    __Host-gw_at_[tag]=[jwt]; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax
    {
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:01:58Z",
        "expires_at": "2026-12-21T12:01:58Z",
        "generation": 1,
        "id": "[id]",
        "transport": "cookie"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
}

#[tokio::test]
async fn a_token_that_is_old_enough_is_replaced() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let first = ada.refresh_token();
    app.clock.advance(secs(60));
    insta::assert_snapshot!(shown(&ada.refresh().await), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2591940; HttpOnly; Secure; SameSite=Strict
    {
      "access_token": "[jwt]",
      "account": {
        "email": "ada@example.test",
        "email_verified": false,
        "id": "[id]"
      },
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:00:00Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "generation": 2,
        "id": "[id]",
        "transport": "hybrid"
      },
      "status": "signed_in",
      "token_type": "Bearer",
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
    assert_ne!(ada.refresh_token(), first);
    ada.get("/auth/me").await.expect_status(200);
}

#[tokio::test]
async fn what_is_where_depends_on_the_transport() {
    let app = TestApp::start().await;
    let cookie = app.sign_up_in("cookie", EMAIL).await;
    app.clock.advance(mins(5));
    insta::assert_snapshot!(in_brief(&cookie.refresh().await), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2591700; HttpOnly; Secure; SameSite=Strict
    __Host-gw_at_[tag]=[jwt]; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax
    {
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:00:00Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "generation": 2,
        "id": "[id]",
        "transport": "cookie"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
    let body = app.log_in(EMAIL, None, "body").await;
    app.clock.advance(mins(1));
    insta::assert_snapshot!(in_brief(&body.refresh().await), @r#"
    200 OK
    {
      "access_token": "[jwt]",
      "expires_in": 600,
      "refresh_token": "[refresh token]",
      "session": {
        "created_at": "2026-11-21T12:05:00Z",
        "expires_at": "2026-12-21T12:05:00Z",
        "generation": 2,
        "id": "[id]",
        "transport": "body"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
}

#[tokio::test]
async fn a_lost_answer_is_given_again_for_half_a_minute_and_asking_without_the_key_forgets_the_key() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(mins(2));
    let lost = ada.copy();
    lost.refresh().header("idempotency-key", KEY).await.expect_status(200);
    app.clock.advance(secs(30));
    let tab = ada.copy();
    tab.refresh().await.expect_status(200);
    assert_eq!(tab.refresh_token(), lost.refresh_token());
    // As if a thief had asked: who comes with the key now is one party too many.
    app.clock.advance(secs(1));
    ada.refresh().header("idempotency-key", KEY).await.expect_problem(401, "refresh_token_reused");
}

#[tokio::test]
async fn a_lost_answer_is_given_again_days_later_to_who_has_the_retry_key() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    app.clock.advance(mins(2));
    let lost = ada.copy();
    lost.refresh().header("idempotency-key", KEY).await.expect_status(200);
    app.clock.advance(days(3));
    let answer = ada.refresh().header("idempotency-key", KEY).await;
    insta::assert_snapshot!(in_brief(&answer), @r#"
    200 OK
    __Host-gw_rt_[tag]=[refresh token]; Path=/; Max-Age=2332680; HttpOnly; Secure; SameSite=Strict
    {
      "access_token": "[jwt]",
      "expires_in": 600,
      "session": {
        "created_at": "2026-11-21T12:00:00Z",
        "expires_at": "2026-12-21T12:00:00Z",
        "generation": 2,
        "id": "[id]",
        "transport": "hybrid"
      },
      "status": "signed_in",
      "token_type": "Bearer"
    }
    "#);
    assert_eq!(ada.refresh_token(), lost.refresh_token());
}

/// Refreshes are not in the activity log; how many there were is counted, by the hour.
#[tokio::test]
async fn refreshes_are_counted_by_the_hour_as_served_or_refused() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", "ada@example.test").await;
    let first = ada.refresh_token();
    for _ in 0..2 {
        app.clock.advance(mins(10));
        ada.refresh().await.expect_status(200);
    }
    app.refresh("gwr_nonsense").await.expect_status(401);
    app.refresh(first).await.expect_problem(401, "refresh_token_reused");
    app.gate.tend().await.unwrap();
    app.gate.tend().await.unwrap();
    let key = super::introspect::key(&app, &[gatewright::core::model::Right::StatsRead]).await;
    let service = app.gate.service(&key).await.unwrap().demand().unwrap();
    let now = app.gate.now();
    let counted = app.gate.stats(&service, now.minus(mins(120)), now.plus(mins(60))).await.unwrap().hours;
    let sum = |what: &str| counted.iter().filter(|hour| hour.what == what).map(|hour| hour.count).sum::<u64>();
    assert_eq!((sum("refreshed"), sum("refresh_refused"), sum("refresh_reuse")), (2, 2, 1));
    assert!(counted.iter().all(|hour| hour.hour.micros() % 3_600_000_000 == 0));
}
