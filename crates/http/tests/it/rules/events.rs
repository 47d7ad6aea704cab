//! Telling rules of what happened.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gatewright::core::{
    EventsDelivered,
    model::{Act, EmbeddedName, Event, Moment},
    port::{Rule, RuleError},
};
use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, Receiver, Reply, Setup, days, mins, secs},
};
use serde_json::{Value, json};

use super::{EMAIL, allows, deliver, kinds, login, operator, webhook};

#[tokio::test]
async fn what_happens_is_told_once_and_signed() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let rule = webhook(&app, &receiver, &["after"], &json!({})).await;
    let ada = app.sign_up_in("body", EMAIL).await;
    deliver(&app).await;
    let mut told = kinds(&receiver.calls());
    told.retain(|kind| !["service_key_made", "rule_changed"].contains(&kind.as_str()));
    told.sort();
    assert_eq!(told, ["logged_in", "signed_up"]);
    let call = &receiver.calls_of("logged_in")[0];
    assert!(call.is_signed_with(rule["secret"].as_str().unwrap(), app.gate.now()));
    let body = call.json();
    let members: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["data", "timestamp", "type"]);
    let data = &body["data"];
    assert_eq!(data["session_id"], ada.session_id());
    assert_eq!(data["account_id"], ada.signed_in()["account"]["id"]);
    let own = ada.get("/auth/activity").await.expect_status(200).json();
    let entry = own["activity"].as_array().unwrap().iter().find(|entry| entry["id"] == data["id"]).unwrap().clone();
    for (name, value) in entry.as_object().unwrap() {
        assert_eq!(&data[name], value, "{name}");
    }
    assert_eq!(deliver(&app).await, EventsDelivered::default());
}

#[tokio::test]
async fn nothing_is_told_of_what_was_before_or_of_other_acts() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    webhook(&app, &receiver, &["after"], &json!({"acts": ["logged_out", "login_failed"]})).await;
    let wrong = json!({"login": EMAIL, "password": "not the right sentence"});
    app.browser().post("/auth/login").json(wrong).await.expect_status(401);
    app.browser().post("/auth/login").json(login()).await.expect_status(200);
    ada.post("/auth/logout").await.expect_status(204);
    assert_eq!(deliver(&app).await, EventsDelivered { made: 2, delivered: 2, ..EventsDelivered::default() });
    let mut told = kinds(&receiver.calls());
    told.sort();
    assert_eq!(told, ["logged_out", "login_failed"]);
}

#[tokio::test]
async fn a_disabled_rule_is_not_told_and_afterwards_only_of_what_happens_then() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    app.sign_up_in("body", EMAIL).await;
    let rule = webhook(&app, &receiver, &["after"], &json!({"acts": ["logged_in"]})).await;
    let path = format!("/admin/v1/rules/{}", rule["id"].as_str().unwrap());
    let operator = operator(&app).await;
    operator.patch(&path).json(json!({"enabled": false})).await.expect_status(200);
    app.browser().post("/auth/login").json(login()).await.expect_status(200);
    deliver(&app).await;
    assert!(receiver.calls().is_empty());
    operator.patch(&path).json(json!({"enabled": true})).await.expect_status(200);
    deliver(&app).await;
    assert!(receiver.calls().is_empty(), "what happened meanwhile is told to nobody");
    app.browser().post("/auth/login").json(login()).await.expect_status(200);
    deliver(&app).await;
    assert_eq!(kinds(&receiver.calls()), ["logged_in"]);
}

