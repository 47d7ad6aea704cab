//! `GET /.well-known/jwks.json`.

mod oauth;

use std::collections::BTreeSet;

use axum::http::Method;
use gatewright::token::{Algorithm, Urgency};
use gatewright_testkit::{
    TestApp,
    app::{Setup, mins, secs},
};
use serde_json::{Value, json};

use crate::family::EMAIL;

const PATH: &str = "/.well-known/jwks.json";

async fn with(algorithm: Algorithm) -> TestApp {
    Setup::default().policy(|policy| policy.keys.algorithm = algorithm).start().await
}

#[tokio::test]
async fn the_keys_are_read_and_nothing_else() {
    let app = TestApp::start().await;
    let nobody = app.browser();
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let refused = nobody.request(method, PATH).await.expect_problem(405, "method_not_allowed");
        assert_eq!(refused.header("allow"), Some("GET,HEAD"));
    }
}

/// The members of RFC 7517, 7518 and 8037 that only the owner of a key may know.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

#[tokio::test]
async fn jw20_no_private_member_is_ever_published() {
    for (algorithm, members) in [
        (Algorithm::Es256, &["alg", "crv", "kid", "kty", "use", "x", "y"][..]),
        (Algorithm::EdDsa, &["alg", "crv", "kid", "kty", "use", "x"]),
        (Algorithm::Rs256, &["alg", "e", "kid", "kty", "n", "use"]),
    ] {
        let app = with(algorithm).await;
        app.sign_up(EMAIL).await;
        let jwks = app.browser().get(PATH).await.expect_status(200).json();
        let keys = jwks["keys"].as_array().unwrap();
        assert!(!keys.is_empty());
        for key in keys {
            let has: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(has, members, "{algorithm:?}");
            assert!(!has.iter().any(|name| PRIVATE.contains(name)));
            assert_eq!((&key["use"], &key["alg"]), (&json!("sig"), &json!(algorithm.as_str())));
        }
    }
}

#[tokio::test]
async fn jw20_a_symmetric_key_is_not_published_at_all() {
    let app = with(Algorithm::Hs256).await;
    app.sign_up(EMAIL).await.get("/auth/me").await.expect_status(200);
    assert_eq!(app.browser().get(PATH).await.expect_status(200).json(), json!({"keys": []}));
}

fn kid(token: &str) -> Value {
    let header = data_encoding::BASE64URL_NOPAD.decode(token.split('.').next().unwrap().as_bytes()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
}

#[tokio::test]
async fn every_page_of_every_origin_may_read_it_and_may_keep_it_for_five_minutes() {
    let app = TestApp::start().await;
    let ada = app.sign_up(EMAIL).await;
    let answer = app.browser().get(PATH).fetch_site(Some("cross-site")).await.expect_status(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
    assert!(answer.set_cookies().is_empty());
    let kids: Vec<_> = answer.json()["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect();
    assert!(kids.contains(&kid(&ada.access_token())));
    assert_eq!(kids.len(), kids.iter().map(Value::to_string).collect::<BTreeSet<_>>().len());
}

#[tokio::test]
async fn what_is_known_already_is_not_sent_again() {
    let app = TestApp::start().await;
    app.gate.tend().await.unwrap(); // makes the next key, which a start would do as well
    let nobody = app.browser();
    let etag = nobody.get(PATH).await.header("etag").unwrap().to_owned();
    assert!(etag.starts_with('"') && etag.ends_with('"') && etag.len() > 10, "{etag}");
    for known in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let answer = nobody.get(PATH).header("if-none-match", &known).await.expect_status(304);
        assert_eq!(answer.header("etag"), Some(etag.as_str()));
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        assert_eq!((answer.body.len(), answer.header("content-type")), (0, None), "{known}");
    }
    for unknown in ["\"other\"", etag.trim_matches('"'), ""] {
        let answer = nobody.get(PATH).header("if-none-match", unknown).await.expect_status(200);
        assert_eq!(answer.header("etag"), Some(etag.as_str()), "{unknown}");
    }
    let app = app.restart(|_| {}).await;
    nobody.get(PATH).header("if-none-match", &etag).await.expect_status(304);
    // Another set has another tag.
    app.gate.rotate_keys(Urgency::Forced).await.unwrap();
    let changed = nobody.get(PATH).header("if-none-match", &etag).await.expect_status(200);
    assert_ne!(changed.header("etag"), Some(etag.as_str()));
}

#[tokio::test]
async fn a_rotation_publishes_a_key_before_it_signs_and_keeps_the_old_one() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let kids = async || -> BTreeSet<String> {
        let jwks = app.browser().get(PATH).await.json();
        jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].to_string()).collect()
    };
    app.gate.tend().await.unwrap();
    app.clock.advance(mins(6) - secs(1));
    app.gate.rotate_keys(Urgency::Orderly).await.unwrap_err();
    app.clock.advance(secs(1));
    let before = kids().await;
    let old = ada.access_token();
    app.gate.rotate_keys(Urgency::Orderly).await.unwrap();
    ada.refresh().await.expect_status(200);
    let new = ada.access_token();
    assert_ne!(kid(&old), kid(&new));
    assert!(before.contains(&kid(&new).to_string()), "who keeps the set of before knows the key");
    assert!(kids().await.contains(&kid(&old).to_string()), "and the old one is still published");
    for token in [old, new] {
        app.browser().get("/auth/me").bearer(token).await.expect_status(200);
    }
}
