//! The layers in a real axum router: who gets through, and what everybody else is told.

use crate::forge::{Forge, NOW, good_claims};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Path,
    http::{HeaderMap, Request, StatusCode, header},
    routing::get,
};
use gatewright_token::tower::{
    Caller, Forbidden, RequireToken, require_any_permission, require_any_role, require_permission, require_role,
};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

async fn whoami(caller: Caller) -> String {
    caller.username.clone()
}

async fn own_user(caller: Caller, Path(owner): Path<Uuid>) -> Result<&'static str, Forbidden> {
    caller.require_user(owner)?;
    Ok("yours")
}

async fn own_account(caller: Caller, Path(owner): Path<Uuid>) -> Result<&'static str, Forbidden> {
    caller.require_account(owner)?;
    Ok("yours")
}

async fn own_resource(caller: Caller, Path(owner): Path<Uuid>) -> Result<&'static str, Forbidden> {
    caller.require_owner(owner)?;
    Ok("yours")
}

fn router(forge: &Forge) -> Router {
    Router::new()
        .route("/me", get(whoami))
        .route("/users/{id}", get(own_user))
        .route("/accounts/{id}", get(own_account))
        .route("/edit", get(whoami).layer(require_role("editor")))
        .route("/admin", get(whoami).layer(require_role("admin")))
        .route("/write", get(whoami).layer(require_permission("articles:write")))
        .route("/delete", get(whoami).layer(require_permission("articles:delete")))
        .route("/owned/{id}", get(own_resource))
        .route("/any-role", get(whoami).layer(require_any_role(["admin", "editor"])))
        .route("/other-roles", get(whoami).layer(require_any_role(["admin", "Editor", "edit", "editor "])))
        .route("/no-role", get(whoami).layer(require_any_role([] as [&str; 0])))
        .route("/any-permission", get(whoami).layer(require_any_permission(["articles:delete", "articles:write"])))
        .route("/other-permissions", get(whoami).layer(require_any_permission(["articles:*", "editor"])))
        .route("/no-permission", get(whoami).layer(require_any_permission([] as [&str; 0])))
        .layer(RequireToken::new(forge.verifier()).with_clock(|| NOW))
        // Behind no layer, by mistake.
        .route("/forgotten", get(whoami))
        .route("/forgotten-role", get(whoami).layer(require_role("editor")))
        .route("/forgotten-any", get(whoami).layer(require_any_permission(["articles:write"])))
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn code(&self) -> String {
        let problem: Value = serde_json::from_str(&self.body).expect("a problem document");
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        assert_eq!(self.headers[header::CACHE_CONTROL], "no-store");
        problem["code"].as_str().expect("a code").to_owned()
    }
}

async fn ask(router: &Router, path: &str, authorization: &[&str]) -> Answer {
    let mut request = Request::builder().uri(path);
    for value in authorization {
        request = request.header(header::AUTHORIZATION, *value);
    }
    let request = request.body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("axum answers everything");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 10_000).await.expect("a short body");
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8(bytes.to_vec()).expect("text") }
}

#[tokio::test]
async fn a_request_without_a_token_is_challenged() {
    let forge = Forge::new();
    let answer = ask(&router(&forge), "/me", &[]).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, "access_token_invalid"));
    assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
}

/// X10: sloppy token sources.
#[tokio::test]
async fn only_one_well_formed_bearer_header_counts() {
    let forge = Forge::new();
    let token = forge.sign_claims(&good_claims());
    let bearer = format!("Bearer {token}");
    for good in [bearer.clone(), format!("bearer {token}"), format!("BEARER {token}")] {
        let answer = ask(&router(&forge), "/me", &[&good]).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "ada"), "{good}");
    }
    let bad = [
        vec![token.clone()],
        vec![format!("Basic {token}")],
        vec![format!("Token {token}")],
        vec![format!("Bearer  {token}")],
        vec![format!("Bearer\t{token}")],
        vec![format!("Bearer={token}")],
        vec![format!("Bearer {token} {token}")],
        vec![format!("Bearer {token}, Bearer {token}")],
        vec!["Bearer".to_owned()],
        vec!["Bearer ".to_owned()],
        vec![String::new()],
        vec![bearer.clone(), bearer.clone()],
        vec![bearer.clone(), "Basic x".to_owned()],
    ];
    for values in bad {
        let values: Vec<_> = values.iter().map(String::as_str).collect();
        let answer = ask(&router(&forge), "/me", &values).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::UNAUTHORIZED, "access_token_invalid"),
            "{values:?}"
        );
    }
}

#[tokio::test]
async fn a_token_in_the_address_or_a_cookie_is_not_looked_at() {
    let forge = Forge::new();
    let token = forge.sign_claims(&good_claims());
    let request =
        Request::builder().uri(format!("/me?access_token={token}")).header(header::COOKIE, format!("gw_at={token}"));
    let answer = router(&forge).oneshot(request.body(Body::empty()).expect("a request")).await.expect("answers");
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}

