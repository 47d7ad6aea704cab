//! `POST /auth/magic-link`.

mod redeem;

use gatewright::core::model::MagicLinks;
use gatewright_testkit::{TestApp, app::Setup};
use serde_json::json;

use crate::{
    family::EMAIL,
    mail::{ask, open_house},
    routes::{refuses_foreign_pages, refuses_members, refuses_other_bodies, shown},
};

#[tokio::test]
async fn it_takes_an_address_and_nothing_else() {
    let app = TestApp::start().await;
    let nobody = app.browser();
    let call = || nobody.post("/auth/magic-link");
    refuses_foreign_pages(call).await;
    refuses_other_bodies(call).await;
    let invalid = "validation_failed";
    refuses_members(call, [(json!({}), invalid, "email"), (json!({"email": "no address"}), invalid, "email")]).await;
    let twice = call().cookies("__Host-gw_browser=a; __Host-gw_browser=b").json(json!({"email": EMAIL})).await;
    twice.expect_problem(400, "token_source_conflict");
}

#[tokio::test]
async fn where_nobody_signs_in_by_mail_it_is_not_there() {
    let app = Setup::default().policy(|policy| policy.mail.magic_links = MagicLinks::Off).start().await;
    app.sign_up(EMAIL).await;
    app.letters().await;
    let answer = app.browser().post("/auth/magic-link").json(json!({"email": EMAIL})).await;
    assert!(answer.expect_problem(404, "not_found").set_cookies().is_empty());
    assert!(app.letters().await.is_empty());
}

#[tokio::test]
async fn the_browser_is_marked_and_a_mail_goes_to_who_has_an_account() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    app.letters().await;
    let browser = app.browser();
    let answer = browser.post("/auth/magic-link").json(json!({"email": EMAIL})).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    insta::assert_snapshot!(shown(&answer), @r"
    202 Accepted
    __Host-gw_browser=[mark]; Path=/; Max-Age=86400; HttpOnly; Secure; SameSite=Lax
    ");
    let mail = app.letter("magic_link", EMAIL).await;
    assert!(mail.link().starts_with("https://auth.example.test/magic-link?token=gwm_"), "{}", mail.link());
    let mark = browser.cookie_header();
    ask(&browser, "/auth/magic-link", "nobody@example.test").await;
    assert!(app.letters().await.is_empty());
    assert_eq!(browser.cookie_header(), mark, "a browser keeps its mark, so that its earlier mails stay good");
}

#[tokio::test]
async fn where_it_makes_accounts_a_mail_goes_to_everybody() {
    let app = open_house().await;
    ask(&app.browser(), "/auth/magic-link", "nobody@example.test").await;
    app.letter("magic_link", "nobody@example.test").await;
}
