//! Agreement with `jsonwebtoken`, an independent implementation: what we mint it reads, what it mints we read, and on
//! tokens that were changed at random we never accept what it refuses. Where it accepts what we refuse, the test names
//! the reasons for which that may be.

use crate::forge::{AUDIENCE, Forge, ISSUER, NOW, claims, good_claims, set_of, verifier};
use gatewright_token::{AccessClaims, Algorithm, Rejection, SigningKey, Verifier, VerifyingKeys};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, jwk::Jwk};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::sync::LazyLock;
use uuid::Uuid;

const PUBLIC: [Algorithm; 3] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256];

/// Made once: an RSA key takes a second.
static KEYS: LazyLock<Vec<SigningKey>> =
    LazyLock::new(|| PUBLIC.map(|algorithm| SigningKey::generate(algorithm).expect("generated")).to_vec());

fn theirs(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Hs256 => jsonwebtoken::Algorithm::HS256,
    }
}

/// The oracle, without its clock: times are compared in a test of their own.
fn oracle(token: &str, key: &SigningKey) -> Option<Value> {
    let jwk = serde_json::to_value(key.public_jwk().expect("asymmetric")).expect("JSON");
    let jwk: Jwk = serde_json::from_value(jwk).expect("it reads our JWK");
    let mut validation = Validation::new(theirs(key.algorithm()));
    validation.validate_exp = false;
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["iss", "aud", "exp"]);
    let key = DecodingKey::from_jwk(&jwk).expect("it reads our JWK");
    jsonwebtoken::decode::<Value>(token, &key, &validation).ok().map(|token| token.claims)
}

fn ours(key: &SigningKey) -> Verifier {
    verifier(VerifyingKeys::new([key.verifying_key().clone()]).expect("one key"))
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("\\PC{0,12}", 0..4)
}

