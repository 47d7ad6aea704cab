//! `/logout`.

use gatewright::ClearSiteData;
use gatewright_testkit::{
    TestApp,
    app::{Browser, Setup},
};

use super::{EVE, both, leads_to, press, said, sessions, sign_in, sign_in_to_stay, who};
use crate::{
    family::EMAIL,
    pages::{STALE, form_token, heading, send},
};

const PATH: &str = "/logout";

async fn signed_in(app: &TestApp) -> Browser {
    let browser = app.browser();
    sign_in(&browser, EMAIL).await.expect_status(303);
    browser
}

/// docs/attacks.md#logout-by-a-link
#[tokio::test]
async fn reading_the_page_signs_nobody_out_and_neither_does_a_foreign_form() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let ada = signed_in(&app).await;
    for _ in 0..3 {
        let page = ada.get(PATH).await.expect_status(200);
        assert_eq!(heading(&page), "Sign out?");
        assert!(page.text().contains(EMAIL));
        ada.request(axum::http::Method::HEAD, PATH).await.expect_status(200);
    }
    let token = form_token(&ada.get(PATH).await);
    let form = "application/x-www-form-urlencoded";
    let foreign = ada.post(PATH).raw(form, format!("form_token={token}")).fetch_site(Some("cross-site"));
    foreign.await.expect_status(403);
    assert_eq!(heading(&send(&ada, PATH, &[("form_token", "x")]).await.expect_status(403)), STALE);
    assert_eq!(who(&ada).await.as_deref(), Some(EMAIL));
}

#[tokio::test]
async fn se13_signing_out_ends_the_session_and_leaves_nothing_in_the_browser() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let ada = signed_in(&app).await;
    let (copy, page) = (ada.copy(), ada.get(PATH).await);
    let answer = press(&ada, PATH, &page, &[]).await;
    assert_eq!(leads_to(&answer), "login?done=signed-out");
    assert_eq!(answer.header("clear-site-data"), Some("\"cookies\", \"storage\""));
    assert_eq!(sessions(&ada), [""; 0]);
    assert_eq!(who(&copy).await, None, "it has ended, not only been forgotten");
    let told = ada.get("/login?done=signed-out").await.expect_status(200);
    assert_eq!(said(&told).as_deref(), Some("You are signed out."));
    // Once more, as by a finger that pressed twice, and by a visitor who never was signed in.
    assert_eq!(leads_to(&press(&ada, PATH, &page, &[]).await), "login?done=signed-out");
    assert_eq!(leads_to(&ada.get(PATH).await), "login?done=signed-out");
}

#[tokio::test]
async fn signing_out_everywhere_ends_the_sessions_of_other_devices_too() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let (ada, phone) = (signed_in(&app).await, signed_in(&app).await);
    let page = ada.get(PATH).await;
    press(&ada, PATH, &page, &[("way", "everywhere")]).await.expect_status(303);
    assert_eq!(who(&phone).await, None);
    assert_eq!(who(&ada).await, None);
}

#[tokio::test]
async fn who_is_signed_in_to_another_account_stays_so() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    app.sign_up_in("body", EVE).await;
    let browser = both(&app, EMAIL).await;
    let page = browser.get(PATH).await;
    assert!(page.text().contains(EVE), "it is about the one in use");
    let answer = press(&browser, PATH, &page, &[]).await;
    assert_eq!(leads_to(&answer), "choose-account?done=signed-out");
    assert_eq!(answer.header("clear-site-data"), None);
    let set = answer.set_cookies();
    assert!(set.iter().any(|line| line.starts_with("__Host-gw_form=; ")), "no form of before is good after: {set:?}");
    assert_eq!(who(&browser).await.as_deref(), Some(EMAIL));
}

#[tokio::test]
async fn what_the_browser_remembers_by_wish_is_not_cleared_and_an_app_can_keep_all() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    sign_in_to_stay(&browser, EMAIL).await.expect_status(303);
    let page = browser.get(PATH).await;
    let answer = press(&browser, PATH, &page, &[]).await.expect_status(303);
    assert_eq!(answer.header("clear-site-data"), Some("\"storage\""));
    assert!(browser.cookie_names().contains(&"__Host-gw_known".to_owned()));
    let app = Setup::default().http(|http| http.clear_site_data = ClearSiteData::Never).start().await;
    app.sign_up_in("body", EMAIL).await;
    let ada = signed_in(&app).await;
    let page = ada.get(PATH).await;
    assert_eq!(press(&ada, PATH, &page, &[]).await.header("clear-site-data"), None);
}
