//! `POST /auth/invitations/accept`.

use gatewright_testkit::{TestApp, app::Setup};
use serde_json::json;

use crate::{
    family::{EMAIL, family},
    mail::{By, invitation, is_signed_in, shown, unlimited, with},
    routes::{refuses_foreign_pages, refuses_members, refuses_other_bodies, refuses_what_no_mail_carried},
    security,
};

const NEWCOMER: &str = "linus@example.test";

#[tokio::test]
async fn it_takes_what_the_mail_carried_and_a_name() {
    let app = unlimited().await;
    let ada = family(&app, "body").await;
    let mail = invitation(&app, &ada, NEWCOMER).await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/invitations/accept");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    refuses_what_no_mail_carried(call, json!({"username": "linus"})).await;
    let invalid = "validation_failed";
    let link = with(shown(&mail, By::Link), "username", "linus");
    let table = [
        (shown(&mail, By::Link), invalid, "username"),
        (with(link.clone(), "username", "a b"), invalid, "username"),
        (with(link.clone(), "roles", json!(["admin"])), invalid, "roles"),
        (with(link.clone(), "owner", true), invalid, "owner"),
        (with(link.clone(), "password", "a perfectly fine sentence"), invalid, "password"),
        (with(link.clone(), "profile", json!({"locale": "not a tag"})), invalid, "profile.locale"),
        (with(link.clone(), "transport", "pigeon"), invalid, "transport"),
        (with(link.clone(), "code", mail.code()), invalid, "code"),
        (json!({"code": mail.code(), "username": "linus"}), invalid, "email"),
    ];
    refuses_members(call, table).await;
    call().json(with(link.clone(), "username", "Grace")).await.expect_problem(409, "username_taken");
    // Nothing of all this has used the mail up.
    call().json(link).await.expect_status(201);
}

#[tokio::test]
async fn who_accepts_is_a_user_without_rights_over_the_account_and_signed_in() {
    for by in By::BOTH {
        let app = TestApp::start().await;
        let ada = family(&app, "body").await;
        let mail = invitation(&app, &ada, NEWCOMER).await;
        let linus = app.browser();
        let body = with(with(shown(&mail, by), "username", "linus"), "transport", "body");
        let body = with(body, "profile", json!({"display_name": "Linus"}));
        let answer = linus.post("/auth/invitations/accept").json(body).await.expect_status(201).json();
        assert_eq!((&answer["status"], &answer["user"]["username"]), (&json!("signed_in"), &json!("linus")));
        assert_eq!((&answer["user"]["owner"], &answer["user"]["roles"]), (&json!(false), &json!([])));
        assert_eq!(answer["user"]["profile"]["display_name"], "Linus");
        assert_eq!(answer["account"]["email"], EMAIL);
        linus.post("/auth/users").json(json!({"username": "more"})).await.expect_problem(403, "permission_denied");
        assert_eq!(ada.get("/auth/users").await.json()["users"].as_array().unwrap().len(), 4);
        linus.refresh().await.expect_status(200);
    }
}

#[tokio::test]
async fn an_account_that_is_full_deleted_or_disabled_takes_nobody() {
    for what in ["full", "deleted", "disabled"] {
        let app = Setup::default().policy(|policy| policy.max_users = 4).start().await;
        let ada = family(&app, "body").await;
        let mail = invitation(&app, &ada, NEWCOMER).await;
        match what {
            "full" => drop(ada.post("/auth/users").json(json!({"username": "last"})).await.expect_status(201)),
            "deleted" => drop(ada.delete("/auth/account").await.expect_status(204)),
            _ => {
                let account = security::account_of(&app, EMAIL).await;
                assert!(app.gate.operator().disable_account(account).await.unwrap());
            }
        }
        let linus = app.browser();
        let body = with(shown(&mail, By::Link), "username", "linus");
        let answer = linus.post("/auth/invitations/accept").json(body).await;
        answer.expect_problem(400, "mail_token_invalid");
        assert!(!is_signed_in(&linus).await, "{what}");
    }
}