fn any_claims() -> impl Strategy<Value = AccessClaims> {
    let extra = prop::collection::btree_map("[a-z]{1,6}_x", any_json(), 0..3);
    ("\\PC{0,30}", texts(), prop::option::of(texts()), texts(), any::<[u128; 4]>(), 1_i64..3600, extra).prop_map(
        |(username, roles, permissions, amr, ids, life, extra)| AccessClaims {
            username,
            roles,
            permissions,
            amr,
            subject: Uuid::from_u128(ids[0]),
            account_id: Uuid::from_u128(ids[1]),
            session_id: Uuid::from_u128(ids[2]),
            token_id: Uuid::from_u128(ids[3]),
            issued_at: NOW,
            expires_at: NOW + life,
            extra: extra.into_iter().collect::<Map<_, _>>(),
            ..claims()
        },
    )
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{0,3}", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// One change to the text of a token.
#[derive(Clone, Debug)]
enum Change {
    Replace(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Delete(prop::sample::Index),
    Cut(prop::sample::Index),
    SwapParts(usize, usize),
    RepeatPart(usize),
    FlipBit(prop::sample::Index, u8),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    // Mostly characters that could pass, and some that cannot.
    let byte =
        prop_oneof![6 => prop::sample::select(&b"ABCxyz019-_"[..]), 1 => prop::sample::select(&b".=+/ \n\"{}"[..])];
    prop_oneof![
        (at(), byte.clone()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (at(), byte).prop_map(|(at, byte)| Change::Insert(at, byte)),
        at().prop_map(Change::Delete),
        at().prop_map(Change::Cut),
        (0_usize..3, 0_usize..3).prop_map(|(one, other)| Change::SwapParts(one, other)),
        (0_usize..3).prop_map(Change::RepeatPart),
        (at(), 0_u8..6).prop_map(|(at, bit)| Change::FlipBit(at, bit)),
    ]
}

fn changed(token: &str, change: &Change) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let mut parts: Vec<_> = token.split('.').collect();
    match change {
        Change::Replace(at, byte) => bytes[at.index(token.len())] = *byte,
        Change::Insert(at, byte) => bytes.insert(at.index(token.len() + 1), *byte),
        Change::Delete(at) => drop(bytes.remove(at.index(token.len()))),
        Change::Cut(at) => bytes.truncate(at.index(token.len())),
        Change::FlipBit(at, bit) => bytes[at.index(token.len())] ^= 1 << bit,
        Change::SwapParts(one, other) => {
            parts.swap(*one, *other);
            bytes = parts.join(".").into_bytes();
        }
        Change::RepeatPart(at) => {
            parts.push(parts[*at]);
            bytes = parts.join(".").into_bytes();
        }
    }
    String::from_utf8(bytes).expect("ASCII stays ASCII")
}

/// Members that take the place of others, or come beside them.
type Members = Vec<(String, Value)>;

/// Changes to header and claims that are signed again with the right key, so that only the reading differs.
fn re_signed() -> impl Strategy<Value = (Members, Members)> {
    let value = prop_oneof![
        any_json(),
        Just(json!("at+jwt")),
        Just(json!("JWT")),
        Just(json!(ISSUER)),
        Just(json!([AUDIENCE])),
        (NOW - 4000..NOW + 4000).prop_map(Value::from),
    ];
    let header = prop::sample::select(vec![
        "alg", "typ", "kid", "crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "cty", "enc", "x5t", "x",
    ]);
    let claim =
        prop::sample::select(vec!["iss", "aud", "sub", "exp", "iat", "nbf", "roles", "amr", "jti", "username", "x"]);
    let members = |name: prop::sample::Select<&'static str>| {
        prop::collection::vec((name.prop_map(str::to_owned), value.clone()), 0..3)
    };
    (members(header), members(claim))
}

/// Why we may refuse what the oracle accepts: it looks at neither `typ` nor `crit` nor `kid`, and of the claims only at
/// `iss`, `aud` and the presence of `exp`. Everything else in this enum would be a disagreement about the signature,
/// the encoding or the issuer.
fn may_be_stricter(reason: Rejection) -> bool {
    match reason {
        Rejection::Type
        | Rejection::HeaderMember(_)
        | Rejection::NoKeyId
        | Rejection::UnknownKey
        | Rejection::Header => true,
        Rejection::MissingClaim(_) | Rejection::InvalidClaim(_) | Rejection::Lifetime => true,
        Rejection::IssuedInFuture | Rejection::NotYetValid | Rejection::Expired => true,
        Rejection::TooLong
        | Rejection::Shape
        | Rejection::Encrypted
        | Rejection::Encoding
        | Rejection::HeaderTooLong
        | Rejection::Algorithm
        | Rejection::Signature
        | Rejection::Claims
        | Rejection::Issuer
        | Rejection::Audience => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_we_mint_both_read_alike(claims in any_claims()) {
        for key in KEYS.iter() {
            let token = set_of(key, NOW).sign_access(&claims).expect("signed");
            prop_assert_eq!(ours(key).verify_access(&token, NOW), Ok(claims.clone()));
            let read = oracle(&token, key).expect("the oracle accepts");
            prop_assert_eq!(&read["username"], &json!(claims.username));
            prop_assert_eq!(&read["roles"], &json!(claims.roles));
            prop_assert_eq!(&read["sub"], &json!(claims.subject.to_string()));
            for (name, value) in &claims.extra {
                prop_assert_eq!(&read[name], value);
            }
        }
    }

    #[test]
    fn what_the_oracle_mints_we_read(username in "\\PC{0,20}", pick in 0_usize..3) {
        let key = &KEYS[pick];
        let document = &key.to_secret_bytes()[2..];
        let signer = match key.algorithm() {
            Algorithm::Es256 => EncodingKey::from_ec_der(document),
            Algorithm::EdDsa => EncodingKey::from_ed_der(document),
            Algorithm::Rs256 | Algorithm::Hs256 => {
                let body = data_encoding::BASE64.encode(document);
                let lines: Vec<_> = body.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
                let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"));
                EncodingKey::from_rsa_pem(pem.as_bytes()).expect("it reads PKCS#8")
            }
        };
        let mut header = Header::new(theirs(key.algorithm()));
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(key.kid().to_string());
        let mut claims_now = good_claims();
        claims_now["username"] = json!(username);
        let token = jsonwebtoken::encode(&header, &claims_now, &signer).expect("signed");
        let expected = AccessClaims { username, ..claims() };
        prop_assert_eq!(ours(key).verify_access(&token, NOW), Ok(expected));
    }

    #[test]
    fn a_token_changed_at_random_is_refused_by_both(pick in 0_usize..3, change in change()) {
        let key = &KEYS[pick];
        let token = set_of(key, NOW).sign_access(&claims()).expect("signed");
        let text = changed(&token, &change);
        let verdict = ours(key).verify_access(&text, NOW);
        if text == token {
            prop_assert_eq!(verdict, Ok(claims()));
        } else {
            prop_assert!(verdict.is_err(), "{:?}", change);
            prop_assert_eq!(oracle(&text, key), None);
        }
    }

    #[test]
    fn on_re_signed_changes_we_are_stricter_only_for_named_reasons((header_changes, claim_changes) in re_signed()) {
        let forge = Forge::new();
        let (mut header, mut claims_now) = (forge.header(), good_claims());
        for (name, value) in header_changes {
            header[name] = value;
        }
        for (name, value) in claim_changes {
            claims_now[name] = value;
        }
        let token = forge.sign(&header, &claims_now);
        match (forge.verifier().verify_access(&token, NOW), oracle(&token, &forge.key)) {
            (Ok(read), Some(theirs)) => {
                prop_assert_eq!(json!(read.username), theirs["username"].clone());
                prop_assert_eq!(json!(read.expires_at), theirs["exp"].clone());
            }
            (Ok(_), None) => prop_assert!(false, "we accept what the oracle refuses: {header} {claims_now}"),
            (Err(reason), Some(_)) => prop_assert!(may_be_stricter(reason), "{reason}: {header} {claims_now}"),
            (Err(_), None) => {}
        }
    }
}

/// With its own clock the oracle judges `exp` as we do, looked at well away from the exact second (that one is tested in
/// `hostile/time.rs`, with a clock that stands still).
#[test]
fn both_judge_the_end_alike() {
    let now = i64::try_from(jsonwebtoken::get_current_timestamp()).expect("the present");
    let key = &KEYS[1];
    let jwk: Jwk = serde_json::from_value(serde_json::to_value(key.public_jwk()).expect("JSON")).expect("a JWK");
    for (ago, alive) in [(-600, true), (-30, true), (60, false), (3000, false)] {
        let claims = AccessClaims { auth_time: 1, issued_at: now - 3100, expires_at: now - ago, ..claims() };
        let token = set_of(key, NOW).sign_access(&claims).expect("signed");
        let builder = Verifier::builder().issuer(ISSUER).audience(AUDIENCE).leeway_secs(5).max_lifetime_secs(86_400);
        let keys = VerifyingKeys::new([key.verifying_key().clone()]).expect("one key");
        let verdict = builder.keys(keys).build().expect("good").verify_access(&token, now);
        assert_eq!(verdict.is_ok(), alive, "{ago}");
        let mut validation = Validation::new(jsonwebtoken::Algorithm::EdDSA);
        validation.leeway = 5;
        validation.set_audience(&[AUDIENCE]);
        let decoding = DecodingKey::from_jwk(&jwk).expect("a key");
        assert_eq!(jsonwebtoken::decode::<Value>(&token, &decoding, &validation).is_ok(), alive, "{ago}");
    }
}
