//! `/admin/keys`.

use std::time::Duration;

use gatewright_testkit::{TestApp, app::Setup};

use super::{admin, clerk, expect_confirmation, expect_lacking, grow_stale};
use crate::{
    pages::{STALE, form_token, heading, press, send},
    routes::admin::{each, noted},
};

const ROTATE: &str = "/admin/keys/rotate";

#[tokio::test]
async fn keys_are_shown_with_what_they_do_and_until_when() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let known = app.admin().await.get("/admin/v1/keys").await.expect_status(200).json();
    let html = admin.get("/admin/keys").await.expect_status(200).text();
    for kid in each(&known["keys"], "kid") {
        assert_eq!(html.matches(&format!("<code>{kid}</code>")).count(), 1, "{html}");
    }
    assert!(html.contains(">Signs next<") && html.contains(">Signs<"), "{html}");
    let [key] = app.gate.checkpoint_keys()[..] else { panic!("one key of the log") };
    assert!(html.contains(&format!("<code>{key}</code>")), "{html}");
}

#[tokio::test]
async fn keys_are_exchanged_after_a_page_that_says_what_happens() {
    let app = TestApp::start().await;
    let early = admin(&app).await;
    let page = early.get(ROTATE).await.expect_status(200);
    assert_eq!(heading(&page), "Exchange the signing key?");
    // Verifiers have to know the next one first.
    let refused = press(&early, ROTATE, &page, &[]).await.expect_status(409);
    assert!(refused.text().contains("was not published for long enough"), "{}", refused.text());
    assert!(noted(&app.admin().await, "keys_rotated").await.is_empty());
    app.clock.advance(Duration::from_secs(86_400));
    let admin = app.admin_in("cookie").await;
    let page = admin.get(ROTATE).await.expect_status(200);
    let done = press(&admin, ROTATE, &page, &[]).await.expect_status(303);
    assert_eq!(done.header("location"), Some("../../admin/keys?done=rotated"));
    let shown = admin.get("/admin/keys?done=rotated").await.expect_status(200).text();
    assert!(shown.contains("The next key signs now."), "{shown}");
    assert!(shown.contains(">Still accepted<") && shown.contains("Accepted until at least"), "{shown}");
    assert_eq!(noted(&app.admin().await, "keys_rotated").await.len(), 1);
}

#[tokio::test]
async fn a_key_of_the_settings_is_exchanged_there() {
    let forge = crate::security::forge::Forge::new();
    let app = Setup::default().signing_key(&forge.pem).start().await;
    let admin = admin(&app).await;
    let page = admin.get(ROTATE).await.expect_status(200);
    let refused = press(&admin, ROTATE, &page, &[]).await.expect_status(409);
    assert!(refused.text().contains("can be exchanged only there"), "{}", refused.text());
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb6_keys_are_exchanged_by_the_form_of_this_page_and_session_only() {
    let app = TestApp::start().await;
    app.clock.advance(Duration::from_secs(86_400));
    let admin = admin(&app).await;
    let page = admin.get(ROTATE).await.expect_status(200);
    let good = form_token(&page);
    let other = form_token(&admin.get("/admin/activity").await.expect_status(200));
    let second = app.admin_in("cookie").await;
    let theirs = form_token(&second.get(ROTATE).await.expect_status(200));
    for bad in ["", "x", &good[1..], &other, &theirs] {
        let refused = send(&admin, ROTATE, &[("form_token", bad)]).await.expect_status(403);
        assert_eq!(heading(&refused), STALE, "{bad}");
    }
    let foreign = admin.post(ROTATE).raw("application/x-www-form-urlencoded", format!("form_token={good}"));
    foreign.fetch_site(Some("cross-site")).header("origin", "https://evil.test").await.expect_status(403);
    assert!(noted(&app.admin().await, "keys_rotated").await.is_empty());
    for method_changes_nothing in 0..3 {
        admin.get(&format!("{ROTATE}?n={method_changes_nothing}")).await.expect_status(200);
    }
    assert!(noted(&app.admin().await, "keys_rotated").await.is_empty());
}

#[tokio::test]
async fn who_may_only_read_keys_exchanges_none_and_who_proved_himself_long_ago_does_so_first() {
    let app = TestApp::start().await;
    let clerk = clerk(&app, "clerk", &["keys:read"]).await;
    expect_lacking(clerk.get(ROTATE).await, "keys:write");
    let shown = clerk.get("/admin/keys").await.expect_status(200).text();
    assert!(!shown.contains("<form") && !shown.contains("rotate"), "nothing leads to what he may not do: {shown}");
    assert!(admin(&app).await.get("/admin/keys").await.text().contains("rotate"));
    // With a token of the page that he may read: the right is asked for all the same.
    let admin = admin(&app).await;
    let page = admin.get(ROTATE).await.expect_status(200);
    grow_stale(&app);
    expect_confirmation(press(&admin, ROTATE, &page, &[]).await, ROTATE);
}
