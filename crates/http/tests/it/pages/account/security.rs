//! `/account/security`: the address, the password and the own PIN.

use gatewright::core::model::Limits;
use gatewright_testkit::{
    TestApp,
    app::{Browser, PASSWORD, Setup},
};
use serde_json::json;

use super::{EVE, alarm, between, error_at, form_of, grow_stale, heading, html, leads_to, press_act, said, then_said};
use crate::{
    family::{EMAIL, PIN, family, grace},
    mail::{NEW_PASSWORD, change_mail, is_signed_in, opens},
    pages::{NEW_EMAIL, STALE, form_token, open, press, send},
};

const PATH: &str = "/account/security";
const CONFIRM: &str = "../confirm-identity?next=/account/security";

async fn ask(ada: &Browser, email: &str) -> gatewright_testkit::app::Answer {
    let page = ada.get(PATH).await.expect_status(200);
    press_act(ada, &page, PATH, ("email", ""), &[("email", email)]).await
}

#[tokio::test]
async fn an_owner_gives_the_account_another_address() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await.expect_status(200);
    assert_eq!(heading(&page), "Sign-in and security");
    assert!(page.text().contains(EMAIL) && !page.text().contains("value=\"resend\""), "{}", page.text());
    for (typed, says) in [("nobody", "Type the whole address"), ("ADA@example.test", "This is the address that")] {
        let refused = ask(&ada, typed).await.expect_status(422);
        assert!(error_at(&refused, "email-email").unwrap().starts_with(says), "{}", refused.text());
        assert!(form_of(&refused, "email", "").contains(&format!("value=\"{typed}\"")), "{}", refused.text());
    }
    app.letters().await;
    let answer = ask(&ada, NEW_EMAIL).await;
    assert!(then_said(&ada, PATH, answer).await.starts_with("The mail is on its way."));
    let page = ada.get(PATH).await;
    assert!(page.text().contains(&format!("We have written to {NEW_EMAIL}.")), "{}", page.text());
    let mail = app.letter("confirm_email", NEW_EMAIL).await;
    let confirm = open(&ada, &mail).await;
    press(&ada, "/confirm-email", &confirm, &[]).await.expect_status(303);
    let page = ada.get(PATH).await.expect_status(200);
    assert!(page.text().contains(NEW_EMAIL) && !page.text().contains("We have written to"), "{}", page.text());
}

#[tokio::test]
async fn the_mail_to_the_new_address_is_sent_again() {
    let app = Setup::default().policy(|policy| policy.limits = Limits::Off).start().await;
    let ada = family(&app, "cookie").await;
    ask(&ada, NEW_EMAIL).await.expect_status(303);
    app.letter("confirm_email", NEW_EMAIL).await;
    let page = ada.get(PATH).await;
    let answer = press_act(&ada, &page, PATH, ("resend", ""), &[]).await;
    assert!(then_said(&ada, PATH, answer).await.starts_with("The mail is on its way."));
    app.letter("confirm_email", NEW_EMAIL).await;
}

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_the_page_does_not_tell_whether_the_new_address_has_an_account() {
    let app = TestApp::start().await;
    let (ada, _eve) = (family(&app, "cookie").await, app.sign_up(EVE).await);
    let mut pages = Vec::new();
    for email in ["nobody@example.test", EVE] {
        assert_eq!(leads_to(&ask(&ada, email).await), "../account/security?done=email");
        let page = ada.get(PATH).await.expect_status(200);
        assert!(page.text().contains(&format!("We have written to {email}.")), "{}", page.text());
        pages.push(html(&page).replace(email, "[email]"));
    }
    assert_eq!(pages[0], pages[1]);
}

