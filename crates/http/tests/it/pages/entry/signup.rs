//! `/signup`.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD, Receiver},
};
use serde_json::json;

use super::{alarm, leads_to, plain, press, sessions, who};
use crate::{
    family::EMAIL,
    mail::strict,
    pages::{error_at, form_token, heading},
    rules::{refuses, webhook},
};

const PATH: &str = "/signup";

async fn sign_up(browser: &Browser, query: &str, fields: &[(&str, &str)]) -> Answer {
    let path = format!("{PATH}{query}");
    let page = browser.get(&path).await.expect_status(200);
    press(browser, &path, &page, fields).await
}

#[tokio::test]
async fn an_account_is_made_and_somebody_is_signed_in_and_led_on() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let fields = [("email", EMAIL), ("password", PASSWORD), ("display_name", "Ada L."), ("username", "countess")];
    assert_eq!(leads_to(&sign_up(&browser, "?next=/there%3Fa", &fields).await), "/there?a");
    let me = browser.get("/auth/me").await.expect_status(200).json();
    assert_eq!(me["user"]["username"], "countess");
    assert_eq!(me["user"]["profile"]["display_name"], "Ada L.");
    let other = app.browser();
    let fields = [("email", "bob@example.test"), ("password", PASSWORD), ("display_name", " "), ("username", "")];
    assert_eq!(leads_to(&sign_up(&other, "", &fields).await), "account");
    assert_eq!(other.get("/auth/me").await.json()["user"]["username"], "bob");
}

#[tokio::test]
async fn what_will_not_do_is_said_at_its_field_and_the_rest_is_kept() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let browser = app.browser();
    let long = "x".repeat(300);
    let good = ("bob@example.test", PASSWORD, "Bob", "bob");
    for (email, password, name, username, status, field, says) in [
        ("bob", good.1, good.2, good.3, 422, "email", "Type the whole address"),
        (EMAIL, good.1, good.2, good.3, 409, "email", "An account has this address already."),
        (good.0, "short", good.2, good.3, 422, "password", "It needs at least"),
        (good.0, "password1234", good.2, good.3, 422, "password", "This password is too easy to guess."),
        (good.0, "", good.2, good.3, 422, "password", "Type the password."),
        (good.0, good.1, &*long, good.3, 422, "display_name", "This name is too long"),
        (good.0, good.1, good.2, "b o b", 422, "username", "This cannot be a username."),
        (good.0, good.1, good.2, "ada", 409, "username", "This username is taken."),
    ] {
        let fields = [("email", email), ("password", password), ("display_name", name), ("username", username)];
        let answer = sign_up(&browser, "", &fields).await.expect_status(status);
        let said = error_at(&answer, field).unwrap_or_else(|| panic!("nothing at {field}: {}", answer.text()));
        assert!(said.starts_with(says), "{said}");
        for kept in [email, name, username] {
            assert!(answer.text().contains(&format!("value=\"{kept}\"")), "{kept} is kept");
        }
        assert!(password.is_empty() || !answer.text().contains(&format!("value=\"{password}\"")), "never repeated");
    }
    assert_eq!(sessions(&browser), [""; 0]);
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_where_addresses_are_proved_first_the_page_says_the_same_for_a_taken_one() {
    let app = strict().await;
    let first = app.browser();
    let fields = [("email", EMAIL), ("password", PASSWORD)];
    assert_eq!(leads_to(&sign_up(&first, "?next=/there", &fields).await), "signup?done=mailed&next=/there");
    let mail = app.letter("sign_up", EMAIL).await;
    assert_eq!(who(&first).await, None);
    let told = first.get("/signup?done=mailed&next=/there").await.expect_status(200);
    assert_eq!(heading(&told), "Look at your mail");
    assert!(plain(&told).contains("href=\"verify-email?next=/there\""), "{}", told.text());
    let page = first.get("/verify-email?next=/there").await.expect_status(200);
    let answer = press(&first, "/verify-email?next=/there", &page, &[("email", EMAIL), ("code", &mail.code())]).await;
    assert_eq!(leads_to(&answer), "/there");
    assert_eq!(who(&first).await.as_deref(), Some(EMAIL));
    let second = app.browser();
    let answer = sign_up(&second, "", &fields).await;
    assert_eq!(leads_to(&answer), "signup?done=mailed");
    let names = second.cookie_names();
    assert!(names.contains(&"__Host-gw_browser".to_owned()), "{names:?}");
}

#[tokio::test]
async fn a_rule_that_refuses_says_why() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    webhook(&app, &receiver, &["before_sign_up"], &json!({})).await;
    receiver.reply(refuses());
    let browser = app.browser();
    let answer = sign_up(&browser, "", &[("email", EMAIL), ("password", PASSWORD)]).await.expect_status(403);
    assert_eq!(alarm(&answer).as_deref(), Some("Choose a plan first."));
    assert!(!form_token(&answer).is_empty(), "it can be tried again");
    assert_eq!(who(&browser).await, None);
}
