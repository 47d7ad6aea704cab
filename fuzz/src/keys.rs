//! Keys: public ones that somebody publishes, and private ones that an operator configures.

use std::sync::LazyLock;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use gatewright_core::model::MasterKeys;
use gatewright_token::{KeyId, KeyRefusal, SigningKey, Verifier, VerifyingKey, VerifyingKeys, remote::RemoteVerifier};
use serde_json::Value;

use crate::spelling::{keeps_secret, text};

/// A JSON document as a published key, as a published set, and as a set of shared secrets.
pub fn key_set(data: &[u8]) {
    let alone = VerifyingKey::from_jwk(data);
    let set = VerifyingKeys::from_jwks(data);
    let shared = VerifyingKeys::from_shared_jwks(data);
    for refusal in [alone.as_ref().err(), set.as_ref().err(), shared.as_ref().err()].into_iter().flatten() {
        keeps_secret(&refusal.to_string());
        keeps_secret(&format!("{refusal:?}"));
    }
    assert!(set.is_err() || shared.is_err(), "symmetric and public keys never stand in one set");
    if let Ok(key) = alone {
        let said = value(data);
        assert!(is_public(&said), "a published key with a private member: {said}");
        assert_eq!(named(&said).unwrap_or_else(|| key.kid().clone()), *key.kid());
        let set = [b"{\"keys\":[".as_slice(), data, b"]}"].concat();
        let set = VerifyingKeys::from_jwks(&set).expect("a good key is a good set");
        assert_eq!(set.kids().collect::<Vec<_>>(), [key.kid()]);
    }
    if let Ok(keys) = set {
        let said = value(data);
        let list = said["keys"].as_array().expect("a set has a list of keys");
        assert!(list.len() <= 64 && list.iter().all(is_public), "{said}");
        let named: Vec<KeyId> = list.iter().filter_map(named).collect();
        for kid in keys.kids() {
            assert!(named.contains(kid) || kid.as_str().len() == 43, "a key that the set does not name: {kid}");
            assert!(named.iter().filter(|other| *other == kid).count() < 2, "a name twice: {kid}");
        }
    }
    if let Ok(keys) = shared {
        let said = value(data);
        let list = said["keys"].as_array().expect("a set has a list of keys");
        assert!(list.iter().all(|key| key["kty"] == "oct"), "{said}");
        assert_eq!(keys.kids().count(), list.len());
    }
}

fn value(data: &[u8]) -> Value {
    serde_json::from_slice(data).expect("what the strict reader takes, every reader takes")
}

fn is_public(key: &Value) -> bool {
    ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].iter().all(|name| key.get(name).is_none())
}

fn named(key: &Value) -> Option<KeyId> {
    key["kid"].as_str().and_then(|kid| KeyId::parse(kid).ok())
}

/// A private key as text in PEM, and as the bytes that we once sealed. What is read signs, and is sealed and read again as
/// the same key.
pub fn signing_key(data: &[u8]) {
    let read = [text(data).map(|pem| SigningKey::from_pkcs8_pem(pem, None)), Some(SigningKey::from_sealed_form(data))];
    for verdict in read.into_iter().flatten() {
        match verdict {
            Ok(key) => {
                let again = SigningKey::from_sealed_form(&key.to_secret_bytes()).expect("what was sealed opens");
                assert_eq!((again.kid(), again.algorithm()), (key.kid(), key.algorithm()));
                assert_eq!(again.public_jwk(), key.public_jwk());
                assert_eq!(key.verifying_key().kid(), key.kid());
                if let Some(jwk) = key.public_jwk() {
                    let published = serde_json::to_vec(jwk).unwrap();
                    assert_eq!(VerifyingKey::from_jwk(&published).expect("what we publish is good").kid(), key.kid());
                }
                keeps_secret(&format!("{key:?}"));
            }
            Err(refusal) => keeps_secret(&refusal.to_string()),
        }
    }
    assert!(matches!(SigningKey::from_sealed_form(&data[..data.len().min(1)]), Err(KeyRefusal::UnknownForm)));
}

/// Master keys as an operator writes them. What is read has the numbers and the bytes that a second reader finds.
pub fn master_key(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let keys = match MasterKeys::parse(text) {
        Ok(keys) => keys,
        Err(refusal) => return keeps_secret(&refusal.to_string()),
    };
    keeps_secret(&format!("{keys:?}"));
    let parts = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty());
    let read: Vec<(u8, Vec<u8>)> = parts.map(|part| second_reading(part).expect("two readers agree")).collect();
    assert_eq!(keys.active().number(), read[0].0);
    assert!(read.iter().all(|(_, key)| key.len() == 32));
    let plain: Vec<String> =
        read.iter().map(|(number, key)| format!("{number}:{}", HEXLOWER_PERMISSIVE.encode(key))).collect();
    let again = MasterKeys::parse(&plain.join(",")).expect("the same keys in hexadecimal");
    assert_eq!(keys.keyed_hash("fuzzing", data), again.keyed_hash("fuzzing", data));
    let sealed = keys.seal(b"context", [7; 12], data);
    assert_eq!(again.open(b"context", &sealed).expect("the same key opens").as_slice(), data);
    assert!(again.open(b"contexts", &sealed).is_none());
}

fn second_reading(part: &str) -> Option<(u8, Vec<u8>)> {
    let (number, key) = part.rsplit_once(':').unwrap_or(("1", part));
    let hex = HEXLOWER_PERMISSIVE.decode(key.as_bytes()).ok().filter(|bytes| bytes.len() == 32);
    let bytes = hex.or_else(|| BASE64URL_NOPAD.decode(key.trim_end_matches('=').as_bytes()).ok())?;
    Some((number.parse().ok()?, bytes))
}

static VERIFIER: LazyLock<Verifier> =
    LazyLock::new(|| Verifier::builder().issuer("https://auth.example.test").audience("x").build().unwrap());

/// The address of a key set. Over plain HTTP only from this very machine, whatever its spelling.
pub fn key_address(data: &[u8]) {
    let Some(address) = text(data) else { return };
    match RemoteVerifier::new(VERIFIER.clone(), address) {
        Ok(_) => {
            let uri: axum::http::Uri = address.parse().expect("what is fetched is an address");
            let host = uri.host().expect("with a host").trim_start_matches('[').trim_end_matches(']');
            let is_loopback = host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
            // `https` is taken where the crate is built with it.
            assert!(uri.scheme_str() == Some("https") || uri.scheme_str() == Some("http") && is_loopback, "{address}");
            assert!(
                uri.authority().is_some_and(|it| !it.as_str().contains('@')) && !address.contains('#'),
                "{address}"
            );
        }
        Err(refusal) => keeps_secret(&refusal.to_string()),
    }
}
