//! The list of common passwords: nothing that is on it is missed, and little that is not is refused.

use gatewright_core::port::Blocklist;
use gatewright_password::CommonPasswords;
use unicode_normalization::UnicodeNormalization;

fn folded(password: &str) -> String {
    password.to_lowercase().nfc().collect()
}

fn assert_all_refused(sample: &str) {
    let list = CommonPasswords::new();
    assert_eq!(sample.lines().count(), 3_000);
    for password in sample.lines() {
        assert!(list.contains(&folded(password)), "{password}");
        assert!(list.contains(&folded(&password.to_uppercase())) || password.contains('ß'), "{password} in capitals");
    }
}

#[test]
fn pw6_each_of_the_3000_most_common_passwords_of_eight_code_points_is_refused() {
    assert_all_refused(include_str!("../data/top-3000-of-8.txt"));
}

#[test]
fn pw6_each_of_the_3000_most_common_passwords_of_fifteen_code_points_is_refused() {
    assert_all_refused(include_str!("../data/top-3000-of-15.txt"));
}

#[test]
fn pw9_the_whole_password_is_compared_and_no_part_of_it() {
    let list = CommonPasswords::new();
    for longer in ["password1 and then some", "xx football1 xx", "my qwertyuiop is long"] {
        assert!(!list.contains(longer), "{longer}");
    }
}

#[test]
fn pw7_an_operator_adds_passwords_of_a_known_breach() {
    let planted = "planted-in-a-breach-7f3a";
    assert!(!CommonPasswords::new().contains(planted));
    let list = CommonPasswords::new().including([planted]);
    assert!(list.contains(planted));
    assert!(list.contains("password1"), "and the built-in list is still there");
    assert!(!list.contains("planted-in-a-breach-7f3b"));
}

/// The strings are always the same, so the number is too: 22 of a million, where 15 to 16 are to be expected.
#[test]
fn an_uncommon_password_is_refused_by_mistake_once_in_65536() {
    let list = CommonPasswords::new();
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mistakes = (0..1_000_000)
        .filter(|_| {
            // xorshift64: no security, only variety.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            list.contains(&format!("{state:016x}"))
        })
        .count();
    assert_eq!(mistakes, 22);
}
