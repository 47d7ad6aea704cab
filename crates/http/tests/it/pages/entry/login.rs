//! `/login`.

use gatewright::core::model::MagicLinks;
use gatewright_testkit::{
    TestApp,
    app::{Answer, PASSWORD, Setup},
};
use serde_json::json;

use super::{alarm, leads_to, plain, press, send, sessions, settled, settled_text, sign_in, sign_in_at, who};
use crate::{
    family::{EMAIL, family},
    pages::{error_at, form_token, heading},
};

#[tokio::test]
async fn somebody_signs_in_with_the_address_or_the_username() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    for login in [EMAIL, "ada", " ada@example.test "] {
        let browser = app.browser();
        let page = browser.get("/login").await.expect_status(200);
        for attribute in ["autocomplete=\"username\"", "autocomplete=\"current-password\""] {
            assert!(page.text().contains(attribute), "{attribute}");
        }
        let answer = sign_in(&browser, login).await;
        assert_eq!(leads_to(&answer), "account");
        assert_eq!(who(&browser).await.as_deref(), Some(EMAIL));
        let set = answer.set_cookies();
        assert!(set.iter().any(|line| line.starts_with("__Host-gw_at_") && line.contains("HttpOnly")), "{set:?}");
        assert!(!browser.cookie_names().contains(&"__Host-gw_form".to_owned()), "the key of the form went");
    }
}

#[tokio::test]
async fn of_several_users_one_is_chosen_and_the_way_on_is_kept() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let browser = app.browser();
    assert_eq!(leads_to(&sign_in_at(&browser, "?next=/there", EMAIL).await), "select?next=/there");
    assert_eq!(who(&browser).await, None, "nobody is signed in yet");
    assert!(browser.cookie_names().contains(&"__Host-gw_selection".to_owned()));
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_the_page_says_the_same_of_an_unknown_login_and_a_wrong_password() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let mut seen = Vec::new();
    for login in [EMAIL, "nobody@example.test"] {
        let browser = app.browser();
        let page = browser.get("/login").await;
        let fields = [("login", login), ("password", "not the right sentence"), ("remember", "yes")];
        let answer = press(&browser, "/login", &page, &fields).await.expect_status(401);
        let says = error_at(&answer, "password").unwrap();
        assert!(says.starts_with("Address or name and password do not fit together."), "{says}");
        assert!(alarm(&answer).is_some());
        assert!(answer.text().contains(&format!("value=\"{login}\"")), "what was typed is kept");
        assert!(answer.text().contains("checked"), "and what was ticked");
        assert!(!answer.text().contains("not the right"), "but for the password");
        assert!(!browser.cookie_names().iter().any(|name| name.contains("known")), "nothing is remembered");
        let masked = settled_text(&answer).replace(login, "[login]").replace(&form_token(&answer), "[token]");
        seen.push((masked, browser.cookie_names()));
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn what_is_missing_is_said_at_its_field() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = browser.get("/login").await;
    for (fields, field, says) in [
        ([("login", ""), ("password", "x"), ("way", "")], "login", "Type your e-mail address or your username."),
        ([("login", "ada"), ("password", ""), ("way", "")], "password", "Type the password."),
        ([("login", "ada"), ("password", ""), ("way", "mail")], "login", "Type your whole e-mail address here"),
    ] {
        let answer = press(&browser, "/login", &page, &fields).await.expect_status(422);
        let said = error_at(&answer, field).unwrap();
        assert!(said.starts_with(says), "{said}");
    }
    let huge = "x".repeat(2000);
    let answer = press(&browser, "/login", &page, &[("login", "ada"), ("password", &huge)]).await;
    assert_eq!(error_at(&answer.expect_status(422), "password").as_deref(), Some("This password is too long."));
}

#[tokio::test]
async fn who_guesses_is_told_how_long_to_wait() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    let page = browser.get("/login").await;
    for number in 0..40 {
        let guess = format!("guess number {number}");
        let answer = press(&browser, "/login", &page, &[("login", EMAIL), ("password", &guess)]).await;
        if answer.status == 429 {
            assert!(alarm(&answer).unwrap().contains("Try again in"), "{}", answer.text());
            assert!(answer.header("retry-after").is_some());
            return;
        }
        answer.expect_status(401);
    }
    panic!("nobody guesses for ever");
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_a_mail_is_asked_for_with_the_same_answer_for_everybody() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let shape = |answer: &Answer| {
        let names: Vec<String> = answer
            .set_cookies()
            .iter()
            .map(|line| format!("{}{}", line.split('=').next().unwrap(), line.split_once(';').unwrap().1))
            .collect();
        (answer.status, leads_to(answer), names)
    };
    let mut seen = Vec::new();
    for login in [EMAIL, "nobody@example.test"] {
        let browser = app.browser();
        let page = browser.get("/login").await;
        seen.push(shape(&press(&browser, "/login", &page, &[("login", login), ("way", "mail")]).await));
    }
    assert_eq!(seen[0], seen[1]);
    assert!(seen[0].2.iter().any(|name| name.starts_with("__Host-gw_browser")), "{:?}", seen[0].2);
}

