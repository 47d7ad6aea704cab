//! Several nodes: what one changes, the others know a second later; and each event is told once.

use std::time::Duration;

use futures_util::future::join;
use gatewright_testkit::{
    TestApp,
    app::{Receiver, mins, secs},
};
use serde_json::json;

use super::{EMAIL, deliver, login, operator, refuses, webhook};

#[tokio::test]
async fn a_change_is_known_to_other_nodes_a_second_later_and_here_at_once() {
    let app = TestApp::start().await;
    let (other, receiver) = (app.another_node().await, Receiver::start().await);
    let ada = app.sign_up_in("body", EMAIL).await;
    receiver.reply(refuses());
    let sent_there = ada.at(&other);
    let there = || sent_there.refresh();
    there().await.expect_status(200);
    let rule = webhook(&app, &receiver, &["before_token"], &json!({})).await;
    ada.refresh().await.expect_problem(403, "refused_by_rule");
    there().await.expect_status(200);
    other.clock.advance(Duration::from_millis(999));
    there().await.expect_status(200);
    other.clock.advance(Duration::from_millis(1));
    there().await.expect_problem(403, "refused_by_rule");
    let path = format!("/admin/v1/rules/{}", rule["id"].as_str().unwrap());
    operator(&app).await.delete(&path).await.expect_status(204);
    ada.refresh().await.expect_status(200);
    there().await.expect_problem(403, "refused_by_rule");
    other.clock.advance(secs(1));
    there().await.expect_status(200);
}

#[tokio::test]
async fn the_rules_are_read_once_a_second_at_most_and_not_without_a_reason() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(secs(5));
    app.fuse.mend();
    ada.get("/auth/me").await.expect_status(200);
    assert_eq!(app.fuse.count("rules"), 0);
    for _ in 0..10 {
        ada.refresh().await.expect_status(200);
    }
    assert_eq!(app.fuse.count("rules"), 1);
    app.clock.advance(Duration::from_millis(999));
    ada.refresh().await.expect_status(200);
    assert_eq!(app.fuse.count("rules"), 1);
    app.clock.advance(Duration::from_millis(1));
    ada.refresh().await.expect_status(200);
    assert_eq!(app.fuse.count("rules"), 2);
}

/// A clock that was set back would otherwise make an old reading good for as long.
#[tokio::test]
async fn a_clock_that_is_set_back_has_the_rules_read_again() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let other = app.another_node().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    app.clock.advance(mins(1));
    ada.refresh().await.expect_status(200);
    webhook(&other, &receiver, &["before_token"], &json!({})).await;
    receiver.reply(refuses());
    app.clock.set(other.gate.now());
    app.browser().post("/auth/login").json(login()).await.expect_problem(403, "refused_by_rule");
}

#[tokio::test]
async fn of_two_nodes_each_tells_what_the_other_does_not() {
    let app = TestApp::start().await;
    let (other, receiver) = (app.another_node().await, Receiver::start().await);
    app.sign_up_in("body", EMAIL).await;
    webhook(&app, &receiver, &["after"], &json!({"acts": ["logged_in"]})).await;
    other.clock.advance(secs(1));
    for _ in 0..20 {
        app.browser().post("/auth/login").json(login()).await.expect_status(200);
    }
    let mut delivered = 0;
    for _ in 0..10 {
        let (here, there) = join(app.gate.deliver_events(), other.gate.deliver_events()).await;
        delivered += here.unwrap().delivered + there.unwrap().delivered;
    }
    assert_eq!(delivered, 20);
    let mut ids: Vec<_> = receiver.calls().iter().map(|call| call.id()).collect();
    assert_eq!(ids.len(), 20);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 20);
    assert_eq!(deliver(&app).await, Default::default());
}
