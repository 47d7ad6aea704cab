//! `/admin/accounts/{id}`.

use gatewright_testkit::TestApp;

use super::super::{
    account_id, account_page, admin, clerk, done, heading, listed, notice, plain, press_act, somebody, user_page,
};
use crate::{
    family::{EMAIL, family, grace},
    pages::has_session,
};

#[tokio::test]
async fn an_account_is_shown_with_its_users_and_devices_and_what_happened() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, family(&app, "body").await);
    let path = account_page(&account_id(&ada));
    let page = admin.get(&path).await.expect_status(200);
    assert_eq!(heading(&page), "Account");
    let text = plain(&page);
    for expected in [EMAIL, "Not yet", "Owner", "Has a PIN", "Devices that are signed in", "What happened lately"] {
        assert!(text.contains(expected), "no {expected}: {text}");
    }
    assert_eq!(listed(&page, "admin/users").len(), 3);
    assert!(text.contains(&format!("admin/activity?account_id={}\"", account_id(&ada))), "{text}");
    assert!(!text.contains("type=\"password\"") && !text.contains("argon2"), "{text}");
    let own = admin.get(&account_page(&account_id(&admin))).await.expect_status(200);
    assert!(own.text().contains("This is you.") && own.text().contains("You are using it"), "{}", own.text());
}

#[tokio::test]
async fn what_somebody_may_not_see_or_do_is_not_on_the_page() {
    let app = TestApp::start().await;
    admin(&app).await;
    let ada = family(&app, "body").await;
    let path = account_page(&account_id(&ada));
    let reader = clerk(&app, "reader", &["accounts:read"]).await;
    let page = reader.get(&path).await.expect_status(200);
    let text = plain(&page);
    assert!(text.contains(EMAIL) && text.contains("<bdi>grace</bdi>"), "{text}");
    assert!(!text.contains("<form") && !text.contains("/delete") && !text.contains("What happened lately"), "{text}");
    assert!(listed(&page, "admin/users").is_empty(), "no link to what would be refused");
    let ender = clerk(&app, "ender", &["accounts:read", "sessions:write"]).await;
    let text = ender.get(&path).await.expect_status(200).text();
    assert!(text.contains("value=\"end\"") && !text.contains("value=\"disable\""), "{text}");
}

#[tokio::test]
async fn an_account_is_disabled_and_enabled_again() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = account_page(&account_id(&ada));
    let page = admin.get(&path).await;
    let answer = press_act(&admin, &page, &path, ("disable", ""), &[]).await;
    let says = "Nobody can sign in any more, and all devices are signed out.";
    assert_eq!(done(&admin, &path, answer).await, says);
    ada.get("/auth/me").await.expect_status(401);
    let page = admin.get(&path).await.expect_status(200);
    let text = page.text();
    assert!(text.contains("This account is disabled") && text.contains("Disabled since"), "{text}");
    assert!(!text.contains("value=\"reset\"") && !text.contains("value=\"disable\""), "{text}");
    // A form that was open before: what it asked for cannot be done now.
    let late = press_act(&admin, &page, &path, ("enable", ""), &[]).await;
    assert_eq!(done(&admin, &path, late).await, "It can be used again.");
    app.log_in("ada@example.test", None, "body").await.get("/auth/me").await.expect_status(200);
}

/// docs/attacks.md#passwords-that-admins-know
#[tokio::test]
async fn pw18_a_reset_is_started_and_nothing_changes_until_its_mail_is_used() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, somebody(&app, "ada").await);
    let path = account_page(&account_id(&ada));
    let page = admin.get(&path).await;
    let answer = press_act(&admin, &page, &path, ("reset", ""), &[]).await;
    assert_eq!(done(&admin, &path, answer).await, "A mail is on its way to the account’s address.");
    let mail = app.letter("reset_password", "ada@example.test").await;
    assert!(!admin.get(&path).await.text().contains(&mail.token()));
    app.log_in("ada@example.test", None, "body").await.get("/auth/me").await.expect_status(200);
    // The account was disabled since the page was opened.
    let disable = press_act(&admin, &page, &path, ("disable", ""), &[]).await;
    disable.expect_status(303);
    let refused = press_act(&admin, &page, &path, ("reset", ""), &[]).await.expect_status(404);
    assert_eq!(notice(&refused, "alert").as_deref(), Some("Nothing was done: it is not there any more."));
}

