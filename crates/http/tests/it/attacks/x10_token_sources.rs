//! X10: sloppy token sources: any scheme, parts of a header, silent precedence.

use gatewright_testkit::TestApp;
use serde_json::json;

use crate::family::EMAIL;

/// docs/attacks.md#token-sources
#[tokio::test]
async fn only_one_well_formed_bearer_credential_is_a_token() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let token = ada.access_token();
    let nobody = app.browser();
    for bad in [
        format!("Basic {token}"),
        format!("JWT {token}"),
        format!("Token {token}"),
        token.clone(),
        format!("Bearer={token}"),
        format!("Bearer  {token}"),
        format!("Bearer\t{token}"),
        format!("Bearer {token} "),
        format!("Bearer {token} x"),
        format!("Bearer {token},x"),
        format!("Bearer \"{token}\""),
        format!("Bearer {token}="),
        format!("Bearer token={token}"),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        String::new(),
        format!("XBearer {token}"),
    ] {
        let answer = nobody.get("/auth/me").header("authorization", &bad).await;
        answer.expect_problem(401, "access_token_invalid");
    }
    for good in ["Bearer", "bearer", "BEARER"] {
        nobody.get("/auth/me").header("authorization", format!("{good} {token}")).await.expect_status(200);
    }
    let twice = nobody.get("/auth/me").bearer(&token).header("authorization", format!("Bearer {token}"));
    twice.await.expect_problem(400, "token_source_conflict");
}

/// docs/attacks.md#token-sources
#[tokio::test]
async fn two_different_tokens_are_refused_and_a_bad_header_never_falls_back_to_a_good_cookie() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let eve = app.sign_up_in("body", "eve@example.test").await;
    let own = ada.access_token();
    ada.get("/auth/me").bearer(eve.access_token()).await.expect_problem(400, "token_source_conflict");
    ada.get("/auth/me").bearer("garbage").await.expect_problem(400, "token_source_conflict");
    ada.get("/auth/me").header("authorization", "Basic YTpi").await.expect_problem(401, "access_token_invalid");
    ada.get("/auth/me").bearer(own).await.expect_status(200);

    let refresh = ada.refresh_token();
    ada.post("/auth/refresh").bearer(eve.refresh_token()).await.expect_problem(400, "token_source_conflict");
    ada.post("/auth/refresh").bearer("gwr_garbage").await.expect_problem(400, "token_source_conflict");
    let body = json!({"refresh_token": eve.refresh_token()});
    ada.post("/auth/refresh").json(body.clone()).await.expect_problem(400, "token_source_conflict");
    let both = app.browser().post("/auth/refresh").bearer(&refresh).json(body).await;
    both.expect_problem(400, "token_source_conflict");
    let same = json!({"refresh_token": refresh});
    ada.post("/auth/refresh").bearer(&refresh).json(same).await.expect_status(200);
}

/// docs/attacks.md#token-sources
#[tokio::test]
async fn se14_a_token_in_the_address_is_no_token() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("body", EMAIL).await;
    let nobody = app.browser();
    for name in ["access_token", "token", "authorization", "bearer"] {
        let path = format!("/auth/me?{name}={}", ada.access_token());
        nobody.get(&path).await.expect_problem(401, "access_token_invalid");
    }
    let path = format!("/auth/refresh?refresh_token={}", ada.refresh_token());
    let refused = nobody.post(&path).await.expect_problem(401, "refresh_token_invalid");
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "no error where no token was sent");
}

/// docs/attacks.md#planted-cookies
#[tokio::test]
async fn wb3_a_cookie_that_comes_twice_or_under_a_similar_name_is_not_taken() {
    let app = TestApp::start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let eve = app.sign_up_in("cookie", "eve@example.test").await;
    let (own, tag, planted) = (ada.access_token(), ada.tag(), eve.access_token());
    let nobody = app.browser();
    for cookies in [
        format!("__Host-gw_at_{tag}={own}; __Host-gw_at_{tag}={planted}"),
        format!("__Host-gw_at_{tag}={own}; __Host-gw_at_{tag}={own}"),
    ] {
        nobody.get("/auth/me").cookies(cookies).await.expect_problem(400, "token_source_conflict");
    }
    for planted in [
        format!("__host-gw_at_{tag}={planted}"),
        format!("gw_at_{tag}={planted}"),
        format!("=__Host-gw_at_{tag}={planted}"),
        format!("__Host-gw_at_{tag} ={planted}"),
    ] {
        nobody.get("/auth/me").cookies(&planted).await.expect_problem(401, "access_token_invalid");
        let beside = nobody.get("/auth/me").cookies(format!("{planted}; __Host-gw_at_{tag}={own}")).await;
        assert_eq!(beside.expect_status(200).json()["account"]["email"], EMAIL);
    }
}
