//! The life of keys, step by step: what is planned when, what a stale step does, and what comes back from storage.

use crate::forge::{NOW, claims, set_of};
use gatewright_token::{
    Algorithm, KeyEntry, KeySet, KeyState, RestoreError, RotationError, RotationPolicy, SigningKey, Transition, Urgency,
};

const POLICY: RotationPolicy = RotationPolicy {
    algorithm: Algorithm::EdDsa,
    rotate_every_secs: 10_000,
    jwks_cache_secs: 300,
    token_ttl_secs: 600,
    leeway_secs: 30,
    propagation_secs: 60,
};

fn fresh(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm).expect("generated")
}

/// Carries a plan out, as the core does.
fn carry_out(set: &KeySet, plan: &[Transition], now: i64) -> KeySet {
    plan.iter().fold(set.clone(), |set, step| match step {
        Transition::Create { algorithm } | Transition::CreateSigning { algorithm } => {
            set.with_created(step, fresh(*algorithm), now).expect("a fresh plan")
        }
        Transition::Promote { .. } | Transition::Remove { .. } => set.apply(step, now).expect("a fresh plan"),
    })
}

/// A set with a signing key and a next one, both made now.
fn started(now: i64) -> KeySet {
    let first = carry_out(&KeySet::default(), &KeySet::default().plan(now, &POLICY), now);
    carry_out(&first, &first.plan(now, &POLICY), now)
}

fn states(set: &KeySet) -> Vec<KeyState> {
    set.entries().iter().map(KeyEntry::state).collect()
}

#[test]
fn an_empty_set_starts_with_a_key_that_signs_at_once_and_then_a_next_one() {
    let first = KeySet::default().plan(NOW, &POLICY);
    assert_eq!(first, [Transition::CreateSigning { algorithm: Algorithm::EdDsa }]);
    let set = carry_out(&KeySet::default(), &first, NOW);
    assert_eq!(set.plan(NOW, &POLICY), [Transition::Create { algorithm: Algorithm::EdDsa }]);
    let set = started(NOW);
    assert_eq!(states(&set), [KeyState::Signing, KeyState::Next]);
    assert_eq!(set.plan(NOW, &POLICY), [], "nothing more is due");
    assert_eq!(set.jwks().keys.len(), 2, "the next key is published before it signs");
}

#[test]
fn jw16_a_rotation_by_time_promotes_retires_and_removes_at_the_exact_second() {
    let set = started(NOW);
    let next = set.next().expect("there").kid().clone();
    assert_eq!(set.plan(NOW + 9_999, &POLICY), []);
    let due = set.plan(NOW + 10_000, &POLICY);
    assert_eq!(due, [Transition::Promote { kid: next.clone() }, Transition::Create { algorithm: Algorithm::EdDsa }]);
    let turned = carry_out(&set, &due, NOW + 10_000);
    assert_eq!(states(&turned), [KeyState::Retiring, KeyState::Signing, KeyState::Next]);
    assert_eq!(turned.signing().expect("signs").kid(), &next);
    assert_eq!(turned.jwks().keys.len(), 3);
    let gone_at = NOW + 10_000 + 60 + 300 + 600 + 30;
    assert_eq!(turned.plan(gone_at - 1, &POLICY), []);
    let old = set.signing().expect("signed").kid().clone();
    assert_eq!(turned.plan(gone_at, &POLICY), [Transition::Remove { kid: old.clone() }]);
    let cleaned = carry_out(&turned, &turned.plan(gone_at, &POLICY), gone_at);
    assert_eq!(cleaned.find(&old).map(KeyEntry::kid), None);
    assert_eq!(cleaned.jwks().keys.len(), 2);
}

#[test]
fn jw16_a_next_key_that_is_too_young_does_not_sign_even_if_the_turn_is_over() {
    let hasty = RotationPolicy { rotate_every_secs: 1, ..POLICY };
    let set = started(NOW);
    assert_eq!(set.plan(NOW + 359, &hasty), []);
    assert_eq!(set.plan(NOW + 360, &hasty).len(), 2);
}

