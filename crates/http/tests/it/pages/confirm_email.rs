//! `/confirm-email`.

use super::{DEAD, NEW_EMAIL, Scene, done, error_at, heading, open, press};
use crate::{family::EMAIL, mail::opens};

const PATH: &str = "/confirm-email";

#[tokio::test]
async fn the_new_address_is_proved_by_the_button_or_by_its_code_in_any_browser() {
    for by_code in [false, true] {
        let Scene { app, mail, .. } = Scene::of("confirm_email").await;
        let (phone, code) = (app.browser(), mail.code());
        let (page, fields) = match by_code {
            false => (open(&phone, &mail).await, vec![]),
            true => (phone.get(PATH).await, vec![("email", NEW_EMAIL), ("code", code.as_str())]),
        };
        assert_eq!(heading(&page), "Confirm your new e-mail address");
        assert!(page.text().contains("you sign in with it"), "{}", page.text());
        assert!(by_code || page.text().contains(&format!("<bdi>{NEW_EMAIL}</bdi>")), "{}", page.text());
        let other_tab = phone.copy();
        let answer = press(&phone, PATH, &page, &fields).await;
        assert_eq!(done(&phone, PATH, answer).await, "Your account has its new e-mail address");
        assert!(opens(&app, NEW_EMAIL, gatewright_testkit::app::PASSWORD).await);
        assert!(!opens(&app, EMAIL, gatewright_testkit::app::PASSWORD).await);
        let again = press(&other_tab, PATH, &page, &fields).await.expect_status(400);
        match by_code {
            false => assert_eq!(heading(&again), DEAD),
            true => assert!(error_at(&again, "code").is_some(), "{}", again.text()),
        }
    }
}
