//! `/account`: who it is, and what each changes of himself.

use gatewright_testkit::TestApp;
use serde_json::json;

use super::{alarm, error_at, follow, form_of, heading, leads_to, press_act, said, then_said};
use crate::{
    family::{EMAIL, family, grace},
    mail::proved,
};

const PATH: &str = "/account";

#[tokio::test]
async fn somebody_sees_who_it_is_and_changes_it() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await.expect_status(200);
    assert_eq!(heading(&page), "Your profile");
    for text in [EMAIL, "an owner of this account", "not confirmed yet", "<bdi>ada</bdi>"] {
        assert!(page.text().contains(text), "{text}: {}", page.text());
    }
    let fields = [("display_name", " Ada L. "), ("username", "ada.l"), ("locale", "de")];
    let answer = press_act(&ada, &page, PATH, ("profile", ""), &fields).await;
    // In the language that was chosen.
    assert_eq!(then_said(&ada, PATH, answer).await, "Ihr Profil ist gespeichert.");
    let me = ada.get("/auth/me").await.json();
    assert_eq!(me["user"]["username"], "ada.l");
    assert_eq!(me["user"]["profile"]["display_name"], "Ada L.");
    assert_eq!(me["user"]["profile"]["locale"], "de");
    // What is left empty is taken away.
    let page = ada.get(PATH).await;
    let form = form_of(&page, "profile", "");
    assert!(form.contains("value=\"Ada L.\"") && form.contains("<option value=\"de\" selected>"), "{form}");
    let fields = [("display_name", ""), ("username", "ada.l"), ("locale", "")];
    then_said(&ada, PATH, press_act(&ada, &page, PATH, ("profile", ""), &fields).await).await;
    let me = ada.get("/auth/me").await.json();
    assert_eq!(me["user"]["profile"]["display_name"], json!(null));
    assert_eq!(me["user"]["profile"]["locale"], json!(null));
}

#[tokio::test]
async fn what_will_not_do_is_said_at_its_field_and_stays_typed() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await;
    let long = "x".repeat(300);
    for (name, username, locale, status, field, says) in [
        ("A", "a b", "", 422, "username", "This cannot be a username"),
        ("A", "", "", 422, "username", "This cannot be a username"),
        ("A", "grace", "", 409, "username", "This username is taken"),
        ("A\u{202e}", "ada", "", 422, "display_name", "This name has signs in it"),
        (&long, "ada", "", 422, "display_name", "This name is too long"),
        ("A", "ada", "<b>", 422, "locale", "Choose a language from the list"),
    ] {
        let fields = [("display_name", name), ("username", username), ("locale", locale)];
        let refused = press_act(&ada, &page, PATH, ("profile", ""), &fields).await.expect_status(status);
        let error = error_at(&refused, &format!("profile-{field}")).unwrap_or_else(|| panic!("{}", refused.text()));
        assert!(error.starts_with(says), "{error}");
        assert_eq!(alarm(&refused).as_deref(), Some("Nothing was done yet. Please look at what is marked."));
        assert!(refused.text().contains("name=\"display_name\" type=\"text\""));
        assert!(refused.text().contains(&format!("value=\"{name}\"")), "{}", refused.text());
    }
    assert_eq!(ada.get("/auth/me").await.json()["user"]["profile"]["display_name"], json!(null));
}

#[tokio::test]
async fn a_member_changes_its_name_and_not_its_username() {
    let app = TestApp::start().await;
    family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let page = grace.get(PATH).await.expect_status(200);
    assert!(page.text().contains("a member of this account"), "{}", page.text());
    assert!(!form_of(&page, "profile", "").contains("name=\"username\""));
    let token = super::super::form_token(&page);
    let fields =
        [("form_token", &*token), ("act", "profile"), ("display_name", "Grace"), ("username", "boss"), ("locale", "")];
    let answer = super::super::send(&grace, PATH, &fields).await;
    assert_eq!(then_said(&grace, PATH, answer).await, "Your profile is saved.");
    let me = grace.get("/auth/me").await.json();
    assert_eq!((&me["user"]["username"], &me["user"]["profile"]["display_name"]), (&json!("grace"), &json!("Grace")));
}

#[tokio::test]
async fn the_mail_that_proves_the_address_is_sent_again_until_it_is_proved() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    app.letters().await;
    app.clock.advance(gatewright_testkit::app::mins(2));
    let page = ada.get(PATH).await;
    let answer = press_act(&ada, &page, PATH, ("mail", ""), &[]).await;
    assert!(then_said(&ada, PATH, answer).await.starts_with("The mail is on its way."));
    proved(&app, &ada).await;
    let page = ada.get(PATH).await;
    assert!(page.text().contains("confirmed") && !page.text().contains("not confirmed yet"), "{}", page.text());
    assert!(!page.text().contains("value=\"mail\""), "{}", page.text());
}

#[tokio::test]
async fn who_is_not_signed_in_is_led_to_where_that_is_done_and_back() {
    let app = TestApp::start().await;
    for (path, to) in [
        ("/account", "login?next=/account"),
        ("/account/security", "../login?next=/account/security"),
        ("/account/activity?cursor=x", "../login?next=/account/activity%3Fcursor%3Dx"),
        ("/account/delete", "../login?next=/account/delete"),
    ] {
        assert_eq!(leads_to(&app.browser().get(path).await), to);
    }
    let answer = app.browser().post(PATH).raw("application/x-www-form-urlencoded", "act=mail").await;
    assert_eq!(leads_to(&answer), "login?next=/account");
}

#[tokio::test]
async fn wb10_a_name_is_text_on_every_page_of_the_account() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let hostile = "<script>alert(1)</script>\"'{{7*7}}";
    ada.patch("/auth/me").json(json!({"profile": {"display_name": hostile}})).await.expect_status(200);
    for path in ["", "/security", "/sessions", "/activity", "/data", "/delete"] {
        let page = ada.get(&format!("{PATH}{path}")).await.expect_status(200);
        assert!(!page.text().contains("<script>alert"), "{path}: {}", page.text());
        assert!(page.text().contains("&lt;script&gt;alert(1)"), "{path}: {}", page.text());
    }
    let page = ada.get("/account?done=%3Cscript%3E").await.expect_status(200);
    assert_eq!(said(&page), None);
    let answer = press_act(&ada, &page, PATH, ("mail", ""), &[]).await;
    follow(&ada, PATH, &answer).await.expect_status(200);
}
