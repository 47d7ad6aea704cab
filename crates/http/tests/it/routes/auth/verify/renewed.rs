//! Sessions in cookies are renewed on the way, and others are left to their clients (docs/proof.md).

use std::collections::BTreeSet;

use gatewright_testkit::app::{Browser, mins, secs};
use tokio::task::JoinSet;

use super::{PROXY, asks, behind_proxy, identity};
use crate::family::EMAIL;

const KEY: &str = "0123456789abcdef0123456789abcdef";

async fn generation(browser: &Browser) -> u64 {
    let session = browser.copy();
    session.refresh().await.expect_status(200).json()["session"]["generation"].as_u64().unwrap()
}

/// The cookies of a browser that has lost its access token, or whose time is up.
fn refresh_cookie(browser: &Browser) -> String {
    format!("__Host-gw_rt_{}={}", browser.tag(), browser.refresh_token())
}

#[tokio::test]
async fn a_session_in_cookies_is_renewed_and_both_cookies_leave_with_the_answer() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let first = ada.refresh_token();
    app.clock.advance(mins(11));
    let answer = asks(&ada, "GET", "/").await.expect_status(200);
    let cookies = answer.set_cookies();
    assert_eq!(cookies.len(), 2);
    // nginx's variables know the first of several lines; the access token's stands once more by itself, the refresh token's nowhere.
    assert!(cookies[0].starts_with("__Host-gw_rt_") && cookies[1].starts_with("__Host-gw_at_"), "{cookies:?}");
    assert_eq!(answer.header("gatewright-set-access"), Some(cookies[1].as_str()));
    assert!(identity(&answer).iter().all(|(_, value)| !value.contains("gwr_")));
    assert_eq!(answer.header("gatewright-jwt"), Some(ada.access_token().as_str()));
    assert_ne!(ada.refresh_token(), first);
    let next = asks(&ada, "GET", "/").await.expect_status(200);
    assert!(next.set_cookies().is_empty() && next.header("gatewright-set-access").is_none());
    assert_eq!(generation(&ada).await, 2);
}

#[tokio::test]
async fn a_young_token_gives_a_fresh_access_token_and_stays() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    for _ in 0..3 {
        app.clock.advance(mins(1));
        let cookies = asks(&ada, "GET", "/").cookies(refresh_cookie(&ada)).await.expect_status(200).set_cookies();
        assert!(cookies.len() == 1 && cookies[0].starts_with("__Host-gw_at_"), "{cookies:?}");
    }
    assert_eq!(generation(&ada).await, 1);
}

/// docs/attacks.md#forward-auth-beside-a-script
#[tokio::test]
async fn p6_a_session_that_a_script_renews_is_neither_renewed_nor_ended() {
    let app = behind_proxy().start().await;
    for transport in ["hybrid", "body"] {
        let email = format!("{transport}@example.test");
        let ada = app.sign_up_in(transport, &email).await;
        let first = refresh_cookie(&ada);
        app.clock.advance(mins(11));
        let nobody = app.browser();
        let verify = || asks(&nobody, "GET", "/").cookies(&first);
        let answer = verify().await.expect_problem(401, "access_token_invalid");
        assert_eq!(answer.set_cookies(), Vec::<String>::new());
        assert_eq!(ada.refresh().await.json()["session"]["generation"], 2, "{transport}: nothing had rotated");
        app.clock.advance(mins(11));
        ada.refresh().await.expect_status(200);
        app.clock.advance(mins(1));
        verify().await.expect_problem(401, "access_token_invalid");
        app.clock.advance(mins(11));
        assert_eq!(ada.refresh().await.json()["session"]["generation"], 4, "{transport}: nothing had ended");
    }
}

/// A session in cookies whose client sends keys after all.
#[tokio::test]
async fn p6_what_the_last_rotation_keyed_is_left_to_the_client_unless_it_is_young() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let first = refresh_cookie(&ada);
    app.clock.advance(mins(6));
    ada.refresh().header("idempotency-key", KEY).await.expect_status(200);
    // Young: served, or its page would hang between us and its script.
    let young = asks(&ada, "GET", "/").cookies(refresh_cookie(&ada)).await.expect_status(200);
    assert_eq!(young.set_cookies().len(), 1);
    // Within the window of lost answers, and after it: nothing is redelivered, nothing ends.
    asks(&ada, "GET", "/").cookies(&first).await.expect_problem(401, "access_token_invalid");
    app.clock.advance(mins(11));
    let old = asks(&ada, "GET", "/").await.expect_problem(401, "access_token_invalid");
    assert_eq!(old.set_cookies(), Vec::<String>::new());
    asks(&ada, "GET", "/").cookies(&first).await.expect_problem(401, "access_token_invalid");
    assert_eq!(ada.refresh().header("idempotency-key", KEY).await.json()["session"]["generation"], 3);
}

