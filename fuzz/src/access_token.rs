//! Access tokens: as text from outside, and with headers and claims that are signed as they come, so that what stands behind
//! the signature is reached, too.

use std::sync::LazyLock;

use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use data_encoding::BASE64URL_NOPAD;
use gatewright_token::{
    AccessClaims, Algorithm, MAX_TOKEN_LEN, Rejection, TokenType, Verifier, VerifyingKey, VerifyingKeys,
};
use serde_json::{Map, Value, json};

use crate::spelling::{keeps_secret, members, text};

/// When all of this takes place, in seconds since 1970.
const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://auth.example.test";
const AUDIENCE: &str = "https://api.example.test";
const SELECT: &str = "https://auth.example.test/auth/select";
const SHARED: &[u8; 32] = b"\xa5for fuzzing alone: 31 more byte";
/// The public half of a P-256 key whose private half nobody has kept, and the one token that was ever signed with it.
const P256: &[u8] = include_bytes!("../corpus/key_set/p256.json");
const P256_TOKEN: &str = include_str!("../corpus/token_text/es256");

struct World {
    access: Verifier,
    selection: Verifier,
    shared: hmac::Key,
    /// Every signing input, with its signature, that one of the three keys has made.
    made: [String; 3],
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let shared = hmac::Key::new(hmac::HMAC_SHA256, SHARED);
    let edwards = Ed25519KeyPair::from_seed_unchecked(&[0x5a; 32]).unwrap();
    let x = BASE64URL_NOPAD.encode(edwards.public_key().as_ref());
    let edwards_jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "ed"}).to_string();
    let shared_kid = gatewright_token::KeyId::parse("hs").unwrap();
    let keys = VerifyingKeys::new([
        VerifyingKey::from_jwk(P256).unwrap(),
        VerifyingKey::from_jwk(edwards_jwk.as_bytes()).unwrap(),
        VerifyingKey::from_hmac_secret(SHARED, Some(shared_kid)).unwrap(),
    ]);
    let keys = keys.unwrap();
    let verifier = |audience| Verifier::builder().issuer(ISSUER).audience(audience).keys(keys.clone()).build().unwrap();
    let claims = P256_TOKEN.split('.').nth(1).unwrap();
    let signed = |alg, kid| {
        let header = json!({"alg": alg, "typ": "at+jwt", "kid": kid}).to_string();
        format!("{}.{claims}", BASE64URL_NOPAD.encode(header.as_bytes()))
    };
    let (hs, ed) = (signed("HS256", "hs"), signed("EdDSA", "ed"));
    let made = [
        P256_TOKEN.to_owned(),
        format!("{ed}.{}", BASE64URL_NOPAD.encode(edwards.sign(ed.as_bytes()).as_ref())),
        format!("{hs}.{}", BASE64URL_NOPAD.encode(hmac::sign(&shared, hs.as_bytes()).as_ref())),
    ];
    World { access: verifier(AUDIENCE), selection: verifier(SELECT), shared, made }
});

/// A token as it comes. Only what was signed with one of our keys is accepted, in the one spelling that it has.
///
/// An ECDSA signature (r, s) has a second form (r, −s) that says the same of the same bytes, so for that key what was signed
/// is compared and not the whole token.
pub fn token_text(data: &[u8]) {
    let Some(token) = text(data) else { return };
    let world = &*WORLD;
    for (at, made) in world.made.iter().enumerate() {
        assert!(world.access.verify_access(made, NOW).is_ok(), "token {at} is no longer good");
    }
    let verdict = world.access.verify_access(token, NOW);
    let is_made = world.made.iter().any(|made| made == token);
    let same_bytes = token.rsplit_once('.').map(|(signed, _)| signed) == P256_TOKEN.rsplit_once('.').map(|it| it.0);
    match verdict {
        Ok(_) => assert!(is_made || same_bytes && has_one_spelling(token), "a token that nobody made: {token}"),
        Err(_) => assert!(!is_made, "{token}"),
    }
    assert!(token.len() <= MAX_TOKEN_LEN || verdict == Err(Rejection::TooLong));
    assert_ne!(verdict, Err(Rejection::Expired), "only what was signed can have expired: {token}");
    assert!(world.selection.verify_selection(token, NOW).is_err(), "an access token is no selection token: {token}");
}

/// Whether the last part is the base64url of 64 bytes, written in its one way.
fn has_one_spelling(token: &str) -> bool {
    let signature = token.rsplit('.').next().unwrap_or_default();
    BASE64URL_NOPAD
        .decode(signature.as_bytes())
        .is_ok_and(|it| it.len() == 64 && BASE64URL_NOPAD.encode(&it) == signature)
}

