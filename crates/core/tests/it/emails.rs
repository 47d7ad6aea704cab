//! The e-mail parser against the graded addresses of isemail: no panic, no injection, plain addresses only.

use std::collections::BTreeMap;

use gatewright_core::model::Email;

use crate::graded::vectors;

#[test]
fn em11_graded_addresses_are_accepted_only_when_they_are_plain() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 164);
    let mut accepted = Vec::new();
    for (address, category) in &vectors {
        let is_plain = address.bytes().filter(|byte| *byte == b'@').count() == 1
            && !address.contains(|c: char| c.is_control() || c.is_whitespace() || "\"()[]<>,:;\\".contains(c));
        if Email::parse("email", address).is_ok() {
            assert!(is_plain, "{address:?}");
            assert_ne!(category, "ISEMAIL_ERR", "{address:?}");
            accepted.push(address.as_str());
        }
    }
    insta::assert_snapshot!(accepted.join("\n"));
}

/// What each grade gets. An `ERR` is no address to anybody. `CFWS` are comments and folding, `DEPREC` and `RFC5322` forms that
/// only a message may have: none is plain. `RFC5321` are addresses of SMTP, of which `DNSWARN` merely have no such host.
#[test]
fn em11_every_grade_is_met_and_gets_what_it_deserves() {
    let mut grades: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for (address, category) in vectors() {
        let counts = grades.entry(category).or_default();
        counts[usize::from(Email::parse("email", &address).is_err())] += 1;
    }
    let lines: Vec<_> =
        grades.iter().map(|(grade, [taken, refused])| format!("{grade}: {taken} taken, {refused} refused")).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    ISEMAIL_CFWS: 0 taken, 10 refused
    ISEMAIL_DEPREC: 0 taken, 20 refused
    ISEMAIL_DNSWARN: 8 taken, 0 refused
    ISEMAIL_ERR: 0 taken, 66 refused
    ISEMAIL_RFC5321: 0 taken, 16 refused
    ISEMAIL_RFC5322: 0 taken, 30 refused
    ISEMAIL_VALID_CATEGORY: 13 taken, 1 refused
    ");
}

/// Every address without a fault that is refused all the same, for the reader to agree with: quoted local parts, literals,
/// hosts of one label, and numbers for a top label. Nobody signs up with one of these but to see what happens.
#[test]
fn em11_what_is_refused_without_being_wrong_is_listed() {
    let refused = vectors().into_iter().filter(|(address, category)| {
        let is_right = ["ISEMAIL_VALID_CATEGORY", "ISEMAIL_DNSWARN", "ISEMAIL_RFC5321"].contains(&category.as_str());
        is_right && Email::parse("email", address).is_err()
    });
    let lines: Vec<_> = refused.map(|(address, _)| address.escape_debug().to_string()).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    test@io
    test@iana.123
    test@255.255.255.255
    \"test\"@iana.org
    \"\"@iana.org
    \"\\a\"@iana.org
    \"\\\"\"@iana.org
    \"\\\\\"@iana.org
    \"test\\ test\"@iana.org
    test@[255.255.255.255]
    test@[IPv6:1111:2222:3333:4444:5555:6666:7777:8888]
    test@[IPv6:1111:2222:3333:4444:5555::8888]
    test@[IPv6:::3333:4444:5555:6666:7777:8888]
    test@[IPv6:::]
    test@[IPv6:1111:2222:3333:4444:5555:6666:255.255.255.255]
    test@[IPv6:1111:2222:3333:4444::255.255.255.255]
    test@org
    "#);
}
