//! `/verify-email`.

use gatewright_testkit::app::{PASSWORD, Setup};
use serde_json::json;

use super::{DEAD, STALE, Scene, done, error_at, has_session, heading, open, press, verified_first};
use crate::{family::EMAIL, mail::ELSEWHERE};

const PATH: &str = "/verify-email";

#[tokio::test]
async fn the_address_of_an_account_is_proved_by_the_button_in_any_browser() {
    let Scene { app, asker, mail } = Scene::of("verify_email").await;
    let phone = app.browser();
    let page = open(&phone, &mail).await.expect_status(200);
    assert_eq!(heading(&page), "Confirm your e-mail address");
    assert!(page.text().contains(&format!("<bdi>{EMAIL}</bdi>")), "{}", page.text());
    assert!(page.text().contains("UTC</time>"), "when it was asked for: {}", page.text());
    assert!(!page.text().contains("type=\"password\""), "{}", page.text());
    let answer = press(&phone, PATH, &page, &[]).await;
    assert_eq!(done(&phone, PATH, answer).await, "Your e-mail address is confirmed");
    assert_eq!(asker.get("/auth/me").await.json()["account"]["email_verified"], true);
    assert!(!has_session(&phone).await, "proving an address signs nobody in");
}

#[tokio::test]
async fn the_address_of_an_account_is_proved_by_its_code() {
    let Scene { app, asker, mail } = Scene::of("verify_email").await;
    let phone = app.browser();
    let page = phone.get(PATH).await.expect_status(200);
    let code = format!(" {} {} ", &mail.code()[..4], &mail.code()[4..]);
    let wrong = press(&phone, PATH, &page, &[("email", EMAIL), ("code", "00000000")]).await.expect_status(400);
    assert!(error_at(&wrong, "code").unwrap().starts_with("This code is not good"));
    assert!(wrong.text().contains(&format!("value=\"{EMAIL}\"")), "what was typed stays: {}", wrong.text());
    let answer = press(&phone, PATH, &wrong, &[("email", EMAIL), ("code", &code)]).await;
    assert_eq!(done(&phone, PATH, answer).await, "Your e-mail address is confirmed");
    assert_eq!(asker.get("/auth/me").await.json()["account"]["email_verified"], true);
}

#[tokio::test]
async fn a_second_click_is_answered_like_the_first() {
    let Scene { app, asker, mail } = Scene::of("verify_email").await;
    let page = open(&asker, &mail).await;
    let other_tab = asker.copy();
    press(&asker, PATH, &page, &[]).await.expect_status(303);
    // Pressed twice before the first answer was there.
    let answer = press(&other_tab, PATH, &page, &[]).await;
    assert_eq!(done(&other_tab, PATH, answer).await, "Your e-mail address is confirmed");
    // Went back and pressed again.
    assert_eq!(heading(&press(&asker, PATH, &page, &[]).await.expect_status(403)), STALE);
    let again = open(&app.browser(), &mail).await.expect_status(400);
    assert_eq!(heading(&again), DEAD);
    assert!(again.text().contains("nothing left to do"), "{}", again.text());
}

#[tokio::test]
async fn a_sign_up_is_finished_and_signed_in_where_it_was_begun() {
    let Scene { app, asker, mail } = Scene::of("sign_up").await;
    let page = open(&asker, &mail).await.expect_status(200);
    assert_eq!(heading(&page), "Finish signing up");
    assert!(!page.text().contains("type=\"password\""), "{}", page.text());
    let answer = press(&asker, PATH, &page, &[]).await;
    assert_eq!(done(&asker, PATH, answer).await, "You are signed in");
    assert!(has_session(&asker).await);
    assert_eq!(asker.get("/auth/me").await.json()["account"]["email_verified"], true);
    assert!(app.letters().await.iter().all(|mail| mail.kind != "new_device"));
}

