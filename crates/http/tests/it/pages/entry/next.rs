//! Where the pages lead on whoever is done (`?next=`): to paths of our own origin and to origins on the list, and nowhere else,
//! whatever is tried and at whichever step.

use axum::Router;
use gatewright_testkit::app::{Answer, Browser, PASSWORD, Setup};

use super::{encoded, leads_to, plain, press, send, settled, sign_in};
use crate::{family::EMAIL, pages::form_token};

const ALLOWED: &str = "https://shop.example.test";

/// What must not be followed, each for a reason of its own.
const HOSTILE: [&str; 68] = [
    "",
    " ",
    "evil.test",
    "https:",
    "https:evil.test",
    "https:/evil.test",
    "https:///evil.test",
    "https:////evil.test",
    "https://evil.test",
    "http://evil.test/",
    "HTTPS://evil.test/",
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/\\evil.test",
    "\\/evil.test",
    "\\\\evil.test",
    "/\\/evil.test",
    "/x\\..\\..\\evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "/\r/evil.test",
    "\t//evil.test",
    "\n//evil.test",
    " //evil.test",
    "/ /evil.test",
    "/\u{0}/evil.test",
    "/x\r\nSet-Cookie: a=b",
    "/x\r\nLocation: https://evil.test",
    "/\u{7f}x",
    "/\u{a0}/evil.test",
    "/\u{2028}x",
    "/\u{ff0f}evil.test",
    "\u{ff0f}\u{ff0f}evil.test",
    "/\u{202e}x",
    "https://shop.example.test\u{3002}evil.test/",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "blob:https://shop.example.test/x",
    "file:///etc/passwd",
    "ftp://shop.example.test/",
    "wss://shop.example.test/",
    "intent://shop.example.test#Intent;scheme=https;end",
    "https://shop.example.test@evil.test/",
    "https://shop.example.test:x@evil.test/",
    "https://evil.test\\@shop.example.test/",
    "https://evil.test#@shop.example.test/",
    "https://evil.test?@shop.example.test/",
    "https://user@shop.example.test/",
    "https://shop.example.test.evil.test/",
    "https://shop.example.test./",
    "https://evilshop.example.test/",
    "https://sub.shop.example.test/",
    "https://example.test/",
    "https://shop.example.test:8443/",
    "https://shop.example.test:0443/",
    "https://shop.example.test:443:443/",
    "http://shop.example.test/",
    "https://shop%2eexample%2etest/",
    "https://[::ffff:127.0.0.1]/",
    "https://auth.example.test.evil.test/",
    "/.//evil.test",
    "/x/..//evil.test",
    "/%2e//evil.test",
    "/x/%2E%2e//evil.test",
];

/// What is followed as it is.
const GOOD: [&str; 10] = [
    "/",
    "/account/security",
    "/a/b?c=d&e=f#g",
    "/a?next=//evil.test",
    "/a//b",
    "/%2F%2Fevil.test",
    "/a..b/...",
    "/#//evil.test",
    "https://auth.example.test/x?y",
    "https://auth.example.test//evil.test/x",
];

fn query(next: &str) -> String {
    format!("?{}", encoded(&[("next", next)]))
}

/// What the page carries on.
fn carried(page: &Answer) -> Option<String> {
    let text = plain(page);
    let (_, rest) = text.split_once("name=\"next\" value=\"")?;
    Some(rest.split('"').next().unwrap().to_owned())
}

/// Signed in, at the page where an account is chosen: it leads on without a password.
async fn choosing(setup: Setup) -> (gatewright_testkit::TestApp, Browser) {
    let app = setup.start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    sign_in(&browser, EMAIL).await.expect_status(303);
    (app, browser)
}

/// Chooses the only account, with this to go on to in the form.
async fn choose(browser: &Browser, next: &str) -> String {
    let page = browser.get("/choose-account").await.expect_status(200);
    let text = page.text();
    let (_, rest) = text.split_once("name=\"of\" value=\"").unwrap();
    let (token, of) = (form_token(&page), rest.split('"').next().unwrap());
    leads_to(
        &send(browser, "/choose-account", &[("form_token", &token), ("act", "use"), ("of", of), ("next", next)]).await,
    )
}

