//! `/admin/deliveries`.

use gatewright_testkit::{
    TestApp,
    app::{Receiver, Reply},
};
use serde_json::{Value, json};

use super::{STALE, done, led, read, source, wrong};
use crate::{
    pages::{
        admin::{admin, clerk, expect_confirmation, expect_lacking, grow_stale, press_act},
        form_token, heading, send,
    },
    rules::{EMAIL, deliver, webhook},
};

const PATH: &str = "/admin/deliveries";

/// A rule that was told of one sign-up, which its server did not take, and the delivery.
async fn told(app: &TestApp, receiver: &Receiver) -> (Value, String) {
    receiver.reply(Reply::Json(503, json!({})));
    let rule = webhook(app, receiver, &["after"], &json!({"acts": ["signed_up"]})).await;
    app.sign_up_in("body", EMAIL).await;
    deliver(app).await;
    let program = app.program(&["deliveries:read"]).await;
    let page = program.get("/admin/v1/deliveries").await.expect_status(200).json();
    (rule, page["deliveries"][0]["id"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn deliveries_are_shown_with_what_became_of_them_and_sent_again() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    let (rule, id) = told(&app, &receiver).await;
    let page = read(&admin, PATH).await;
    let rule_id = rule["id"].as_str().unwrap();
    for shown in [
        "<code>signed_up</code>",
        "<span class=\"badge quiet\">Waiting</span>",
        "<code>503</code>",
        &format!("<a href=\"../admin/rules/{rule_id}\"><bdi>the shop</bdi></a>"),
    ] {
        assert!(source(&page).contains(shown), "{shown}: {}", source(&page));
    }
    let before = receiver.calls().len();
    receiver.reply(Reply::Json(200, json!({})));
    let answer = press_act(&admin, &page, PATH, ("replay", &id), &[]).await;
    let page = led(&admin, PATH, answer).await;
    assert_eq!(done(&page), "It is sent again, under the same number.");
    deliver(&app).await;
    assert_eq!(receiver.calls().len(), before + 1);
    let page = read(&admin, &format!("{PATH}?rule_id={rule_id}&state=delivered")).await;
    assert!(source(&page).contains("<span class=\"badge good\">Delivered</span>"), "{}", source(&page));
    assert!(source(&page).contains(&format!("<option value=\"{rule_id}\" selected>")), "{}", source(&page));
    let page = read(&admin, &format!("{PATH}?rule_id=embedded:crm&state=given_up")).await;
    assert!(source(&page).contains("There is nothing of the kind.") && source(&page).contains("embedded:crm"));
}

#[tokio::test]
async fn what_a_rule_that_is_gone_was_told_is_seen_and_not_sent_again() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    let (rule, id) = told(&app, &receiver).await;
    let path = format!("/admin/v1/rules/{}", rule["id"].as_str().unwrap());
    admin.delete(&path).await.expect_status(204);
    let page = read(&admin, PATH).await;
    let answer = press_act(&admin, &page, PATH, ("replay", &id), &[]).await.expect_status(404);
    assert_eq!(wrong(&answer), "Nothing was done: it is not there any more.");
}

#[tokio::test]
async fn az1_deliveries_are_for_who_may_see_them_and_sent_again_by_who_may_do_that() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    let (_, id) = told(&app, &receiver).await;
    expect_lacking(clerk(&app, "other", &["rules:read", "rules:write"]).await.get(PATH).await, "deliveries:read");
    let reader = clerk(&app, "reader", &["deliveries:read"]).await;
    let page = source(&read(&reader, PATH).await);
    assert!(
        !page.contains("Send again") && page.contains("<code>signed_up</code>") && !page.contains("the shop"),
        "{page}"
    );
    let token = form_token(&read(&admin, "/admin/service-keys/add").await);
    let fields = [("form_token", token.as_str()), ("act", "replay"), ("of", &id)];
    expect_lacking(send(&reader, PATH, &fields).await, "deliveries:write");
    // With a form of another page.
    assert_eq!(heading(&send(&admin, PATH, &fields).await.expect_status(403)), STALE);
    for bad in ["state=lost", "rule_id=x", "cursor=x"] {
        admin.get(&format!("{PATH}?{bad}")).await.expect_status(422);
    }
    grow_stale(&app);
    expect_confirmation(admin.get(PATH).await, PATH);
}
