//! JSONTestSuite (nst) against the strict reader: every `y_` is read, every `n_` is refused, `i_` ends without a panic.

use crate::json;
use std::{fs, path::Path};

/// What the suite lets pass and we refuse: RFC 8259 says "should be unique", RFC 7519 section 4 lets us insist.
const STRICTER: [&str; 2] = ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

/// What the suite leaves open and a strict reader must refuse: what other parsers understand differently.
const OPEN_BUT_REFUSED: [&str; 10] = [
    "i_number_huge_exp.json",
    "i_object_key_lone_2nd_surrogate.json",
    "i_string_1st_surrogate_but_2nd_missing.json",
    "i_string_UTF-16LE_with_BOM.json",
    "i_string_UTF-8_invalid_sequence.json",
    "i_string_invalid_lonely_surrogate.json",
    "i_string_lone_second_surrogate.json",
    "i_string_overlong_sequence_2_bytes.json",
    "i_structure_500_nested_arrays.json",
    "i_structure_UTF-8_BOM_empty_object.json",
];

#[test]
fn jw13_the_json_reader_agrees_with_the_json_test_suite() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/jsontestsuite/test_parsing");
    let mut counts = [0; 3];
    let mut refused_open = Vec::new();
    for entry in fs::read_dir(folder).expect("the vectors are in the repository") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let read = json::read(&fs::read(&path).expect("the file can be read"));
        match &name[..2] {
            "y_" => {
                counts[0] += 1;
                assert_eq!(read.is_ok(), !STRICTER.contains(&name.as_str()), "{name}");
            }
            "n_" => {
                counts[1] += 1;
                assert!(read.is_err(), "{name}");
            }
            _ => {
                counts[2] += 1;
                if read.is_err() {
                    refused_open.push(name);
                }
            }
        }
    }
    assert_eq!(counts, [95, 188, 35], "no vector may get lost");
    for name in OPEN_BUT_REFUSED {
        assert!(refused_open.iter().any(|refused| refused == name), "{name}");
    }
}

#[test]
fn jw13_nesting_beyond_eight_is_refused() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(json::read(nested(8).as_bytes()).is_ok());
    assert!(json::read(nested(9).as_bytes()).is_err());
    let objects = |depth: usize| r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth);
    assert!(json::read(objects(8).as_bytes()).is_ok());
    assert!(json::read(objects(9).as_bytes()).is_err());
}

#[test]
fn jw12_duplicate_members_are_refused_at_every_depth() {
    for twice in
        [r#"{"a":1,"a":1}"#, r#"{"x":{"a":1,"b":2,"a":3}}"#, r#"{"x":[{"a":1,"a":1}]}"#, r#"{"a":1,"\u0061":2}"#]
    {
        assert!(json::read(twice.as_bytes()).is_err(), "{twice}");
    }
    assert!(json::read(br#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
}