/// Who asks for an address that somebody has learns nothing by what comes later, either: not by trying codes, not when another
/// account gets the address, and not by what becomes of the mail.
///
/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_an_address_that_was_asked_for_waits_alike_whoever_has_it() {
    let app = Setup::default().policy(|policy| policy.limits = Limits::Off).start().await;
    let (ada, eve) = (family(&app, "cookie").await, app.sign_up_in("body", EVE).await);
    let grace = app.sign_up_in("body", "mary@example.test").await;
    app.letters().await;
    let mut seen = Vec::new();
    for email in [NEW_EMAIL, EVE] {
        let mut steps = Vec::new();
        ask(&ada, email).await.expect_status(303);
        // Codes are counted and refused in the same way, and use up nothing that could be seen.
        for number in 0..7 {
            let page = ada.get("/confirm-email").await.expect_status(200);
            let code = format!("0000000{number}");
            let refused = press(&ada, "/confirm-email", &page, &[("email", email), ("code", &code)]).await;
            steps.push((refused.status.as_u16(), html(&refused).replace(email, "[email]").replace(&code, "[code]")));
        }
        // Somebody else gets the address, or has it already.
        if email == NEW_EMAIL {
            let mail = change_mail(&app, &grace, email).await;
            let confirm = json!({"token": mail.token()});
            grace.post("/auth/email/confirm").json(confirm).await.expect_status(204);
        }
        let page = ada.get(PATH).await.expect_status(200);
        assert!(page.text().contains(&format!("We have written to {email}.")), "{}", page.text());
        steps.push((200, html(&page).replace(email, "[email]")));
        let answer = press_act(&ada, &page, PATH, ("resend", ""), &[]).await;
        steps.push((answer.status.as_u16(), leads_to(&answer).to_owned()));
        seen.push(steps);
    }
    assert_eq!(seen[0], seen[1]);
    // Who has it is told and keeps it, and nothing was sent that would take it away.
    let mails = app.letters().await;
    let to_eve: Vec<_> = mails.iter().filter(|mail| mail.to == EVE).map(|mail| mail.kind).collect();
    assert_eq!(to_eve, ["already_signed_up"; 2]);
    assert_eq!(eve.get("/auth/me").await.json()["account"]["email"], EVE);
    assert_eq!(ada.get("/auth/me").await.json()["account"]["email"], EMAIL);
}

#[tokio::test]
async fn pw10_the_password_is_changed_with_the_current_one_and_other_devices_go() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let page = ada.get(PATH).await;
    let form = form_of(&page, "password", "");
    for sign in ["autocomplete=\"username\"", "autocomplete=\"current-password\"", "autocomplete=\"new-password\""] {
        assert!(form.contains(sign), "{sign}: {form}");
    }
    assert!(form.contains(&format!("value=\"{EMAIL}\"")) && form.contains("readonly"), "{form}");
    for (current, new, status, field, says) in [
        ("not the password", NEW_PASSWORD, 403, "current", "This is not the current password."),
        ("", NEW_PASSWORD, 422, "current", "Type the password."),
        (PASSWORD, "short", 422, "new_password", "It needs at least"),
        (PASSWORD, "", 422, "new_password", "It needs at least"),
    ] {
        let fields = [("current", current), ("new_password", new)];
        let refused = press_act(&ada, &page, PATH, ("password", ""), &fields).await.expect_status(status);
        let error = error_at(&refused, &format!("password-{field}")).unwrap_or_else(|| panic!("{}", refused.text()));
        assert!(error.starts_with(says) || error == "Type the password.", "{error}");
        for secret in [current, new].into_iter().filter(|secret| !secret.is_empty()) {
            assert!(!refused.text().contains(&format!("value=\"{secret}\"")), "a secret is never shown again");
        }
    }
    assert!(is_signed_in(&grace).await);
    let fields = [("current", PASSWORD), ("new_password", NEW_PASSWORD)];
    let answer = press_act(&ada, &page, PATH, ("password", ""), &fields).await;
    assert!(then_said(&ada, PATH, answer).await.starts_with("Your password is changed."));
    assert!(is_signed_in(&ada).await && !is_signed_in(&grace).await);
    assert!(opens(&app, EMAIL, NEW_PASSWORD).await && !opens(&app, EMAIL, PASSWORD).await);
}

