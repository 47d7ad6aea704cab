//! `POST /admin/v1/mails/{id}/retry`.

use gatewright_testkit::{TestApp, app::Browser};
use serde_json::Value;

use super::{BUSY, Closed, fail, three};
use crate::{family::EMAIL, routes::admin::noted};

async fn listed(program: &Browser, state: &str) -> Value {
    program.get(&format!("/admin/v1/mails?state={state}")).await.expect_status(200).json()["mails"][0].clone()
}

fn retry(mail: &Value) -> String {
    format!("/admin/v1/mails/{}/retry", mail["id"].as_str().unwrap())
}

#[tokio::test]
async fn a_mail_that_waits_after_a_failure_is_tried_at_once_and_sent_once() {
    let app = TestApp::start().await;
    three(&app).await;
    let program = app.program(&["mails:read", "mails:write", "activity:read"]).await;
    let waits = listed(&program, "waiting").await;
    assert_eq!(app.letters().await.len(), 0, "not yet");
    let answer = program.post(&retry(&waits)).await.expect_status(202).json();
    assert_eq!(
        (&answer["id"], &answer["attempts"], answer["last_error"].as_str()),
        (&waits["id"], &waits["attempts"], Some(BUSY))
    );
    assert!(answer["due_at"].as_str() < waits["due_at"].as_str(), "{answer} {waits}");
    // Once more changes nothing, and nothing more is noted.
    program.post(&retry(&waits)).await.expect_status(202);
    let entries = noted(&program, "mail_retried").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["actor"]["kind"], "service_key");
    assert!(!entries[0].to_string().contains(EMAIL));
    let mails = app.letters().await;
    assert_eq!(mails.iter().map(|mail| mail.kind).collect::<Vec<_>>(), ["reset_password"]);
    program.post(&retry(&waits)).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn what_was_sent_or_given_up_is_not_there_to_be_tried_again() {
    let app = TestApp::start().await;
    three(&app).await;
    let program = app.program(&["mails:read", "mails:write"]).await;
    for state in ["sent", "given_up"] {
        program.post(&retry(&listed(&program, state).await)).await.expect_problem(404, "not_found");
    }
    for nobodys in ["00000000-0000-7000-8000-000000000000", "x", "00000000-0000-7000-8000-00000000000A"] {
        program.post(&format!("/admin/v1/mails/{nobodys}/retry")).await.expect_problem(404, "not_found");
    }
    fail(&app, Closed::ForGood).await;
    assert!(app.letters().await.is_empty());
}

/// SECURITY AZ1: each right opens its own calls only.
#[tokio::test]
async fn az1_mails_are_for_who_has_their_rights() {
    let app = TestApp::start().await;
    three(&app).await;
    let reader = app.program(&["mails:read"]).await;
    let waits = listed(&reader, "waiting").await;
    reader.post(&retry(&waits)).await.expect_problem(403, "permission_denied");
    let other = app.program(&["deliveries:read", "deliveries:write", "accounts:write"]).await;
    other.get("/admin/v1/mails").await.expect_problem(403, "permission_denied");
    other.post(&retry(&waits)).await.expect_problem(403, "permission_denied");
    assert!(app.letters().await.is_empty(), "nothing was brought forward");
}
