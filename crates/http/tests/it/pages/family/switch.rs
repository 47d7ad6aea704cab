//! `/switch`: becoming another user, from anywhere and back.

use gatewright_testkit::{
    TestApp,
    app::{PASSWORD, mins, secs},
};
use serde_json::json;

use super::{alarm, html, leads_to, names, prove, value_of};
use crate::{
    family::{PIN, family, grace},
    pages::{STALE, encoded, error_at, follow, form_token, heading, press, send},
    routes::admin::user_path,
};

const PATH: &str = "/switch";

async fn who_is_in(browser: &gatewright_testkit::app::Browser) -> String {
    browser.get("/auth/me").await.expect_status(200).json()["user"]["username"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_is_not_signed_in_does_that_first_and_comes_back() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let answer = app.browser().get("/switch?next=%2Faccount").await;
    assert_eq!(leads_to(&answer), "login?next=/switch%3Fnext%3D%252Faccount");
    assert_eq!(leads_to(&send(&app.browser(), PATH, &[("user", "x")]).await), "login?next=/switch");
}

#[tokio::test]
async fn a_switch_marks_who_it_is_replaces_the_session_and_leads_back() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get("/account/users").await.expect_status(200);
    assert!(html(&page).contains("<a href=\"../switch?next=/account/users\">"), "{}", page.text());
    let page = ada.get("/switch?next=%2Faccount%2Fusers").await.expect_status(200);
    assert_eq!(names(&page), ["ada", "grace", "kid"]);
    let text = page.text();
    let (_, of_ada) = text.split_once("<bdi class=\"name\">ada</bdi>").unwrap();
    assert!(of_ada.split("</button>").next().unwrap().contains("that is you now"), "{text}");
    assert_eq!(text.matches("that is you now").count(), 1);
    let old = ada.copy();
    let fields = [("user", value_of(&page, "grace")), ("next", "/account/users".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = press(&ada, PATH, &page, &fields).await;
    assert_eq!(leads_to(&answer), "/account/users");
    assert_eq!(who_is_in(&ada).await, "grace");
    let sessions = |kind: &str| ada.cookie_names().iter().filter(|name| name.starts_with(kind)).count();
    assert_eq!((sessions("__Host-gw_rt_"), sessions("__Host-gw_at_")), (1, 1), "{:?}", ada.cookie_names());
    assert!(answer.set_cookies().iter().any(|line| line.starts_with("__Host-gw_form=; Path=/; Max-Age=0")));
    old.get("/auth/me").await.expect_problem(401, "access_token_invalid");
    // Nor is the form of before good any more.
    assert_eq!(heading(&press(&ada, PATH, &page, &fields).await.expect_status(403)), STALE);
    // Without a way back it leads to the account.
    let page = ada.get(PATH).await.expect_status(200);
    assert_eq!(leads_to(&press(&ada, PATH, &page, &[("user", &value_of(&page, "ada"))]).await), "account");
}

#[tokio::test]
async fn who_chooses_himself_only_goes_back() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let session = ada.session_id();
    let page = ada.get("/switch?next=%2Faccount%2Fusers").await.expect_status(200);
    let own = ada.user_id();
    let answer = press(&ada, PATH, &page, &[("user", &own), ("next", "/account/users")]).await;
    assert_eq!(leads_to(&answer), "/account/users");
    assert!(answer.set_cookies().is_empty());
    let sessions = ada.get("/auth/sessions").await.expect_status(200).text();
    assert!(sessions.contains(&session), "{sessions}");
}

#[tokio::test]
async fn a_pin_is_asked_for_and_guesses_are_limited() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get("/switch?next=%2Faccount%2Fusers").await.expect_status(200);
    let kid = value_of(&page, "kid");
    let answer = press(&ada, PATH, &page, &[("user", &kid), ("next", "/account/users")]).await;
    assert_eq!(leads_to(&answer), format!("switch?user={kid}&next=/account/users"));
    let page = follow(&ada, PATH, &answer).await.expect_status(200);
    let refused = prove(&ada, PATH, &page, "").await.expect_status(403);
    assert_eq!(error_at(&refused, "pin").as_deref(), Some("Type the PIN."));
    for _ in 0..5 {
        let refused = prove(&ada, PATH, &page, "1357").await.expect_status(403);
        assert_eq!(error_at(&refused, "pin").as_deref(), Some("This PIN is not right."));
        assert!(!refused.text().contains("1357"));
    }
    let limited = prove(&ada, PATH, &page, PIN).await.expect_status(429);
    assert_eq!(alarm(&limited).as_deref(), Some("There were too many attempts. Try again in 1 minute."));
    // It is one count, wherever one guesses.
    let at_the_api = ada.post("/auth/switch").json(json!({"username": "kid", "pin": PIN})).await;
    at_the_api.expect_problem(429, "rate_limited");
    assert_eq!(who_is_in(&ada).await, "ada", "and not the session");
    app.clock.advance(secs(1));
    assert_eq!(leads_to(&prove(&ada, PATH, &page, PIN).await), "/account/users");
    assert_eq!(who_is_in(&ada).await, "kid");
}

