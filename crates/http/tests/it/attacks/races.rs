//! Answers that overtake each other on their way to one browser, and a script in its page.

use gatewright_testkit::{
    TestApp,
    app::{Answer, PASSWORD, mins},
};
use serde_json::json;

use crate::family::{EMAIL, family};

/// What an answer would put into the jar, as a browser would send it.
fn pairs(answer: &Answer) -> String {
    let lines = answer.set_cookies();
    let pairs = lines.iter().filter_map(|line| line.split(';').next()).filter(|pair| !pair.ends_with('='));
    pairs.collect::<Vec<_>>().join("; ")
}

/// docs/attacks.md#late-answers
#[tokio::test]
async fn p6_no_late_answer_puts_an_older_token_back_into_the_jar() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let young = ada.copy().refresh().await.expect_status(200);
    assert!(!pairs(&young).contains("gw_rt_"), "a token that stays is not set again: {}", pairs(&young));
    app.clock.advance(mins(6));
    let late = ada.copy().refresh().await.expect_status(200);
    ada.refresh().await.expect_status(200);
    assert!(pairs(&late).contains(&ada.refresh_token()), "both tabs were given the same");
    app.clock.advance(mins(6));
    let spent = ada.copy();
    ada.refresh().await.expect_status(200);
    app.clock.advance(mins(6));
    let refused = spent.refresh().await.expect_problem(401, "refresh_token_reused");
    assert_eq!(refused.set_cookies(), Vec::<String>::new(), "who is refused may hold a newer one by now");
}

/// docs/attacks.md#late-answers
#[tokio::test]
async fn a_refresh_answer_that_arrives_after_a_switch_or_a_new_login_does_not_undo_it() {
    for switches in [true, false] {
        let app = TestApp::start().await;
        let ada = family(&app, "cookie").await;
        app.clock.advance(mins(6));
        let late = pairs(&ada.copy().refresh().await.expect_status(200));
        assert!(late.contains("gw_rt_") && late.contains("gw_at_"));
        let answer = if switches {
            ada.post("/auth/switch").json(json!({"username": "grace"})).await
        } else {
            let login = json!({"login": EMAIL, "password": PASSWORD, "user": "grace", "transport": "cookie"});
            ada.post("/auth/login").json(login).await
        };
        let newer = pairs(&answer.expect_status(200));
        for jar in [format!("{late}; {newer}"), format!("{newer}; {late}")] {
            let me = app.browser().get("/auth/me").cookies(jar.clone()).await.expect_status(200).json();
            assert_eq!(me["user"]["username"], "grace");
            let page = app.browser();
            let call = page.post("/auth/refresh").cookies(jar).fetch_site(Some("same-origin"));
            assert_eq!(call.await.expect_status(200).json()["user"]["username"], "grace");
        }
    }
}

/// docs/attacks.md#script-in-the-page
#[tokio::test]
async fn a_script_in_the_page_is_never_told_the_refresh_token() {
    for transport in ["cookie", "hybrid"] {
        let app = TestApp::start().await;
        let ada = family(&app, transport).await;
        for body in [json!({"transport": "body"}), json!({"refresh_token": null, "transport": "body"})] {
            ada.post("/auth/refresh").without_bearer().json(body).await.expect_status(422);
        }
        app.clock.advance(mins(6));
        for (path, body) in [
            ("/auth/refresh", json!({})),
            ("/auth/reauthenticate", json!({"password": PASSWORD})),
            ("/auth/switch", json!({"username": "grace"})),
            ("/auth/switch", json!({"username": "ada"})),
        ] {
            let call = ada.post(path).json(body);
            let call = if path == "/auth/refresh" { call.without_bearer() } else { call };
            let answer = call.await.expect_status(200);
            assert!(!answer.text().contains("gwr_"), "{transport} {path}: {}", answer.text());
            let refresh = answer.set_cookies().into_iter().filter(|line| line.contains("gw_rt_"));
            assert!(refresh.into_iter().all(|line| line.contains("HttpOnly")));
        }
        for path in ["/auth/me", "/auth/sessions", "/auth/account/export", "/auth/activity"] {
            assert!(!ada.get(path).await.expect_status(200).text().contains("gwr_"), "{path}");
        }
    }
}
