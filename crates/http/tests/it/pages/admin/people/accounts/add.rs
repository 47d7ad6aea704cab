//! `/admin/accounts/add`.

use gatewright_testkit::TestApp;

use super::super::{admin, done, error_at, follow, heading, notice, press, somebody};
use crate::routes::admin::noted;

const PATH: &str = "/admin/accounts/add";

/// docs/attacks.md#passwords-that-admins-know
#[tokio::test]
async fn pw17_an_account_is_made_for_somebody_who_chooses_the_password_by_mail() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let page = admin.get(PATH).await.expect_status(200);
    assert!(!page.text().contains("type=\"password\""), "nobody chooses a password for others");
    let fields = [("email", " new@example.test "), ("username", "newcomer"), ("name", "Somebody New")];
    let answer = press(&admin, PATH, &page, &fields).await.expect_status(303);
    let made = follow(&admin, PATH, &answer).await.expect_status(200);
    let says = "The account is made, and a mail is on its way to its owner.";
    assert_eq!(notice(&made, "status").as_deref(), Some(says));
    let text = made.text();
    for expected in ["new@example.test", "<bdi>newcomer</bdi>", "Somebody New", "Owner"] {
        assert!(text.contains(expected), "no {expected}: {text}");
    }
    let mail = app.letter("reset_password", "new@example.test").await;
    assert!(!text.contains(&mail.token()), "nobody but its reader sees what it carries");
    assert_eq!(noted(&admin, "signed_up").await[0]["actor"]["kind"], "admin");
    // With nothing but an address.
    let page = admin.get(PATH).await;
    let fields = [("email", "plain@example.test"), ("username", ""), ("name", " ")];
    assert_eq!(done(&admin, PATH, press(&admin, PATH, &page, &fields).await).await, says);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_account_is_said_at_its_field() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    somebody(&app, "ada").await;
    let page = admin.get(PATH).await;
    let long = "n".repeat(300);
    for (email, username, name, status, field, says) in [
        ("", "", "", 422, "email", "Type the whole address, such as ada@example.com."),
        ("ada", "grace", "Grace", 422, "email", "Type the whole address, such as ada@example.com."),
        ("ADA@example.test", "grace", "", 409, "email", "Another account has this address."),
        ("grace@example.test", "ada", "", 409, "username", "This username is taken. Choose another."),
        ("grace@example.test", "a b", "", 422, "username", "This cannot be a username."),
        ("grace@example.test", "grace", &long, 422, "name", "This cannot be a name."),
    ] {
        let fields = [("email", email), ("username", username), ("name", name)];
        let refused = press(&admin, PATH, &page, &fields).await.expect_status(status);
        assert_eq!(heading(&refused), "Make an account");
        let said = error_at(&refused, field).unwrap_or_else(|| panic!("nothing at {field}: {}", refused.text()));
        assert!(said.starts_with(says), "{said}");
        assert_eq!(notice(&refused, "alert").as_deref(), Some("Nothing was done yet. Please look at what is marked."));
        for typed in [email, username, name].into_iter().filter(|typed| !typed.is_empty()) {
            assert!(refused.text().contains(&format!("value=\"{typed}\"")), "{typed} is kept");
        }
    }
    assert_eq!(admin.get("/admin/v1/accounts").await.json()["accounts"].as_array().unwrap().len(), 2);
}