#[test]
fn a_rotation_by_hand_waits_for_publication_unless_it_is_forced() {
    let set = started(NOW);
    let next = set.next().expect("there").kid().clone();
    let turn = vec![Transition::Promote { kid: next }, Transition::Create { algorithm: Algorithm::EdDsa }];
    let early = set.plan_by_hand(NOW + 359, &POLICY, Urgency::Orderly);
    assert_eq!(early, Err(RotationError::NotYet { at: NOW + 360 }));
    assert_eq!(set.plan_by_hand(NOW + 360, &POLICY, Urgency::Orderly), Ok(turn.clone()));
    assert_eq!(set.plan_by_hand(NOW, &POLICY, Urgency::Forced), Ok(turn));
}

#[test]
fn a_rotation_by_hand_without_a_next_key_publishes_first_unless_it_is_forced() {
    let set = set_of(&fresh(Algorithm::EdDsa), NOW);
    let orderly = set.plan_by_hand(NOW, &POLICY, Urgency::Orderly).expect("a plan");
    assert_eq!(orderly, [Transition::Create { algorithm: Algorithm::EdDsa }]);
    assert_eq!(states(&carry_out(&set, &orderly, NOW)), [KeyState::Signing, KeyState::Next]);
    let forced = set.plan_by_hand(NOW, &POLICY, Urgency::Forced).expect("a plan");
    assert_eq!(states(&carry_out(&set, &forced, NOW)), [KeyState::Retiring, KeyState::Signing, KeyState::Next]);
}

#[test]
fn another_algorithm_replaces_the_next_key_and_then_rotates_early() {
    let set = started(NOW);
    let policy = RotationPolicy { algorithm: Algorithm::Es256, ..POLICY };
    let replaced = carry_out(&set, &set.plan(NOW + 1, &policy), NOW + 1);
    assert_eq!(replaced.next().expect("there").key().algorithm(), Algorithm::Es256);
    assert_eq!(replaced.signing().expect("signs").key().algorithm(), Algorithm::EdDsa);
    assert_eq!(replaced.plan(NOW + 1 + 359, &policy), []);
    let turned = carry_out(&replaced, &replaced.plan(NOW + 1 + 360, &policy), NOW + 1 + 360);
    assert_eq!(turned.signing().expect("signs").key().algorithm(), Algorithm::Es256);
}

#[test]
fn a_clock_that_steps_back_changes_no_key() {
    let set = started(NOW);
    for now in [NOW - 1, 0, i64::MIN] {
        assert_eq!(set.plan(now, &POLICY), []);
    }
}

#[test]
fn a_stale_step_changes_nothing() {
    let set = started(NOW);
    let (signing, next) = (set.signing().expect("signs").kid().clone(), set.next().expect("there").kid().clone());
    let stale = Err(RotationError::Stale);
    let err = |step: Transition| set.apply(&step, NOW).map(|set| set.entries().len());
    assert_eq!(err(Transition::Promote { kid: signing.clone() }), stale);
    assert_eq!(err(Transition::Remove { kid: signing.clone() }), stale, "the signing key cannot be removed");
    assert_eq!(err(Transition::Promote { kid: fresh(Algorithm::EdDsa).kid().clone() }), stale);
    let create = Transition::Create { algorithm: Algorithm::EdDsa };
    assert_eq!(err(create.clone()), Err(RotationError::NeedsKey));
    let again = set.with_created(&create, fresh(Algorithm::EdDsa), NOW).map(|set| set.entries().len());
    assert_eq!(again, Err(RotationError::AlreadyThere), "another node was faster");
    let other = set_of(&fresh(Algorithm::EdDsa), NOW).with_created(&create, fresh(Algorithm::Es256), NOW);
    assert_eq!(other.err(), Some(RotationError::NeedsKey));
    let promoted = set.apply(&Transition::Promote { kid: next.clone() }, NOW).expect("fresh");
    assert_eq!(promoted.apply(&Transition::Promote { kid: next }, NOW).err(), Some(RotationError::Stale));
}

