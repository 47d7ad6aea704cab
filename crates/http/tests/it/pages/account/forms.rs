//! Forms of the account that are not ours, not of this page or not of this session (SECURITY WB4, WB6): nothing is done.

use gatewright_testkit::{TestApp, app::PASSWORD};
use serde_json::Value;

use super::{heading, signed_in_with};
use crate::{
    family::{EMAIL, PIN, family, grace},
    mail::NEW_PASSWORD,
    pages::{NEW_EMAIL, STALE, encoded, form_token},
};

const FORM: &str = "application/x-www-form-urlencoded";

/// Every form of these pages, filled in.
fn forms(of: &str) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let form = |page, act: &str, fields: &[(&'static str, &str)]| {
        let act = [("act", act.to_owned()), ("of", of.to_owned())];
        (page, act.into_iter().chain(fields.iter().map(|(name, value)| (*name, (*value).to_owned()))).collect())
    };
    vec![
        form("/account", "profile", &[("display_name", "Eve"), ("username", "eve"), ("locale", "fr")]),
        form("/account", "mail", &[]),
        form("/account/security", "email", &[("email", NEW_EMAIL)]),
        form("/account/security", "resend", &[]),
        form("/account/security", "password", &[("current", PASSWORD), ("new_password", NEW_PASSWORD)]),
        form("/account/security", "pin", &[("pin", PIN)]),
        form("/account/security", "no-pin", &[]),
        form("/account/sessions", "end", &[]),
        form("/account/sessions", "others", &[]),
        form("/account/data", "export", &[]),
        form("/account/delete", "", &[("email", EMAIL)]),
    ]
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb6_a_form_without_the_token_of_this_page_and_session_does_nothing() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let (grace, second) = (grace(&app, "cookie").await, signed_in_with(&app, "ada", "x", "203.0.113.7").await);
    let before = state(&ada).await;
    for (path, fields) in forms(&grace.session_id()) {
        let page = ada.get(path).await.expect_status(200);
        let good = form_token(&page);
        let other_page = if path == "/account" { "/account/sessions" } else { "/account" };
        let elsewhere = form_token(&ada.get(other_page).await.expect_status(200));
        let of_second = form_token(&second.get(path).await.expect_status(200));
        let flipped: String = good.chars().rev().collect();
        for bad in ["", "x", &good[1..], &flipped, &elsewhere, &of_second] {
            assert_ne!(bad, good);
            let body = body(bad, &fields);
            let refused = ada.post(path).raw(FORM, body).await.expect_status(403);
            assert_eq!(heading(&refused), STALE, "{path} {fields:?}");
        }
        let refused = ada.post(path).raw(FORM, body("", &fields[..1])).await.expect_status(403);
        assert_eq!(heading(&refused), STALE);
        // With the token, and without the key that makes it good.
        let all = ada.cookie_header().unwrap();
        let session: Vec<&str> = all.split("; ").filter(|pair| !pair.contains("gw_form")).collect();
        let call = ada.post(path).cookies(session.join("; ")).raw(FORM, body(&good, &fields));
        assert_eq!(heading(&call.await.expect_status(403)), STALE);
    }
    assert_eq!(state(&ada).await, before, "nothing was done");
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb4_no_page_of_another_site_can_press_a_button_of_the_account() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let before = state(&ada).await;
    for (path, fields) in forms(&grace.session_id()) {
        let good = form_token(&ada.get(path).await.expect_status(200));
        for site in [Some("cross-site"), Some("same-site"), None] {
            for origin in ["https://evil.test", "null", "https://auth.example.test.evil.test"] {
                let call = ada.post(path).raw(FORM, body(&good, &fields)).fetch_site(site).header("origin", origin);
                assert_eq!(heading(&call.await.expect_status(403)), "This was not accepted", "{path}");
            }
        }
    }
    assert_eq!(state(&ada).await, before, "nothing was done");
}

#[tokio::test]
async fn a_form_that_no_page_shows_is_no_form() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    for (path, fields) in forms("x") {
        ada.post(path).json(serde_json::json!({"act": fields[0].1})).await.expect_status(415);
        ada.post(path).raw(FORM, "act=a&act=b").await.expect_status(422);
    }
    ada.post("/account/activity").raw(FORM, "").await.expect_status(405);
    ada.post("/account/deleted").raw(FORM, "").await.expect_status(405);
    assert_eq!(heading(&ada.get("/account/nothing").await.expect_status(404)), "There is no such page");
}

fn body(token: &str, fields: &[(&'static str, String)]) -> String {
    let token = [("form_token", token)];
    let all: Vec<(&str, &str)> =
        token.into_iter().chain(fields.iter().map(|(name, value)| (*name, value.as_str()))).collect();
    encoded(&all)
}

/// What any of the forms would change.
async fn state(ada: &gatewright_testkit::app::Browser) -> Vec<Value> {
    let mut state = Vec::new();
    for path in ["/auth/me", "/auth/users", "/auth/sessions", "/auth/activity"] {
        state.push(ada.get(path).await.expect_status(200).json());
    }
    state
}
