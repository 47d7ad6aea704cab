//! `/account/data`: taking everything along.

use gatewright_testkit::TestApp;

use super::{between, grow_stale, leads_to, press_act};
use crate::{
    family::{EMAIL, family, grace},
    pages::{form_token, send},
};

const PATH: &str = "/account/data";

#[tokio::test]
async fn an_owner_downloads_what_the_api_gives() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await.expect_status(200);
    let file = press_act(&ada, &page, PATH, ("export", ""), &[]).await.expect_status(200);
    assert_eq!(file.header("content-type"), Some("application/json"));
    let name = file.header("content-disposition").unwrap();
    let day = between(name, "attachment; filename=\"account-", ".json\"").unwrap();
    assert_eq!(day.len(), "2026-11-22".len(), "{name}");
    assert_eq!(file.header("cache-control"), Some("no-store"));
    let of_api = ada.get("/auth/account/export").await.expect_status(200).json();
    let file = file.json();
    assert_eq!(file["account"]["email"], EMAIL);
    for member in ["account", "users", "sessions"] {
        assert_eq!(file[member], of_api[member], "{member}");
    }
    // Both were noted.
    let log = ada.get("/auth/activity").await.json();
    let noted = log["activity"].as_array().unwrap().iter().filter(|entry| entry["act"] == "account_exported");
    assert_eq!(noted.count(), 2);
}

#[tokio::test]
async fn looking_at_the_page_exports_nothing() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    for _ in 0..3 {
        ada.get(PATH).await.expect_status(200);
    }
    assert!(!ada.get("/auth/activity").await.text().contains("account_exported"));
}

#[tokio::test]
async fn a_member_is_told_whose_it_is() {
    let app = TestApp::start().await;
    family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let page = grace.get(PATH).await.expect_status(200);
    assert!(page.text().contains("Only an owner of the account can download its data"), "{}", page.text());
    assert!(!page.text().contains("<form"), "{}", page.text());
}

#[tokio::test]
async fn au9_an_old_proof_is_renewed_before_anything_leaves() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await;
    grow_stale(&app);
    let fields = [("form_token", &*form_token(&page)), ("act", "export")];
    let answer = send(&ada, PATH, &fields).await;
    assert_eq!(leads_to(&answer), "../confirm-identity?next=/account/data");
    assert!(answer.body.is_empty());
}
