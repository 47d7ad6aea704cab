//! Project Wycheproof (C2SP, testvectors_v1): every case of the signature, key and crypto files. Each table has one row
//! per group of the file, in order, with how the group is treated and how many of its cases are valid and invalid, so
//! that a group that is added, lost or skipped fails the test.

use crate::{KeyId, VerifyingKey, VerifyingKeys, base64url, jws};
use serde_json::{Value, json};

/// How a group is treated.
enum Treat {
    /// Valid is accepted, invalid is refused.
    AsStated,
    /// The key, or the set of keys, is not taken, so everything is refused.
    KeyRefused,
    /// The key is weak and not taken, which says nothing about the cases: they run with the key forced in, and come out
    /// as stated but for these.
    ForcedKeyExcept { refused_though_valid: &'static [u64], accepted_though_invalid: &'static [u64] },
    /// Encrypted tokens, which are refused whatever the key.
    Encrypted,
}

use Treat::{AsStated, Encrypted, ForcedKeyExcept, KeyRefused};

/// The name of the group, its treatment, and how many of its cases are valid and invalid.
type Row = (&'static str, Treat, usize, usize);

/// 372 and 373 put `?` into the base64url, which the file lets pass and RFC 7515 section 2 does not. 367 and 370 are
/// about padding but have lost it: their text equals that of the valid case 357, which a test checks. The key is 32 zeros.
const BASE64: Treat = ForcedKeyExcept { refused_though_valid: &[372, 373], accepted_though_invalid: &[367, 370] };

const SIGNATURE: [Row; 23] = [
    ("hs256", AsStated, 1, 16),
    ("es256", AsStated, 1, 14),
    ("rs256", AsStated, 1, 225),
    ("rs256", AsStated, 5, 0),
    // Algorithms that are deliberately not offered.
    ("rs384", KeyRefused, 4, 0),
    ("rs512", KeyRefused, 4, 0),
    ("ps256", KeyRefused, 6, 42),
    ("ps384", KeyRefused, 4, 1),
    ("ps512", KeyRefused, 4, 16),
    ("rfc7520", AsStated, 1, 0),
    ("rfc7520", KeyRefused, 1, 0),
    ("rfc7520", KeyRefused, 1, 0),
    ("rfc7520", AsStated, 1, 0),
    ("rfc7520WithKeyOps", AsStated, 1, 0),
    ("rfc7520WithKeyOps", KeyRefused, 1, 0),
    ("rfc7520WithKeyOps", KeyRefused, 1, 0),
    ("rfc7520", AsStated, 1, 0),
    // Keys for encryption.
    ("rsa_encryption", KeyRefused, 0, 1),
    ("ec_key_for_encryption", KeyRefused, 0, 1),
    ("rsa_encryption", KeyRefused, 0, 1),
    ("ec_key_for_encryption", KeyRefused, 0, 1),
    ("base64", BASE64, 7, 14),
    ("SpecialCaseEs256", AsStated, 1, 23),
];

const KEY: [Row; 25] = [
    ("jws_mixedSymmetryKeyset", KeyRefused, 0, 1),
    ("jws_keyset", AsStated, 1, 1),
    ("jws_duplicate_kid", KeyRefused, 0, 1),
    ("rs256", AsStated, 1, 0),
    ("rs256", KeyRefused, 0, 1),
    ("jws_rsa_roca_key", KeyRefused, 0, 1),
    ("keysize_too_small", KeyRefused, 0, 1),
    ("exponentOne", KeyRefused, 0, 1),
    ("HS256", KeyRefused, 0, 1),
    ("HS384", KeyRefused, 0, 1),
    ("HS512", KeyRefused, 0, 1),
    ("HS256", AsStated, 1, 0),
    // Algorithms that are deliberately not offered.
    ("HS384", KeyRefused, 1, 0),
    ("HS512", KeyRefused, 1, 0),
    ("HS256", KeyRefused, 0, 1),
    ("HS384", KeyRefused, 0, 1),
    ("HS512", KeyRefused, 0, 1),
    ("wrong_algorithm", KeyRefused, 0, 1),
    ("invalid_algorithm", KeyRefused, 0, 1),
    ("invalid_use", KeyRefused, 0, 1),
    ("invalid_point", KeyRefused, 0, 1),
    ("wrong_curve", KeyRefused, 0, 1),
    ("wrong_kty", KeyRefused, 0, 1),
    ("invalid_aes_gcm_key", KeyRefused, 0, 1),
    ("invalid_aes_kw_key", KeyRefused, 0, 1),
];

const CRYPTO: [Row; 8] = [
    ("jws_aes", AsStated, 1, 16),
    ("jws_ec", AsStated, 1, 14),
    ("jws_rsa", AsStated, 1, 12),
    ("jws_rsa_roca_key", KeyRefused, 0, 1),
    ("jws_mixedSymmetryKeyset", KeyRefused, 0, 1),
    ("jws_keyset", AsStated, 1, 1),
    ("jwe_aes", Encrypted, 1, 16),
    ("jwe_ec", Encrypted, 1, 16),
];

/// The key set of a group: what is public as a published set, otherwise as a set of shared secrets. A single key counts
/// as a set of one.
fn load(group: &Value) -> Option<VerifyingKeys> {
    let as_set = |key: &Value| if key.get("keys").is_some() { key.clone() } else { json!({ "keys": [key] }) };
    let keys = match (group.get("public"), group.get("private")) {
        (Some(public), _) if !public.is_null() => VerifyingKeys::from_jwks(as_set(public).to_string().as_bytes()),
        (_, Some(private)) => VerifyingKeys::from_shared_jwks(as_set(private).to_string().as_bytes()),
        (_, None) => panic!("a group has a key"),
    };
    keys.ok()
}

fn force(key: &Value) -> VerifyingKeys {
    let text = |name: &str| key[name].as_str().expect("a key member is text");
    let secret = base64url::decode(text("k")).expect("canonical");
    let kid = KeyId::parse(text("kid")).expect("a usable name");
    VerifyingKeys::new([VerifyingKey::from_unchecked_hmac_secret(&secret, Some(kid))]).expect("one key")
}

fn run(document: &str, table: &[Row]) {
    let file: Value = serde_json::from_str(document).expect("the vectors are JSON");
    let groups = file["testGroups"].as_array().expect("the file has groups");
    assert_eq!(groups.len(), table.len(), "one row per group");
    let mut cases = 0;
    for (group, (name, treat, valid, invalid)) in groups.iter().zip(table) {
        assert_eq!(group["comment"], *name);
        let tests = group["tests"].as_array().expect("a group has cases");
        let stated_valid = tests.iter().filter(|test| test["result"] == "valid").count();
        assert_eq!((stated_valid, tests.len() - stated_valid), (*valid, *invalid), "{name}");
        let mut keys = load(group);
        assert_eq!(keys.is_some(), matches!(treat, AsStated), "whether the key is taken: {name}");
        if matches!(treat, ForcedKeyExcept { .. }) {
            keys = Some(force(&group["private"]));
        }
        for test in tests {
            check(test, keys.as_ref(), treat);
            cases += 1;
        }
    }
    assert_eq!(cases, file["numberOfTests"], "every case was run");
}

fn check(test: &Value, keys: Option<&VerifyingKeys>, treat: &Treat) {
    let id = test["tcId"].as_u64().expect("a case has a number");
    let token = test.get("jws").or_else(|| test.get("jwe")).expect("a case has a token");
    // One case is a token in the JSON serialisation, given as an object.
    let token = &token.as_str().map_or_else(|| token.to_string(), str::to_owned);
    let stated = test["result"] == "valid";
    let expected = match treat {
        AsStated => stated,
        KeyRefused | Encrypted => false,
        ForcedKeyExcept { refused_though_valid, .. } if stated => !refused_though_valid.contains(&id),
        ForcedKeyExcept { accepted_though_invalid, .. } => accepted_though_invalid.contains(&id),
    };
    let none = VerifyingKeys::default();
    // No fallback key: a key is found by the token's own `kid`, as in the public surface.
    let verdict = jws::verify_foreign(token, keys.unwrap_or(&none), None::<&VerifyingKey>);
    assert_eq!(verdict.is_ok(), expected, "case {id}: {} gave {verdict:?}", test["comment"]);
}

#[test]
fn every_wycheproof_signature_case_is_treated_as_the_table_says() {
    run(include_str!("../../tests/vectors/wycheproof/json_web_signature_test.json"), &SIGNATURE);
}

#[test]
fn jw17_every_wycheproof_key_case_is_treated_as_the_table_says() {
    run(include_str!("../../tests/vectors/wycheproof/json_web_key_test.json"), &KEY);
}

#[test]
fn jw6_every_wycheproof_crypto_case_is_treated_as_the_table_says() {
    run(include_str!("../../tests/vectors/wycheproof/json_web_crypto_test.json"), &CRYPTO);
}

#[test]
fn the_two_damaged_cases_have_the_text_of_a_valid_one() {
    let document = include_str!("../../tests/vectors/wycheproof/json_web_signature_test.json");
    let file: Value = serde_json::from_str(document).expect("the vectors are JSON");
    let groups = file["testGroups"].as_array().expect("the file has groups");
    let all: Vec<_> = groups.iter().flat_map(|group| group["tests"].as_array().expect("cases")).collect();
    let text = |id: u64| &all.iter().find(|test| test["tcId"] == id).expect("the case exists")["jws"];
    assert_eq!(text(367), text(357));
    assert_eq!(text(370), text(357));
}
