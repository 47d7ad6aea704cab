//! Stored password hashes. A database is not an enemy, but it may be damaged or come from another program: what is not exactly
//! a hash as it is printed is unreadable, and never repaired into another one.

use gatewright_password::fuzzing;

use crate::spelling::text;

/// A text as it may stand in the column.
pub fn password_hash(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Some(printed) = fuzzing::reprinted(text) else { return };
    assert_eq!(printed, text, "two texts for one hash");
    assert!(text.len() <= 512 && text.starts_with("$argon2id$v=19$m="), "{text}");
    let fields: Vec<&str> = text.split('$').collect();
    assert_eq!(fields.len(), 6, "{text}");
    let decoded = |at: usize| data_encoding::BASE64_NOPAD.decode(fields[at].as_bytes()).expect("canonical base64");
    assert!(decoded(4).len() >= 8 && decoded(5).len() >= 16, "{text}");
}
