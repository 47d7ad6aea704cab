//! Nodes whose clocks differ by a few seconds (the comment on the port `Clock` says what is assumed).

use gatewright_testkit::app::{PASSWORD, Setup, mins, secs};
use serde_json::json;

use super::{nodes_apart, pass, two_nodes};
use crate::family::{EMAIL, family, grace};

#[tokio::test]
async fn a_node_that_is_behind_takes_what_one_that_is_ahead_has_minted() {
    let nodes = nodes_apart(Setup::default(), 5).await;
    let [ahead, behind] = &nodes;
    let ada = family(ahead, "body").await;
    behind.clock.advance(secs(2)); // `family` has moved the other by as much
    let there = ada.at(behind);
    there.get("/auth/me").await.expect_status(200);
    // A proof from the future is a fresh one.
    let change = json!({"current_password": PASSWORD, "new_password": "another fine sentence"});
    there.put("/auth/password").json(change).await.expect_status(204);

    pass(&nodes, mins(2));
    let spent = ada.refresh_token();
    ada.refresh().await.expect_status(200);
    let current = ada.refresh_token();
    let young = there.refresh().await.expect_status(200).json();
    assert_eq!((&young["refresh_token"], &young["session"]["generation"]), (&json!(current), &json!(2)));
    let retried = behind.refresh(spent).await.expect_status(200).json();
    assert_eq!((&retried["refresh_token"], &retried["session"]["generation"]), (&json!(current), &json!(2)));
    there.refresh().await.expect_status(200);

    there.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
    ada.get("/auth/me").await.expect_status(200);
    there.post("/auth/logout").await.expect_status(204);
    ada.get("/auth/me").await.expect_problem(401, "access_token_invalid");
}

#[tokio::test]
async fn x1_a_token_from_the_future_is_good_for_ten_seconds_and_an_expired_one_for_none() {
    for (apart, status) in [(10, 200), (11, 401)] {
        let [ahead, behind] = nodes_apart(Setup::default(), apart).await;
        let ada = ahead.sign_up_in("body", EMAIL).await;
        ada.at(&behind).get("/auth/me").await.expect_status(status);
    }
    let nodes = two_nodes().await;
    let ada = nodes[0].sign_up_in("body", EMAIL).await;
    pass(&nodes, mins(10) - secs(1));
    ada.at(&nodes[1]).get("/auth/me").await.expect_status(200);
    pass(&nodes, secs(1));
    ada.at(&nodes[1]).get("/auth/me").await.expect_problem(401, "access_token_expired");
}

#[tokio::test]
async fn a_session_that_replaces_another_is_newer_whatever_the_clocks_say() {
    let nodes = nodes_apart(Setup::default(), 10).await;
    let [ahead, behind] = &nodes;
    let ada = family(ahead, "hybrid").await;
    behind.clock.advance(secs(2));
    let (old_session, late) = (ada.session_id(), ada.cookie_header().unwrap());
    let there = ada.at(behind);
    there.post("/auth/switch").json(json!({"username": "grace"})).await.expect_status(200);
    assert!(there.session_id() > old_session, "{} > {old_session}", there.session_id());
    // A late answer of the old session has brought its cookie back: of the two the newest counts.
    let both = format!("{late}; {}", there.cookie_header().unwrap());
    let refreshed = there.post("/auth/refresh").without_bearer().cookies(both).await.expect_status(200).json();
    assert_eq!(refreshed["session"]["id"], there.session_id());
}

#[tokio::test]
async fn a_spent_selection_token_is_remembered_until_it_is_dead_everywhere() {
    let nodes = nodes_apart(Setup::default(), 10).await;
    let [ahead, behind] = &nodes;
    family(ahead, "body").await;
    behind.clock.advance(secs(2));
    let chooser = behind.browser();
    chooser.post("/auth/login").json(json!({"login": EMAIL, "password": PASSWORD})).await.expect_status(200);
    let choose = || {
        let choice = json!({"username": "grace", "transport": "body"});
        chooser.post("/auth/select").bearer(chooser.selection_token()).json(choice)
    };
    choose().await.expect_status(200);
    pass(&nodes, mins(5) - secs(1));
    ahead.gate.tend().await.unwrap();
    choose().await.expect_problem(401, "selection_token_invalid");
    // Not because its time is up: another one of the same moment is good.
    assert_eq!(behind.fuse.steps().last().copied(), Some("open"));
}

#[tokio::test]
async fn a_session_is_not_removed_while_it_lives_at_another_node() {
    let short = |policy: &mut gatewright::core::model::Policy| policy.session_absolute = mins(20);
    let nodes = nodes_apart(Setup::default().policy(short), 10).await;
    let [ahead, behind] = &nodes;
    let ada = behind.sign_up_in("body", EMAIL).await;
    pass(&nodes, mins(20) - secs(1));
    ahead.gate.tend().await.unwrap();
    ada.refresh().await.expect_status(200);
    pass(&nodes, secs(1));
    ada.refresh().await.expect_problem(401, "refresh_token_invalid");
}

#[tokio::test]
async fn p5_what_was_ended_at_a_node_that_is_behind_is_dead_at_one_that_is_ahead() {
    let nodes = nodes_apart(Setup::default(), 10).await;
    let [ahead, behind] = &nodes;
    let ada = family(ahead, "body").await;
    behind.clock.advance(secs(2));
    let grace = grace(ahead, "body").await;
    ada.at(behind).post("/auth/logout").json(json!({"scope": "account"})).await.expect_status(204);
    for browser in [&ada, &grace] {
        browser.get("/auth/me").await.expect_problem(401, "access_token_invalid");
        browser.refresh().await.expect_problem(401, "refresh_token_invalid");
    }
    ahead.log_in(EMAIL, Some("ada"), "body").await.at(behind).get("/auth/me").await.expect_status(200);
}