/// SECURITY SE15: what ends a session says so to whoever has to know, in a form that only that can be mistaken for.
#[tokio::test]
async fn se15_a_session_that_ends_is_told_as_a_signed_security_event() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    webhook(&app, &receiver, &["after"], &json!({"acts": ["logged_out", "logged_in"]})).await;
    app.browser().post("/auth/login").json(login()).await.expect_status(200);
    ada.post("/auth/logout").await.expect_status(204);
    receiver.reply(Reply::Json(500, Value::Null));
    deliver(&app).await;
    receiver.reply(allows());
    app.clock.advance(secs(5));
    deliver(&app).await;
    assert_eq!(receiver.calls_of("logged_in")[0].json()["data"]["set"], Value::Null);
    let [first, second] = &receiver.calls_of("logged_out")[..] else { panic!("told twice") };
    let set = |call: &gatewright_testkit::app::Called| call.json()["data"]["set"].as_str().unwrap().to_owned();
    let token = set(first);
    let part = |token: &str, number: usize| -> Value {
        let part = data_encoding::BASE64URL_NOPAD.decode(token.split('.').nth(number).unwrap().as_bytes()).unwrap();
        serde_json::from_slice(&part).unwrap()
    };
    assert_eq!(part(&token, 0)["typ"], "secevent+jwt");
    let says = part(&token, 1);
    assert_eq!(says, part(&set(second), 1), "each try says the same");
    let members: Vec<_> = says.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["aud", "events", "iat", "iss", "jti", "sub_id"]);
    assert_eq!(says["sub_id"]["session"]["id"], ada.session_id());
    assert_eq!(says["sub_id"]["user"]["sub"], ada.user_id());
    let event = &says["events"]["https://schemas.openid.net/secevent/caep/event-type/session-revoked"];
    assert_eq!((&event["initiating_entity"], &event["event_timestamp"]), (&json!("user"), &says["iat"]));
    // It is signed with the published key, and nothing that one could sign in with.
    let jwks: Value = serde_json::from_str(&app.gate.jwks().to_json()).unwrap();
    let key = jwks["keys"].as_array().unwrap().iter().find(|key| key["kid"] == part(&token, 0)["kid"]).unwrap();
    let coordinate =
        |name: &str| data_encoding::BASE64URL_NOPAD.decode(key[name].as_str().unwrap().as_bytes()).unwrap();
    let point = [vec![4], coordinate("x"), coordinate("y")].concat();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let signature = data_encoding::BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let verifier = aws_lc_rs::signature::UnparsedPublicKey::new(&aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED, point);
    verifier.verify(signed.as_bytes(), &signature).unwrap();
    app.browser().get("/auth/me").bearer(token).await.expect_problem(401, "access_token_invalid");
}

/// A sign-in waits for nobody who wants to be told of it.
#[tokio::test]
async fn a_rule_that_is_only_told_is_not_called_while_somebody_waits() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    receiver.reply(Reply::Nothing);
    webhook(&app, &receiver, &["after"], &json!({})).await;
    app.sign_up_in("body", EMAIL).await;
    assert!(receiver.calls().is_empty());
}

#[tokio::test]
async fn a_slow_rule_keeps_no_other_waiting() {
    let (app, slow, quick) = (TestApp::start().await, Receiver::start().await, Receiver::start().await);
    slow.reply(Reply::Nothing);
    webhook(&app, &slow, &["after"], &json!({"acts": ["logged_in"]})).await;
    webhook(&app, &quick, &["after"], &json!({"acts": ["logged_in"]})).await;
    app.sign_up_in("body", EMAIL).await;
    let first = app.gate.deliver_events();
    let meanwhile = async {
        while quick.calls().is_empty() || slow.calls().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        app.browser().post("/auth/login").json(login()).await.expect_status(200);
        while quick.calls().len() < 2 {
            assert_eq!(
                app.gate.deliver_events().await.unwrap().postponed,
                0,
                "another round is busy with the slow one"
            );
        }
    };
    tokio::select! {
        done = first => panic!("{done:?}"),
        () = meanwhile => {}
    }
    assert_eq!(slow.calls().len(), 1);
}

