//! Algorithm, key and kind: `alg`, `kid`, `typ`, and the members that bring a key or change the reading.

use crate::forge::{AUDIENCE, Forge, ISSUER, NOW, SELECT, b64, claims, good_claims, selection, set_of, verifier};
use aws_lc_rs::hmac;
use gatewright_token::{Algorithm, Rejection, SigningKey, TokenType, Verifier, VerifyingKeys};
use serde_json::{Value, json};

#[test]
fn jw1_none_is_refused_in_every_spelling() {
    let forge = Forge::new();
    for spelling in ["none", "None", "NONE", "nOnE", "noNE", "", " none", "none ", "null"] {
        let mut header = forge.header();
        header["alg"] = json!(spelling);
        let signed = forge.sign_header(&header);
        let unsigned = &signed[..=signed.rfind('.').expect("a token has dots")];
        assert_eq!(forge.verifier().verify_access(&signed, NOW), Err(Rejection::Algorithm), "{spelling}");
        assert_eq!(forge.verifier().verify_access(unsigned, NOW), Err(Rejection::Algorithm), "{spelling}");
    }
    for (value, why) in [(Value::Null, "null"), (json!(["ES256"]), "list"), (json!(1), "number")] {
        assert_eq!(forge.judge_header("alg", value), Err(Rejection::Header), "{why}");
    }
    let mut header = forge.header();
    header.as_object_mut().expect("an object").remove("alg");
    assert_eq!(forge.verifier().verify_access(&forge.sign_header(&header), NOW), Err(Rejection::Header));
}

#[test]
fn jw1_algorithm_names_compare_with_case() {
    let forge = Forge::new();
    for spelling in ["es256", "Es256", "ES256 ", "ES-256", "ES384", "ES256K", "EdDSA", "RS256", "PS256", "HS256"] {
        assert_eq!(forge.judge_header("alg", json!(spelling)), Err(Rejection::Algorithm), "{spelling}");
    }
}

/// The classic: the public key, which everybody has, as the secret of an HMAC.
#[test]
fn jw1_hs256_with_the_public_key_is_refused() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        let key = SigningKey::generate(algorithm).expect("generated");
        let jwk = serde_json::to_string(key.public_jwk().expect("asymmetric")).expect("JSON");
        let members: Value = serde_json::from_str(&jwk).expect("JSON");
        let number = ["x", "n"].iter().find_map(|name| members[name].as_str()).expect("a public number");
        let raw = data_encoding::BASE64URL_NOPAD.decode(number.as_bytes()).expect("canonical");
        let header = json!({ "alg": "HS256", "typ": "at+jwt", "kid": key.kid().as_str() }).to_string();
        let signed = format!("{}.{}", b64(header), b64(good_claims().to_string()));
        for secret in [jwk.as_bytes(), number.as_bytes(), raw.as_slice(), b""] {
            let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
            let keys = VerifyingKeys::new([key.verifying_key().clone()]).expect("one key");
            let token = format!("{signed}.{}", b64(tag.as_ref()));
            assert_eq!(verifier(keys).verify_access(&token, NOW), Err(Rejection::Algorithm), "{algorithm}");
        }
    }
}

#[test]
fn jw1_a_token_of_one_algorithm_is_refused_by_a_key_of_another() {
    let all = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Hs256];
    let keys = all.map(|algorithm| SigningKey::generate(algorithm).expect("generated"));
    let known = VerifyingKeys::new(keys.iter().map(|key| key.verifying_key().clone())).expect("four keys");
    for signer in &keys {
        let token = set_of(signer, NOW).sign_access(&claims()).expect("signed");
        assert_eq!(verifier(known.clone()).verify_access(&token, NOW), Ok(claims()));
        let parts: Vec<_> = token.split('.').collect();
        for other in keys.iter().filter(|other| other.kid() != signer.kid()) {
            // The signer's algorithm, another's key; then also the other's algorithm.
            for (alg, reason) in [(signer.algorithm(), Rejection::Algorithm), (other.algorithm(), Rejection::Signature)]
            {
                let header = json!({ "alg": alg.as_str(), "typ": "at+jwt", "kid": other.kid().as_str() }).to_string();
                let moved = format!("{}.{}.{}", b64(header), parts[1], parts[2]);
                assert_eq!(verifier(known.clone()).verify_access(&moved, NOW), Err(reason), "{alg}");
            }
        }
    }
}

#[test]
fn jw2_a_token_that_brings_or_points_to_its_own_key_is_refused() {
    let forge = Forge::new();
    let own = serde_json::to_value(forge.key.public_jwk().expect("asymmetric")).expect("JSON");
    for (name, value) in [
        ("jwk", own),
        ("jku", json!("https://evil.example.test/jwks.json")),
        ("x5u", json!("https://evil.example.test/cert.pem")),
        ("x5c", json!(["MIIB"])),
        ("jwk", Value::Null),
        ("jku", json!("")),
    ] {
        assert_eq!(forge.judge_header(name, value), Err(Rejection::HeaderMember(name)));
    }
}

