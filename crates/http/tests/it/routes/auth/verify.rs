//! `GET /auth/verify`: what a proxy is told. What comes of it behind a real proxy is in the tests of the server.

mod asked;
mod led_on;
mod renewed;

use gatewright::core::model::{Roles, RouteRules};
use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, Call, PASSWORD, Setup, mins},
};
use serde_json::json;

use crate::{
    family::{EMAIL, family},
    routes::refuses_strangers,
};

/// The one that is configured.
const PROXY: &str = "10.0.0.1";

/// A system that believes [`PROXY`].
fn behind_proxy() -> Setup {
    Setup::default().http(|http| http.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()])
}

/// The same with rules.
async fn ruled(rules: &[&str]) -> TestApp {
    let rules = RouteRules::parse(rules.iter().copied()).unwrap();
    behind_proxy().policy(|policy| policy.routes = rules).start().await
}

/// What the proxy asks for a request of this browser.
fn asks<'b>(browser: &'b Browser, method: &str, uri: &str) -> Call<'b> {
    let call = browser.get("/auth/verify").from(PROXY).header("x-forwarded-method", method);
    call.header("x-forwarded-uri", uri)
        .header("x-forwarded-host", "app.example.test")
        .header("x-forwarded-proto", "https")
}

/// The headers that introduce somebody.
fn identity(answer: &Answer) -> Vec<(String, String)> {
    let own = answer.headers.iter().filter(|(name, _)| name.as_str().starts_with("gatewright-"));
    own.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
}

async fn give(app: &TestApp, browser: &Browser, roles: &[&str]) {
    let user = app.gate.authenticate(&browser.access_token()).await.unwrap().standing().user.clone();
    let roles = Roles::new(roles.iter().map(|role| role.parse().unwrap()).collect());
    app.gate.operator().set_roles(&user, roles).await.unwrap();
}

#[tokio::test]
async fn who_is_not_signed_in_is_not_let_through() {
    let app = behind_proxy().start().await;
    refuses_strangers(&app, |browser| browser.get("/auth/verify")).await;
    let ada = app.sign_up_in("body", EMAIL).await;
    for bearer in [ada.refresh_token(), "garbage".to_owned()] {
        let refused = app.browser().get("/auth/verify").bearer(bearer).await;
        let refused = refused.expect_problem(401, "access_token_invalid");
        assert_eq!(identity(&refused), []);
    }
    let basic = app.browser().get("/auth/verify").header("authorization", "Basic YWRhOng=").await;
    basic.expect_problem(401, "access_token_invalid");
    app.clock.advance(mins(11));
    ada.get("/auth/verify").await.expect_problem(401, "access_token_expired");
}

#[tokio::test]
async fn who_is_signed_in_is_introduced_by_headers_and_nothing_else() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    give(&app, &ada, &["editor", "author"]).await;
    let answer = ada.get("/auth/verify").await.expect_status(200);
    let account = ada.signed_in()["account"]["id"].as_str().unwrap().to_owned();
    let username = ada.signed_in()["user"]["username"].as_str().unwrap().to_owned();
    let mut seen = identity(&answer);
    seen.sort();
    let expected = [
        ("gatewright-account-id", account),
        ("gatewright-jwt", ada.access_token()),
        ("gatewright-roles", "author,editor".to_owned()),
        ("gatewright-session-id", ada.session_id()),
        ("gatewright-user-id", ada.user_id()),
        ("gatewright-username", username),
    ];
    assert_eq!(seen, expected.map(|(name, value)| (name.to_owned(), value)));
    assert!(answer.body.is_empty() && answer.set_cookies().is_empty());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.contains(&"Authorization, Cookie, Gatewright-Session"), "{vary:?}");
}

#[tokio::test]
async fn a_name_beyond_ascii_is_percent_encoded() {
    let app = behind_proxy().start().await;
    let zoe = app.browser();
    let body = json!({"email": EMAIL, "password": PASSWORD, "username": "zoë", "transport": "cookie"});
    zoe.post("/auth/signup").json(body).await.expect_status(201);
    let answer = zoe.get("/auth/verify").await.expect_status(200);
    assert_eq!(answer.header("gatewright-username"), Some("zo%C3%AB"));
    assert_eq!(answer.header("gatewright-roles"), Some(""));
}

