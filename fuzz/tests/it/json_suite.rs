//! JSONTestSuite (nst) as the header and the claims of tokens, as a key set, and as input of every target that reads JSON. As a
//! body and as metadata it stands in `crates/http/tests/it/hostile/json_suite.rs`.

use std::{fs, path::Path};

use gatewright_fuzz::{close, json_body, key_set, metadata, takes_claims, takes_header, token_claims, token_header};
use gatewright_token::VerifyingKeys;

/// RFC 8259 section 4 says that names "should be unique"; readers differ in which of two counts, so we insist.
const STRICTER: [&str; 2] = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

fn suite() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/token/tests/vectors/jsontestsuite/test_parsing");
    let all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    assert_eq!(all.len(), 318, "no document may get lost");
    all
}

/// The object with one more member, whose value is the document.
fn with(object: &str, document: &[u8]) -> Vec<u8> {
    let open = object.trim().strip_suffix('}').unwrap();
    [open.as_bytes(), b",\"x\":", document, b"}"].concat()
}

#[test]
fn jw13_in_a_header_in_claims_and_in_a_key_set_exactly_what_is_json_is_read() {
    let header = r#"{"alg":"HS256","typ":"at+jwt","kid":"hs"}"#;
    let claims = include_str!("../../corpus/token_claims/access");
    let keys = format!("{{\"keys\":[{}]}}", include_str!("../../corpus/key_set/p256.json"));
    assert!(takes_header(&with(header, b"1")) && takes_claims(&with(claims, b"1")));
    for (name, document) in suite() {
        let read = [
            takes_header(&with(header, &document)),
            takes_claims(&with(claims, &document)),
            VerifyingKeys::from_jwks(&with(&keys, &document)).is_ok(),
        ];
        match &name[..2] {
            "y_" => assert_eq!(read, [!STRICTER.contains(&name.as_str()); 3], "{name}"),
            "n_" => assert_eq!(read, [false; 3], "{name}"),
            _ => assert!(read.iter().all(|one| *one == read[0]), "three readers disagree: {name}"),
        }
    }
}

#[test]
fn jw13_no_document_makes_a_target_fail() {
    for (name, document) in suite() {
        println!("{name}");
        for target in [token_header, token_claims, key_set, metadata] {
            target(&document);
        }
        json_body(&[b"PATCH /auth/me\n".as_slice(), &document].concat());
    }
    close();
}
