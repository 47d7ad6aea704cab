//! From a page that a proxy guards to the sign-in page and back (`docs/forward-auth.md`), with the login page that is the default.

use gatewright_testkit::app::{Answer, Browser, ISSUER, PASSWORD, Setup};

use super::{leads_to, plain, press, settled};
use crate::family::EMAIL;

/// What the proxy asks before a page of this host is shown to this browser.
async fn asks(browser: &Browser, host: &str, uri: &str) -> Answer {
    let call = browser.get("/auth/verify").from("10.0.0.1").header("x-forwarded-method", "GET");
    let call =
        call.header("x-forwarded-uri", uri).header("x-forwarded-host", host).header("x-forwarded-proto", "https");
    call.header("sec-fetch-mode", "navigate").header("accept", "text/html").await
}

fn behind_proxy(setup: Setup) -> Setup {
    setup.http(|http| http.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()])
}

/// Signs in at the page that the proxy led to, and gives where that leads.
async fn signs_in(browser: &Browser, refused: Answer) -> String {
    let login = refused.expect_status(401).header("location").unwrap().to_owned();
    let path = login.strip_prefix(ISSUER).expect("the login page is ours").to_owned();
    let page = browser.get(&path).await.expect_status(200);
    leads_to(&press(browser, &path, &page, &[("login", EMAIL), ("password", PASSWORD)]).await)
}

#[tokio::test]
async fn who_is_turned_away_signs_in_and_comes_back_and_is_let_through() {
    let app = behind_proxy(Setup::default()).start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    let refused = asks(&browser, "auth.example.test", "/reports?year=2026&of=all").await;
    assert_eq!(signs_in(&browser, refused).await, "/reports?year=2026&of=all");
    let passed = asks(&browser, "auth.example.test", "/reports?year=2026&of=all").await.expect_status(200);
    assert_eq!(passed.header("gatewright-username"), Some("ada"));
}

/// docs/attacks.md#open-redirect-of-a-page
#[tokio::test]
async fn oa5_the_way_back_to_another_host_is_taken_only_if_it_is_on_the_list() {
    let app = behind_proxy(Setup::default()).start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    let refused = asks(&browser, "app.example.test", "/reports").await;
    assert_eq!(signs_in(&browser, refused).await, "account");
    let app = behind_proxy(settled(&["https://app.example.test"], None)).start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    let refused = asks(&browser, "app.example.test", "/reports").await;
    let between = signs_in(&browser, refused).await;
    let page = browser.get(&format!("/{between}")).await.expect_status(200);
    assert!(plain(&page).contains("url=https://app.example.test/reports\""), "{}", page.text());
}
