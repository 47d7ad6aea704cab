//! `/reset-password`.

use super::{DEAD, Scene, done, error_at, has_session, heading, open, press};
use crate::{
    family::EMAIL,
    mail::{NEW_PASSWORD, opens},
};

const PATH: &str = "/reset-password";

#[tokio::test]
async fn pw20_the_new_password_can_be_pasted_and_managers_know_what_it_is() {
    let Scene { app: _app, asker, mail } = Scene::of("reset_password").await;
    let page = open(&asker, &mail).await.expect_status(200);
    let text = page.text();
    assert!(text.contains("name=\"new_password\" type=\"password\" autocomplete=\"new-password\""), "{text}");
    let whose = "name=\"email\" type=\"email\" autocomplete=\"username\" inputmode=\"email\"";
    assert!(text.contains(&whose.replace(" inputmode=\"email\"", "")), "{text}");
    assert!(text.contains(&format!("value=\"{EMAIL}\" readonly")), "{text}");
    for handler in ["onpaste", "oncopy", "maxlength", "pattern="] {
        assert!(!text.contains(handler), "{handler}");
    }
    let by_code = asker.copy();
    let text = by_code.get(PATH).await.text();
    // The link is still in its cookie; a browser without it types the code.
    assert!(text.contains("new-password"));
    let text = by_code.get(PATH).without_cookies().await.text();
    assert!(
        text.contains("name=\"code\" type=\"text\" autocomplete=\"one-time-code\" inputmode=\"numeric\""),
        "{text}"
    );
    assert!(text.contains(whose), "{text}");
}

#[tokio::test]
async fn a_new_password_is_set_by_the_link_and_a_refused_one_spends_nothing() {
    let Scene { app, asker, mail } = Scene::of("reset_password").await;
    let page = open(&asker, &mail).await;
    for (typed, says) in [
        ("", "Type the password."),
        ("short", "It needs at least 8 characters."),
        ("password1", "This password is too easy to guess. Choose another."),
        (&"x".repeat(1025), "This password is too long."),
    ] {
        let refused = press(&asker, PATH, &page, &[("new_password", typed)]).await.expect_status(422);
        assert_eq!(error_at(&refused, "new_password").as_deref(), Some(says), "{typed}");
        let text = refused.text();
        assert!(text.contains("aria-invalid=\"true\" autofocus"), "{text}");
        assert!(text.contains("aria-describedby=\"new_password-hint new_password-error\""), "{text}");
        assert!(text.contains("role=\"alert\""), "{text}");
        assert!(typed.is_empty() || !text.contains(&format!("value=\"{typed}\"")), "never repeated");
    }
    let answer = press(&asker, PATH, &page, &[("new_password", NEW_PASSWORD)]).await;
    assert_eq!(done(&asker, PATH, answer).await, "Your new password is set");
    assert!(opens(&app, EMAIL, NEW_PASSWORD).await);
    assert!(!has_session(&asker).await, "it signs nobody in");
    let again = open(&asker, &mail).await.expect_status(400);
    assert_eq!(heading(&again), DEAD);
}

#[tokio::test]
async fn a_new_password_is_set_by_the_code_and_a_refused_one_spends_nothing() {
    let Scene { app, mail, .. } = Scene::of("reset_password").await;
    let (browser, code) = (app.browser(), mail.code());
    let mut page = browser.get(PATH).await.expect_status(200);
    for (email, typed, password, field) in [
        ("nobody", code.as_str(), NEW_PASSWORD, "email"),
        (EMAIL, "1234", NEW_PASSWORD, "code"),
        (EMAIL, code.as_str(), "short", "new_password"),
    ] {
        let fields = [("email", email), ("code", typed), ("new_password", password)];
        page = press(&browser, PATH, &page, &fields).await.expect_status(422);
        assert!(error_at(&page, field).is_some(), "{}", page.text());
        assert_eq!(page.text().matches("class=\"error\"").count(), 1, "{}", page.text());
        assert!(page.text().contains(&format!("value=\"{typed}\"")), "typed once is enough: {}", page.text());
    }
    let fields = [("email", EMAIL), ("code", code.as_str()), ("new_password", NEW_PASSWORD)];
    let answer = press(&browser, PATH, &page, &fields).await;
    assert_eq!(done(&browser, PATH, answer).await, "Your new password is set");
    assert!(opens(&app, EMAIL, NEW_PASSWORD).await);
}

/// docs/attacks.md#guessing-a-code
#[tokio::test]
async fn ot4_who_types_wrong_codes_is_told_to_wait_and_how_long() {
    let Scene { app, mail, .. } = Scene::of("reset_password").await;
    let browser = app.browser();
    let page = browser.get(PATH).await;
    let mut last = None;
    for number in 0..200 {
        let code = format!("{number:08}");
        let fields = [("email", EMAIL), ("code", code.as_str()), ("new_password", NEW_PASSWORD)];
        let answer = press(&browser, PATH, &page, &fields).await;
        if answer.status == 429 {
            last = Some(answer);
            break;
        }
        answer.expect_status(400);
    }
    let limited = last.expect("nobody guesses for ever");
    let secs: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    let minutes = format!("Try again in {} minute", secs.div_ceil(60));
    assert!(limited.text().contains(&minutes), "{minutes}: {}", limited.text());
    // And the link works even now.
    let page = open(&browser, &mail).await.expect_status(200);
    press(&browser, PATH, &page, &[("new_password", NEW_PASSWORD)]).await.expect_status(303);
}

#[tokio::test]
async fn a_form_acts_on_the_mail_that_its_page_was_about_or_not_at_all() {
    let Scene { app, asker, mail } = Scene::of("reset_password").await;
    app.sign_up_in("body", "eve@example.test").await;
    crate::mail::ask(&app.browser(), "/auth/password/forgot", "eve@example.test").await;
    let other = app.letter("reset_password", "eve@example.test").await;
    let first = open(&asker, &mail).await;
    // A second mail in a second tab.
    let second = open(&asker, &other).await;
    let refused = press(&asker, PATH, &first, &[("new_password", NEW_PASSWORD)]).await.expect_status(403);
    assert_eq!(heading(&refused), super::STALE);
    press(&asker, PATH, &second, &[("new_password", NEW_PASSWORD)]).await.expect_status(303);
    assert!(!opens(&app, EMAIL, NEW_PASSWORD).await);
    assert!(opens(&app, "eve@example.test", NEW_PASSWORD).await);
}
