//! `exp`, `iat`, `nbf` and the lifetime, at their exact edges. The verifier under test has 5 seconds of leeway and lets
//! tokens live one hour.

use crate::forge::{AUDIENCE, Forge, ISSUER, NOW, claims, good_claims};
use gatewright_token::{Rejection, Verifier, VerifierError};
use serde_json::json;

#[test]
fn an_expired_token_is_refused_from_exp_plus_leeway_on() {
    let forge = Forge::new();
    let token = forge.sign_claims(&good_claims());
    let verify = |now| forge.verifier().verify_access(&token, now);
    assert_eq!(verify(NOW + 590 + 4), Ok(claims()));
    for now in [NOW + 590 + 5, NOW + 100_000, i64::MAX] {
        let reason = verify(now).expect_err("expired");
        assert_eq!(reason, Rejection::Expired);
        assert!(reason.is_expired());
    }
}

#[test]
fn expired_means_that_everything_else_is_right() {
    let forge = Forge::new();
    let old = |name: &str, value| {
        let mut claims = good_claims();
        claims[name] = value;
        forge.verifier().verify_access(&forge.sign_claims(&claims), NOW + 10_000)
    };
    assert_eq!(old("jti", good_claims()["jti"].clone()), Err(Rejection::Expired));
    assert_eq!(old("iss", json!("evil")), Err(Rejection::Issuer));
    assert_eq!(old("aud", json!("evil")), Err(Rejection::Audience));
    assert_eq!(old("sub", json!(1)), Err(Rejection::InvalidClaim("sub")));
    assert_eq!(old("iat", json!(NOW - 10_000)), Err(Rejection::Lifetime));
    let mut text = forge.sign_claims(&good_claims());
    text.replace_range(text.len() - 4.., "AAAA");
    assert_eq!(forge.verifier().verify_access(&text, NOW + 10_000), Err(Rejection::Signature));
}

#[test]
fn jw15_leeway_is_at_most_30_seconds_and_the_lifetime_is_bounded() {
    let forge = Forge::new();
    let build = |leeway, life| {
        let keys = forge.verifier().keys().clone();
        let builder = Verifier::builder().issuer(ISSUER).audience(AUDIENCE).keys(keys);
        builder.leeway_secs(leeway).max_lifetime_secs(life).build()
    };
    assert!(build(0, 1).is_ok());
    assert!(build(30, 86_400).is_ok());
    assert_eq!(build(31, 600).err(), Some(VerifierError::Leeway));
    assert_eq!(build(-1, 600).err(), Some(VerifierError::Leeway));
    assert_eq!(build(5, 0).err(), Some(VerifierError::MaxLifetime));
    assert_eq!(build(5, 86_401).err(), Some(VerifierError::MaxLifetime));
    assert_eq!(Verifier::builder().audience("a").build().err(), Some(VerifierError::NoIssuer));
    assert_eq!(Verifier::builder().issuer("a").build().err(), Some(VerifierError::NoAudience));

    let patient = build(30, 600).expect("good");
    let token = forge.sign_claims(&good_claims());
    assert!(patient.verify_access(&token, NOW + 590 + 29).is_ok());
    assert_eq!(patient.verify_access(&token, NOW + 590 + 30), Err(Rejection::Expired));
    let exact = build(0, 600).expect("good");
    assert!(exact.verify_access(&token, NOW + 589).is_ok());
    assert_eq!(exact.verify_access(&token, NOW + 590), Err(Rejection::Expired));
}

#[test]
fn jw15_a_token_from_the_future_is_refused() {
    let forge = Forge::new();
    assert!(forge.judge_claim("iat", json!(NOW + 5)).is_ok());
    assert_eq!(forge.judge_claim("iat", json!(NOW + 6)), Err(Rejection::IssuedInFuture));
    assert!(forge.judge_claim("nbf", json!(NOW + 5)).is_ok());
    assert_eq!(forge.judge_claim("nbf", json!(NOW + 6)), Err(Rejection::NotYetValid));
    let token = forge.sign_claims(&good_claims());
    for now in [i64::MIN, -1, 0, NOW - 16] {
        assert_eq!(forge.verifier().verify_access(&token, now), Err(Rejection::IssuedInFuture));
    }
}

/// The issuer's own endpoints: to the second after `exp`, some seconds before `iat`; and the other way round.
#[test]
fn jw15_the_leeway_into_the_future_is_a_setting_of_its_own() {
    let forge = Forge::new();
    let build = |leeway, future| {
        let keys = forge.verifier().keys().clone();
        let builder = Verifier::builder().issuer(ISSUER).audience(AUDIENCE).keys(keys);
        builder.future_leeway_secs(future).leeway_secs(leeway).build()
    };
    assert_eq!(build(0, 31).err(), Some(VerifierError::Leeway));
    assert_eq!(build(0, -1).err(), Some(VerifierError::Leeway));
    assert_eq!(build(31, 0).err(), Some(VerifierError::Leeway));
    assert!(build(30, 30).is_ok());

    let judge = |leeway, future, name: &str, value: i64, now| {
        let mut claims = good_claims();
        claims[name] = json!(value);
        build(leeway, future).expect("good").verify_access(&forge.sign_claims(&claims), now)
    };
    let good = claims();
    for (leeway, future) in [(0, 10), (10, 0)] {
        assert!(judge(leeway, future, "iat", NOW + future, NOW).is_ok());
        assert_eq!(judge(leeway, future, "iat", NOW + future + 1, NOW), Err(Rejection::IssuedInFuture));
        assert!(judge(leeway, future, "nbf", NOW + future, NOW).is_ok());
        assert_eq!(judge(leeway, future, "nbf", NOW + future + 1, NOW), Err(Rejection::NotYetValid));
        let end = good.expires_at + leeway;
        assert!(judge(leeway, future, "iat", good.issued_at, end - 1).is_ok());
        assert_eq!(judge(leeway, future, "iat", good.issued_at, end), Err(Rejection::Expired));
    }
}

#[test]
fn jw15_a_token_that_lives_too_long_is_refused_although_it_is_signed() {
    let forge = Forge::new();
    assert!(forge.judge_claim("exp", json!(NOW - 10 + 3600)).is_ok());
    assert_eq!(forge.judge_claim("exp", json!(NOW - 10 + 3601)), Err(Rejection::Lifetime));
    assert_eq!(forge.judge_claim("exp", json!((1_i64 << 53) - 1)), Err(Rejection::Lifetime));
    assert_eq!(forge.judge_claim("exp", json!(NOW - 10)), Err(Rejection::InvalidClaim("exp")));
    assert_eq!(forge.judge_claim("exp", json!(0)), Err(Rejection::InvalidClaim("exp")));
}