/// docs/attacks.md#refresh-replay
#[tokio::test]
async fn p4_a_spent_token_that_comes_this_way_ends_its_session() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let stolen = refresh_cookie(&ada);
    app.clock.advance(mins(11));
    asks(&ada, "GET", "/").await.expect_status(200);
    // A lost answer: the same successor once more.
    let again = asks(&app.browser(), "GET", "/").cookies(&stolen).await.expect_status(200);
    assert_eq!(again.set_cookies().iter().filter(|line| line.contains(&ada.refresh_token())).count(), 1);
    app.clock.advance(secs(31));
    let answer = asks(&app.browser(), "GET", "/").cookies(stolen).await.expect_problem(401, "refresh_token_reused");
    assert_eq!(answer.set_cookies(), Vec::<String>::new());
    asks(&ada, "GET", "/").await.expect_problem(401, "access_token_invalid");
    app.clock.advance(mins(11));
    asks(&ada, "GET", "/").await.expect_problem(401, "refresh_token_invalid");
}

#[tokio::test]
async fn p1_p2_forty_at_once_are_one_rotation_and_everything_that_was_given_is_good() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    app.clock.advance(mins(11));
    let mut running = JoinSet::new();
    for _ in 0..40 {
        let tab = ada.copy();
        running.spawn(async move { (asks(&tab, "GET", "/").await.expect_status(200).set_cookies().len(), tab) });
    }
    let (given, tabs): (Vec<_>, Vec<_>) = running.join_all().await.into_iter().unzip();
    assert!(given.iter().all(|cookies| *cookies == 2), "all of them presented the token that is spent now: {given:?}");
    let successors: BTreeSet<_> = tabs.iter().map(Browser::refresh_token).collect();
    assert_eq!(successors.len(), 1);
    for tab in &tabs {
        asks(tab, "GET", "/").await.expect_status(200);
    }
    assert_eq!(generation(&tabs[0]).await, 2);
}

/// A proxy that drops cookies of answers that let pass: what has to be set is set by a redirect, which it passes on.
#[tokio::test]
async fn a_renewal_can_be_answered_with_a_redirect() {
    let app = behind_proxy().start().await;
    let ada = app.sign_up_in("cookie", EMAIL).await;
    let asks = async |browser: &Browser, method: &str, uri: &str| {
        let call = browser.get("/auth/verify?renewal=redirect").from(PROXY).header("x-forwarded-method", method);
        let call = call.header("x-forwarded-uri", uri).header("x-forwarded-host", "app.example.test:8443");
        call.header("x-forwarded-proto", "https").await
    };
    let plain = asks(&ada, "GET", "/a?b").await.expect_status(200);
    assert!(plain.set_cookies().is_empty());
    app.clock.advance(mins(11));
    let sent = asks(&ada, "POST", "//a?b=%22").await.expect_status(307);
    assert_eq!(sent.header("location"), Some("https://app.example.test:8443//a?b=%22"));
    assert_eq!((sent.set_cookies().len(), identity(&sent)), (2, vec![]));
    asks(&ada, "POST", "//a?b=%22").await.expect_status(200);
    // Who cannot be sent back is not renewed: the cookies would be lost.
    app.clock.advance(mins(11));
    for uri in ["/a/../b", "/a%2fb"] {
        let refused = asks(&ada, "GET", uri).await.expect_problem(401, "access_token_invalid");
        assert_eq!(refused.set_cookies(), Vec::<String>::new());
    }
    assert_eq!(generation(&ada).await, 3, "one rotation on the way, and the one of this question");
    let wrong = ada.get("/auth/verify?renewal=perhaps").await.expect_problem(422, "validation_failed");
    assert_eq!(wrong.json()["field"], "renewal");
}
