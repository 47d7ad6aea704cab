//! X9: cookies without their marks, CORS for everybody, logout by a link.

use axum::http::Method;
use gatewright_testkit::{
    TestApp,
    app::{Setup, days},
};
use serde_json::json;

use crate::family::EMAIL;

/// docs/attacks.md#cookies-without-marks
#[tokio::test]
async fn wb1_wb2_cookies_are_marked_for_this_host_https_and_no_script() {
    let app = TestApp::start().await;
    for transport in ["hybrid", "cookie"] {
        let browser = app.browser();
        let body = json!({"email": format!("{transport}@example.test"), "password": "a perfectly fine sentence",
            "transport": transport});
        let answer = browser.post("/auth/signup").json(body).await.expect_status(201);
        let tag = browser.tag();
        let cookies = answer.set_cookies();
        assert_eq!(cookies.len(), if transport == "hybrid" { 1 } else { 2 });
        let refresh = cookies[0].strip_prefix(&format!("__Host-gw_rt_{tag}=gwr_")).unwrap();
        assert!(refresh.ends_with("; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Strict"), "{refresh}");
        if let Some(access) = cookies.get(1) {
            let access = access.strip_prefix(&format!("__Host-gw_at_{tag}=eyJ")).unwrap();
            assert!(access.ends_with("; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax"), "{access}");
        }
        // No cookie outlives its session: ten of thirty days are over.
        app.clock.advance(days(10));
        let later = browser.refresh().await.expect_status(200).set_cookies();
        assert!(later[0].contains("; Max-Age=1728000; "), "{}", later[0]);
    }
}

/// docs/attacks.md#cookies-without-marks
#[tokio::test]
async fn lg9_plain_cookies_exist_on_loopback_only() {
    let plain = |options: &mut gatewright::HttpOptions| {
        options.cookies = gatewright::CookieSecurity::PlainOnLoopback;
    };
    let app = Setup::default().http(plain).start().await;
    let names = app.sign_up(EMAIL).await.cookie_names();
    assert!(names[0].starts_with("__Host-gw_rt_"), "the issuer is no loopback address");
    let setup = Setup::default().http(plain).policy(|policy| "http://localhost:8080".clone_into(&mut policy.issuer));
    let app = setup.start().await;
    let ada = app.sign_up(EMAIL).await;
    assert!(ada.cookie_names()[0].starts_with("gw_rt_"));
    ada.refresh().await.expect_status(200);
}

/// docs/attacks.md#foreign-pages
#[tokio::test]
async fn wb5_only_listed_origins_may_read_answers() {
    let allow = |options: &mut gatewright::HttpOptions| {
        options.cors_origins = vec!["https://app.example.test".parse().unwrap()];
    };
    let app = Setup::default().http(allow).start().await;
    let ada = app.sign_up(EMAIL).await;
    for origin in ["https://evil.test", "null", "https://app.example.test.evil.test", "http://app.example.test", "*"] {
        let answer = ada.get("/auth/me").header("origin", origin).await.expect_status(200);
        assert_eq!(answer.header("access-control-allow-origin"), None, "{origin}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(answer.header("vary"), Some("Origin, Sec-Fetch-Site"));
        let preflight = ada.request(Method::OPTIONS, "/auth/me").header("origin", origin);
        let preflight = preflight.header("access-control-request-method", "PATCH").await;
        let preflight = preflight.expect_problem(403, "origin_refused");
        assert_eq!(preflight.header("access-control-allow-origin"), None);
    }
    let origin = "https://app.example.test";
    let answer = ada.get("/auth/me").header("origin", origin).await.expect_status(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
    assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
    let preflight = ada.request(Method::OPTIONS, "/auth/refresh").header("origin", origin);
    let preflight = preflight.header("access-control-request-method", "POST").await.expect_status(204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some(origin));
    assert!(preflight.header("access-control-allow-methods").unwrap().contains("POST"));
    assert!(preflight.header("access-control-allow-headers").unwrap().contains("Idempotency-Key"));
}

/// docs/attacks.md#foreign-pages
#[tokio::test]
async fn wb4_a_page_of_another_origin_cannot_act_with_our_cookies() {
    let allow = |options: &mut gatewright::HttpOptions| {
        options.cors_origins = vec!["https://app.example.test".parse().unwrap()];
    };
    let app = Setup::default().http(allow).start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    // Sec-Fetch-Site, Origin, whether it may.
    let table = [
        (Some("cross-site"), None, false),
        (Some("same-site"), None, false),
        (Some("cross-site"), Some("https://evil.test"), false),
        (Some("same-site"), Some("https://sub.example.test"), false),
        (Some("cross-site"), Some("https://auth.example.test"), false),
        (Some("nonsense"), None, false),
        (None, Some("https://evil.test"), false),
        (None, Some("null"), false),
        (None, Some("http://auth.example.test"), false),
        (None, None, false),
        (Some("same-origin"), None, true),
        (Some("none"), None, true),
        (Some("cross-site"), Some("https://app.example.test"), true),
        (Some("same-site"), Some("https://app.example.test"), true),
        (None, Some("https://auth.example.test"), true),
        (None, Some("https://app.example.test"), true),
    ];
    for (site, origin, may) in table {
        for (method, path, body) in [
            (Method::POST, "/auth/refresh", None),
            (Method::PATCH, "/auth/me", Some(json!({"profile": {}}))),
            (Method::POST, "/auth/logout", Some(json!({"scope": "others"}))),
        ] {
            let mut call = ada.request(method, path).fetch_site(site);
            if let Some(origin) = origin {
                call = call.header("origin", origin);
            }
            if let Some(body) = body {
                call = call.json(body);
            }
            let answer = call.await;
            if may {
                assert!(answer.status.is_success(), "{site:?} {origin:?} {path} {}", answer.text());
            } else {
                answer.expect_problem(403, "origin_refused");
            }
        }
    }
    // Reading changes nothing, so a link may lead here.
    ada.get("/auth/me").fetch_site(Some("cross-site")).await.expect_status(200);
}

/// docs/attacks.md#login-by-a-foreign-page
#[tokio::test]
async fn wb4_a_page_of_another_origin_cannot_sign_the_browser_in() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let body = json!({"login": EMAIL, "password": "a perfectly fine sentence"});
    let foreign = app.browser();
    foreign.post("/auth/login").json(body.clone()).fetch_site(Some("cross-site")).await.expect_status(403);
    let by_origin = foreign.post("/auth/login").json(body.clone()).fetch_site(None);
    by_origin.header("origin", "https://evil.test").await.expect_problem(403, "origin_refused");
    // A form can send text without asking.
    let form = foreign.post("/auth/login").raw("text/plain", body.to_string()).fetch_site(None);
    form.await.expect_problem(415, "unsupported_media_type");
    let form = foreign.post("/auth/login").undeclared(body.to_string()).fetch_site(None);
    form.await.expect_problem(415, "unsupported_media_type");
    // What is no browser says neither, and carries nothing that a browser would have added.
    foreign.post("/auth/login").json(body).fetch_site(None).await.expect_status(200);
}

/// docs/attacks.md#logout-by-a-link
#[tokio::test]
async fn reading_never_changes_anything() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    for path in ["/auth/logout", "/auth/refresh", "/auth/switch", "/auth/login", "/auth/signup", "/auth/select"] {
        let refused = ada.get(path).await.expect_problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some("POST"));
        ada.request(Method::HEAD, path).await.expect_status(405);
    }
    ada.get("/auth/me").await.expect_status(200);
}