#[tokio::test]
async fn au2_who_guesses_the_current_password_is_told_to_wait() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await;
    for number in 0..40 {
        let fields = [("current", &*format!("guess number {number}")), ("new_password", NEW_PASSWORD)];
        let answer = press_act(&ada, &page, PATH, ("password", ""), &fields).await;
        if answer.status == 429 {
            assert!(alarm(&answer).unwrap().starts_with("There were too many attempts."), "{}", answer.text());
            assert!(answer.header("retry-after").is_some());
            return;
        }
        answer.expect_status(403);
    }
    panic!("nobody guesses for ever");
}

#[tokio::test]
async fn somebody_sets_changes_and_removes_the_own_pin() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await;
    assert!(!page.text().contains("value=\"no-pin\""));
    for bad in ["", "123", "123456789", "12a4"] {
        let refused = press_act(&ada, &page, PATH, ("pin", ""), &[("pin", bad)]).await.expect_status(422);
        assert!(error_at(&refused, "pin-pin").unwrap().starts_with("A PIN has four to eight digits"));
        assert!(bad.is_empty() || !refused.text().contains(&format!("value=\"{bad}\"")));
    }
    for pin in ["8642", PIN] {
        let page = ada.get(PATH).await;
        let answer = press_act(&ada, &page, PATH, ("pin", ""), &[("pin", pin)]).await;
        assert_eq!(then_said(&ada, PATH, answer).await, "Your PIN is set.");
        assert_eq!(ada.get("/auth/me").await.json()["user"]["pin_required"], true);
    }
    let page = ada.get(PATH).await;
    let answer = press_act(&ada, &page, PATH, ("no-pin", ""), &[]).await;
    assert_eq!(then_said(&ada, PATH, answer).await, "Your PIN is removed.");
    assert_eq!(ada.get("/auth/me").await.json()["user"]["pin_required"], false);
}

#[tokio::test]
async fn a_member_has_a_pin_of_its_own_and_is_told_the_rest() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let page = grace.get(PATH).await.expect_status(200);
    assert!(page.text().contains("Only an owner can change them."), "{}", page.text());
    for act in ["email", "password", "resend"] {
        assert!(!page.text().contains(&format!("name=\"act\" value=\"{act}\"")), "{act}");
        let token = form_token(&page);
        let fields = [
            ("form_token", &*token),
            ("act", act),
            ("email", NEW_EMAIL),
            ("current", PASSWORD),
            ("new_password", NEW_PASSWORD),
        ];
        send(&grace, PATH, &fields).await.expect_status(403);
    }
    let answer = press_act(&grace, &page, PATH, ("pin", ""), &[("pin", PIN)]).await;
    assert_eq!(then_said(&grace, PATH, answer).await, "Your PIN is set.");
    assert!(is_signed_in(&ada).await && opens(&app, EMAIL, PASSWORD).await);
}

#[tokio::test]
async fn au9_a_session_that_was_proved_long_ago_proves_itself_first_and_comes_back() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await.expect_status(200);
    grow_stale(&app);
    assert_eq!(leads_to(&ada.get(PATH).await), CONFIRM);
    let fields = [("current", PASSWORD), ("new_password", NEW_PASSWORD)];
    for (act, fields) in [("password", &fields[..]), ("email", &[("email", NEW_EMAIL)]), ("pin", &[("pin", PIN)])] {
        assert_eq!(leads_to(&press_act(&ada, &page, PATH, (act, ""), fields).await), CONFIRM, "{act}");
    }
    assert!(opens(&app, EMAIL, PASSWORD).await);
    assert_eq!(ada.get("/auth/me").await.json()["user"]["pin_required"], false);
    // A form of the session before is none of the one that was proved.
    let body = serde_json::json!({"password": PASSWORD});
    ada.post("/auth/reauthenticate").json(body).await.expect_status(200);
    let old = press_act(&ada, &page, PATH, ("password", ""), &fields).await.expect_status(403);
    assert_eq!(heading(&old), STALE);
    let page = ada.get(PATH).await.expect_status(200);
    assert_eq!(said(&page), None);
    press_act(&ada, &page, PATH, ("password", ""), &fields).await.expect_status(303);
    assert!(between(&html(&page), "href=\"../forgot-password\"", "</a>").is_some(), "{}", page.text());
}
