//! Section 7: what a browser is told, and what is believed of what it says. The rules about origins are replayed by
//! `attacks/x09_browser_rules.rs`; here stands what has to hold for every answer.

use std::sync::Arc;

use axum::http::Method;
use gatewright_testkit::{
    TestApp,
    app::{Answer, Setup},
};
use serde_json::json;

use super::logging::Panicking;
use crate::{
    access_table::{Caller, cells},
    family::EMAIL,
};

/// docs/attacks.md#cookies-without-marks
#[tokio::test]
async fn wb1_wb2_every_cookie_that_is_ever_set_has_every_mark() {
    let mut seen = 0;
    for cell in cells().await {
        for line in cell.answer.set_cookies() {
            seen += 1;
            let mut parts = line.split("; ");
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap();
            let mut attributes: Vec<&str> = parts.collect();
            let is_refresh = name.starts_with("__Host-gw_rt_");
            let is_lax = name.starts_with("__Host-gw_at_") || name == "__Host-gw_browser";
            assert!(is_refresh || is_lax, "{}: {line}", cell.name());
            assert!(name.len() + value.len() <= 4096);
            assert!(value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte)), "{line}");
            attributes.sort_unstable();
            let [http_only, max_age, path, same_site, secure] = attributes[..] else { panic!("{line}") };
            let site = if is_refresh { "SameSite=Strict" } else { "SameSite=Lax" };
            assert_eq!((http_only, path, same_site, secure), ("HttpOnly", "Path=/", site, "Secure"), "{line}");
            let age: u64 = max_age.strip_prefix("Max-Age=").unwrap().parse().unwrap();
            assert!(age <= 400 * 86_400 && (age == 0) == value.is_empty(), "{line}");
        }
    }
    assert!(seen > 20, "{seen}");
}

/// docs/attacks.md#planted-cookies
#[tokio::test]
async fn wb3_a_cookie_header_is_read_as_browsers_write_it_and_never_guessed_at() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let (name, token) = (format!("__Host-gw_at_{}", ada.tag()), ada.access_token());
    let own = format!("{name}={token}");
    let eve = app.sign_up_in("cookie", "eve@example.test").await;
    let planted = eve.access_token();
    // In the manner of the http-state suite: the header, and what comes of it.
    let table = [
        (own.clone(), 200),
        (format!("  {own}  "), 200),
        (format!("\t{own};"), 200),
        (format!(";;;{own};;;"), 200),
        (format!("a=b; {own}; c=d"), 200),
        (format!("a; =; ==; {own}; =x"), 200),
        (format!("a=\"; {own}; b=\""), 200),
        (format!("a=b\u{e9}; {own}"), 200),
        (format!("x={name}={planted}; {own}"), 200),
        (format!("{own}x"), 401),
        (format!("{name}=\"{token}\""), 401),
        (format!("{name}= {token}"), 401),
        (format!("{name} = {token}"), 401),
        (format!("{name}:{token}"), 401),
        (format!("{name}={token},{name}={planted}"), 401),
        (format!("{name}=="), 401),
        (format!("{name}="), 401),
        (name.clone(), 401),
        (format!("\"{name}\"={token}"), 401),
        (format!("%5F_Host-gw_at_{}={token}", ada.tag()), 401),
        (format!("$Version=1; ${own}"), 401),
        (format!("{own}; {own}"), 400),
        (format!("{own}; {name}={planted}"), 400),
        (format!("{name}={planted}; {own}"), 400),
        (format!("{own}; a=b; {name}="), 400),
    ];
    for (header, status) in table {
        let answer = app.browser().get("/auth/me").cookies(&header).await;
        assert_eq!(answer.status.as_u16(), status, "{header:?}: {}", answer.text());
        if status == 200 {
            assert_eq!(answer.json()["account"]["email"], EMAIL);
        }
    }
}

/// docs/attacks.md#foreign-pages
#[tokio::test]
async fn wb4_no_operation_that_changes_something_is_done_for_a_foreign_page() {
    for cell in cells().await.iter().filter(|cell| cell.caller == Caller::Foreign) {
        let path = cell.row.path;
        // What is for admins and programs is not for this user whatever page it comes from; a page that has no business with the first
        // admin is told so.
        let is_of_others = path.starts_with("/admin/v1/") && path != "/admin/v1/bootstrap"
            || ["/auth/introspect", "/auth/revoke"].contains(&path);
        // An export is a reading that leaves a trace.
        let may = cell.row.method == Method::GET && !cell.name().contains("export");
        assert_eq!(cell.answer.status == 200, may && !is_of_others, "{}", cell.name());
        if !is_of_others {
            assert_eq!(cell.answer.json()["code"] == "origin_refused", !may, "{}", cell.name());
        }
        assert!(cell.answer.set_cookies().is_empty(), "{}", cell.name());
        assert_eq!(cell.answer.header("access-control-allow-origin"), None);
    }
}

