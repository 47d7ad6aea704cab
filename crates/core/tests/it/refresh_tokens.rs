//! The refresh token: what is forged is found out before anybody asks a store.

use gatewright_core::model::{Forged, KeyNumber, MasterKeys, REFRESH_TOKEN_LENGTH, RefreshToken, Secret};
use proptest::prelude::*;

use crate::sample::{master, session_id, token};

fn text(generation: u64) -> String {
    token(generation).encode(&master()).unwrap().expose().to_owned()
}

#[test]
fn a_token_survives_its_text() {
    let text = text(7);
    assert_eq!(text.len(), REFRESH_TOKEN_LENGTH);
    assert!(text.starts_with("gwr_"));
    let parsed = RefreshToken::parse(&text, &master()).unwrap();
    assert_eq!(parsed, token(7));
    assert_eq!((parsed.session(), parsed.generation()), (session_id(), 7));
}

#[test]
fn p7_every_damaged_character_is_noticed_before_the_mac() {
    let text = text(1);
    for position in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[position] = if bytes[position] == b'a' { b'b' } else { b'a' };
        let damaged = String::from_utf8(bytes).unwrap();
        assert_eq!(RefreshToken::parse(&damaged, &master()), Err(Forged::Malformed), "at {position}");
    }
}

#[test]
fn p7_who_has_no_master_key_makes_no_token() {
    let other = MasterKeys::single(KeyNumber::new(1), &Secret::new([1; 32]));
    let unknown_key = MasterKeys::single(KeyNumber::new(2), &Secret::new([1; 32]));
    assert_eq!(RefreshToken::parse(&text(1), &other), Err(Forged::BadTag));
    assert_eq!(RefreshToken::parse(&text(1), &unknown_key), Err(Forged::BadTag));
}

#[test]
fn p2_the_successor_is_a_pure_function_of_the_secret_the_key_and_the_salt() {
    let keys = master();
    let successor = |salt| token(1).successor(keys.active(), &salt, &keys).unwrap();
    assert_eq!(successor([5; 16]), successor([5; 16]));
    assert_eq!(successor([5; 16]), token(2));
    assert_ne!(successor([5; 16]).hash(), successor([6; 16]).hash());
}

#[test]
fn p13_without_the_master_key_a_token_does_not_yield_its_successor() {
    let other = MasterKeys::single(KeyNumber::new(1), &Secret::new([1; 32]));
    let guessed = token(1).successor(KeyNumber::new(1), &[5; 16], &other).unwrap();
    assert_ne!(guessed.hash(), token(2).hash());
}

#[test]
fn nothing_secret_is_printed() {
    let printed = format!("{:?} {:?}", token(3), token(3).encode(&master()).unwrap());
    assert_eq!(printed, format!("[refresh token 3 of {}] [secret]", session_id()));
}

proptest! {
    #[test]
    fn se11_random_text_is_never_a_token(noise in "\\PC{0,200}", body in "[0-9A-Za-z]{100}", crc in "[0-9A-Za-z]{6}") {
        prop_assert!(RefreshToken::parse(&noise, &master()).is_err());
        let shaped = ["gwr_", &body, "_", &crc].concat();
        prop_assert!(RefreshToken::parse(&shaped, &master()).is_err());
    }
}