/// A header as it comes, correctly signed. It is accepted only if a second reader finds the right algorithm, kind and key in
/// it, each once, and nothing that changes how a token is read.
pub fn token_header(data: &[u8]) {
    let token = sign(data, CLAIMS.as_bytes());
    let verdict = WORLD.access.verify_access(&token, NOW);
    if let Err(rejection) = verdict {
        keeps_secret(&rejection.to_string());
        // The signature is right, for the one key that has made it.
        assert!(rejection != Rejection::Signature || object(data)["kid"] != "hs", "{}", data.escape_ascii());
        return;
    }
    assert!(data.len() <= 1024);
    let header = object(data);
    assert_eq!(header["alg"], Algorithm::Hs256.as_str());
    assert_eq!(header["kid"], "hs");
    assert!(header["typ"].as_str().is_some_and(|typ| TokenType::Access.matches(typ)), "{header:?}");
    for refused in ["crit", "b64", "zip", "enc", "jku", "x5u", "jwk", "x5c"] {
        assert!(!header.contains_key(refused), "{refused}");
    }
    let names = members(data);
    assert_eq!(names.len(), header.len(), "a member twice: {names:?}");
}

/// Claims as they come, correctly signed, as an access token and as a selection token. What is accepted is what a second
/// reader finds, for us, now, and mints and reads back as itself.
pub fn token_claims(data: &[u8]) {
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": "hs"}).to_string();
    let token = sign(header.as_bytes(), data);
    match WORLD.access.verify_access(&token, NOW) {
        Ok(claims) => {
            assert_eq!(members(data).len(), object(data).len(), "a member twice");
            is_what_was_said(&claims, &object(data));
        }
        Err(rejection) => {
            keeps_secret(&rejection.to_string());
            assert!(token.len() <= MAX_TOKEN_LEN || rejection == Rejection::TooLong);
        }
    }
    let header = json!({"alg": "HS256", "typ": "sel+jwt", "kid": "hs"}).to_string();
    let token = sign(header.as_bytes(), data);
    if let Ok(claims) = WORLD.selection.verify_selection(&token, NOW) {
        let said = object(data);
        assert_eq!(said["sub"].as_str(), Some(&*claims.subject.to_string()));
        assert_eq!(said["epoch"].as_i64(), Some(claims.epoch));
        assert!(names(&said["aud"]).contains(&SELECT) && said["iss"] == ISSUER);
        is_timely(claims.issued_at, claims.expires_at);
    }
}

/// Whether a token with this header, correctly signed, is accepted.
#[must_use]
pub fn takes_header(header: &[u8]) -> bool {
    WORLD.access.verify_access(&sign(header, CLAIMS.as_bytes()), NOW).is_ok()
}

/// Whether an access token with these claims, correctly signed, is accepted.
#[must_use]
pub fn takes_claims(claims: &[u8]) -> bool {
    let header = json!({"alg": "HS256", "typ": "at+jwt", "kid": "hs"}).to_string();
    WORLD.access.verify_access(&sign(header.as_bytes(), claims), NOW).is_ok()
}

fn is_what_was_said(claims: &AccessClaims, said: &Map<String, Value>) {
    assert!(names(&said["aud"]).contains(&AUDIENCE) && said["iss"] == ISSUER);
    for (name, id) in [
        ("sub", claims.subject),
        ("account_id", claims.account_id),
        ("session_id", claims.session_id),
        ("jti", claims.token_id),
    ] {
        assert_eq!(said[name].as_str(), Some(&*id.to_string()), "{name}");
    }
    for (name, time) in [("auth_time", claims.auth_time), ("iat", claims.issued_at), ("exp", claims.expires_at)] {
        assert_eq!(said[name].as_i64(), Some(time), "{name}");
    }
    assert_eq!(said["username"].as_str(), Some(&*claims.username));
    assert_eq!(names(&said["roles"]), claims.roles);
    assert_eq!(said.get("permissions").map(names).unwrap_or_default(), claims.permissions.clone().unwrap_or_default());
    assert!(said.get("nbf").is_none_or(|nbf| nbf.as_i64().is_some_and(|nbf| nbf <= NOW + 5)), "{said:?}");
    for (name, value) in &claims.extra {
        assert_eq!(Some(value), said.get(name), "{name}");
    }
    is_timely(claims.issued_at, claims.expires_at);
}

fn is_timely(issued_at: i64, expires_at: i64) {
    let lifetime = expires_at - issued_at;
    assert!(issued_at <= NOW + 5 && expires_at + 5 > NOW && (1..=3600).contains(&lifetime), "{issued_at} {expires_at}");
}

/// The texts of a text or of a list of them.
fn names(value: &Value) -> Vec<&str> {
    match value.as_array() {
        Some(items) => items.iter().map(|item| item.as_str().expect("a list of texts")).collect(),
        None => vec![value.as_str().expect("a text")],
    }
}

/// What a reader that is less strict finds.
fn object(data: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(data).expect("what the strict reader takes, every reader takes")
}

fn sign(header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", BASE64URL_NOPAD.encode(header), BASE64URL_NOPAD.encode(claims));
    let tag = hmac::sign(&WORLD.shared, signed.as_bytes());
    format!("{signed}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
}

const CLAIMS: &str = include_str!("../corpus/token_claims/access");
