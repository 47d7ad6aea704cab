//! `/select`: after signing in to an account with several users, or with one that has a PIN.

use gatewright::{PageSettings, Pages};
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD, Setup, mins, secs},
};
use serde_json::json;

use super::{
    STALE, encoded, error_at,
    family::{alarm, lasting, leads_to, names, prove, value_of},
    follow, form_token, has_session, heading, press, send,
};
use crate::family::{EMAIL, PIN, family};

const PATH: &str = "/select";

/// A browser of the family at the page that asks who is there.
async fn at_selection(app: &TestApp) -> (Browser, Answer) {
    let browser = app.browser();
    let page = browser.get("/login").await.expect_status(200);
    let answer = press(&browser, "/login", &page, &[("login", EMAIL), ("password", PASSWORD)]).await;
    assert!(!has_session(&browser).await);
    assert_eq!(leads_to(&answer), "select");
    let page = follow(&browser, "/login", &answer).await.expect_status(200);
    (browser, page)
}

/// The page that asks the kid's PIN.
async fn at_pin(app: &TestApp) -> (Browser, Answer, String) {
    let (browser, page) = at_selection(app).await;
    let kid = value_of(&page, "kid");
    let answer = press(&browser, PATH, &page, &[("user", &kid)]).await;
    assert_eq!(leads_to(&answer), format!("select?user={kid}"));
    let page = follow(&browser, PATH, &answer).await.expect_status(200);
    (browser, page, kid)
}

async fn who_is_in(browser: &Browser) -> String {
    browser.get("/auth/me").await.expect_status(200).json()["user"]["username"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn somebody_says_who_is_there_and_is_signed_in() {
    let app = TestApp::start().await;
    let ada = family(&app, "body").await;
    ada.patch("/auth/me").json(json!({"profile": {"display_name": "Ada L."}})).await.expect_status(200);
    let (browser, page) = at_selection(&app).await;
    assert_eq!(heading(&page), "Who is there?");
    assert_eq!(names(&page), ["Ada L.", "grace", "kid"]);
    assert!(page.text().contains("<bdi class=\"name\">Ada L.</bdi> <bdi class=\"hint\">ada</bdi>"), "{}", page.text());
    let refused = press(&browser, PATH, &page, &[]).await.expect_status(422);
    assert_eq!(alarm(&refused).as_deref(), Some("Choose who is there."));
    let grace = value_of(&page, "grace");
    let answer = press(&browser, PATH, &page, &[("user", &grace)]).await;
    assert_eq!(leads_to(&answer), "account");
    let cookies = answer.set_cookies();
    let kept = |start: &str| cookies.iter().any(|line| line.starts_with(start) && line.contains("; HttpOnly; Secure"));
    assert!(kept("__Host-gw_rt_") && kept("__Host-gw_at_"), "both tokens, and no script sees them: {cookies:?}");
    assert!(
        cookies.iter().any(|line| line.starts_with("__Host-gw_form=; Path=/; Max-Age=0")),
        "a new key: {cookies:?}"
    );
    assert_eq!(who_is_in(&browser).await, "grace");
    assert!(!browser.cookie_names().iter().any(|name| name.contains("gw_selection")));
    // Pressed once more.
    assert_eq!(heading(&press(&browser, PATH, &page, &[("user", &grace)]).await.expect_status(403)), STALE);
}

#[tokio::test]
async fn only_who_has_a_pin_is_asked_for_one_on_a_page_that_can_be_loaded_again() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let (browser, page, kid) = at_pin(&app).await;
    let again = browser.get(&format!("{PATH}?user={kid}")).await.expect_status(200);
    assert_eq!(lasting(&page), lasting(&again), "asking changes nothing");
    assert!(
        page.text().contains("<bdi>kid</bdi>") && page.text().contains("autocomplete=\"off\" inputmode=\"numeric\"")
    );
    assert!(names(&page).is_empty());
    assert!(page.text().contains("<a href=\"select\">I am somebody else</a>"), "{}", page.text());
    // The way back, and somebody else.
    let first = browser.get(PATH).await.expect_status(200);
    assert_eq!(names(&first), ["ada", "grace", "kid"]);
    // Whoever has none is not asked, whatever the address says.
    for other in [value_of(&first, "grace"), kid.replace('a', "b"), "x".to_owned(), String::new()] {
        assert_eq!(names(&browser.get(&format!("{PATH}?user={other}")).await.expect_status(200)).len(), 3, "{other}");
    }
    let answer = prove(&browser, PATH, &page, PIN).await;
    assert_eq!(leads_to(&answer), "account");
    assert_eq!(who_is_in(&browser).await, "kid");
}

#[tokio::test]
async fn a_mistyped_pin_costs_an_attempt_and_not_the_login() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let (browser, page, kid) = at_pin(&app).await;
    for (pin, status, says) in [
        ("", 403, "Type the PIN."),
        ("1357", 403, "This PIN is not right."),
        ("letters", 422, "A PIN has four to eight digits."),
    ] {
        let refused = prove(&browser, PATH, &page, pin).await.expect_status(status);
        assert_eq!(error_at(&refused, "pin").as_deref(), Some(says));
        assert!(refused.text().contains(&format!("name=\"user\" value=\"{kid}\"")), "{}", refused.text());
        assert!(pin.is_empty() || !refused.text().contains(&format!("value=\"{pin}\"")), "never repeated");
    }
    assert_eq!(leads_to(&prove(&browser, PATH, &page, PIN).await), "account");
    assert!(has_session(&browser).await);
}