#[tokio::test]
async fn devices_are_signed_out_one_by_one_and_all_together() {
    let app = TestApp::start().await;
    let (admin, ada) = (admin(&app).await, family(&app, "body").await);
    let (grace, second) = (grace(&app, "body").await, app.log_in(EMAIL, Some("ada"), "cookie").await);
    let path = account_page(&account_id(&ada));
    let page = admin.get(&path).await.expect_status(200);
    assert_eq!(page.text().matches("name=\"act\" value=\"end\"").count(), 3);
    let answer = press_act(&admin, &page, &path, ("end", &second.session_id()), &[]).await;
    assert_eq!(done(&admin, &path, answer).await, "The device is signed out.");
    assert!(!has_session(&second).await);
    ada.get("/auth/me").await.expect_status(200);
    // Once more, from a page that was open before.
    let again = press_act(&admin, &page, &path, ("end", &second.session_id()), &[]).await.expect_status(404);
    assert_eq!(notice(&again, "alert").as_deref(), Some("This device is not signed in any more."));
    let answer = press_act(&admin, &page, &path, ("end_all", ""), &[]).await;
    assert_eq!(done(&admin, &path, answer).await, "All of these devices are signed out.");
    ada.get("/auth/me").await.expect_status(401);
    grace.get("/auth/me").await.expect_status(401);
    let page = admin.get(&path).await.expect_status(200);
    assert!(page.text().contains("No device is signed in."), "{}", page.text());
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az1_a_form_ends_no_session_but_those_of_its_page() {
    let app = TestApp::start().await;
    let (admin, ada, bob) = (admin(&app).await, somebody(&app, "ada").await, somebody(&app, "bob").await);
    for path in [account_page(&account_id(&ada)), user_page(&ada.user_id())] {
        let page = admin.get(&path).await.expect_status(200);
        let token = super::super::form_token(&page);
        for of in [bob.session_id().as_str(), admin.session_id().as_str(), "", "x", &ada.user_id()] {
            let fields = [("form_token", token.as_str()), ("act", "end"), ("of", of)];
            super::super::send(&admin, &path, &fields).await.expect_status(404);
        }
        // Nor does it do what it does not offer.
        for act in ["", "delete", "password", "END"] {
            let fields = [("form_token", token.as_str()), ("act", act)];
            super::super::send(&admin, &path, &fields).await.expect_status(422);
        }
    }
    for browser in [&ada, &bob] {
        browser.get("/auth/me").await.expect_status(200);
    }
}

/// docs/attacks.md#admins-who-raise-themselves
#[tokio::test]
async fn az6_support_is_told_that_it_does_not_touch_who_may_do_more() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let rights = ["accounts:read", "accounts:write", "sessions:write"];
    let support = clerk(&app, "support", &rights).await;
    let path = account_page(&account_id(&admin));
    let outranked = "Nothing was done: this would touch somebody who may do more here than you.";
    for act in ["disable", "reset"] {
        let page = support.get(&path).await.expect_status(200);
        let refused = press_act(&support, &page, &path, (act, ""), &[]).await.expect_status(403);
        assert_eq!(notice(&refused, "alert").as_deref(), Some(outranked));
    }
    let page = support.get(&path).await;
    let refused = press_act(&support, &page, &path, ("end", &admin.session_id()), &[]).await.expect_status(403);
    assert_eq!(notice(&refused, "alert").as_deref(), Some(outranked));
    admin.get("/admin/accounts").await.expect_status(200);
}
