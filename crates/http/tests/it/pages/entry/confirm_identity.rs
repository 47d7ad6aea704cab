//! `/confirm-identity`.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins},
};

use super::{leads_to, press, sessions, sign_in, who};
use crate::{
    family::EMAIL,
    pages::{STALE, error_at, heading},
};

const PATH: &str = "/confirm-identity?next=/account/security";

#[tokio::test]
async fn the_password_proves_it_and_a_new_session_takes_the_place_of_the_old_one() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let ada = app.browser();
    sign_in(&ada, EMAIL).await.expect_status(303);
    let (before, thief) = (sessions(&ada), ada.copy());
    app.clock.advance(mins(6));
    let page = ada.get(PATH).await.expect_status(200);
    assert!(page.text().contains(EMAIL), "whose password it is");
    let wrong = press(&ada, PATH, &page, &[("password", "not the right sentence")]).await.expect_status(401);
    assert!(error_at(&wrong, "password").is_some());
    let empty = press(&ada, PATH, &page, &[("password", "")]).await.expect_status(422);
    assert_eq!(error_at(&empty, "password").as_deref(), Some("Type the password."));
    let answer = press(&ada, PATH, &wrong, &[("password", PASSWORD)]).await;
    assert_eq!(leads_to(&answer), "/account/security");
    assert_eq!(sessions(&ada).len(), 1);
    assert_ne!(sessions(&ada), before);
    assert_eq!(who(&ada).await.as_deref(), Some(EMAIL));
    assert_eq!(who(&thief).await, None, "the old session is over");
    // What was shown in the old session is nothing in the new one.
    assert_eq!(heading(&press(&ada, PATH, &page, &[("password", PASSWORD)]).await.expect_status(403)), STALE);
}

/// Then the refresh cookie stands alone, and looks like that of a script.
#[tokio::test]
async fn the_cookies_of_the_old_session_go_although_its_access_cookie_is_over() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let ada = app.browser();
    sign_in(&ada, EMAIL).await.expect_status(303);
    let page = ada.get(PATH).await.expect_status(200);
    app.clock.advance(mins(11));
    assert!(!ada.cookie_header().unwrap().contains("gw_at_"), "the access cookie is over");
    press(&ada, PATH, &page, &[("password", PASSWORD)]).await.expect_status(303);
    assert_eq!(sessions(&ada).len(), 1, "{:?}", ada.cookie_names());
    let access = ada.cookie_names().iter().filter(|name| name.starts_with("__Host-gw_at_")).count();
    assert_eq!(access, 1, "{:?}", ada.cookie_names());
    assert_eq!(who(&ada).await.as_deref(), Some(EMAIL));
}

#[tokio::test]
async fn who_has_no_password_at_hand_proves_it_by_mail() {
    let app = TestApp::start().await;
    app.sign_up_in("body", EMAIL).await;
    let ada = app.browser();
    sign_in(&ada, EMAIL).await.expect_status(303);
    app.clock.advance(mins(6));
    app.letters().await;
    let page = ada.get(PATH).await.expect_status(200);
    let fields = [("way", "mail")];
    assert_eq!(leads_to(&press(&ada, PATH, &page, &fields).await), "magic-link?next=/account/security");
    let mail = app.letter("magic_link", EMAIL).await;
    let page = ada.get("/magic-link?next=/account/security").await.expect_status(200);
    let fields = [("email", EMAIL), ("code", &mail.code())];
    assert_eq!(leads_to(&press(&ada, "/magic-link", &page, &fields).await), "/account/security");
    assert_eq!(sessions(&ada).len(), 1, "the older session of the account went");
    assert!(!ada.cookie_names().contains(&"__Host-gw_asked".to_owned()), "the address was asked for once");
    assert_eq!(who(&ada).await.as_deref(), Some(EMAIL));
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first() {
    let app = TestApp::start().await;
    let to = leads_to(&app.browser().get(PATH).await);
    assert_eq!(to, "login?next=/confirm-identity%3Fnext%3D/account/security");
}
