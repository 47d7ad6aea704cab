//! `/admin/service-keys/add`.

use gatewright_testkit::{TestApp, app::Browser};

use super::{
    super::{STALE, read, shown_once},
    PATH,
};
use crate::{
    pages::{
        admin::{admin, clerk},
        error_at, form_token, heading, press, send,
    },
    security::logging::Log,
};

const ADD: &str = "/admin/service-keys/add";

async fn count(admin: &Browser) -> usize {
    let keys = admin.get("/admin/v1/service-keys").await.expect_status(200).json();
    keys["service_keys"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_key_is_made_and_shown_this_once() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let page = read(&admin, ADD).await;
    assert_eq!(heading(&page), "Make a service key");
    let fields = [
        ("name", "the shop"),
        ("rights.stats:read", "stats:read"),
        ("more", "orders:read\r\n\r\norders:write"),
        ("life", "year"),
    ];
    let log = Log::keep();
    let made = press(&admin, ADD, &page, &fields).await.expect_status(201);
    let key = shown_once(&made);
    assert!(key.starts_with("gwk_"), "{key}");
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert!(log.lines().iter().all(|line| !line.contains(&key[4..])), "SECURITY LG2");
    let listed = admin.get("/admin/v1/service-keys").await.json()["service_keys"][0].clone();
    assert_eq!(listed["permissions"], serde_json::json!(["orders:read", "orders:write", "stats:read"]));
    let (from, until) = (listed["created_at"].as_str().unwrap(), listed["expires_at"].as_str().unwrap());
    assert_eq!(from[..4].parse::<u32>().unwrap() + 1, until[..4].parse::<u32>().unwrap(), "{from} {until}");
    app.program_with(key.as_str()).get("/admin/v1/stats").await.expect_status(200);
    app.program_with(key.as_str()).get("/admin/v1/users").await.expect_problem(403, "permission_denied");
    // It is nowhere else: in no address, in no cookie, on no other page; and a reload, which sends the form again, makes no second.
    assert!(!admin.cookie_header().unwrap().contains(&key));
    for path in [PATH, ADD, "/admin/activity"] {
        assert!(!admin.get(path).await.text().contains(&key[4..]), "{path}");
    }
    let again = press(&admin, ADD, &page, &fields).await.expect_status(403);
    assert_eq!(heading(&again), STALE);
    assert_eq!(count(&admin).await, 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_what_was_typed_stays() {
    let app = TestApp::start().await;
    let admin = admin(&app).await;
    let long = "n".repeat(101);
    let many = (0..101).map(|number| format!("orders:v{number}")).collect::<Vec<_>>().join("\n");
    for (name, more, life, field, says) in [
        ("", "a:b", "day", "name", "Give it a name"),
        (long.as_str(), "a:b", "day", "name", "Give it a name"),
        ("two\u{2028}lines", "a:b", "day", "name", "Give it a name"),
        ("the shop", "", "day", "rights", "Choose at least one"),
        ("the shop", "orders", "day", "more", "“orders” is no permission"),
        ("the shop", "a:<script>", "day", "more", "“a:&lt;script&gt;” is no permission"),
        ("the shop", many.as_str(), "day", "more", "A key has at most 100 permissions"),
        ("the shop", "a:b", "ever", "life", "Choose how long"),
        ("the shop", "a:b", "", "life", "Choose how long"),
    ] {
        let page = read(&admin, ADD).await;
        let refused = press(&admin, ADD, &page, &[("name", name), ("more", more), ("life", life)]).await;
        let refused = refused.expect_status(422);
        let text = refused.text();
        let (_, error) =
            text.split_once(&format!("id=\"{field}-error\">")).unwrap_or_else(|| said_in_group(&text, says));
        assert!(error.trim_start().starts_with(says), "{field}: {text}");
        assert!(name.is_empty() || text.contains(name), "{text}");
        assert!(!text.contains("<script>"));
    }
    assert_eq!(count(&admin).await, 0);
}

/// A group of boxes says it under its legend.
fn said_in_group<'t>(text: &'t str, says: &str) -> (&'t str, &'t str) {
    let at = text.find(says).unwrap_or_else(|| panic!("{says} is not said: {text}"));
    text.split_at(at)
}

/// SECURITY AZ6: what one does not have, one does not give.
#[tokio::test]
async fn az6_nobody_makes_a_key_that_may_more_than_he() {
    let app = TestApp::start().await;
    let clerk = clerk(&app, "clerk", &["service-keys:read", "service-keys:write", "stats:read", "orders:read"]).await;
    let page = read(&clerk, ADD).await;
    assert!(page.text().contains("value=\"stats:read\"") && !page.text().contains("value=\"users:write\""));
    for more in ["orders:write", "orders:read\nusers:write"] {
        let refused = press(&clerk, ADD, &page, &[("name", "mine"), ("more", more), ("life", "day")]).await;
        let lacking = more.rsplit('\n').next().unwrap();
        let says = format!("You cannot give: {lacking}. You may not do that yourself.");
        assert_eq!(error_at(&refused.expect_status(403), "more"), Some(says));
    }
    let token = form_token(&page);
    let fields =
        [("form_token", token.as_str()), ("name", "mine"), ("rights.users:write", "users:write"), ("life", "day")];
    send(&clerk, ADD, &fields).await.expect_status(403);
    assert_eq!(count(&clerk).await, 0);
    let fields = [("name", "mine"), ("rights.stats:read", "stats:read"), ("more", "orders:read"), ("life", "revoked")];
    press(&clerk, ADD, &page, &fields).await.expect_status(201);
}

#[tokio::test]
async fn wb6_no_key_is_made_by_a_form_of_another_page_or_session() {
    let app = TestApp::start().await;
    let (one, other) = (admin(&app).await, admin(&app).await);
    let theirs = form_token(&read(&other, ADD).await);
    let elsewhere = form_token(&read(&one, "/admin/rules/add").await);
    for token in ["", "x", &theirs, &elsewhere] {
        let fields = [("form_token", token), ("name", "x"), ("more", "a:b"), ("life", "day")];
        assert_eq!(heading(&send(&one, ADD, &fields).await.expect_status(403)), STALE);
    }
    assert_eq!(count(&one).await, 0);
}
