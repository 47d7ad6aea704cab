//! The pepper: sealed with a key that the database does not have, replaced without the password (SECURITY PW14).

use gatewright_core::{
    model::{KeyNumber, PasswordHash, Secret},
    port::{HashError, Hasher, Verification},
};
use gatewright_password::{PepperError, Peppers};

use crate::world::{World, plaintext, source};

fn pepper(number: u8) -> (KeyNumber, Secret<32>) {
    (KeyNumber::new(number), Secret::new([number; 32]))
}

fn world(peppers: &[u8]) -> World {
    World::start(|settings| {
        settings.peppers = (!peppers.is_empty()).then(|| Peppers::new(peppers.iter().copied().map(pepper)).unwrap());
    })
}

async fn hash(world: &World) -> PasswordHash {
    world.engine.hash(&plaintext("correct horse"), source(1)).await.unwrap()
}

async fn verify(world: &World, password: &str, stored: &PasswordHash) -> Result<Verification, HashError> {
    world.engine.verify(&plaintext(password), Some(stored), source(1)).await
}

#[tokio::test]
async fn pw14_a_sealed_hash_is_verified_with_its_pepper_and_never_without() {
    let (plain, one) = (world(&[]), world(&[1]));
    let stored = hash(&one).await;
    assert!(stored.as_phc().starts_with("$argon2id$v=19$m=64,t=1,p=1,keyid=AQ$"), "{}", stored.as_phc());
    assert_eq!(verify(&one, "correct horse", &stored).await, Ok(Verification::Right));
    assert_eq!(verify(&one, "wrong horse", &stored).await, Ok(Verification::Wrong));
    for stranger in [&plain, &world(&[2])] {
        assert_eq!(verify(stranger, "correct horse", &stored).await, Err(HashError::Unreadable));
    }
    let impostor = World::start(|settings| {
        settings.peppers = Some(Peppers::new([(KeyNumber::new(1), Secret::new([9; 32]))]).unwrap());
    });
    assert_eq!(
        verify(&impostor, "correct horse", &stored).await,
        Err(HashError::Unreadable),
        "the number is not the key"
    );
}

#[tokio::test]
async fn pw14_a_pepper_is_replaced_without_the_password() {
    let (one, both, two) = (world(&[1]), world(&[2, 1]), world(&[2]));
    let stored = hash(&one).await;
    let rewrapped = both.engine.rewrap(&stored).unwrap().expect("it was sealed with the old pepper");
    assert!(rewrapped.as_phc().contains("keyid=Ag$"), "{}", rewrapped.as_phc());
    assert_eq!(verify(&two, "correct horse", &rewrapped).await, Ok(Verification::Right));
    assert_eq!(verify(&two, "wrong horse", &rewrapped).await, Ok(Verification::Wrong));
    assert_eq!(
        verify(&one, "correct horse", &rewrapped).await,
        Err(HashError::Unreadable),
        "the old pepper opens nothing"
    );
    assert_eq!(both.engine.rewrap(&rewrapped), Ok(None), "once is enough");
    assert_eq!(two.engine.rewrap(&stored), Err(HashError::Unreadable), "an unknown pepper is no reason to lose a hash");
}

#[tokio::test]
async fn pw14_a_pepper_is_introduced_without_the_password() {
    let (plain, one) = (world(&[]), world(&[1]));
    let stored = hash(&plain).await;
    assert_eq!(plain.engine.rewrap(&stored), Ok(None));
    let sealed = one.engine.rewrap(&stored).unwrap().expect("it was not sealed");
    assert_eq!(verify(&one, "correct horse", &sealed).await, Ok(Verification::Right));
    assert_eq!(verify(&plain, "correct horse", &sealed).await, Err(HashError::Unreadable));
}

#[tokio::test]
async fn pw14_a_login_moves_a_hash_to_the_active_pepper() {
    let (one, both) = (world(&[1]), world(&[2, 1]));
    let stored = hash(&one).await;
    let Ok(Verification::RightButWeak { stronger }) = verify(&both, "correct horse", &stored).await else {
        panic!("it is not sealed with the active pepper");
    };
    assert_eq!(verify(&both, "correct horse", &stronger).await, Ok(Verification::Right));
}

#[tokio::test]
async fn pw14_what_is_sealed_is_bound_to_salt_cost_and_key() {
    let both = world(&[1, 2]);
    let (stored, other) = (hash(&both).await, hash(&both).await);
    let fields: Vec<&str> = stored.as_phc().split('$').collect();
    let foreign: Vec<&str> = other.as_phc().split('$').collect();
    for (index, replacement) in
        [(3, "m=65,t=1,p=1,keyid=AQ"), (3, "m=64,t=1,p=1,keyid=Ag"), (4, foreign[4]), (5, foreign[5])]
    {
        let mut forged = fields.clone();
        forged[index] = replacement;
        let forged = PasswordHash::from_phc(forged.join("$"));
        assert_eq!(verify(&both, "correct horse", &forged).await, Err(HashError::Unreadable), "{replacement}");
    }
    let stripped = PasswordHash::from_phc(stored.as_phc().replace(",keyid=AQ", ""));
    assert_eq!(verify(&both, "correct horse", &stripped).await, Ok(Verification::Wrong), "a sealed tag is no tag");
}

#[test]
fn peppers_have_different_numbers_and_print_no_key() {
    assert_eq!(Peppers::new([]).unwrap_err(), PepperError::Missing);
    assert_eq!(Peppers::new([pepper(1), pepper(1)]).unwrap_err(), PepperError::Duplicate);
    assert_eq!(format!("{:?}", Peppers::new([pepper(3), pepper(1)]).unwrap()), "[3, 1]");
}
