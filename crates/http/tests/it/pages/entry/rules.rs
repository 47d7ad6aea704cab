//! Rules of the operator's that refuse somebody on the way in: what they say is heard on the page, as text, and nobody is signed in.

use gatewright_testkit::{
    TestApp,
    app::{Browser, PASSWORD, Receiver, Reply, mins},
};
use serde_json::json;

use super::{alarm, leads_to, press, sessions, sign_in};
use crate::{
    family::{EMAIL, PIN, family},
    pages::{
        family::{prove, value_of},
        send,
    },
    rules::webhook,
};

const MESSAGE: &str = "Choose a <plan> first.";
const ESCAPED: &str = "Choose a &lt;plan&gt; first.";
const SILENT: &str = "Whoever runs this does not allow it. Ask there if you think it should be possible.";

/// What a rule answers, and what the page says then.
fn answers() -> [(Reply, &'static str); 2] {
    let refuses = |message: Option<&str>| {
        let body = json!({"allow": false, "reason": "no_plan", "message": message});
        Reply::Json(200, body)
    };
    [(refuses(Some(MESSAGE)), ESCAPED), (refuses(None), SILENT)]
}

/// A system whose rule is asked at these moments, and lets everybody pass so far.
async fn ruled(moments: &[&str]) -> (TestApp, Receiver) {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    receiver.reply(Reply::Json(200, json!({"allow": true})));
    webhook(&app, &receiver, moments, &json!({})).await;
    (app, receiver)
}

#[track_caller]
fn check_nobody_came_in(browser: &Browser) {
    assert_eq!(sessions(browser), [""; 0]);
}

/// docs/attacks.md#rule-refuses
#[tokio::test]
async fn who_signs_in_is_told_what_the_rule_says() {
    let (app, receiver) = ruled(&["before_token"]).await;
    app.sign_up_in("body", EMAIL).await;
    for (reply, says) in answers() {
        receiver.reply(reply);
        let browser = app.browser();
        let page = sign_in(&browser, EMAIL).await.expect_status(403);
        assert_eq!(alarm(&page).as_deref(), Some(says), "{}", page.text());
        assert!(page.text().contains(&format!("value=\"{EMAIL}\"")) && !page.text().contains(PASSWORD));
        check_nobody_came_in(&browser);
        // Whoever has done what the rule wants goes on from there.
        receiver.reply(Reply::Json(200, json!({"allow": true})));
        let fields = [("login", EMAIL), ("password", PASSWORD)];
        assert_eq!(leads_to(&press(&browser, "/login", &page, &fields).await), "account");
    }
}

/// docs/attacks.md#rule-refuses
#[tokio::test]
async fn who_signs_up_is_told_what_the_rule_says() {
    let (app, receiver) = ruled(&["before_sign_up"]).await;
    for (reply, says) in answers() {
        receiver.reply(reply);
        let browser = app.browser();
        let page = browser.get("/signup").await.expect_status(200);
        let fields = [("email", "bob@example.test"), ("password", PASSWORD)];
        let page = press(&browser, "/signup", &page, &fields).await.expect_status(403);
        assert_eq!(alarm(&page).as_deref(), Some(says), "{}", page.text());
        check_nobody_came_in(&browser);
    }
    assert!(app.letters().await.is_empty(), "nobody is written to");
}

/// docs/attacks.md#rule-refuses
#[tokio::test]
async fn who_chooses_a_user_is_told_what_the_rule_says_with_a_pin_or_without() {
    let (app, receiver) = ruled(&["before_token"]).await;
    family(&app, "body").await;
    for (reply, says) in answers() {
        let browser = app.browser();
        assert_eq!(leads_to(&sign_in(&browser, EMAIL).await), "select");
        let page = browser.get("/select").await.expect_status(200);
        let (grace, kid) = (value_of(&page, "grace"), value_of(&page, "kid"));
        let asked = browser.get(&format!("/select?user={kid}")).await.expect_status(200);
        receiver.reply(reply);
        for refused in [
            press(&browser, "/select", &page, &[("user", &grace)]).await,
            prove(&browser, "/select", &asked, PIN).await,
        ] {
            let refused = refused.expect_status(403);
            assert_eq!(alarm(&refused).as_deref(), Some(says), "{}", refused.text());
            assert!(!refused.text().contains(PIN), "a PIN is never shown again");
        }
        check_nobody_came_in(&browser);
        receiver.reply(Reply::Json(200, json!({"allow": true})));
    }
}

/// docs/attacks.md#rule-refuses
#[tokio::test]
async fn who_switches_or_proves_himself_once_more_stays_who_he_is() {
    let (app, receiver) = ruled(&["before_token"]).await;
    let ada = family(&app, "cookie").await;
    let before = sessions(&ada);
    for (reply, says) in answers() {
        let page = ada.get("/switch").await.expect_status(200);
        let proof = ada.get("/confirm-identity").await.expect_status(200);
        let grace = value_of(&page, "grace");
        receiver.reply(reply);
        for refused in [
            press(&ada, "/switch", &page, &[("user", &grace)]).await,
            press(&ada, "/confirm-identity", &proof, &[("password", PASSWORD)]).await,
        ] {
            let refused = refused.expect_status(403);
            assert_eq!(alarm(&refused).as_deref(), Some(says), "{}", refused.text());
        }
        let me = ada.get("/auth/me").await.expect_status(200).json();
        assert_eq!(me["user"]["username"], "ada");
        assert_eq!(sessions(&ada), before, "the session of before");
    }
    // A session that is due is not renewed then, and no page is shown with what it has.
    app.clock.advance(mins(11));
    let refused = ada.get("/account").await.expect_status(403);
    assert!(!refused.text().contains(EMAIL), "{}", refused.text());
    send(&ada, "/account", &[("form_token", "x")]).await.expect_status(403);
    receiver.reply(Reply::Json(200, json!({"allow": true})));
    ada.get("/account").await.expect_status(200);
}
