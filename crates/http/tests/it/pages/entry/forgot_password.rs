//! `/forgot-password`.

use gatewright_testkit::TestApp;

use super::{leads_to, plain, press, settled_text};
use crate::{
    family::EMAIL,
    mail::{NEW_PASSWORD, opens},
    pages::{done, error_at, heading},
};

const PATH: &str = "/forgot-password";

/// docs/attacks.md#who-has-an-account
#[tokio::test]
async fn au4_everybody_is_told_the_same_and_the_code_sets_a_new_password() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    app.letters().await;
    let mut seen = Vec::new();
    for email in ["nobody@example.test", EMAIL] {
        let browser = app.browser();
        let page = browser.get(PATH).await.expect_status(200);
        let answer = press(&browser, PATH, &page, &[("email", email)]).await;
        assert_eq!(leads_to(&answer), "forgot-password?done=mailed");
        let told = browser.get("/forgot-password?done=mailed").await.expect_status(200);
        assert_eq!(heading(&told), "Look at your mail");
        assert!(plain(&told).contains("href=\"reset-password\""), "{}", told.text());
        seen.push((settled_text(&told), browser.cookie_names()));
        if email == EMAIL {
            let mail = app.letter("reset_password", EMAIL).await;
            let page = browser.get("/reset-password").await.expect_status(200);
            assert!(page.text().contains(&format!("value=\"{EMAIL}\"")), "it need not be typed again");
            let fields = [("email", EMAIL), ("code", &mail.code()), ("new_password", NEW_PASSWORD)];
            let answer = press(&browser, "/reset-password", &page, &fields).await;
            assert_eq!(done(&browser, "/reset-password", answer).await, "Your new password is set");
            assert!(opens(&app, EMAIL, NEW_PASSWORD).await);
        }
    }
    assert_eq!(seen[0], seen[1]);
}

#[tokio::test]
async fn what_is_no_address_is_said_at_the_field() {
    let app = TestApp::start().await;
    let browser = app.browser();
    let page = browser.get(PATH).await;
    let answer = press(&browser, PATH, &page, &[("email", "ada")]).await.expect_status(422);
    assert!(error_at(&answer, "email").unwrap().starts_with("Type the whole address"));
    assert!(answer.text().contains("value=\"ada\""));
}