#[tokio::test]
async fn who_guesses_pins_at_the_page_is_limited_as_at_the_api() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let (browser, page, _) = at_pin(&app).await;
    for number in 0..5 {
        prove(&browser, PATH, &page, &format!("{number:04}")).await.expect_status(403);
    }
    // The right one does not help now.
    let limited = prove(&browser, PATH, &page, PIN).await.expect_status(429);
    assert_eq!(alarm(&limited).as_deref(), Some("There were too many attempts. Try again in 1 minute."));
    assert_eq!(limited.header("retry-after"), Some("1"));
    assert!(limited.text().contains("name=\"pin\""), "the form is there for later");
    // It is one count, wherever one guesses.
    let login = app.log_in(EMAIL, None, "body").await;
    let choice = json!({"selection_token": login.selection_token(), "username": "kid", "pin": PIN});
    login.post("/auth/select").json(choice).await.expect_problem(429, "rate_limited");
    app.clock.advance(secs(1));
    assert_eq!(leads_to(&prove(&browser, PATH, &page, PIN).await), "account");
}

#[tokio::test]
async fn who_was_on_the_way_to_somewhere_goes_on_there_and_nowhere_else() {
    let home = "login?done=signed-in&next=https%3A//home.example.test/";
    for (next, to) in [
        ("/account/users?a=1&b=2", "/account/users?a=1&b=2"),
        ("https://app.example.test/in", "login?done=signed-in&next=https%3A//app.example.test/in"),
        ("https://evil.test/", home),
        ("//evil.test/", home),
        ("javascript:alert(1)", home),
    ] {
        let settings = PageSettings {
            home: Some("https://home.example.test/".to_owned()),
            next_origins: vec!["https://app.example.test".parse().unwrap()],
            ..PageSettings::default()
        };
        let app = Setup::default().http(|http| http.pages = Pages::On(settings)).start().await;
        family(&app, "body").await;
        let (browser, _) = at_selection(&app).await;
        let path = format!("{PATH}?{}", encoded(&[("next", next)]));
        let page = browser.get(&path).await.expect_status(200);
        let kid = value_of(&page, "kid");
        let carried = [("next", next)].into_iter().filter(|_| to != home);
        let fields: Vec<(&str, &str)> = [("user", kid.as_str())].into_iter().chain(carried).collect();
        let answer = press(&browser, PATH, &page, &fields).await.expect_status(303);
        let page = follow(&browser, PATH, &answer).await.expect_status(200);
        assert_eq!(leads_to(&prove(&browser, PATH, &page, PIN).await), to, "{next}");
    }
}

#[tokio::test]
async fn the_users_of_others_are_not_there() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let eve = app.sign_up("eve@example.test").await.user_id();
    let (browser, page) = at_selection(&app).await;
    for nobody in [eve.as_str(), "00000000-0000-7000-8000-000000000000"] {
        for fields in [vec![("user", nobody)], vec![("user", nobody), ("step", "pin"), ("pin", PIN)]] {
            let token = form_token(&page);
            let filled: Vec<(&str, &str)> = [("form_token", token.as_str())].into_iter().chain(fields).collect();
            let answer = send(&browser, PATH, &filled).await.expect_status(404);
            assert_eq!(names(&answer), ["ada", "grace", "kid"]);
        }
    }
    assert!(!has_session(&browser).await);
}