/// docs/attacks.md#an-account-prepared-for-its-victim
#[tokio::test]
async fn whoever_gets_the_mail_of_a_sign_up_that_is_not_theirs_confirms_nothing_without_its_password() {
    let Scene { app, mail, .. } = Scene::of("sign_up").await;
    let victim = app.browser();
    let page = open(&victim, &mail).await.expect_status(200);
    assert!(page.text().contains("name=\"password\" type=\"password\" autocomplete=\"current-password\""));
    assert!(page.text().contains("somebody else gave your address"), "{}", page.text());
    for (typed, says) in [("", "Type the password"), ("not what eve chose", "not the password that was chosen")] {
        let refused = press(&victim, PATH, &page, &[("password", typed)]).await;
        assert!(refused.status.is_client_error());
        assert!(error_at(&refused, "password").unwrap().contains(says), "{typed}: {}", refused.text());
        assert!(!refused.text().contains("not what eve chose"), "a password is never repeated");
    }
    // Nor by a request that no page of ours makes.
    let bare = super::send(&victim, PATH, &[("form_token", &super::form_token(&page))]).await;
    bare.expect_status(422);
    let login = json!({"login": EMAIL, "password": PASSWORD});
    app.browser().post("/auth/login").from(ELSEWHERE).json(login).await.expect_problem(401, "invalid_credentials");
    // By the code neither: it takes the password as well.
    let (phone, code) = (app.browser(), mail.code());
    let form = phone.get(PATH).await;
    let refused = press(&phone, PATH, &form, &[("email", EMAIL), ("code", &code)]).await.expect_status(422);
    assert!(error_at(&refused, "password").is_some(), "{}", refused.text());
    let fields = [("email", EMAIL), ("code", code.as_str()), ("password", "wrong one")];
    let refused = press(&phone, PATH, &refused, &fields).await.expect_status(403);
    assert!(error_at(&refused, "password").is_some());
}

#[tokio::test]
async fn a_sign_up_is_finished_in_another_browser_by_its_password() {
    for by_code in [false, true] {
        let Scene { app, mail, .. } = Scene::of("sign_up").await;
        let phone = app.browser();
        let code = mail.code();
        let (page, mut fields) = match by_code {
            false => (open(&phone, &mail).await, vec![]),
            true => (phone.get(PATH).await, vec![("email", EMAIL), ("code", code.as_str())]),
        };
        fields.push(("password", PASSWORD));
        let answer = press(&phone, PATH, &page, &fields).await;
        assert_eq!(done(&phone, PATH, answer).await, "You are signed in");
        assert!(has_session(&phone).await);
    }
}

#[tokio::test]
async fn a_browser_that_asked_for_another_mail_is_asked_for_the_password_as_well() {
    let Scene { app, mail, .. } = Scene::of("sign_up").await;
    let phone = app.browser();
    crate::mail::ask(&phone, "/auth/magic-link", "phone@example.test").await;
    let page = phone.get(PATH).await;
    assert!(!page.text().contains("type=\"password\""), "it may be where the sign-up was begun");
    let code = mail.code();
    let refused = press(&phone, PATH, &page, &[("email", EMAIL), ("code", &code)]).await.expect_status(403);
    assert!(error_at(&refused, "password").is_some(), "{}", refused.text());
    let answer = press(&phone, PATH, &refused, &[("email", EMAIL), ("code", &code), ("password", PASSWORD)]).await;
    assert_eq!(done(&phone, PATH, answer).await, "You are signed in");
}

#[tokio::test]
async fn an_app_that_signed_up_is_told_to_sign_in_and_no_session_stays_open_for_nobody() {
    let app = verified_first(Setup::default()).start().await;
    let asker = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "transport": "body"});
    asker.post("/auth/signup").json(body).await.expect_status(202);
    let mail = app.letter("sign_up", EMAIL).await;
    let page = open(&asker, &mail).await;
    let answer = press(&asker, PATH, &page, &[]).await;
    assert_eq!(done(&asker, PATH, answer).await, "Your account is ready");
    let own = app.log_in(EMAIL, None, "body").await;
    let sessions = own.get("/auth/sessions").await.json();
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "{sessions}");
}
