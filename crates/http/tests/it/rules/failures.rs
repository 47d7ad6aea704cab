//! A webhook that gives no verdict: it fails open or closed, whatever its failure is like.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, Receiver, Reply, mins},
};
use serde_json::{Value, json};

use super::{EMAIL, allows, operator, refusals, webhook};
use crate::invariants::claims;

/// Each way to give no verdict, and whether it takes as long as the rule may.
fn failures(elsewhere: &Receiver) -> Vec<(&'static str, Reply)> {
    vec![
        ("time-out", Reply::Nothing),
        ("500", Reply::Json(500, json!({"allow": true}))),
        ("204", Reply::Json(204, Value::Null)),
        ("403", Reply::Json(403, json!({"allow": false}))),
        ("redirect", Reply::Redirect(elsewhere.url())),
        ("garbage", Reply::Text("<html>welcome</html>".to_owned())),
        ("nothing said", Reply::Json(200, json!({}))),
        ("unknown member", Reply::Json(200, json!({"allow": true, "extra": 1}))),
        ("not a truth value", Reply::Json(200, json!({"allow": "yes"}))),
        ("too large", Reply::Text(format!("{{\"allow\":true,\"claims\":{{\"a\":\"{}\"}}}}", "x".repeat(70_000)))),
    ]
}

/// docs/attacks.md#rule-fails
#[tokio::test]
async fn a_rule_that_fails_closed_refuses_nobody_and_lets_nobody_in() {
    let (app, receiver, elsewhere) = (TestApp::start().await, Receiver::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    webhook(&app, &receiver, &["before_sign_up", "before_token"], &json!({})).await;
    app.clock.advance(mins(2));
    let token = ada.refresh_token();
    for (failure, reply) in failures(&elsewhere) {
        receiver.reply(reply);
        let body = json!({"email": "new@example.test", "password": PASSWORD});
        let answer = app.browser().post("/auth/signup").json(body).await.expect_problem(503, "store_unavailable");
        assert!(answer.header("retry-after").is_some(), "{failure}");
        app.refresh(&token).await.expect_problem(503, "store_unavailable");
    }
    assert!(elsewhere.calls().is_empty(), "a redirect is not followed");
    assert!(refusals(&app).await.is_empty(), "an outage is no verdict");
    receiver.reply(allows());
    assert_eq!(app.refresh(&token).await.expect_status(200).json()["session"]["generation"], 2);
    let body = json!({"email": "new@example.test", "password": PASSWORD});
    app.browser().post("/auth/signup").json(body).await.expect_status(201);
}

/// docs/attacks.md#rule-fails
#[tokio::test]
async fn a_rule_that_fails_open_is_as_if_it_were_not_there() {
    let (app, receiver, elsewhere) = (TestApp::start().await, Receiver::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    let members = claims(&ada.access_token()).as_object().unwrap().len();
    webhook(&app, &receiver, &["before_sign_up", "before_token"], &json!({"on_failure": "open"})).await;
    for (number, (failure, reply)) in failures(&elsewhere).into_iter().enumerate() {
        receiver.reply(reply);
        let body = json!({"email": format!("a{number}@example.test"), "password": PASSWORD});
        app.browser().post("/auth/signup").json(body).await.expect_status(201);
        ada.refresh().await.expect_status(200);
        assert_eq!(claims(&ada.access_token()).as_object().unwrap().len(), members, "{failure}");
    }
}

#[tokio::test]
async fn a_server_that_is_away_is_a_failure_too() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let receiver = Receiver::start().await;
    let rule = webhook(&app, &receiver, &["before_token"], &json!({})).await;
    drop(receiver);
    ada.refresh().await.expect_problem(503, "store_unavailable");
    let path = format!("/admin/v1/rules/{}", rule["id"].as_str().unwrap());
    operator(&app).await.patch(&path).json(json!({"on_failure": "open"})).await.expect_status(200);
    ada.refresh().await.expect_status(200);
}

/// The store is needed to know the rules, so nobody gets by them while it is away.
#[tokio::test]
async fn without_the_list_of_rules_nothing_is_issued() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    webhook(&app, &receiver, &["before_token"], &json!({})).await;
    app.clock.advance(mins(2));
    app.fuse.refuse("rules");
    ada.refresh().await.expect_problem(503, "store_unavailable");
    app.fuse.mend();
    ada.refresh().await.expect_status(200);
}
