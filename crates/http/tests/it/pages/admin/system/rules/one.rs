//! `/admin/rules/{id}`.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Receiver, Reply},
};
use serde_json::{Value, json};

use super::{
    super::{STALE, done, led, read, shown_once, source, wrong},
    ADD, PATH, added, path_of_rule,
};
use crate::{
    pages::{
        admin::{admin, form_of, press_act},
        form_token, heading, send,
    },
    rules::{EMAIL, deliver},
    security::logging::Log,
};

/// An admin, and the page of a rule that is told of everything.
async fn scene(app: &TestApp, receiver: &Receiver) -> (Browser, String) {
    let admin = admin(app).await;
    added(&admin, &receiver.url(), &[]).await.expect_status(201);
    (admin, path_of_rule(app).await)
}

async fn press_only(admin: &Browser, path: &str, act: &str) -> Answer {
    let page = read(admin, path).await;
    press_act(admin, &page, path, (act, ""), &[]).await
}

async fn stored(admin: &Browser, path: &str) -> Value {
    admin.get(&path.replace("/admin/", "/admin/v1/")).await.expect_status(200).json()
}

#[tokio::test]
async fn a_rule_is_changed_and_what_is_wrong_is_said_at_its_field() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let (admin, path) = scene(&app, &receiver).await;
    let page = read(&admin, &path).await;
    assert_eq!(heading(&page), "Rule: the shop");
    let form = form_of(&page, "change", "");
    for shown in ["value=\"the shop\"", "name=\"moments.after\" value=\"after\" checked", "value=\"1000\" selected"] {
        assert!(form.contains(shown), "{shown}: {form}");
    }
    let url = receiver.url();
    let all = |name: &'static str| {
        [
            ("name", name),
            ("url", url.as_str()),
            ("moments.after", "after"),
            ("acts", "logged_in"),
            ("timeout", "5000"),
            ("on_failure", "open"),
        ]
    };
    let refused = press_act(&admin, &page, &path, ("change", ""), &all("")).await.expect_status(422);
    assert!(refused.text().contains("Give it a name of 1 to 100 characters"), "{}", refused.text());
    assert!(refused.text().contains("value=\"5000\" selected"), "what was chosen stays");
    let answer = press_act(&admin, &page, &path, ("change", ""), &all("the other shop")).await;
    let page = led(&admin, &path, answer).await;
    assert_eq!(done(&page), "The rule is saved. All nodes know within a second.");
    let rule = stored(&admin, &path).await;
    let told = (&rule["name"], &rule["acts"], &rule["timeout"], &rule["on_failure"]);
    assert_eq!(told, (&json!("the other shop"), &json!(["logged_in"]), &json!(5), &json!("open")));
}

#[tokio::test]
async fn a_form_that_was_shown_before_somebody_else_changed_the_rule_undoes_nothing() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let (admin, path) = scene(&app, &receiver).await;
    let page = read(&admin, &path).await;
    let api = path.replace("/admin/", "/admin/v1/");
    admin.patch(&api).json(json!({"name": "meanwhile"})).await.expect_status(200);
    for act in ["change", "pause", "test", "rotate"] {
        let refused = press_act(&admin, &page, &path, (act, ""), &[]).await.expect_status(403);
        assert_eq!(heading(&refused), STALE, "{act}");
    }
    assert_eq!(stored(&admin, &path).await["name"], "meanwhile");
    assert!(receiver.calls_of("test").is_empty());
}

#[tokio::test]
async fn a_rule_is_paused_and_switched_on_again() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let (admin, path) = scene(&app, &receiver).await;
    let answer = press_only(&admin, &path, "pause").await;
    let page = led(&admin, &path, answer).await;
    assert_eq!(done(&page), "The rule is paused.");
    assert_eq!(stored(&admin, &path).await["state"], "disabled");
    assert!(read(&admin, PATH).await.text().contains("<span class=\"badge quiet\">Paused</span>"));
    let answer = press_only(&admin, &path, "resume").await;
    assert_eq!(done(&led(&admin, &path, answer).await), "The rule is on. It is told of what happens from now on.");
    assert_eq!(stored(&admin, &path).await["state"], "enabled");
}

#[tokio::test]
async fn a_test_is_sent_and_what_came_back_is_shown() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let (admin, path) = scene(&app, &receiver).await;
    let page = press_only(&admin, &path, "test").await.expect_status(200);
    assert_eq!(done(&page), "The test was answered with 200.");
    assert_eq!(receiver.calls_of("test").len(), 1);
    receiver.reply(Reply::Json(500, json!({"secret": "of the receiver"})));
    let page = press_only(&admin, &path, "test").await.expect_status(200);
    assert_eq!(wrong(&page), "The test was answered with 500. Anything from 200 to 299 would be good.");
    assert!(!page.text().contains("of the receiver"), "what a server says is shown to nobody");
    drop(receiver);
    let page = press_only(&admin, &path, "test").await.expect_status(200);
    assert!(wrong(&page).starts_with("The test was not answered: "), "{}", wrong(&page));
}