/// docs/attacks.md#child-becomes-parent
#[tokio::test]
async fn x4_more_rights_without_a_pin_take_a_proof_first() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let grace = grace(&app, "cookie").await;
    app.clock.advance(mins(5) + secs(1));
    let path = "/switch?next=%2Faccount%2Fusers";
    let page = grace.get(path).await.expect_status(200);
    let fields = [("user", value_of(&page, "ada")), ("next", "/account/users".to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = press(&grace, path, &page, &fields).await;
    let expected = "confirm-identity?next=/switch%3Fnext%3D%252Faccount%252Fusers";
    assert_eq!(leads_to(&answer), expected);
    assert_eq!(who_is_in(&grace).await, "grace");
    grace.post("/auth/reauthenticate").json(json!({"password": PASSWORD})).await.expect_status(200);
    let page = grace.get(path).await.expect_status(200);
    assert_eq!(leads_to(&press(&grace, path, &page, &fields).await), "/account/users");
    assert_eq!(who_is_in(&grace).await, "ada");
}

#[tokio::test]
async fn the_users_of_others_and_forms_of_others_lead_nowhere() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let eve = app.sign_up_in("cookie", "eve@example.test").await;
    let page = ada.get(PATH).await.expect_status(200);
    for (nobody, status) in [(eve.user_id(), 404), ("x".to_owned(), 422), (String::new(), 422)] {
        let answer = press(&ada, PATH, &page, &[("user", &nobody)]).await.expect_status(status);
        assert_eq!(alarm(&answer).as_deref(), Some("Choose who is there."), "{nobody}");
        assert_eq!(names(&answer), ["ada", "grace", "kid"]);
    }
    let grace_id = value_of(&page, "grace");
    // Of another page, of another browser, of another session in this browser, and none at all.
    let add = ada.get("/account/users/add").await.expect_status(200);
    let theirs = eve.get(PATH).await.expect_status(200);
    for token in [form_token(&add), form_token(&theirs), String::new()] {
        let refused = send(&ada, PATH, &[("form_token", &token), ("user", &grace_id)]).await.expect_status(403);
        assert_eq!(heading(&refused), STALE);
    }
    let grace = grace(&app, "cookie").await;
    let (hers, key) = (grace.cookie_header().unwrap(), ada.cookie_header().unwrap());
    let key = key.split("; ").find(|cookie| cookie.starts_with("__Host-gw_form=")).unwrap();
    let token = form_token(&page);
    let body = encoded(&[("form_token", &token), ("user", &grace_id)]);
    let call = grace.post(PATH).cookies(format!("{hers}; {key}")).raw("application/x-www-form-urlencoded", body);
    assert_eq!(heading(&call.await.expect_status(403)), STALE);
    assert_eq!(who_is_in(&ada).await, "ada");
}

/// Then the refresh cookie stands alone, and looks like that of a script.
#[tokio::test]
async fn the_cookies_of_the_old_session_go_although_its_access_cookie_is_over() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    let page = ada.get(PATH).await.expect_status(200);
    let grace = value_of(&page, "grace");
    app.clock.advance(mins(11));
    assert!(!ada.cookie_header().unwrap().contains("gw_at_"), "the access cookie is over");
    assert_eq!(leads_to(&press(&ada, PATH, &page, &[("user", &grace)]).await), "account");
    let sessions = |kind: &str| ada.cookie_names().iter().filter(|name| name.starts_with(kind)).count();
    assert_eq!((sessions("__Host-gw_rt_"), sessions("__Host-gw_at_")), (1, 1), "{:?}", ada.cookie_names());
    assert_eq!(who_is_in(&ada).await, "grace");
}

#[tokio::test]
async fn who_is_disabled_cannot_be_chosen() {
    let app = TestApp::start().await;
    let (admin, ada) = (app.admin().await, family(&app, "cookie").await);
    let page = ada.get(PATH).await.expect_status(200);
    let grace = value_of(&page, "grace");
    admin.patch(&user_path(&grace)).json(json!({"disabled": true})).await.expect_status(200);
    assert_eq!(names(&ada.get(PATH).await), ["ada", "kid"]);
    // By a page that was open before.
    let refused = press(&ada, PATH, &page, &[("user", &grace)]).await.expect_status(404);
    assert_eq!(alarm(&refused).as_deref(), Some("Choose who is there."));
    assert_eq!(names(&refused), ["ada", "kid"]);
    assert_eq!(who_is_in(&ada).await, "ada");
}

/// docs/attacks.md#rendering-an-answer
#[tokio::test]
async fn wb7_a_picture_of_another_site_is_shown_on_no_page() {
    let app = TestApp::start().await;
    let ada = family(&app, "cookie").await;
    for (url, is_shown) in [("/people/ada.png", true), ("https://pictures.example.test/ada.png", false)] {
        ada.patch("/auth/me").json(json!({"profile": {"avatar_url": url}})).await.expect_status(200);
        for path in [PATH, "/account", "/account/users", "/choose-account"] {
            let text = html(&ada.get(path).await.expect_status(200));
            let picture = format!("<img src=\"{url}\"");
            assert_eq!(text.contains(&picture), is_shown, "{path}: {text}");
            assert!(!text.contains("src=\"https"), "{path}: {text}");
        }
    }
    // What browsers read as another site, although it begins like a path.
    for url in ["//evil.test/x.png", "/\\evil.test/x.png", "javascript:alert(1)", "http://evil.test/x.png"] {
        let body = json!({"profile": {"avatar_url": url}});
        ada.patch("/auth/me").json(body).await.expect_problem(422, "validation_failed");
    }
}
