//! `/select`: after signing in by mail to an account with several users.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, mins},
};
use serde_json::json;

use super::{STALE, done, error_at, has_session, heading, open, press};
use crate::{
    family::{PIN, family},
    mail::magic_mail,
};

const PATH: &str = "/select";

/// A browser of the family at the page that asks who is there.
async fn at_selection(app: &TestApp) -> (Browser, Answer) {
    let (browser, mail) = magic_mail(app).await;
    let page = open(&browser, &mail).await;
    let answer = press(&browser, "/magic-link", &page, &[]).await.expect_status(303);
    assert!(!has_session(&browser).await);
    assert_eq!(answer.header("location"), Some("select"));
    let page = super::follow(&browser, "/magic-link", &answer).await.expect_status(200);
    (browser, page)
}

/// What the choice of this user sends.
fn choice(page: &Answer, name: &str) -> String {
    let text = page.text();
    let before = text.split(&format!("<bdi>{name}</bdi>")).next().unwrap();
    let (_, value) = before.rsplit_once("value=\"").unwrap_or_else(|| panic!("no {name}: {text}"));
    value.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn somebody_says_who_is_there_and_is_signed_in() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    ada.patch("/auth/me").json(json!({"profile": {"display_name": "Ada L."}})).await.expect_status(200);
    let (browser, page) = at_selection(&app).await;
    assert_eq!(heading(&page), "Who is there?");
    assert!(page.text().contains("<bdi>Ada L.</bdi> <bdi class=\"hint\">ada</bdi>"), "{}", page.text());
    assert_eq!(page.text().matches("<input type=\"radio\"").count(), 3);
    let refused = press(&browser, PATH, &page, &[]).await.expect_status(422);
    assert_eq!(error_at(&refused, "user").as_deref(), Some("Choose one."));
    let answer = press(&browser, PATH, &page, &[("user", &choice(&page, "grace"))]).await;
    assert_eq!(done(&browser, PATH, answer).await, "You are signed in");
    assert!(has_session(&browser).await);
    assert_eq!(browser.get("/auth/me").await.json()["user"]["username"], "grace");
    assert!(!browser.cookie_names().iter().any(|name| name.contains("gw_selection")));
    // Pressed once more.
    assert_eq!(heading(&press(&browser, PATH, &page, &[]).await.expect_status(403)), STALE);
}

#[tokio::test]
async fn a_mistyped_pin_costs_an_attempt_and_not_the_login() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let (browser, page) = at_selection(&app).await;
    let kid = choice(&page, "kid");
    for (pin, status, says) in [
        ("", 403, "This user has a PIN. Type it."),
        ("1357", 403, "This PIN is not right."),
        ("letters", 422, "This PIN is not right."),
    ] {
        let refused = press(&browser, PATH, &page, &[("user", &kid), ("pin", pin)]).await.expect_status(status);
        assert_eq!(error_at(&refused, "pin").as_deref(), Some(says));
        assert!(refused.text().contains(&format!("value=\"{kid}\" required checked")), "{}", refused.text());
        assert!(pin.is_empty() || !refused.text().contains(&format!("value=\"{pin}\"")), "never repeated");
    }
    let answer = press(&browser, PATH, &page, &[("user", &kid), ("pin", PIN)]).await;
    assert_eq!(done(&browser, PATH, answer).await, "You are signed in");
    assert!(has_session(&browser).await);
}

#[tokio::test]
async fn who_guesses_pins_is_told_to_wait() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let (browser, page) = at_selection(&app).await;
    let kid = choice(&page, "kid");
    for number in 0..20 {
        let pin = format!("{number:04}");
        let answer = press(&browser, PATH, &page, &[("user", &kid), ("pin", &pin)]).await;
        if answer.status == 429 {
            assert!(answer.text().contains("Try again in"), "{}", answer.text());
            return;
        }
    }
    panic!("nobody guesses for ever");
}

#[tokio::test]
async fn without_a_login_or_too_late_there_is_nothing_to_choose() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let stranger = app.browser();
    let page = stranger.get(PATH).await.expect_status(400);
    assert_eq!(heading(&page), "Signing in took too long");
    let planted = stranger.get(PATH).cookies("__Host-gw_selection=eyJ.eyJ.x").await.expect_status(400);
    assert_eq!(heading(&planted), "Signing in took too long");
    let (browser, page) = at_selection(&app).await;
    let late = browser.cookie_header().unwrap();
    app.clock.advance(mins(6));
    let (token, user) = (super::form_token(&page), choice(&page, "grace"));
    let body = super::encoded(&[("form_token", &token), ("user", &user)]);
    let call = browser.post(PATH).cookies(late).raw("application/x-www-form-urlencoded", body);
    assert_eq!(heading(&call.await.expect_status(400)), "Signing in took too long");
    assert!(!has_session(&browser).await);
}
