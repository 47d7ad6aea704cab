//! `/admin/rules`. The webhooks are real servers on the loopback interface.

mod add;
mod one;
mod remove;

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Receiver},
};
use serde_json::json;

use super::{read, source};
use crate::{
    pages::{
        admin::{admin, clerk, expect_confirmation, expect_lacking, grow_stale},
        heading, press,
    },
    rules::webhook,
};

const PATH: &str = "/admin/rules";
const ADD: &str = "/admin/rules/add";

/// Fills the form of a rule in that is told of everything.
async fn added(admin: &Browser, url: &str, more: &[(&str, &str)]) -> Answer {
    let page = read(admin, ADD).await;
    let mut fields = vec![
        ("name", "the shop"),
        ("url", url),
        ("moments.after", "after"),
        ("timeout", "1000"),
        ("on_failure", "closed"),
    ];
    for (name, value) in more {
        fields.retain(|(other, _)| other != name);
        fields.push((name, value));
    }
    press(admin, ADD, &page, &fields).await
}

/// The page of the only rule.
async fn path_of_rule(app: &TestApp) -> String {
    let program = app.program(&["rules:read"]).await;
    let rules = program.get("/admin/v1/rules").await.expect_status(200).json();
    format!("{PATH}/{}", rules["rules"][0]["id"].as_str().unwrap())
}

#[tokio::test]
async fn rules_are_listed_with_when_they_are_called_and_how_they_are() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    let page = read(&admin, PATH).await;
    assert_eq!(heading(&page), "Rules");
    assert!(page.text().contains("There are no rules."));
    let made = webhook(&app, &receiver, &["before_token", "after"], &json!({"name": "<the shop>"})).await;
    let page = source(&read(&admin, PATH).await);
    let id = made["id"].as_str().unwrap();
    for shown in [
        format!("<a href=\"../admin/rules/{id}\"><bdi>&lt;the shop&gt;</bdi></a>"),
        format!("<code>{}</code>", receiver.url()),
        "<span class=\"badge good\">On</span>".to_owned(),
        "Asked before somebody gets a token".to_owned(),
        "Told of what happened".to_owned(),
    ] {
        assert!(page.contains(&shown), "{shown}: {page}");
    }
    assert!(!page.contains("whsec_") && !page.contains("Asked before somebody signs up"));
}

#[tokio::test]
async fn az1_rules_are_for_who_may_see_them_and_changed_by_who_may_do_that() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    webhook(&app, &receiver, &["after"], &json!({})).await;
    let one = path_of_rule(&app).await;
    let remove = format!("{one}/remove");
    let other = clerk(&app, "other", &["mails:read"]).await;
    for path in [PATH, &one] {
        expect_lacking(other.get(path).await, "rules:read");
    }
    let reader = clerk(&app, "reader", &["rules:read"]).await;
    let list = read(&reader, PATH).await.text();
    assert!(
        !list.contains("Add a rule") && !list.contains("deliveries"),
        "nothing leads to what he may not do: {list}"
    );
    assert!(read(&admin, PATH).await.text().contains("deliveries"));
    let page = read(&reader, &one).await.text();
    assert!(!page.contains("<form ") && page.contains("You would see here what it was told"), "{page}");
    for path in [ADD, &remove] {
        expect_lacking(reader.get(path).await, "rules:write");
    }
    for path in [ADD, &one, &remove] {
        expect_lacking(reader.post(path).raw("application/x-www-form-urlencoded", "act=test").await, "rules:write");
    }
    assert!(receiver.calls_of("test").is_empty());
    grow_stale(&app);
    for path in [PATH, ADD, &one, &remove] {
        expect_confirmation(admin.get(path).await, path);
    }
}
