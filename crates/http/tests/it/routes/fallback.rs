//! What is no route, and what every answer carries.

use axum::http::Method;
use gatewright_testkit::TestApp;

use crate::family::EMAIL;

#[tokio::test]
async fn what_is_no_route_is_a_problem() {
    let app = TestApp::start().await;
    let nobody = app.browser();
    let answer = nobody.get("/nowhere").await.expect_problem(404, "not_found");
    let mut json = answer.json();
    json["request_id"] = "[id]".into();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "code": "not_found",
      "detail": "There is no such thing here.",
      "request_id": "[id]",
      "status": 404,
      "title": "There is no such thing",
      "type": "https://github.com/gatewright/gatewright/blob/main/docs/errors.md#not_found"
    }
    "#);
    for path in ["/auth", "/auth/", "/auth/me/", "/auth/login/x", "/metrics", "/healthz", "/admin/v1", "/.env"] {
        nobody.get(path).await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn wb9_methods_that_do_not_exist_are_refused_everywhere() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    for (path, allow) in [("/auth/me", "GET,HEAD,PATCH"), ("/auth/login", "POST"), ("/auth/users", "GET,HEAD,POST")] {
        for method in ["TRACE", "CONNECT", "BREW", "PROPFIND", "OPTIONS"] {
            let answer = ada.request(method.parse::<Method>().unwrap(), path).await;
            let answer = answer.expect_problem(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
            assert!(!answer.text().contains("gw_rt"), "a request is never echoed");
        }
    }
}

#[tokio::test]
async fn wb7_every_answer_protects_the_browser_and_tells_no_version() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    app.fuse.blow_after(0);
    let outage = ada.get("/auth/me").await.expect_status(503);
    app.fuse.mend();
    let answers = [
        outage,
        ada.get("/nowhere").await.expect_status(404),
        ada.get("/auth/login").await.expect_status(405),
        ada.get("/auth/me").await.expect_status(200),
        ada.post("/auth/login").undeclared("{}").await.expect_status(415),
        ada.post("/auth/login").fetch_site(Some("cross-site")).await.expect_status(403),
        ada.get("/.well-known/jwks.json").await.expect_status(200),
        ada.get("/auth/openapi.json").await.expect_status(200),
        ada.post("/auth/logout").await.expect_status(204),
    ];
    for answer in answers {
        let csp = answer.header("content-security-policy").unwrap();
        for part in ["default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(csp.contains(part), "{csp}");
        }
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=63072000; includeSubDomains"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"));
        assert!(answer.header("cross-origin-resource-policy").is_some());
        assert!(answer.header("cache-control").is_some());
        assert!(answer.header("x-request-id").is_some());
        for name in ["server", "x-powered-by", "via"] {
            assert_eq!(answer.header(name), None);
        }
    }
}

#[tokio::test]
async fn wb7_over_plain_http_nothing_is_promised_about_https() {
    let setup = gatewright_testkit::app::Setup::default();
    let app = setup.policy(|policy| "http://localhost:8080".clone_into(&mut policy.issuer)).start().await;
    assert_eq!(app.browser().get("/auth/me").await.header("strict-transport-security"), None);
}
