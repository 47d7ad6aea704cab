//! Those who follow links before people do: nothing is used up, nobody is signed in, and the secret is nowhere to be seen.

use std::path::Path;

use axum::http::Method;
use gatewright_testkit::app::{Answer, Browser, Mail, PASSWORD, secs};

use super::{KINDS, Scene, follow, heading, open, path_of, press, verified_first};
use crate::{family::EMAIL, mail::NEW_PASSWORD};

/// What has to be typed beside the button, in the browser that asked.
fn typed(kind: &str, mail: &Mail) -> Vec<(&'static str, String)> {
    match kind {
        "reset_password" => vec![("new_password", NEW_PASSWORD.to_owned())],
        "invitation" => vec![("username", "bob".to_owned())],
        "email_changed" => vec![("code", mail.code())],
        _ => vec![],
    }
}

/// Presses the button of the page of such a mail, in the browser that asked.
async fn press_as_asked(browser: &Browser, path: &str, page: &Answer, (kind, mail): (&str, &Mail)) -> Answer {
    let typed = typed(kind, mail);
    let fields: Vec<_> = typed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    press(browser, path, page, &fields).await
}

/// Everything that was ever written, out of the file of a system that was stopped: all its pages but the first, which holds
/// the schema and counts how often the file was opened.
fn rows(file: &Path) -> Vec<u8> {
    std::fs::read(file).unwrap().split_off(4096)
}

/// docs/attacks.md#links-that-programs-follow
#[tokio::test]
async fn em3_whoever_reads_a_page_however_often_changes_nothing_and_its_button_works_afterwards() {
    for (kind, path) in KINDS {
        let Scene { mut app, asker, mail } = Scene::of(kind).await;
        let mut before = Vec::new();
        app = app.restart(|file| before = rows(file)).await;
        for _ in 0..5 {
            for method in [Method::HEAD, Method::GET] {
                // A program without cookies, one that keeps them, and the browser itself.
                for reader in [app.browser(), app.browser(), asker.copy()] {
                    let link = path_of(&mail);
                    let first = reader.request(method.clone(), &link).fetch_site(Some("cross-site")).await;
                    let first = first.expect_status(303);
                    assert!(first.body.is_empty(), "{kind}");
                    let page = reader.request(method.clone(), path).await.expect_status(200);
                    assert_eq!(page.body.is_empty(), method == Method::HEAD, "{kind}");
                    reader.request(method.clone(), path).without_cookies().await.expect_status(200);
                }
            }
        }
        let mut after = Vec::new();
        app = app.restart(|file| after = rows(file)).await;
        assert!(before == after, "{kind}: reading wrote something");
        let page = open(&asker, &mail).await.expect_status(200);
        press_as_asked(&asker, path, &page, (kind, &mail)).await.expect_status(303);
        app.restart(|file| after = rows(file)).await;
        assert!(before != after, "{kind}: and this is how writing shows");
    }
}

/// docs/attacks.md#signed-in-by-a-link
#[tokio::test]
async fn em4_another_browser_that_opens_a_link_gets_no_session_without_the_code() {
    let Scene { app, asker, mail } = Scene::of("magic_link").await;
    let other = app.browser();
    let page = open(&other, &mail).await.expect_status(200);
    assert!(page.text().contains("asked for in another browser"), "{}", page.text());
    assert!(!page.text().contains("Sign in as"), "{}", page.text());
    // As a program that presses buttons would, and somebody who types something.
    for code in ["", "00000000", "nonsense"] {
        let refused = press(&other, "/magic-link", &page, &[("code", code)]).await;
        assert!([400, 403, 422].contains(&refused.status.as_u16()), "{code}: {}", refused.text());
        assert!(super::error_at(&refused, "code").is_some(), "{code}: {}", refused.text());
        assert!(!super::has_session(&other).await, "{code}");
    }
    // The human still succeeds where it was asked for.
    let page = open(&asker, &mail).await;
    assert!(page.text().contains(&format!("Sign in as {EMAIL}")), "{}", page.text());
    press(&asker, "/magic-link", &page, &[]).await.expect_status(303);
    assert!(super::has_session(&asker).await);
}

/// docs/attacks.md#signed-in-by-a-link
#[tokio::test]
async fn em4_a_link_that_was_sent_on_signs_nobody_in_to_the_account_of_the_sender() {
    let Scene { app, mail, .. } = Scene::of("magic_link").await;
    // Somebody else, who has a session of his own and asked for a mail of his own.
    let victim = app.sign_up("victim@example.test").await;
    crate::mail::ask(&victim, "/auth/magic-link", "victim@example.test").await;
    let page = open(&victim, &mail).await;
    let answer = press(&victim, "/magic-link", &page, &[("code", "")]).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
    assert_eq!(victim.cookie_names().iter().filter(|name| name.contains("gw_rt_")).count(), 1, "his own");
}

/// No byte of what the mail carries.
#[track_caller]
fn holds_nothing_of(answer: &Answer, token: &str, name: &str) {
    let secret = &token[4..56];
    assert!(!answer.text().to_lowercase().contains(secret), "{name}: {}", answer.text());
    for (header, value) in &answer.headers {
        let is_own_cookie = header == "set-cookie" && value.to_str().unwrap().starts_with("__Host-gw_mail_");
        assert!(is_own_cookie || !value.to_str().unwrap().to_lowercase().contains(secret), "{name}: {header}");
    }
}

