//! `POST /auth/invitations`.

mod accept;

use gatewright_testkit::{TestApp, app::mins};
use serde_json::json;

use crate::{
    family::{family, grace},
    routes::{refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_strangers, shown},
};

const NEWCOMER: &str = "linus@example.test";

#[tokio::test]
async fn it_takes_a_fresh_owner_and_an_address() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    app.letters().await;
    let call = || ada.post("/auth/invitations");
    refuses_strangers(&app, |browser| browser.post("/auth/invitations").json(json!({"email": NEWCOMER}))).await;
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    let invalid = "validation_failed";
    refuses_members(
        call,
        [
            (json!({}), invalid, "email"),
            (json!({"email": "no address"}), invalid, "email"),
            (json!({"email": NEWCOMER, "roles": ["admin"]}), invalid, "roles"),
            (json!({"email": NEWCOMER, "owner": true}), invalid, "owner"),
        ],
    )
    .await;
    let grace = grace(&app, "body").await;
    let member = grace.post("/auth/invitations").json(json!({"email": NEWCOMER})).await;
    member.expect_problem(403, "permission_denied");
    app.clock.advance(mins(6));
    call().json(json!({"email": NEWCOMER})).await.expect_problem(403, "reauthentication_required");
    assert!(app.letters().await.iter().all(|mail| mail.kind != "invitation"));
}

#[tokio::test]
async fn a_mail_asks_whoever_reads_the_address_and_says_by_whom() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    ada.patch("/auth/me").json(json!({"profile": {"display_name": "Ada Lovelace"}})).await.expect_status(200);
    let answer = ada.post("/auth/invitations").json(json!({"email": NEWCOMER})).await;
    assert_eq!(shown(&answer), "202 Accepted");
    let mail = app.letter("invitation", NEWCOMER).await;
    assert!(mail.link().starts_with("https://auth.example.test/invitation?token=gwm_"), "{}", mail.link());
    assert!(mail.text.contains("Ada Lovelace"), "{}", mail.text);
    assert_eq!(ada.get("/auth/activity").await.json()["activity"][0]["act"], "invited");
    assert_eq!(ada.get("/auth/users").await.json()["users"].as_array().unwrap().len(), 3);
}
