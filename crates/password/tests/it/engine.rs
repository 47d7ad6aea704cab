//! Hashing and comparing, as the core's actions see them.

use std::{sync::Arc, time::Duration};

use gatewright_core::{
    model::{PasswordHash, Pin},
    port::{HashError, Hasher, SystemClock, SystemEntropy, Verification},
};
use gatewright_password::{Ceiling, Engine, ParameterError, Parameters, Settings, StartError};
use proptest::prelude::*;

use crate::world::{FrozenClock, Gate, World, plaintext, source};

async fn verify(world: &World, password: &str, stored: Option<&PasswordHash>) -> Result<Verification, HashError> {
    world.engine.verify(&plaintext(password), stored, source(1)).await
}

#[tokio::test]
async fn pw12_a_new_hash_is_a_phc_string_with_the_recommended_cost() {
    let clock = Arc::new(SystemClock::starting_at(gatewright_core::model::Timestamp::from_micros(0)));
    let settings = Settings::new(Parameters::RECOMMENDED);
    let engine = Engine::start(settings, clock, Arc::new(SystemEntropy::default())).unwrap();
    let hash = engine.hash(&plaintext("correct horse"), source(1)).await.unwrap();
    assert!(hash.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_phc());
    let right = engine.verify(&plaintext("correct horse"), Some(&hash), source(1)).await;
    assert_eq!(right, Ok(Verification::Right));
    assert!(engine.stats().average > Duration::ZERO, "it was measured at the start");
}

#[tokio::test]
async fn a_hash_of_the_reference_implementation_is_verified() {
    // From the tests of phc-winner-argon2 (test.c, version 19, Argon2id): m = 65536, t = 2, p = 1, "password", "somesalt".
    let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
    let world = World::start(|_| {});
    let stored = PasswordHash::from_phc(stored.into());
    assert!(matches!(verify(&world, "password", Some(&stored)).await, Ok(Verification::RightButWeak { .. })));
    assert_eq!(verify(&world, "Password", Some(&stored)).await, Ok(Verification::Wrong));
}

#[tokio::test]
async fn pw13_each_hash_has_a_salt_of_sixteen_bytes_of_its_own() {
    let world = World::start(|_| {});
    let mut salts = std::collections::BTreeSet::new();
    for _ in 0..3 {
        let hash = world.engine.hash(&plaintext("correct horse"), source(1)).await.unwrap();
        let salt = hash.as_phc().split('$').nth(4).unwrap().to_owned();
        assert_eq!(data_encoding::BASE64_NOPAD.decode(salt.as_bytes()).unwrap().len(), 16);
        salts.insert(salt);
    }
    assert_eq!(salts.len(), 3);
}

#[tokio::test]
async fn pw13_a_hash_with_old_parameters_is_verified_with_them_and_replaced() {
    let (old, new) =
        (World::start(|_| {}), World::start(|settings| settings.parameters = Parameters::insecure_with(96, 2)));
    let stored = old.engine.hash(&plaintext("correct horse"), source(1)).await.unwrap();
    assert_eq!(verify(&new, "wrong horse", Some(&stored)).await, Ok(Verification::Wrong));
    let Ok(Verification::RightButWeak { stronger }) = verify(&new, "correct horse", Some(&stored)).await else {
        panic!("the parameters have risen");
    };
    assert!(stronger.as_phc().starts_with("$argon2id$v=19$m=96,t=2,p=1$"), "{}", stronger.as_phc());
    assert_eq!(verify(&new, "correct horse", Some(&stronger)).await, Ok(Verification::Right));
    assert_eq!(verify(&new, "wrong horse", Some(&stronger)).await, Ok(Verification::Wrong));
}

#[tokio::test]
async fn pw2_pw3_no_byte_of_a_long_password_is_ignored() {
    let world = World::start(|_| {});
    let long = "x".repeat(72) + "A";
    let stored = world.engine.hash(&plaintext(&long), source(1)).await.unwrap();
    assert_eq!(verify(&world, &long, Some(&stored)).await, Ok(Verification::Right));
    for other in ["x".repeat(72), "x".repeat(72) + "B", long.clone() + " ", " ".to_owned() + &long, long.to_lowercase()]
    {
        assert_eq!(verify(&world, &other, Some(&stored)).await, Ok(Verification::Wrong), "{other:?}");
    }
    let longest = "y".repeat(1023) + "1";
    let stored = world.engine.hash(&plaintext(&longest), source(1)).await.unwrap();
    assert_eq!(verify(&world, &("y".repeat(1023) + "2"), Some(&stored)).await, Ok(Verification::Wrong));
    assert_eq!(verify(&world, &longest, Some(&stored)).await, Ok(Verification::Right));
}

#[tokio::test]
async fn pw16_one_hash_is_computed_whether_the_identifier_exists_or_not() {
    let world = World::start(|_| {});
    let stored = world.engine.hash(&plaintext("correct horse"), source(1)).await.unwrap();
    for (password, known) in [("wrong horse", true), ("correct horse", true), ("correct horse", false)] {
        let before = settled(&world);
        let answer = verify(&world, password, known.then_some(&stored)).await.unwrap();
        assert_eq!(answer == Verification::Right, known && password == "correct horse");
        assert_eq!(settled(&world) - before, 1, "{password} of a known one: {known}");
    }
}

