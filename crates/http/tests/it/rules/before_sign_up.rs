//! Before somebody signs up.

use gatewright::core::model::{EmailVerification, MagicLinks};
use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, Receiver, Setup},
};
use serde_json::{Value, json};

use super::{EMAIL, allows, login, refusals, refuses, webhook};

fn sign_up(email: &str) -> Value {
    json!({"email": email, "password": PASSWORD, "transport": "body", "username": "ada", "profile": {"locale": "de"}})
}

/// docs/attacks.md#rule-refuses
#[tokio::test]
async fn a_refused_sign_up_leaves_nothing_but_its_entry() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let rule = webhook(&app, &receiver, &["before_sign_up"], &json!({})).await;
    receiver.reply(refuses());
    let browser = app.browser();
    let refused = browser.post("/auth/signup").json(sign_up(EMAIL)).await.expect_problem(403, "refused_by_rule");
    assert_eq!(refused.json()["detail"], "Choose a plan first.");
    assert!(refused.set_cookies().is_empty());
    browser.post("/auth/login").json(login()).await.expect_problem(401, "invalid_credentials");
    let entries = refusals(&app).await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["account_id"], Value::Null);
    assert_eq!(entries[0]["actor"]["kind"], "system");
    let detail = json!({"moment": "before_sign_up", "reason": "no_plan", "rule": "the shop"});
    assert_eq!(entries[0]["detail"], detail);
    receiver.reply(allows());
    browser.post("/auth/signup").json(sign_up(EMAIL)).await.expect_status(201);
    let calls = receiver.calls_of("before_sign_up");
    assert_eq!(calls.len(), 2);
    let secret = rule["secret"].as_str().unwrap();
    assert!(calls.iter().all(|call| call.is_signed_with(secret, app.gate.now())));
    assert_ne!(calls[0].id(), calls[1].id());
}

#[tokio::test]
async fn what_a_rule_is_asked_holds_no_password() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["before_sign_up", "before_token"], &json!({})).await;
    app.browser().post("/auth/signup").json(sign_up(EMAIL)).await.expect_status(201);
    let [asked] = &receiver.calls_of("before_sign_up")[..] else { panic!("it is asked once") };
    let data = &asked.json()["data"];
    assert_eq!((&data["email"], &data["username"], &data["locale"]), (&EMAIL.into(), &"ada".into(), &"de".into()));
    let members: Vec<&String> = data.as_object().unwrap().keys().collect();
    assert_eq!(members, ["email", "ip", "locale", "user_agent", "username"]);
    for call in receiver.calls() {
        let text = String::from_utf8_lossy(&call.body).into_owned();
        assert!(!text.contains(PASSWORD) && !text.contains("gwr_") && !text.contains("$argon2"), "{text}");
    }
}

#[tokio::test]
async fn what_cannot_be_an_account_anyway_is_not_asked_about() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["before_sign_up"], &json!({})).await;
    let mut short = sign_up(EMAIL);
    short["password"] = "short".into();
    app.browser().post("/auth/signup").json(short).await.expect_problem(422, "password_too_short");
    assert!(receiver.calls().is_empty());
}

/// docs/attacks.md#rule-as-oracle
#[tokio::test]
async fn a_refusal_does_not_tell_whether_an_address_is_taken() {
    for verification in [EmailVerification::Optional, EmailVerification::Required] {
        let app = Setup::default().policy(|policy| policy.mail.verification = verification).start().await;
        let receiver = Receiver::start().await;
        app.gate.operator().create_account(account(EMAIL)).await.unwrap();
        webhook(&app, &receiver, &["before_sign_up"], &json!({})).await;
        receiver.reply(refuses());
        let mut answers = Vec::new();
        for email in [EMAIL, "nobody@example.test"] {
            let answer = app.browser().post("/auth/signup").json(sign_up(email)).await;
            let mut problem = answer.expect_problem(403, "refused_by_rule").json();
            problem["request_id"] = Value::Null;
            answers.push(problem);
        }
        assert_eq!(answers[0], answers[1]);
        let asked: Vec<_> = receiver.calls().iter().map(|call| call.json()["data"]["email"].clone()).collect();
        assert_eq!(asked, [EMAIL, "nobody@example.test"], "{verification:?}");
    }
}

#[tokio::test]
async fn who_signs_up_by_mail_is_asked_about_when_the_account_would_be_made() {
    let app = Setup::default().policy(|policy| policy.mail.magic_links = MagicLinks::WithSignUp).start().await;
    let receiver = Receiver::start().await;
    webhook(&app, &receiver, &["before_sign_up"], &json!({})).await;
    receiver.reply(refuses());
    let browser = app.browser();
    browser.post("/auth/magic-link").json(json!({"email": EMAIL})).await.expect_status(202);
    assert!(receiver.calls().is_empty(), "an answer here would tell that nobody has the address");
    let token = app.letter("magic_link", EMAIL).await.token();
    let redeem = || browser.post("/auth/magic-link/redeem").json(json!({"token": token}));
    redeem().await.expect_problem(403, "refused_by_rule");
    receiver.reply(allows());
    redeem().await.expect_status(200);
}

#[tokio::test]
async fn whoever_has_the_machine_is_not_asked_about() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["before_sign_up"], &json!({})).await;
    receiver.reply(refuses());
    app.gate.operator().create_account(account(EMAIL)).await.unwrap();
    assert!(receiver.calls().is_empty());
}

pub(super) fn account(email: &str) -> gatewright::core::SignUpRequest {
    use gatewright::core::model::{Email, Plaintext, ProfilePatch, Transport};
    gatewright::core::SignUpRequest {
        email: Email::parse("email", email).unwrap(),
        password: Plaintext::parse("password", PASSWORD.to_owned()).unwrap(),
        username: None,
        profile: ProfilePatch::default(),
        transport: Transport::Body,
        label: None,
    }
}