/// docs/attacks.md#tokens-outlive-their-session
#[tokio::test]
async fn se6_an_ended_session_and_a_disabled_user_are_out_at_once() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let tab = ada.copy();
    tab.get("/auth/verify").await.expect_status(200);
    ada.post("/auth/logout").await.expect_status(204);
    tab.get("/auth/verify").await.expect_problem(401, "access_token_invalid");
    let eve = app.sign_up_in("cookie", "eve@example.test").await;
    let operator = app.gate.operator();
    let account = app.gate.authenticate(&eve.access_token()).await.unwrap().standing().account.id;
    assert!(operator.disable_account(account).await.unwrap());
    eve.get("/auth/verify").await.expect_problem(401, "access_token_invalid");
    app.clock.advance(mins(11));
    eve.get("/auth/verify").await.expect_problem(401, "refresh_token_invalid");
}

/// docs/attacks.md#token-sources
#[tokio::test]
async fn a_bad_bearer_is_not_made_good_by_a_cookie_and_two_tokens_are_none() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    ada.get("/auth/verify").await.expect_status(200);
    let with = |bearer: &str| ada.get("/auth/verify").bearer(bearer);
    with("garbage").await.expect_problem(400, "token_source_conflict");
    let only_refresh = format!("__Host-gw_rt_{}={}", ada.tag(), ada.refresh_token());
    with("garbage").cookies(&only_refresh).await.expect_problem(401, "access_token_invalid");
    with(&ada.refresh_token()).cookies(&only_refresh).await.expect_problem(401, "access_token_invalid");
    let basic = ada.get("/auth/verify").header("authorization", "Basic YWRhOng=");
    basic.await.expect_problem(401, "access_token_invalid");
    app.clock.advance(mins(11));
    let old = ada.access_token();
    ada.get("/auth/verify").bearer(&old).cookies(only_refresh).await.expect_problem(401, "access_token_expired");
}

/// docs/attacks.md#a-page-that-asks-for-itself
#[tokio::test]
async fn a_page_that_asks_for_itself_reads_no_token() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let own_page = |from: &str| {
        ada.get("/auth/verify").header("sec-fetch-mode", "cors").header("sec-fetch-dest", "empty").from(from)
    };
    for from in [PROXY, "203.0.113.7"] {
        let answer = own_page(from).await.expect_status(200);
        assert_eq!(answer.header("gatewright-user-id"), Some(ada.user_id().as_str()));
        assert_eq!(answer.header("gatewright-jwt"), None);
    }
    app.clock.advance(mins(11));
    let answer = own_page(PROXY).await.expect_status(200);
    assert_eq!(answer.set_cookies().len(), 2, "it stays signed in");
    let shown: String = answer
        .headers
        .iter()
        .filter(|(name, _)| *name != "set-cookie")
        .fold(String::new(), |all, (name, value)| all + name.as_str() + value.to_str().unwrap());
    assert!(!shown.contains(&ada.access_token()) && !shown.contains("gwr_"), "{shown}");
}

#[tokio::test]
async fn an_outage_lets_nobody_through() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    app.fuse.refuse("standing");
    let away = ada.get("/auth/verify").await.expect_problem(503, "store_unavailable");
    assert_eq!(identity(&away), []);
    app.clock.advance(mins(11));
    ada.get("/auth/verify").await.expect_problem(503, "store_unavailable");
    app.fuse.refuse("rotate");
    ada.get("/auth/verify").await.expect_problem(503, "store_unavailable");
    app.fuse.mend();
    ada.get("/auth/verify").await.expect_status(200);
}

#[tokio::test]
async fn of_several_sessions_the_newest_counts_unless_one_is_named() {
    let app = behind_proxy().start().await;
    let ada = family(&app, "cookie").await;
    let (tag, id) = (ada.tag(), ada.session_id());
    app.clock.advance(mins(1));
    let body = json!({"login": EMAIL, "password": PASSWORD, "user": "grace", "transport": "cookie"});
    ada.post("/auth/login").json(body).await.expect_status(200);
    let newest = ada.get("/auth/verify").await.expect_status(200);
    assert_eq!(newest.header("gatewright-username"), Some("grace"));
    let named = ada.get("/auth/verify").header("gatewright-session", tag).await.expect_status(200);
    assert_eq!(named.header("gatewright-session-id"), Some(id.as_str()));
}
