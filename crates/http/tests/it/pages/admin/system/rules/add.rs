//! `/admin/rules/add`.

use gatewright_testkit::{TestApp, app::Receiver};
use serde_json::json;

use super::{
    super::{STALE, read, shown_once, source, wrong},
    ADD, added,
};
use crate::{
    pages::{admin::admin, error_at, form_token, heading, press, send},
    rules::{EMAIL, NAMESPACE, deliver},
    security::logging::Log,
};

#[tokio::test]
async fn a_rule_is_added_and_its_secret_is_shown_this_once() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    let url = receiver.url();
    let page = read(&admin, ADD).await;
    let fields = [
        ("name", "the shop"),
        ("url", url.as_str()),
        ("moments.after", "after"),
        ("moments.before_token", "before_token"),
        ("acts", "signed_up\r\nlogged_in"),
        ("namespace", NAMESPACE),
        ("timeout", "3000"),
        ("on_failure", "open"),
    ];
    let log = Log::keep();
    let made = press(&admin, ADD, &page, &fields).await.expect_status(201);
    let secret = shown_once(&made);
    assert!(secret.starts_with("whsec_") && heading(&made) == "The rule is added", "{secret}");
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert!(log.lines().iter().all(|line| !line.contains(&secret[6..])), "SECURITY LG2");
    let rules = admin.get("/admin/v1/rules").await.expect_status(200).json();
    let rule = &rules["rules"][0];
    assert_eq!((&rule["timeout"], &rule["on_failure"]), (&json!(3), &json!("open")));
    assert_eq!(
        (&rule["moments"], &rule["acts"]),
        (&json!(["before_token", "after"]), &json!(["logged_in", "signed_up"]))
    );
    // It is what calls are signed with.
    app.sign_up_in("body", EMAIL).await;
    deliver(&app).await;
    let told = receiver.calls_of("signed_up");
    assert!(told.len() == 1 && told[0].is_signed_with(&secret, app.gate.now()));
    // It is nowhere else, and a reload, which sends the form again, makes no second rule.
    let one = format!("/admin/rules/{}", rule["id"].as_str().unwrap());
    for path in ["/admin/rules", ADD, &one, "/admin/activity"] {
        assert!(!source(&read(&admin, path).await).contains(&secret[6..]), "{path}");
    }
    assert!(!admin.cookie_header().unwrap().contains(&secret));
    assert_eq!(heading(&press(&admin, ADD, &page, &fields).await.expect_status(403)), STALE);
    assert_eq!(admin.get("/admin/v1/rules").await.json()["rules"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_and_what_was_typed_stays() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    let long = format!("https://example.com/{}", "x".repeat(2048));
    for (field, value, says) in [
        ("name", "", "Give it a name"),
        ("name", "two\nlines", "Give it a name"),
        ("url", "", "Type the whole address"),
        ("url", "shop.example.com", "Type the whole address"),
        ("url", "javascript:alert(1)", "Type the whole address"),
        ("url", "https://user:password@example.com/", "Type the whole address"),
        ("url", long.as_str(), "This address is too long: at most 2048 characters"),
        ("url", "http://10.0.0.1/", "This address is not called from here"),
        ("url", "http://169.254.169.254/latest/meta-data", "This address is not called from here"),
        ("acts", "logged_in\nlogged_out\nlunch<b>", "“lunch&lt;b&gt;” is nothing that the activity log knows"),
        ("namespace", "roles", "This has to be an address that ends with"),
        ("timeout", "60000", "Choose one of the times"),
        ("timeout", "soon", "Choose one of the times"),
    ] {
        let refused = added(&admin, &receiver.url(), &[(field, value)]).await.expect_status(422);
        let said = error_at(&refused, field).unwrap_or_else(|| panic!("{field}: {}", refused.text()));
        assert!(said.starts_with(says), "{field}={value}: {said}");
        assert!(refused.text().contains("value=\"the shop\"") || field == "name", "what was typed stays");
        assert_eq!(wrong(&refused), "Nothing was done yet. Please look at what is marked.");
    }
    // A group of boxes or of circles says it under its legend.
    for (field, value, says) in
        [("moments.after", "never", "Choose at least one."), ("on_failure", "maybe", "Choose one.")]
    {
        let refused = added(&admin, &receiver.url(), &[(field, value)]).await.expect_status(422);
        assert!(refused.text().contains(says), "{}", refused.text());
    }
    let asked = [("moments.after", "x"), ("moments.before_token", "before_token")];
    let refused = added(&admin, &receiver.url(), &asked).await.expect_status(422);
    assert!(error_at(&refused, "namespace").unwrap().starts_with("Who is asked before tokens needs one"));
    let asked = [("moments.after", "x"), ("moments.before_sign_up", "before_sign_up"), ("acts", "logged_in")];
    let refused = added(&admin, &receiver.url(), &asked).await.expect_status(422);
    assert!(error_at(&refused, "acts").unwrap().starts_with("It is not told of anything"));
    assert_eq!(admin.get("/admin/v1/rules").await.json(), json!({"rules": []}));
}

#[tokio::test]
async fn there_are_no_more_than_so_many() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    for _ in 0..32 {
        added(&admin, &receiver.url(), &[]).await.expect_status(201);
    }
    let refused = added(&admin, &receiver.url(), &[]).await.expect_status(422);
    let says = "There are 32 rules already. Remove one that nobody needs.";
    assert_eq!(error_at(&refused, "name").as_deref(), Some(says));
}

#[tokio::test]
async fn wb6_no_rule_is_added_by_a_form_of_another_page_or_session() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let (one, other) = (admin(&app).await, admin(&app).await);
    let theirs = form_token(&read(&other, ADD).await);
    let elsewhere = form_token(&read(&one, "/admin/service-keys/add").await);
    let url = receiver.url();
    for token in ["", "x", &theirs, &elsewhere] {
        let fields = [("form_token", token), ("name", "x"), ("url", &url), ("moments.after", "after")];
        assert_eq!(heading(&send(&one, ADD, &fields).await.expect_status(403)), STALE);
    }
    assert_eq!(one.get("/admin/v1/rules").await.json(), json!({"rules": []}));
}
