//! What another site, or somebody who has planted cookies, gains at the pages where people sign in: nothing (SECURITY WB4, WB6, AU9).

use gatewright_testkit::{
    TestApp,
    app::{Browser, PASSWORD},
};

use super::{EVE, encoded, form_token, leads_to, press, send, sessions, sign_in, who};
use crate::{
    family::{EMAIL, family},
    pages::{STALE, heading},
};

const FORM: &str = "application/x-www-form-urlencoded";

/// The value of a cookie of this browser.
fn cookie(browser: &Browser, name: &str) -> String {
    let all = browser.cookie_header().unwrap_or_default();
    let (_, rest) = all.split_once(&format!("{name}=")).unwrap_or_else(|| panic!("no {name}: {all}"));
    rest.split(';').next().unwrap().to_owned()
}

async fn two_accounts() -> TestApp {
    let app = TestApp::start().await;
    for email in [EMAIL, EVE] {
        app.sign_up_in("body", email).await;
    }
    app
}

/// docs/attacks.md#login-by-a-foreign-page
#[tokio::test]
async fn wb6_no_page_of_another_site_signs_a_browser_in() {
    let app = two_accounts().await;
    let (victim, attacker) = (app.browser(), app.browser());
    let own = form_token(&victim.get("/login").await);
    let theirs = form_token(&attacker.get("/login").await);
    let body = |token: &str| encoded(&[("form_token", token), ("login", EVE), ("password", PASSWORD)]);
    // Even with the token that only the victim's page has, and with the attacker's key planted for the attacker's token.
    let key = format!("__Host-gw_form={}", cookie(&attacker, "__Host-gw_form"));
    for site in ["cross-site", "same-site"] {
        for (token, cookies) in [(&own, victim.cookie_header().unwrap()), (&theirs, key.clone())] {
            let call = victim.post("/login").raw(FORM, body(token)).cookies(cookies).fetch_site(Some(site));
            let answer = call.header("origin", "https://evil.test").await.expect_status(403);
            assert!(answer.set_cookies().iter().all(|line| !line.contains("gw_rt_")), "{:?}", answer.set_cookies());
        }
    }
    victim.post("/login").raw(FORM, body(&own)).fetch_site(None).header("origin", "null").await.expect_status(403);
    // And where a browser said that it was our own page: no token, a made-up one, the attacker's, one of another page.
    let signup = form_token(&victim.get("/signup").await);
    for token in ["", "x", &theirs, &signup, &"A".repeat(43)] {
        assert_eq!(
            heading(
                &send(&victim, "/login", &[("form_token", token), ("login", EVE), ("password", PASSWORD)])
                    .await
                    .expect_status(403)
            ),
            STALE
        );
    }
    assert_eq!(sessions(&victim), [""; 0]);
    victim.post("/login").raw(FORM, body(&own)).await.expect_status(303);
    assert_eq!(who(&victim).await.as_deref(), Some(EVE), "the very same was good but for where it came from");
}

/// docs/attacks.md#login-by-a-foreign-page
#[tokio::test]
async fn wb6_every_form_of_the_way_in_wants_its_token() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    sign_in(&browser, EMAIL).await.expect_status(303);
    for path in ["/login", "/signup", "/forgot-password", "/confirm-identity", "/logout", "/choose-account"] {
        let fields = [("form_token", "A"), ("login", EMAIL), ("email", EMAIL), ("password", PASSWORD), ("act", "use")];
        assert_eq!(heading(&send(&browser, path, &fields).await.expect_status(403)), STALE, "{path}");
        browser.post(path).raw(FORM, "").fetch_site(Some("cross-site")).await.expect_status(403);
    }
    assert_eq!(who(&browser).await.as_deref(), Some(EMAIL));
}

/// docs/attacks.md#session-fixation
#[tokio::test]
async fn au9_a_planted_key_makes_no_form_of_the_victims_session_good() {
    let app = two_accounts().await;
    let attacker = app.browser();
    sign_in(&attacker, EVE).await.expect_status(303);
    let theirs = form_token(&attacker.get("/logout").await);
    let planted = format!("__Host-gw_form={}", cookie(&attacker, "__Host-gw_form"));
    let victim = app.browser();
    let page = victim.get("/login").cookies(planted.clone()).await;
    let body = encoded(&[("form_token", &form_token(&page)), ("login", EMAIL), ("password", PASSWORD)]);
    let answer = victim.post("/login").cookies(planted.clone()).raw(FORM, body.clone()).await.expect_status(303);
    assert!(
        answer.set_cookies().iter().any(|line| line.starts_with("__Host-gw_form=; ")),
        "the key does not outlive it"
    );
    // With the key planted once more: a token that the attacker was given for his own session is none for this one.
    let session = victim.cookie_header().unwrap();
    let call =
        victim.post("/logout").cookies(format!("{session}; {planted}")).raw(FORM, encoded(&[("form_token", &theirs)]));
    assert_eq!(heading(&call.await.expect_status(403)), STALE);
    assert_eq!(who(&victim).await.as_deref(), Some(EMAIL));
    // And the form from before is good no more.
    assert_eq!(heading(&victim.post("/login").raw(FORM, body).await.expect_status(403)), STALE);
}

