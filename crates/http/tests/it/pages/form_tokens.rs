//! Forms that are not ours, or not this browser's (SECURITY WB4, WB6): nothing is done, and nothing is spent.

use gatewright_testkit::app::{Browser, Mail};

use super::{KINDS, STALE, Scene, encoded, form_token, has_session, heading, open, press};
use crate::mail::NEW_PASSWORD;

const FORM: &str = "application/x-www-form-urlencoded";

/// Every field that any of the forms has.
fn everything(token: &str, mail: &Mail) -> String {
    let code = mail.code();
    encoded(&[("form_token", token), ("new_password", NEW_PASSWORD), ("username", "bob"), ("code", &code)])
}

/// Every way in which a page of another site can send a form, with the browser's cookies or without.
async fn foreign(browser: &Browser, path: &str, body: &str) {
    for site in ["cross-site", "same-site"] {
        let call = browser.post(path).raw(FORM, body).fetch_site(Some(site)).header("origin", "https://evil.test");
        assert_eq!(heading(&call.await.expect_status(403)), "This was not accepted");
        let call = browser.post(path).without_cookies().raw(FORM, body).fetch_site(Some(site));
        call.await.expect_status(403);
    }
    for origin in ["https://evil.test", "null", "http://auth.example.test", "https://auth.example.test.evil.test"] {
        let call = browser.post(path).raw(FORM, body).fetch_site(None).header("origin", origin);
        call.await.expect_status(403);
    }
    // A browser so old that it says nothing at all.
    browser.post(path).raw(FORM, body).fetch_site(None).await.expect_status(403);
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb4_no_page_of_another_site_can_press_our_buttons() {
    for (kind, path) in KINDS {
        let Scene { app: _app, asker, mail } = Scene::of(kind).await;
        let page = open(&asker, &mail).await;
        let body = everything(&form_token(&page), &mail);
        foreign(&asker, path, &body).await;
        // The very same from our own page is good.
        let old = asker.copy();
        asker.post(path).raw(FORM, body.as_str()).await.expect_status(303);
        drop(old);
    }
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb4_a_browser_that_tells_only_its_origin_is_believed_when_it_is_ours() {
    let Scene { app: _app, asker, mail } = Scene::of("verify_email").await;
    let page = open(&asker, &mail).await;
    let call = asker.post("/verify-email").raw(FORM, everything(&form_token(&page), &mail)).fetch_site(None);
    call.header("origin", gatewright_testkit::app::ISSUER).await.expect_status(303);
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb6_a_form_without_the_token_of_this_browser_this_page_and_this_mail_does_nothing() {
    for (kind, path) in KINDS {
        let Scene { app, asker, mail } = Scene::of(kind).await;
        let page = open(&asker, &mail).await;
        let good = form_token(&page);
        let attacker = app.browser();
        // The attacker has the same mail, and another page of this browser another token.
        let theirs = form_token(&open(&attacker, &mail).await);
        let other_path = if path == "/magic-link" { "/undo-email" } else { "/magic-link" };
        let elsewhere = form_token(&asker.get(other_path).await);
        let by_code = form_token(&asker.get(path).cookies(only_key(&asker)).await);
        let flipped: String = good.chars().rev().collect();
        for bad in ["", "x", &good[1..], &flipped, &theirs, &elsewhere, &by_code] {
            assert_ne!(bad, good, "{kind}");
            let refused = asker.post(path).raw(FORM, everything(bad, &mail)).await.expect_status(403);
            assert_eq!(heading(&refused), STALE, "{kind}");
            assert!(!has_session(&asker).await, "{kind}");
        }
        asker.post(path).raw(FORM, encoded(&[("username", "bob")])).await.expect_status(403);
        // Without the key, with another key, with a key that is none.
        let link = asker.cookie_header().unwrap();
        let link = link.split("; ").find(|pair| pair.contains("gw_mail_")).unwrap();
        for cookies in [
            link.to_owned(),
            format!("{link}; __Host-gw_form={}", "A".repeat(43)),
            format!("{link}; __Host-gw_form="),
            "x=y".to_owned(),
        ] {
            let refused =
                asker.post(path).cookies(cookies).raw(FORM, everything(&good, &mail)).await.expect_status(403);
            assert_eq!(heading(&refused), STALE, "{kind}");
        }
        // After all of which it is good: nothing was spent.
        asker.post(path).raw(FORM, everything(&good, &mail)).await.expect_status(303);
    }
}

/// The key to the forms alone, as if no link had been opened.
fn only_key(browser: &Browser) -> String {
    let all = browser.cookie_header().unwrap();
    all.split("; ").find(|pair| pair.starts_with("__Host-gw_form=")).unwrap().to_owned()
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb3_a_cookie_of_a_page_that_came_twice_is_refused() {
    let Scene { app: _app, asker, mail } = Scene::of("reset_password").await;
    let page = open(&asker, &mail).await;
    let cookies = asker.cookie_header().unwrap();
    let planted = "__Host-gw_mail_reset_password=gwm_planted";
    for cookies in [format!("{planted}; {cookies}"), format!("{cookies}; {planted}"), format!("{cookies}; {cookies}")] {
        asker.get("/reset-password").cookies(&cookies).await.expect_status(400);
        let call = asker.post("/reset-password").cookies(&cookies).raw(FORM, everything(&form_token(&page), &mail));
        call.await.expect_status(400);
    }
    // Names that only look like it are others.
    let lookalikes = format!("__host-gw_mail_reset_password=x; gw_mail_reset_password=x; {cookies}");
    asker.get("/reset-password").cookies(lookalikes).await.expect_status(200);
    press(&asker, "/reset-password", &page, &[("new_password", NEW_PASSWORD)]).await.expect_status(303);
}