/// How many hashes were computed, once the last one has been counted: the answer is sent a moment before.
fn settled(world: &World) -> u64 {
    for _ in 0..2_000 {
        let stats = world.engine.stats();
        if stats.running == 0 {
            return stats.computed;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("a hash is still running");
}

#[tokio::test]
async fn pw16_after_the_parameters_rose_the_dummy_costs_what_most_stored_hashes_cost() {
    let stored = World::start(|_| {}).engine.hash(&plaintext("correct horse"), source(1)).await.unwrap();
    let risen = || World::start(|settings| settings.parameters = Parameters::insecure_with(512, 1));
    let empty = risen();
    assert_eq!(memory_for_nobody(&empty).await, 512, "nothing is stored yet");
    let upgraded = risen();
    for _ in 0..3 {
        verify(&upgraded, "wrong horse", Some(&stored)).await.unwrap();
    }
    assert_eq!(memory_for_nobody(&upgraded).await, 64, "everything that is stored is old");
}

/// The memory in KiB that comparing for an unknown identifier takes. Asked again if the thread has come to rest meanwhile.
async fn memory_for_nobody(world: &World) -> usize {
    for _ in 0..100 {
        verify(world, "correct horse", None).await.unwrap();
        settled(world);
        match world.engine.stats().held_kib {
            0 => {}
            held => return held,
        }
    }
    panic!("the thread never holds memory");
}

#[tokio::test]
async fn a_stored_hash_above_the_ceiling_is_refused_before_anything_is_computed() {
    let world = World::start(|settings| settings.ceiling = Ceiling { memory_kib: 128, passes: 3, lanes: 2 });
    let before = world.engine.stats();
    for cost in ["m=129,t=1,p=1", "m=64,t=4,p=1", "m=64,t=1,p=3", "m=4294967295,t=1,p=1"] {
        let stored = format!("$argon2id$v=19${cost}$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc");
        let answer = verify(&world, "password", Some(&PasswordHash::from_phc(stored))).await;
        assert_eq!(answer, Err(HashError::Unreadable), "{cost}");
    }
    assert_eq!(world.engine.stats(), before);
}

#[test]
fn an_engine_that_could_not_verify_its_own_hashes_does_not_start() {
    let mut settings = Settings::new(Parameters::RECOMMENDED);
    settings.ceiling.memory_kib = 19_455;
    let refused = Engine::start(settings, Arc::new(FrozenClock::default()), Arc::new(Gate::default()));
    let expected = ParameterError::AboveCeiling { memory_kib: 19_456, passes: 2 };
    assert!(matches!(refused, Err(StartError::Parameters(error)) if error == expected));
}

#[test]
fn the_defaults_allow_whatever_cost_is_configured() {
    let settings = Settings::new(Parameters::new(200_000, 20).unwrap());
    assert_eq!(settings.ceiling, Ceiling { memory_kib: 200_000, passes: 20, lanes: 4 });
    let settings = settings.with_permits(std::num::NonZeroUsize::new(3).unwrap());
    assert_eq!((settings.permits.get(), settings.queue, settings.queue_per_source), (3, 768, 384));
    assert_eq!(Settings::new(Parameters::RECOMMENDED).ceiling, Ceiling::default());
}

#[tokio::test]
async fn pw15_an_idle_thread_gives_its_memory_back() {
    let world = World::start(|_| {});
    world.engine.hash(&plaintext("correct horse"), source(1)).await.unwrap();
    assert_eq!(memory_for_nobody(&world).await, 64, "it waits for more");
    for _ in 0..10_000 {
        if world.engine.stats().held_kib == 0 {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("the memory was not given back");
}

#[tokio::test]
async fn a_pin_is_hashed_and_compared_like_a_password() {
    let world = World::start(|_| {});
    let pin = |digits: &str| Pin::parse("pin", digits.into()).unwrap();
    let stored = world.engine.hash(pin("0427").plaintext(), source(1)).await.unwrap();
    for (digits, answer) in
        [("0427", Verification::Right), ("427000", Verification::Wrong), ("0428", Verification::Wrong)]
    {
        let given = world.engine.verify(pin(digits).plaintext(), Some(&stored), source(1)).await;
        assert_eq!(given, Ok(answer), "{digits}");
    }
}

proptest! {
    #[test]
    fn the_right_password_is_right_and_any_other_is_wrong(right in "\\PC{1,80}", wrong in "\\PC{1,80}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::start(|_| {});
            let stored = world.engine.hash(&plaintext(&right), source(1)).await.unwrap();
            prop_assert_eq!(verify(&world, &right, Some(&stored)).await, Ok(Verification::Right));
            let is_same = plaintext(&right).expose() == plaintext(&wrong).expose();
            let expected = if is_same { Verification::Right } else { Verification::Wrong };
            prop_assert_eq!(verify(&world, &wrong, Some(&stored)).await, Ok(expected));
            Ok(())
        })?;
    }
}