/// docs/attacks.md#session-fixation
#[tokio::test]
async fn au9_a_planted_session_or_choice_does_not_outlive_the_login() {
    let app = two_accounts().await;
    let attacker = app.browser();
    sign_in(&attacker, EVE).await.expect_status(303);
    app.clock.advance(std::time::Duration::from_secs(1));
    let tag = sessions(&attacker)[0].rsplit_once('_').unwrap().1.to_owned();
    let planted = format!("{}; __Host-gw_chosen={tag}.{tag}", attacker.cookie_header().unwrap());
    let victim = app.browser();
    let page = victim.get("/login").cookies(planted.clone()).await.expect_status(200);
    let key = cookie(&victim, "__Host-gw_form");
    let body = encoded(&[("form_token", &form_token(&page)), ("login", EMAIL), ("password", PASSWORD)]);
    let call = victim.post("/login").cookies(format!("{planted}; __Host-gw_form={key}")).raw(FORM, body);
    assert_eq!(leads_to(&call.await), "account");
    let own = victim.cookie_header().unwrap();
    assert!(!own.contains(&cookie(&attacker, &format!("__Host-gw_rt_{tag}"))), "a session of its own");
    // The browser has both now, and the victim is who has just signed in.
    let me = victim.get("/auth/me").cookies(format!("{own}; {planted}")).await.expect_status(200);
    assert_eq!(me.json()["account"]["email"], EMAIL);
}

/// docs/attacks.md#session-fixation
#[tokio::test]
async fn au9_a_planted_selection_is_replaced_by_the_own_one_and_pressed_by_nobody_else() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    app.sign_up_in("body", EVE).await;
    let attacker = app.browser();
    assert_eq!(leads_to(&sign_in(&attacker, EMAIL).await), "select");
    let token = form_token(&attacker.get("/select").await.expect_status(200));
    let planted = format!(
        "__Host-gw_selection={}; __Host-gw_form={}",
        cookie(&attacker, "__Host-gw_selection"),
        cookie(&attacker, "__Host-gw_form")
    );
    let victim = app.browser();
    let call = victim.post("/select").cookies(planted.clone()).raw(FORM, encoded(&[("form_token", &token)]));
    call.fetch_site(Some("cross-site")).await.expect_status(403);
    // The victim's own browser has another key, so the attacker's form is none of its.
    let page = victim.get("/login").await;
    let own = victim.cookie_header().unwrap();
    let selection = planted.split(';').next().unwrap();
    let call =
        victim.post("/select").cookies(format!("{own}; {selection}")).raw(FORM, encoded(&[("form_token", &token)]));
    assert_eq!(heading(&call.await.expect_status(403)), STALE);
    // And signing in takes a selection away that lies about.
    let answer = press(&victim, "/login", &page, &[("login", EVE), ("password", PASSWORD)]).await;
    assert!(
        answer.set_cookies().iter().any(|line| line.starts_with("__Host-gw_selection=; ")),
        "{:?}",
        answer.set_cookies()
    );
}

/// docs/attacks.md#links-that-leak
#[tokio::test]
async fn em6_no_address_on_the_way_in_holds_anything_that_was_typed() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    for (path, fields) in [
        ("/login", vec![("login", EMAIL), ("password", PASSWORD)]),
        ("/login", vec![("login", EMAIL), ("way", "mail")]),
        ("/signup", vec![("email", "bob@example.test"), ("password", PASSWORD)]),
        ("/forgot-password", vec![("email", EMAIL)]),
    ] {
        let browser = app.browser();
        let page = browser.get(path).await.expect_status(200);
        assert!(page.text().contains("<form method=\"post\""), "{path}");
        let to = leads_to(&press(&browser, path, &page, &fields).await);
        assert!(!to.contains('@') && !to.contains("%40") && !to.contains("example") && !to.contains("eyJ"), "{to}");
    }
}