/// docs/attacks.md#links-that-leak
#[tokio::test]
async fn em6_what_a_link_carries_stands_in_no_address_and_in_no_byte_of_a_page() {
    for (kind, path) in KINDS {
        let Scene { app: _app, asker, mail } = Scene::of(kind).await;
        let (link, token) = (path_of(&mail), mail.token());
        assert!(link.starts_with(&format!("{path}?token=gwm_")), "{link}");
        let first = asker.get(&link).await.expect_status(303);
        holds_nothing_of(&first, &token, kind);
        assert_eq!(first.header("location"), Some(&path[1..]), "{kind}");
        assert_eq!(first.header("referrer-policy"), Some("no-referrer"), "{kind}");
        let cookies = first.set_cookies();
        let name = path[1..].replace('-', "_");
        let expected = format!("__Host-gw_mail_{name}={token}; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax");
        assert_eq!(cookies, [expected], "{kind}: no script reads it, and it is gone soon");
        let page = follow(&asker, &link, &first).await.expect_status(200);
        holds_nothing_of(&page, &token, kind);
        let wrong = super::send(&asker, path, &[("form_token", "x")]).await.expect_status(403);
        holds_nothing_of(&wrong, &token, kind);
        let acted = press_as_asked(&asker, path, &page, (kind, &mail)).await.expect_status(303);
        holds_nothing_of(&acted, &token, kind);
        let gone = format!("__Host-gw_mail_{name}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
        assert!(acted.set_cookies().contains(&gone), "{kind}: {:?}", acted.set_cookies());
        holds_nothing_of(&follow(&asker, path, &acted).await, &token, kind);
        assert!(!asker.cookie_names().iter().any(|name| name.contains("gw_mail_")), "{kind}");
    }
}

/// docs/attacks.md#links-that-leak
#[tokio::test]
async fn em6_whatever_a_program_has_made_of_a_link_is_taken_out_of_the_address() {
    let Scene { app, mail, .. } = Scene::of("reset_password").await;
    let token = mail.token();
    // Shouted, quoted, or with something added by whoever rewrote it.
    let (body, crc) = token.rsplit_once('_').unwrap();
    let encoded: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for good in [
        format!("?token={token}&utm_source=mail"),
        format!("?utm_source=mail&token={token}"),
        format!("?token={}_{crc}", body.to_uppercase()),
        format!("?token={encoded}"),
        format!("?%74oken={token}"),
    ] {
        let browser = app.browser();
        let first = browser.get(&format!("/reset-password{good}")).await.expect_status(303);
        let page = follow(&browser, "/reset-password", &first).await.expect_status(200);
        assert_eq!(heading(&page), "Choose a new password", "{good}");
    }
    for bad in
        ["?token=", "?token", "?token=gwm_x", "?token=%ff", "?token=%0d%0aSet-Cookie:%20x=y", "?token=a;b", "?token=é"]
    {
        let browser = app.browser();
        let path = format!("/reset-password{}", bad.replace('é', "%c3%a9"));
        let first = browser.get(&path).await.expect_status(303);
        assert!(first.set_cookies()[0].starts_with("__Host-gw_mail_reset_password=damaged; "), "{bad}");
        assert_eq!(first.set_cookies().len(), 1);
        let page = follow(&browser, "/reset-password", &first).await.expect_status(400);
        assert_eq!(heading(&page), super::DEAD, "{bad}");
    }
}

/// docs/attacks.md#links-that-leak
#[tokio::test]
async fn em6_nothing_that_is_logged_holds_what_a_link_carries() {
    for (kind, path) in KINDS {
        let Scene { app: _app, asker, mail } = Scene::of(kind).await;
        let log = crate::security::logging::Log::keep();
        let page = open(&asker, &mail).await;
        asker.get(&format!("/nowhere?token={}", mail.token())).await.expect_status(404);
        press_as_asked(&asker, path, &page, (kind, &mail)).await.expect_status(303);
        let (lines, secret) = (log.lines(), mail.token()[4..56].to_owned());
        assert!(lines.iter().any(|line| line.contains(path)), "{kind}: {lines:?}");
        assert!(!lines.iter().any(|line| line.to_lowercase().contains(&secret)), "{kind}: {lines:?}");
        assert!(!lines.iter().any(|line| line.contains(PASSWORD) || line.contains(&mail.code())), "{kind}: {lines:?}");
    }
}

/// docs/attacks.md#links-that-programs-follow
#[tokio::test]
async fn em3_what_is_in_the_cookie_of_a_link_is_soon_forgotten() {
    let Scene { app, asker, mail } = Scene::set(verified_first(Default::default()), "sign_up").await;
    let page = open(&asker, &mail).await;
    app.clock.advance(secs(601));
    assert_eq!(heading(&press(&asker, "/verify-email", &page, &[]).await.expect_status(403)), super::STALE);
    let page = open(&asker, &mail).await;
    press(&asker, "/verify-email", &page, &[]).await.expect_status(303);
}
