//! X8: logins that overlap, and answers or work that tell who has an account.

use gatewright_testkit::{
    TestApp,
    app::{Answer, PASSWORD, secs},
};
use serde_json::{Value, json};

use crate::family::{EMAIL, family};

/// docs/attacks.md#overlapping-logins
#[tokio::test]
async fn a_username_cannot_be_somebody_elses_address() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    for name in [EMAIL, "ada＠example.test"] {
        let body = json!({"email": "eve@example.test", "password": PASSWORD, "username": name});
        let refused = app.browser().post("/auth/signup").json(body).await.expect_problem(422, "validation_failed");
        assert_eq!(refused.json()["field"], "username");
    }
}

/// docs/attacks.md#overlapping-logins
#[tokio::test]
async fn a_username_that_looks_like_another_is_taken() {
    let app = TestApp::start().await;
    family(&app, "hybrid").await;
    for name in ["ADA", "аda", "ａｄａ"] {
        let body = json!({"email": "eve@example.test", "password": PASSWORD, "username": name});
        app.browser().post("/auth/signup").json(body).await.expect_problem(409, "username_taken");
    }
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_a_failed_login_says_the_same_and_costs_the_same_for_everybody() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    app.sign_up("off@example.test").await;
    let off = gatewright::core::AccountKey::Login(
        gatewright::core::model::Login::parse("login", "off@example.test").unwrap(),
    );
    let off = app.gate.operator().show_account(&off).await.unwrap().account.id;
    app.gate.operator().disable_account(off).await.unwrap();
    let username = ada.signed_in()["user"]["username"].as_str().unwrap().to_owned();
    let mut seen = Vec::new();
    let wrong = "not the password";
    for (login, password) in [
        (EMAIL, wrong),
        (username.as_str(), wrong),
        ("nobody@example.test", wrong),
        ("nobody", wrong),
        ("neither a name nor @ddress", wrong),
        ("off@example.test", PASSWORD),
        ("off@example.test", wrong),
    ] {
        let hashes = app.hasher.stats().computed;
        app.fuse.mend();
        let body = json!({"login": login, "password": password});
        let answer = app.browser().post("/auth/login").json(body).await.expect_problem(401, "invalid_credentials");
        let steps = app.fuse.steps().len();
        // The engine counts a hash a moment after it has answered.
        for _ in 0..1000 {
            if app.hasher.stats().computed > hashes {
                break;
            }
            tokio::time::sleep(secs(1) / 1000).await;
        }
        seen.push((masked(&answer), headers(&answer), app.hasher.stats().computed - hashes, steps));
    }
    assert!(seen[0].2 == 1, "one hash");
    // A login that can be neither is not looked up; everything else is the same to the last step.
    seen[4].3 += 1;
    for other in &seen {
        assert_eq!(*other, seen[0]);
    }
}

fn masked(answer: &Answer) -> Value {
    let mut json = answer.json();
    json["request_id"] = Value::Null;
    json
}

fn headers(answer: &Answer) -> Vec<(String, String)> {
    let all = answer.headers.iter().filter(|(name, _)| *name != "x-request-id");
    all.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}