/// docs/attacks.md#forms-of-others
#[tokio::test]
async fn wb6_a_form_of_another_page_or_another_login_chooses_nobody() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let (browser, page) = at_selection(&app).await;
    let grace = value_of(&page, "grace");
    let (_, theirs) = at_selection(&app).await;
    let elsewhere = browser.get("/reset-password").await.expect_status(200);
    for token in [form_token(&theirs), form_token(&elsewhere), String::new()] {
        let refused = send(&browser, PATH, &[("form_token", &token), ("user", &grace)]).await.expect_status(403);
        assert_eq!(heading(&refused), STALE);
    }
    // The page of a login that came after: the form is about the login that it was shown for.
    let login = app.log_in(EMAIL, None, "body").await;
    let token = form_token(&page);
    let body = encoded(&[("form_token", &token), ("user", &grace)]);
    let key = browser.cookie_header().unwrap();
    let key = key.split("; ").find(|cookie| cookie.starts_with("__Host-gw_form=")).unwrap();
    let cookies = format!("{key}; __Host-gw_selection={}", login.selection_token());
    let call = browser.post(PATH).cookies(cookies).raw("application/x-www-form-urlencoded", body);
    assert_eq!(heading(&call.await.expect_status(403)), STALE);
    assert!(!has_session(&browser).await);
    press(&browser, PATH, &page, &[("user", &grace)]).await.expect_status(303);
}

#[tokio::test]
async fn whoever_is_alone_on_the_account_is_asked_only_for_the_pin() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let path = format!("/auth/users/{}/pin", ada.user_id());
    ada.put(&path).json(json!({"pin": PIN})).await.expect_status(204);
    let (browser, page) = at_selection(&app).await;
    assert!(names(&page).is_empty());
    assert_eq!(leads_to(&prove(&browser, PATH, &page, PIN).await), "account");
    assert!(has_session(&browser).await);
}

#[tokio::test]
async fn one_to_twenty_users_are_all_there_to_be_chosen() {
    let app = Setup::default().policy(|policy| policy.max_users = 20).start().await;
    let ada = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "username": "user01", "transport": "body"});
    ada.post("/auth/signup").json(body).await.expect_status(201);
    for number in 2..=20 {
        app.clock.advance(secs(1));
        ada.post("/auth/users").json(json!({"username": format!("user{number:02}")})).await.expect_status(201);
        if ![2, 7, 20].contains(&number) {
            continue;
        }
        let (browser, page) = at_selection(&app).await;
        let expected: Vec<String> = (1..=number).map(|one| format!("user{one:02}")).collect();
        assert_eq!(names(&page), expected);
        let last = expected.last().unwrap();
        press(&browser, PATH, &page, &[("user", &value_of(&page, last))]).await.expect_status(303);
        assert_eq!(who_is_in(&browser).await, *last);
    }
}

#[tokio::test]
async fn without_a_login_or_too_late_there_is_nothing_to_choose() {
    let app = TestApp::start().await;
    family(&app, "body").await;
    let stranger = app.browser();
    let page = stranger.get("/select?next=%2Faccount%2Fusers").await.expect_status(400);
    assert_eq!(heading(&page), "Signing in took too long");
    assert!(page.text().contains("<a href=\"login?next=&#x2f;account&#x2f;users\">Sign in</a>"), "{}", page.text());
    let planted = stranger.get(PATH).cookies("__Host-gw_selection=eyJ.eyJ.x").await.expect_status(400);
    assert_eq!(heading(&planted), "Signing in took too long");
    let (browser, page) = at_selection(&app).await;
    let late = browser.cookie_header().unwrap();
    app.clock.advance(mins(6));
    let (token, user) = (form_token(&page), value_of(&page, "grace"));
    let body = encoded(&[("form_token", &token), ("user", &user)]);
    let call = browser.post(PATH).cookies(late).raw("application/x-www-form-urlencoded", body);
    assert_eq!(heading(&call.await.expect_status(400)), "Signing in took too long");
    assert!(!has_session(&browser).await);
}
