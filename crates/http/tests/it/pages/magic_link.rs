//! `/magic-link`.

use gatewright::core::model::MagicLinks;
use gatewright_testkit::app::{Setup, mins};

use super::{DEAD, Scene, done, error_at, has_session, heading, open, press};
use crate::{family::EMAIL, mail::magic_mail};

const PATH: &str = "/magic-link";

#[tokio::test]
async fn the_browser_that_asked_is_signed_in_by_the_button_and_only_by_it() {
    let Scene { app: _app, asker, mail } = Scene::of("magic_link").await;
    let page = open(&asker, &mail).await.expect_status(200);
    assert!(page.text().contains(&format!(">Sign in as {EMAIL}</button>")), "{}", page.text());
    assert!(!has_session(&asker).await);
    let answer = press(&asker, PATH, &page, &[]).await;
    let cookies = answer.set_cookies();
    let session = cookies.iter().find(|line| line.starts_with("__Host-gw_rt_")).expect("a session");
    assert!(session.ends_with("; HttpOnly; Secure; SameSite=Strict"), "{session}");
    let access = cookies.iter().find(|line| line.starts_with("__Host-gw_at_")).expect("as pages sign in");
    assert!(access.ends_with("; HttpOnly; Secure; SameSite=Lax"), "{access}");
    assert_eq!(done(&asker, PATH, answer).await, "You are signed in");
    assert!(has_session(&asker).await);
    let again = press(&asker.copy(), PATH, &page, &[]).await.expect_status(403);
    assert_eq!(heading(&again), super::STALE);
    assert_eq!(heading(&open(&asker, &mail).await.expect_status(400)), DEAD);
}

#[tokio::test]
async fn another_browser_is_signed_in_by_the_link_and_the_code() {
    let Scene { app, asker, mail } = Scene::of("magic_link").await;
    let phone = app.browser();
    let page = open(&phone, &mail).await.expect_status(200);
    assert!(!page.text().contains("name=\"email\""), "the link says whose it is: {}", page.text());
    let wrong = press(&phone, PATH, &page, &[("code", "00000000")]).await.expect_status(400);
    assert!(error_at(&wrong, "code").unwrap().starts_with("This code is not good"));
    let answer = press(&phone, PATH, &wrong, &[("code", &mail.code())]).await;
    assert_eq!(done(&phone, PATH, answer).await, "You are signed in");
    assert!(has_session(&phone).await);
    assert!(!has_session(&asker).await);
}

#[tokio::test]
async fn the_browser_that_asked_is_signed_in_by_the_code_of_a_mail_that_was_read_elsewhere() {
    let Scene { app: _app, asker, mail } = Scene::of("magic_link").await;
    let page = asker.get(PATH).await.expect_status(200);
    let answer = press(&asker, PATH, &page, &[("email", EMAIL), ("code", &mail.code())]).await;
    assert_eq!(done(&asker, PATH, answer).await, "You are signed in");
    assert!(has_session(&asker).await);
}

#[tokio::test]
async fn a_link_that_was_used_before_its_button_was_pressed_is_told_to_be_dead() {
    let Scene { app, asker, mail } = Scene::of("magic_link").await;
    let page = open(&asker, &mail).await;
    let (tab, phone) = (asker.copy(), app.browser());
    let by_code = phone.get(PATH).await;
    press(&phone, PATH, &by_code, &[("email", EMAIL), ("code", &mail.code())]).await.expect_status(303);
    let late = press(&tab, PATH, &page, &[]).await.expect_status(400);
    assert_eq!(heading(&late), DEAD);
    assert!(!has_session(&tab).await);
    // The page that says so takes the code of a newer mail.
    app.clock.advance(mins(2));
    let (_, newer) = magic_mail(&app).await;
    let answer = press(&tab, PATH, &late, &[("email", EMAIL), ("code", &newer.code())]).await;
    assert_eq!(done(&tab, PATH, answer).await, "You are signed in");
}

#[tokio::test]
async fn a_link_that_has_run_out_is_told_to_be_dead() {
    let scene = Scene::of("magic_link").await;
    scene.wait();
    let page = open(&scene.asker, &scene.mail).await.expect_status(400);
    assert_eq!(heading(&page), DEAD);
    assert!(!scene.asker.cookie_names().iter().any(|name| name.contains("gw_mail_")), "and forgotten");
    assert_eq!(scene.path(), PATH);
}

#[tokio::test]
async fn a_link_of_another_kind_is_dead_here() {
    let Scene { app, mail, .. } = Scene::of("reset_password").await;
    let browser = app.browser();
    browser.get(&format!("{PATH}?token={}", mail.token())).await.expect_status(303);
    assert_eq!(heading(&browser.get(PATH).await.expect_status(400)), DEAD);
}

#[tokio::test]
async fn where_signing_in_by_mail_is_off_there_is_no_such_page() {
    let app = Setup::default().policy(|policy| policy.mail.magic_links = MagicLinks::Off).start().await;
    let browser = app.browser();
    for path in [PATH.to_owned(), format!("{PATH}?token=gwm_x"), format!("{PATH}?done=signed-in")] {
        let page = browser.get(&path).await.expect_status(404);
        assert_eq!(heading(&page), "There is no such page");
        assert!(page.set_cookies().is_empty());
    }
    super::send(&browser, PATH, &[]).await.expect_status(404);
}
