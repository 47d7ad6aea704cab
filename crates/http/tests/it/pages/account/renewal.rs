//! A session that is renewed on the way to a page: its cookies leave with whatever is answered, many pages at once are one renewal,
//! and a link from another site loses nobody the session (SECURITY WB2; DESIGN 4.3, "Cookies race too").

use std::collections::BTreeSet;

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Setup, mins},
};
use tokio::task::JoinSet;

use super::{heading, leads_to};
use crate::{
    family::family,
    pages::{encoded, form_token, send},
};

/// Ada, whose access cookie is over and whose refresh cookie is due, and what she had typed into a page before.
async fn due(app: &TestApp, page: &str) -> (Browser, String) {
    let ada = family(app, "cookie").await;
    let token = form_token(&ada.get(page).await.expect_status(200));
    app.clock.advance(mins(11));
    assert!(!ada.cookie_header().unwrap().contains("gw_at_"), "the access cookie is over");
    (ada, token)
}

/// Where a proof is good for so long that no page asks for a new one.
fn patient() -> Setup {
    Setup::default().policy(|policy| policy.fresh_window = mins(60))
}

/// The values that the answer gives a cookie.
fn set(answer: &Answer, name: &str) -> Vec<String> {
    let lines = answer.set_cookies().into_iter().filter(|line| line.contains(name));
    lines.map(|line| line.split(';').next().unwrap().split_once('=').unwrap().1.to_owned()).collect()
}

