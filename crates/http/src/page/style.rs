//! The stylesheet, which stands in each page, and the policy that lets a browser use it and nothing else (SECURITY WB7, WB10):
//! no script, no picture, no font, nothing from anywhere.

use axum::http::HeaderValue;

/// Between `<style>` and `</style>`, byte for byte.
pub(super) const STYLE: &str = include_str!("../../templates/page.css");

/// What a browser may do with a page. The hash is that of [`STYLE`]; a test beside this knows it.
const POLICY: &str = "default-src 'none'; style-src 'sha256-Rktch1m1DdkkPJ93GYbq3utODLAs1+07H2bXgGhGwSE='; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(super) fn policy() -> HeaderValue {
    HeaderValue::from_static(POLICY)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;

    use super::*;

    #[test]
    fn wb7_the_policy_lets_in_this_stylesheet_and_nothing_else() {
        let hash = data_encoding::BASE64.encode(digest::digest(&digest::SHA256, STYLE.as_bytes()).as_ref());
        assert!(POLICY.contains(&format!("; style-src 'sha256-{hash}';")), "now it is sha256-{hash}");
        for word in ["unsafe", "http", "*", "script-src", "data:"] {
            assert!(!POLICY.contains(word), "{word}");
        }
        for word in ["url(", "@import", "</", "{{", "{%", "{#"] {
            assert!(!STYLE.contains(word), "{word}");
        }
    }
}