#[tokio::test]
async fn a_new_secret_is_shown_once_and_the_old_one_is_forgotten_when_that_is_said() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let admin = admin(&app).await;
    let old = shown_once(&added(&admin, &receiver.url(), &[]).await.expect_status(201));
    let path = path_of_rule(&app).await;
    let page = read(&admin, &path).await;
    assert!(!page.text().contains("Forget the old secret"));
    let log = Log::keep();
    let rotated = press_act(&admin, &page, &path, ("rotate", ""), &[]).await.expect_status(200);
    let new = shown_once(&rotated);
    assert!(new.starts_with("whsec_") && new != old);
    assert!(log.lines().iter().all(|line| !line.contains(&new[6..])), "SECURITY LG2");
    // A reload makes no third, and the page does not show it again.
    let again = press_act(&admin, &page, &path, ("rotate", ""), &[]).await.expect_status(403);
    assert_eq!(heading(&again), STALE);
    assert!(!source(&read(&admin, &path).await).contains(&new[6..]));
    press_only(&admin, &path, "test").await.expect_status(200);
    let signed = |secret: &str| receiver.calls_of("test").pop().unwrap().is_signed_with(secret, app.gate.now());
    assert!(signed(&old) && signed(&new));
    let answer = press_only(&admin, &path, "finish").await;
    assert_eq!(done(&led(&admin, &path, answer).await), "The old secret is forgotten.");
    press_only(&admin, &path, "test").await.expect_status(200);
    assert!(!signed(&old) && signed(&new));
}

#[tokio::test]
async fn what_it_was_told_lately_stands_beside_it_and_is_sent_again() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let (admin, path) = scene(&app, &receiver).await;
    app.sign_up_in("body", EMAIL).await;
    deliver(&app).await;
    let page = read(&admin, &path).await;
    assert!(page.text().contains("<code>signed_up</code>"), "{}", page.text());
    let deliveries = admin.get("/admin/v1/deliveries").await.expect_status(200).json();
    let id = deliveries["deliveries"].as_array().unwrap().iter().find(|one| one["act"] == "signed_up").unwrap()["id"]
        .clone();
    let before = receiver.calls_of("signed_up").len();
    let form = form_of(&page, "replay", id.as_str().unwrap()).replace("&#x2f;", "/");
    assert!(form.contains("action=\"../../admin/deliveries\""), "{form}");
    let answer = press_act(&admin, &page, "/admin/deliveries", ("replay", id.as_str().unwrap()), &[]).await;
    let page = led(&admin, "/admin/deliveries", answer).await;
    assert_eq!(done(&page), "It is sent again, under the same number.");
    deliver(&app).await;
    let calls = receiver.calls_of("signed_up");
    assert_eq!(calls.len(), before + 1);
    assert_eq!(calls[before].id(), calls[before - 1].id());
}

#[tokio::test]
async fn wb6_a_rule_is_not_touched_by_a_form_of_another_page_session_or_rule() {
    let (app, receiver) = (TestApp::start().await, Receiver::start().await);
    let (one, path) = scene(&app, &receiver).await;
    let other = admin(&app).await;
    let theirs = form_token(&read(&other, &path).await);
    let elsewhere = form_token(&read(&one, ADD).await);
    let removal = form_token(&read(&one, &format!("{path}/remove")).await);
    for token in ["", "x", &theirs, &elsewhere, &removal] {
        for act in ["change", "pause", "test", "rotate", "finish"] {
            let refused = send(&one, &path, &[("form_token", token), ("act", act)]).await.expect_status(403);
            assert_eq!(heading(&refused), STALE);
        }
    }
    let good = form_token(&read(&one, &path).await);
    send(&one, &path, &[("form_token", &good), ("act", "explode")]).await.expect_status(422);
    assert_eq!(stored(&one, &path).await["state"], "enabled");
    assert!(receiver.calls_of("test").is_empty());
    for nobodys in ["x", "00000000-0000-7000-8000-000000000000"] {
        for suffix in ["", "/remove"] {
            one.get(&format!("{PATH}/{nobodys}{suffix}")).await.expect_status(404);
        }
        send(&one, &format!("{PATH}/{nobodys}"), &[("form_token", &good), ("act", "test")]).await.expect_status(404);
    }
}
