//! Rules: what is asked for, and by whose word.

use gatewright::core::model::{Permissions, Role, RouteRules, Timestamp};
use gatewright_testkit::app::{Call, mins};

use super::{PROXY, asks, behind_proxy, give, identity, ruled};
use crate::family::EMAIL;

#[tokio::test]
async fn oa10_without_a_word_that_is_believed_nobody_passes_the_rules() {
    let app = ruled(&["* * /** signed_in"]).await;
    let ada = app.sign_up_in("body", EMAIL).await;
    asks(&ada, "GET", "/x").await.expect_status(200);
    let stranger = asks(&ada, "GET", "/x").from("203.0.113.7").await.expect_problem(403, "permission_denied");
    assert_eq!(identity(&stranger), []);
    let from_proxy = || ada.get("/auth/verify").from(PROXY);
    let without = |left_out: &str| {
        let said = [("x-original-method", "GET"), ("x-original-uri", "/x"), ("x-forwarded-host", "app.example.test")];
        let said = said.into_iter().filter(|(name, _)| *name != left_out);
        said.fold(from_proxy(), |call: Call<'_>, (name, value)| call.header(name, value))
    };
    without("").await.expect_status(200);
    for name in ["x-original-method", "x-original-uri", "x-forwarded-host"] {
        without(name).await.expect_problem(403, "permission_denied");
    }
    for (name, value) in [
        ("x-original-uri", "/x"),
        ("x-original-uri", "/public"),
        ("x-forwarded-uri", "/public"),
        ("x-forwarded-method", "POST"),
        ("x-forwarded-host", "app.example.test"),
        ("x-forwarded-host", "other.example.test"),
    ] {
        without("").header(name, value).await.expect_problem(403, "permission_denied");
    }
    // Said in two ways, and alike.
    without("").header("x-forwarded-uri", "/x").header("x-forwarded-method", "GET").await.expect_status(200);
}

#[tokio::test]
async fn oa10_a_path_that_can_be_read_in_two_ways_is_refused() {
    let app = ruled(&["* * /open/** public", "* * /admin/** role:admin", "* * /** signed_in"]).await;
    let ada = app.sign_up_in("body", EMAIL).await;
    for uri in [
        "/open/../admin",
        "/open/%2e%2e/admin",
        "/open/..%2fadmin",
        "/open%2f..%2fadmin",
        "/open/..;/admin",
        "/open/%252e%252e/admin",
        "/open\\..\\admin",
        "/open%5c..%5cadmin",
        "/open/%00",
        "/%c0%ae%c0%ae/admin",
        "/admin;x",
        "/admin%3Fx",
        "/admin",
        "//admin",
        "/./admin/",
        "/%61dmin",
        "http://app.example.test/open",
        "open",
    ] {
        asks(&ada, "GET", uri).await.expect_problem(403, "permission_denied");
    }
    for uri in ["/open/x", "//open//x?/../admin", "/%6fpen/x", "/Admin", "/administration", "/"] {
        asks(&ada, "GET", uri).await.expect_status(200);
    }
}

#[tokio::test]
async fn az3_rules_ask_for_what_the_user_has_now() {
    let role = |name: &str, permission: &str| Role {
        name: name.parse().unwrap(),
        permissions: Permissions::new(vec![permission.parse().unwrap()]),
        changed_at: Timestamp::from_secs(0),
    };
    let rules = [
        "GET * /posts/* any_role:author|editor",
        "POST * /posts permission:posts:write",
        "* admin.example.test /** role:admin",
        "* * /closed/** deny",
        "GET|POST * / signed_in",
    ];
    let setup = behind_proxy().policy(|policy| {
        policy.routes = RouteRules::parse(rules).unwrap();
        policy.roles = vec![role("editor", "posts:write"), role("author", "posts:read")];
    });
    let app = setup.start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let denied = |method: &'static str, uri: &'static str| asks(&ada, method, uri);
    denied("GET", "/posts/1").await.expect_problem(403, "permission_denied");
    // The token stays as it was issued; what counts is the user as it is.
    give(&app, &ada, &["author"]).await;
    asks(&ada, "GET", "/posts/1").await.expect_status(200);
    denied("POST", "/posts").await.expect_problem(403, "permission_denied");
    give(&app, &ada, &["editor"]).await;
    asks(&ada, "POST", "/posts").await.expect_status(200);
    asks(&ada, "HEAD", "/posts/1").await.expect_status(200);
    denied("DELETE", "/posts/1").await.expect_problem(403, "permission_denied");
    denied("GET", "/closed").await.expect_problem(403, "permission_denied");
    denied("PUT", "/").await.expect_problem(403, "permission_denied");
    asks(&ada, "POST", "/").await.expect_status(200);
    let on_admin = || {
        let call = ada.get("/auth/verify").from(PROXY).header("x-forwarded-method", "GET");
        call.header("x-forwarded-uri", "/").header("x-forwarded-host", "Admin.Example.test:8443")
    };
    on_admin().await.expect_problem(403, "permission_denied");
    give(&app, &ada, &["admin"]).await;
    on_admin().await.expect_status(200);
    let eve = app.sign_up_in("body", "eve@example.test").await;
    give(&app, &eve, &["admin"]).await; // somebody has to be one
    give(&app, &ada, &[]).await;
    on_admin().await.expect_problem(403, "permission_denied");
}

#[tokio::test]
async fn what_is_public_is_open_to_nobody_in_particular_and_to_those_who_are_somebody() {
    let app = ruled(&["* * /open/** public", "* * /shut/** deny"]).await;
    let nobody = app.browser();
    let answer = asks(&nobody, "GET", "/open/x").await.expect_status(200);
    assert_eq!(identity(&answer), []);
    let answer = asks(&nobody, "GET", "/open/x").bearer("garbage").await.expect_status(200);
    assert_eq!(identity(&answer), []);
    asks(&nobody, "GET", "/shut/x").await.expect_problem(403, "permission_denied");
    asks(&nobody, "GET", "/elsewhere").await.expect_problem(403, "permission_denied");
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let answer = asks(&ada, "GET", "/open/x").await.expect_status(200);
    assert_eq!(answer.header("gatewright-user-id"), Some(ada.user_id().as_str()));
    app.clock.advance(mins(11));
    let answer = asks(&ada, "GET", "/open/x").await.expect_status(200);
    assert_eq!(answer.set_cookies().len(), 2, "it is renewed here, too");
    ada.copy().post("/auth/logout").await.expect_status(204);
    let answer = asks(&ada, "GET", "/open/x").await.expect_status(200);
    assert_eq!(identity(&answer), []);
}

/// What no rule lets pass is refused before anything is renewed; who lacks a role is refused with the cookies of the renewal.
#[tokio::test]
async fn a_refusal_loses_no_renewal() {
    let app = ruled(&["* * /shut deny", "* * /** role:admin"]).await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    app.clock.advance(mins(11));
    let before = ada.refresh_token();
    let refused = asks(&ada, "GET", "/shut").await.expect_problem(403, "permission_denied");
    assert_eq!(refused.set_cookies(), Vec::<String>::new());
    let refused = asks(&ada, "GET", "/x").await.expect_problem(403, "permission_denied");
    assert_eq!(refused.set_cookies().len(), 2);
    assert_eq!(identity(&refused), [], "a page may read the headers of a refusal");
    assert_ne!(ada.refresh_token(), before);
    give(&app, &ada, &["admin"]).await;
    asks(&ada, "GET", "/x").await.expect_status(200);
}

/// Envoy puts the path of the request behind ours, and keeps its method.
#[tokio::test]
async fn what_stands_behind_our_path_is_what_is_asked_for() {
    let app = ruled(&["GET app.example.test /open/** public", "* app.example.test /** signed_in"]).await;
    let (nobody, ada) = (app.browser(), app.sign_up_in("body", EMAIL).await);
    let host = "app.example.test";
    nobody.get("/auth/verify/open/x?renewal=nonsense").from(PROXY).header("host", host).await.expect_status(200);
    nobody.get("/auth/verify/").from(PROXY).header("host", host).await.expect_problem(401, "access_token_invalid");
    nobody
        .post("/auth/verify/open/x")
        .from(PROXY)
        .header("host", host)
        .await
        .expect_problem(401, "access_token_invalid");
    nobody.get("/auth/verify/open/x").header("host", host).await.expect_problem(403, "permission_denied");
    nobody.get("/auth/verify/open/x").from(PROXY).await.expect_problem(403, "permission_denied");
    for uri in
        ["/auth/verify/open/../x", "/auth/verify/open/%2e%2e/x", "/auth/verify/open%2fx", "/auth/verify//open;/x%00"]
    {
        nobody.get(uri).from(PROXY).header("host", host).await.expect_problem(403, "permission_denied");
    }
    let spoof =
        nobody.get("/auth/verify/private").from(PROXY).header("host", host).header("x-forwarded-uri", "/open/x");
    spoof.await.expect_problem(403, "permission_denied");
    for call in [ada.put("/auth/verify/a/b"), ada.delete("/auth/verify/"), ada.get("/auth/verify/x?y")] {
        call.from(PROXY).header("host", host).await.expect_status(200);
    }
    ada.post("/auth/verify").from(PROXY).await.expect_problem(405, "method_not_allowed");
}
