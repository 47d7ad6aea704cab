//! Base64url as RFC 7515 section 2 wants it: no padding, no whitespace, and one spelling per value (the unused bits of
//! the last character are zero). A second spelling of a signature would be a second token with the same meaning.

use data_encoding::BASE64URL_NOPAD;

pub(crate) fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

/// The bytes, or nothing if the text is not the one canonical spelling of any.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jw5_every_value_has_one_spelling() {
        assert_eq!(decode("Zm9v"), Some(b"foo".to_vec()));
        assert_eq!(decode(""), Some(Vec::new()));
        assert_eq!(decode("Zg"), Some(b"f".to_vec()));
        for other in ["Zh", "Zg=", "Zg==", "Z g", "Zg\n", "Z+9v", "Z/9v", "Z", "Zm9vZ", "Zm9\u{e9}"] {
            assert_eq!(decode(other), None, "{other:?}");
        }
    }
}
