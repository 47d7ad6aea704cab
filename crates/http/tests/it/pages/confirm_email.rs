//! `/confirm-email`.

use super::{DEAD, NEW_EMAIL, Scene, done, error_at, heading, open, press};
use crate::{family::EMAIL, mail::opens};

const PATH: &str = "/confirm-email";

#[tokio::test]
async fn the_new_address_is_proved_by_the_button_in_the_browser_that_asked_and_by_its_code_in_any() {
    for by_code in [false, true] {
        let Scene { app, asker, mail } = Scene::of("confirm_email").await;
        let code = mail.code();
        let phone = if by_code { app.browser() } else { asker };
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

#[tokio::test]
async fn in_another_browser_the_link_takes_the_code_as_well() {
    let Scene { app, mail, .. } = Scene::of("confirm_email").await;
    let (phone, code) = (app.browser(), mail.code());
    let page = open(&phone, &mail).await;
    assert!(page.text().contains("type the code of the mail as well"), "{}", page.text());
    let bare = press(&phone, PATH, &page, &[]).await.expect_status(422);
    assert!(error_at(&bare, "code").is_some(), "{}", bare.text());
    assert!(opens(&app, EMAIL, gatewright_testkit::app::PASSWORD).await, "nothing has changed");
    let answer = press(&phone, PATH, &page, &[("code", &code)]).await;
    assert_eq!(done(&phone, PATH, answer).await, "Your account has its new e-mail address");
}
