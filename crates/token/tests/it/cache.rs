//! The cache of verified tokens gives the answers of the verifier, only faster.

use crate::forge::{Forge, NOW, claims, good_claims};
use gatewright_token::{CachedVerifier, Rejection, VerifyingKeys};
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;

#[test]
fn a_cached_token_ends_with_exp() {
    let forge = Forge::new();
    let token = forge.sign_claims(&good_claims());
    let cached = CachedVerifier::new(forge.verifier(), 16);
    for now in [NOW, NOW + 1, NOW + 594] {
        assert_eq!(cached.verify_access(&token, now).as_deref(), Ok(&claims()));
        assert_eq!(cached.len(), 1);
    }
    assert_eq!(cached.verify_access(&token, NOW + 595), Err(Rejection::Expired));
    assert!(cached.is_empty(), "an ended token is not kept");
}

#[test]
fn a_second_look_is_answered_from_the_cache() {
    let forge = Forge::new();
    let token = forge.sign_claims(&good_claims());
    let cached = CachedVerifier::new(forge.verifier(), 16);
    let first = cached.verify_access(&token, NOW).expect("good");
    let second = cached.verify_access(&token, NOW).expect("good");
    assert!(Arc::ptr_eq(&first, &second));
}

#[test]
fn refused_tokens_are_not_kept_and_a_damaged_copy_does_not_hit() {
    let forge = Forge::new();
    let token = forge.sign_claims(&good_claims());
    let cached = CachedVerifier::new(forge.verifier(), 16);
    cached.verify_access(&token, NOW).expect("good");
    for damaged in
        [format!("{token}="), token.replacen('e', "f", 1), token[..token.len() - 1].to_owned(), "a".repeat(9000)]
    {
        assert!(cached.verify_access(&damaged, NOW).is_err());
    }
    assert_eq!(cached.len(), 1);
}

#[test]
fn other_keys_forget_what_the_old_ones_accepted() {
    let forge = Forge::new();
    let token = forge.sign_claims(&good_claims());
    let cached = CachedVerifier::new(forge.verifier(), 16);
    cached.verify_access(&token, NOW).expect("good");
    let rotated = cached.with_keys(VerifyingKeys::new([Forge::new().key.verifying_key().clone()]).expect("one key"));
    assert_eq!(rotated.verify_access(&token, NOW), Err(Rejection::UnknownKey));
}

#[test]
fn the_cache_is_bounded() {
    let forge = Forge::new();
    let cached = CachedVerifier::new(forge.verifier(), 8);
    for at in 0..100 {
        let mut claims = good_claims();
        claims["n"] = json!(at);
        cached.verify_access(&forge.sign_claims(&claims), NOW).expect("good");
    }
    assert!((1..=8).contains(&cached.len()), "{}", cached.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// At any sequence of times, clock steps back included.
    #[test]
    fn the_cache_and_the_verifier_always_agree(times in prop::collection::vec(-50_i64..700, 1..20), nbf in prop::option::of(-20_i64..20)) {
        let forge = Forge::new();
        let mut claims = good_claims();
        if let Some(nbf) = nbf {
            claims["nbf"] = json!(NOW + nbf);
        }
        let token = forge.sign_claims(&claims);
        let (plain, cached) = (forge.verifier(), CachedVerifier::new(forge.verifier(), 4));
        for time in times {
            let expected = plain.verify_access(&token, NOW + time);
            prop_assert_eq!(cached.verify_access(&token, NOW + time).map(Arc::unwrap_or_clone), expected);
        }
    }
}