#[tokio::test]
async fn the_cookies_of_a_renewed_session_leave_with_every_answer() {
    type Case = (&'static str, &'static str, &'static [(&'static str, &'static str)], u16);
    let cases: [Case; 8] = [
        ("GET", "/account", &[], 200),
        ("GET", "/account/activity?cursor=x", &[], 422),
        ("POST", "/account", &[("act", "profile"), ("username", "a b")], 422),
        ("POST", "/account", &[("act", "profile"), ("display_name", "A"), ("username", "grace")], 409),
        ("POST", "/account", &[("act", "profile"), ("display_name", "A"), ("username", "ada")], 303),
        (
            "POST",
            "/account/security",
            &[("act", "password"), ("current", "no"), ("new_password", "also no no no")],
            403,
        ),
        ("POST", "/account/sessions", &[("act", "end"), ("of", "01890a5d-ac96-774b-bcce-b302099a8057")], 404),
        ("POST", "/account/data", &[("act", "export")], 200),
    ];
    for (method, path, fields, status) in cases {
        let app = patient().start().await;
        let (ada, token) = due(&app, if method == "GET" { "/account" } else { path }).await;
        let before = ada.refresh_token();
        let answer = match method {
            "GET" => ada.get(path).await,
            _ => {
                let fields: Vec<(&str, &str)> = fields.iter().copied().chain([("form_token", &*token)]).collect();
                send(&ada, path, &fields).await
            }
        };
        let answer = answer.expect_status(status);
        let (refresh, access) = (set(&answer, "gw_rt_"), set(&answer, "gw_at_"));
        assert_eq!((refresh.len(), access.len()), (1, 1), "{method} {path}: {:?}", answer.set_cookies());
        assert_ne!(refresh[0], before);
        // They are good, and nothing else was kept of it.
        ada.get("/account").await.expect_status(200);
        app.clock.advance(mins(11));
        ada.get("/account").await.expect_status(200);
    }
}

#[tokio::test]
async fn they_leave_as_well_when_something_else_comes_first() {
    let app = TestApp::start().await;
    let (ada, token) = due(&app, "/account/security").await;
    let answer = ada.get("/account/security").await;
    assert_eq!(leads_to(&answer), "../confirm-identity?next=/account/security");
    assert_eq!((set(&answer, "gw_rt_").len(), set(&answer, "gw_at_").len()), (1, 1));
    app.clock.advance(mins(11));
    let fields = [("form_token", &*token), ("act", "pin"), ("pin", "2468")];
    let answer = send(&ada, "/account/security", &fields).await;
    assert_eq!(leads_to(&answer), "../confirm-identity?next=/account/security");
    assert_eq!((set(&answer, "gw_rt_").len(), set(&answer, "gw_at_").len()), (1, 1));
    app.clock.advance(mins(11));
    let answer = send(&ada, "/account/security", &[("form_token", "x")]).await.expect_status(403);
    assert_eq!((set(&answer, "gw_rt_").len(), set(&answer, "gw_at_").len()), (1, 1));
    ada.get("/account").await.expect_status(200);
}

#[tokio::test]
async fn who_signs_out_on_the_way_is_signed_out() {
    let app = TestApp::start().await;
    let (ada, token) = due(&app, "/account/sessions").await;
    let own = ada.session_id();
    let fields = [("form_token", &*token), ("act", "end"), ("of", &*own)];
    let answer = send(&ada, "/account/sessions", &fields).await;
    assert_eq!(leads_to(&answer), "../login");
    // A browser does what comes last.
    assert_eq!(set(&answer, "gw_rt_").last().map(String::as_str), Some(""));
    assert_eq!(set(&answer, "gw_at_").last().map(String::as_str), Some(""));
    assert!(!ada.cookie_names().iter().any(|name| name.contains("gw_rt_") || name.contains("gw_at_")));
}

/// docs/attacks.md#refresh-replay
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn forty_pages_at_once_are_one_renewal_and_nobody_is_signed_out() {
    let app = TestApp::start().await;
    let (ada, _) = due(&app, "/account").await;
    for _ in 0..3 {
        let before = ada.refresh_token();
        let mut pages = JoinSet::new();
        for number in 0..40 {
            let tab = ada.copy();
            let path = ["/account", "/account/sessions", "/account/activity", "/account/data"][number % 4];
            pages.spawn(async move {
                let answer = tab.get(path).await.expect_status(200);
                (tab, answer)
            });
        }
        let answers = pages.join_all().await;
        let successors: BTreeSet<String> = answers.iter().flat_map(|(_, answer)| set(answer, "gw_rt_")).collect();
        assert_eq!(successors.len(), 1, "one rotation: {successors:?}");
        assert!(!successors.contains(&before));
        // Whichever answer a browser reads last, it is signed in.
        for (tab, _) in &answers {
            tab.get("/account").await.expect_status(200);
        }
        ada.get("/account").await.expect_status(200);
        assert_eq!(BTreeSet::from([ada.refresh_token()]), successors);
        app.clock.advance(mins(11));
    }
}

#[tokio::test]
async fn wb2_a_link_from_another_site_gets_a_moment_and_then_the_page() {
    let app = TestApp::start().await;
    let (ada, _) = due(&app, "/account").await;
    // A browser sends no strict cookie along, and the access cookie is over.
    let lax = ada.cookie_header().unwrap();
    let lax: Vec<&str> = lax.split("; ").filter(|pair| !pair.contains("gw_rt_")).collect();
    for (path, again) in [
        ("/account", "account"),
        ("/account/sessions", "../account/sessions"),
        ("/account/activity?cursor=x", "../account/activity?cursor=x"),
    ] {
        let call = ada.get(path).cookies(lax.join("; ")).fetch_site(Some("cross-site"));
        let moment = call.await.expect_status(401);
        assert_eq!(heading(&moment), "One moment");
        let text = moment.text().replace("&#x2f;", "/");
        assert!(text.contains(&format!("content=\"0; url={again}\"")), "{text}");
        assert!(moment.set_cookies().is_empty(), "nobody is signed out by it: {:?}", moment.set_cookies());
    }
    // The page asks for itself, and that is a request of its own site.
    let page = ada.get("/account").await.expect_status(200);
    assert_eq!(heading(&page), "Your profile");
    // While the access cookie is good there is no such moment.
    let call = ada.get("/account").fetch_site(Some("cross-site"));
    assert_eq!(heading(&call.await.expect_status(200)), "Your profile");
}

#[tokio::test]
async fn who_is_not_signed_in_waits_only_once() {
    let app = TestApp::start().await;
    let stranger = app.browser();
    let moment = stranger.get("/account").fetch_site(Some("cross-site")).await.expect_status(401);
    assert_eq!(heading(&moment), "One moment");
    assert_eq!(leads_to(&stranger.get("/account").await), "login?next=/account");
    // What is sent from elsewhere is no question and gets no moment.
    let call = stranger.post("/account").fetch_site(Some("cross-site")).header("origin", "https://evil.test");
    call.raw("application/x-www-form-urlencoded", encoded(&[("act", "mail")])).await.expect_status(403);
}