#[tokio::test]
async fn the_code_of_a_mail_signs_in_and_leads_on_as_a_password_does() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    app.letters().await;
    let browser = app.browser();
    let page = browser.get("/login?next=/there").await;
    let answer = press(&browser, "/login?next=/there", &page, &[("login", EMAIL), ("way", "mail")]).await;
    assert_eq!(leads_to(&answer), "magic-link?next=/there");
    let mail = app.letter("magic_link", EMAIL).await;
    let path = "/magic-link?next=/there";
    let page = browser.get(path).await.expect_status(200);
    assert!(page.text().contains(&format!("value=\"{EMAIL}\"")), "it need not be typed again: {}", page.text());
    let fields = [("email", EMAIL), ("code", &mail.code())];
    assert_eq!(leads_to(&press(&browser, path, &page, &fields).await), "/there");
    assert_eq!(who(&browser).await.as_deref(), Some(EMAIL));
    assert_eq!(sessions(&browser).len(), 1);
    assert!(!browser.cookie_names().iter().any(|name| name.contains("asked")), "the address is forgotten");
}

#[tokio::test]
async fn where_no_mail_signs_in_none_is_offered() {
    let setup = Setup::default().policy(|policy| policy.mail.magic_links = MagicLinks::Off);
    let app = setup.start().await;
    let browser = app.browser();
    let page = browser.get("/login").await.expect_status(200);
    assert!(!page.text().contains("name=\"way\""), "{}", page.text());
    let token = form_token(&page);
    let fields = [("form_token", token.as_str()), ("login", EMAIL), ("way", "mail")];
    send(&browser, "/login", &fields).await.expect_status(404);
}

/// A browser holds a form to our own origin even where it is led on, so a page stands between.
#[tokio::test]
async fn another_origin_is_reached_by_a_page_in_between() {
    let app = settled(&["https://shop.example.test"], Some("https://app.example.test/in?a=1&b=2")).start().await;
    app.sign_up_in("body", EMAIL).await;
    for (query, target) in [
        ("", "https://app.example.test/in?a=1&b=2"),
        ("?next=https%3A//shop.example.test/x%3Fy", "https://shop.example.test/x?y"),
    ] {
        let browser = app.browser();
        let to = leads_to(&sign_in_at(&browser, query, EMAIL).await);
        assert!(to.starts_with("login?done=signed-in&next=https%3A//"), "{to}");
        let page = browser.get(&format!("/{to}")).await.expect_status(200);
        assert_eq!(heading(&page), "You are signed in");
        let text = plain(&page);
        assert!(text.contains(&format!("content=\"0; url={target}\"")), "{text}");
        assert!(text.contains(&format!("href=\"{target}\"")), "{text}");
    }
    // The page is no redirector: it leads where everything does.
    let page = app.browser().get("/login?done=signed-in&next=https%3A//evil.test/").await.expect_status(200);
    assert!(!page.text().contains("evil"), "{}", page.text());
}

#[tokio::test]
async fn an_address_that_the_page_shows_is_what_was_typed_and_nothing_else() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = browser.get("/login").await;
    let typed = "\"><script>alert(1)</script>";
    let answer = press(&browser, "/login", &page, &[("login", typed), ("password", PASSWORD)]).await.expect_status(401);
    assert!(!answer.text().contains("<script>alert"), "{}", answer.text());
    assert!(plain(&answer).contains("alert(1)"));
    browser.post("/login").json(json!({})).await.expect_status(415);
}

/// Whoever sits at this browser next is not shown whom somebody has had a mail sent to.
#[tokio::test]
async fn the_address_that_a_mail_was_asked_for_goes_when_somebody_signs_in_by_password() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    let has_address = || browser.cookie_names().contains(&"__Host-gw_asked".to_owned());
    let page = browser.get("/login").await.expect_status(200);
    press(&browser, "/login", &page, &[("login", EMAIL), ("way", "mail")]).await.expect_status(303);
    assert!(has_address());
    sign_in(&browser, EMAIL).await.expect_status(303);
    assert!(!has_address(), "{:?}", browser.cookie_names());
}