/// X1: an expired token accepted.
#[tokio::test]
async fn expired_is_told_apart_and_nothing_else_is() {
    let forge = Forge::new();
    let mut old = good_claims();
    (old["iat"], old["exp"]) = (json!(NOW - 700), json!(NOW - 100));
    let answer = ask(&router(&forge), "/me", &[&format!("Bearer {}", forge.sign_claims(&old))]).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, "access_token_expired"));
    old["iss"] = json!("https://evil.example.test");
    let strangers = [forge.sign_claims(&old), Forge::new().sign_claims(&good_claims()), "x.y.z".to_owned()];
    let mut bodies = Vec::new();
    for token in strangers {
        let answer = ask(&router(&forge), "/me", &[&format!("Bearer {token}")]).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::UNAUTHORIZED, "access_token_invalid"));
        bodies.push((answer.body, answer.headers[header::WWW_AUTHENTICATE].clone()));
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the same answer for all");
}

#[tokio::test]
async fn rights_are_demanded_by_role_and_by_permission() {
    let forge = Forge::new();
    let bearer = format!("Bearer {}", forge.sign_claims(&good_claims()));
    for (path, status) in [("/edit", 200), ("/admin", 403), ("/write", 200), ("/delete", 403)] {
        let answer = ask(&router(&forge), path, &[&bearer]).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        if status == 403 {
            assert_eq!(answer.code(), "permission_denied");
        }
        assert_eq!(ask(&router(&forge), path, &[]).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let mut claims = good_claims();
    claims.as_object_mut().expect("an object").remove("permissions");
    let bearer = format!("Bearer {}", forge.sign_claims(&claims));
    assert_eq!(ask(&router(&forge), "/write", &[&bearer]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn one_of_several_rights_is_enough_and_one_of_none_is_not() {
    let forge = Forge::new();
    let bearer = format!("Bearer {}", forge.sign_claims(&good_claims()));
    for (path, status) in [
        ("/any-role", 200),
        ("/other-roles", 403),
        ("/no-role", 403),
        ("/any-permission", 200),
        ("/other-permissions", 403),
        ("/no-permission", 403),
    ] {
        let answer = ask(&router(&forge), path, &[&bearer]).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        if status == 403 {
            assert_eq!(answer.code(), "permission_denied");
        }
        assert_eq!(ask(&router(&forge), path, &[]).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let mut powerless = good_claims();
    powerless["roles"] = json!([]);
    powerless["permissions"] = json!([]);
    let bearer = format!("Bearer {}", forge.sign_claims(&powerless));
    for path in ["/any-role", "/any-permission", "/no-role", "/no-permission"] {
        assert_eq!(ask(&router(&forge), path, &[&bearer]).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_right_is_that_of_the_user_whoever_acts_as_it() {
    let forge = Forge::new();
    let (user, account, admin) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(9));
    for kind in ["user", "service_key"] {
        let mut claims = good_claims();
        claims["act"] = json!({ "sub": admin.to_string(), "kind": kind });
        let bearer = format!("Bearer {}", forge.sign_claims(&claims));
        for (path, status) in [
            ("/edit".to_owned(), 200),
            ("/admin".to_owned(), 403),
            ("/any-role".to_owned(), 200),
            ("/write".to_owned(), 200),
            ("/delete".to_owned(), 403),
            (format!("/users/{user}"), 200),
            (format!("/owned/{account}"), 200),
            // Who acts owns nothing by that.
            (format!("/users/{admin}"), 403),
            (format!("/owned/{admin}"), 403),
        ] {
            assert_eq!(ask(&router(&forge), &path, &[&bearer]).await.status.as_u16(), status, "{kind} {path}");
        }
    }
}

#[tokio::test]
async fn only_the_owner_of_a_resource_gets_it() {
    let forge = Forge::new();
    let bearer = format!("Bearer {}", forge.sign_claims(&good_claims()));
    let (user, account) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for (path, status) in [
        (format!("/users/{user}"), 200),
        (format!("/users/{account}"), 403),
        (format!("/accounts/{account}"), 200),
        (format!("/accounts/{user}"), 403),
        (format!("/owned/{user}"), 200),
        (format!("/owned/{account}"), 200),
        // The session and the token have ids as well.
        (format!("/owned/{}", Uuid::from_u128(3)), 403),
        (format!("/owned/{}", Uuid::from_u128(4)), 403),
        (format!("/owned/{}", Uuid::nil()), 403),
    ] {
        assert_eq!(ask(&router(&forge), &path, &[&bearer]).await.status.as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn a_forgotten_layer_lets_nobody_in() {
    let forge = Forge::new();
    let bearer = format!("Bearer {}", forge.sign_claims(&good_claims()));
    for path in ["/forgotten", "/forgotten-role", "/forgotten-any"] {
        let answer = ask(&router(&forge), path, &[&bearer]).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::UNAUTHORIZED, "access_token_invalid"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_remote_verifier_without_keys_is_an_outage_not_a_refusal() {
    let forge = Forge::new();
    let gone = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = format!("http://{}/", gone.local_addr().expect("bound"));
    drop(gone);
    let remote = gatewright_token::remote::RemoteVerifier::with_clock(forge.verifier(), &address, || NOW);
    let layer = RequireToken::new(remote.expect("a loopback address"));
    let router = Router::new().route("/me", get(whoami)).layer(layer);
    let bearer = format!("Bearer {}", forge.sign_claims(&good_claims()));
    let answer = ask(&router, "/me", &[&bearer]).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "keys_unavailable"));
    assert_eq!(answer.headers[header::RETRY_AFTER], "5");
}
