//! `GET /.well-known/oauth-authorization-server` (RFC 8414).

use gatewright_testkit::{
    TestApp,
    app::{ISSUER, Setup},
};
use serde_json::{Value, json};

const PATH: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn jw20_the_metadata_name_the_issuer_of_the_tokens_and_places_of_the_same_origin() {
    let app = TestApp::start().await;
    let said = app.browser().get(PATH).await.expect_status(200).json();
    assert_eq!(said["issuer"], json!(ISSUER));
    let part = app.sign_up("ada@example.test").await.access_token();
    let part = part.split('.').nth(1).unwrap().to_owned();
    let claims: Value =
        serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap();
    assert_eq!(said["issuer"], claims["iss"]);
    for name in ["jwks_uri", "introspection_endpoint", "revocation_endpoint"] {
        let path = said[name].as_str().unwrap().strip_prefix(ISSUER).unwrap();
        // Each is there: it answers, if only that it wants a key.
        let post = app.browser().post(path).fetch_site(None).await.status.as_u16();
        let get = app.browser().get(path).await.status.as_u16();
        assert!(get == 200 || post == 401, "{name}: GET {get}, POST {post}");
    }
}

/// What is not there is not promised: no client sends anybody to an endpoint that is none.
#[tokio::test]
async fn the_metadata_promise_nothing_that_is_not_there() {
    let app = TestApp::start().await;
    let said = app.browser().get(PATH).await.json();
    for name in ["authorization_endpoint", "token_endpoint", "registration_endpoint", "userinfo_endpoint"] {
        assert_eq!(said.get(name), None, "{name}");
    }
    assert_eq!((&said["response_types_supported"], &said["grant_types_supported"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn an_issuer_with_a_path_keeps_it() {
    let issuer = "https://app.example.test/accounts";
    let app = Setup::default().policy(|policy| issuer.clone_into(&mut policy.issuer)).start().await;
    let said = app.browser().get(PATH).await.json();
    assert_eq!(said["issuer"], json!(issuer));
    assert_eq!(said["jwks_uri"], json!(format!("{issuer}/.well-known/jwks.json")));
}
