//! What is not taken is told again, and a crash at any moment loses nothing.

use gatewright::core::EventsDelivered;
use gatewright_testkit::{
    TestApp,
    app::{Receiver, Reply, mins, secs},
};
use serde_json::{Value, json};

use super::{EMAIL, allows, deliver, operator, webhook};

const NOTHING: EventsDelivered = EventsDelivered { made: 0, delivered: 0, postponed: 0, given_up: 0 };

/// One sign-up that is to be told to the receiver.
async fn one_event(receiver: &Receiver) -> (TestApp, Value) {
    let app = TestApp::start().await;
    let rule = webhook(&app, receiver, &["after"], &json!({"acts": ["signed_up"]})).await;
    app.sign_up_in("body", EMAIL).await;
    (app, rule)
}

async fn only_delivery(app: &TestApp) -> Value {
    let page = operator(app).await.get("/admin/v1/deliveries").await.expect_status(200).json();
    let [delivery] = &page["deliveries"].as_array().unwrap()[..] else { panic!("{page}") };
    delivery.clone()
}

#[tokio::test]
async fn it_is_tried_ten_times_in_three_days_and_can_be_replayed_afterwards() {
    let receiver = Receiver::start().await;
    let (app, _) = one_event(&receiver).await;
    receiver.reply(Reply::Json(500, Value::Null));
    let hours = |hours: u64| mins(60 * hours);
    let pauses = [secs(5), mins(5), mins(30), hours(2), hours(5), hours(10), hours(14), hours(20), hours(24)];
    for pause in pauses {
        assert_eq!(deliver(&app).await.postponed, 1);
        app.clock.advance(pause - secs(1));
        assert_eq!(deliver(&app).await, NOTHING, "{pause:?}");
        app.clock.advance(secs(1));
    }
    assert_eq!(deliver(&app).await.given_up, 1);
    assert_eq!(receiver.calls().len(), 10);
    let delivery = only_delivery(&app).await;
    assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("given_up"), &json!(10)));
    assert_eq!((&delivery["last_status"], &delivery["act"]), (&json!(500), &json!("signed_up")));
    receiver.reply(allows());
    let path = format!("/admin/v1/deliveries/{}/replay", delivery["id"].as_str().unwrap());
    let replayed = operator(&app).await.post(&path).await.expect_status(202).json();
    assert_eq!((&replayed["state"], &replayed["attempts"]), (&json!("waiting"), &json!(0)));
    assert_eq!(deliver(&app).await.delivered, 1);
    let mut ids: Vec<_> = receiver.calls().iter().map(|call| call.id()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "the same message, however often it is sent");
    let stamps: Vec<_> = receiver.calls().iter().map(|call| call.headers["webhook-timestamp"].clone()).collect();
    assert_ne!(stamps[0], stamps[10], "each call is signed for its own moment");
    assert_eq!(only_delivery(&app).await["state"], "delivered");
}

#[tokio::test]
async fn only_what_says_that_it_was_taken_was_taken() {
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let (app, _) = one_event(&receiver).await;
    let redirect = Reply::Redirect(elsewhere.url());
    for (reply, pause) in [(redirect, secs(5)), (Reply::Json(404, Value::Null), mins(5))] {
        receiver.reply(reply);
        assert_eq!(deliver(&app).await.postponed, 1);
        app.clock.advance(pause);
    }
    receiver.reply(Reply::Json(202, Value::Null));
    assert_eq!(deliver(&app).await.delivered, 1);
    assert!(elsewhere.calls().is_empty());
}

#[tokio::test]
async fn what_was_taken_and_never_noted_is_told_again_a_minute_later() {
    let receiver = Receiver::start().await;
    let (app, _) = one_event(&receiver).await;
    app.fuse.refuse("note_delivery");
    app.gate.deliver_events().await.unwrap_err();
    assert_eq!(receiver.calls().len(), 1);
    app.fuse.mend();
    assert_eq!(deliver(&app).await, NOTHING, "it is still taken");
    app.clock.advance(secs(60));
    assert_eq!(deliver(&app).await.delivered, 1);
    assert_eq!(receiver.calls()[0].id(), receiver.calls()[1].id());
}

#[tokio::test]
async fn a_crash_before_or_between_the_steps_loses_nothing_and_doubles_nothing() {
    for step in ["told", "chain_state", "chained", "fan_out", "take_deliveries"] {
        let receiver = Receiver::start().await;
        let (app, _) = one_event(&receiver).await;
        app.fuse.refuse(step);
        app.gate.deliver_events().await.unwrap_err();
        assert!(receiver.calls().is_empty(), "{step}");
        app.fuse.mend();
        let app = app.restart(|_| {}).await;
        assert_eq!(deliver(&app).await.delivered, 1, "{step}");
        assert_eq!(receiver.calls().len(), 1, "{step}");
    }
}

#[tokio::test]
async fn who_answers_that_it_is_gone_is_disabled_until_an_admin_enables_it() {
    let receiver = Receiver::start().await;
    let (app, rule) = one_event(&receiver).await;
    app.browser().post("/auth/signup").json(json!({"email": "b@example.test", "password": super::PASSWORD})).await;
    receiver.reply(Reply::Json(410, Value::Null));
    deliver(&app).await;
    let path = format!("/admin/v1/rules/{}", rule["id"].as_str().unwrap());
    let operator = operator(&app).await;
    assert_eq!(operator.get(&path).await.json()["state"], "gone");
    let page = operator.get("/admin/v1/deliveries?state=given_up").await.json();
    assert_eq!(page["deliveries"].as_array().unwrap().len(), 2);
    let entries = operator.get("/admin/v1/activity?act=rule_changed&actor=system").await.json();
    assert_eq!(entries["activity"][0]["detail"], json!({"rule_id": rule["id"], "state": "gone"}));
    let calls = receiver.calls().len();
    let first = page["deliveries"][0]["id"].as_str().unwrap();
    operator.post(&format!("/admin/v1/deliveries/{first}/replay")).await.expect_status(202);
    assert_eq!(deliver(&app).await.given_up, 1);
    assert_eq!(receiver.calls().len(), calls, "a rule that is disabled is not called");
    receiver.reply(allows());
    operator.patch(&path).json(json!({"enabled": true})).await.expect_status(200);
    operator.post(&format!("/admin/v1/deliveries/{first}/replay")).await.expect_status(202);
    assert_eq!(deliver(&app).await.delivered, 1);
}
