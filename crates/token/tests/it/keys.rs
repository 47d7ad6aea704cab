//! Keys that come in and keys that go out: import, weak ones, the sealed form, what is published and what is printed.

use crate::forge::{Forge, NOW, b64, set_of};
use data_encoding::BASE64;
use gatewright_token::{Algorithm, KeyId, KeyRefusal, SigningKey, VerifyingKey, VerifyingKeys};
use serde_json::{Value, json};

const ALL: [Algorithm; 4] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Hs256];

#[test]
fn algorithm_names_are_those_of_the_configuration() {
    for (algorithm, name) in ALL.into_iter().zip(["ES256", "EdDSA", "RS256", "HS256"]) {
        assert_eq!(algorithm.to_string(), name);
        assert_eq!(name.parse(), Ok(algorithm));
        assert!(name.to_lowercase().parse::<Algorithm>().is_err());
    }
    assert_eq!(Algorithm::default(), Algorithm::Es256);
    for other in ["none", "", "ES384", "PS256", "HS512"] {
        assert!(other.parse::<Algorithm>().is_err());
    }
}

#[test]
fn a_key_comes_back_from_its_sealed_form_with_its_name() {
    for algorithm in ALL {
        let key = SigningKey::generate(algorithm).expect("generated");
        let bytes = key.to_secret_bytes();
        let back = SigningKey::from_sealed_form(&bytes).expect("our own form");
        assert_eq!((back.kid(), back.algorithm()), (key.kid(), algorithm));
        let token = set_of(&back, NOW).sign_access(&crate::forge::claims()).expect("signed");
        let keys = VerifyingKeys::new([key.verifying_key().clone()]).expect("one key");
        assert!(crate::forge::verifier(keys).verify_access(&token, NOW).is_ok());
        for damaged in [&bytes[1..], &bytes[..bytes.len() / 2], &[], &[1], &[2, bytes[1]], &[1, 9, 0]] {
            assert!(SigningKey::from_sealed_form(damaged).is_err());
        }
    }
}

#[test]
fn a_pem_key_is_taken_for_its_own_algorithm_only() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let key = SigningKey::generate(algorithm).expect("generated");
        let body = BASE64.encode(&key.to_secret_bytes()[2..]);
        let lines: Vec<_> = body.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        let pem = format!("\n-----BEGIN PRIVATE KEY-----\r\n{}\r\n-----END PRIVATE KEY-----\n\n", lines.join("\r\n"));
        for wanted in [None, Some(algorithm)] {
            assert_eq!(SigningKey::from_pkcs8_pem(&pem, wanted).expect("a good key").kid(), key.kid());
        }
        for other in ALL.into_iter().filter(|other| *other != algorithm) {
            assert_eq!(SigningKey::from_pkcs8_pem(&pem, Some(other)).err(), Some(KeyRefusal::OtherAlgorithm));
        }
        let sec1 = pem.replace("PRIVATE KEY", "EC PRIVATE KEY");
        assert_eq!(SigningKey::from_pkcs8_pem(&sec1, None).err(), Some(KeyRefusal::NotPkcs8Pem));
        let cut = pem.replace(&lines[0][..40], "");
        assert!(SigningKey::from_pkcs8_pem(&cut, None).is_err());
    }
    assert_eq!(SigningKey::from_pkcs8_pem("", None).err(), Some(KeyRefusal::NotPkcs8Pem));
}

#[test]
fn jw17_weak_rsa_keys_are_refused_at_import() {
    let good = SigningKey::generate(Algorithm::Rs256).expect("generated");
    let jwk = serde_json::to_value(good.public_jwk().expect("asymmetric")).expect("JSON");
    let modulus =
        data_encoding::BASE64URL_NOPAD.decode(jwk["n"].as_str().expect("text").as_bytes()).expect("canonical");
    assert_eq!(modulus.len(), 384, "3072 bits");
    let import = |n: &[u8], e: &[u8]| {
        VerifyingKey::from_jwk(json!({ "kty": "RSA", "n": b64(n), "e": b64(e) }).to_string().as_bytes()).err()
    };
    assert_eq!(import(&modulus, &[1, 0, 1]), None);
    for exponent in [&[1][..], &[3], &[17], &[0xff, 0xff], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        assert!(matches!(import(&modulus, exponent), Some(KeyRefusal::Weak(_))), "{exponent:?}");
    }
    assert_eq!(import(&modulus, &[0, 1, 0, 1]), Some(KeyRefusal::Malformed("e")), "a leading zero");
    assert_eq!(import(&modulus, &[]), Some(KeyRefusal::Malformed("e")));
    let mut short = modulus[..256].to_vec();
    short[0] = 0x7f;
    short[255] |= 1;
    assert_eq!(import(&short, &[1, 0, 1]), Some(KeyRefusal::Weak("the RSA modulus has less than 2048 bits")));
    let mut even = modulus.clone();
    even[383] &= 0xfe;
    assert_eq!(import(&even, &[1, 0, 1]), Some(KeyRefusal::Invalid));
}

/// With such a key, a signature of all zeros and the identity point verifies under any library that does not look.
#[test]
fn jw17_ed25519_points_of_small_order_are_refused() {
    let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).expect("hex");
    for point in [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ] {
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": b64(hex(point)) }).to_string();
        let refusal = VerifyingKey::from_jwk(jwk.as_bytes()).err();
        assert_eq!(refusal, Some(KeyRefusal::Weak("the Ed25519 key is a point of small order")), "{point}");
    }
}