/// docs/attacks.md#open-redirect-of-a-page
#[tokio::test]
async fn oa5_no_page_shows_or_carries_on_an_address_that_may_not_be_followed() {
    let (_app, browser) = choosing(settled(&[ALLOWED], None)).await;
    for next in HOSTILE {
        for page in [
            "/login",
            "/signup",
            "/forgot-password",
            "/magic-link",
            "/verify-email",
            "/choose-account",
            "/confirm-identity",
        ] {
            let answer = browser.get(&format!("{page}{}", query(next))).await.expect_status(200);
            assert_eq!(carried(&answer), None, "{page} {next:?}");
            assert!(!answer.text().contains("evil") && !answer.text().contains("next="), "{page} {next:?}");
        }
        let answer = browser.get(&format!("/login?done=signed-in&{}", &query(next)[1..])).await.expect_status(200);
        assert!(plain(&answer).contains("href=\"account\""), "{next:?}: {}", answer.text());
    }
}

/// docs/attacks.md#open-redirect-of-a-page
#[tokio::test]
async fn oa5_a_form_that_was_made_to_carry_another_address_leads_home_all_the_same() {
    let (_app, browser) = choosing(settled(&[ALLOWED], None)).await;
    for next in HOSTILE {
        assert_eq!(choose(&browser, next).await, "account", "{next:?}");
    }
    let long = format!("/{}", "x".repeat(2048));
    assert_eq!(choose(&browser, &long).await, "account");
}

/// docs/attacks.md#open-redirect-of-a-page
#[tokio::test]
async fn oa5_signing_in_leads_nowhere_else_either() {
    let app = settled(&[ALLOWED], None).start().await;
    app.sign_up_in("body", EMAIL).await;
    for next in ["//evil.test", "https://evil.test/", "/\\evil.test", "https://shop.example.test@evil.test/"] {
        let browser = app.browser();
        let path = format!("/login{}", query(next));
        let token = form_token(&browser.get(&path).await.expect_status(200));
        let fields = [("form_token", &*token), ("login", EMAIL), ("password", PASSWORD), ("next", next)];
        assert_eq!(leads_to(&send(&browser, &path, &fields).await), "account", "{next}");
    }
    // Twice in an address, the first counts, and in a form it is refused.
    let browser = app.browser();
    let page = browser.get("/login?next=/a&next=https%3A//evil.test").await;
    assert_eq!(carried(&page).as_deref(), Some("/a"));
    let body = format!("form_token={}&next=/a&next=//evil.test", form_token(&page));
    browser.post("/login").raw("application/x-www-form-urlencoded", body).await.expect_status(422);
}

#[tokio::test]
async fn paths_of_ours_and_origins_on_the_list_are_followed() {
    let (_app, browser) = choosing(settled(&[ALLOWED, "http://localhost:3000"], None)).await;
    for next in GOOD {
        let page = browser.get(&format!("/login{}", query(next))).await.expect_status(200);
        assert_eq!(carried(&page).as_deref(), Some(next));
        assert_eq!(choose(&browser, next).await, next);
    }
    for next in ["https://shop.example.test", "https://shop.example.test:443/x?y#z", "http://localhost:3000/"] {
        let to = choose(&browser, next).await;
        let page = browser.get(&format!("/{to}")).await.expect_status(200);
        assert!(plain(&page).contains(&format!("url={next}\"")), "{next}: {}", page.text());
    }
    assert_eq!(choose(&browser, "http://localhost:3001/").await, "account");
}

#[tokio::test]
async fn of_a_nested_router_the_way_back_is_the_whole_path() {
    let nested = Setup::default().http(|http| http.base_path = "/deep/auth".to_owned());
    let app = nested.router(|edge| Router::new().merge(edge.router()).nest("/deep/auth", edge.router())).start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    let to = leads_to(&browser.get("/deep/auth/account/security").await);
    assert_eq!(to, "../login?next=/deep/auth/account/security");
    let page = browser.get("/deep/auth/login?next=/deep/auth/account/security").await.expect_status(200);
    let fields = [("login", EMAIL), ("password", PASSWORD)];
    let answer = press(&browser, "/deep/auth/login", &page, &fields).await;
    assert_eq!(leads_to(&answer), "/deep/auth/account/security");
    let browser = app.browser();
    let page = browser.get("/deep/auth/login?next=../../evil").await.expect_status(200);
    assert_eq!(carried(&page), None);
    let answer = press(&browser, "/deep/auth/login", &page, &[("login", EMAIL), ("password", PASSWORD)]).await;
    assert_eq!(leads_to(&answer), "account", "beside the page, wherever that is");
}