#[test]
fn of_two_next_keys_the_younger_one_goes_on_whichever_node() {
    let set = started(NOW);
    let other = started(NOW + 1).entries()[1].clone();
    let (all, late) = (set.entries().to_vec(), vec![other.clone()]);
    for entries in [[all.clone(), late.clone()].concat(), [late, all].concat()] {
        let both = KeySet::restore(entries).expect("stored by two nodes");
        assert_eq!(both.next().map(KeyEntry::kid), set.next().map(KeyEntry::kid));
        let due = both.plan(NOW + 1, &POLICY);
        assert_eq!(due, [Transition::Remove { kid: other.kid().clone() }]);
        assert_eq!(carry_out(&both, &due, NOW + 1).jwks(), set.jwks());
    }
}

#[test]
fn a_stored_set_comes_back_with_its_states() {
    let set = started(NOW);
    let turned = carry_out(&set, &set.plan(NOW + 10_000, &POLICY), NOW + 10_000);
    let stored: Vec<_> = turned.entries().iter().map(|entry| (entry.record(), entry.key().to_secret_bytes())).collect();
    let back = stored.iter().map(|(record, sealed)| {
        let key = SigningKey::from_sealed_form(sealed).expect("our own form");
        KeyEntry::restore(record, key).expect("a good record")
    });
    let back = KeySet::restore(back).expect("a good set");
    assert_eq!(states(&back), states(&turned));
    assert_eq!(back.jwks(), turned.jwks());
    assert_eq!(back.plan(NOW + 20_000, &POLICY), turned.plan(NOW + 20_000, &POLICY));
    for (state, name) in states(&turned).into_iter().zip(["retiring", "signing", "next"]) {
        assert_eq!((state.as_str(), name.parse()), (name, Ok(state)));
    }
    assert_eq!("Signing".parse::<KeyState>(), Err(RestoreError::UnknownState));
}

#[test]
fn a_key_that_is_gone_neither_signs_nor_verifies_nor_is_published() {
    let set = started(NOW);
    let turned = carry_out(&set, &set.plan(NOW + 10_000, &POLICY), NOW + 10_000);
    let old = set.signing().expect("signed").kid().clone();
    let gone = turned.removed(&old, NOW + 20_000).expect("it is retiring");
    assert_eq!((gone.state(), gone.record().gone_since), (KeyState::Gone, Some(NOW + 20_000)));
    let back = KeySet::restore(turned.entries().iter().filter(|entry| entry.kid() != &old).cloned().chain([gone]));
    let back = back.expect("a good set");
    assert_eq!(back.find(&old).map(KeyEntry::kid), None);
    let token = set.sign_access(&claims()).expect("signed");
    let verifier = crate::forge::verifier(back.verifying_keys());
    assert_eq!(verifier.verify_access(&token, NOW), Err(gatewright_token::Rejection::UnknownKey));
}

#[test]
fn an_impossible_stored_set_is_refused() {
    let key = fresh(Algorithm::EdDsa);
    let good = set_of(&key, NOW).entries()[0].record();
    let restore = |change: fn(&mut gatewright_token::KeyRecord)| {
        let mut record = good.clone();
        change(&mut record);
        KeyEntry::restore(&record, key.clone()).err()
    };
    assert_eq!(restore(|_| {}), None);
    let times = Some(RestoreError::TimesDoNotFitState);
    assert_eq!(restore(|record| record.signing_since = None), times);
    assert_eq!(restore(|record| record.state = KeyState::Next), times);
    assert_eq!(restore(|record| record.state = KeyState::Retiring), times);
    assert_eq!(restore(|record| record.state = KeyState::Gone), times);
    assert_eq!(restore(|record| record.kid = "another".to_owned()), Some(RestoreError::OtherKey));
    assert_eq!(restore(|record| record.algorithm = Algorithm::Es256), Some(RestoreError::OtherKey));
    let entry = set_of(&key, NOW).entries()[0].clone();
    let other = set_of(&fresh(Algorithm::EdDsa), NOW).entries()[0].clone();
    assert_eq!(KeySet::restore([entry.clone(), other]).err(), Some(RestoreError::TwoSigningKeys));
    let twice = set_of(&key, NOW).entries()[0].clone();
    let mut record = twice.record();
    (record.state, record.signing_since) = (KeyState::Next, None);
    let next = KeyEntry::restore(&record, key).expect("a good record");
    assert_eq!(KeySet::restore([entry, next]).err(), Some(RestoreError::DuplicateKeyId));
}