#[test]
fn jw17_a_point_off_the_curve_is_refused() {
    let mut jwk = serde_json::to_value(Forge::new().key.public_jwk().expect("asymmetric")).expect("JSON");
    jwk["y"] = jwk["x"].clone();
    assert_eq!(VerifyingKey::from_jwk(jwk.to_string().as_bytes()).err(), Some(KeyRefusal::Invalid));
    jwk["y"] = json!(b64([0; 31]));
    assert_eq!(VerifyingKey::from_jwk(jwk.to_string().as_bytes()).err(), Some(KeyRefusal::Malformed("y")));
}

#[test]
fn jw18_short_typed_and_repetitive_secrets_are_refused() {
    let random: Vec<u8> = (0..32).map(|at: u8| at.wrapping_mul(37) ^ 0xa5).collect();
    assert!(SigningKey::from_hmac_secret(&random).is_ok());
    for (weak, why) in [
        (random[..31].to_vec(), "31 bytes"),
        (Vec::new(), "empty"),
        (b"secret".to_vec(), "a word"),
        (b"correct horse battery staple, and then some more words".to_vec(), "words"),
        (b"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_vec(), "hex that was not decoded"),
        (vec![0; 32], "zeros"),
        (random[..8].repeat(8), "eight bytes repeated"),
    ] {
        assert!(matches!(SigningKey::from_hmac_secret(&weak).err(), Some(KeyRefusal::Weak(_))), "{why}");
        assert!(matches!(VerifyingKey::from_hmac_secret(&weak, None).err(), Some(KeyRefusal::Weak(_))), "{why}");
    }
    let named = VerifyingKey::from_hmac_secret(&random, None).expect("good");
    assert_eq!(named.kid(), SigningKey::from_hmac_secret(&random).expect("good").kid());
}

#[test]
fn jw19_debug_shows_no_key_material() {
    for algorithm in ALL {
        let key = SigningKey::generate(algorithm).expect("generated");
        let set = set_of(&key, NOW);
        let printed = format!("{key:?} {:?} {set:?} {:?}", key.verifying_key(), set.verifying_keys());
        let secret = &key.to_secret_bytes()[2..];
        for window in secret.windows(8).step_by(4).filter(|window| window.iter().any(|byte| *byte > 2)) {
            for form in [
                data_encoding::HEXLOWER.encode(window),
                format!("{window:?}").trim_matches(['[', ']']).to_owned(),
                b64(window),
            ] {
                assert!(!printed.contains(&form), "{algorithm}");
            }
        }
        assert!(printed.contains(key.kid().as_str()));
    }
}

#[test]
fn jw20_the_published_set_has_no_private_member_and_no_shared_secret() {
    for algorithm in ALL {
        let set = set_of(&SigningKey::generate(algorithm).expect("generated"), NOW);
        let document: Value = serde_json::from_str(&set.jwks().to_json()).expect("JSON");
        let keys = document["keys"].as_array().expect("a list");
        assert_eq!(keys.len(), usize::from(algorithm != Algorithm::Hs256));
        for key in keys {
            let allowed = ["kty", "crv", "x", "y", "n", "e", "use", "alg", "kid"];
            assert!(key.as_object().expect("an object").keys().all(|name| allowed.contains(&name.as_str())), "{key}");
            assert_eq!(key["alg"], algorithm.as_str());
        }
        if algorithm != Algorithm::Hs256 {
            let read = VerifyingKeys::from_jwks(set.jwks().to_json().as_bytes()).expect("our own document");
            assert_eq!(read.kids().collect::<Vec<_>>(), vec![set.signing().expect("signs").kid()]);
        }
    }
}

#[test]
fn jw20_a_published_set_that_shows_private_members_is_refused_whole() {
    let mut key = serde_json::to_value(Forge::new().key.public_jwk().expect("asymmetric")).expect("JSON");
    let good = serde_json::to_value(Forge::new().key.public_jwk().expect("asymmetric")).expect("JSON");
    let read = |keys: Value| VerifyingKeys::from_jwks(json!({ "keys": keys }).to_string().as_bytes()).err();
    assert_eq!(read(json!([good, key])), None);
    key["d"] = json!("AAAA");
    assert_eq!(read(json!([good, key])), Some(KeyRefusal::PrivateMember("d")));
    assert_eq!(read(json!([good, { "kty": "oct", "k": "AAAA" }])), Some(KeyRefusal::MixedSet));
    assert_eq!(read(json!([good, good])), Some(KeyRefusal::DuplicateKeyId));
    assert_eq!(read(json!([])), Some(KeyRefusal::NoUsableKey));
    assert_eq!(read(json!([1])), Some(KeyRefusal::NotStrictJson));
    assert_eq!(read(json!(vec![json!({ "kty": "new" }); 65])), Some(KeyRefusal::TooManyKeys));
    // Kinds that are not ours may stand beside ours.
    let others = json!([{ "kty": "AKP", "kid": "pq" }, { "kty": "EC", "crv": "P-384", "x": "AA", "y": "AA" }, good]);
    assert_eq!(read(others), None);
}

#[test]
fn the_entity_tag_changes_exactly_with_the_document() {
    let (one, other) = (set_of(&Forge::new().key, NOW), set_of(&Forge::new().key, NOW));
    assert_eq!(one.jwks().etag(), one.clone().jwks().etag());
    assert_ne!(one.jwks().etag(), other.jwks().etag());
    assert!(one.jwks().etag().starts_with('"') && one.jwks().etag().ends_with('"'));
}

#[test]
fn key_ids_are_short_and_visible() {
    assert!(KeyId::parse("bilbo.baggins@hobbiton.example").is_ok());
    for bad in [String::new(), "k".repeat(65), "a b".to_owned(), "\u{e9}".to_owned(), "a\n".to_owned()] {
        assert!(KeyId::parse(&bad).is_err(), "{bad:?}");
    }
}
