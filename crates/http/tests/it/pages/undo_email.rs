//! `/undo-email`.

use gatewright_testkit::app::PASSWORD;

use super::{DEAD, NEW_EMAIL, Scene, done, error_at, heading, open, press};
use crate::{family::EMAIL, mail::opens};

const PATH: &str = "/undo-email";

#[tokio::test]
async fn a_change_of_address_is_taken_back_by_its_code_with_the_link_or_with_the_address() {
    for by_code in [false, true] {
        let Scene { app, asker, mail } = Scene::of("email_changed").await;
        let (phone, code) = (app.browser(), mail.code());
        let (page, fields) = match by_code {
            false => (open(&phone, &mail).await, vec![("code", code.as_str())]),
            true => (phone.get(PATH).await, vec![("email", EMAIL), ("code", code.as_str())]),
        };
        assert_eq!(heading(&page), "Take the change of address back");
        for consequence in ["has this address again", "All devices are signed out", "the password is forgotten"] {
            assert!(page.text().contains(consequence), "{consequence}: {}", page.text());
        }
        let bare = press(&phone, PATH, &page, &fields[..fields.len() - 1]).await;
        assert!(error_at(&bare.expect_status(422), "code").is_some(), "a program that presses the button");
        asker.get("/auth/me").await.expect_status(200);
        let answer = press(&phone, PATH, &page, &fields).await;
        assert_eq!(done(&phone, PATH, answer).await, "Your account has its old e-mail address again");
        asker.get("/auth/me").await.expect_problem(401, "access_token_invalid");
        assert!(!opens(&app, NEW_EMAIL, PASSWORD).await && !opens(&app, EMAIL, PASSWORD).await);
        // The mail that the page speaks of.
        app.letter("reset_password", EMAIL).await;
        assert_eq!(heading(&open(&phone, &mail).await.expect_status(400)), DEAD);
    }
}