#[test]
fn jw3_a_key_id_is_an_opaque_exact_match() {
    let forge = Forge::new();
    let own = forge.key.kid().as_str().to_owned();
    let unknown = [
        "../../../../dev/null".to_owned(),
        "/etc/passwd".to_owned(),
        "x' OR '1'='1".to_owned(),
        "https://evil.example.test/key".to_owned(),
        own.to_lowercase(),
        own[..42].to_owned(),
        format!("{own} "),
        format!("{own}\0"),
        format!("\u{202e}{own}"),
        "k".repeat(64),
    ];
    for kid in unknown {
        assert_eq!(forge.judge_header("kid", json!(kid)), Err(Rejection::UnknownKey), "{kid:?}");
    }
    assert_eq!(forge.judge_header("kid", json!("")), Err(Rejection::NoKeyId));
    assert_eq!(forge.judge_header("kid", json!("k".repeat(65))), Err(Rejection::NoKeyId));
    assert_eq!(forge.judge_header("kid", json!("k".repeat(10_000))), Err(Rejection::TooLong));
    assert_eq!(forge.judge_header("kid", json!("k".repeat(5_000))), Err(Rejection::HeaderTooLong));
    for value in [Value::Null, json!(7), json!([own]), json!({ "kid": own })] {
        assert_eq!(forge.judge_header("kid", value), Err(Rejection::Header));
    }
    let mut header = forge.header();
    header.as_object_mut().expect("an object").remove("kid");
    assert_eq!(forge.verifier().verify_access(&forge.sign_header(&header), NOW), Err(Rejection::NoKeyId));
}

#[test]
fn jw4_crit_b64_and_zip_are_refused_whatever_they_say() {
    let forge = Forge::new();
    for (name, value) in [
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("crit", json!([])),
        ("crit", json!(["exp", "exp"])),
        ("crit", Value::Null),
        ("crit", json!("exp")),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
    ] {
        assert_eq!(forge.judge_header(name, value.clone()), Err(Rejection::HeaderMember(name)), "{value}");
    }
    for name in ["cty", "x5t", "x5t#S256"] {
        assert_eq!(forge.judge_header(name, json!("text")), Ok(claims()));
        assert_eq!(forge.judge_header(name, json!([AUDIENCE])), Err(Rejection::Header), "{name}");
    }
    // A member that means nothing is ignored, as RFC 7515 section 4 says.
    assert_eq!(forge.judge_header("x-note", json!({ "a": [1] })), Ok(claims()));
}

#[test]
fn jw8_every_kind_of_token_is_accepted_in_its_own_place_only() {
    let forge = Forge::new();
    let set = set_of(&forge.key, NOW);
    let select = Verifier::builder().issuer(ISSUER).audience(SELECT).keys(set.verifying_keys()).build().expect("good");
    let access = set.sign_access(&claims()).expect("signed");
    let selecting = set.sign_selection(&selection()).expect("signed");
    assert_eq!(forge.verifier().verify_access(&access, NOW), Ok(claims()));
    assert_eq!(select.verify_selection(&selecting, NOW), Ok(selection()));
    assert_eq!(select.verify_selection(&access, NOW), Err(Rejection::Type));
    assert_eq!(forge.verifier().verify_access(&selecting, NOW), Err(Rejection::Type));
    // Not even with the other's audience: `typ` alone keeps them apart.
    let loose = Verifier::builder().issuer(ISSUER).audience(AUDIENCE).keys(set.verifying_keys()).build().expect("good");
    assert_eq!(loose.verify_selection(&access, NOW), Err(Rejection::Type));
}

#[test]
fn jw8_typ_is_exact() {
    let forge = Forge::new();
    assert_eq!(forge.judge_header("typ", json!("application/at+jwt")), Ok(claims()));
    for typ in [
        "JWT",
        "jwt",
        "at+JWT",
        "AT+JWT",
        "Application/at+jwt",
        "application/application/at+jwt",
        "at+jwt ",
        " at+jwt",
        "at+jwt; charset=utf-8",
        "at",
        "",
        "sel+jwt",
        "secevent+jwt",
        "dpop+jwt",
        "application/sel+jwt",
        "rt+jwt",
    ] {
        assert_eq!(forge.judge_header("typ", json!(typ)), Err(Rejection::Type), "{typ:?}");
    }
    let mut header = forge.header();
    header.as_object_mut().expect("an object").remove("typ");
    assert_eq!(forge.verifier().verify_access(&forge.sign_header(&header), NOW), Err(Rejection::Type));
    assert_eq!(forge.judge_header("typ", json!(["at+jwt"])), Err(Rejection::Header));
}

#[test]
fn jw8_every_kind_matches_its_own_name_only() {
    let kinds = [TokenType::Access, TokenType::Selection, TokenType::SecurityEvent, TokenType::DpopProof];
    for kind in kinds {
        for other in kinds {
            assert_eq!(kind.matches(other.as_str()), kind == other);
        }
    }
}

#[test]
fn jw12_duplicate_members_in_the_header_are_refused() {
    let forge = Forge::new();
    let kid = forge.key.kid();
    for header in [
        format!(r#"{{"alg":"ES256","alg":"none","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","x":1,"x":1}}"#),
        format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"{kid}","x":{{"y":1,"y":2}}}}"#),
        format!(r#"{{"alg":"ES256","\u0061lg":"ES256","typ":"at+jwt","kid":"{kid}"}}"#),
    ] {
        let token = forge.sign_text(&header, good_claims().to_string());
        assert_eq!(forge.verifier().verify_access(&token, NOW), Err(Rejection::Header), "{header}");
    }
}