#[tokio::test]
async fn what_was_erased_or_removed_meanwhile_is_not_told() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    webhook(&app, &receiver, &["after"], &json!({"acts": ["logged_in", "account_deleted"]})).await;
    let body = json!({"login": EMAIL, "password": PASSWORD, "transport": "body"});
    app.browser().post("/auth/login").header("user-agent", "Kite/1.0").json(body).await.expect_status(200);
    receiver.reply(Reply::Json(500, Value::Null));
    assert_eq!(deliver(&app).await.postponed, 1);
    assert!(receiver.calls()[0].json().to_string().contains("Kite/1.0"));
    ada.delete("/auth/account").await.expect_status(204);
    receiver.forget();
    receiver.reply(allows());
    app.clock.advance(secs(5));
    deliver(&app).await;
    for call in receiver.calls() {
        assert!(!String::from_utf8_lossy(&call.body).contains("Kite/1.0"), "{call:?}");
    }
}

/// docs/attacks.md#event-of-a-pruned-entry
#[tokio::test]
async fn an_entry_that_is_gone_is_given_up() {
    let app = Setup::default().policy(|policy| policy.activity.keep = Some(mins(1))).start().await;
    let receiver = Receiver::start().await;
    webhook(&app, &receiver, &["after"], &json!({"acts": ["signed_up"]})).await;
    app.sign_up_in("body", EMAIL).await;
    receiver.reply(Reply::Json(500, Value::Null));
    assert_eq!(deliver(&app).await.postponed, 1);
    receiver.forget();
    app.clock.advance(mins(2));
    app.browser().post("/auth/login").json(login()).await.expect_status(200);
    for _ in 0..5 {
        app.gate.tend().await.unwrap();
        app.clock.advance(secs(20));
    }
    assert_eq!(deliver(&app).await.given_up, 1);
    assert!(receiver.calls().is_empty());
}

#[tokio::test]
async fn deliveries_are_kept_for_thirty_days() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["after"], &json!({"acts": ["signed_up"]})).await;
    app.sign_up_in("body", EMAIL).await;
    deliver(&app).await;
    let count = async || {
        let page = operator(&app).await.get("/admin/v1/deliveries").await.expect_status(200).json();
        page["deliveries"].as_array().unwrap().len()
    };
    app.clock.advance(days(29));
    app.gate.tend().await.unwrap();
    assert_eq!(count().await, 1);
    app.clock.advance(days(1) + mins(5)); // by the clock of a node that is behind as well
    app.gate.tend().await.unwrap();
    assert_eq!(count().await, 0);
}

/// Notes what it is told; does not take in the first telling of anything.
#[derive(Default)]
struct Listening(Mutex<Vec<Event>>);

#[async_trait]
impl Rule for Listening {
    fn name(&self) -> EmbeddedName {
        EmbeddedName::parse("listening").unwrap()
    }

    fn moments(&self) -> &[Moment] {
        &[Moment::After]
    }

    fn wants(&self, act: Act) -> bool {
        act == Act::LoggedIn
    }

    async fn after(&self, event: &Event) -> Result<(), RuleError> {
        let mut told = self.0.lock().unwrap();
        let is_new = told.iter().all(|earlier| earlier.id != event.id);
        told.push(event.clone());
        if is_new { Err(RuleError::new("not now")) } else { Ok(()) }
    }
}

#[tokio::test]
async fn an_embedded_rule_is_told_until_it_takes_it() {
    let rule = Arc::new(Listening::default());
    let app = Setup::default().rule(rule.clone()).start().await;
    deliver(&app).await;
    let ada = app.sign_up_in("body", EMAIL).await;
    assert_eq!(deliver(&app).await, EventsDelivered { made: 1, postponed: 1, ..EventsDelivered::default() });
    let page = operator(&app).await.get("/admin/v1/deliveries?rule_id=embedded:listening").await.expect_status(200);
    let delivery = &page.json()["deliveries"][0];
    assert_eq!((&delivery["state"], &delivery["last_error"]), (&json!("waiting"), &json!("not now")));
    app.clock.advance(secs(5));
    assert_eq!(deliver(&app).await, EventsDelivered { delivered: 1, ..EventsDelivered::default() });
    let told = rule.0.lock().unwrap();
    assert_eq!(told.len(), 2);
    assert_eq!((told[0].id, told[0].seq), (told[1].id, told[1].seq));
    assert_eq!(told[0].activity.session_id.unwrap().to_string(), ada.session_id());
}
