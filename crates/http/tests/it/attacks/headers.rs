//! Headers by which a client would like to be somebody else, somewhere else, or to do something else.

use gatewright_testkit::{
    TestApp,
    app::{Answer, Browser, PASSWORD},
};
use serde_json::{Value, json};

use crate::family::EMAIL;

const CLAIMS: [(&str, &str); 10] = [
    ("host", "evil.example"),
    ("x-forwarded-host", "evil.example"),
    ("x-forwarded-proto", "http"),
    ("x-forwarded-prefix", "/evil"),
    ("forwarded", "host=evil.example;proto=http;for=192.0.2.1"),
    ("x-original-url", "/auth/account"),
    ("x-rewrite-url", "/auth/account"),
    ("x-http-method-override", "DELETE"),
    ("x-method-override", "DELETE"),
    ("x-user-id", "00000000-0000-7000-8000-000000000000"),
];

/// With every one of them.
async fn log_in(browser: &Browser, with: &[(&str, &str)]) -> Answer {
    let body = json!({"login": EMAIL, "password": PASSWORD, "transport": "cookie"});
    let call = browser.post("/auth/login").json(body);
    let call = with.iter().fold(call, |call, (name, value)| call.header(name, value));
    call.await.expect_status(200)
}

fn issuer(access_token: &str) -> Value {
    let payload = access_token.split('.').nth(1).unwrap();
    let claims = data_encoding::BASE64URL_NOPAD.decode(payload.as_bytes()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    json!([claims["iss"], claims["aud"]])
}

/// Of each cookie everything but its name's tag and its value.
fn marks(answer: &Answer) -> Vec<String> {
    answer.set_cookies().iter().map(|line| line.split_once(';').unwrap().1.to_owned()).collect()
}

/// docs/attacks.md#headers-that-claim
#[tokio::test]
async fn em5_no_header_changes_who_we_are_or_what_is_asked() {
    let app = TestApp::start().await;
    app.sign_up(EMAIL).await;
    let (plain, claiming) = (app.browser(), app.browser());
    let expected = log_in(&plain, &[]).await;
    let answer = log_in(&claiming, &CLAIMS).await;
    assert_eq!(issuer(&claiming.access_token()), issuer(&plain.access_token()));
    assert_eq!(marks(&answer), marks(&expected));
    assert!(!format!("{:?}{}", answer.set_cookies(), answer.text()).contains("evil"));
    let read = CLAIMS.iter().fold(claiming.get("/auth/me"), |call, (name, value)| call.header(name, value));
    assert_eq!(read.await.expect_status(200).json()["account"]["email"], EMAIL);
    plain.get("/auth/me").await.expect_status(200);
}

/// docs/attacks.md#length-of-an-answer
#[tokio::test]
async fn no_answer_is_compressed_so_that_its_length_tells_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    for path in ["/auth/me", "/auth/sessions", "/auth/openapi.json", "/.well-known/jwks.json", "/nothing"] {
        let answer = ada.get(path).header("accept-encoding", "gzip, deflate, br, zstd").await;
        assert_eq!(answer.header("content-encoding"), None, "{path}");
    }
}