fn check_headers(answer: &Answer, name: &str) {
    let csp = answer.header("content-security-policy").unwrap_or_default();
    let rules =
        ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"];
    for rule in rules {
        assert!(csp.split("; ").any(|one| one == rule), "{name}: {csp}");
    }
    let hsts = answer.header("strict-transport-security").unwrap_or_default();
    let age = hsts.strip_prefix("max-age=").and_then(|rest| rest.strip_suffix("; includeSubDomains"));
    assert!(age.and_then(|age| age.parse::<u64>().ok()).is_some_and(|age| age >= 31_536_000), "{name}: {hsts}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{name}");
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{name}");
    assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{name}");
    let policy = answer.header("cross-origin-resource-policy");
    // Keys, and where they are, are for everybody.
    assert!(
        policy == Some("same-origin") || name.contains("/.well-known/") && policy == Some("cross-origin"),
        "{name}: {policy:?}"
    );
    let mut vary = answer.headers.iter().filter(|(name, _)| *name == "vary");
    assert!(vary.any(|(_, vary)| vary.to_str().unwrap().contains("Origin")), "{name}");
    assert_eq!(answer.header("x-request-id").unwrap().len(), 36, "{name}");
    assert!(answer.header("server").is_none() && answer.header("x-powered-by").is_none(), "{name}");
    let content_type = answer.header("content-type");
    let known = ["application/json", "application/problem+json", "application/x-ndjson"];
    let is_known = content_type.is_some_and(|content_type| known.contains(&content_type));
    assert!(is_known || content_type.is_none() && answer.body.is_empty(), "{name}: {content_type:?}");
}

/// docs/attacks.md#rendering-an-answer
#[tokio::test]
async fn wb7_every_answer_has_the_headers_that_protect_a_browser() {
    for cell in cells().await {
        check_headers(&cell.answer, &cell.name());
    }
    let app = TestApp::start().await;
    let nobody = app.browser();
    let big = "x".repeat(20_000);
    let answers = [
        (404, nobody.get("/nothing").await),
        (404, nobody.get("/auth/%00/..").await),
        (404, nobody.post("/auth/nothing").json(json!({})).await),
        (405, nobody.get("/auth/login").await),
        (405, nobody.request(Method::PUT, "/.well-known/jwks.json").await),
        (413, nobody.post("/auth/login").json(json!({"login": big, "password": "x"})).await),
        (415, nobody.post("/auth/login").undeclared("{}").await),
        (422, nobody.post("/auth/login").raw("application/json", "{").await),
        (403, nobody.post("/auth/login").fetch_site(Some("cross-site")).await),
        (405, nobody.request(Method::OPTIONS, "/auth/login").await),
    ];
    for (status, answer) in answers {
        check_headers(&answer.expect_status(status), &status.to_string());
    }
    app.fuse.blow_after(0);
    let body = json!({"login": EMAIL, "password": "whatever it is"});
    let outage = nobody.post("/auth/login").json(body).await.expect_problem(503, "store_unavailable");
    check_headers(&outage, "503");
    let broken = Setup::default().sessions(|inner| Arc::new(Panicking(inner))).start().await;
    let ada = broken.sign_up(EMAIL).await;
    check_headers(&ada.get("/auth/me").await.expect_problem(500, "internal_error"), "500");
}

/// docs/attacks.md#rendering-an-answer
#[tokio::test]
async fn oa5_nobody_is_ever_sent_elsewhere() {
    for cell in cells().await {
        assert!(!cell.answer.status.is_redirection(), "{}", cell.name());
    }
    let app = TestApp::start().await;
    for path in ["/auth/login/", "//auth/login", "/auth//login", "/AUTH/login", "/auth/login?next=//evil.test", "/auth"]
    {
        let answer = app.browser().post(path).json(json!({"login": EMAIL, "password": "whatever it is"})).await;
        assert!(!answer.status.is_redirection(), "{path}");
        assert_eq!(answer.header("location"), None);
    }
}

/// docs/attacks.md#rendering-an-answer
#[tokio::test]
async fn wb9_what_nobody_needs_is_not_there() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    for method in ["TRACE", "TRACK", "CONNECT", "PROPFIND", "DEBUG", "get", "FOO"] {
        for path in ["/auth/me", "/auth/login", "/auth/users", "/.well-known/jwks.json", "/auth/openapi.json"] {
            let answer =
                ada.request(Method::from_bytes(method.as_bytes()).unwrap(), path).header("x-canary", "tell-me").await;
            let answer = answer.expect_problem(405, "method_not_allowed");
            assert!(answer.header("allow").is_some(), "{method} {path}");
            assert!(!answer.text().contains("tell-me"));
        }
    }
    for path in [
        "/metrics",
        "/health",
        "/docs",
        "/admin/v1",
        "/admin/v1/nothing",
        "/debug",
        "/.env",
        "/.git/config",
        "/auth/docs",
        "/server-status",
        "/swagger-ui",
    ] {
        let answer = ada.get(path).await.expect_problem(404, "not_found");
        assert!(!answer.text().contains(env!("CARGO_PKG_VERSION")));
    }
}
