//! `/account/sessions`: where somebody is signed in, in plain words, and signing out there.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins},
};
use serde_json::json;

use super::{
    EVE, FIREFOX, PHONE, between, form_of, heading, item, items, leads_to, press_act, signed_in_with, then_said,
};
use crate::{
    family::{EMAIL, family, grace},
    mail::is_signed_in,
    pages::{form_token, send},
    routes::admin::user_path,
};

const PATH: &str = "/account/sessions";

#[tokio::test]
async fn devices_and_places_are_told_in_plain_words() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    signed_in_with(&app, "ada", FIREFOX, "203.0.113.7").await;
    signed_in_with(&app, "ada", PHONE, "198.51.100.9").await;
    signed_in_with(&app, "grace", "curl/8.5.0", "192.168.1.20").await;
    let page = ada.get(PATH).await.expect_status(200);
    assert_eq!(heading(&page), "Where you are signed in");
    assert_eq!(items(&page).len(), 4);
    for (device, place, user) in [
        ("Firefox on Linux", "the network that you are on now", "ada"),
        ("Chrome on an Android phone", "address 198.51.100.9", "ada"),
        ("A program (curl)", "the local network", "grace"),
        ("An unknown device", "the network that you are on now", "ada"),
    ] {
        let item = item(&page, device);
        assert!(item.contains(place) && item.contains(&format!("<bdi>{user}</bdi>")), "{item}");
        assert_eq!(item.contains("This device"), device == "An unknown device", "{item}");
        assert_eq!(item.contains("<form "), device != "An unknown device", "the own way out is another: {item}");
    }
    // A member sees its own.
    let grace = grace(&app, "cookie").await;
    let page = grace.get(PATH).await.expect_status(200);
    assert_eq!(items(&page).len(), 2);
    assert!(!page.text().contains("Firefox") && !page.text().contains("<bdi>ada</bdi>"), "{}", page.text());
}

/// docs/attacks.md#lockstep
#[tokio::test]
async fn of_the_last_use_the_day_is_told_and_no_hour() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let phone = signed_in_with(&app, "ada", PHONE, "198.51.100.9").await;
    app.clock.advance(mins(60));
    phone.refresh().await.expect_status(200);
    let page = ada.get(PATH).await.expect_status(200);
    for item in items(&page) {
        let last = between(&item, "Last used:</span> ", "</p>").unwrap();
        let day = between(&last, "datetime=\"", "\"").unwrap();
        assert_eq!(day.len(), "2026-11-22".len(), "{item}");
        assert!(!last.contains(':') && !last.contains("UTC"), "{item}");
    }
}

#[tokio::test]
async fn a_device_is_signed_out_and_all_others_are() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let grace = grace(&app, "cookie").await;
    let phone = signed_in_with(&app, "ada", PHONE, "198.51.100.9").await;
    let laptop = signed_in_with(&app, "ada", FIREFOX, "203.0.113.7").await;
    let page = ada.get(PATH).await;
    let answer = press_act(&ada, &page, PATH, ("end", &phone.session_id()), &[]).await;
    assert_eq!(then_said(&ada, PATH, answer).await, "The device is signed out.");
    assert!(!is_signed_in(&phone).await && is_signed_in(&laptop).await);
    let page = ada.get(PATH).await;
    assert!(!page.text().contains("Android"), "{}", page.text());
    let answer = press_act(&ada, &page, PATH, ("others", ""), &[]).await;
    assert_eq!(then_said(&ada, PATH, answer).await, "All your other devices are signed out.");
    assert!(!is_signed_in(&laptop).await);
    assert!(is_signed_in(&ada).await && is_signed_in(&grace).await, "others of the account stay");
}

/// docs/attacks.md#ids-of-other-accounts
#[tokio::test]
async fn az1_sessions_of_others_are_not_there() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let (grace, eve) = (grace(&app, "cookie").await, app.sign_up(EVE).await);
    let unknown = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    for (browser, id) in [
        (&ada, eve.session_id()),
        (&grace, eve.session_id()),
        (&grace, ada.session_id()),
        (&ada, unknown),
        (&ada, "x".to_owned()),
        (&ada, grace.session_id().to_uppercase()),
        (&ada, String::new()),
    ] {
        let page = browser.get(PATH).await;
        let fields = [("form_token", &*form_token(&page)), ("act", "end"), ("of", &*id)];
        let missing = send(browser, PATH, &fields).await.expect_status(404);
        assert_eq!(heading(&missing), "There is no such page", "{id}");
    }
    for browser in [&ada, &grace, &eve] {
        assert!(is_signed_in(browser).await);
    }
}

#[tokio::test]
async fn who_ends_the_own_session_takes_its_cookies_along() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await;
    let own = ada.session_id();
    let fields = [("form_token", &*form_token(&page)), ("act", "end"), ("of", &*own)];
    assert_eq!(leads_to(&send(&ada, PATH, &fields).await), "../login");
    assert!(!ada.cookie_names().iter().any(|name| name.contains("gw_rt_") || name.contains("gw_at_")));
}

#[tokio::test]
async fn somebody_who_acts_in_a_name_is_shown_with_the_reason() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "cookie").await);
    let reason = "ticket <b>4711</b>";
    let path = format!("{}/impersonate", user_path(&ada.user_id()));
    let made = admin.post(&path).json(json!({"reason": reason})).await.expect_status(201).json();
    let page = ada.get(PATH).await.expect_status(200);
    let item = item(&page, "Not you");
    assert!(item.contains("ticket &lt;b&gt;4711&lt;/b&gt;") && item.contains("You can end it."), "{item}");
    let id = made["session"]["id"].as_str().unwrap();
    press_act(&ada, &page, PATH, ("end", id), &[]).await.expect_status(303);
    let actor = app.program_with(made["access_token"].as_str().unwrap());
    actor.get("/auth/me").await.expect_status(401);
}

#[tokio::test]
async fn wb10_a_user_agent_and_the_name_of_a_device_inject_nothing() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let hostile = "<script>alert(1)</script>\"'{{7*7}} Firefox/1 Linux call 555-0100";
    let browser = app.browser();
    let body = json!({"login": EMAIL, "password": PASSWORD, "user": "ada", "transport": "cookie", "client": hostile});
    browser.post("/auth/login").header("user-agent", hostile).json(body).await.expect_status(200);
    let page = ada.get(PATH).await.expect_status(200);
    let item = item(&page, "Firefox on Linux");
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    // What its owner calls a device is shown as text, and what it calls itself not at all.
    assert_eq!(page.text().matches("555-0100").count(), 1, "{item}");
    assert!(item.contains("{{7*7}}"), "{item}");
    let log = ada.get("/account/activity").await.expect_status(200);
    assert!(log.text().contains("Firefox on Linux") && !log.text().contains("555-0100"), "{}", log.text());
    assert!(form_of(&page, "end", &browser.session_id()).contains("Sign out"));
}
