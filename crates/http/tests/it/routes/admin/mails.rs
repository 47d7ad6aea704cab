//! `/admin/v1/mails`: what has become of mails. When each is tried is tried in core and in the server.

mod retry;

use async_trait::async_trait;
use gatewright::core::{
    model::Letter,
    port::{Courier, CourierError},
};
use gatewright_testkit::{TestApp, app::mins};
use serde_json::{Value, json};

use crate::family::EMAIL;

/// Why a [`Closed`] SMTP server takes nothing.
pub(crate) const BUSY: &str = "421 busy; try again";
pub(crate) const UNKNOWN: &str = "550 no such box";

/// An SMTP server that takes nothing.
pub(crate) enum Closed {
    ForNow,
    ForGood,
}

#[async_trait]
impl Courier for Closed {
    async fn deliver(&self, _: &Letter) -> Result<(), CourierError> {
        Err(match self {
            Self::ForNow => CourierError::Later(BUSY.to_owned()),
            Self::ForGood => CourierError::Never(UNKNOWN.to_owned()),
        })
    }
}

/// Tries what is due with a server that takes nothing.
pub(crate) async fn fail(app: &TestApp, closed: Closed) {
    app.gate.deliver_letters(&closed).await.unwrap();
}

/// Asks for a new password, which is a mail more.
async fn ask(app: &TestApp) {
    app.browser().post("/auth/password/forgot").json(json!({"email": EMAIL})).await.expect_status(202);
}

/// One mail that was given up, one that was sent and one that waits, written in this order.
pub(crate) async fn three(app: &TestApp) {
    app.sign_up_in("body", EMAIL).await;
    fail(app, Closed::ForGood).await;
    ask(app).await;
    app.letters().await;
    app.clock.advance(mins(31));
    ask(app).await;
    fail(app, Closed::ForNow).await;
}

#[tokio::test]
async fn mails_are_listed_by_state_page_by_page_and_counted() {
    let app = TestApp::start().await;
    let program = app.program(&["mails:read"]).await;
    let empty = program.get("/admin/v1/mails").await.expect_status(200).json();
    let nothing = json!({"mails": [], "next_cursor": null, "waiting": 0, "given_up": 0, "oldest_waiting_at": null});
    assert_eq!(empty, nothing);
    three(&app).await;
    let all = program.get("/admin/v1/mails").await.expect_status(200).json();
    let told: Vec<_> = all["mails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| (mail["kind"].as_str().unwrap(), mail["state"].as_str().unwrap(), mail["last_error"].as_str()))
        .collect();
    let expected = [
        ("reset_password", "waiting", Some(BUSY)),
        ("reset_password", "sent", None),
        ("verify_email", "given_up", Some(UNKNOWN)),
    ];
    assert_eq!(told, expected);
    assert_eq!((&all["waiting"], &all["given_up"], &all["next_cursor"]), (&json!(1), &json!(1), &Value::Null));
    assert_eq!(all["oldest_waiting_at"], all["mails"][0]["created_at"]);
    assert_eq!(all["mails"][0]["attempts"], 1);
    assert!(all["mails"][0]["due_at"].is_string() && all["mails"][0]["done_at"].is_null());
    assert!(all["mails"][1]["due_at"].is_null() && all["mails"][1]["done_at"].is_string());
    for (at, state) in ["waiting", "sent", "given_up"].into_iter().enumerate() {
        let page = program.get(&format!("/admin/v1/mails?state={state}")).await.expect_status(200).json();
        assert_eq!(page["mails"], json!([all["mails"][at]]), "{state}");
    }
    let first = program.get("/admin/v1/mails?limit=2").await.json();
    assert_eq!(first["mails"].as_array().unwrap().len(), 2);
    let rest = format!("/admin/v1/mails?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = program.get(&rest).await.expect_status(200).json();
    assert_eq!((&rest["mails"], &rest["next_cursor"]), (&json!([all["mails"][2]]), &Value::Null));
    for bad in ["state=lost", "limit=0", "limit=201", "cursor=x", "account_id=x"] {
        program.get(&format!("/admin/v1/mails?{bad}")).await.expect_problem(422, "validation_failed");
    }
}

/// SECURITY LG2: it is sealed, and nobody who administers sees it.
#[tokio::test]
async fn lg2_neither_what_a_mail_says_nor_to_whom_is_told() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let program = app.program(&["mails:read"]).await;
    let waiting = program.get("/admin/v1/mails").await.expect_status(200).text();
    let mails = app.letters().await;
    let sent = program.get("/admin/v1/mails").await.expect_status(200).text();
    assert_eq!(mails.len(), 1);
    for text in [waiting, sent] {
        for secret in [EMAIL, &mails[0].token(), &mails[0].code(), &mails[0].subject] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
}
