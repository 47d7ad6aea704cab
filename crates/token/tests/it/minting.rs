//! What is signed: exactly the claims of DESIGN section 5, and only what our own verifier reads.

use crate::forge::{AUDIENCE, Forge, ISSUER, NOW, SELECT, claims, good_claims, selection, set_of, verifier};
use gatewright_token::{Acting, Algorithm, KeySet, SignError, SigningKey, Verifier};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

fn part(token: &str, at: usize) -> Value {
    let part = token.split('.').nth(at).expect("three parts");
    serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(part.as_bytes()).expect("canonical")).expect("JSON")
}

#[test]
fn every_algorithm_signs_what_the_verifier_reads() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Hs256] {
        let set = set_of(&SigningKey::generate(algorithm).expect("generated"), NOW);
        let token = set.sign_access(&claims()).expect("signed");
        assert_eq!(verifier(set.verifying_keys()).verify_access(&token, NOW), Ok(claims()), "{algorithm}");
        let select =
            Verifier::builder().issuer(ISSUER).audience(SELECT).keys(set.verifying_keys()).build().expect("good");
        let token = set.sign_selection(&selection()).expect("signed");
        assert_eq!(select.verify_selection(&token, NOW), Ok(selection()), "{algorithm}");
    }
}

#[test]
fn an_access_token_has_exactly_the_claims_of_the_design() {
    let forge = Forge::new();
    let token = set_of(&forge.key, NOW).sign_access(&claims()).expect("signed");
    assert_eq!(part(&token, 0), forge.header());
    assert_eq!(part(&token, 1), good_claims());
    assert!(part(&token, 1)["aud"].is_string(), "minted as one text");
    let mut plain = claims();
    plain.permissions = None;
    let token = set_of(&forge.key, NOW).sign_access(&plain).expect("signed");
    assert_eq!(part(&token, 1).get("permissions"), None);
}

/// Who acts as the user stands in the token (RFC 8693 section 4.1), so that no service takes it for the user.
#[test]
fn az6_a_token_that_somebody_else_uses_says_who() {
    let forge = Forge::new();
    for (acting, kind) in
        [(Acting::User(Uuid::from_u128(9)), "user"), (Acting::ServiceKey(Uuid::from_u128(9)), "service_key")]
    {
        let marked = gatewright_token::AccessClaims { acting: Some(acting), ..claims() };
        let token = set_of(&forge.key, NOW).sign_access(&marked).expect("signed");
        assert_eq!(part(&token, 1)["act"], json!({ "sub": Uuid::from_u128(9).to_string(), "kind": kind }));
        assert_eq!(forge.verifier().verify_access(&token, NOW), Ok(marked));
    }
}

#[test]
fn a_selection_token_has_its_own_kind_and_claims() {
    let token = set_of(&Forge::new().key, NOW).sign_selection(&selection()).expect("signed");
    assert_eq!(part(&token, 0)["typ"], "sel+jwt");
    let names: BTreeSet<_> = part(&token, 1).as_object().expect("an object").keys().cloned().collect();
    let expected = ["amr", "aud", "auth_time", "epoch", "exp", "iat", "iss", "jti", "sub", "transport"];
    assert_eq!(names, expected.into_iter().map(str::to_owned).collect());
}

#[test]
fn additional_claims_travel_and_may_not_take_a_reserved_name() {
    let forge = Forge::new();
    let set = set_of(&forge.key, NOW);
    let mut more = claims();
    more.extra.insert("plan".to_owned(), json!({ "name": "pro", "seats": [1, 2] }));
    let token = set.sign_access(&more).expect("signed");
    assert_eq!(forge.verifier().verify_access(&token, NOW), Ok(more));
    for name in ["iss", "sub", "roles", "exp", "nbf", "cnf", "client_id", "permissions", "act"] {
        let mut bad = claims();
        bad.extra.insert(name.to_owned(), json!(1));
        assert_eq!(set.sign_access(&bad), Err(SignError::ReservedClaim), "{name}");
    }
}

#[test]
fn nothing_is_signed_that_no_verifier_would_read() {
    let set = set_of(&Forge::new().key, NOW);
    let mut long = claims();
    long.extra.insert("x".to_owned(), json!("a".repeat(8192)));
    assert_eq!(set.sign_access(&long), Err(SignError::TooLong));
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let mut deep = claims();
    deep.extra.insert("x".to_owned(), nested(7));
    assert!(set.sign_access(&deep).is_ok());
    deep.extra.insert("x".to_owned(), nested(8));
    assert_eq!(set.sign_access(&deep), Err(SignError::TooDeep));
    for (issued_at, expires_at) in [(-1, 10), (10, 10), (10, 9), (0, i64::MAX)] {
        let bad = gatewright_token::AccessClaims { issued_at, expires_at, ..claims() };
        assert_eq!(set.sign_access(&bad), Err(SignError::Times));
    }
    assert_eq!(KeySet::default().sign_access(&claims()), Err(SignError::NoSigningKey));
    assert_eq!(AUDIENCE, claims().audience);
}
