//! Rules: what is asked before somebody signs up or gets a token, and who is told of what happened. The webhooks are real
//! servers on the loopback interface, called by the client that ships.

mod before_sign_up;
mod before_token;
mod events;
mod failures;
mod nodes;
mod retries;

use gatewright::core::EventsDelivered;
use gatewright_testkit::{
    TestApp,
    app::{Browser, Called, PASSWORD, Receiver, Reply},
};
use serde_json::{Value, json};

pub(crate) const EMAIL: &str = "ada@example.test";
pub(crate) const NAMESPACE: &str = "https://shop.example.com/";

/// A program that may do everything with rules.
pub(crate) async fn operator(app: &TestApp) -> Browser {
    app.program(&["rules:read", "rules:write", "deliveries:read", "deliveries:write", "activity:read", "accounts:read"])
        .await
}

/// A webhook of the receiver at these moments, with whatever else `more` says. It fails closed after one second.
pub(crate) async fn webhook(app: &TestApp, receiver: &Receiver, moments: &[&str], more: &Value) -> Value {
    let mut body = json!({"name": "the shop", "url": receiver.url(), "moments": moments, "timeout": 1});
    if moments.contains(&"before_token") {
        body["namespace"] = NAMESPACE.into();
    }
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    operator(app).await.post("/admin/v1/rules").json(body).await.expect_status(201).json()
}

/// Refuses, with a reason for the log and a sentence for whoever asked.
pub(crate) fn refuses() -> Reply {
    Reply::Json(200, json!({"allow": false, "reason": "no_plan", "message": "Choose a plan first."}))
}

fn allows() -> Reply {
    Reply::Json(200, json!({"allow": true}))
}

fn adds(claims: &Value) -> Reply {
    Reply::Json(200, json!({"allow": true, "claims": claims}))
}

fn login() -> Value {
    json!({"login": EMAIL, "password": PASSWORD, "transport": "body"})
}

/// Delivers until there is nothing to deliver; answers what was done in all.
pub(crate) async fn deliver(app: &TestApp) -> EventsDelivered {
    let mut sum = EventsDelivered::default();
    for _ in 0..50 {
        let done = app.gate.deliver_events().await.unwrap();
        if done == EventsDelivered::default() {
            return sum;
        }
        sum.made += done.made;
        sum.delivered += done.delivered;
        sum.postponed += done.postponed;
        sum.given_up += done.given_up;
    }
    panic!("there is always something to deliver");
}

/// What happened, as the calls tell it.
fn kinds(calls: &[Called]) -> Vec<String> {
    calls.iter().map(Called::kind).collect()
}

/// What the activity log says of refusals, newest first.
async fn refusals(app: &TestApp) -> Vec<Value> {
    let page = operator(app).await.get("/admin/v1/activity?act=refused_by_rule").await.expect_status(200).json();
    page["activity"].as_array().unwrap().clone()
}
